/**
 * Threads: how long it takes to let a coroutine of another thread go on, beside `postMessage`; how many a
 * second; what a shared mutex costs, free and contended; how fast `interleave` is. All in one run:
 *
 *     deno task bench:threads [--rounds N] [--json]
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { atLeastOne, called } from "./_arguments.ts";
import { Coroutine, IOThread, SharedCoMutex, type Suspension } from "../mod.ts";
import { interleavings } from "../model/conformance/interleavings.ts";
import { interleave } from "../model/mod.ts";
import type * as module from "./_threads_module.ts";
import { quantile } from "./_measure.ts";

const HELP = `deno task bench:threads [--rounds N] [--json]

Measures threads: coroutines that schedule one another beside postMessage, and a shared mutex beside
a plain one by Atomics.wait. Each figure is the median of its rounds.

  --rounds N   how many rounds (default 3)
  --json       one object a line: op, value, unit, and ratio where it is compared
  --help       this text`;

const MODULE = new URL("./_threads_module.ts", import.meta.url);

type Thread = IOThread<typeof module>;

/** One figure. */
interface Row {
  readonly op: string;
  readonly value: number;
  readonly unit: string;
  /** To what, if to anything. */
  readonly ratio?: number;
}

const words = (n: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * n));
const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Waits outside of coroutines. */
function ask<T>(wait: () => Suspension<T>): Promise<T> {
  const co = Coroutine.create(function* () {
    return yield* wait();
  });
  const { done } = co;
  co.enter();
  return done;
}

/** A round trip of messages between two Workers, in nanoseconds. */
async function postMessageTrip(rounds: number): Promise<number> {
  const url = new URL("./_post_worker.ts", import.meta.url);
  const [a, b] = [new Worker(url, { type: "module" }), new Worker(url, { type: "module" })];
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    b.onmessage = () => resolve();
    b.postMessage("pong", [port2]);
  });
  const ns = await new Promise<number>((resolve) => {
    a.onmessage = ({ data }) => resolve(data);
    a.postMessage(rounds, [port1]);
  });
  a.terminate();
  b.terminate();
  return ns;
}

