/**
 * The words of a mutex across threads, and what is done to them (QEMU's `CoMutex`).
 *
 * `LOCKED` counts who has the mutex and who is about to wait for it, and names the context of the one that
 * has it: it is 0 if, and only if, the mutex is free. Those who wait push themselves to a list that
 * anybody may push to; whoever unlocks hands the mutex to the first of them. One that has counted
 * itself, but has not pushed itself yet, cannot be found: then the unlocker leaves a token, and
 * goes. Whoever pushes next takes the token, and hands on in its place. So at most one thread at a time
 * takes from the list: the one that unlocks, or the one that has taken the token. A token has a number
 * that is used once, as in QEMU, so that nobody takes a later one for an earlier one. (Exploration has
 * found nothing that would go wrong if all had the same: whoever takes one, whichever, is the only one.)
 *
 * Whoever has to hand it on can be seen at any time, should that thread die: the mutex is in its name, or it
 * has just taken the token, which says so until it is.
 *
 * @module
 */
import {
  ABANDONED,
  COMING,
  type Discard,
  firstOf,
  grant,
  refuseCrowd,
  shift,
  sweepLine,
} from "./line.ts";
import { push } from "./list.ts";
import { deliver } from "./schedule.ts";
import { type AtomicWords, CONTEXT } from "./words.ts";

/** How many have it or want it, and who has it. */
export const LOCKED = 0;
/** The token of an unlocker that found nobody; 0 if there is none; below that, who takes it just now. */
export const TOKEN = 4;
/** The number of the last token. */
const SEQUENCE = 5;
/** How many words a mutex has. */
export const MUTEX = 6;

/** Tokens are above 0. */
const LAST_TOKEN = 2 ** 31 - 1;
/** The bits that count. */
const COUNT = 0xffff;
/** Where the context begins, which is the place of its words: below 32,768. */
const HOLDER = 16;

/** How many have the mutex or want it. */
export const countOf = (locked: number): number => locked & COUNT;
/** The context of the one that has it. */
export const holderOf = (locked: number): number => locked >> HOLDER;

/** Takes the mutex, for one of `context`, if it is free. */
export function tryLock(
  memory: Int32Array,
  mutex: number,
  context: number,
  atomics: AtomicWords,
): boolean {
  return atomics.compareExchange(memory, mutex + LOCKED, 0, context << HOLDER | 1) === 0;
}

/**
 * Takes the mutex, or waits for it by a record that is WAITING and in no list.
 *
 * @returns Whether it has the mutex; then the record is in no list. If not, the record will be scheduled
 * when it has.
 * @throws {RangeError} If 65,534 wait.
 */
export function lock(
  memory: Int32Array,
  mutex: number,
  record: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  const context = atomics.load(memory, record + CONTEXT);
  for (let locked = 0;;) {
    if (countOf(locked) === COUNT) refuseCrowd(COUNT);
    const next = locked === 0 ? context << HOLDER | 1 : locked + 1;
    const found = atomics.compareExchange(memory, mutex + LOCKED, locked, next);
    if (found === locked) {
      if (locked === 0) return true;
      break;
    }
    locked = found;
  }
  push(memory, mutex + COMING, record, atomics);
  // INVARIANT: pushed before the token is looked at, as the unlocker looks at the list after it has left
  // the token: one of them sees the other.
  const token = atomics.load(memory, mutex + TOKEN);
  if (token > 0) takeOver(memory, mutex, token, context, discard, atomics);
  return false;
}

/**
 * Takes a token, and hands the mutex on in place of the one that has left it.
 *
 * @returns False if it is not there any more.
 */
export function takeOver(
  memory: Int32Array,
  mutex: number,
  token: number,
  context: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  if (atomics.compareExchange(memory, mutex + TOKEN, token, -context) !== token) return false;
  // INVARIANT: in this one's name before it is granted to anybody: one that finds its own there has been given it.
  putInNameOf(memory, mutex, context, atomics);
  atomics.store(memory, mutex + TOKEN, 0);
  // Having taken the token, this thread alone takes from the list.
  handOn(memory, mutex, discard, atomics);
  return true;
}

