/**
 * A lock for many readers or one writer, for coroutines on several threads.
 *
 * @module
 */
import { type Commons, commonsNow } from "./_commons.ts";
import { core, type Coroutine, type Suspension } from "./coroutine.ts";
import { CoroutineError, type CoroutineErrorCode } from "./errors.ts";
import { limited, regainThenThrow, type WaitOptions } from "./_limits.ts";
import type { Hold } from "./_place.ts";
import { kindOf } from "./_refusals.ts";
import type { AfterDeath } from "./_shared_death.ts";
import { ABANDONED } from "./_shared_line.ts";
import {
  abandon,
  accept,
  type As,
  downgrade,
  leave,
  moveUp,
  ownersOf,
  RW_LOCK,
  take,
  tryTake,
  unlock,
  upgrade,
  waitersOf,
  wanting,
  WORD,
} from "./_shared_rw_lock.ts";
import { SharedWait, SharedWay } from "./_shared_wait.ts";
import { IDLE } from "./_shared_words.ts";

const { cpu, dropHold, leader, pushHold } = core;

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

function mustBeHandle(handle: SharedCoRwLockHandle): void {
  if (handle?.kind === "SharedCoRwLock" && commonsNow().hasWords(handle.kind, handle.at)) return;
  const hint = handle instanceof SharedCoRwLock ? ": a message carries its handle" : "";
  throw new TypeError(
    `Cannot find a SharedCoRwLock: expected its handle, got ${kindOf(handle)}${hint}`,
  );
}

/** The inside of those that this thread knows, by where they are. */
const known = new Map<number, Inside>();

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
  readonly #lock: Inside;

  /**
   * Makes a lock that nobody holds.
   *
   * @param name What errors and `dump()` call it; numbered by default.
   * @throws {RangeError} If there is no memory left for it: there may be 100,000 of them.
   */
  constructor(name: string | SharedCoRwLockHandle = `${++unnamed}`) {
    const commons = commonsNow();
    if (typeof name === "object") {
      mustBeHandle(name);
      this.handle = name;
      this.name = name.name;
    } else {
      this.name = `${name}`;
      const at = commons.allocateWords("SharedCoRwLock", RW_LOCK);
      this.handle = { kind: "SharedCoRwLock", at, name: this.name };
    }
    const { at } = this.handle;
    let lock = known.get(at);
    if (lock === undefined) known.set(at, lock = new Inside(commons, at, this));
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
    mustBeHandle(handle);
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
    if (this.#lock.partOf(cpu.current) !== undefined) this.#lock.unlock();
  }

  /** `SharedCoRwLock "name"`. */
  toString(): string {
    return `${this.#lock}`;
  }
}

type Verb = "lock" | "unlock" | "upgrade" | "downgrade";

/** The lock as the coroutines of this thread see it. */
class Inside {
  readonly commons: Commons;
  readonly at: number;
  readonly lock: SharedCoRwLock;
  readonly read: Way;
  readonly write: Way;
  readonly upgrade: Upgrade;
  /** What this thread has in the lock: see `_shared_rw_lock.ts`. */
  readonly #share: number;
  /** How many of this thread have it, or are about to go on with it. */
  #count = 0;
  /** What those of this thread hold who have it. */
  readonly #parts = new Map<Coroutine, Part>();

  constructor(commons: Commons, at: number, lock: SharedCoRwLock) {
    this.commons = commons;
    this.at = at;
    this.lock = lock;
    this.read = new Way(this, 1);
    this.write = new Way(this, -1);
    this.upgrade = new Upgrade(this, -1);
    this.#share = commons.record(IDLE, at, () => {});
  }

