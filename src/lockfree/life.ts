/**
 * The life of a thread, as a word of its context says it: the context is reserved, its thread runs, may be asked
 * to stop, and is killed; it may go on all the same. When it is gone for certain, another one may have the context.
 *
 * Each life of a context has a number. So whoever stops or kills a thread late does nothing to the next one that
 * lives there.
 *
 * @module
 */
import { type AtomicWords, LIFE } from "./words.ts";

/** Nobody has the context. */
const VACANT = 0;
/** It is reserved for a thread that has not begun yet. */
const STARTING = 1;
/** Its thread was killed, or has ended: it may go on for a while, or, if it computes, for ever. */
const KILLED = 2;
/** Its thread does nothing any more, for certain. */
const GONE = 3;
/** Its thread lives… */
const RUNNING = 4;
/** … and was asked to end when it has done what it has begun. */
const STOPPING = 5;

/** The word of a life: its number, and how far it has come. */
const wordOf = (life: number, phase: number): number => life << 3 | phase;
const phaseOf = (word: number): number => word & 7;
/** The number of the life that a word tells of. */
export const lifeOf = (word: number): number => word >>> 3;
/** The last number; the next one is the first. */
const LIVES = 2 ** 28;

/** What a word says of a thread that runs: as it is in memory at the beginning of what is explored. */
export const ALIVE: number = wordOf(0, RUNNING);

/** Whether the thread lives of which a word tells. */
export const lives = (word: number): boolean => (word & RUNNING) !== 0;
/** Whether it was asked to end. */
export const isStopping = (word: number): boolean => phaseOf(word) === STOPPING;
/** Whether it was killed, and may go on. */
export const isKilled = (word: number): boolean => phaseOf(word) === KILLED;
/** Whether it is gone for certain, if there was any. */
export const isGone = (word: number): boolean => phaseOf(word) === GONE || !isTaken(word);
/** Whether anybody has the context. */
export const isTaken = (word: number): boolean => phaseOf(word) !== VACANT;

/** Takes a vacant context for a thread. Answers whether it was vacant, and that was its next life. */
export function reserve(
  memory: Int32Array,
  context: number,
  life: number,
  atomics: AtomicWords,
): boolean {
  return become(memory, context, life, VACANT, life, STARTING, atomics);
}

/** The thread of a context begins. Answers whether it may: it was not killed before. */
export function begin(memory: Int32Array, context: number, atomics: AtomicWords): boolean {
  const life = lifeOf(atomics.load(memory, context + LIFE));
  return become(memory, context, life, STARTING, life, RUNNING, atomics);
}

/** Asks a thread to end. Answers whether it was running. */
export function stop(
  memory: Int32Array,
  context: number,
  life: number,
  atomics: AtomicWords,
): boolean {
  return become(memory, context, life, RUNNING, life, STOPPING, atomics);
}

/**
 * Nobody hands anything to a thread from now on.
 *
 * @param ghosts A word that counts those who were killed and may go on.
 * @returns Whether the context is still that thread's.
 */
export function kill(
  memory: Int32Array,
  context: number,
  life: number,
  ghosts: number,
  atomics: AtomicWords,
): boolean {
  // INVARIANT: none goes on that is not counted: so it is counted first.
  atomics.add(memory, ghosts, 1);
  for (let word = atomics.load(memory, context + LIFE);;) {
    const over = lifeOf(word) !== life || phaseOf(word) === VACANT;
    if (over || phaseOf(word) === KILLED || phaseOf(word) === GONE) {
      atomics.sub(memory, ghosts, 1);
      return !over;
    }
    const found = atomics.compareExchange(memory, context + LIFE, word, wordOf(life, KILLED));
    if (found === word) return true;
    word = found;
  }
}

/** A thread that was killed does nothing any more. */
export function leave(
  memory: Int32Array,
  context: number,
  life: number,
  ghosts: number,
  atomics: AtomicWords,
): void {
  if (become(memory, context, life, KILLED, life, GONE, atomics)) atomics.sub(memory, ghosts, 1);
}

/** Lets others have the context of a thread that is gone. */
export function vacate(
  memory: Int32Array,
  context: number,
  life: number,
  atomics: AtomicWords,
): void {
  if (!become(memory, context, life, GONE, (life + 1) % LIVES, VACANT, atomics)) return;
  // Whoever has killed it may wait for that.
  atomics.notify(memory, context + LIFE);
}

function become(
  memory: Int32Array,
  context: number,
  life: number,
  phase: number,
  nextLife: number,
  nextPhase: number,
  atomics: AtomicWords,
): boolean {
  const word = wordOf(life, phase);
  return atomics.compareExchange(memory, context + LIFE, word, wordOf(nextLife, nextPhase)) ===
    word;
}
