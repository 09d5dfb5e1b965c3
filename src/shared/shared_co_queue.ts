/**
 * A queue for coroutines on several threads.
 *
 * @module
 */
import { type Commons, commonsNow } from "./_commons.ts";
import { type Co, core, Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import type { Place } from "../core/_place.ts";
import { cannotRunAgain } from "../core/_refusals.ts";
import { kindOf } from "../core/_given.ts";
import { handleFor, mustBeHandle } from "./_handle.ts";
import { isAbandoned, regain, SharedCoMutex, type SharedCoMutexHandle } from "./shared_co_mutex.ts";
import { giveUp } from "../lockfree/line.ts";
import { append, isWaitedIn, leave, letNext, QUEUE } from "../lockfree/queue.ts";
import { WAITING } from "../lockfree/words.ts";

const { cpu, grant, leader, mustPark, park, RESUME, resume, SUSPENDED } = core;

let unnamed = 0;

/** What stands for a {@linkcode SharedCoQueue} in a message to another thread. */
export interface SharedCoQueueHandle {
  /** What it is. */
  readonly kind: "SharedCoQueue";
  /** Where it is. */
  readonly at: number;
  /** What errors call it. */
  readonly name: string;
  /** The mutex that goes with it. */
  readonly mutex: SharedCoMutexHandle;
}

/**
 * A queue in which coroutines of several threads wait until another one lets them go on (QEMU's `CoQueue`
 * across threads): with a mutex, which whoever does anything to the queue must hold.
 *
 * @example
 * ```ts
 * import { Coroutine, SharedCoMutex, SharedCoQueue } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const mutex = new SharedCoMutex("stock");
 * const arrivals = new SharedCoQueue(mutex, "arrivals");
 * let apples = 0;
 * const buyer = Coroutine.create(function* () {
 *   using _ = yield* mutex.lock();
 *   while (apples === 0) yield* arrivals.wait(); // lets go of the mutex meanwhile
 *   return apples--;
 * });
 * buyer.enter();
 * const seller = Coroutine.create(function* () {
 *   using _ = yield* mutex.lock();
 *   apples++;
 *   arrivals.next();
 * });
 * seller.enter();
 * assertEquals(await buyer.done, 1);
 * ```
 */
export class SharedCoQueue {
  /** What errors and `dump()` call it. */
  readonly name: string;
  /** The mutex that goes with it. */
  readonly mutex: SharedCoMutex;
  /** What stands for it in a message to another thread. */
  readonly handle: SharedCoQueueHandle;
  readonly #commons: Commons;

  /**
   * Makes a queue in which nobody waits.
   *
   * @param mutex What goes with it.
   * @param name What errors and `dump()` call it; numbered by default.
   * @throws {TypeError} If `mutex` is no SharedCoMutex.
   * @throws {RangeError} If there is no memory left for it: there may be 120,000 of them, less for each
   *   read-write lock.
   */
  constructor(mutex: SharedCoMutex, name: string | SharedCoQueueHandle = `${++unnamed}`) {
    if (!(mutex instanceof SharedCoMutex)) {
      throw new TypeError(`Cannot make a queue: expected a SharedCoMutex, got ${kindOf(mutex)}`);
    }
    this.#commons = commonsNow();
    this.mutex = mutex;
    const handle = handleFor("SharedCoQueue", name, QUEUE);
    this.handle = "mutex" in handle ? handle : { ...handle, mutex: mutex.handle };
    this.name = handle.name;
  }

  /**
   * The queue of a handle, in this thread.
   *
   * @param handle That of a queue that some thread of this program has made.
   * @returns It.
   * @throws {TypeError} If it is no handle of one.
   */
  static from(handle: SharedCoQueueHandle): SharedCoQueue {
    mustBeHandle("SharedCoQueue", handle);
    return new SharedCoQueue(SharedCoMutex.from(handle.mutex), handle);
  }

  /**
   * Gives the mutex back, waits until somebody lets it go on, and takes the mutex again: also if it is
   * cancelled or gives up.
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `not-holder`, `not-locked`, `not-in-coroutine`: without the mutex; `timeout`;
   * `abandoned` if the mutex is, when it is to be taken again.
   */
  wait(options?: WaitOptions): Suspension<void> {
    return { [Symbol.iterator]: () => this.#wait(options) };
  }

  *#wait(options: WaitOptions | undefined): Co {
    this.#mustHold("wait in");
    const wait = new QueueWait(this, this.#commons);
    try {
      yield* (options === undefined ? wait : limited(wait, options)) as Suspension<void>;
    } finally {
      if (wait.by === cpu.current) {
        let again = false;
        try {
          yield* regain(this.mutex);
          again = true;
        } finally {
          wait.end(again);
        }
      } else if (wait.by !== null) wait.end(false);
    }
  }

  /**
   * Lets the one go on that has waited longest.
   *
   * @returns False if nobody waits.
   * @throws {CoroutineError} `not-holder`, `not-locked`, `not-in-coroutine`: without the mutex.
   */
  next(): boolean {
    this.#mustHold("let one go on in");
    const { memory, atomics, records } = this.#commons;
    return letNext(memory, this.handle.at, records.discard, atomics);
  }

  /**
   * Lets all go on that wait.
   *
   * @throws {CoroutineError} As {@linkcode SharedCoQueue.next}.
   */
  restartAll(): void {
    while (this.next());
  }

  /** Whether nobody waits. It may have changed when it is answered, without the mutex. */
  get empty(): boolean {
    const { memory, atomics } = this.#commons;
    return !isWaitedIn(memory, this.handle.at, atomics);
  }

  /** `SharedCoQueue "name"`. */
  toString(): string {
    return `SharedCoQueue "${this.name}"`;
  }

  #mustHold(verb: string): void {
    const { mutex } = this;
    if (mutex.holder === cpu.current && cpu.current !== core.leader) return;
    const code = cpu.current === core.leader
      ? "not-in-coroutine"
      : mutex.locked
      ? "not-holder"
      : "not-locked";
    throw new CoroutineError(
      code,
      `Cannot ${verb} ${this}: expected the one that runs to hold ${mutex}`,
    );
  }
}

function* passOn(queue: SharedCoQueue, end: () => void): Co {
  try {
    using _ = yield* queue.mutex.lock();
    queue.next();
  } catch (error) {
    // If the mutex is abandoned, nobody is left to be told.
    if (!isAbandoned(queue.mutex)) throw error;
  } finally {
    end();
  }
}

/** One wait in a queue. */
class QueueWait implements Wait<void>, Place {
  readonly refusal = "waiting";
  readonly shared = true;
  /** Who has given the mutex back. */
  by: Coroutine | null = null;
  readonly #queue: SharedCoQueue;
  readonly #commons: Commons;
  #co: Coroutine | null = null;
  #gaveUp = false;
  /** It was told, and its record has come. */
  #came = false;
  /** It is over, but for its record, which may come. */
  #over = false;
  #record = 0;
  #generation = 0;

  constructor(queue: SharedCoQueue, commons: Commons) {
    this.#queue = queue;
    this.#commons = commons;
  }

  get waitingOn(): string {
    return `${this.#queue}`;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(token: unknown): IteratorResult<void, void> {
    if (this.by !== null) {
      // A generator may be run by two: only the one that has begun it goes on.
      const over = token === RESUME && this.#co === null && this.by === cpu.current;
      if (!over) throw cannotRunAgain(this.waitingOn, this.by);
      return { done: true, value: undefined };
    }
    mustPark(this);
    const commons = this.#commons;
    // Should this thread die when it was told, and before it has the mutex, nobody else is: so that is abandoned then.
    const record = commons.records.take(WAITING, this.#queue.mutex.handle.at, () => this.#told());
    this.#record = record;
    this.#generation = commons.records.generationAt(record);
    append(commons.memory, this.#queue.handle.at, record, commons.atomics);
    park(this);
    this.#co = this.by = cpu.current;
    commons.mourners.add(this.#mourn);
    commons.vigil.beginWaiting();
    commons.listen();
    this.#queue.mutex.unlock();
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  /** It is over. If it has given up, and has the mutex again, it can leave the line. */
  end(hasMutex: boolean): void {
    const { memory, atomics, records: { discard } } = this.#commons;
    this.#over = true;
    if (this.#came) discard(this.#record);
    else if (this.#gaveUp && hasMutex) {
      leave(memory, this.#queue.handle.at, this.#record, this.#generation, discard, atomics);
    }
  }

  /** Cancelled, or its limit. */
  forget(): void {
    const commons = this.#commons;
    this.#co = null;
    commons.vigil.endWaiting();
    commons.mourners.delete(this.#mourn);
    if (this.#givesUp()) return;
    // It was told meanwhile: the next one is, in its place.
    commons.records.receivers.set(this.#record, () => this.#passOn());
  }

  #told(): void {
    this.#came = true;
    if (this.#over) this.#commons.records.discard(this.#record);
    this.#wake();
  }

  /**
   * Something was abandoned. If the mutex is abandoned, nobody can let this one go on any more: it is told
   * when it takes the mutex.
   */
  readonly #mourn = (): void => {
    if (!isAbandoned(this.#queue.mutex)) return;
    this.#givesUp();
    this.#wake();
  };

  #givesUp(): boolean {
    const { memory, atomics, records: { receivers } } = this.#commons;
    this.#gaveUp = giveUp(memory, this.#record, this.#generation, atomics);
    if (this.#gaveUp) receivers.delete(this.#record);
    return this.#gaveUp;
  }

  #wake(): void {
    const co = this.#co;
    if (co === null) return;
    this.#co = null;
    const commons = this.#commons;
    commons.mourners.delete(this.#mourn);
    commons.vigil.endWaiting();
    grant(co);
  }

  /** The wake-up that comes to one that has given up is not lost. */
  #passOn(): void {
    const end = (): void => this.#commons.records.discard(this.#record);
    const co = Coroutine.named(`${this.#queue}`, passOn, this.#queue, end);
    // What others fail with because of that is told as by the host.
    if (cpu.current === leader) resume(co, true);
    else co.enter();
  }
}