  get #word(): number {
    return Atomics.load(this.commons.memory, this.at + WORD);
  }

  get owners(): number {
    return ownersOf(this.#word);
  }

  get waiters(): number {
    return waitersOf(this.#word);
  }

  get abandoned(): boolean {
    return Atomics.load(this.commons.memory, this.at + ABANDONED) !== 0;
  }

  get writer(): Coroutine | undefined {
    for (const [co, part] of this.#parts) if (part.as < 0) return co;
    return undefined;
  }

  /** What a coroutine of this thread has of it. */
  partOf(co: Coroutine): Part | undefined {
    return this.#parts.get(co);
  }

  /** The share, unless it is marked: somebody of this thread has the lock. */
  get share(): number {
    return this.#count === 0 ? this.#share : 0;
  }

  /** The share, if the one that gives the lock back is the last of this thread. */
  get lastShare(): number {
    return this.#count === 1 ? this.#share : 0;
  }

  /** One more of this thread has it: so the share is marked. */
  count(): void {
    this.#count++;
  }

  /** One of this thread has it no longer. */
  uncount(): void {
    this.#count--;
  }

  begin(verb: Verb, way: Way, options: WaitOptions | undefined): Suspension<SharedCoRwLock> {
    if (cpu.current === leader) this.check(verb);
    return options === undefined ? way : limited(new SharedWait(way), options);
  }

  /** The one that runs, which is counted, has it. */
  hold(as: As): void {
    const part = new Part(this, as);
    pushHold(cpu.current, part);
    this.#parts.set(cpu.current, part);
  }

  /** A coroutine has it no longer, and is counted still. */
  drop(co: Coroutine): void {
    // INVARIANT: whoever drops has looked whether there is one.
    dropHold(co, this.#parts.get(co)!);
    this.#parts.delete(co);
  }

  unlock(): void {
    if (!this.#parts.has(cpu.current)) this.check("unlock");
    this.drop(cpu.current);
    this.release();
  }

  /** Gives back what one that is counted has. */
  release(): void {
    const { memory, discard } = this.commons;
    unlock(memory, this.at, this.lastShare, discard, Atomics);
    this.#count--;
  }

  downgrade(): void {
    const part = this.#parts.get(cpu.current);
    if (part === undefined || part.as > 0) this.check("downgrade");
    else part.as = 1;
    downgrade(this.commons.memory, this.at, this.commons.discard, Atomics);
  }

  /** A holder has ended: it holds it for ever, and nobody gets it any more. */
  abandon(): void {
    abandon(this.commons.memory, this.at, this.commons.discard, Atomics);
  }

  /** Throws what is wrong with doing this here and now, if anything is. */
  check(verb: Verb): void {
    const co = cpu.current;
    if (co === leader) throw this.#refused(verb, "not-in-coroutine", "no coroutine runs here");
    if (this.abandoned && (verb === "lock" || verb === "upgrade")) {
      throw this.#refused(verb, "abandoned", "a holder ended without unlocking it");
    }
    const part = this.#parts.get(co);
    if (verb === "lock") {
      if (part === undefined) return;
      throw this.#refused(verb, "relock", `coroutine "${co.name}" holds it already`);
    }
    if (part === undefined) {
      if (this.owners === 0) throw this.#refused(verb, "not-locked", "nobody holds it");
      throw this.#refused(verb, "not-holder", `coroutine "${co.name}" does not hold it`);
    }
    if (verb === "downgrade" && part.as > 0) {
      throw this.#refused(verb, "not-holder", `coroutine "${co.name}" holds it for reading`);
    }
    if (verb === "upgrade" && part.as < 0) {
      throw this.#refused(verb, "relock", `coroutine "${co.name}" holds it for writing already`);
    }
  }

  toString(): string {
    return `SharedCoRwLock "${this.lock.name}"`;
  }

  #refused(verb: Verb, code: CoroutineErrorCode, reason: string): CoroutineError {
    return new CoroutineError(code, `Cannot ${verb} ${this}: ${reason}`, {
      coroutine: cpu.current === leader ? undefined : cpu.current,
    });
  }
}

/** What a coroutine has that holds it. */
class Part implements Hold {
  below: Hold | null = null;
  above: Hold | null = null;
  /** A reader, or the writer. */
  as: As;
  readonly #lock: Inside;

  constructor(lock: Inside, as: As) {
    this.#lock = lock;
    this.as = as;
  }

  abandon(): void {
    this.#lock.abandon();
  }

  toString(): string {
    return `${this.#lock}`;
  }
}

/** To read, or to write. */
class Way extends SharedWay<SharedCoRwLock> {
  readonly as: As;
  readonly wanting: number;
  readonly lock: Inside;

  constructor(lock: Inside, as: As) {
    super(lock.commons, lock.lock);
    this.lock = lock;
    this.as = as;
    this.wanting = wanting(lock.at, as);
  }

  get abandoned(): boolean {
    return this.lock.abandoned;
  }

  check(): void {
    this.lock.check("lock");
  }

  /** Takes it if that takes no wait, for whoever asks. */
  attempt(): boolean {
    const { lock } = this;
    if (cpu.current === leader || lock.abandoned) this.check();
    return this.tryTake();
  }

  tryTake(): boolean {
    const { lock } = this;
    // A reader that has it could else have it twice; and others may read on when it is abandoned.
    if (this.as > 0 && lock.partOf(cpu.current) !== undefined || lock.abandoned) return false;
    if (!tryTake(this.commons.memory, lock.at, this.as, lock.share, Atomics)) return false;
    lock.count();
    this.hold();
    return true;
  }

  take(record: number): boolean {
    const { lock, as } = this;
    const { memory, discard } = this.commons;
    const taken = take(memory, lock.at, record, as, lock.share, discard, Atomics);
    if (taken) lock.count();
    return taken;
  }

  accept(record: number): boolean {
    const { lock, commons } = this;
    if (lock.abandoned) {
      commons.discard(record);
      return false;
    }
    accept(commons.memory, record, lock.share, commons.discard, Atomics);
    lock.count();
    return true;
  }

  hold(): void {
    this.lock.hold(this.as);
  }

  release(): void {
    this.lock.release();
  }

  giveUp(record: number, generation: number): boolean {
    const { lock } = this;
    const { memory, discard } = this.commons;
    return leave(memory, lock.at, record, generation, lock.share, discard, Atomics);
  }

  afterDeath(): AfterDeath {
    const { lock, commons } = this;
    if (lock.abandoned) return "abandoned";
    moveUp(commons.memory, lock.at, lock.share, commons.discard, Atomics);
    return "waits";
  }

  toString(): string {
    return `${this.lock} (to ${this.as > 0 ? "read" : "write"})`;
  }
}

/** For a reader to become the writer. */
class Upgrade extends Way {
  /** It takes its record there, too, if it is the only reader. */
  override readonly standsInLine = true;

  override check(): void {
    this.lock.check("upgrade");
  }

  /** There is nothing to try: see {@linkcode Upgrade.take}. */
  override tryTake(): boolean {
    return false;
  }

  override take(record: number): boolean {
    const { lock, commons } = this;
    const { memory, discard } = commons;
    const co = cpu.current;
    const taken = upgrade(memory, lock.at, record, lock.lastShare, discard, Atomics);
    lock.drop(co);
    // If it must wait, it reads no more.
    if (!taken) lock.uncount();
    return taken;
  }

  /** It was a reader, and is one again before it goes on with an error. */
  override fail(error: unknown): IteratorResult<void, SharedCoRwLock> {
    if (this.lock.partOf(cpu.current) !== undefined) throw error;
    const regain = new SharedWait(this.lock.read, true);
    return regainThenThrow(() => regain.next(), error);
  }

  override toString(): string {
    return `${this.lock} (to upgrade)`;
  }
}
