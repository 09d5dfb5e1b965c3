/**
 * The main job: explores every spec of the runtime completely, sees its false claims fail, and
 * carries out on the running code every step and every refusal, in every state; and explores the code
 * that threads share memory by, at every interleaving of its atomic operations.
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { Order } from "./_verify_worker.ts";
import { interleavings, type Threads } from "./conformance/interleavings.ts";
import { type Pair, pairs } from "./conformance/pairs.ts";
import type { PairVerdict } from "./conformance/verify_pair.ts";
import type { ThreadsVerdict } from "./conformance/verify_threads.ts";
import { conformText, journalCalls, numbered } from "./engine/play/conform.ts";
import { interleavingText } from "./reporters/interleaving.ts";
import { textOf } from "./reporters/text.ts";

const HELP = `deno task verify [--scope small|full] [--only NAME …] [--json]

Explores the models of the runtime completely, at each scope listed, and carries out every step
and every refused call of them on the running code. Explores the code by which threads share
memory (shared_…) at every interleaving of its atomic operations.

  --scope small   what takes seconds (default)
  --scope full    larger numbers of coroutines and locks as well: minutes
  --only NAME     one spec alone, such as co_mutex; may be given several times
  --jobs N        so many pairs of spec and code at a time (default 1: times are exact then)
  --fail-fast     stops at the first pair of spec and code that fails
  --json          one object a line for each pair of spec and code:
                  spec, scope, ok, states, transitions, replayed, refused, seconds (of the
                  walk on the running code), checkSeconds (of the model alone); for threads:
                  spec, scope, threads, ok, complete, states, operations, seconds
  --help          this text

Exits with 0 if everything holds, 1 if anything does not, 2 if it was called wrongly.
`;

type Job = Pair | Threads;
type Verdict = PairVerdict | ThreadsVerdict;

const isPair = (job: Job): job is Pair => "binding" in job;

/** How far a job has come. */
type Done = { readonly transitions: number; readonly of: number } | { readonly states: number };

type Message = { readonly verdict: Verdict } | { readonly progress: Done };

/** Code that answers no call for so long hangs. */
const PATIENCE_MS = 10_000;

/**
 * Verifies in a Worker of its own: code that has run other specs before is slower, and code that
 * hangs can be stopped.
 */
function verifyApart(job: Job): Promise<Verdict> {
  const worker = new Worker(import.meta.resolve("./_verify_worker.ts"), { type: "module" });
  const journal = new Int32Array(new SharedArrayBuffer(4 * 10_000));
  let watch: ReturnType<typeof setInterval> | undefined;
  return new Promise<Verdict>((resolve, reject) => {
    const tell = progress(job);
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if ("verdict" in data) resolve(data.verdict);
      else tell(data.progress);
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
      } else if (seen > 0 && isPair(job) && performance.now() - since > PATIENCE_MS) {
        reject(new Hang(job, journalCalls(job.spec(), journal)));
      }
    }, 1000);
    const order: Order = isPair(job)
      ? { kind: "pair", index: pairs.indexOf(job), journal }
      : { kind: "threads", index: interleavings.indexOf(job), journal };
    worker.postMessage(order);
  }).finally(() => {
    clearInterval(watch);
    worker.terminate();
    clearLine();
  });
}

/** Verifies some at a time, and answers in their order. */
function abreast(chosen: readonly Job[], jobs: number): { next(): Promise<Verdict> } {
  const running: Promise<Verdict>[] = [];
  let started = 0;
  const start = (): void => {
    const job = chosen[started++];
    if (job === undefined) return;
    const verdict = verifyApart(job);
    running.push(verdict);
    // Whoever is asked for it in its turn is told of a failure.
    verdict.then(start, () => {});
  };
  for (let i = 0; i < jobs; i++) start();
  return {
    next() {
      const verdict = running.shift();
      if (verdict === undefined) throw new Error("[internal] Nothing is being verified");
      return verdict;
    },
  };
}

