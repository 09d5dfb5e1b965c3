/**
 * How the lives of threads begin and end in the memory that they share, and what becomes of what a dead one had.
 *
 * @module
 */
import { moveIn, moveOut } from "../lockfree/context.ts";
import { type Burier, bury, buryGhosts, type Places, tellAll } from "../lockfree/death.ts";
import { isTaken, kill, leave, lifeOf, lives, stop } from "../lockfree/life.ts";
import type { Discard } from "../lockfree/line.ts";
import { notify } from "../lockfree/signal.ts";
import { type AtomicWords, LIFE, PARENT, SIGNAL } from "../lockfree/words.ts";
import {
  ALL_CONTEXTS,
  contexts,
  GHOSTS,
  GRAVES,
  type Memory,
  MOST_THREADS,
  placesIn,
} from "./_layout.ts";

/** The life of a thread: its context, and which one of those that lived there it is. */
export interface Life {
  readonly at: number;
  readonly life: number;
}

/** Those of all threads, this one's among them. */
export class Lives {
  readonly #memory: Memory;
  readonly #places: Places;

  readonly #atomics: AtomicWords;

  constructor(memory: Memory, atomics: AtomicWords) {
    this.#memory = memory;
    this.#atomics = atomics;
    this.#places = placesIn(memory, atomics);
  }

  /** A context for a thread that another one starts; 0 if none does. */
  reserve(parent: number): Life {
    const memory = this.#memory;
    for (const at of contexts) {
      const life = moveIn(memory, at, parent, this.#atomics);
      if (life !== undefined) return { at, life };
    }
    throw new RangeError(`Cannot start another thread: there are ${MOST_THREADS} of them`);
  }

  /** Whether the thread of a context was not killed. */
  has(context: number): boolean {
    return lives(this.#atomics.load(this.#memory, context + LIFE));
  }

  /** Asks another thread to end when it has done what it has begun. */
  stop({ at, life }: Life): void {
    if (stop(this.#memory, at, life, this.#atomics)) {
      notify(this.#memory, at + SIGNAL, this.#atomics);
    }
  }

  /**
   * Another thread is to end now, wherever it is, and so are those that it has started: nobody hands anything to
   * them any more, and they end when they find out. Answers which they are; none if it is no more.
   */
  kill(one: Life): readonly Life[] {
    const memory = this.#memory;
    if (!kill(memory, one.at, one.life, GHOSTS, this.#atomics)) return [];
    notify(memory, one.at + SIGNAL, this.#atomics);
    const children = this.#childrenOf(one.at);
    return [one, ...children.flatMap((child) => this.kill(child))];
  }

  #childrenOf(parent: number): Life[] {
    const memory = this.#memory;
    const children: Life[] = [];
    for (const at of contexts) {
      // INVARIANT: its life before its parent: whoever has the context by the time that it is killed is another life.
      const word = this.#atomics.load(memory, at + LIFE);
      if (!isTaken(word) || this.#atomics.load(memory, at + PARENT) !== parent) continue;
      children.push({ at, life: lifeOf(word) });
    }
    return children;
  }

  /** A thread is gone, for certain. Answers those that it has started. */
  leave(one: Life): readonly Life[] {
    const [, ...children] = this.kill(one);
    leave(this.#memory, one.at, one.life, GHOSTS, this.#atomics);
    return children;
  }

  /** Settles when a thread that was killed does nothing any more, for certain. */
  async gone({ at, life }: Life): Promise<void> {
    const memory = this.#memory;
    for (let word; lifeOf(word = this.#atomics.load(memory, at + LIFE)) === life;) {
      await Atomics.waitAsync(memory, at + LIFE, word).value;
    }
  }

  /** Another thread is dead, or is to be: its locks are abandoned, and those of the ones that it has started. */
  bury(one: Life, by: Burier): void {
    for (const { at } of this.kill(one)) {
      bury(this.#memory, at, GRAVES, this.#places, by, this.#atomics);
    }
  }

  /** Some thread that was buried may have gone on, and have the lock for which somebody here waits. */
  buryGhosts(by: Burier): void {
    buryGhosts(this.#memory, GHOSTS, GRAVES, this.#places, by, this.#atomics);
  }

  /** A mutex was abandoned: whoever waits in a queue with it, in any thread, is let go by nobody. */
  tellAll(): void {
    // EQUIVALENT(0 -> 1): no context is there either: all are told.
    tellAll(this.#memory, GRAVES, ALL_CONTEXTS, 0, this.#atomics);
  }

  /**
   * A thread that was buried does nothing any more, for certain: others may have what was its own.
   *
   * @param discard What is done with each of its records.
   */
  vacate({ at, life }: Life, discard: Discard): void {
    moveOut(this.#memory, at, life, this.#places.records, discard, this.#atomics);
  }
}
