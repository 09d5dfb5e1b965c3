/**
 * Memory for threads that are explored: words by their names, and what threads do to sleep and wake.
 *
 * @module
 */
import { takeScheduled } from "../../../src/lockfree/schedule.ts";
import { beginToLook, mayRest, rest } from "../../../src/lockfree/signal.ts";
import { ALIVE } from "../../../src/lockfree/life.ts";
import { type AtomicWords, SIGNAL, stateOf, WAITING } from "../../../src/lockfree/words.ts";
import type { Atomics32, Interleaving } from "../../interleave/types.ts";

/** What is explored, and claims that are wrong, to see that it can fail. */
export interface Explored {
  readonly interleaving: Interleaving;
  readonly wrong: Readonly<Record<string, (memory: Int32Array) => boolean>>;
}

/** Words, one after the other. */
export class Layout {
  readonly words: Record<string, number> = {};
  #size = 0;

  /** Adds words of these names; answers where the first one is. */
  add(...names: readonly string[]): number {
    const at = this.#size;
    for (const name of names) {
      this.words[name] = 0;
      this.#size++;
    }
    return at;
  }

  /** What a word has at the beginning. */
  set(name: string, value: number): void {
    this.words[name] = value;
  }

  /** A context for a thread. */
  context(t: number): number {
    const words = ["head", "signal", "life", "work", "delivering", "parent"];
    const at = this.add(...words.map((word) => `${word}${t}`));
    this.set(`life${t}`, ALIVE);
    return at;
  }

  /** A record of thread `t` that is in that state. */
  record(name: string, context: number, state: number = stateOf(0, WAITING)): number {
    const at = this.add(`${name}.state`, `${name}.next`, `${name}.context`, `${name}.lock`);
    this.set(`${name}.state`, state);
    this.set(`${name}.context`, context);
    return at;
  }
}

/** Sleeps until something was scheduled in a context, and takes it: the first one. */
export function awaitScheduled(memory: Int32Array, context: number, atomics: Atomics32): number {
  for (;;) {
    beginToLook(memory, context + SIGNAL, atomics);
    const first = takeScheduled(memory, context, atomics);
    if (first !== 0) return first;
    if (mayRest(memory, context + SIGNAL, atomics)) {
      rest(memory, context + SIGNAL, Infinity, atomics);
    }
  }
}

/** So many of something, by their numbers. */
export const each = <T>(n: number, of: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => of(i));

/** Is thrown where a thread dies. */
export class Death {}

/** Operations of a thread that dies as soon as it is its fate: in the middle of anything. */
export function mortal(memory: Int32Array, fate: number, atomics: Atomics32): AtomicWords {
  const count = <A extends unknown[], R>(operation: (...args: A) => R) => (...args: A): R => {
    if (atomics.load(memory, fate) === 1) throw new Death();
    return operation(...args);
  };
  return {
    load: count(atomics.load),
    store: count(atomics.store),
    add: count(atomics.add),
    sub: count(atomics.sub),
    exchange: count(atomics.exchange),
    compareExchange: count(atomics.compareExchange),
    wait: count(atomics.wait),
    notify: count(atomics.notify),
  };
}