/** The code under test did not come back from a call. */
class Hang extends Error {
  constructor(pair: Pair, calls: readonly string[]) {
    super(
      `${pair.name} (${pair.scope}) does not conform: the code did not come back from the last of ` +
        `these calls within ${PATIENCE_MS / 1000} s\n\n${numbered(calls).join("\n")}`,
    );
  }
}

// ----------------------------------------------------------------------------------- what is said

const encoder = new TextEncoder();

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

const live = Deno.stderr.isTerminal();

/** How far a long walk has come: a live line on a terminal, one every ten seconds elsewhere. */
function progress(job: Job): (done: Done) => void {
  let last = performance.now();
  return (done) => {
    const now = performance.now();
    if (now - last < (live ? 200 : 10_000)) return;
    last = now;
    const far = "states" in done
      ? `${n(done.states)} states`
      : `${n(done.transitions)} of ${n(done.of)} transitions`;
    const text = `${job.name} (${job.scope}): ${far}`;
    Deno.stderr.writeSync(encoder.encode(live ? `\r\x1b[2K${text}` : `${text}\n`));
  };
}

function clearLine(): void {
  if (live) Deno.stderr.writeSync(encoder.encode("\r\x1b[2K"));
}

function n(count: number): string {
  return count.toLocaleString("en");
}

function json(verdict: Verdict): string {
  return verdict.kind === "pair" ? pairJson(verdict) : threadsJson(verdict);
}

function threadsJson({ name, scope, explored, ok, unrefuted }: ThreadsVerdict): string {
  const { threads, complete, states, operations, seconds, violation } = explored;
  return JSON.stringify({
    spec: name,
    scope,
    threads,
    ok,
    complete,
    states,
    operations,
    seconds: Number(seconds.toFixed(3)),
    ...(unrefuted.length > 0 ? { unrefuted } : {}),
    ...(violation === null ? {} : { violation }),
  });
}

function pairJson({ name, scope, checked, conformed, ok, unrefuted }: PairVerdict): string {
  return JSON.stringify({
    spec: name,
    scope,
    ok,
    states: checked.distinct,
    transitions: conformed.transitions,
    replayed: conformed.replayed,
    refused: conformed.refused,
    seconds: Number(conformed.seconds.toFixed(3)),
    checkSeconds: Number(checked.seconds.toFixed(3)),
    ...(unrefuted.length > 0 ? { unrefuted } : {}),
    ...(checked.ok ? {} : { violation: checked.violation }),
    ...(conformed.mismatch === undefined ? {} : { mismatch: conformed.mismatch }),
  });
}

const COLUMNS = [15, 48, 9, 13, 13, 11, 8] as const;

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => i < 2 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!))
    .join(" ").trimEnd();
}

function human(verdict: Verdict): string {
  const lines = verdict.kind === "pair" ? pairLines(verdict) : threadsLines(verdict);
  const { name, unrefuted } = verdict;
  for (const claim of unrefuted) lines.push(`  ${name} should refute "${claim}", and does not`);
  return lines.join("\n");
}

function threadsLines({ name, scope, explored, ok }: ThreadsVerdict): string[] {
  const { states, operations, seconds } = explored;
  const cells = [name, scope, n(states), n(operations), "", "", `${seconds.toFixed(1)} s`];
  const lines = [row(cells) + (ok ? "  ok" : "  FAILED")];
  if (!explored.ok) lines.push("", interleavingText(explored), "");
  return lines;
}

function pairLines({ name, scope, checked, conformed, ok }: PairVerdict): string[] {
  const lines = [
    row([
      name,
      scope,
      n(checked.distinct),
      n(conformed.transitions),
      n(conformed.replayed),
      n(conformed.refused),
      `${(checked.seconds + conformed.seconds).toFixed(1)} s`,
    ]) + (ok ? "  ok" : "  FAILED"),
  ];
  if (!checked.ok) lines.push("", textOf(checked), "");
  if (!conformed.ok) lines.push("", conformText(conformed), "");
  return lines;
}