/** The one that has to hand it on does so alone; those who count themselves meanwhile leave the context as it is. */
function putInNameOf(
  memory: Int32Array,
  mutex: number,
  context: number,
  atomics: AtomicWords,
): void {
  const before = holderOf(atomics.load(memory, mutex + LOCKED));
  atomics.add(memory, mutex + LOCKED, (context - before) << HOLDER);
}

/** Gives the mutex back, which is held in `context`: to the one that has waited longest if anybody does. */
export function unlock(
  memory: Int32Array,
  mutex: number,
  context: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  const alone = context << HOLDER | 1;
  if (atomics.compareExchange(memory, mutex + LOCKED, alone, 0) === alone) return;
  if (!leave(memory, mutex, atomics)) handOn(memory, mutex, discard, atomics);
}

/** One counts no longer. Answers whether nobody does: then the mutex is free. */
function leave(memory: Int32Array, mutex: number, atomics: AtomicWords): boolean {
  for (let locked = atomics.load(memory, mutex + LOCKED);;) {
    // Until it is handed on, the context stays: that of whoever must do so.
    const next = countOf(locked) === 1 ? 0 : locked - 1;
    const found = atomics.compareExchange(memory, mutex + LOCKED, locked, next);
    if (found === locked) return next === 0;
    locked = found;
  }
}

/** Somebody wants the mutex, which this thread has to hand on, and which is in its name: whoever is first gets it. */
function handOn(
  memory: Int32Array,
  mutex: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  for (;;) {
    for (let record; (record = takeFirst(memory, mutex, atomics)) !== 0;) {
      if (handTo(memory, mutex, record, atomics)) return;
      discard(record);
      // It wants it no longer: if it was the last one, the mutex is free.
      if (leave(memory, mutex, atomics)) return;
    }
    // Somebody has counted itself and is about to push.
    const token = (atomics.load(memory, mutex + SEQUENCE) + 1) & LAST_TOKEN || 1;
    atomics.store(memory, mutex + SEQUENCE, token);
    atomics.store(memory, mutex + TOKEN, token);
    if (atomics.load(memory, mutex + COMING) === 0) return;
    // It has pushed meanwhile: whoever takes the token back hands on.
    if (atomics.compareExchange(memory, mutex + TOKEN, token, 0) !== token) return;
  }
}

/** Takes the one that has waited longest out of the list; 0 if there is none. */
function takeFirst(memory: Int32Array, mutex: number, atomics: AtomicWords): number {
  const first = firstOf(memory, mutex, atomics);
  if (first !== 0) shift(memory, mutex, first, atomics);
  return first;
}

/** Lets a record that waits have the mutex, unless it has given up. */
function handTo(memory: Int32Array, mutex: number, record: number, atomics: AtomicWords): boolean {
  if (!grant(memory, record, atomics)) return false;
  putInNameOf(memory, mutex, atomics.load(memory, record + CONTEXT), atomics);
  deliver(memory, record, atomics);
  return true;
}

/**
 * Takes those out of the line that have given up. For the thread whose coroutine has the mutex, and does not give it
 * back meanwhile: nobody else takes from the list.
 */
export function sweep(
  memory: Int32Array,
  mutex: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  const gone = sweepLine(memory, mutex, discard, atomics);
  // INVARIANT: the one that has it counts, too: so this leaves its context as it is.
  // EQUIVALENT(gone > 0 -> true): to take none away changes nothing.
  if (gone > 0) atomics.sub(memory, mutex + LOCKED, gone);
}

/**
 * The one that has it, in this thread, ends without unlocking it: all who wait are told, and find out.
 * From then on nobody gets it.
 */
export function abandon(
  memory: Int32Array,
  mutex: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  atomics.store(memory, mutex + ABANDONED, 1);
  // INVARIANT: those who push after this look whether it is abandoned after they have pushed.
  for (let record; (record = takeFirst(memory, mutex, atomics)) !== 0;) {
    if (grant(memory, record, atomics)) deliver(memory, record, atomics);
    else discard(record);
    atomics.sub(memory, mutex + LOCKED, 1);
  }
}
