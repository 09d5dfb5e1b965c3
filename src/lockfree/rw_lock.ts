/**
 * The words of a read-write lock across threads, and what is done to them (QEMU's `CoRwlock`).
 *
 * `WORD` says who has it and how many wait, in one word, so that a look and a step are one. Whoever must
 * wait counts itself and pushes itself to the line. Then whoever has come or gone *serves*: lets
 * those at the head of the line have it who can. One thread serves at a time. Who finds that another one
 * does so leaves word, and goes; that one looks once more before it stops. So nobody ever waits for
 * anybody's work, and no change remains unseen.
 *
 * As long as somebody waits, only the one that serves lets anybody in: what it has found free stays so.
 *
 * Each thread has a share in each lock that it knows: a record that is marked as long as the thread holds
 * the lock or does anything to it. If the thread dies then, the lock is abandoned.
 *
 * @module
 */
import {
  ABANDONED,
  COMING,
  type Discard,
  firstOf,
  giveUp,
  grant,
  refuseCrowd,
  shift,
  waits,
} from "./line.ts";
import { push } from "./list.ts";
import { deliver } from "./schedule.ts";
import { type AtomicWords, LOCK, STATE } from "./words.ts";

/** Who has it, and how many wait. */
export const WORD = 0;
/** How many have asked for somebody to serve, since somebody does. */
export const SERVING = 4;
/** How many words a read-write lock has. */
export const RW_LOCK = 5;

/** A reader, in the word: there are 32,767 at most, and others wait. */
export const READER = 1 << 16;
/** The writer, in the word. */
export const WRITER = 1 << 31;
/** The bits of those who wait. */
const WAITERS = READER - 1;
/** The bits of the readers. */
const READERS = ~(WRITER | WAITERS);

/** To read, or to write. */
export type As = 1 | -1;

/** How many have it: that many readers, or -1 for a writer. */
export const ownersOf = (word: number): number => word < 0 ? -1 : word >> 16;
/** How many wait for it. */
export const waitersOf = (word: number): number => word & WAITERS;

/** What the lock of a record that waits is, in its words: below 0 if it wants to write. */
export const wanting = (lock: number, as: As): number => lock * as;

/** Whether one can be let in by the one that serves. */
const isOpen = (word: number, as: As): boolean =>
  as > 0 ? word >= 0 && (word & READERS) !== READERS : ownersOf(word) === 0;

/** Whether one that comes can have it, as nobody is before it. */
const isFree = (word: number, as: As): boolean => waitersOf(word) === 0 && isOpen(word, as);

/** Whether no more can be counted. */
const isCrowded = (word: number): boolean => waitersOf(word) === WAITERS;

/** The word when one more has it. */
const withOwner = (word: number, as: As): number => as > 0 ? word + READER : word | WRITER;

/** The word when one of those who have it has it no more. */
const withoutOwner = (word: number): number => word < 0 ? word & ~WRITER : word - READER;

/** From now on this thread holds the lock, or does something to it; 0 if that is so already. */
function mark(memory: Int32Array, share: number, atomics: AtomicWords): void {
  // IDLE becomes SCHEDULED, as what is granted and not taken yet: for those who bury, that is one.
  if (share !== 0) atomics.add(memory, share + STATE, 1);
}

/** This thread has nothing to do with the lock any more. */
function unmark(memory: Int32Array, share: number, atomics: AtomicWords): void {
  if (share !== 0) atomics.sub(memory, share + STATE, 1);
}

/** Changes the word; answers what it was. If `next` answers the same word, nothing is changed. */
function change(
  memory: Int32Array,
  lock: number,
  next: (word: number) => number,
  atomics: AtomicWords,
): number {
  for (let word = atomics.load(memory, lock + WORD);;) {
    const becomes = next(word);
    if (becomes === word) return word;
    const found = atomics.compareExchange(memory, lock + WORD, word, becomes);
    if (found === word) return word;
    word = found;
  }
}

/**
 * Takes the lock if that takes no wait.
 *
 * @param share That of this thread; 0 if the thread holds the lock already. So in all that follows.
 */
export function tryTake(
  memory: Int32Array,
  lock: number,
  as: As,
  share: number,
  atomics: AtomicWords,
): boolean {
  mark(memory, share, atomics);
  const before = change(
    memory,
    lock,
    (word) => isFree(word, as) ? withOwner(word, as) : word,
    atomics,
  );
  if (isFree(before, as)) return true;
  unmark(memory, share, atomics);
  return false;
}

/**
 * Takes the lock, or waits for it by a record that is WAITING and in no list, and whose lock is that of
 * {@linkcode wanting}.
 *
 * @returns Whether it has the lock; then the record is in no list. If not, the record will be scheduled
 * when it has.
 * @throws {RangeError} If 65,535 wait.
 */
