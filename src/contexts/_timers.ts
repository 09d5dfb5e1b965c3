/**
 * The timers of a context: what is due is done when the context is polled, whatever the clock.
 *
 * @module
 */
import { type Alarm, Alarms } from "../time/_alarms.ts";
import { type Clock, drop, monotonic } from "../time/clock.ts";
import { nameOf, textOf } from "../core/_given.ts";

/** A clock that has failed is asked again after so long. */
const RETRY_NS = 1e9;

/** As long as there are no more clocks than these, each that is of no use any more is forgotten at once. */
const FEW = 16;

/** Timers of a context that go by one clock. */
export class TimerList {
  readonly clock: Clock;
  readonly #wake: () => void;
  readonly #alarms = new Alarms();
  /** Tells the context when the first one is due. */
  #alarm: Alarm | null = null;
  #due = Infinity;
  /** How often one was set there. */
  #armings = 0;
  /** What its clock has failed with, which whoever polls is told, once. */
  #failure: { readonly error: unknown; told: boolean } | null = null;
  /** Lets a clock that has failed be asked again. */
  #retry: Alarm | null = null;

  constructor(clock: Clock, wake: () => void) {
    this.clock = clock;
    this.#wake = wake;
  }

  get empty(): boolean {
    return this.#alarms.size === 0;
  }

  /** In how many nanoseconds there is something to do; Infinity if nothing is. */
  get left(): number {
    // INVARIANT: one that has failed is asked again by and by, whether anybody polls or not: see #fail.
    if (this.#failure !== null) return this.#failure.told ? Infinity : 0;
    try {
      return this.#left;
    } catch (error) {
      this.#fail(error);
      return 0;
    }
  }

  get #left(): number {
    const { first } = this.#alarms;
    return first === undefined ? Infinity : Math.max(0, first.deadline - this.#now);
  }

  get #now(): number {
    const { now } = this.clock;
    if (typeof now !== "number" || Number.isNaN(now)) {
      throw new TypeError(
        `Cannot go by the clock ${nameOf(this.clock)}: expected now to be a number, got ${
          textOf(now)
        }`,
      );
    }
    return now;
  }

  /** Sets one: `ring` is called by {@linkcode Timers.ring} when the clock has come to `deadline`. */
  set(deadline: number, ring: () => void): Alarm {
    const entry = this.#alarms.add(deadline, ring);
    try {
      this.#arm();
    } catch (error) {
      entry.cancel();
      throw error;
    }
    return entry;
  }

  /** One that was set here is not to ring. */
  cancel(entry: Alarm): void {
    entry.cancel();
    try {
      this.#arm();
    } catch (error) {
      // It is cancelled all the same; the alarm that was set for it rings for those that are left, if there is one.
      if (this.#alarm === null) this.#fail(error);
    }
  }

  /** Rings what is due. Throws what its clock has failed with, if nobody was told. */
  ring(): void {
    this.#ringDue();
    const failure = this.#failure;
    if (failure === null || failure.told) return;
    failure.told = true;
    throw failure.error;
  }

  #ringDue(): void {
    if (this.empty) return;
    try {
      const now = this.#now;
      for (let first; (first = this.#alarms.first) !== undefined && first.deadline <= now;) {
        this.#alarms.shift();
        first.ring();
      }
      this.#arm();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The clock has failed: whoever polls next is told, and it is asked again later. */
  #fail(error: unknown): void {
    this.#failure ??= { error, told: false };
    this.#retry ??= monotonic.after(RETRY_NS, () => {
      this.#retry = null;
      // INVARIANT: as long as anything is set, a clock that has failed is asked: #arm gives this up.
      this.#ringDue();
      this.#wake();
    });
  }

  /** It works. */
  #recover(): void {
    if (this.#failure === null) return;
    this.#failure = null;
    drop(this.#retry);
    this.#retry = null;
  }

  /** @param early How many nanoseconds to add, so that it comes to an end. */
  #arm(early: number = 0): void {
    const due = this.#alarms.first?.deadline ?? Infinity;
    if (due === this.#due && this.#failure === null) return;
    const [before, dueBefore] = [this.#alarm, this.#due];
    const arming = ++this.#armings;
    this.#due = due;
    let alarm: Alarm | null = null;
    if (due !== Infinity) {
      let rung = false;
      try {
        // INVARIANT: the one before is dropped when this one is set: if the clock fails, that one rings, at worst
        // too early.
        alarm = this.clock.after(this.#left + early, () => {
          if (alarm !== null) {
            // One that could not be cancelled tells nobody.
            if (this.#alarm !== alarm) return;
            this.#alarm = null;
          }
          rung = true;
          this.#rung();
        });
      } catch (error) {
        if (this.#armings === arming) this.#due = dueBefore;
        throw error;
      }
      // A clock of somebody's own making has had another one set meanwhile, and the one before is dropped.
      if (this.#armings !== arming) return drop(rung ? null : alarm);
      if (rung) alarm = null;
    }
    this.#alarm = alarm;
    this.#recover();
    drop(before);
  }

  /** An alarm has rung. */
  #rung(): void {
    try {
      // Too early, by a rounding or as the clock was set back, or for one that was cancelled since.
      if (this.#left > 0) {
        this.#due = Infinity;
        return this.#arm(1);
      }
    } catch (error) {
      this.#fail(error);
    }
    // It is due until it has been rung: nobody is told twice.
    this.#wake();
  }
}

/** All timers of a context. */
export class Timers {
  readonly #byClock = new Map<Clock, TimerList>();
  /** With so many clocks, those are looked for by which nothing is set any more. */
  #pruneAt = FEW;
  #lists: TimerList[] = [];
  readonly #wake: () => void;

  /** @param wake Is called when one is due. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** The clocks by which they go, in the order in which these are looked at. */
  get clocks(): readonly Clock[] {
    return this.#lists.map(({ clock }) => clock);
  }

  /** Whether none is set. */
  get empty(): boolean {
    return this.#lists.every((list) => list.empty);
  }

  /** In how many nanoseconds the first one is due, each by its clock; Infinity if none is set. */
  get left(): number {
    let left = Infinity;
    for (const list of this.#lists) left = Math.min(left, list.left);
    return left;
  }

  /** Those that go by a clock, from the time on when one is set there until none is. */
  of(clock: Clock): TimerList {
    let list = this.#byClock.get(clock);
    if (list === undefined) {
      if (this.#byClock.size < FEW || this.#byClock.size >= this.#pruneAt) this.#forgetEmpty();
      list = new TimerList(clock, this.#wake);
      this.#byClock.set(clock, list);
      this.#lists.push(list);
    }
    return list;
  }

  /** Clocks come and go. */
  #forgetEmpty(): void {
    for (const [clock, list] of this.#byClock) {
      if (list.empty) this.#byClock.delete(clock);
    }
    this.#lists = [...this.#byClock.values()];
    // EQUIVALENT(max -> min): how often they are looked for is a matter of speed alone.
    // EQUIVALENT(* -> /): so is this.
    // EQUIVALENT(2 -> 3): so is this.
    this.#pruneAt = 2 * Math.max(FEW, this.#lists.length);
  }

  /** Rings those that are due, by each clock in the order in which they are. Clocks that fail add to `errors`. */
  ring(errors: unknown[]): void {
    for (let i = 0; i < this.#lists.length; i++) {
      try {
        this.#lists[i]?.ring();
      } catch (error) {
        errors.push(error);
      }
    }
  }
}
