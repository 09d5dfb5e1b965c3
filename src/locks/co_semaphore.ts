/**
 * A number of permits that coroutines take and give back, in the order of arrival.
 *
 * @module
 */
import { noCoroutine } from "../core/_copies.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import type { Hold } from "../core/_holds.ts";
import type { Place } from "../core/_place.ts";
import { amountOf, givenName, textOf } from "../core/_given.ts";
import { Spot } from "../core/_spot.ts";
import { WaitList } from "../core/_wait_list.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, dropHold, flush, grant, leader, placeOf, pushHold, RESUME, SUSPENDED, throwInto } =
  core;

let unnamed = 0;

/** The inside of a semaphore, for those who know who has its permits. */
export let poolOf: (semaphore: CoSemaphore) => Pool;

/**
 * A semaphore (QEMU's `SharedResource`): so many permits, of which each takes as many as it needs.
 * First come, first served: a big request waits until there is enough for it, and no small one
 * that came later overtakes it. (In QEMU all who wait try again at each release, and small ones
 * may starve a big one.)
 *
 * Whoever gives permits back need not be the one that took them.
 *
 * @example
 * ```ts
 * import { CoSemaphore, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const memory = new CoSemaphore(8, "memory");
 * function* job(megabytes: number) {
 *   using _ = yield* memory.acquire(megabytes);
 *   yield;
 * }
 * const jobs = [6, 4, 1].map((megabytes) => Coroutine.create(job, megabytes));
 * for (const co of jobs) co.enter();
 * assertEquals([memory.available, memory.waiters], [2, 2]);
 * jobs[0]?.enter();
 * assertEquals([memory.available, memory.waiters], [3, 0]);
 * ```
 */
export class CoSemaphore {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #pool: Pool;

  static {
    poolOf = (semaphore) => semaphore.#pool;
  }

  /**
   * Makes a semaphore all of whose permits are there.
   *
   * @param total How many permits: an integer from 0 up. With 0, all wait until {@linkcode
   * CoSemaphore.setTotal} gives it some.
   * @param name What errors and `dump()` call it; numbered by default.
   * @throws {RangeError} If `total` is no such number.
   */
  constructor(total: number, name: string = `${++unnamed}`) {
    this.#pool = new Pool(this, permits("make a semaphore of", total, 0));
    this.name = givenName("make a semaphore", name);
  }

  /** How many permits there are. */
  get total(): number {
    return this.#pool.total;
  }

