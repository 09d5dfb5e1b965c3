/**
 * Waits for locks that threads share.
 *
 * @module
 */
import type { Commons } from "./_commons.ts";
import { core, type Coroutine } from "../core/coroutine.ts";
import type { Wait } from "../time/_limits.ts";
import type { Place } from "../core/_place.ts";
import { cannotRunAgain } from "../core/_refusals.ts";
import type { AfterDeath } from "../lockfree/death.ts";
import { WAITING } from "../lockfree/words.ts";

const { cpu, grant, mustPark, park, RESUME, SUSPENDED } = core;

/**
 * A way to have a shared lock: to lock it, to read, to write; and what `yield*` runs for those who have no
 * limits: when it is free, that allocates nothing.
 */
export abstract class SharedWay<T> implements Wait<T>, IteratorReturnResult<T> {
  readonly commons: Commons;
  /** The lock, for those who have it. */
  readonly value: T;
  /** The waits of this thread's coroutines. */
  readonly #waits = new Map<Coroutine, SharedWait<T>>();

  constructor(commons: Commons, value: T) {
    this.commons = commons;
    this.value = value;
  }

  /** Whether even one that gives up at once must stand in the line. */
  readonly standsInLine: boolean = false;
  /** What a record that waits says of its lock. */
  abstract readonly wanting: number;
  abstract readonly abandoned: boolean;
  /** Throws what is wrong with waiting for it here and now, if anything is. */
  abstract check(): void;
  /** Takes it if that takes no wait. */
  abstract tryTake(): boolean;
  /** Takes it, or puts a record that is WAITING into the line. Then the one that runs is about to wait. */
  abstract take(record: number): boolean;
  /** This thread has what a record was granted, and lets go of the record; false if the lock is abandoned. */
  abstract accept(record: number): boolean;
  /** A coroutine has it from now on. */
  abstract hold(co: Coroutine): void;
  /** The one that runs has it no longer, without giving it back. */
  abstract drop(): void;
  /** Gives back what was accepted, and is nobody's. */
  abstract release(): void;
  /** Gives up a wait; false if it was granted. */
  abstract giveUp(record: number, generation: number): boolean;
  /** Looks at a wait when another thread has died. */
  abstract afterDeath(record: number): AfterDeath;
  /** What those who wait for it wait for. */
  abstract toString(): string;

  /** The same, for a moment, if it may be free at any. */
  spin(): boolean {
    return false;
  }

  get done(): true {
    return true;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(token: unknown): IteratorResult<void, T> {
    const co = cpu.current;
    if (co === core.leader) this.check();
    const waits = this.#waits;
    if (waits.size === 0 && this.tryTake()) return this;
    // Whoever has begun a wait by hand begins another one: it has not got what it waits for.
    const begun = token === RESUME ? waits.get(co) : undefined;
    if (begun !== undefined) waits.delete(co);
    const wait = begun ?? new SharedWait(this);
    const result = wait.next(token);
    if (result.done !== true) waits.set(co, wait);
    return result;
  }

  throw(error: unknown): IteratorResult<void, T> {
    this.#waits.delete(cpu.current);
    return this.fail(error);
  }

  /** A wait goes on with an error. */
  fail(error: unknown): IteratorResult<void, T> {
    throw error;
  }
}

/** One wait for it. */
export class SharedWait<T> implements Wait<T>, Place {
  readonly refusal = "waiting";
  readonly shared = true;
  readonly shielded: boolean;
  readonly #way: SharedWay<T>;
  /** Who has begun it. */
  #by: Coroutine | null = null;
  /** Who waits. */
  #co: Coroutine | null = null;
  #record = 0;
  #generation = 0;
  /** It goes on already, though its record may still come. */
  #known = false;
  /** It has what it waits for, and has not gone on yet: as one that holds it, … */
  #holds = false;
  /** … which is to be given back if it is abandoned meanwhile. */
  #accepted = false;
  /** It has been let go on, and has not done so yet. */
  #goes = false;

  constructor(way: SharedWay<T>, shielded: boolean = false) {
    this.#way = way;
    this.shielded = shielded;
  }

  get waitingOn(): string {
    return `${this.#way}`;
  }

