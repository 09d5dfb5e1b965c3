/**
 * A lock for one coroutine at a time, handed over in the order of arrival.
 *
 * @module
 */
import {
  type Coroutine,
  current,
  dropHold,
  grant,
  grantError,
  leader,
  pushHold,
  RESUME,
  SUSPENDED,
  type Suspension,
} from "./coroutine.ts";
import { CoroutineError, type CoroutineErrorCode } from "./errors.ts";
import type { Hold } from "./_place.ts";
import { emit, listener } from "./trace.ts";
import { WaitList } from "./_wait_list.ts";

let unnamed = 0;

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
  readonly #lock: Lock;

  /**
   * Makes a mutex that nobody holds.
   *
   * @param name What errors, traces and `dump()` call it; numbered by default.
   */
  constructor(name: string = `${++unnamed}`) {
    this.name = name;
    this.#lock = new Lock(this);
  }

  /**
   * Takes the lock, after those who have come before (`qemu_co_mutex_lock`). Nothing happens
   * before `yield*` begins the wait.
   *
   * @returns What `yield*` takes. It is worth the mutex itself, so that
   * `using _ = yield* mutex.lock()` unlocks at the end of the block.
   * @throws {CoroutineError} `not-in-coroutine`; `relock` if the one that runs holds it;
   * `abandoned` if its holder has ended, or ends while this one waits.
   */
  lock(): Suspension<CoMutex> {
    const lock = this.#lock;
    if (lock.holder !== null || current === leader) lock.check("lock");
    return lock;
  }

  /**
   * Takes the lock if nobody holds it.
   *
   * @returns Whether it has taken it.
   * @throws {CoroutineError} `not-in-coroutine`; `abandoned` if the holder has ended.
   */
  tryLock(): boolean {
    const lock = this.#lock;
    if (lock.holder !== null || current === leader) {
      if (lock.holder !== current) lock.check("lock");
      return false;
    }
    lock.take(current);
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
    return this.#lock.waiters.size;
  }

  /** Unlocks it, if the coroutine that runs holds it: what `using` calls. */
  [Symbol.dispose](): void {
    if (this.#lock.holder === current) this.#lock.unlock();
  }

  /** `CoMutex "name"`. */
  toString(): string {
    return `CoMutex "${this.name}"`;
  }
}

/** The lock as coroutines see it: what `yield*` runs, and what they hold. */
class Lock implements Suspension<CoMutex>, Iterator<void, CoMutex, unknown>, Hold {
  // INVARIANT(co_mutex: "a waiter never waits for a free lock"): no holder, no waiters.
  // INVARIANT(co_mutex: "a lock is held by one at most"): only take() and unlock() set it.
  /** Its holder. One that has terminated has abandoned it. */
  holder: Coroutine | null = null;
  below: Hold | null = null;
  above: Hold | null = null;
  readonly waiters: WaitList;
  readonly #mutex: CoMutex;
  /** What `yield*` is given when the lock is ours: made once, so that locking allocates nothing. */
  readonly #taken: IteratorReturnResult<CoMutex>;

  constructor(mutex: CoMutex) {
    this.#mutex = mutex;
    this.#taken = { done: true, value: mutex };
    this.waiters = new WaitList(this);
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Begins the wait; with RESUME, ends it: the lock was handed over. */
  next(token: unknown): IteratorResult<void, CoMutex> {
    if (token !== RESUME) {
      if (this.holder !== null || current === leader) {
        this.check("lock");
        this.waiters.park();
        if (listener !== null) this.#emit("wait", current);
        return SUSPENDED;
      }
      this.take(current);
    }
    return this.#taken;
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }

  take(co: Coroutine): void {
    this.holder = co;
    pushHold(co, this);
    if (listener !== null) this.#emit("lock", co);
  }

  unlock(): void {
    const co = current;
    if (this.holder !== co) this.check("unlock");
    dropHold(co, this);
    const next = this.waiters.shift();
    this.holder = null;
    // Hand-off: the next one has the lock from now on, so nobody can get in between.
    if (next !== null) {
      this.holder = next;
      pushHold(next, this);
    }
    if (listener !== null) {
      this.#emit("unlock", co);
      if (next !== null) this.#emit("lock", next);
    }
    if (next !== null) grant(next);
  }

  abandon(): void {
    for (let co; (co = this.waiters.shift()) !== null;) grantError(co, this.#abandoned(co));
  }

  /** Throws what is wrong with locking or unlocking here and now, if anything is. */
  check(verb: "lock" | "unlock"): void {
    const { holder } = this;
    const refuse = (code: CoroutineErrorCode, reason: string): never => {
      throw new CoroutineError(code, `Cannot ${verb} ${this}: ${reason}`, {
        coroutine: holder ?? undefined,
      });
    };
    if (current === leader) refuse("not-in-coroutine", "no coroutine runs here");
    if (verb === "lock") {
      if (holder === current) refuse("relock", `coroutine "${current.name}" holds it already`);
      if (holder?.status === "terminated") throw this.#abandoned(current);
    } else {
      if (holder === null) refuse("not-locked", "nobody holds it");
      refuse("not-holder", `coroutine "${holder?.name}" holds it, not "${current.name}"`);
    }
  }

  toString(): string {
    return `${this.#mutex}`;
  }

  #abandoned(co: Coroutine): CoroutineError {
    return new CoroutineError(
      "abandoned",
      `Cannot lock ${this}: coroutine "${this.holder?.name}" ended without unlocking it`,
      { coroutine: co },
    );
  }

  #emit(type: "lock" | "wait" | "unlock", coroutine: Coroutine): void {
    const mutex = this.#mutex;
    emit({ type, coroutine, mutex, holder: mutex.holder, waiters: mutex.waiters });
  }
}
