/**
 * A queue of coroutines that wait to be told: a condition variable.
 *
 * @module
 */
import { noCoroutine } from "../core/_copies.ts";
import { CoMutex, type Lock, lockOf } from "./co_mutex.ts";
import { core, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import {
  limited,
  regainThenThrow,
  type Wait,
  WAIT_WORDS,
  type WaitOptions,
} from "../time/_limits.ts";
import { givenName, kindOf, textOf } from "../core/_given.ts";
import { WaitList } from "../core/_wait_list.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, flush, grant, leader, DONE, RESUME, SUSPENDED } = core;

/** Those of its own, too. */
const WORDS = [...WAIT_WORDS, "front"];

let unnamed = 0;

/** When a wait in a {@linkcode CoQueue} gives up, and where it stands. */
export interface QueueWaitOptions extends WaitOptions {
  /**
   * Before all others, instead of behind them: for one that was woken, has found that it must go
   * on waiting, and does not want to lose its place (`CO_QUEUE_WAIT_FRONT`).
   */
  readonly front?: boolean | undefined;
}

/**
 * A queue of coroutines that wait until another one lets them go on (QEMU's `CoQueue`): with a
 * {@linkcode CoMutex}, a condition variable. First come, first served.
 *
 * Inside a coroutine, those who are let go run when that one yields or ends; outside, before the
 * call returns.
 *
 * @example A bounded buffer
 * ```ts
 * import { CoMutex, CoQueue, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const mutex = new CoMutex();
 * const filled = new CoQueue("filled");
 * const items: string[] = [];
 * const taker = Coroutine.create(function* () {
 *   using _ = yield* mutex.lock();
 *   // The mutex is free while it waits. When it goes on, somebody else may have been faster.
 *   while (items.length === 0) yield* filled.wait(mutex);
 *   return items.shift();
 * });
 * taker.enter();
 * assertEquals(taker.waitingOn, 'CoQueue "filled"');
 * items.push("apple");
 * filled.next();
 * assertEquals(await taker.done, "apple");
 * ```
 */
export class CoQueue {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #line: Line = new Line(this);

  /**
   * Makes a queue in which nobody waits.
   *
   * @param name What errors and `dump()` call it; numbered by default.
   */
  constructor(name: string = `${++unnamed}`) {
    this.name = givenName("make a queue", name);
  }

  /**
   * Waits until somebody lets this one go on (`qemu_co_queue_wait`). The mutex, if there is one, is
   * unlocked meanwhile, and held again when the wait is over, however it ends: by its turn, by an
   * error, by a time-out, by a cancellation.
   *
   * Others may run between the call that lets it go and its turn. So check again what you wait for:
   * `while (!ready) yield* queue.wait(mutex)`.
   *
   * @param mutex A mutex that this one holds.
   * @param options When to give up, and where to stand; they may be given in the place of the mutex.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked` or `not-holder` if this one does not
   * hold the mutex; `timeout`; `abandoned` if the mutex cannot be had again, as its holder has ended.
   */
  wait(mutex?: CoMutex | QueueWaitOptions, options?: QueueWaitOptions): Suspension<void> {
    if (cpu.current === leader) throw this.#line.outside();
    if (mutex === undefined && options === undefined) return this.#line;
    return this.#waitWith(mutex, options);
  }

  /**
   * Lets the one go on that has waited longest (`qemu_co_queue_next`).
   *
   * @returns Whether anybody waited.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  next(): boolean {
    const co = this.#line.shift();
    if (co === null) return false;
    grant(co);
    flush();
    return true;
  }

  /**
   * Lets all go on that wait now, in their order, each once: one that waits again meanwhile stays
   * (`qemu_co_queue_restart_all`).
   *
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  restartAll(): void {
    for (let co; (co = this.#line.shift()) !== null;) grant(co);
    flush();
  }

  /**
   * Does what {@linkcode CoQueue.next} does, for one that holds a mutex (`qemu_co_enter_next`).
   *
   * QEMU unlocks it for the time of the wake-up, as the other one may run at once there. Here it
   * runs when the one that calls yields or ends; so the mutex stays locked.
   *
   * @param mutex A mutex that this one holds.
   * @returns Whether anybody waited.
   * @throws {CoroutineError} `not-in-coroutine`, `not-locked`, `not-holder` if a mutex is given
   * that this one does not hold.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  enterNext(mutex?: CoMutex): boolean {
    if (mutex !== undefined) mustHold(mutex);
    return this.next();
  }

  /**
   * Does what {@linkcode CoQueue.restartAll} does, for one that holds a mutex
   * (`qemu_co_enter_all`).
   *
   * It lets those go on who wait at the call. QEMU goes on as long as anybody waits: outside a
   * coroutine, for ever, if one of them always waits again.
   *
   * @param mutex A mutex that this one holds.
   * @throws {CoroutineError} `not-in-coroutine`, `not-locked`, `not-holder` if a mutex is given
   * that this one does not hold.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  enterAll(mutex?: CoMutex): void {
    if (mutex !== undefined) mustHold(mutex);
    this.restartAll();
  }

  /** Whether nobody waits. Those who have been let go, but have not run, do not wait. */
  get empty(): boolean {
    return this.#line.empty;
  }

  /** How many wait. */
  get waiters(): number {
    return this.#line.size;
  }

  /** `CoQueue "name"`. */
  toString(): string {
    return `CoQueue "${this.name}"`;
  }

  #waitWith(
    mutex: CoMutex | QueueWaitOptions | undefined,
    options: QueueWaitOptions | undefined,
  ): Suspension<void> {
    if (mutex === undefined || mutex instanceof CoMutex) {
      const front = options?.front === true;
      const wait = mutex === undefined
        ? front ? this.#line.front : this.#line
        : this.#line.with(lockOf(mutex), front);
      return options === undefined ? wait : limited(wait, options, WORDS);
    }
    if (options !== undefined || !canBeOptions(mutex)) {
      throw new TypeError(`Cannot wait in ${this}: expected a CoMutex, got ${kindOf(mutex)}`);
    }
    return this.#waitWith(undefined, mutex);
  }
}

