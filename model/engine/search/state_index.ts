/**
 * States numbered in the order in which they were found: for walks that must come back to them.
 *
 * @module
 */

import { Memory } from "./memory.ts";

/** A chunk has about so many words: what has grown is not copied, and there need not be room for it twice. */
const CHUNK = 1 << 22;
/** So many states there is room for in the beginning. */
const FEW = 16;

/** A growing list of packed states, each of them once. */
export class StateIndex {
  /** Words of a state. */
  readonly wordCount: number;
  /** How many states there are. */
  size = 0;
  /** The states, one after the other, as many in each chunk; the first chunk grows until it has as many. */
  readonly #chunks: Int32Array<ArrayBuffer>[];
  /** A chunk has a power of two of them. */
  readonly #shift: number;
  readonly #mask: number;
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
    this.#shift = Math.max(4, Math.floor(Math.log2(CHUNK / Math.max(1, wordCount))));
    this.#mask = (1 << this.#shift) - 1;
    this.#chunks = [memory.first(Int32Array, FEW * wordCount)];
    this.#slots = memory.first(Int32Array, 2048);
  }

  /** Where a state is: in which words, … */
  chunk(id: number): Int32Array<ArrayBuffer> {
    // INVARIANT: whoever asks has the number of a state.
    return this.#chunks[id >>> this.#shift]!;
  }

  /** … and from where on there. */
  offset(id: number): number {
    return (id & this.#mask) * this.wordCount;
  }

  /**
   * The number of `state`, which is added if it is new and there are fewer than `limit`; else -1. Throws
   * {@linkcode OutOfMemory} where there is no room.
   */
  add(state: Int32Array, limit: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(state) & mask;; slot = (slot + 1) & mask) {
      // INVARIANT: a slot below the mask is in the table.
      const id = this.#slots[slot]! - 1;
      if (id >= 0) {
        if (this.#same(id, state)) return id;
        continue;
      }
      if (this.size >= limit) return -1;
      this.#roomForOne();
      this.chunk(this.size).set(state, this.offset(this.size));
      this.#slots[slot] = this.size + 1;
      if (this.size * 2 + 2 > this.#slots.length) this.#grow();
      return this.size++;
    }
  }

  #same(id: number, state: Int32Array): boolean {
    const words = this.chunk(id);
    const base = this.offset(id);
    for (let i = 0; i < this.wordCount; i++) {
      if (words[base + i] !== state[i]) return false;
    }
    return true;
  }

  /** One more is to be put behind the last one. */
  #roomForOne(): void {
    const { size, wordCount } = this;
    const [first] = this.#chunks;
    if (size > this.#mask) {
      if ((size & this.#mask) === 0 && this.#chunks.length === size >>> this.#shift) {
        this.#chunks.push(this.#memory.array(Int32Array, wordCount << this.#shift));
      }
    } else if ((size + 1) * wordCount > first!.length) {
      this.#chunks[0] = this.#memory.doubled(first!);
    }
  }

  #grow(): void {
    const slots = this.#memory.array(Int32Array, this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id <= this.size; id++) {
      const base = this.offset(id);
      let slot = hash(this.chunk(id).subarray(base, base + this.wordCount)) & mask;
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
