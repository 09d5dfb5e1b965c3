/**
 * A lock for one coroutine at a time, handed over in the order of arrival.
 *
 * @module
 */
import { cannotLock } from "../core/_refusals.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError, type CoroutineErrorCode } from "../core/errors.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import type { Hold } from "../core/_holds.ts";
import type { Place } from "../core/_place.ts";
import { givenName, textOf } from "../core/_given.ts";
import { Spot } from "../core/_spot.ts";
import { emit, tracing as imported } from "../core/trace.ts";
import { WaitList } from "../core/_wait_list.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, dropHold, grant, leader, pushHold, put, RESUME, SUSPENDED, WOKEN } = core;
const tracing = imported;

let unnamed = 0;

/** The lock inside a mutex, for the queues that give it back and take it again. */
export let lockOf: (mutex: CoMutex) => Lock;

/**
 * A mutex for coroutines (QEMU's `CoMutex`): whoever finds it taken is suspended, in a queue.
 * `unlock()` hands the lock to the one that has waited longest, which runs when the unlocking
 * one yields or ends. Nobody overtakes: not even the one that has just unlocked.
 *
 * A coroutine that ends while it holds the lock leaves it `abandoned`: what the lock protects
 * may be half changed, so those who wait and all who come later get that error.
 *
 * @example
 * ```ts
 * import { CoMutex, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const disk = new CoMutex("disk");
 * const out: string[] = [];
 * function* writer(name: string) {
 *   using _ = yield* disk.lock();
 *   out.push(`${name} begins`);
 *   yield;
 *   out.push(`${name} ends`);
 * }
 * const a = Coroutine.create(writer, "a");
 * const b = Coroutine.create(writer, "b");
 * a.enter();
 * b.enter();
 * assertEquals(b.waitingOn, 'CoMutex "disk"');
 * a.enter();
 * assertEquals(out, ["a begins", "a ends", "b begins"]);
 * ```
 */
export class CoMutex implements Disposable {
  /** What errors, traces and `dump()` call it. */
  readonly name: string;
  readonly #lock: Lock = new Lock(this);

  static {
    lockOf = (mutex) => mutex.#lock;
  }

  /**
   * Makes a mutex that nobody holds.
   *
   * @param name What errors, traces and `dump()` call it; numbered by default.
   */
  constructor(name: string = `${++unnamed}`) {
    this.name = givenName("make a mutex", name);
  }

  /**
   * Takes the lock, after those who have come before (`qemu_co_mutex_lock`). The wait begins with
   * `yield*`, and nothing is taken before; what is wrong with the call is thrown at once.
   *
   * @param options When to give up; without them, it waits for as long as it takes.
   * @returns What `yield*` takes. It is worth the mutex itself, so that
   * `using _ = yield* mutex.lock()` unlocks at the end of the block.
   * @throws {CoroutineError} `not-in-coroutine`; `relock` if the one that runs holds it;
   * `abandoned` if its holder has ended, or ends while this one waits; `timeout`.
   */
  lock(options?: WaitOptions): Suspension<CoMutex> {
    if (cpu.current === leader) this.#lock.check("lock");
    return options === undefined ? this.#lock : limited(this.#lock, options);
  }

  /**
   * Takes the lock if nobody holds it.
   *
   * @returns Whether it has taken it. False if this one holds it already.
   * @throws {CoroutineError} `not-in-coroutine`; `abandoned` if the holder has ended.
   */
  tryLock(): boolean {
    const lock = this.#lock;
    if (lock.holder !== null) return lock.busy();
    lock.take();
    return true;
  }

  /**
   * Gives the lock back: to the one that has waited longest, if any, which runs when the one
   * that runs now yields or ends (`qemu_co_mutex_unlock`).
   *
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder`.
   */
  unlock(): void {
    this.#lock.unlock();
  }

  /** Whether anybody holds it. */
  get locked(): boolean {
    return this.#lock.holder !== null;
  }

  /**
   * Who holds it. From `unlock()` on that is the one that it was handed to, even before that
   * one runs. A holder that is `terminated` has abandoned it.
   */
  get holder(): Coroutine | undefined {
    return this.#lock.holder ?? undefined;
  }

  /** How many coroutines wait for it. */
  get waiters(): number {
    return this.#lock.size;
  }

  /** Unlocks it, if the coroutine that runs holds it: what `using` calls. */
  [Symbol.dispose](): void {
    if (this.#lock.holder === cpu.current) this.#lock.unlock();
  }

  /** `CoMutex "name"`. */
  toString(): string {
    return `CoMutex "${this.name}"`;
  }
}

/** The lock as coroutines see it: what `yield*` runs, where they wait, and what they hold. */
export class Lock extends WaitList implements Wait<CoMutex>, IteratorReturnResult<CoMutex>, Hold {
  // INVARIANT(co_mutex: "mutual exclusion: nobody has a lock but its holder"): only take() and
  // #handOver() set it.
  // INVARIANT(co_mutex: "a waiter never waits for a free lock"): it is null only if the list is empty.
  holder: Coroutine | null = null;
  /** Its holder has ended without unlocking it. */
  abandoned = false;
  below: Hold | null = null;
  above: Hold | null = null;
  /** Of which it is the inside. */
  declare readonly mutex: CoMutex;
  /** Where those wait who must not go on without the lock. */
  readonly #shield: Place = new Spot(this, "", true);

