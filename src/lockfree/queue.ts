/**
 * The words of a queue across threads: those who wait, in their order. Whoever does anything to it holds the
 * mutex that goes with it, so that no two do at once.
 *
 * Whoever gives up is taken out at once only if it is first. Else it stays in the line, and counts, until
 * most of the line have: then all of these are taken out, in one go. So each costs the same, however long
 * the line is.
 *
 * @module
 */
import { type Discard, grant, waits } from "./line.ts";
import { deliver } from "./schedule.ts";
import { type AtomicWords, GAVE_UP, LOCK, NEXT, STATE, stateOf, whatOf } from "./words.ts";

/** The one that has waited longest; 0 if nobody waits. */
export const FIRST = 0;
/** The one that has come last. */
const LAST = 1;
/** How many are in the line. */
export const LENGTH = 2;
/** How many of them have given up, and have said so here. */
export const LEFT = 3;
/** How many words a queue has. */
export const QUEUE = 4;

/** What a record waits for that counts as having left. */
// EQUIVALENT(0 -> 1): no lock is there either.
const NOTHING = 0;

/** One more waits, for that queue's mutex, by a record that is WAITING and in no list. */
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
  count(memory, queue + LENGTH, 1, atomics);
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
  for (let record; (record = takeFirst(memory, queue, atomics)) !== 0;) {
    if (goOn(memory, record, atomics)) {
      skim(memory, queue, discard, atomics);
      return true;
    }
    discard(record);
  }
  return false;
}

/** Takes the one out that has waited longest; 0 if there is none. */
function takeFirst(memory: Int32Array, queue: number, atomics: AtomicWords): number {
  const record = atomics.load(memory, queue + FIRST);
  if (record === 0) return 0;
  takeOut(memory, queue, 0, record, atomics);
  return record;
}

/** Takes a record out that is behind `before`, or the first one if that is 0. */
function takeOut(
  memory: Int32Array,
  queue: number,
  before: number,
  record: number,
  atomics: AtomicWords,
): void {
  const next = atomics.load(memory, record + NEXT);
  atomics.store(memory, before === 0 ? queue + FIRST : before + NEXT, next);
  if (next === 0) atomics.store(memory, queue + LAST, before);
  count(memory, queue + LENGTH, -1, atomics);
  if (atomics.load(memory, record + LOCK) === NOTHING) count(memory, queue + LEFT, -1, atomics);
}

/** One more or one less: nobody else counts meanwhile. */
function count(memory: Int32Array, at: number, by: number, atomics: AtomicWords): void {
  atomics.store(memory, at, atomics.load(memory, at) + by);
}

/**
 * Lets a record leave that has given up.
 *
 * @param generation That of the wait: if somebody has found it, and taken it out, the record may be one
 * of another wait by now.
 */
export function leave(
  memory: Int32Array,
  queue: number,
  record: number,
  generation: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  if (atomics.load(memory, record + STATE) !== stateOf(generation, GAVE_UP)) return;
  atomics.store(memory, record + LOCK, NOTHING);
  count(memory, queue + LEFT, 1, atomics);
  skim(memory, queue, discard, atomics);
  const left = atomics.load(memory, queue + LEFT);
  if (2 * left > atomics.load(memory, queue + LENGTH)) sweep(memory, queue, discard, atomics);
}

/** Whoever is first then has not given up: nobody has to look far to find out whether anybody waits. */
function skim(memory: Int32Array, queue: number, discard: Discard, atomics: AtomicWords): void {
  for (let first; hasGivenUp(memory, first = atomics.load(memory, queue + FIRST), atomics);) {
    takeOut(memory, queue, 0, first, atomics);
    discard(first);
  }
}

/** Takes all out that have given up. */
function sweep(memory: Int32Array, queue: number, discard: Discard, atomics: AtomicWords): void {
  let before = 0;
  for (let record = atomics.load(memory, queue + FIRST); record !== 0;) {
    const next = atomics.load(memory, record + NEXT);
    if (hasGivenUp(memory, record, atomics)) {
      takeOut(memory, queue, before, record, atomics);
      discard(record);
    } else before = record;
    record = next;
  }
}

/** Whether there is a record, and it has given up. */
function hasGivenUp(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  return record !== 0 && whatOf(atomics.load(memory, record + STATE)) === GAVE_UP;
}

/** Whether somebody waits: those who have given up are in the list until they are found there. */
export function isWaitedIn(memory: Int32Array, queue: number, atomics: AtomicWords): boolean {
  let record = atomics.load(memory, queue + FIRST);
  // Without the mutex, what is read here may be in another list by now: that is a long way at most.
  // EQUIVALENT(0 -> 1): how long a long way is.
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
