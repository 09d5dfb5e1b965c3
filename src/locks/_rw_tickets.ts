/**
 * The inside of a read-write lock: its owners, and the tickets of those who wait.
 *
 * @module
 */
import { core, type Coroutine } from "../core/coroutine.ts";
import { regainThenThrow, type Wait } from "../time/_limits.ts";
import type { Hold } from "../core/_holds.ts";
import type { Place } from "../core/_place.ts";
import { textOf } from "../core/_given.ts";
import { checkRw, type RwState, type RwVerb } from "./_rw_refusal.ts";
import { Spot } from "../core/_spot.ts";
import { WaitList } from "../core/_wait_list.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, dropHold, grant, leader, placeOf, pushHold, RESUME, SUSPENDED } = core;

const CROWD = Symbol("crowd");

/** The lock as coroutines see it: its owners, and the tickets of those who wait. `L` is what users have of it. */
export class Lock<L extends object> extends WaitList implements Hold, RwState {
  /**
   * The state as long as things are simple. What the fast paths look at is this alone.
   *
   * | only | the lock |
   * |---|---|
   * | null | is free |
   * | a coroutine | is held by that one alone, and nobody waits; `as` says as what |
   * | CROWD | has several readers, or somebody waits: see `owners`, which else means nothing |
   */
  only: Coroutine | typeof CROWD | null = null;
  as: 1 | -1 = 1;
  /**
   * | owners | the lock |
   * |---|---|
   * | 0 | is free |
   * | n > 0 | has n readers |
   * | -1 | has a writer |
   */
  // INVARIANT(co_rw_lock: "the writer is alone"): only take() and drop() set it.
  // INVARIANT(co_rw_lock: "no ticket at the head could run now"): whoever takes an owner or a ticket
  // away calls moveUp().
  #owners = 0;
  /** The owner whose hold is the lock itself. */
  #first: Coroutine | null = null;
  /** What the other readers hold. */
  #shares: Map<Coroutine, Share> | null = null;
  /** A holder has ended without unlocking it. */
  abandoned = false;
  abandonedBy = "";
  below: Hold | null = null;
  above: Hold | null = null;
  /** Of which it is the inside. */
  declare readonly rwlock: L;
  readonly read: Ticket<L> = new Ticket(this, 1, "read");
  readonly write: Ticket<L> = new Ticket(this, -1, "write");
  readonly upgrade: Upgrade<L> = new Upgrade(this, -1, "upgrade");
  readonly shield: Place = new ReadAgain(this);

  constructor(rwlock: L) {
    super();
    this.rwlock = rwlock;
  }

  /** How many readers, or -1. */
  get owners(): number {
    const { only } = this;
    return only === CROWD ? this.#owners : only === null ? 0 : this.as;
  }

  /** Who holds it alone, if anybody does. */
  get sole(): Coroutine | null {
    return this.only === CROWD ? this.#first : this.only;
  }

