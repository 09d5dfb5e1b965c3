/**
 * The words of memory that threads share, and the operations on them.
 *
 * A record stands for something that one thread lets another one resume: a coroutine that was shared, or
 * one wait of a coroutine for a shared lock. It is known by the place of its first word, which is never
 * 0. It is in one list at most: that of a lock, or that of the context where it is to go on.
 *
 * @module
 */

/** The operations of `Atomics`, as far as they are used here: a parameter, so that others can stand in for them. */
export interface AtomicWords {
  load(view: Int32Array, index: number): number;
  store(view: Int32Array, index: number, value: number): number;
  add(view: Int32Array, index: number, value: number): number;
  sub(view: Int32Array, index: number, value: number): number;
  exchange(view: Int32Array, index: number, value: number): number;
  compareExchange(view: Int32Array, index: number, expected: number, value: number): number;
  wait(
    view: Int32Array,
    index: number,
    value: number,
    timeout?: number,
  ): "ok" | "not-equal" | "timed-out";
  notify(view: Int32Array, index: number, count?: number): number;
}

// ---------------------------------------------------------------------------------- of a record

/** Its generation and what it is in: see {@linkcode IDLE} and the others. */
export const STATE = 0;
/** The next one in its list; 0 at the end. */
export const NEXT = 1;
/** The context in which it goes on. */
export const CONTEXT = 2;
/** The lock that it waits for; 0 for none; {@linkcode PAST}. */
export const LOCK = 3;
/** How many words a record has. */
export const RECORD = 4;

/** In no list. */
export const IDLE = 0;
/** In the list of its context, or about to be. */
export const SCHEDULED = 1;
/** In the list of a lock, or about to be: it can be granted that. */
export const WAITING = 2;
/** In the list of a lock, but it waits no longer: whoever finds it takes it away. */
export const GAVE_UP = 3;

/** What it has waited for is its own already: it is scheduled still, and tells nothing any more. No lock is there. */
// EQUIVALENT(1 -> 2): no lock is there either.
export const PAST: number = 2 ** 31 - 1;

/** The state of a record of that generation. */
export const stateOf = (generation: number, what: number): number => generation << 2 | what;
/** What a state says that the record is in. */
export const whatOf = (state: number): number => state & 3;
/** The generation that a state belongs to. */
export const generationOf = (state: number): number => state >>> 2;
/** How many generations a record has; then it is used no more. */
export const GENERATIONS = 2 ** 28;

// --------------------------------------------------------------------------------- of a context

/** The last record that was scheduled; 0 for none. */
export const HEAD = 0;
/** Whether its thread sleeps, or has been notified. */
export const SIGNAL = 1;
/** How far the life of its thread has come: see `life.ts`. */
export const LIFE = 2;
/** Whether something will happen in its thread by itself. */
export const WORK = 3;
/** The record that its thread is about to schedule, or has just scheduled; 0 for none. */
export const DELIVERING = 4;
/** The context of the thread that has started its thread: with that, it ends. */
export const PARENT = 5;
/** How many words a context has. */
export const CONTEXT_WORDS = 6;
