/**
 * effection: tasks are spawned operations. It has no lock, and no clock but the host's.
 *
 * @module
 */
import {
  action,
  createQueue,
  type Operation,
  type Queue,
  run,
  spawn,
  suspend,
  type Task,
  type WithResolvers,
  withResolvers,
} from "effection";
import { type Batch, RING, type Who } from "../_ops.ts";

export const effection: Who = {
  ops: {
    create: () => (n) =>
      run(function* () {
        for (let i = 0; i < n; i++) yield* yield* spawn(empty);
      }),
    resume: () => resumeUnder(0),
    call1: () => resumeUnder(1),
    call8: () => resumeUnder(8),
    call64: () => resumeUnder(64),
    wakeChain: () => (n) =>
      run(function* () {
        let left = n;
        const wakes = Array.from({ length: RING }, () => withResolvers<void>());
        function* link(i: number): Operation<void> {
          while (left > 0) {
            yield* wakes[i]?.operation ?? suspend();
            wakes[i] = withResolvers<void>();
            left--;
            wakes[(i + 1) % RING]?.resolve();
          }
          wakes[(i + 1) % RING]?.resolve();
        }
        const links: Task<void>[] = [];
        for (let i = 0; i < RING; i++) links.push(yield* spawn(() => link(i)));
        wakes[0]?.resolve();
        for (const one of links) yield* one;
      }),
    queueWait: () => (n) =>
      run(function* () {
        const [ping, pong] = [createQueue<number, never>(), createQueue<number, never>()];
        let left = n;
        // Two take turns, so that each has to wait for its item.
        function* takeTurns(
          own: Queue<number, never>,
          other: Queue<number, never>,
        ): Operation<void> {
          while (left > 0) {
            yield* own.next();
            left--;
            other.add(left);
          }
        }
        const one = yield* spawn(() => takeTurns(ping, pong));
        const two = yield* spawn(() => takeTurns(pong, ping));
        ping.add(left);
        yield* one;
        yield* two;
      }),
    cancel: () => (n) =>
      run(function* () {
        for (let i = 0; i < n; i++) {
          const begun = withResolvers<void>();
          const task = yield* spawn(() => cleansUp(begun));
          // One that is halted before has nothing to clean up.
          yield* begun.operation;
          yield* task.halt();
        }
      }),
  },
  async suspend(slots) {
    // Its tree of tasks keeps them alive.
    void run(function* () {
      for (let i = 0; i < slots.length; i++) slots[i] = yield* spawn(suspend);
      yield* suspend();
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
  },
};

function* empty(): Operation<void> {}

let cleanedUp = 0;

function* cleansUp(begun: WithResolvers<void>): Operation<void> {
  try {
    begun.resolve();
    yield* suspend();
  } finally {
    cleanedUp++;
  }
}

/** Suspends, and is resumed at once: the least that it can wait for. */
const turn = () =>
  action<void>((resolve) => {
    resolve();
    return nothing;
  });

function nothing(): void {}

function* under(calls: number, n: number): Operation<void> {
  if (calls > 0) yield* under(calls - 1, n);
  else for (let i = 0; i < n; i++) yield* turn();
}

function resumeUnder(calls: number): Batch {
  return (n) => run(() => under(calls, n));
}
