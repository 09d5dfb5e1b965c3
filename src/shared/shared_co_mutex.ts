/**
 * A mutex for coroutines on several threads.
 *
 * @module
 */
import { type Commons, commonsNow, type Known } from "./_commons.ts";
import type { Records } from "./_records.ts";
import { cannotLock } from "../core/_refusals.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError, type CoroutineErrorCode } from "../core/errors.ts";
import { limited, type WaitOptions } from "../time/_limits.ts";
import type { Hold } from "../core/_holds.ts";
import { handleFor, mustBeHandle } from "./_handle.ts";
import { ABANDONED, giveUp } from "../lockfree/line.ts";
import {
  abandon,
  countOf,
  holderOf,
  lock,
  LOCKED,
  MUTEX,
  sweep,
  tryLock,
  unlock,
} from "../lockfree/mutex.ts";
import { type AfterDeath, afterDeath } from "../lockfree/death.ts";
import type { AtomicWords } from "../lockfree/words.ts";
import { SharedWait, SharedWay } from "./_wait.ts";

const { cpu, dropHold, leader, pushHold } = core;

let unnamed = 0;

/** What stands for a {@linkcode SharedCoMutex} in a message to another thread. */
export interface SharedCoMutexHandle {
  /** What it is. */
  readonly kind: "SharedCoMutex";
  /** Where it is. */
  readonly at: number;
  /** What errors call it. */
  readonly name: string;
}

/** Whether nobody gets it any more. */
export let isAbandoned: (mutex: SharedCoMutex) => boolean;

/** For those who wait with a mutex, and have it again when they go on: nothing takes them out meanwhile. */
export let regain: (mutex: SharedCoMutex) => Suspension<SharedCoMutex>;

/**
 * A {@linkcode CoMutex} whose coroutines may be on several threads (QEMU's `CoMutex` across
 * `IOThread`s). Those who wait get it in their order, and each goes on in its own thread.
 *
 * Threads know it by its `handle`, which a message can carry: `SharedCoMutex.from(handle)` is the same
 * mutex there.
 *
 * @example
 * ```ts
 * import { Coroutine, SharedCoMutex } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const disk = new SharedCoMutex("disk");
 * const same = SharedCoMutex.from(disk.handle);
 * const co = Coroutine.create(function* () {
 *   using _ = yield* disk.lock();
 *   return [same.locked, same.tryLock()];
 * });
 * co.enter();
 * assertEquals(await co.done, [true, false]);
 * assertEquals(disk.locked, false);
 * ```
 */
export class SharedCoMutex {
  /** What errors, traces and `dump()` call it. */
  readonly name: string;
  /** What stands for it in a message to another thread. */
  readonly handle: SharedCoMutexHandle;
  readonly #lock: SharedLock;

