/**
 * The records of a thread: each is for something here that goes on when some thread has scheduled it.
 *
 * @module
 */
import { RecordPool } from "../lockfree/pool.ts";
import { adopt } from "../lockfree/orphan.ts";
import { goThrough } from "../lockfree/schedule.ts";
import { generationAt, giveBack, prepare } from "../lockfree/record.ts";
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
  readonly #pool: RecordPool;

  constructor(memory: Memory, context: number) {
    this.memory = memory;
    this.context = context;
    this.#pool = new RecordPool(memory, POOL, WORDS);
  }

  /** One of this thread, in a state; `receive` is called when it is scheduled. */
  take(what: number, lock: number, receive: Receiver): number {
    const record = this.#pool.take();
    if (record === 0) throw new RangeError("Cannot share: there is no memory left for it");
    prepare(this.memory, record, this.context, lock, what, Atomics);
    this.receivers.set(record, receive);
    return record;
  }

  /** The generation of a record. */
  generationAt(record: number): number {
    return generationAt(this.memory, record, Atomics);
  }

  /** Nobody needs a record any more: whoever still knows it by its generation is refused. */
  readonly discard = (record: number): void => {
    this.receivers.delete(record);
    if (giveBack(this.memory, record, Atomics)) this.#pool.give(record);
  };

  /** The thread ends: others have what it has at hand. */
  end(): void {
    this.#pool.end();
  }

  /** Those that were scheduled here go on. Answers whether there were any. */
  takeScheduled(): boolean {
    return goThrough(this.memory, this.context, this.#goOn, Atomics);
  }

  /** What a dead thread has scheduled here, and not told, goes on all the same. Answers whether that is all. */
  adopt(): boolean {
    let all = true;
    for (const dead of contexts) {
      const clear = adopt(this.memory, dead, this.context, ALL_CONTEXTS, this.#goOn, Atomics);
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
      report(error);
    }
  };
}

/** An error of a coroutine is the host's to report, and ends nothing here. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