  owns(co: Coroutine): boolean {
    return this.sole === co || (this.#shares !== null && this.#shares.has(co));
  }

  asOf(co: Coroutine): 1 | -1 | 0 {
    return !this.owns(co) ? 0 : this.owners < 0 ? -1 : 1;
  }

  get holders(): readonly Coroutine[] {
    return [...this.sole === null ? [] : [this.sole], ...this.#shares?.keys() ?? []];
  }

  /** Whom those wait for who want to read: the writer, or else the one at the head, who wants to write. */
  get ahead(): readonly Coroutine[] {
    const { first } = this;
    return this.owners < 0 ? this.holders : first === null ? [] : [first];
  }

  /** Things are no longer simple, for the time being. */
  crowd(): void {
    if (this.only === CROWD) return;
    this.#owners = this.owners;
    this.#first = this.only;
    this.only = CROWD;
  }

  /** Takes the lock for `co`: as a reader (1), maybe with others, or as the writer (-1), alone. */
  take(co: Coroutine, as: 1 | -1): void {
    if (this.#first === null) {
      pushHold(co, this);
      this.#first = co;
    } else {
      const share = new Share(this);
      pushHold(co, share);
      (this.#shares ??= new Map()).set(co, share);
    }
    this.#owners += as;
  }

  unlock(): void {
    const co = cpu.current;
    if (this.only === co) {
      dropHold(co, this);
      this.only = null;
    } else this.#unlockSlow(co);
  }

  #unlockSlow(co: Coroutine): void {
    if (!this.owns(co)) this.check("unlock");
    this.drop(co);
    this.moveUp();
  }

  /** Takes the lock away from `co`. */
  drop(co: Coroutine): void {
    if (this.#first === co) {
      dropHold(co, this);
      this.#first = null;
    } else {
      // INVARIANT: an owner that is not the sole one has a share.
      dropHold(co, this.#shares!.get(co)!);
      this.#shares!.delete(co);
    }
    this.#owners += this.#owners < 0 ? 1 : -1;
  }

  /** Those at the head of the queue who can have the lock now have it, and go on. */
  moveUp(): void {
    for (let first; (first = this.first) !== null;) {
      const as = asOf(placeOf(first));
      if (as > 0 ? this.#owners < 0 : this.#owners !== 0) return;
      this.shift();
      this.take(first, as);
      grant(first);
    }
    // Nobody waits. It stays as it is until it is free, as it might soon be so again.
    if (this.#owners === 0) this.only = null;
  }

  /** Makes the writer a reader. */
  downgrade(): void {
    if (this.owners !== -1 || this.sole !== cpu.current) this.check("downgrade");
    if (this.only !== CROWD) this.as = 1;
    else {
      this.#owners = 1;
      this.moveUp();
    }
  }

  /** One has given up: it may have kept others from going on. */
  override forget(co: Coroutine): void {
    super.forget(co);
    this.moveUp();
  }

  /** Whether the one that runs must not even wait for it; {@linkcode check} says why. */
  get barred(): boolean {
    return this.abandoned || this.owns(cpu.current);
  }

  abandon(by: Coroutine): void {
    this.crowd();
    this.abandoned = true;
    this.abandonedBy = `coroutine "${by.name}"`;
    for (let co; (co = this.shift()) !== null;) grant(co);
  }

  /** What the attempts answer when there is a wait. */
  busy(): false {
    if (cpu.current === leader || this.abandoned) this.check("lock");
    return false;
  }

  /** Throws what is wrong with doing this here and now, if anything is. */
  check(verb: RwVerb): void {
    checkRw(verb, this);
  }

  override toString(): string {
    return textOf(this.rwlock);
  }
}

/** What a reader holds besides the one whose hold is the lock itself. */
class Share implements Hold {
  below: Hold | null = null;
  above: Hold | null = null;
  readonly #lock: Lock<object>;

  constructor(lock: Lock<object>) {
    this.#lock = lock;
  }

  abandon(by: Coroutine): void {
    this.#lock.abandon(by);
  }

  toString(): string {
    return `${this.#lock}`;
  }
}

/** The place of those who must read again before they go on. */
class ReadAgain extends Spot {
  readonly #lock: Lock<object>;

  constructor(lock: Lock<object>) {
    super(lock, " (to read)", true);
    this.#lock = lock;
  }

  override get holders(): readonly Coroutine[] {
    return this.#lock.ahead;
  }
}

/** As what one wants the lock that waits in `place`. */
function asOf(place: Place | null): 1 | -1 {
  return place instanceof Ticket ? place.as : 1;
}

/** What `yield*` runs for readers (1) or writers (-1), and the place where they wait. */
export class Ticket<L extends object> extends Spot implements Wait<L>, IteratorReturnResult<L> {
  declare readonly as: 1 | -1;
  declare readonly lock: Lock<L>;

  constructor(lock: Lock<L>, as: 1 | -1, what: string) {
    super(lock, ` (to ${what})`);
    this.lock = lock;
    this.as = as;
  }

  // What `yield*` is given when the lock is ours: this, as a result. See CoMutex.

  get done(): true {
    return true;
  }

  get value(): L {
    return this.lock.rwlock;
  }

  [Symbol.iterator](): this {
    return this;
  }

  override get holders(): readonly Coroutine[] {
    // EQUIVALENT(> -> >=): it is 1 or -1.
    return this.as > 0 ? this.lock.ahead : this.lock.holders;
  }

  /** Begins the wait; with RESUME, ends it: the lock was handed over. */
  next(token: unknown): IteratorResult<void, L> {
    const { lock } = this;
    if (lock.only !== null) return this.goOn(token, this);
    const co = cpu.current;
    pushHold(co, lock);
    lock.only = co;
    lock.as = this.as;
    return this;
  }

  /** Takes the lock if that takes no wait. */
  attempt(): boolean {
    const { lock } = this;
    if (lock.only === null) this.next(undefined);
    // EQUIVALENT(> -> >=): whoever wants it is no zero, nor are there none who have what is held.
    else if (this.as > 0 && lock.owners > 0 && lock.empty && !lock.barred) this.#join();
    else return lock.busy();
    return true;
  }

  /** Joins other readers. */
  #join(): void {
    this.lock.crowd();
    this.lock.take(cpu.current, 1);
  }

  /** Ends the wait with an error. */
  throw(error: unknown): IteratorResult<void, L> {
    throw error;
  }

  /** Ends the wait of one that was handed the lock; begins that of any other, in `place`. */
  goOn(token: unknown, place: Place): IteratorResult<void, L> {
    const { as, lock } = this;
    // A token of another wait, or of another coroutine that shares the generator, ends nothing.
    if (token === RESUME && lock.owns(cpu.current) && Math.sign(lock.owners) === as) {
      return this;
    }
    if (lock.barred) lock.check("lock");
    // EQUIVALENT(> -> >=): whoever wants it is no zero, nor are there none who have what is held.
    if (as > 0 && lock.owners > 0 && lock.empty) {
      this.#join();
      return this;
    }
    lock.park(place);
    lock.crowd();
    return SUSPENDED;
  }
}

/** What `yield*` runs for a reader that becomes the writer. */
class Upgrade<L extends object> extends Ticket<L> {
  override next(token: unknown): IteratorResult<void, L> {
    const { lock } = this;
    const co = cpu.current;
    if (token === RESUME && lock.owners < 0 && lock.sole === co) return this;
    lock.check("upgrade");
    if (lock.only === co) {
      lock.as = -1;
      return this;
    }
    if (lock.owners === 1 && lock.empty) {
      lock.drop(co);
      lock.take(co, -1);
      return this;
    }
    // It stands in line before anybody can know that it reads no more.
    lock.park(this);
    lock.drop(co);
    lock.moveUp();
    return SUSPENDED;
  }

  /** It was a reader, and is one again before it goes on with an error. */
  override throw(error: unknown): IteratorResult<void, L> {
    const { lock } = this;
    if (lock.owns(cpu.current)) throw error;
    return regainThenThrow((token) => this.#regain(token), error);
  }

  #regain(token: unknown): IteratorResult<void, L> {
    const { lock } = this;
    return lock.only === null ? lock.read.next(token) : lock.read.goOn(token, lock.shield);
  }
}