/** A round trip of two coroutines on two threads that schedule each other. */
async function scheduleTrip([a, b]: readonly [Thread, Thread], rounds: number): Promise<number> {
  const done = words(1);
  await ask(() => a.call("prepare", rounds, done));
  const pinger = await ask(() => a.call("self"));
  const ponger = await ask(() => b.call("ponger"));
  await ask(() => a.call("setPartner", ponger));
  await ask(() => b.call("setPartner", pinger));
  a.context.schedule(pinger);
  while (Atomics.load(done, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return await ask(() => a.call("resultOf"));
}

/** Coroutines a second that one thread schedules on another. */
async function bulk([a, b]: readonly [Thread, Thread]): Promise<number> {
  const seen = words(1);
  const handles = await ask(() => b.call("crowd", 1000, seen));
  await ask(() => a.call("bulk", handles, words1(seen), 20));
  const before = Atomics.load(seen, 0);
  Atomics.sub(seen, 0, before);
  return await ask(() => a.call("bulk", handles, seen, 300));
}

const words1 = (seen: Int32Array): Int32Array => seen;

/** Locking and unlocking a free one, as multiples of a raw generator's `next()`. */
function free(n: number): { ns: number; x: number } {
  const mutex = new SharedCoMutex();
  let ns = 0;
  const raw = (function* (): Generator<void, never> {
    for (;;) yield;
  })();
  const co = Coroutine.create(function* () {
    for (let round = 0; round < 3; round++) {
      const begin = performance.now();
      for (let i = 0; i < n; i++) {
        yield* mutex.lock();
        mutex.unlock();
      }
      ns = (performance.now() - begin) * 1e6 / n;
    }
  });
  co.enter();
  let next = 0;
  for (let round = 0; round < 3; round++) {
    const begin = performance.now();
    for (let i = 0; i < n; i++) raw.next();
    next = (performance.now() - begin) * 1e6 / n;
  }
  return { ns, x: ns / next };
}

async function contended(threads: readonly Thread[], ms: number): Promise<[number, number]> {
  const mutex = new SharedCoMutex();
  const shared = words(3);
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b) / ms * 1000;
  const ours = sum(
    await Promise.all(threads.map((t) => ask(() => t.call("contend", mutex.handle, shared, ms)))),
  );
  const plain = words(3);
  const theirs = sum(
    await Promise.all(threads.map((t) => ask(() => t.call("contendPlainly", plain, ms)))),
  );
  return [ours, theirs];
}

async function main(): Promise<void> {
  const { json, rounds } = called(HELP, () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        rounds: { type: "string", default: "3" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return { ...values, rounds: atLeastOne("--rounds", values.rounds) };
  });
  const threads = await Promise.all(
    Array.from({ length: 5 }, (_, i) => IOThread.spawn<typeof module>(MODULE, { name: `${i}` })),
  );
  const two = threads.slice(0, 2) as unknown as [Thread, Thread];
  const trips: { post: number; schedule: number }[] = [];
  const bulks: number[] = [];
  const frees: { ns: number; x: number }[] = [];
  const contests = new Map<number, [number, number][]>([[2, []], [5, []]]);
  for (let round = 0; round < rounds; round++) {
    trips.push({
      post: await postMessageTrip(5000),
      schedule: await scheduleTrip(two, 20_000),
    });
    bulks.push(await bulk(two));
    frees.push(free(1_000_000));
    for (const [n, all] of contests) all.push(await contended(threads.slice(0, n), 500));
  }
  const rows: Row[] = [
    { op: "postMessage round trip", value: median(trips.map(({ post }) => post)), unit: "ns" },
    {
      op: "schedule round trip",
      value: median(trips.map(({ schedule }) => schedule)),
      unit: "ns",
      ratio: median(trips.map(({ post, schedule }) => schedule / post)),
    },
    { op: "schedule in bulk", value: median(bulks), unit: "coroutines/s" },
    {
      op: "shared mutex, free",
      value: median(frees.map(({ ns }) => ns)),
      unit: "ns",
      ratio: median(frees.map(({ x }) => x)),
    },
  ];
  for (const [n, all] of contests) {
    rows.push(
      {
        op: `shared mutex, ${n} threads`,
        value: median(all.map(([ours]) => ours)),
        unit: "ops/s",
        ratio: median(all.map(([ours, plain]) => ours / plain)),
      },
      {
        op: `Atomics.wait mutex, ${n} threads`,
        value: median(all.map(([, plain]) => plain)),
        unit: "ops/s",
      },
    );
  }
  // What has just worked looks a few times yet whether there is more.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = cpuSeconds();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  rows.push({ op: "5 threads idle", value: (cpuSeconds() - before) / 2 * 100, unit: "% of a CPU" });
  await Promise.all(threads.map((thread) => thread.join()));
  const mutex = interleavings.find(({ scope }) => scope === "3 threads, 1 round");
  if (mutex !== undefined) {
    const { operations, seconds } = interleave(mutex.make().interleaving);
    rows.push({ op: "interleave", value: operations / seconds, unit: "operations/s" });
  }
  for (const row of rows) {
    const value = Math.round(row.value * 100) / 100;
    // deno-lint-ignore no-console -- its output
    console.log(
      json
        ? JSON.stringify({
          ...row,
          value,
          ...(row.ratio === undefined ? {} : { ratio: Number(row.ratio.toFixed(3)) }),
        })
        : `${row.op.padEnd(32)} ${value.toLocaleString("en").padStart(14)} ${row.unit.padEnd(14)} ${
          row.ratio === undefined ? "" : `x ${row.ratio.toFixed(2)}`
        }`.trimEnd(),
    );
  }
}

/** What this process has used of the CPU, in seconds. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (import.meta.main) await main();
