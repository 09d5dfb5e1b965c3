/**
 * What the threads of `bench/threads.ts` run.
 *
 * @module
 */
import {
  type Co,
  type CoHandle,
  Coroutine,
  handleOf,
  schedule,
  SharedCoMutex,
  type SharedCoMutexHandle,
} from "../mod.ts";

/** Schedules another one each time that it is scheduled. */
export function ponger(): CoHandle {
  const co = Coroutine.named("ponger", function* () {
    for (;;) {
      yield;
      schedule(partner);
    }
  });
  co.enter();
  return handleOf(co);
}

let partner: CoHandle;

export function setPartner(handle: CoHandle): void {
  partner = handle;
}

/** Round trips with the ponger of another thread: nanoseconds each. */
export function* ping(there: CoHandle, n: number): Co<number> {
  for (let i = 0; i < 200; i++) {
    schedule(there);
    yield;
  }
  const begin = performance.now();
  for (let i = 0; i < n; i++) {
    schedule(there);
    yield;
  }
  return (performance.now() - begin) * 1e6 / n;
}

/** The coroutine of a call, before it runs: whoever is to schedule it needs its handle. */
export function self(): CoHandle {
  const co = Coroutine.named("pinger", function* () {
    yield;
    result = yield* ping(partner, rounds);
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  });
  co.enter();
  return handleOf(co);
}

let result = 0;
let rounds = 0;
let done: Int32Array;

export function prepare(n: number, word: Int32Array): void {
  rounds = n;
  done = word;
}

export function resultOf(): number {
  return result;
}

/** So many coroutines that count each time that they are scheduled. */
export function crowd(n: number, words: Int32Array): CoHandle[] {
  return Array.from({ length: n }, () => {
    const co = Coroutine.create(function* () {
      for (;;) {
        yield;
        words[0]!++;
      }
    });
    co.enter();
    return handleOf(co);
  });
}

/** Schedules all of them, so many times, when all have run: coroutines per second. */
export function bulk(handles: readonly CoHandle[], words: Int32Array, times: number): number {
  const begin = performance.now();
  for (let t = 1; t <= times; t++) {
    for (const handle of handles) schedule(handle);
    while (Atomics.load(words, 0) < t * handles.length);
  }
  return handles.length * times / (performance.now() - begin) * 1000;
}

/** Locks and unlocks for so many milliseconds: how often? */
export function* contend(handle: SharedCoMutexHandle, words: Int32Array, ms: number): Co<number> {
  const mutex = SharedCoMutex.from(handle);
  Atomics.add(words, 1, 1);
  let n = 0;
  for (const end = performance.now() + ms; performance.now() < end;) {
    for (let i = 0; i < 100; i++) {
      yield* mutex.lock();
      words[0]!++;
      mutex.unlock();
      n++;
    }
  }
  return n;
}

/** The same by a mutex of two words and `Atomics.wait`. */
export function contendPlainly(words: Int32Array, ms: number): number {
  let n = 0;
  for (const end = performance.now() + ms; performance.now() < end;) {
    for (let i = 0; i < 100; i++) {
      let was = Atomics.compareExchange(words, 2, 0, 1);
      if (was !== 0) {
        if (was !== 2) was = Atomics.exchange(words, 2, 2);
        while (was !== 0) {
          Atomics.wait(words, 2, 2);
          was = Atomics.exchange(words, 2, 2);
        }
      }
      words[0]!++;
      if (Atomics.sub(words, 2, 1) !== 1) {
        Atomics.store(words, 2, 0);
        Atomics.notify(words, 2, 1);
      }
      n++;
    }
  }
  return n;
}
