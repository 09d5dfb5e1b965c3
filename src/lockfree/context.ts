/**
 * A context is one thread's after the other: what the one before has left there is not taken for the next one's.
 *
 * @module
 */
import { isTaken, lifeOf, reserve, vacate } from "./life.ts";
import type { Discard } from "./line.ts";
import { isOwed } from "./orphan.ts";
import {
  type AtomicWords,
  CONTEXT,
  DELIVERING,
  IDLE,
  LIFE,
  PARENT,
  RECORD,
  SIGNAL,
  STATE,
  whatOf,
  WORK,
} from "./words.ts";

/**
 * Takes a context for a thread that another one starts, if it may be had.
 *
 * @param parent The context of that one; 0 if none does.
 * @returns The number of its life; undefined if somebody has it, or is to look at it still.
 */
export function moveIn(
  memory: Int32Array,
  context: number,
  parent: number,
  atomics: AtomicWords,
): number | undefined {
  const word = atomics.load(memory, context + LIFE);
  if (isTaken(word) || isOwed(memory, context, atomics)) return undefined;
  const life = lifeOf(word);
  // INVARIANT: the same number: nobody has had it since it was looked at.
  if (!reserve(memory, context, life, atomics)) return undefined;
  // What was scheduled there for the one before stays: the next one gives those records back.
  for (const left of [SIGNAL, WORK, DELIVERING]) atomics.store(memory, context + left, 0);
  atomics.store(memory, context + PARENT, parent);
  return life;
}

/**
 * The thread of a context was buried, and does nothing any more, for certain: others may have it, and its records.
 *
 * @param discard What is done with each of those.
 */
export function moveOut(
  memory: Int32Array,
  context: number,
  life: number,
  records: readonly [from: number, to: number],
  discard: Discard,
  atomics: AtomicWords,
): void {
  for (let record = records[0]; record < records[1]; record += RECORD) {
    // INVARIANT: the state first: whoever else gives back one of its records says first that it is not its own.
    if (whatOf(atomics.load(memory, record + STATE)) !== IDLE) continue;
    if (atomics.load(memory, record + CONTEXT) === context) discard(record);
  }
  // INVARIANT: before anybody may have it: the next one is nobody's child until it is somebody's.
  atomics.store(memory, context + PARENT, 0);
  vacate(memory, context, life, atomics);
}
