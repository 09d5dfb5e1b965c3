/**
 * States numbered in the order in which they were found: for walks that must come back to them.
 *
 * @module
 */

import { Memory } from "./memory.ts";

/** A growing list of packed states, each of them once. */
export class StateIndex {
  /** Words of a state. */
  readonly wordCount: number;
  /** How many states there are. */
  size = 0;
  /** The states, one after the other. */
  words: Int32Array<ArrayBuffer>;
  readonly #memory: Memory;
  /** The number of the state that hashes to a slot, plus one; 0 where there is none. */
  #slots: Int32Array<ArrayBuffer>;

  /**
   * @param wordCount Words of a state.
   * @param memory What they are kept in.
   */
  constructor(wordCount: number, memory: Memory = new Memory()) {
    this.wordCount = wordCount;
    this.#memory = memory;
    this.words = memory.first(Int32Array, 16 * wordCount);
    this.#slots = memory.first(Int32Array, 2048);
  }

  /**
   * The number of `state`, which is added if it is new and there are fewer than `limit`; else -1. Throws
   * {@linkcode OutOfMemory} where there is no room.
   */
  add(state: Int32Array, limit: number): number {
    const { wordCount } = this;
    const mask = this.#slots.length - 1;
    for (let slot = hash(state) & mask;; slot = (slot + 1) & mask) {
      // INVARIANT: a slot below the mask is in the table.
      const id = this.#slots[slot]! - 1;
      if (id >= 0) {
        if (this.#same(id, state)) return id;
        continue;
      }
      if (this.size >= limit) return -1;
      if ((this.size + 1) * wordCount > this.words.length) {
        this.words = this.#memory.doubled(this.words);
      }
      this.words.set(state, this.size * wordCount);
      this.#slots[slot] = this.size + 1;
      if (this.size * 2 + 2 > this.#slots.length) this.#grow();
      return this.size++;
    }
  }

  #same(id: number, state: Int32Array): boolean {
    const base = id * this.wordCount;
    for (let i = 0; i < this.wordCount; i++) {
      if (this.words[base + i] !== state[i]) return false;
    }
    return true;
  }

  #grow(): void {
    const slots = this.#memory.array(Int32Array, this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id <= this.size; id++) {
      const base = id * this.wordCount;
      let slot = hash(this.words.subarray(base, base + this.wordCount)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#memory.free(this.#slots);
    this.#slots = slots;
  }
}

function hash(state: Int32Array): number {
  let h = 0;
  // INVARIANT: below `length` there is a word.
  for (let i = 0; i < state.length; i++) h = Math.imul(h ^ state[i]!, 0x9e3779b1) ^ (h >>> 15);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}
