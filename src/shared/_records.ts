/**
 * The records of a thread: each is for something here that goes on when some thread has scheduled it.
 *
 * @module
 */
import { BATCH, RecordPool } from "../lockfree/pool.ts";
import { adopt } from "../lockfree/orphan.ts";
import { goThrough } from "../lockfree/schedule.ts";
import { generationAt, giveBack, prepare } from "../lockfree/record.ts";
import type { AtomicWords } from "../lockfree/words.ts";
import type { Ground } from "./_ground.ts";
import { ALL_CONTEXTS, contexts, type Memory, POOL, WORDS } from "./_layout.ts";

/** What a thread does when a record of its own was scheduled. */
type Receiver = () => void;

/** One thread's. */
export class Records {
  readonly memory: Memory;
  /** What becomes of those that are scheduled. */
  readonly receivers: Map<number, Receiver> = new Map();
  /** This thread's. */
  readonly context: number;
  readonly #ground: Ground;
  readonly #atomics: AtomicWords;
  readonly #pool: RecordPool;

  constructor(memory: Memory, context: number, ground: Ground) {
    const { atomics, atHand } = ground;
    this.memory = memory;
    this.context = context;
    this.#ground = ground;
    this.#atomics = atomics;
    this.#pool = new RecordPool(memory, POOL, WORDS, BATCH, atomics, atHand);
  }

  /** One of this thread, in a state; `receive` is called when it is scheduled. */
  take(what: number, lock: number, receive: Receiver): number {
    const record = this.#pool.take();
    if (record === 0) throw new RangeError("Cannot share: there is no memory left for it");
    prepare(this.memory, record, this.context, lock, what, this.#atomics);
    this.receivers.set(record, receive);
    return record;
  }

  /** The generation of a record. */
  generationAt(record: number): number {
    return generationAt(this.memory, record, this.#atomics);
  }

  /** Nobody needs a record any more: whoever still knows it by its generation is refused. */
  readonly discard = (record: number): void => {
    this.receivers.delete(record);
    if (giveBack(this.memory, record, this.#atomics)) this.#pool.give(record);
  };

  /** The thread ends: others have what it has at hand. */
  end(): void {
    this.#pool.end();
  }

  /** Those that were scheduled here go on. Answers whether there were any. */
  takeScheduled(): boolean {
    return goThrough(this.memory, this.context, this.#goOn, this.#atomics);
  }

  /** What a dead thread has scheduled here, and not told, goes on all the same. Answers whether that is all. */
  adopt(): boolean {
    let all = true;
    for (const dead of contexts) {
      const clear = adopt(this.memory, dead, this.context, ALL_CONTEXTS, this.#goOn, this.#atomics);
      if (!clear) all = false;
    }
    return all;
  }

  readonly #goOn = (record: number): void => {
    const receive = this.receivers.get(record);
    // It was for the thread that had this context before.
    if (receive === undefined) return this.discard(record);
    try {
      receive();
    } catch (error) {
      this.#ground.report(error);
    }
  };
}
