/**
 * The records of a thread: each is for something here that goes on when some thread has scheduled it.
 *
 * @module
 */
import { RecordPool } from "../lockfree/pool.ts";
import { orphanOf, takeScheduled, UNCLEAR } from "../lockfree/schedule.ts";
import {
  CONTEXT,
  generationOf,
  GENERATIONS,
  IDLE,
  LOCK,
  NEXT,
  SCHEDULED,
  STATE,
  stateOf,
  whatOf,
} from "../lockfree/words.ts";
import { ALL_CONTEXTS, contexts, type Memory, POOL, WORDS } from "./_layout.ts";

/** What a thread does when a record of its own was scheduled. */
type Receiver = () => void;

/** One thread's. */
export class Records {
  readonly memory: Memory;
  /** What becomes of those that are scheduled. */
  readonly receivers: Map<number, Receiver> = new Map();
  readonly #context: number;
  readonly #pool: RecordPool;

  constructor(memory: Memory, context: number) {
    this.memory = memory;
    this.#context = context;
    this.#pool = new RecordPool(memory, POOL, WORDS);
  }

  /** One of this thread, in a state; `receive` is called when it is scheduled. */
  take(what: number, lock: number, receive: Receiver): number {
    const { memory } = this;
    const record = this.#pool.take();
    if (record === 0) throw new RangeError("Cannot share: there is no memory left for it");
    Atomics.store(memory, record + CONTEXT, this.#context);
    Atomics.store(memory, record + LOCK, lock);
    Atomics.store(memory, record + STATE, stateOf(this.generationAt(record), what));
    this.receivers.set(record, receive);
    return record;
  }

  /** The generation of a record. */
  generationAt(record: number): number {
    return generationOf(Atomics.load(this.memory, record + STATE));
  }

  /** Nobody needs a record any more: whoever still knows it by its generation is refused. */
  readonly discard = (record: number): void => {
    this.receivers.delete(record);
    // Should this thread die, that is none of its records.
    Atomics.store(this.memory, record + CONTEXT, 0);
    const next = (this.generationAt(record) + 1) % GENERATIONS;
    Atomics.store(this.memory, record + STATE, stateOf(next, IDLE));
    this.#pool.give(record);
  };

  /** The thread ends: others have what it has at hand. */
  end(): void {
    this.#pool.end();
  }

  /** Those that were scheduled here go on. Answers whether there were any. */
  takeScheduled(): boolean {
    const { memory } = this;
    const first = takeScheduled(memory, this.#context, Atomics);
    for (let next = first; next !== 0;) {
      const record = next;
      // INVARIANT: read before the record is let go, as it may be in another list then.
      next = Atomics.load(memory, record + NEXT);
      this.#goOn(record);
    }
    return first !== 0;
  }

  /** What a dead thread has scheduled here, and not told, goes on all the same. Answers whether that is all. */
  adopt(): boolean {
    const { memory } = this;
    let all = true;
    for (const dead of contexts) {
      const orphan = orphanOf(memory, dead, this.#context, ALL_CONTEXTS, Atomics);
      if (orphan === UNCLEAR) all = false;
      else if (orphan !== 0) {
        this.takeScheduled();
        if (whatOf(Atomics.load(memory, orphan + STATE)) === SCHEDULED) this.#goOn(orphan);
      }
    }
    return all;
  }

  #goOn(record: number): void {
    try {
      this.receivers.get(record)?.();
    } catch (error) {
      report(error);
    }
  }
}

/** An error of a coroutine is the host's to report, and ends nothing here. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
