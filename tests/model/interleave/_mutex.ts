/**
 * A mutex of two words, and what can be wrong with it.
 *
 * @module
 */
import type { Interleaving, ThreadCall } from "@cofn/coroutine/model";

/** So many of the same. */
export const times = <T>(n: number, what: T): T[] => Array.from({ length: n }, () => what);

/** A mutex on two words: 0 free, 1 locked, 2 somebody sleeps. */
export const lock: ThreadCall = function lock(memory, atomics) {
  let was = atomics.compareExchange(memory, 0, 0, 1);
  if (was === 0) return;
  if (was !== 2) was = atomics.exchange(memory, 0, 2);
  while (was !== 0) {
    atomics.wait(memory, 0, 2);
    was = atomics.exchange(memory, 0, 2);
  }
};
export const work: ThreadCall = function work(memory) {
  memory[1]!++;
};
export const unlock: ThreadCall = function unlock(memory, atomics) {
  if (atomics.sub(memory, 0, 1) === 1) return;
  atomics.store(memory, 0, 0);
  atomics.notify(memory, 0, 1);
};
export const mutex: Interleaving = {
  name: "mutex",
  memory: { lock: 0, counter: 0 },
  threads: times(2, [lock, work, unlock]),
  always: { "one works": (_, at) => at.filter((call) => call === "work").length <= 1 },
  sometimes: { "one sleeps": (memory) => memory[0] === 2 },
  finally: { "both were counted": (memory) => memory[1] === 2 },
};
export const swap = (from: ThreadCall, to: ThreadCall): Interleaving => ({
  ...mutex,
  threads: times(2, [lock, work, unlock].map((call) => call === from ? to : call)),
});