  static {
    regain = (mutex) => new SharedWait(mutex.#lock, true);
    isAbandoned = (mutex) => mutex.#lock.abandoned;
  }

  /**
   * Makes a mutex that nobody holds.
   *
   * @param name What errors, traces and `dump()` call it; numbered by default.
   * @throws {RangeError} If there is no memory left for it: there may be 100,000 of them.
   */
  constructor(name: string | SharedCoMutexHandle = `${++unnamed}`) {
    this.handle = handleFor("SharedCoMutex", name, MUTEX);
    this.name = this.handle.name;
    const { at } = this.handle;
    const commons = commonsNow();
    // INVARIANT: what is known at the place of a mutex is that.
    const known = commons.locks.get(at) as SharedLock | undefined;
    const lock = known ?? new SharedLock(commons, at, this);
    // EQUIVALENT(known === undefined -> true): what is known is set again.
    if (known === undefined) commons.locks.set(at, lock);
    this.#lock = lock;
  }

  /**
   * The mutex of a handle, in this thread.
   *
   * @param handle That of a mutex that some thread of this program has made.
   * @returns It.
   * @throws {TypeError} If it is no handle of one.
   */
  static from(handle: SharedCoMutexHandle): SharedCoMutex {
    mustBeHandle("SharedCoMutex", handle);
    return new SharedCoMutex(handle);
  }

  /**
   * Takes the lock, after those who have come before, of any thread. If a coroutine of another thread
   * has it, and nobody waits, it is looked at for a few microseconds before this one waits.
   *
   * @param options When to give up; without them, it waits for as long as it takes.
   * @returns What `yield*` takes. It is worth the mutex itself, so that
   * `using _ = yield* mutex.lock()` unlocks at the end of the block.
   * @throws {CoroutineError} `not-in-coroutine`; `relock` if the one that runs holds it; `abandoned` if
   * its holder, or the thread of that, has ended without unlocking it; `timeout`.
   */
  lock(options?: WaitOptions): Suspension<SharedCoMutex> {
    const lock = this.#lock;
    if (cpu.current === leader) lock.mustBeIn("lock");
    return options === undefined ? lock : limited(new SharedWait(lock), options);
  }

  /**
   * Takes the lock if nobody holds it.
   *
   * @returns Whether it has taken it. False if this one holds it already.
   * @throws {CoroutineError} `not-in-coroutine`; `abandoned`.
   */
  tryLock(): boolean {
    const lock = this.#lock;
    lock.mustBeIn("lock");
    lock.mustNotBeAbandoned();
    return lock.tryTake();
  }

  /**
   * Gives the lock back: to the one that has waited longest, if any, which goes on in its own thread.
   *
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder`.
   */
  unlock(): void {
    this.#lock.unlock();
  }

  /** Whether anybody holds it, in any thread. */
  get locked(): boolean {
    return this.#lock.count > 0;
  }

  /** Who of this thread holds it. */
  get holder(): Coroutine | undefined {
    return this.#lock.holder ?? undefined;
  }

  /**
   * How many wait for it, in all threads. It may have changed when it is answered; one that has given up, or
   * whose thread was killed, counts until its turn comes, or many have given up.
   */
  get waiters(): number {
    return Math.max(0, this.#lock.count - 1);
  }

  /** Unlocks it, if the coroutine that runs holds it: what `using` calls. */
  [Symbol.dispose](): void {
    if (this.#lock.holder === cpu.current) this.#lock.unlock();
  }

  /** `SharedCoMutex "name"`. */
  toString(): string {
    return `${this.#lock}`;
  }
}

/** The mutex as the coroutines of this thread see it. */
class SharedLock extends SharedWay<SharedCoMutex> implements Hold, Known {
  readonly #at: number;
  readonly #memory: Int32Array;
  readonly #context: number;
  readonly #records: Records;
  readonly #atomics: AtomicWords;
  /** Who of this thread holds it. */
  holder: Coroutine | null = null;
  below: Hold | null = null;
  above: Hold | null = null;
  /** How many have given up in this thread since it has last told the holder's. */
  #left = 0;

  constructor(commons: Commons, at: number, mutex: SharedCoMutex) {
    super(commons, mutex);
    this.#memory = commons.memory;
    this.#context = commons.context;
    this.#records = commons.records;
    this.#atomics = commons.atomics;
    this.#at = at;
  }

  get wanting(): number {
    return this.#at;
  }

  /** How many hold it or wait for it. */
  get count(): number {
    return countOf(this.#atomics.load(this.#memory, this.#at + LOCKED));
  }

  get abandoned(): boolean {
    return this.#atomics.load(this.#memory, this.#at + ABANDONED) !== 0;
  }

  check(): void {
    const { holder } = this;
    this.mustBeIn("lock");
    if (holder === cpu.current) {
      throw this.#refused("lock", "relock", `coroutine "${holder.name}" holds it already`);
    }
    this.mustNotBeAbandoned();
  }

  mustBeIn(verb: string): void {
    if (cpu.current === leader) {
      throw cannotLock(this, verb);
    }
  }

  mustNotBeAbandoned(): void {
    if (!this.abandoned) return;
    throw this.#refused("lock", "abandoned", "its holder ended without unlocking it");
  }

  /** Takes it if it is free, for the one that runs. */
  tryTake(): boolean {
    // A thread that has died when one of it was told, and had not this again, has left it free.
    if (this.abandoned) return false;
    if (!tryLock(this.#memory, this.#at, this.#context, this.#atomics)) return false;
    this.hold(cpu.current);
    return true;
  }

  take(record: number): boolean {
    const { memory, discard } = this.#records;
    return lock(memory, this.#at, record, discard, this.#atomics);
  }

  /** As long as a coroutine of another thread has it and nobody waits, it may be free at any moment. */
  override spin(): boolean {
    const memory = this.#memory;
    const context = this.#context;
    for (let i = this.commons.ground.spins; i > 0; i--) {
      const locked = this.#atomics.load(memory, this.#at + LOCKED);
      if (locked === 0) {
        if (this.tryTake()) return true;
        // EQUIVALENT(> -> >=): how long it is looked at is a matter of speed alone.
      } else if (countOf(locked) > 1 || holderOf(locked) === context) return false;
    }
    return false;
  }

  accept(record: number): boolean {
    this.#records.discard(record);
    return !this.abandoned;
  }

  hold(co: Coroutine): void {
    pushHold(co, this);
    this.holder = co;
  }

  drop(): void {
    dropHold(cpu.current, this);
    this.holder = null;
  }

  giveUp(record: number, generation: number): boolean {
    if (!giveUp(this.#memory, record, generation, this.#atomics)) return false;
    // Whoever holds it for long would have a line without end of those who try again and again.
    if (++this.#left >= this.commons.ground.crowd) this.#tellOfCrowd();
    return true;
  }

  #tellOfCrowd(): void {
    this.#left = 0;
    const context = holderOf(this.#atomics.load(this.#memory, this.#at + LOCKED));
    if (context === this.#context) this.sweep();
    else if (context !== 0) this.commons.tellOfCrowd(context);
  }

  sweep(): void {
    if (this.holder === null) return;
    sweep(this.#memory, this.#at, this.#records.discard, this.#atomics);
  }

  afterDeath(record: number): AfterDeath {
    return afterDeath(this.#memory, this.#at, record, this.#context, this.#atomics);
  }

  unlock(): void {
    const co = cpu.current;
    if (this.holder !== co || co === leader) this.#refuseToUnlock();
    this.drop();
    this.release();
  }

  /** Gives it to the next one, or nobody. */
  release(): void {
    unlock(this.#memory, this.#at, this.#context, this.#records.discard, this.#atomics);
  }

  /** The holder has ended: it holds it for ever, and nobody gets it any more. */
  abandon(): void {
    abandon(this.#memory, this.#at, this.#records.discard, this.#atomics);
    this.commons.lives.tellAll();
  }

  toString(): string {
    return `SharedCoMutex "${this.value.name}"`;
  }

  #refuseToUnlock(): never {
    this.mustBeIn("unlock");
    if (this.count === 0) throw this.#refused("unlock", "not-locked", "nobody holds it");
    const who = this.holder === null ? "another thread" : `coroutine "${this.holder.name}"`;
    throw this.#refused("unlock", "not-holder", `${who} holds it, not "${cpu.current.name}"`);
  }

  #refused(verb: string, code: CoroutineErrorCode, reason: string): CoroutineError {
    return new CoroutineError(code, `Cannot ${verb} ${this}: ${reason}`, {
      coroutine: this.holder ?? undefined,
    });
  }
}
