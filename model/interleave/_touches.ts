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
  /** By word: whether anybody touches it plainly. */
  readonly plain: Uint8Array;
}

/** A place, and the places that come before it. */
export interface Touched {
  /** Its number, from 0 up. */
  readonly id: number;
  /** The first one that was found, … */
  origin: Touched | null;
  /** … and the others, which most have not. */
  more: Touched[] | null;
}

/** So many places there is room for in the beginning. */
const FIRST = 64;

/** Of one thread. */
export class Touches {
  readonly #words: number;
  readonly #growth: Growth;
  /** The words that are touched from each place on, one behind the other. */
  #touched: Int32Array;

  /** @param words How many the memory has. */
  constructor(words: number, growth: Growth) {
    this.#words = (words + 31) >> 5;
    this.#growth = growth;
    this.#touched = new Int32Array(FIRST * WAYS * this.#words);
  }

  /** A new place, where an operation comes next: that is all that is known of it. */
  enter({ id, kind, index }: Touched & Operation): void {
    const { length } = this.#touched;
    if ((id + 1) * WAYS * this.#words > length) {
      const more = new Int32Array(2 * length);
      more.set(this.#touched);
      this.#touched = more;
    }
    const effect = mostOf(kind);
    if ((effect & PLAIN) !== 0) this.#growth.plain[index] = 1;
    const note = (how: number): void => {
      this.#touched[this.#wordOf(id, how, index)]! |= 1 << (index & 31);
    };
    if ((effect & READS) !== 0) note((effect & PLAIN) !== 0 ? READ : LOADED);
    if ((effect & WRITES) !== 0) note(WRITTEN);
    if ((effect & QUEUES) !== 0) note(QUEUED);
  }

  /** From a place, the thread may come to another one. */
  link(origin: Touched, place: Touched): void {
    if (place.origin === null) place.origin = origin;
    else (place.more ??= []).push(origin);
    const grown: Touched[] = [];
    this.#learn(origin, place, grown);
    for (let from; (from = grown.pop()) !== undefined;) {
      if (from.origin !== null) this.#learn(from.origin, from, grown);
      if (from.more !== null) { for (const before of from.more) this.#learn(before, from, grown); }
    }
  }

  /** What is touched from a place on is touched from those on that come before it. */
  #learn(before: Touched, place: Touched, grown: Touched[]): void {
    if (!this.#merge(before.id, place.id)) return;
    this.#growth.places.add(before);
    grown.push(before);
  }

  /** Whether a word may be written from a place on. */
  writes(place: Touched, index: number): boolean {
    return this.#has(place, WRITTEN, index);
  }

  /** Whether a word may be read plainly from a place on. */
  reads(place: Touched, index: number): boolean {
    return this.#has(place, READ, index);
  }

  /** Whether a word may be read or written in any way from a place on. */
  accesses(place: Touched, index: number): boolean {
    return this.#has(place, WRITTEN, index) || this.#has(place, LOADED, index) ||
      this.#has(place, READ, index);
  }

  /** Whether anybody may go to sleep at a word, or be notified there, from a place on. */
  queues(place: Touched, index: number): boolean {
    return this.#has(place, QUEUED, index);
  }

  #has({ id }: Touched, how: number, index: number): boolean {
    // INVARIANT: the index is that of a word.
    return (this.#touched[this.#wordOf(id, how, index)]! >> (index & 31) & 1) !== 0;
  }

  #wordOf(id: number, how: number, index: number): number {
    return (id * WAYS + how) * this.#words + (index >> 5);
  }

  /** Answers whether more is known of the first one then. */
  #merge(into: number, from: number): boolean {
    const touched = this.#touched;
    const size = WAYS * this.#words;
    let grown = false;
    for (let i = 0; i < size; i++) {
      // INVARIANT: both have been entered.
      const before = touched[into * size + i]!;
      const all = before | touched[from * size + i]!;
      if (all === before) continue;
      touched[into * size + i] = all;
      grown = true;
    }
    return grown;
  }
}