  [Symbol.iterator](): SharedWait<T> {
    return this.#record === 0 ? this : new SharedWait(this.#way, this.shielded);
  }

  next(token: unknown): IteratorResult<void, T> {
    if (this.#record === 0) return this.#begin();
    // By hand, or by a generator that two run: only the one that has begun it goes on, when it has what it waits for.
    if (token === RESUME && this.#goes && this.#by === cpu.current) return this.#goOn();
    throw cannotRunAgain(this.waitingOn, this.#by);
  }

  throw(error: unknown): IteratorResult<void, T> {
    return this.#way.fail(error);
  }

  /** One that gives up at once never stands in the line, where it would be until its turn comes. */
  now(): IteratorResult<void, T> | null | undefined {
    const way = this.#way;
    if (way.standsInLine) return undefined;
    way.check();
    return way.tryTake() ? way : null;
  }

  #begin(): IteratorResult<void, T> {
    const way = this.#way;
    way.check();
    if (way.tryTake() || way.spin()) return way;
    mustPark(this);
    const { commons, commons: { records } } = way;
    const record = records.take(WAITING, way.wanting, () => this.#granted());
    this.#generation = records.generationAt(record);
    if (this.#takes(record)) {
      // It was free at last: nobody else knows the record.
      records.discard(record);
      way.hold(cpu.current);
      return way;
    }
    this.#record = record;
    commons.lives.buryGhosts(records);
    // INVARIANT: looked at after the record was pushed: whoever has abandoned it finds that, or this does.
    if (way.abandoned && this.#givesUp()) {
      records.receivers.delete(record);
      way.check();
    }
    park(this);
    this.#co = this.#by = cpu.current;
    commons.mourners.add(this.#mourn);
    commons.vigil.beginWaiting();
    commons.listen();
    return SUSPENDED;
  }

  #givesUp(): boolean {
    return this.#way.giveUp(this.#record, this.#generation);
  }

  #takes(record: number): boolean {
    try {
      return this.#way.take(record);
    } catch (error) {
      this.#way.commons.records.discard(record);
      throw error;
    }
  }

  /** It has the lock, or that was abandoned. */
  #goOn(): IteratorResult<void, T> {
    const way = this.#way;
    this.#goes = false;
    if (!way.abandoned) return way;
    if (this.#holds) way.drop();
    if (this.#accepted) way.release();
    way.check();
    return way;
  }

  /** Whoever has cancelled it, or its limit, takes it out. */
  forget(): void {
    const { commons } = this.#way;
    this.#co = null;
    commons.vigil.endWaiting();
    // If it has been granted the lock, its record is to come; and should whoever has granted it die before, it is told.
    if (!this.#givesUp()) return;
    commons.mourners.delete(this.#mourn);
    // Whoever hands the lock on takes it out of the line.
    commons.records.receivers.delete(this.#record);
  }

  #granted(): void {
    this.#accepted = this.#way.accept(this.#record);
    if (this.#co !== null) return this.#wake(this.#accepted);
    this.#way.commons.mourners.delete(this.#mourn);
    // It has given up when it had been granted the lock: the next one has it. Or it knew already.
    if (this.#accepted && !this.#known) this.#way.release();
  }

  /** Another thread has died, which may have been about to hand it the lock. */
  readonly #mourn = (): void => {
    const after = this.#way.afterDeath(this.#record);
    if (after === "waits") return;
    this.#known = true;
    if (this.#co === null) {
      // It has given up, and was granted the lock just then: the next one has it.
      this.#way.commons.mourners.delete(this.#mourn);
      if (after === "granted") this.#way.release();
      return;
    }
    // Nobody takes it out of the line of an abandoned lock.
    if (this.#givesUp()) this.#way.commons.records.receivers.delete(this.#record);
    this.#wake(after === "granted");
  };

  /** It is let go on. What it has then is its own from now on, whatever becomes of the generator that has waited. */
  #wake(has: boolean): void {
    const co = this.#co;
    if (co === null) return;
    this.#co = null;
    const { commons } = this.#way;
    commons.mourners.delete(this.#mourn);
    commons.vigil.endWaiting();
    this.#goes = true;
    this.#holds = has;
    if (has) this.#way.hold(co);
    grant(co);
  }
}
