/**
 * Records that are used again (QEMU's pool of coroutines): each thread has some at hand, and gives what it
 * has too many of to all.
 *
 * @module
 */
import { takeAll } from "./list.ts";
import { type AtomicWords, NEXT, RECORD } from "./words.ts";

/** How many go from one thread to all others at once. */
export const BATCH = 64;

/** The words of the pool of all threads: those that nobody has, … */
export const FREE = 0;
/** … and the first one that nobody has ever had. */
export const FRESH = 1;
/** How many words it has. */
export const POOL = 2;

/** What one thread has at hand. */
export class RecordPool {
  readonly #memory: Int32Array;
  readonly #pool: number;
  readonly #end: number;
  readonly #batch: number;
  readonly #atomics: AtomicWords;
  readonly #atHand: number[];

  /**
   * @param memory The memory.
   * @param pool Where the words of the pool are.
   * @param end Where the memory for records ends.
   * @param batch How many are moved at once.
   * @param atomics The operations.
   * @param atHand What it has at the beginning.
   */
  constructor(
    memory: Int32Array,
    pool: number,
    end: number,
    batch: number = BATCH,
    atomics: AtomicWords = Atomics,
    atHand: number[] = [],
  ) {
    this.#memory = memory;
    this.#pool = pool;
    this.#end = end;
    this.#batch = batch;
    this.#atomics = atomics;
    this.#atHand = atHand;
  }

  /** How many it has at hand. */
  get atHand(): number {
    return this.#atHand.length;
  }

  /** Takes one; 0 if there is none left anywhere, as far as others have given theirs. */
  take(): number {
    if (this.#atHand.length === 0) this.#fetch();
    return this.#atHand.pop() ?? 0;
  }

  /** Gives one back. */
  give(record: number): void {
    this.#atHand.push(record);
    if (this.#atHand.length >= 2 * this.#batch) this.#share(this.#batch);
  }

  /** Gives all that are at hand to the others: the thread ends. */
  end(): void {
    this.#share(this.#atHand.length);
  }

  /** Gets some from the others, or some that nobody has ever had. */
  #fetch(): void {
    const memory = this.#memory;
    const atomics = this.#atomics;
    let record = takeAll(memory, this.#pool + FREE, atomics);
    while (record !== 0) {
      this.#atHand.push(record);
      record = atomics.load(memory, record + NEXT);
    }
    if (this.#atHand.length > 2 * this.#batch) this.#share(this.#atHand.length - this.#batch);
    // Whoever finds none, however often, must not count for ever.
    if (this.#atHand.length > 0 || atomics.load(memory, this.#pool + FRESH) >= this.#end) return;
    const begin = atomics.add(memory, this.#pool + FRESH, this.#batch * RECORD);
    for (let i = 0; i < this.#batch; i++) {
      const fresh = begin + i * RECORD;
      if (fresh + RECORD <= this.#end) this.#atHand.push(fresh);
    }
  }

  /** Lets the others have so many. */
  #share(n: number): void {
    const given = this.#atHand.splice(0, n);
    const [first] = given;
    const last = given.at(-1);
    if (first === undefined || last === undefined) return;
    const memory = this.#memory;
    const atomics = this.#atomics;
    for (let i = 1; i < given.length; i++) {
      // INVARIANT: both are below the length.
      atomics.store(memory, given[i - 1]! + NEXT, given[i]!);
    }
    const head = this.#pool + FREE;
    for (let found = atomics.load(memory, head);;) {
      atomics.store(memory, last + NEXT, found);
      const now = atomics.compareExchange(memory, head, found, first);
      if (now === found) return;
      found = now;
    }
  }
}