/** Whether it can be options, and is no lock of another kind. */
function canBeOptions(given: unknown): boolean {
  return typeof given === "object" && given !== null && !("unlock" in given || "release" in given);
}

/** Throws if the one that runs does not hold the mutex. */
function mustHold(mutex: CoMutex): void {
  if (!(mutex instanceof CoMutex)) {
    throw new TypeError(`Cannot let go under a mutex: expected a CoMutex, got ${kindOf(mutex)}`);
  }
  const lock = lockOf(mutex);
  if (lock.holder !== cpu.current) lock.check("let go under");
}

/** The queue as coroutines see it: where they wait, and what `yield*` runs for those without a mutex. */
class Line extends WaitList implements Wait<void> {
  readonly front: Wait<void> = new Front(this);
  /** Most queues go with one mutex: made once, it lets them wait without allocating anything. */
  #with: WithMutex | null = null;
  declare readonly queue: CoQueue;

  constructor(queue: CoQueue) {
    super();
    this.queue = queue;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Begins the wait; with RESUME, ends it. */
  next(token: unknown): IteratorResult<void, void> {
    if (token === RESUME) return DONE;
    this.park();
    return SUSPENDED;
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }

  /** What `yield*` runs for those who hold a mutex. */
  with(lock: Lock, front: boolean): Wait<void> {
    if (front) return new WithMutex(this, lock, true);
    // EQUIVALENT(this.#with?.lock !== lock -> true): to make it each time is a matter of speed alone.
    if (this.#with?.lock !== lock) this.#with = new WithMutex(this, lock, false);
    return this.#with;
  }

  outside(): CoroutineError {
    return new CoroutineError(
      "not-in-coroutine",
      `Cannot wait for ${this}: ${noCoroutine()}`,
    );
  }

  override toString(): string {
    return textOf(this.queue);
  }
}

/** What `yield*` runs for those who stand before all others. */
class Front implements Wait<void> {
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(token: unknown): IteratorResult<void, void> {
    if (token === RESUME) return DONE;
    this.#line.parkFirst();
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }
}

/**
 * What `yield*` runs for those who hold a mutex. It is the same for all of them: where each of them
 * stands can be told from whether it holds the mutex.
 */
class WithMutex implements Wait<void> {
  declare readonly lock: Lock;
  declare readonly line: Line;
  declare readonly front: boolean;

  constructor(line: Line, lock: Lock, front: boolean) {
    this.line = line;
    this.lock = lock;
    this.front = front;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Begins the wait; with RESUME, takes the mutex again, and then ends it. */
  next(token: unknown): IteratorResult<void, void> {
    const { lock } = this;
    if (token !== RESUME) return this.#begin();
    return lock.holder === cpu.current || lock.regain().done === true ? DONE : SUSPENDED;
  }

  /** Takes the mutex again, and then ends the wait with an error. */
  throw(error: unknown): IteratorResult<void, void> {
    const { lock } = this;
    // INVARIANT(co_queue: "whoever waits with a mutex has it again when it goes on")
    if (lock.holder === cpu.current) throw error;
    return regainThenThrow(() => lock.regain(), error);
  }

  #begin(): IteratorResult<void, never> {
    const { lock } = this;
    if (lock.holder !== cpu.current) lock.check("wait with");
    // It waits before anybody can know that the mutex is free.
    if (this.front) this.line.parkFirst();
    else this.line.park();
    lock.unlock();
    return SUSPENDED;
  }
}
