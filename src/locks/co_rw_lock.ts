/**
 * A lock for many readers or one writer, in the order of arrival.
 *
 * @module
 */
import { givenName } from "../core/_given.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { limited, type WaitOptions } from "../time/_limits.ts";
import { Lock, type Ticket } from "./_rw_tickets.ts";

const { cpu, leader } = core;

let unnamed = 0;

/**
 * A lock for reading and writing (QEMU's `CoRwlock`): many may hold it for reading at once, or one
 * for writing. Whoever must wait draws a ticket, and the tickets are served in order: readers that
 * stand together go together, and nobody overtakes, so that neither side can starve the other.
 *
 * A coroutine that ends while it holds the lock leaves it abandoned, as with a
 * {@linkcode CoMutex}.
 *
 * @example
 * ```ts
 * import { CoRwLock, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const table = new CoRwLock("table");
 * function* reader() {
 *   using _ = yield* table.readLock();
 *   yield;
 * }
 * const readers = [1, 2].map(() => Coroutine.create(reader));
 * for (const co of readers) co.enter();
 * assertEquals(table.readers, 2);
 * const writer = Coroutine.create(function* () {
 *   using _ = yield* table.writeLock();
 * });
 * writer.enter();
 * assertEquals(writer.waitingOn, 'CoRwLock "table" (to write)');
 * for (const co of readers) co.enter();
 * assertEquals(writer.status, "terminated");
 * ```
 */
export class CoRwLock implements Disposable {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #lock: Lock<CoRwLock> = new Lock(this);
  readonly #read: Ticket<CoRwLock> = this.#lock.read;
  readonly #write: Ticket<CoRwLock> = this.#lock.write;

  /**
   * Makes a lock that nobody holds.
   *
   * @param name What errors and `dump()` call it; numbered by default.
   */
  constructor(name: string = `${++unnamed}`) {
    this.name = givenName("make a read-write lock", name);
  }

  /**
   * Takes the lock for reading, together with other readers, after all who have come before
   * (`qemu_co_rwlock_rdlock`). The wait begins with `yield*`, and nothing is taken before.
   *
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth the lock itself, so that
   * `using _ = yield* lock.readLock()` unlocks at the end of the block.
   * @throws {CoroutineError} `not-in-coroutine`; `relock` if this one holds it already, for reading
   * or writing; `abandoned` if a holder has ended, or ends meanwhile; `timeout`.
   */
  readLock(options?: WaitOptions): Suspension<CoRwLock> {
    if (cpu.current === leader) this.#lock.check("lock");
    return options === undefined ? this.#read : limited(this.#read, options);
  }

  /**
   * Takes the lock for writing, alone, after all who have come before (`qemu_co_rwlock_wrlock`).
   * The wait begins with `yield*`, and nothing is taken before.
   *
   * @param options When to give up.
   * @returns What `yield*` takes; see {@linkcode CoRwLock.readLock}.
   * @throws {CoroutineError} As {@linkcode CoRwLock.readLock}.
   */
  writeLock(options?: WaitOptions): Suspension<CoRwLock> {
    if (cpu.current === leader) this.#lock.check("lock");
    return options === undefined ? this.#write : limited(this.#write, options);
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
   * Takes the lock for writing if nobody holds it.
   *
   * @returns Whether it has taken it.
   * @throws {CoroutineError} `not-in-coroutine`; `abandoned`.
   */
  tryWriteLock(): boolean {
    return this.#lock.write.attempt();
  }

  /**
   * Makes a reader the writer (`qemu_co_rwlock_upgrade`): at once if it is the only reader and
   * nobody waits. Otherwise it gives up its lock and waits behind all the others, and **others may
   * write before its turn comes**: what it has read before may no longer be true.
   *
   * If it gives up or is cancelled, it has the lock for reading again when it goes on.
   *
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth the lock itself.
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder`; `relock` if this one
   * is the writer; `abandoned`; `timeout`.
   */
  upgrade(options?: WaitOptions): Suspension<CoRwLock> {
    const { upgrade } = this.#lock;
    if (cpu.current === leader) this.#lock.check("upgrade");
    return options === undefined ? upgrade : limited(upgrade, options);
  }

  /**
   * Makes the writer a reader, without ever waiting; the readers at the head of the queue join it
   * (`qemu_co_rwlock_downgrade`).
   *
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder` if this one is not the
   * writer.
   */
  downgrade(): void {
    this.#lock.downgrade();
  }

  /**
   * Gives the lock back. Those at the head of the queue have it from then on, if they can, and run
   * when the one that runs now yields or ends (`qemu_co_rwlock_unlock`).
   *
   * @throws {CoroutineError} `not-in-coroutine`; `not-locked`; `not-holder`.
   */
  unlock(): void {
    this.#lock.unlock();
  }

  /** Whether anybody holds it. */
  get locked(): boolean {
    return this.#lock.owners !== 0;
  }

  /** Who holds it for writing, from the moment when it was handed over. */
  get writer(): Coroutine | undefined {
    return this.#lock.owners < 0 ? this.#lock.sole ?? undefined : undefined;
  }

  /** How many hold it for reading. */
  get readers(): number {
    return Math.max(0, this.#lock.owners);
  }

  /** How many wait for it. */
  get waiters(): number {
    return this.#lock.size;
  }

  /** Unlocks it, if the coroutine that runs holds it: what `using` calls. */
  [Symbol.dispose](): void {
    if (this.#lock.owns(cpu.current)) this.#lock.unlock();
  }

  /** `CoRwLock "name"`. */
  toString(): string {
    return `CoRwLock "${this.name}"`;
  }
}
