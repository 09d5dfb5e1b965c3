/**
 * Which words a thread may touch from a place on: what has been seen of it until now.
 *
 * The places of a thread are known only as far as it was explored. So what is known grows, and whoever has
 * relied on it must look again.
 *
 * @module
 */
import { DONE, LOAD, type Operation, READ } from "./_operations.ts";

/** How a word is touched. */
const [LOADS, READS, ALTERS] = [0, 1, 2];

/** What has grown that choices rely on, since somebody has looked last. */
export interface Growth {
  /** Places from which more words are touched than was known. */
  readonly places: Set<Touched>;
  /** Whether a claim has looked at more than before. */
  claims: boolean;
}

/** The words that are touched from a place on, and the places that come before it. */
export interface Touched {
  readonly touched: Int32Array;
  readonly origins: Touched[];
}

/** Of one thread. */
export class Touches {
  readonly #words: number;
  readonly #growth: Growth;

  /** @param words How many the memory has. */
  constructor(words: number, growth: Growth) {
    this.#words = (words + 31) >> 5;
    this.#growth = growth;
  }

  /** What is known of a place where an operation comes next: that alone. */
  at({ kind, index }: Operation): Touched {
    const touched = new Int32Array(3 * this.#words);
    if (kind < DONE && index >= 0) {
      const how = kind === LOAD ? LOADS : kind === READ ? READS : ALTERS;
      touched[how! * this.#words + (index >> 5)]! |= 1 << (index & 31);
    }
    return { touched, origins: [] };
  }

  /** From a place, the thread may come to another one. */
  link(origin: Touched, place: Touched): void {
    place.origins.push(origin);
    const grown: Touched[] = [];
    this.#learn(origin, place, grown);
    for (let from; (from = grown.pop()) !== undefined;) {
      for (const before of from.origins) this.#learn(before, from, grown);
    }
  }

  /** What is touched from a place on is touched from those on that come before it. */
  #learn(before: Touched, place: Touched, grown: Touched[]): void {
    if (!merge(before.touched, place.touched)) return;
    this.#growth.places.add(before);
    grown.push(before);
  }

  /** Whether a word may be altered from a place on. */
  alters({ touched }: Touched, index: number): boolean {
    return this.#has(touched, ALTERS!, index);
  }

  /** Whether a word may be read plainly from a place on. */
  reads({ touched }: Touched, index: number): boolean {
    return this.#has(touched, READS!, index);
  }

  /** Whether a word may be touched in any way from a place on. */
  any({ touched }: Touched, index: number): boolean {
    return this.#has(touched, ALTERS!, index) || this.#has(touched, LOADS!, index) ||
      this.#has(touched, READS!, index);
  }

  #has(touched: Int32Array, how: number, index: number): boolean {
    // INVARIANT: the index is that of a word.
    return (touched[how * this.#words + (index >> 5)]! >> (index & 31) & 1) !== 0;
  }
}

function merge(into: Int32Array, from: Int32Array): boolean {
  let grown = false;
  for (let i = 0; i < into.length; i++) {
    // INVARIANT: both have the same length.
    const all = into[i]! | from[i]!;
    if (all === into[i]) continue;
    into[i] = all;
    grown = true;
  }
  return grown;
}
