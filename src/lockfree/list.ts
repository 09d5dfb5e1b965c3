/**
 * A list that any thread pushes to and one takes whole: last in, first out (QEMU's
 * `scheduled_coroutines`, `from_push` and `release_pool`). As it is never taken from one by one, a
 * record that comes back to it between two looks at it does no harm.
 *
 * @module
 */
import { type AtomicWords, NEXT } from "./words.ts";

/** Pushes a record to the list whose head is at `head`. */
export function push(
  memory: Int32Array,
  head: number,
  record: number,
  atomics: AtomicWords,
): void {
  for (let first = atomics.load(memory, head);;) {
    // INVARIANT: nobody reads the link before the record is in the list.
    atomics.store(memory, record + NEXT, first);
    const found = atomics.compareExchange(memory, head, first, record);
    if (found === first) return;
    first = found;
  }
}

/** Takes all records; answers the last one that was pushed, from which the links lead to the others. */
export function takeAll(memory: Int32Array, head: number, atomics: AtomicWords): number {
  // Most of the time there is nothing, and to look is cheaper.
  return atomics.load(memory, head) === 0 ? 0 : atomics.exchange(memory, head, 0);
}

/** Turns a list that was taken around: answers the first one that was pushed. */
export function reversed(memory: Int32Array, last: number, atomics: AtomicWords): number {
  let first = 0;
  for (let record = last; record !== 0;) {
    const next = atomics.load(memory, record + NEXT);
    atomics.store(memory, record + NEXT, first);
    first = record;
    record = next;
  }
  return first;
}
