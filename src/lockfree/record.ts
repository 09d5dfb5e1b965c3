/**
 * A record from its taking to its giving back: it stands for one thing after the other, each with a generation of
 * its own, and whoever knows it by an earlier one is refused.
 *
 * @module
 */
import {
  type AtomicWords,
  CONTEXT,
  generationOf,
  GENERATIONS,
  IDLE,
  LOCK,
  STATE,
  stateOf,
} from "./words.ts";

/** The generation of a record. */
export function generationAt(memory: Int32Array, record: number, atomics: AtomicWords): number {
  return generationOf(atomics.load(memory, record + STATE));
}

/**
 * A record that nobody else has stands for something of `context` from now on.
 *
 * @returns Its generation.
 */
export function prepare(
  memory: Int32Array,
  record: number,
  context: number,
  lock: number,
  what: number,
  atomics: AtomicWords,
): number {
  const generation = generationAt(memory, record, atomics);
  atomics.store(memory, record + CONTEXT, context);
  // INVARIANT: before the state, by which others see what it waits for.
  atomics.store(memory, record + LOCK, lock);
  atomics.store(memory, record + STATE, stateOf(generation, what));
  return generation;
}

/**
 * What a record stood for is over, and it is in no list.
 *
 * @returns Whether it may be used again: not when its generations have come to an end. So none ever stands for a
 * second thing, however long somebody has known it for.
 */
export function giveBack(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  // INVARIANT: before the state: whoever sees that it is idle sees that it is nobody's. Should this thread die, it is
  // none of its records.
  atomics.store(memory, record + CONTEXT, 0);
  const next = generationAt(memory, record, atomics) + 1;
  atomics.store(memory, record + STATE, stateOf(next, IDLE));
  return next < GENERATIONS;
}
