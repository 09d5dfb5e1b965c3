/**
 * Effect: tasks are fibers.
 *
 * @module
 */
import {
  Deferred,
  Effect,
  Fiber,
  Latch,
  ManagedRuntime,
  Queue,
  Semaphore,
  TxReentrantLock,
} from "effect";
import { TestClock } from "effect/testing";
import { type Batch, RING, SLEEPERS, type Who } from "../_ops.ts";

export const effect: Who = {
  ops: {
    create: () => (n) => {
      for (let i = 0; i < n; i++) Effect.runFork(empty);
    },
    resume: () => resumeUnder(0),
    call1: () => resumeUnder(1),
    call8: () => resumeUnder(8),
    call64: () => resumeUnder(64),
    lock: () => lock(),
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
    queueWait: () => (n) => {
      // Never opened, a latch is a queue: each release lets those go on who wait.
      const [ping, pong] = [Latch.makeUnsafe(), Latch.makeUnsafe()];
      return takeTurns(n, { wait: ping.await, next: pong.release }, {
        wait: pong.await,
        next: ping.release,
      });
    },
    condvar: () => async (n) => {
      // It has no condition variable: this is how it hands over items.
      const ping = await Effect.runPromise(Queue.unbounded<number>());
      const pong = await Effect.runPromise(Queue.unbounded<number>());
      return takeTurns(n, { wait: Queue.take(ping), next: Queue.offer(pong, n) }, {
        wait: Queue.take(pong),
        next: Queue.offer(ping, n),
      });
    },
    // No rwHandoff: whoever has given it back has it again before those who wait have tried.
    readLock: () => rwlock(TxReentrantLock.acquireRead, TxReentrantLock.releaseRead),
    writeLock: () => rwlock(TxReentrantLock.acquireWrite, TxReentrantLock.releaseWrite),
    semaphore: () => lock(),
    sleepVirtual: () => {
      const runtime = ManagedRuntime.make(TestClock.layer());
      const sleeper = Effect.gen(function* () {
        for (;;) yield* Effect.sleep(1);
      });
      for (let i = 0; i < SLEEPERS; i++) runtime.runFork(sleeper);
      let left = 0;
      return (n) =>
        runtime.runPromise(Effect.gen(function* () {
          for (left += n; left > 0; left -= SLEEPERS) yield* TestClock.adjust(1);
        }));
    },
    cancel: () => (n) =>
      Effect.runPromise(Effect.gen(function* () {
        for (let i = 0; i < n; i++) {
          const fiber = yield* Effect.forkChild(cleansUp, { startImmediately: true });
          yield* Fiber.interrupt(fiber);
        }
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

let cleanedUp = 0;

// Not try and finally: an interrupted Effect.gen does not run them.
const cleansUp = Effect.ensuring(
  suspended,
  Effect.sync(() => {
    cleanedUp++;
  }),
);

const under = (calls: number, n: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (calls > 0) yield* under(calls - 1, n);
    else for (let i = 0; i < n; i++) yield* Effect.yieldNow;
  });

function resumeUnder(calls: number): Batch {
  return (n) => Effect.runPromise(under(calls, n));
}

function lock(): Batch {
  const semaphore = Semaphore.makeUnsafe(1);
  return (n) =>
    Effect.runPromise(Effect.gen(function* () {
      for (let i = 0; i < n; i++) {
        yield* semaphore.take(1);
        yield* semaphore.release(1);
      }
    }));
}

type Rwlock = TxReentrantLock.TxReentrantLock;

async function rwlock(
  acquire: (lock: Rwlock) => Effect.Effect<number>,
  release: (lock: Rwlock) => Effect.Effect<number>,
): Promise<Batch> {
  const lock = await Effect.runPromise(TxReentrantLock.make());
  return (n) =>
    Effect.runPromise(Effect.gen(function* () {
      for (let i = 0; i < n; i++) {
        yield* acquire(lock);
        yield* release(lock);
      }
    }));
}

/** What one of two does in turn. */
interface Turn {
  readonly wait: Effect.Effect<unknown>;
  /** Lets the other one go on. */
  readonly next: Effect.Effect<unknown>;
}

/** Two fibers take turns: each waits for the other one, so that each wait has to wait. */
function takeTurns(n: number, ...both: readonly [Turn, Turn]): Promise<void> {
  let left = n;
  const turns = ({ wait, next }: Turn) =>
    Effect.gen(function* () {
      while (left > 0) {
        yield* wait;
        left--;
        yield* next;
      }
    });
  return Effect.runPromise(Effect.gen(function* () {
    const fibers: Fiber.Fiber<void>[] = [];
    for (const one of both) {
      fibers.push(yield* Effect.forkChild(turns(one), { startImmediately: true }));
    }
    yield* both[1].next;
    for (const one of fibers) yield* Fiber.join(one);
  }));
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