function summary(verdicts: readonly Verdict[]): string {
  const failed = verdicts.filter(({ ok }) => !ok).length;
  if (failed > 0) return `${failed} of ${verdicts.length} explorations FAILED`;
  const walked = verdicts.filter((verdict) => verdict.kind === "pair");
  const threads = verdicts.filter((verdict) => verdict.kind === "threads");
  const lines = ["All hold."];
  if (walked.length > 0) {
    lines.push(
      `In ${
        n(sum(walked, (v) => v.checked.distinct))
      } states, each of them reached on the running code, ` +
        `${n(sum(walked, (v) => v.conformed.replayed))} calls did what the model says,`,
      `and ${
        n(sum(walked, (v) => v.conformed.refused))
      } calls that it forbids threw the error that it ` +
        "names and changed nothing.",
    );
  }
  if (threads.length > 0) {
    lines.push(
      `Threads on shared memory: ${
        n(sum(threads, (v) => v.explored.operations))
      } atomic operations led to ` +
        `${n(sum(threads, (v) => v.explored.states))} states, by every interleaving.`,
    );
  }
  lines.push(
    `${
      n(sum(verdicts, (v) => v.refuted))
    } false claims were refuted. This is exhaustive at the scopes ` +
      "above, and says nothing of larger ones.",
  );
  if (walked.length > 0) {
    lines.push(`Fields that show in the code by their effects alone: ${unobserved(walked)}.`);
  }
  return lines.join("\n");
}

function sum<V>(verdicts: readonly V[], of: (verdict: V) => number): number {
  return verdicts.reduce((total, verdict) => total + of(verdict), 0);
}

/** What the bindings do not show, by spec: the model keeps it, and the code's own is not compared. */
function unobserved(verdicts: readonly PairVerdict[]): string {
  const fields = new Map<string, Set<string>>();
  for (const { name, conformed } of verdicts) {
    const own = fields.get(name) ?? new Set<string>();
    for (const path of conformed.unobserved) own.add(path.replace(/[[.].*/, ""));
    fields.set(name, own);
  }
  return [...fields].map(([name, own]) => `${[...own].sort().join(", ") || "none"} (${name})`)
    .join("; ");
}

// ----------------------------------------------------------------------------------- command line

async function main(args: string[]): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        scope: { type: "string", default: "small" },
        only: { type: "string", multiple: true, default: [] },
        jobs: { type: "string", default: "1" },
        "fail-fast": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { scope, only } = values;
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (scope !== "small" && scope !== "full") {
    return wrong(`Cannot verify at --scope ${scope}: expected small or full`);
  }
  const all: readonly Job[] = [...pairs, ...interleavings];
  const chosen = (["small", "full"] as const).flatMap((size) =>
    all.filter((job) =>
      job.size === size && (size === "small" || scope === "full") &&
      (only.length === 0 || only.includes(job.name))
    )
  );
  const names = [...new Set(all.map(({ name }) => name))];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return wrong(`Cannot verify --only ${unknown}: expected one of ${names.join(", ")}`);
  }
  if (!values.json) {
    say(row(["spec", "scope", "states", "transitions", "carried out", "refused", "time"]));
  }
  const jobs = Number(values.jobs);
  if (!Number.isSafeInteger(jobs) || jobs < 1) {
    return wrong(`Cannot verify with --jobs ${values.jobs}: expected an integer from 1 up`);
  }
  const verdicts: Verdict[] = [];
  const pending = abreast(chosen, jobs);
  for (const job of chosen) {
    let verdict: Verdict;
    try {
      verdict = await pending.next();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { name: spec, scope } = job;
      say(values.json ? JSON.stringify({ spec, scope, ok: false, error: message }) : message);
      return 1;
    }
    say(values.json ? json(verdict) : human(verdict));
    verdicts.push(verdict);
    if (!verdict.ok && values["fail-fast"]) break;
  }
  if (!values.json) say(`\n${summary(verdicts)}`);
  // Others may still be under way.
  return verdicts.every(({ ok }) => ok) ? 0 : 1;
}

function wrong(reason: string): number {
  Deno.stderr.writeSync(encoder.encode(`${reason}\n\n${HELP}`));
  return 2;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
