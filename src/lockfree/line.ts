/**
 * Those who wait for a lock across threads, in their order: anybody may come, and one thread at a time
 * takes them out. All locks have these words at the same
 * places, before those of their own.
 *
 * @module
 */
import { lives } from "./life.ts";
import { reversed, takeAll } from "./list.ts";
import {
  type AtomicWords,
  CONTEXT,
  GAVE_UP,
  generationOf,
  LIFE,
  NEXT,
  SCHEDULED,
  STATE,
  stateOf,
  WAITING,
  whatOf,
} from "./words.ts";

/** Those who have come to wait, the last one first. */
export const COMING = 1;
/** Those whose turn it is next, the first one first. */
const NEXT_UP = 2;
/** Whether the lock was abandoned: a holder is gone, and has not unlocked it. */
export const ABANDONED = 3;
/** Takes records that are of no use any more. */
export type Discard = (record: number) => void;

/** As many wait as can be counted. */
export function refuseCrowd(most: number): never {
  throw new RangeError(`Cannot wait: ${most} have it or wait for it already`);
}

/** The one that has waited longest; 0 if nobody is in the line. */
export function firstOf(memory: Int32Array, lock: number, atomics: AtomicWords): number {
  let first = atomics.load(memory, lock + NEXT_UP);
  if (first === 0) {
    first = reversed(memory, takeAll(memory, lock + COMING, atomics), atomics);
    if (first !== 0) atomics.store(memory, lock + NEXT_UP, first);
  }
  return first;
}

/** Takes the one out that has waited longest. */
export function shift(memory: Int32Array, lock: number, first: number, atomics: AtomicWords): void {
  atomics.store(memory, lock + NEXT_UP, atomics.load(memory, first + NEXT));
}

/** Takes those out that have given up; answers how many. For the one thread that may take from the line. */
export function sweepLine(
  memory: Int32Array,
  lock: number,
  discard: Discard,
  atomics: AtomicWords,
): number {
  let [first, last, gone] = [0, 0, 0];
  const nextUp = atomics.load(memory, lock + NEXT_UP);
  for (let from of [nextUp, reversed(memory, takeAll(memory, lock + COMING, atomics), atomics)]) {
    while (from !== 0) {
      const next = atomics.load(memory, from + NEXT);
      if (whatOf(atomics.load(memory, from + STATE)) === GAVE_UP) {
        discard(from);
        gone++;
      } else {
        if (last === 0) first = from;
        else atomics.store(memory, last + NEXT, from);
        last = from;
      }
      from = next;
    }
  }
  if (last !== 0) atomics.store(memory, last + NEXT, 0);
  atomics.store(memory, lock + NEXT_UP, first);
  return gone;
}

/** Whether a record waits still, in a thread that lives. */
export function waits(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  return whatOf(atomics.load(memory, record + STATE)) === WAITING &&
    // Its thread was buried, and it has come after that.
    lives(atomics.load(memory, atomics.load(memory, record + CONTEXT) + LIFE));
}

/** A record that waits is to go on; false if it has given up. It is not told yet. */
export function grant(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  if (!waits(memory, record, atomics)) return false;
  const state = atomics.load(memory, record + STATE);
  return become(memory, record, generationOf(state), SCHEDULED, atomics);
}

/**
 * Gives up a wait.
 *
 * @param generation That of the record when the wait began: by now it may be another one's.
 * @returns False if it is too late, as it has been granted.
 */
export function giveUp(
  memory: Int32Array,
  record: number,
  generation: number,
  atomics: AtomicWords,
): boolean {
  return become(memory, record, generation, GAVE_UP, atomics);
}

/** A record that waits does something else; false if it has done so already. */
function become(
  memory: Int32Array,
  record: number,
  generation: number,
  what: number,
  atomics: AtomicWords,
): boolean {
  const state = stateOf(generation, WAITING);
  const next = stateOf(generation, what);
  return atomics.compareExchange(memory, record + STATE, state, next) === state;
}
