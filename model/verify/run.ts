/**
 * Verifies jobs, some at a time, each in a Worker of its own.
 *
 * @module
 */
import { interleavings } from "../conformance/interleavings.ts";
import { pairs } from "../conformance/pairs.ts";
import { journalCalls, numbered } from "../engine/play/conform.ts";
import type { Order } from "./_worker.ts";
import { isPair, isRare, type Job, type Verdict } from "./jobs.ts";

/** How far a job has come. */
export type Done = { readonly transitions: number; readonly of: number } | {
  readonly states: number;
};

type Message = { readonly verdict: Verdict } | { readonly progress: Done };

/** Code that answers no call for so long hangs, however slow the machine is: one takes microseconds. */
export const PATIENCE_SECONDS = 30;
/** So does whatever says nothing for so many times as long: it would tell how far it has come. */
const SILENCE = 4;

/** How many at a time, whether to go on, and who is told how far each has come. */
export interface RunOptions {
  readonly atATime: number;
  /** Asked before a job begins. */
  readonly begins: (job: Job) => boolean;
  readonly onProgress: (job: Job, done: Done) => void;
  /** Stops those under way: they have no verdict. */
  readonly signal?: AbortSignal;
  /** Code that answers no call for so many seconds hangs. */
  readonly patience?: number;
  /** Bytes that the states of each may take. */
  readonly memory?: number | undefined;
}

/** What became of a job. */
export interface Outcome {
  readonly job: Job;
  /** Null if it was not begun, hangs, or could not be verified. */
  readonly verdict: Verdict | null;
  /** Why it has no verdict, if it was begun. */
  readonly error?: Error;
  /** Since it began. */
  readonly seconds: number;
}

/** Whether it takes gigabytes, so that two at a time may be too much: threads, at the largest scopes. */
function isHuge(job: Job): boolean {
  return isRare(job) && !isPair(job);
}

/** Verifies jobs, and answers in their order. */
export async function* verifyAll(
  jobs: readonly Job[],
  options: RunOptions,
): AsyncGenerator<Outcome, void> {
  const { atATime, begins, signal } = options;
  const running: Promise<Outcome>[] = [];
  let started = 0;
  let underWay = 0;
  let alone = false;
  const start = (): void => {
    const job = jobs[started];
    if (job === undefined || underWay >= atATime) return;
    if (underWay > 0 && (alone || isHuge(job))) return;
    started++;
    underWay++;
    alone = isHuge(job);
    const goes = begins(job);
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1000;
    const outcome = (goes ? verifyApart(job, options) : Promise.resolve(null))
      .then(
        (verdict) => ({ job, verdict, seconds: seconds() }),
        (error) => ({
          ...{ job, verdict: null, seconds: seconds() },
          ...(signal?.aborted === true ? {} : { error }),
        }),
      );
    running.push(outcome);
    void outcome.then(() => {
      underWay--;
      start();
    });
    start();
  };
  start();
  for (let next; (next = running.shift()) !== undefined;) yield await next;
}

/**
 * Verifies in a Worker of its own: code that has run other specs before is slower, and code that
 * hangs can be stopped.
 */
function verifyApart(
  job: Job,
  { onProgress, signal, memory, patience = PATIENCE_SECONDS }: RunOptions,
): Promise<Verdict> {
  const worker = new Worker(import.meta.resolve("./_worker.ts"), { type: "module" });
  const journal = new Int32Array(new SharedArrayBuffer(4 * 10_000));
  let watch: ReturnType<typeof setInterval> | undefined;
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(new Error("stopped"));
  signal?.addEventListener("abort", stop);
  const verdict = new Promise<Verdict>((resolve, reject) => {
    let heard = performance.now();
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      heard = performance.now();
      if ("verdict" in data) resolve(data.verdict);
      else onProgress(job, data.progress);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot verify ${job.name}: ${event.message}`));
    };
    let seen = 0;
    let since = performance.now();
    watch = setInterval(() => {
      if (journal[0] !== seen) {
        seen = journal[0] ?? 0;
        since = performance.now();
      } else if (seen > 0 && isPair(job) && performance.now() - since > patience * 1000) {
        void job.load().then(
          ({ spec }) => reject(hang(job, journalCalls(spec(), journal), patience)),
          reject,
        );
      } else if (performance.now() - heard > SILENCE * patience * 1000) {
        const { name, scope } = job;
        reject(new Error(`${name} (${scope}) hangs: it said nothing in ${SILENCE * patience} s`));
      }
    }, 1000);
    const order: Order = {
      kind: isPair(job) ? "pair" : "threads",
      index: isPair(job) ? pairs.indexOf(job) : interleavings.indexOf(job),
      journal,
      memory,
    };
    worker.postMessage(order);
  });
  return Promise.race([verdict, stopped.promise]).finally(() => {
    signal?.removeEventListener("abort", stop);
    clearInterval(watch);
    worker.terminate();
  });
}

/** The code under test did not come back from a call. */
function hang({ name, scope }: Job, calls: readonly string[], patience: number): Error {
  return new Error(
    `${name} (${scope}) does not conform: the code did not come back from the last of ` +
      `these calls within ${patience} s\n\n${numbered(calls).join("\n")}`,
  );
}