  /**
   * Makes it more permits, or fewer. If more are taken than there are then, those that are given back are
   * missing until there are as many as it says: {@linkcode CoSemaphore.available} is 0 meanwhile. Whoever
   * waits for more than there are is told so (`too-many`); one permit can always be waited for.
   *
   * @param total How many: an integer from 0 up.
   * @throws {RangeError} If `total` is no such number.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  setTotal(total: number): void {
    this.#pool.resize(permits("set the total of a semaphore to", total, 0));
    flush();
  }

  /**
   * Takes permits, after all who have come before (`co_get_from_shres`). The wait begins
   * with `yield*`, and nothing is taken before.
   *
   * @param n How many: an integer from 1 up.
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth a guard: `using _ = yield* semaphore.acquire(n)`
   * gives the permits back at the end of the block, once.
   * @throws {RangeError} If `n` is no such number.
   * @throws {CoroutineError} `not-in-coroutine`; `too-many` if there are not so many at all;
   * `timeout`.
   */
  acquire(n: number = 1, options?: WaitOptions): Suspension<Disposable> {
    const pool = this.#pool;
    if (cpu.current === leader) throw pool.outside();
    const wait = n === 1 ? pool.one : new Permits(pool, this.#some("acquire", n));
    return options === undefined ? wait : limited(wait, options);
  }

  /**
   * Takes permits if that takes no wait: there are enough, and nobody waits
   * (`co_try_get_from_shres`). Outside a coroutine, too.
   *
   * @param n How many: an integer from 1 up.
   * @returns Whether it has taken them.
   * @throws {RangeError} If `n` is no such number.
   * @throws {CoroutineError} `too-many` if there are not so many at all.
   */
  tryAcquire(n: number = 1): boolean {
    const pool = this.#pool;
    if (n !== 1) this.#some("acquire", n);
    if (pool.available < n || !pool.empty) return false;
    pool.available -= n;
    return true;
  }

  /**
   * Gives permits back (`co_put_to_shres`). Those at the head of the queue have theirs from then
   * on, as far as there are enough. Inside a coroutine they run when it yields or ends; outside,
   * before the call returns.
   *
   * @param n How many: an integer from 1 up.
   * @throws {RangeError} If `n` is no such number.
   * @throws {CoroutineError} `not-acquired` if not so many are taken.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  release(n: number = 1): void {
    const pool = this.#pool;
    if (n !== 1) permits("release", n, 1);
    if (pool.available + n > pool.limit) throw pool.overflow(n);
    pool.available += n;
    if (pool.empty) return;
    pool.moveUp();
    flush();
  }

  /** How many permits are there to be taken. */
  get available(): number {
    return Math.max(0, this.#pool.available);
  }

  /** How many coroutines wait. */
  get waiters(): number {
    return this.#pool.size;
  }

  /** `CoSemaphore "name"`. */
  toString(): string {
    return `CoSemaphore "${this.name}"`;
  }

  #some(verb: string, n: number): number {
    if (permits(verb, n, 1) > this.#pool.most) throw this.#pool.tooMany(verb, n);
    return n;
  }
}

/** A number of permits that users have given. */
function permits(verb: string, n: number, least: 0 | 1): number {
  if (Number.isSafeInteger(n) && n >= least) return n;
  throw new RangeError(
    `Cannot ${verb} ${amountOf(n)} permits: expected an integer from ${least} up`,
  );
}

/** The permits, and those who wait for some. */
export class Pool extends WaitList {
  // INVARIANT(co_semaphore: "permits are conserved"): what is not available was taken or granted.
  // INVARIANT(co_semaphore: "a waiter never waits for what is free"): whoever adds to it, or takes
  // one out of the list, calls moveUp().
  // Below 0 while more are taken than there are: see resize().
  available: number;
  /** All but those that were granted to somebody who has not gone on yet: nobody can release these. */
  limit: number;
  /** How many there are. */
  total: number;
  /** What was granted to those who have not gone on yet: none but they can release it. */
  readonly #grants = new Map<Coroutine, Grant>();
  /** Who has the permits, if somebody knows. */
  takers: (() => readonly Coroutine[]) | null = null;
  /** What most ask for: made once, so that it allocates nothing. */
  readonly one: Permits = new Permits(this, 1);
  /** Of which it is the inside. */
  declare readonly semaphore: CoSemaphore;

  constructor(semaphore: CoSemaphore, total: number) {
    super();
    this.semaphore = semaphore;
    this.total = this.limit = this.available = total;
  }

  /** What one may wait for at most. */
  get most(): number {
    return Math.max(1, this.total);
  }

  /** There are more, or fewer. */
  resize(total: number): void {
    const more = total - this.total;
    this.total = total;
    this.limit += more;
    this.available += more;
    const { most } = this;
    for (const co of more < 0 ? [...this.waiting()] : []) {
      const n = wanted(placeOf(co));
      if (n <= most) continue;
      throwInto(co, this.tooMany("acquire", n));
      grant(co);
    }
    this.moveUp();
  }

  tooMany(verb: string, n: number): CoroutineError {
    return new CoroutineError(
      "too-many",
      `Cannot ${verb} ${n} permits of ${this}: it has ${this.total} at all`,
    );
  }

  /** With several permits, any of those who have one may give it back, and none of them must. */
  get holders(): readonly Coroutine[] {
    return this.total === 1 && this.takers !== null ? this.takers() : [];
  }

  /** Those at the head of the queue for whom there are enough have them now, and go on. */
  moveUp(): void {
    for (let first; (first = this.first) !== null;) {
      const n = wanted(placeOf(first));
      if (n > this.available) return;
      this.shift();
      this.available -= n;
      this.limit -= n;
      const granted = new Grant(this, n);
      this.#grants.set(first, granted);
      pushHold(first, granted);
      grant(first);
    }
  }

  /** The one that runs goes on with the permits that were granted to it. Answers whether these are so many. */
  accept(n: number): boolean {
    const co = cpu.current;
    const granted = this.#grants.get(co);
    if (granted?.n !== n) return false;
    this.#grants.delete(co);
    dropHold(co, granted);
    this.limit += n;
    return true;
  }

  /** One has ended without having gone on with what was granted to it: so others may have that. */
  takeBack(co: Coroutine, granted: Grant): void {
    const { n } = granted;
    // By hand, it may have waited once more since.
    if (this.#grants.get(co) === granted) this.#grants.delete(co);
    this.limit += n;
    this.available += n;
    this.moveUp();
  }

  /** One has given up: what there is may be enough for those behind it. */
  override forget(co: Parameters<WaitList["forget"]>[0]): void {
    super.forget(co);
    this.moveUp();
  }

  outside(): CoroutineError {
    return new CoroutineError(
      "not-in-coroutine",
      `Cannot wait for ${this}: ${noCoroutine()}`,
    );
  }

  overflow(n: number): CoroutineError {
    const taken = this.limit - this.available;
    return new CoroutineError(
      "not-acquired",
      `Cannot release ${n} ${
        n === 1 ? "permit" : "permits"
      } of ${this}: ${taken} of ${this.total} are taken`,
    );
  }

  override toString(): string {
    return textOf(this.semaphore);
  }
}

/** Permits that were granted to one that has not gone on yet: until then, they are like a lock that it holds. */
class Grant implements Hold {
  readonly granted = true;
  below: Hold | null = null;
  above: Hold | null = null;
  readonly n: number;
  readonly #pool: Pool;

  constructor(pool: Pool, n: number) {
    this.#pool = pool;
    this.n = n;
  }

  abandon(by: Coroutine): void {
    this.#pool.takeBack(by, this);
  }

  toString(): string {
    return `${this.#pool}`;
  }
}

/** How many one wants that waits in `place`. */
function wanted(place: Place | null): number {
  return place instanceof Permits ? place.n : 1;
}

/** What `yield*` runs for those who want `n`, and the place where they wait. */
class Permits extends Spot implements Wait<Disposable>, IteratorReturnResult<Disposable> {
  declare readonly n: number;
  declare readonly pool: Pool;

  constructor(pool: Pool, n: number) {
    super(pool, n === 1 ? "" : ` (${n} permits)`);
    this.pool = pool;
    this.n = n;
  }

  // What `yield*` is given when the permits are ours: this, as a result. See CoMutex.

  get done(): true {
    return true;
  }

  get value(): Disposable {
    return new Guard(this.pool, this.n);
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Begins the wait; with RESUME, ends it: the permits were granted. */
  next(token: unknown): IteratorResult<void, Disposable> {
    const { n, pool } = this;
    // A token of another wait ends nothing.
    if (token === RESUME && pool.accept(n)) return this;
    if (pool.available < n || !pool.empty) {
      // There may be fewer since whoever keeps this has made it.
      if (n > pool.most) throw pool.tooMany("acquire", n);
      pool.park(this);
      return SUSPENDED;
    }
    pool.available -= n;
    return this;
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }
}

/** Permits that somebody has. Each has its own: one that is disposed of twice gives nobody else's back. */
class Guard implements Disposable {
  declare private readonly pool: Pool;
  declare private n: number;

  constructor(pool: Pool, n: number) {
    this.pool = pool;
    this.n = n;
  }

  /** Gives the permits back: what `using` calls. */
  [Symbol.dispose](): void {
    const { n, pool } = this;
    if (n === 0) return;
    if (pool.available + n > pool.limit) throw pool.overflow(n);
    // First, as those who go on may fail, and that is thrown here.
    this.n = 0;
    pool.semaphore.release(n);
  }
}
