/**
 * The words of a queue across threads: those who wait, in their order. Whoever does anything to it holds the
 * mutex that goes with it, so that no two do at once.
 *
 * @module
 */
import { type Discard, grant, waits } from "./line.ts";
import { deliver } from "./schedule.ts";
import { type AtomicWords, GAVE_UP, NEXT, STATE, stateOf } from "./words.ts";

/** The one that has waited longest; 0 if nobody waits. */
export const FIRST = 0;
/** The one that has come last. */
const LAST = 1;
/** How many words a queue has. */
export const QUEUE = 2;

/** One more waits, by a record that is WAITING and in no list. */
export function append(
  memory: Int32Array,
  queue: number,
  record: number,
  atomics: AtomicWords,
): void {
  atomics.store(memory, record + NEXT, 0);
  const last = atomics.load(memory, queue + LAST);
  atomics.store(memory, last === 0 ? queue + FIRST : last + NEXT, record);
  atomics.store(memory, queue + LAST, record);
}

/**
 * Lets the one go on that has waited longest, and has not given up.
 *
 * @returns False if nobody waits.
 */
export function letNext(
  memory: Int32Array,
  queue: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  for (let record; (record = atomics.load(memory, queue + FIRST)) !== 0;) {
    const next = atomics.load(memory, record + NEXT);
    atomics.store(memory, queue + FIRST, next);
    if (next === 0) atomics.store(memory, queue + LAST, 0);
    if (goOn(memory, record, atomics)) return true;
    discard(record);
  }
  return false;
}

/**
 * Takes a record out that has given up.
 *
 * @param generation That of the wait: if somebody has found it, and taken it out, the record may be one
 * of another wait by now.
 */
export function remove(
  memory: Int32Array,
  queue: number,
  record: number,
  generation: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  if (atomics.load(memory, record + STATE) !== stateOf(generation, GAVE_UP)) return;
  let before = 0;
  for (let at = atomics.load(memory, queue + FIRST); at !== 0;) {
    const next = atomics.load(memory, at + NEXT);
    if (at === record) {
      atomics.store(memory, before === 0 ? queue + FIRST : before + NEXT, next);
      if (next === 0) atomics.store(memory, queue + LAST, before);
      return discard(record);
    }
    before = at;
    at = next;
  }
}

/** Whether somebody waits: those who have given up are in the list until they are found there. */
export function isWaitedIn(memory: Int32Array, queue: number, atomics: AtomicWords): boolean {
  let record = atomics.load(memory, queue + FIRST);
  // Without the mutex, what is read here may be in another list by now: that is a long way at most.
  for (let n = 0; record !== 0 && n < LONG; n++) {
    if (waits(memory, record, atomics)) return true;
    record = atomics.load(memory, record + NEXT);
  }
  return false;
}

/** No list is as long. */
const LONG = 2 ** 18;

function goOn(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  if (!grant(memory, record, atomics)) return false;
  deliver(memory, record, atomics);
  return true;
}
