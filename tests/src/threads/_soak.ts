/**
 * Threads under load, for as long as one likes: what QEMU's test-aio-multithread does, with a source of new
 * work, and threads that are killed.
 *
 * @module
 */
import { CoroutineError, IOThread, SharedCoMutex, SharedCoRwLock } from "../../../mod.ts";
import { ask } from "./_ask.ts";
import type * as module from "./_soak_module.ts";

type Thread = IOThread<typeof module>;

const MODULE = new URL("./_soak_module.ts", import.meta.url);

const words = (n: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * n));

/** So many threads. */
export function spawn(n: number): Promise<Thread[]> {
  return Promise.all(
    Array.from({ length: n }, (_, i) => IOThread.spawn<typeof module>(MODULE, { name: `${i}` })),
  );
}

function expect(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, got ${actual}`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Threads come and go (/aio/multi/lifecycle). Answers how many. */
export async function lifecycle(threads: number, ms: number): Promise<number> {
  let n = 0;
  for (const end = performance.now() + ms; performance.now() < end; n += threads) {
    const all = await spawn(threads);
    for (const thread of all) expect("a call", await ask(() => thread.call("nothing")), "nothing");
    await Promise.all(all.map((thread) => thread.join()));
  }
  return n;
}

/**
 * Coroutines on so many threads schedule one another (/aio/multi/schedule). Each wake-up must lead to
 * one run, none must be lost. Answers how many there were.
 */
export async function scheduling(threads: number, each: number, ms: number): Promise<number> {
  const all = await spawn(threads);
  const total = threads * each;
  const counts = words(2 * total + 1);
  const handles = (await Promise.all(
    all.map((thread, t) => ask(() => thread.call("wanderers", t * each, each, counts))),
  )).flat();
  await Promise.all(all.map((thread) => ask(() => thread.call("know", handles))));
  const [first] = all;
  for (let i = 0; i < Math.max(1, total >> 1); i++) {
    await ask(() => first!.call("scheduleOne", i, counts));
  }
  await pause(ms);
  const scheduled = (): number => sum(counts, 0);
  const before = scheduled();
  await pause(20);
  if (scheduled() === before) throw new Error("They have died out: nobody schedules any more");
  Atomics.store(counts, counts.length - 1, 1);
  // Those that are scheduled run once more.
  for (let i = 0; sum(counts, 1) !== scheduled() || i < 3; i++) {
    if (i > 1000) expect("runs", sum(counts, 1), scheduled());
    await pause(5);
  }
  for (let i = 0; i < total; i++) {
    expect(`runs of ${i}`, counts[2 * i + 1], counts[2 * i]);
  }
  await Promise.all(all.map((thread) => thread.join()));
  return scheduled();
}

function sum(counts: Int32Array, from: number): number {
  let n = 0;
  for (let i = from; i < counts.length - 1; i += 2) n += Atomics.load(counts, i);
  return n;
}

/** Coroutines on so many threads lock one mutex (/aio/multi/mutex). Answers how often. */
export async function locking(threads: number, ms: number): Promise<number> {
  const all = await spawn(threads);
  const mutex = new SharedCoMutex("contended");
  const counter = words(1);
  const counts = await Promise.all(
    all.map((thread) => ask(() => thread.call("contend", mutex.handle, counter, ms))),
  );
  const total = counts.reduce((a, b) => a + b);
  expect("the counter", counter[0], total);
  expect("waiters", mutex.waiters, 0);
  await Promise.all(all.map((thread) => thread.join()));
  return total;
}

/** Coroutines on so many threads read and write under one lock. Answers how often. */
export async function readingAndWriting(threads: number, ms: number): Promise<number> {
  const all = await spawn(threads);
  const lock = new SharedCoRwLock("contended");
  const table = words(2);
  const counts = await Promise.all(
    all.map((thread) => ask(() => thread.call("readAndWrite", lock.handle, table, ms))),
  );
  const writes = counts.reduce((sum, { writes }) => sum + writes, 0);
  expect("the table", table.join(), [writes, writes].join());
  expect("readers, writers and waiters", `${lock.locked} ${lock.waiters}`, "false 0");
  await Promise.all(all.map((thread) => thread.join()));
  return counts.reduce((sum, { rounds }) => sum + rounds, 0);
}

/** {@linkcode locking} by a spin-lock, or one with `Atomics.wait`. */
export async function lockingPlainly(threads: number, ms: number, spins: boolean): Promise<number> {
  const all = await spawn(threads);
  const counter = words(2);
  const counts = await Promise.all(
    all.map((thread) => ask(() => thread.call("contendPlainly", counter, ms, spins))),
  );
  const total = counts.reduce((a, b) => a + b);
  expect("the counter", counter[0], total);
  await Promise.all(all.map((thread) => thread.join()));
  return total;
}

/** Threads are killed in the middle of anything: nobody waits for ever. Answers how many. */
export async function killing(ms: number): Promise<number> {
  let n = 0;
  for (const end = performance.now() + ms; performance.now() < end; n++) {
    const [one, other] = await spawn(2);
    const mutex = new SharedCoMutex("killed");
    const lock = new SharedCoRwLock("killed");
    const outcomes = [one, other].map((thread) =>
      ask<unknown>(() =>
        n % 2 === 0
          ? thread!.call("contend", mutex.handle, words(1), 100)
          : thread!.call("readAndWrite", lock.handle, words(2), 100)
      ).then(() => "done", (error) => error instanceof CoroutineError ? error.code : `${error}`)
    );
    await pause(Math.random() * 20);
    await one!.terminate();
    for (const outcome of await Promise.all(outcomes)) {
      if (!["done", "closed", "abandoned"].includes(outcome)) {
        throw new Error(`A call has failed otherwise: ${outcome}`);
      }
    }
    await other!.join();
  }
  return n;
}
