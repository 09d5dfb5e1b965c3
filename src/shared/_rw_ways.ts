/**
 * The inside of a read-write lock that threads share: what this thread has of it, and the ways to have it.
 *
 * @module
 */
import type { Commons } from "./_commons.ts";
import type { Records } from "./_records.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { limited, regainThenThrow, type WaitOptions } from "../time/_limits.ts";
import type { Hold } from "../core/_holds.ts";
import { checkRw, type RwState, type RwVerb } from "../locks/_rw_refusal.ts";
import type { AfterDeath } from "../lockfree/death.ts";
import { ABANDONED } from "../lockfree/line.ts";
import {
  abandon,
  accept,
  type As,
  downgrade,
  leave,
  moveUp,
  ownersOf,
  take,
  tryTake,
  unlock,
  upgrade,
  waitersOf,
  wanting,
  WORD,
} from "../lockfree/rw_lock.ts";
import { SharedWait, SharedWay } from "./_wait.ts";
import { type AtomicWords, IDLE } from "../lockfree/words.ts";

const { cpu, dropHold, leader, pushHold } = core;

/** What users know a lock by: it is what `yield*` is worth. */
interface Named {
  readonly name: string;
}

/** The lock as the coroutines of this thread see it. */
export class SharedRwLock<L extends Named> implements RwState {
  readonly commons: Commons;
  readonly records: Records;
  readonly atomics: AtomicWords;
  readonly at: number;
  /** Of which it is the inside. */
  readonly lock: L;
  readonly read: Way<L>;
  readonly write: Way<L>;
  readonly upgrade: Upgrade<L>;
  /** What this thread has in the lock: see `lockfree/rw_lock.ts`. */
  readonly #share: number;
  /** How many of this thread have it, or are about to go on with it. */
  #count = 0;
  /** What those of this thread hold who have it. */
  readonly #parts = new Map<Coroutine, Part>();

  constructor(commons: Commons, at: number, lock: L) {
    this.commons = commons;
    this.records = commons.records;
    this.atomics = commons.atomics;
    this.at = at;
    this.lock = lock;
    this.read = new Way(this, 1);
    this.write = new Way(this, -1);
    this.upgrade = new Upgrade(this, -1);
    this.#share = commons.records.take(IDLE, at, () => {});
  }

  get #word(): number {
    return this.atomics.load(this.records.memory, this.at + WORD);
  }

  get owners(): number {
    return ownersOf(this.#word);
  }

  get waiters(): number {
    return waitersOf(this.#word);
  }

  get abandoned(): boolean {
    return this.atomics.load(this.records.memory, this.at + ABANDONED) !== 0;
  }

  /** Which of them it was, this thread does not know. */
  get abandonedBy(): string {
    return "a holder";
  }

  get writer(): Coroutine | undefined {
    for (const [co, part] of this.#parts) if (part.as < 0) return co;
    return undefined;
  }

  asOf(co: Coroutine): As | 0 {
    return this.#parts.get(co)?.as ?? 0;
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

  begin(verb: RwVerb, way: Way<L>, options: WaitOptions | undefined): Suspension<L> {
    if (cpu.current === leader) this.check(verb);
    return options === undefined ? way : limited(new SharedWait(way), options);
  }

  /** A coroutine, which is counted, has it. */
  hold(co: Coroutine, as: As): void {
    const part = new Part(this, as);
    pushHold(co, part);
    this.#parts.set(co, part);
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
    const { memory, discard } = this.records;
    unlock(memory, this.at, this.lastShare, discard, this.atomics);
    this.#count--;
  }

  downgrade(): void {
    const part = this.#parts.get(cpu.current);
    if (part === undefined || part.as > 0) this.check("downgrade");
    else part.as = 1;
    const { memory, discard } = this.records;
    downgrade(memory, this.at, discard, this.atomics);
  }

  /** A holder has ended: it holds it for ever, and nobody gets it any more. */
  abandon(): void {
    const { memory, discard } = this.records;
    abandon(memory, this.at, discard, this.atomics);
  }

  /** Throws what is wrong with doing this here and now, if anything is. */
  check(verb: RwVerb): void {
    checkRw(verb, this);
  }

  toString(): string {
    return `SharedCoRwLock "${this.lock.name}"`;
  }
}

/** What a coroutine has that holds it. */
class Part implements Hold {
  below: Hold | null = null;
  above: Hold | null = null;
  /** A reader, or the writer. */
  as: As;
  readonly #lock: SharedRwLock<Named>;

  constructor(lock: SharedRwLock<Named>, as: As) {
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
class Way<L extends Named> extends SharedWay<L> {
  readonly as: As;
  readonly wanting: number;
  readonly lock: SharedRwLock<L>;

  constructor(lock: SharedRwLock<L>, as: As) {
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
    if (this.as > 0 && lock.asOf(cpu.current) !== 0 || lock.abandoned) return false;
    if (!tryTake(lock.records.memory, lock.at, this.as, lock.share, lock.atomics)) return false;
    lock.count();
    this.hold(cpu.current);
    return true;
  }

  take(record: number): boolean {
    const { lock, as } = this;
    const { memory, discard } = lock.records;
    const taken = take(memory, lock.at, record, as, lock.share, discard, lock.atomics);
    if (taken) lock.count();
    return taken;
  }

  accept(record: number): boolean {
    const { lock } = this;
    const { memory, discard } = lock.records;
    if (lock.abandoned) {
      discard(record);
      return false;
    }
    accept(memory, record, lock.share, discard, lock.atomics);
    lock.count();
    return true;
  }

  hold(co: Coroutine): void {
    this.lock.hold(co, this.as);
  }

  drop(): void {
    this.lock.drop(cpu.current);
  }

  release(): void {
    this.lock.release();
  }

  giveUp(record: number, generation: number): boolean {
    const { lock } = this;
    const { memory, discard } = lock.records;
    return leave(memory, lock.at, record, generation, lock.share, discard, lock.atomics);
  }

  afterDeath(): AfterDeath {
    const { lock } = this;
    if (lock.abandoned) return "abandoned";
    const { memory, discard } = lock.records;
    moveUp(memory, lock.at, lock.share, discard, lock.atomics);
    return "waits";
  }

  toString(): string {
    return `${this.lock} (to ${this.as > 0 ? "read" : "write"})`;
  }
}

/** For a reader to become the writer. */
class Upgrade<L extends Named> extends Way<L> {
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
    const { lock } = this;
    const { memory, discard } = lock.records;
    const co = cpu.current;
    const taken = upgrade(memory, lock.at, record, lock.lastShare, discard, lock.atomics);
    lock.drop(co);
    // If it must wait, it reads no more.
    if (!taken) lock.uncount();
    return taken;
  }

  /** It was a reader, and is one again before it goes on with an error. */
  override fail(error: unknown): IteratorResult<void, L> {
    if (this.lock.asOf(cpu.current) !== 0) throw error;
    const regain = new SharedWait(this.lock.read, true);
    return regainThenThrow((token) => regain.next(token), error);
  }

  override toString(): string {
    return `${this.lock} (to upgrade)`;
  }
}
