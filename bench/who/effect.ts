/**
 * Effect: tasks are fibers.
 *
 * @module
 */
import { Deferred, Effect, Fiber, Semaphore } from "effect";
import { type Batch, RING, type Who } from "../_ops.ts";

export const effect: Who = {
  ops: {
    create: () => (n) => {
      for (let i = 0; i < n; i++) Effect.runFork(empty);
    },
    resume: () => resumeUnder(0),
    call1: () => resumeUnder(1),
    call8: () => resumeUnder(8),
    call64: () => resumeUnder(64),
    lock: () => {
      const semaphore = Semaphore.makeUnsafe(1);
      return (n) =>
        Effect.runPromise(Effect.gen(function* () {
          for (let i = 0; i < n; i++) {
            yield* semaphore.take(1);
            yield* semaphore.release(1);
          }
        }));
    },
    tryLock: () => {
      const semaphore = Semaphore.makeUnsafe(1);
      return (n) =>
        Effect.runPromise(Effect.gen(function* () {
          for (let i = 0; i < n; i++) {
            yield* semaphore.takeIfAvailable(1);
            yield* semaphore.release(1);
          }
        }));
    },
    handoff2: () => handoff(2),
    handoff100: () => handoff(100),
    wakeChain: () => (n) =>
      Effect.runPromise(Effect.gen(function* () {
        let left = n;
        const wakes = Array.from({ length: RING }, () => Deferred.makeUnsafe<void>());
        const link = (i: number) =>
          Effect.gen(function* () {
            while (left > 0) {
              yield* Deferred.await(wakes[i] ?? Deferred.makeUnsafe<void>());
              wakes[i] = Deferred.makeUnsafe<void>();
              left--;
              wakeNext(i);
            }
            wakeNext(i);
          });
        const wakeNext = (i: number) => {
          const next = wakes[(i + 1) % RING];
          if (next !== undefined) Deferred.doneUnsafe(next, Effect.void);
        };
        const links: Fiber.Fiber<void>[] = [];
        for (let i = 0; i < RING; i++) {
          links.push(yield* Effect.forkChild(link(i), { startImmediately: true }));
        }
        wakeNext(RING - 1);
        for (const one of links) yield* Fiber.join(one);
      })),
  },
  suspend(slots) {
    for (let i = 0; i < slots.length; i++) {
      slots[i] = Effect.runFork(suspended);
    }
  },
};

// Not `Effect.void`: that has ended before it begins.
const empty = Effect.gen(function* () {});

const suspended = Effect.gen(function* () {
  yield* Effect.callback<void>(() => {});
});

const under = (calls: number, n: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (calls > 0) yield* under(calls - 1, n);
    else for (let i = 0; i < n; i++) yield* Effect.yieldNow;
  });

function resumeUnder(calls: number): Batch {
  return (n) => Effect.runPromise(under(calls, n));
}

function handoff(tasks: number): Batch {
  return (n) => {
    const semaphore = Semaphore.makeUnsafe(1);
    let left = n;
    const contend = Effect.gen(function* () {
      while (left > 0) {
        yield* semaphore.take(1);
        left--;
        yield* semaphore.release(1);
      }
    });
    return Effect.runPromise(Effect.gen(function* () {
      // While this one has it, all the others come to wait.
      yield* semaphore.take(1);
      const all: Fiber.Fiber<void>[] = [];
      for (let i = 0; i < tasks; i++) {
        all.push(yield* Effect.forkChild(contend, { startImmediately: true }));
      }
      yield* semaphore.release(1);
      for (const one of all) yield* Fiber.join(one);
    }));
  };
}
