/**
 * A mutex for coroutines on several threads.
 *
 * @module
 */
import { type Commons, commonsNow } from "./_commons.ts";
import { core, type Coroutine, type Suspension } from "./coroutine.ts";
import { CoroutineError, type CoroutineErrorCode } from "./errors.ts";
import { limited, type Wait, type WaitOptions } from "./_limits.ts";
import type { Hold, Place } from "./_place.ts";
import { kindOf } from "./_refusals.ts";
import { ABANDONED, giveUp } from "./_shared_line.ts";
import {
  abandon,
  countOf,
  holderOf,
  lock,
  LOCKED,
  MUTEX,
  tryLock,
  unlock,
} from "./_shared_mutex.ts";
import { afterDeath } from "./_shared_death.ts";
import { WAITING } from "./_shared_words.ts";

const { cpu, dropHold, grant, leader, park, pushHold, SUSPENDED } = core;

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

/** How many times a thread looks whether the mutex is free before it waits, if another thread has it. */
const SPINS = 1000;

/** The inside of those that this thread knows, by where they are. */
const known = new Map<number, SharedLock>();

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
  }

  /**
   * Makes a mutex that nobody holds.
   *
   * @param name What errors, traces and `dump()` call it; numbered by default.
   * @throws {RangeError} If there are more than thousands of shared locks.
   */
  constructor(name: string | SharedCoMutexHandle = `${++unnamed}`) {
    const commons = commonsNow();
    if (typeof name === "object") {
      this.handle = name;
      this.name = name.name;
    } else {
      this.name = `${name}`;
      this.handle = { kind: "SharedCoMutex", at: commons.allocate(MUTEX), name: this.name };
    }
    const { at } = this.handle;
    let lock = known.get(at);
    if (lock === undefined) known.set(at, lock = new SharedLock(commons, at, this));
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
    if (handle?.kind !== "SharedCoMutex" || !commonsNow().hasLock(handle.at)) {
      throw new TypeError(`Cannot find a SharedCoMutex: expected a handle, got ${kindOf(handle)}`);
    }
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

  /** How many coroutines wait for it, in all threads. It may have changed when it is answered. */
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

/**
 * The mutex as the coroutines of this thread see it; and what `yield*` runs for those who have no limits:
 * when it is free, that allocates nothing.
 */
class SharedLock implements Hold, Wait<SharedCoMutex>, IteratorReturnResult<SharedCoMutex> {
  readonly commons: Commons;
  readonly at: number;
  readonly value: SharedCoMutex;
  readonly #memory: Int32Array;
  readonly #context: number;
  /** The waits of this thread's coroutines. */
  readonly #waits = new Map<Coroutine, SharedWait>();
  /** Who of this thread holds it. */
  holder: Coroutine | null = null;
  below: Hold | null = null;
  above: Hold | null = null;

  constructor(commons: Commons, at: number, mutex: SharedCoMutex) {
    this.commons = commons;
    this.#memory = commons.memory;
    this.#context = commons.context;
    this.at = at;
    this.value = mutex;
  }

  get done(): true {
    return true;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<void, SharedCoMutex> {
    const co = cpu.current;
    if (co === leader) this.mustBeIn("lock");
    const waits = this.#waits;
    if (waits.size === 0 && this.tryTake()) return this;
    let wait = waits.get(co);
    if (wait === undefined) wait = new SharedWait(this);
    else waits.delete(co);
    const result = wait.next();
    if (result.done !== true) waits.set(co, wait);
    return result;
  }

  throw(error: unknown): never {
    this.#waits.delete(cpu.current);
    throw error;
  }

  /** How many hold it or wait for it. */
  get count(): number {
    return countOf(Atomics.load(this.commons.memory, this.at + LOCKED));
  }

  get abandoned(): boolean {
    return Atomics.load(this.commons.memory, this.at + ABANDONED) !== 0;
  }

  mustBeIn(verb: string): void {
    if (cpu.current === leader) {
      throw this.#refused(verb, "not-in-coroutine", "no coroutine runs here");
    }
  }

  mustNotBeAbandoned(): void {
    if (!this.abandoned) return;
    throw this.#refused("lock", "abandoned", "its holder ended without unlocking it");
  }

  mustNotHold(): void {
    const { holder } = this;
    if (holder === null || holder !== cpu.current) return;
    throw this.#refused("lock", "relock", `coroutine "${holder.name}" holds it already`);
  }

  /** Takes it if it is free, for the one that runs. */
  tryTake(): boolean {
    if (!tryLock(this.#memory, this.at, this.#context, Atomics)) return false;
    this.hold();
    return true;
  }

  /** As long as a coroutine of another thread has it and nobody waits, it may be free at any moment. */
  spin(): boolean {
    const { memory, context } = this.commons;
    for (let i = 0; i < SPINS; i++) {
      const locked = Atomics.load(memory, this.at + LOCKED);
      if (locked === 0) {
        if (this.tryTake()) return true;
      } else if (countOf(locked) > 1 || holderOf(locked) === context) return false;
    }
    return false;
  }

  /** The one that runs has it. */
  hold(): void {
    const co = cpu.current;
    pushHold(co, this);
    this.holder = co;
  }

  unlock(): void {
    const co = cpu.current;
    if (this.holder !== co || co === leader) this.#refuseToUnlock();
    dropHold(co, this);
    this.holder = null;
    this.pass();
  }

  /** Gives it to the next one, or nobody. */
  pass(): void {
    unlock(this.#memory, this.at, this.#context, this.commons.discard, Atomics);
  }

  /** The holder has ended. */
  abandon(): void {
    this.holder = null;
    abandon(this.commons.memory, this.at, this.commons.discard, Atomics);
  }

  toString(): string {
    return `SharedCoMutex "${this.value.name}"`;
  }

  #refuseToUnlock(): never {
    this.mustBeIn("unlock");
    const locked = Atomics.load(this.commons.memory, this.at + LOCKED);
    if (locked === 0) throw this.#refused("unlock", "not-locked", "nobody holds it");
    const who = this.holder === null ? "another thread" : `coroutine "${this.holder.name}"`;
    throw this.#refused("unlock", "not-holder", `${who} holds it, not "${cpu.current.name}"`);
  }

  #refused(verb: string, code: CoroutineErrorCode, reason: string): CoroutineError {
    return new CoroutineError(code, `Cannot ${verb} ${this}: ${reason}`, {
      coroutine: this.holder ?? undefined,
    });
  }
}

/** One wait for it. */
class SharedWait implements Wait<SharedCoMutex>, Place {
  readonly refusal = "waiting";
  readonly shielded: boolean;
  readonly #lock: SharedLock;
  #co: Coroutine | null = null;
  #record = 0;
  /** It goes on already, though its record may still come. */
  #known = false;

  constructor(lock: SharedLock, shielded: boolean = false) {
    this.#lock = lock;
    this.shielded = shielded;
  }

  get waitingOn(): string {
    return `${this.#lock}`;
  }

  [Symbol.iterator](): SharedWait {
    return this.#record === 0 ? this : new SharedWait(this.#lock, this.shielded);
  }

  next(): IteratorResult<void, SharedCoMutex> {
    return this.#record === 0 ? this.#begin() : this.#goOn();
  }

  throw(error: unknown): never {
    throw error;
  }

  #begin(): IteratorResult<void, SharedCoMutex> {
    const l = this.#lock;
    l.mustBeIn("lock");
    l.mustNotHold();
    l.mustNotBeAbandoned();
    if (l.tryTake() || l.spin()) return this.#lock;
    const { commons, at } = l;
    const record = commons.record(WAITING, at, () => this.#granted());
    this.#record = record;
    if (lock(commons.memory, at, record, commons.discard, Atomics)) {
      // It was free at last: nobody else knows the record.
      commons.discard(record);
      l.hold();
      return this.#lock;
    }
    // INVARIANT: looked at after the record was pushed: whoever has abandoned it finds that, or this does.
    if (l.abandoned && giveUp(commons.memory, record, Atomics)) {
      commons.receivers.delete(record);
      l.mustNotBeAbandoned();
    }
    park(this);
    this.#co = cpu.current;
    commons.mourners.add(this.#mourn);
    commons.beginWaiting();
    commons.listen();
    return SUSPENDED;
  }

  /** It has the mutex, or that was abandoned. */
  #goOn(): IteratorResult<void, SharedCoMutex> {
    const l = this.#lock;
    l.mustNotBeAbandoned();
    l.hold();
    return this.#lock;
  }

  /** Whoever has cancelled it, or its limit, takes it out. */
  forget(): void {
    const { commons } = this.#lock;
    this.#co = null;
    commons.endWaiting();
    commons.mourners.delete(this.#mourn);
    if (!giveUp(commons.memory, this.#record, Atomics)) return;
    // Whoever unlocks takes it out of the list.
    commons.receivers.delete(this.#record);
  }

  #granted(): void {
    const { commons } = this.#lock;
    commons.discard(this.#record);
    if (this.#co !== null) return this.#wake();
    // It has given up when it had been granted the mutex: the next one has it. Or it knew already.
    if (!this.#known && !this.#lock.abandoned) this.#lock.pass();
  }

  /** Another thread has died, which may have been about to hand it the mutex. */
  readonly #mourn = (): void => {
    const { memory, context } = this.#lock.commons;
    if (afterDeath(memory, this.#lock.at, this.#record, context, Atomics) === "waits") return;
    this.#known = true;
    giveUp(memory, this.#record, Atomics);
    this.#wake();
  };

  #wake(): void {
    const co = this.#co;
    if (co === null) return;
    this.#co = null;
    this.#lock.commons.mourners.delete(this.#mourn);
    this.#lock.commons.endWaiting();
    grant(co);
  }
}