export function take(
  memory: Int32Array,
  lock: number,
  record: number,
  as: As,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  mark(memory, share, atomics);
  const before = change(
    memory,
    lock,
    (word) => isFree(word, as) ? withOwner(word, as) : isCrowded(word) ? word : word + 1,
    atomics,
  );
  if (isFree(before, as)) return true;
  if (isCrowded(before)) {
    unmark(memory, share, atomics);
    refuseCrowd(WAITERS);
  }
  standInLine(memory, lock, record, share, discard, atomics);
  return false;
}

/** One that is counted comes; it is seen by now if it could go at once. */
function standInLine(
  memory: Int32Array,
  lock: number,
  record: number,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  push(memory, lock + COMING, record, atomics);
  serve(memory, lock, discard, atomics);
  unmark(memory, share, atomics);
}

/** One that was granted the lock has it from now on. */
export function accept(
  memory: Int32Array,
  record: number,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  // INVARIANT: marked before the record is let go, which says until then that this thread has the lock.
  mark(memory, share, atomics);
  discard(record);
}

/** Gives the lock back, of a reader or the writer. */
export function unlock(
  memory: Int32Array,
  lock: number,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  const left = withoutOwner(change(memory, lock, withoutOwner, atomics));
  // If others read still, the one at the head wants to write.
  if (ownersOf(left) === 0 && waitersOf(left) !== 0) serve(memory, lock, discard, atomics);
  unmark(memory, share, atomics);
}

/**
 * Makes a reader the writer: at once if it is alone. If not, it reads no more, and waits by a record
 * that {@linkcode wanting} to write says.
 *
 * @returns Whether it is the writer.
 * @throws {RangeError} If 65,535 wait.
 */
export function upgrade(
  memory: Int32Array,
  lock: number,
  record: number,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  const before = change(
    memory,
    lock,
    (word) => word === READER ? WRITER : isCrowded(word) ? word : withoutOwner(word) + 1,
    atomics,
  );
  if (before === READER) return true;
  if (isCrowded(before)) refuseCrowd(WAITERS);
  standInLine(memory, lock, record, share, discard, atomics);
  return false;
}

/** Makes the writer a reader; those at the head who want to read join it. */
export function downgrade(
  memory: Int32Array,
  lock: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  const before = change(memory, lock, (word) => withoutOwner(word) + READER, atomics);
  if (waitersOf(before) !== 0) serve(memory, lock, discard, atomics);
}

/**
 * Gives up a wait: those behind it may go on.
 *
 * @returns False if it is too late, as it has been granted.
 */
export function leave(
  memory: Int32Array,
  lock: number,
  record: number,
  generation: number,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  mark(memory, share, atomics);
  const left = giveUp(memory, record, generation, atomics);
  if (left) serve(memory, lock, discard, atomics);
  unmark(memory, share, atomics);
  return left;
}

/** Another thread has died, of which somebody may have been at the head: those behind it may go on. */
export function moveUp(
  memory: Int32Array,
  lock: number,
  share: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  mark(memory, share, atomics);
  serve(memory, lock, discard, atomics);
  unmark(memory, share, atomics);
}

/**
 * A holder of this thread ends without unlocking it: all who wait are told, and find out. From then on
 * nobody gets it.
 */
export function abandon(
  memory: Int32Array,
  lock: number,
  discard: Discard,
  atomics: AtomicWords,
): void {
  atomics.store(memory, lock + ABANDONED, 1);
  // INVARIANT: those who push after this look whether it is abandoned after they have pushed.
  serve(memory, lock, discard, atomics);
}

/** Lets those have the lock who can, unless another thread does: that one looks once more. */
function serve(memory: Int32Array, lock: number, discard: Discard, atomics: AtomicWords): void {
  if (atomics.add(memory, lock + SERVING, 1) !== 0) return;
  for (let asked = 1;;) {
    while (serveFirst(memory, lock, discard, atomics));
    const found = atomics.compareExchange(memory, lock + SERVING, asked, 0);
    if (found === asked) return;
    asked = found;
  }
}

/** Takes the one out that is first, if it can have the lock or waits no longer. */
function serveFirst(
  memory: Int32Array,
  lock: number,
  discard: Discard,
  atomics: AtomicWords,
): boolean {
  const first = firstOf(memory, lock, atomics);
  if (first === 0) return false;
  const as = atomics.load(memory, first + LOCK) > 0 ? 1 : -1;
  const over = atomics.load(memory, lock + ABANDONED) === 1;
  if (!over && waits(memory, first, atomics)) {
    // INVARIANT: as it is counted, nobody but this thread lets anybody in: what is open stays open.
    if (!isOpen(atomics.load(memory, lock + WORD), as)) return false;
  }
  shift(memory, lock, first, atomics);
  const granted = grant(memory, first, atomics);
  const owner = granted && !over ? withOwner(0, as) : 0;
  atomics.add(memory, lock + WORD, (owner - 1) | 0);
  if (granted) deliver(memory, first, atomics);
  else discard(first);
  return true;
}
