/**
 * The timers of a context: what is due is done when the context is polled, whatever the clock.
 *
 * @module
 */
import { type Alarm, Alarms } from "../time/_alarms.ts";
import { type Clock, drop } from "../time/clock.ts";

/** Timers of a context that go by one clock. */
export class TimerList {
  readonly clock: Clock;
  readonly #wake: () => void;
  readonly #alarms = new Alarms();
  /** Tells the context when the first one is due. */
  #alarm: Alarm | null = null;
  #due = Infinity;
  /** Its clock has failed, which somebody was told: it is not asked again before it rings, or one is set. */
  #failed = false;

  constructor(clock: Clock, wake: () => void) {
    this.clock = clock;
    this.#wake = wake;
  }

  get empty(): boolean {
    return this.#alarms.size === 0;
  }

  /** In how many nanoseconds there is something to do; Infinity if nothing is. */
  get left(): number {
    if (this.#failed) return Infinity;
    try {
      return this.#left;
    } catch {
      // Whoever rings them is told.
      return 0;
    }
  }

  get #left(): number {
    const { first } = this.#alarms;
    return first === undefined ? Infinity : Math.max(0, first.deadline - this.clock.now);
  }

  /** Sets one: `ring` is called by {@linkcode Timers.ring} when the clock has come to `deadline`. */
  set(deadline: number, ring: () => void): Alarm {
    const entry = this.#alarms.add(deadline, ring);
    this.#failed = false;
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
    this.#arm();
  }

  /** Rings what is due. */
  ring(): void {
    if (this.empty || this.#failed) return;
    const now = this.#now();
    for (let first; (first = this.#alarms.first) !== undefined && first.deadline <= now;) {
      this.#alarms.shift();
      first.ring();
    }
    this.#arm();
  }

  #now(): number {
    try {
      return this.clock.now;
    } catch (error) {
      this.#failed = true;
      // The alarm that it has taken may ring yet; one that is to be set after this is set, too.
      if (this.#alarm === null) this.#due = Infinity;
      throw error;
    }
  }

  /** @param early How many nanoseconds to add, so that it comes to an end. */
  #arm(early: number = 0): void {
    const due = this.#alarms.first?.deadline ?? Infinity;
    if (due === this.#due) return;
    drop(this.#alarm);
    this.#alarm = null;
    this.#due = Infinity;
    if (due === Infinity) return;
    let rung = false;
    const alarm = this.clock.after(this.#left + early, () => {
      rung = true;
      this.#alarm = null;
      this.#failed = false;
      // It has rung too early, by a rounding or as the clock was set back.
      if (this.left > 0) {
        this.#due = Infinity;
        return this.#arm(1);
      }
      // It is due until it has been rung: nobody is told twice.
      this.#wake();
    });
    this.#due = due;
    if (!rung) this.#alarm = alarm;
  }
}

/** All timers of a context. */
export class Timers {
  readonly #byClock = new Map<Clock, TimerList>();
  #lists: readonly TimerList[] = [];
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
      this.#forgetEmpty();
      list = new TimerList(clock, this.#wake);
      this.#byClock.set(clock, list);
      this.#lists = [...this.#lists, list];
    }
    return list;
  }

  /** Clocks come and go. */
  #forgetEmpty(): void {
    for (const [clock, list] of this.#byClock) {
      if (list.empty) this.#byClock.delete(clock);
    }
    this.#lists = [...this.#byClock.values()];
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
