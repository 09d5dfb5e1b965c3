/**
 * A lock for many readers or one writer, for coroutines on several threads.
 *
 * @module
 */
import { commonsNow } from "./_commons.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import type { WaitOptions } from "../time/_limits.ts";
import { handleFor, mustBeHandle } from "./_handle.ts";
import { RW_LOCK } from "../lockfree/rw_lock.ts";
import { SharedRwLock } from "./_rw_ways.ts";

const { cpu } = core;

let unnamed = 0;

/** What stands for a {@linkcode SharedCoRwLock} in a message to another thread. */
export interface SharedCoRwLockHandle {
  /** What it is. */
  readonly kind: "SharedCoRwLock";
  /** Where it is. */
  readonly at: number;
  /** What errors call it. */
  readonly name: string;
}

/**
 * A {@linkcode CoRwLock} whose coroutines may be on several threads (QEMU's `CoRwlock` across
 * `IOThread`s): many may hold it for reading at once, or one for writing. Whoever must wait stands in a
 * line, and nobody overtakes; each goes on in its own thread.
 *
 * Threads know it by its `handle`, which a message can carry: `SharedCoRwLock.from(handle)` is the same
 * lock there.
 *
 * @example
 * ```ts
 * import { Coroutine, SharedCoRwLock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new SharedCoRwLock("table");
 * const same = SharedCoRwLock.from(table.handle);
 * const co = Coroutine.create(function* () {
 *   using _ = yield* table.readLock();
 *   return [same.readers, same.tryWriteLock()];
 * });
 * co.enter();
 * assertEquals(await co.done, [1, false]);
 * assertEquals(table.locked, false);
 * ```
 */
export class SharedCoRwLock implements Disposable {
  /** What errors and `dump()` call it. */
  readonly name: string;
  /** What stands for it in a message to another thread. */
  readonly handle: SharedCoRwLockHandle;
  readonly #lock: SharedRwLock<SharedCoRwLock>;

  /**
   * Makes a lock that nobody holds.
   *
   * @param name What errors and `dump()` call it; numbered by default.
   * @throws {RangeError} If there is no memory left for it: there may be 100,000 of them, less for each
   *   queue.
   */
  constructor(name: string | SharedCoRwLockHandle = `${++unnamed}`) {
    this.handle = handleFor("SharedCoRwLock", name, RW_LOCK);
    this.name = this.handle.name;
    const { at } = this.handle;
    const commons = commonsNow();
    // INVARIANT: what is known at the place of a lock is that.
    const known = commons.locks.get(at) as SharedRwLock<SharedCoRwLock> | undefined;
    const lock = known ?? new SharedRwLock(commons, at, this);
    if (known === undefined) commons.locks.set(at, lock);
    this.#lock = lock;
  }

  /**
   * The lock of a handle, in this thread.
   *
   * @param handle That of a lock that some thread of this program has made.
   * @returns It.
   * @throws {TypeError} If it is no handle of one.
   */
  static from(handle: SharedCoRwLockHandle): SharedCoRwLock {
    mustBeHandle("SharedCoRwLock", handle);
    return new SharedCoRwLock(handle);
  }

  /**
   * Takes the lock for reading, together with other readers, after all who have come before, of any
   * thread. The wait begins with `yield*`, and nothing is taken before.
   *
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth the lock itself, so that
   * `using _ = yield* lock.readLock()` unlocks at the end of the block.
   * @throws {CoroutineError} `not-in-coroutine`; `relock` if this one holds it already, for reading
   * or writing; `abandoned` if a holder, or its thread, has ended without unlocking it; `timeout`.
   */
  readLock(options?: WaitOptions): Suspension<SharedCoRwLock> {
    return this.#lock.begin("lock", this.#lock.read, options);
  }

  /**
   * Takes the lock for writing, alone, after all who have come before, of any thread. The wait begins
   * with `yield*`, and nothing is taken before.
   *
   * @param options When to give up.
   * @returns What `yield*` takes; see {@linkcode SharedCoRwLock.readLock}.
   * @throws {CoroutineError} As {@linkcode SharedCoRwLock.readLock}.
   */
  writeLock(options?: WaitOptions): Suspension<SharedCoRwLock> {
    return this.#lock.begin("lock", this.#lock.write, options);
  }

  /**
   * Takes the lock for reading if that takes no wait: nobody writes, and nobody waits.
   *
   * @returns Whether it has taken it. False if this one holds it already.
   * @throws {CoroutineError} `not-in-coroutine`; `abandoned`.
   */
  tryReadLock(): boolean {
    return this.#lock.read.attempt();
  }

  /**
   * Takes the lock for writing if nobody holds it, and nobody waits.
   *
   * @returns Whether it has taken it.
   * @throws {CoroutineError} `not-in-coroutine`; `abandoned`.
   */
  tryWriteLock(): boolean {
    return this.#lock.write.attempt();
  }

  /**
   * Makes a reader the writer: at once if it is the only reader and nobody waits. Otherwise it gives up
   * its lock and waits behind all the others, and **others may write before its turn comes**: what it
   * has read before may no longer be true.
   *
   * If it gives up or is cancelled, it has the lock for reading again when it goes on.
   *
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth the lock itself.
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder`; `relock` if this one
   * is the writer; `abandoned`; `timeout`.
   */
  upgrade(options?: WaitOptions): Suspension<SharedCoRwLock> {
    return this.#lock.begin("upgrade", this.#lock.upgrade, options);
  }

  /**
   * Makes the writer a reader, without ever waiting; the readers at the head of the line join it.
   *
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder` if this one is not the
   * writer.
   */
  downgrade(): void {
    this.#lock.downgrade();
  }

  /**
   * Gives the lock back. Those at the head of the line have it from then on, if they can, and each goes
   * on in its own thread.
   *
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder`.
   */
  unlock(): void {
    this.#lock.unlock();
  }

  /** Whether anybody holds it, in any thread. */
  get locked(): boolean {
    return this.#lock.owners !== 0;
  }

  /** Who of this thread holds it for writing. */
  get writer(): Coroutine | undefined {
    return this.#lock.writer;
  }

  /** How many hold it for reading, in all threads. It may have changed when it is answered. */
  get readers(): number {
    return Math.max(0, this.#lock.owners);
  }

  /**
   * How many wait for it, in all threads. It may have changed when it is answered; one that has given up, or
   * whose thread was killed, counts until its turn comes.
   */
  get waiters(): number {
    return this.#lock.waiters;
  }

  /** Unlocks it, if the coroutine that runs holds it: what `using` calls. */
  [Symbol.dispose](): void {
    if (this.#lock.asOf(cpu.current) !== 0) this.#lock.unlock();
  }

  /** `SharedCoRwLock "name"`. */
  toString(): string {
    return `${this.#lock}`;
  }
}
