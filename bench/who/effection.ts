/**
 * effection: tasks are spawned operations. It has no lock.
 *
 * @module
 */
import { action, type Operation, run, spawn, suspend, type Task, withResolvers } from "effection";
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
