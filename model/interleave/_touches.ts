/**
 * Which words a thread may touch from a place on: what has been seen of it until now.
 *
 * The places of a thread are known only as far as it was explored. So what is known grows, and whoever has
 * relied on it must look again.
 *
 * @module
 */
import { mostOf, PLAIN, QUEUES, READS, WRITES } from "./_effects.ts";
import type { Operation } from "./_operations.ts";

/** How a word is touched: read by an atomic operation, read plainly, written, or its sleepers are. */
const LOADED = 0;
const READ = 1;
const WRITTEN = 2;
const QUEUED = 3;
/** So many ways there are. */
const WAYS = 4;

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
    const touched = new Int32Array(WAYS * this.#words);
    const effect = mostOf(kind);
    const note = (how: number): void => {
      touched[how * this.#words + (index >> 5)]! |= 1 << (index & 31);
    };
    if ((effect & READS) !== 0) note((effect & PLAIN) !== 0 ? READ : LOADED);
    if ((effect & WRITES) !== 0) note(WRITTEN);
    if ((effect & QUEUES) !== 0) note(QUEUED);
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

  /** Whether a word may be written from a place on. */
  writes({ touched }: Touched, index: number): boolean {
    return this.#has(touched, WRITTEN, index);
  }

  /** Whether a word may be read plainly from a place on. */
  reads({ touched }: Touched, index: number): boolean {
    return this.#has(touched, READ, index);
  }

  /** Whether a word may be read or written in any way from a place on. */
  accesses({ touched }: Touched, index: number): boolean {
    return this.#has(touched, WRITTEN, index) || this.#has(touched, LOADED, index) ||
      this.#has(touched, READ, index);
  }

  /** Whether anybody may go to sleep at a word, or be notified there, from a place on. */
  queues({ touched }: Touched, index: number): boolean {
    return this.#has(touched, QUEUED, index);
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