  constructor(mutex: CoMutex) {
    super();
    this.mutex = mutex;
  }

  // What `yield*` is given when the lock is ours: this, as a result, so that locking allocates
  // nothing, and compiled code reads nothing.

  get done(): true {
    return true;
  }

  get value(): CoMutex {
    return this.mutex;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Begins the wait; with RESUME, ends it: the lock was handed over. */
  next(token: unknown): IteratorResult<void, CoMutex> {
    if (this.holder !== null) return this.#goOn(token);
    this.take();
    return this;
  }

  /** Ends the wait of the one that was handed the lock; begins that of any other. */
  #goOn(token: unknown): IteratorResult<void, CoMutex> {
    // A token of another wait, or of another coroutine that shares the generator, ends nothing.
    return token === RESUME && this.holder === cpu.current ? this : this.#wait();
  }

  /** As `next`, for one who has given it back for a while, and whom nothing can take out of the queue. */
  regain(): IteratorResult<void, CoMutex> {
    if (this.holder === null) this.take();
    else if (this.holder !== cpu.current) return this.#wait(this.#shield);
    return this;
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }

  /** Takes the lock, which is free, for the one that runs. */
  take(): void {
    const co = cpu.current;
    pushHold(co, this);
    this.holder = co;
    if (tracing.listener !== null) this.#emit("lock", co);
  }

  unlock(): void {
    const co = cpu.current;
    if (this.holder !== co) this.check("unlock");
    // One call before the first change: at the end of the stack it overflows with all as it was.
    // EQUIVALENT(this.empty && tracing.listener === null -> false): the long way does the same.
    if (this.empty && tracing.listener === null) {
      dropHold(co, this);
      this.holder = null;
    } else this.#handOver(co);
  }

  /** Whether the one that runs must not even wait for it; {@linkcode check} says why. */
  get barred(): boolean {
    return this.holder === cpu.current || this.abandoned;
  }

  /** The holder has ended. Those who wait find that out when they go on. */
  abandon(): void {
    this.abandoned = true;
    for (let co; (co = this.shift()) !== null;) grant(co);
  }

  /** What `tryLock` answers when somebody holds the lock. */
  busy(): false {
    if (this.holder !== cpu.current) this.check("lock");
    return false;
  }

  /** Throws what is wrong with locking or unlocking here and now, if anything is. */
  check(verb: "lock" | "unlock" | "wait with" | "let go under"): void {
    const { holder } = this;
    if (cpu.current === leader) {
      throw cannotLock(this, verb);
    }
    if (verb === "lock") {
      if (holder === cpu.current) {
        throw this.#refused(verb, "relock", `coroutine "${holder.name}" holds it already`);
      }
      if (this.abandoned) throw this.#abandoned(cpu.current);
    } else {
      if (holder === null) throw this.#refused(verb, "not-locked", "nobody holds it");
      const names = `coroutine "${holder.name}" holds it, not "${cpu.current.name}"`;
      throw this.#refused(verb, "not-holder", names);
    }
  }

  get holders(): readonly Coroutine[] {
    return this.holder === null ? [] : [this.holder];
  }

  override toString(): string {
    // It is asked in the middle of an end, and users may have a toString of their own.
    return textOf(this.mutex);
  }

  #wait(place: Place = this): IteratorResult<void, never> {
    if (this.barred) this.check("lock");
    this.park(place);
    if (tracing.listener !== null) this.#emit("wait", cpu.current);
    return SUSPENDED;
  }

  /** Unlocked, with somebody to tell: the next one has it from now on, so that nobody gets in between. */
  #handOver(co: Coroutine): void {
    dropHold(co, this);
    const next = this.holder = this.shift();
    if (next !== null) pushHold(next, this);
    if (tracing.listener !== null) {
      // Whoever is told may cancel it: it is in no list any more.
      if (next !== null) put(next, WOKEN);
      this.#emit("unlock", co);
      if (next !== null) this.#emit("lock", next);
    }
    if (next !== null) grant(next);
  }

  #refused(verb: string, code: CoroutineErrorCode, reason: string): CoroutineError {
    return new CoroutineError(code, `Cannot ${verb} ${this}: ${reason}`, {
      coroutine: this.holder ?? undefined,
    });
  }

  #abandoned(co: Coroutine): CoroutineError {
    return new CoroutineError(
      "abandoned",
      `Cannot lock ${this}: coroutine "${this.holder?.name}" ended without unlocking it`,
      { coroutine: co },
    );
  }

  #emit(type: "lock" | "wait" | "unlock", coroutine: Coroutine): void {
    const mutex = this.mutex;
    emit({ type, coroutine, mutex, holder: mutex.holder, waiters: mutex.waiters });
  }
}
