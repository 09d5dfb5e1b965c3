/**
 * Clocks: what sleeps and time-outs go by. This file is the only one that reads the host's time
 * and sets its timers.
 *
 * @module
 */
import { type Alarm, Alarms } from "./_alarms.ts";
import { givenName, kindOf, textOf } from "../core/_given.ts";
import { host } from "../core/_report.ts";

export type { Alarm };

/**
 * A clock. All times are nanoseconds, as numbers: below 2^53 they are exact.
 *
 * @example A clock of one's own that runs ten times as fast
 * ```ts
 * import { type Clock, monotonic } from "@cofn/coroutine";
 *
 * const fast: Clock = {
 *   name: "fast",
 *   get now() {
 *     return monotonic.now * 10;
 *   },
 *   after: (ns, ring) => monotonic.after(ns / 10, ring),
 * };
 * fast.after(0, () => {}).cancel();
 * ```
 */
export interface Clock {
  /** What errors and `dump()` call it. */
  readonly name: string;
  /** The time, in nanoseconds. */
  readonly now: number;
  /**
   * Sets an alarm.
   *
   * @param ns When: so many nanoseconds from now.
   * @param ring Is called once, then or later, unless the alarm is cancelled before.
   * @returns The alarm.
   * @throws {RangeError} If `ns` is negative or no number.
   */
  after(ns: number, ring: () => void): Alarm;
}

/** The longest time that the host's timers can be set to, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;
/** After so long at most a clock is looked at again that may be set meanwhile. */
const LOOK_MS = 1000;
const NS_PER_MS = 1e6;

/** A clock of the host: however many alarms are set, it takes one timer of the host. */
class HostClock implements Clock {
  readonly name: string;
  readonly #ms: () => number;
  readonly #longest: number;
  readonly #alarms = new Alarms(() => this.#disarm());
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the timer is set to. */
  #due = Infinity;

  /**
   * @param ms Tells the time, in milliseconds.
   * @param longest After how many it is to be looked at again at the latest.
   */
  constructor(name: string, ms: () => number, longest: number) {
    this.name = name;
    this.#ms = ms;
    this.#longest = longest;
  }

  get now(): number {
    return this.#ms() * NS_PER_MS;
  }

  after(ns: number, ring: () => void): Alarm {
    const span = nanoseconds("set an alarm in", ns);
    if (span === Infinity) return NEVER;
    const alarm = this.#alarms.add(this.now + span, ring);
    this.#arm();
    return alarm;
  }

  /** In how many nanoseconds the first alarm is due, or the clock must be looked at; Infinity if none is set. */
  get left(): number {
    const { first } = this.#alarms;
    if (first === undefined) return Infinity;
    return Math.min(first.deadline - this.now, this.#longest * NS_PER_MS);
  }

  #arm(): void {
    const first = this.#alarms.first;
    if (first === undefined || first.deadline >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = first.deadline;
    const ms = Math.ceil((first.deadline - this.now) / NS_PER_MS);
    this.#timer = setTimeout(() => this.ring(), Math.min(Math.max(0, ms), this.#longest));
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due = Infinity;
  }

  /** Rings all that are due, but none that is set meanwhile: the host must have its turn. */
  ring(): void {
    this.#disarm();
    const { now } = this;
    const { orders } = this.#alarms;
    for (let first; (first = this.#alarms.first) !== undefined;) {
      if (first.deadline > now || first.order >= orders) break;
      this.#alarms.shift();
      try {
        first.ring();
      } catch (error) {
        // The others must ring all the same.
        host.report(error);
      }
    }
    this.#arm();
  }
}

const NEVER: Alarm = Object.freeze({ cancel() {} });

/**
 * Time that only goes forward, from an arbitrary beginning: what to sleep by (QEMU's
 * `QEMU_CLOCK_REALTIME`, `performance.now()`).
 */
export const monotonic: Clock = new HostClock(
  "monotonic",
  () => performance.now(),
  LONGEST_MS,
);

/**
 * The time of day, which may be set forward or back meanwhile (QEMU's `QEMU_CLOCK_HOST`,
 * `Date.now()`). At today's dates it is exact to 256 ns.
 *
 * An alarm rings when it is that time of day, however long that takes: if the clock of the machine is set
 * forward past it, within a second, as it is looked at each second; if it is set back, so much later. To
 * sleep for so long, whatever the machine's clock says, use {@linkcode monotonic}.
 */
export const realtime: Clock = new HostClock("realtime", () => Date.now(), LOOK_MS);

/** The clocks whose alarms the host rings: where it cannot, as its thread stands, somebody else must. */
export const hostClocks: readonly HostClock[] = [monotonic, realtime].filter((clock) =>
  clock instanceof HostClock
);

/** So many times alarms may set others at one instant: more often than anybody needs. */
const MOST_AT_ONCE = 100_000;

/**
 * A clock that stands still until it is told to go on (QEMU's `QEMU_CLOCK_VIRTUAL`): for tests
 * and simulations, where an hour takes no time and the same thing happens each time.
 *
 * @example
 * ```ts
 * import { Coroutine, sleep, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const out: number[] = [];
 * Coroutine.create(function* () {
 *   for (;;) {
 *     yield* sleep(60e9, clock);
 *     out.push(clock.now);
 *   }
 * }).enter();
 * clock.advance(150e9);
 * assertEquals(out, [60e9, 120e9]);
 * assertEquals(clock.now, 150e9);
 * ```
 */
export class VirtualClock implements Clock {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #alarms = new Alarms();
  #now: number;

  /**
   * Makes a clock that stands.
   *
   * @param start Its time, in nanoseconds.
   * @param name What errors and `dump()` call it.
   * @throws {RangeError} If the time is negative or no number.
   */
  constructor(start: number | bigint = 0, name: string = "virtual") {
    this.#now = nanoseconds("start the clock at", start);
    this.name = givenName("make a clock", name);
  }

  /** The time, in nanoseconds. */
  get now(): number {
    return this.#now;
  }

  /** How many alarms are set. */
  get alarms(): number {
    return this.#alarms.size;
  }

  /** When the next alarm is due; undefined if none is set. */
  get nextAlarm(): number | undefined {
    return this.#alarms.first?.deadline;
  }

  /** Sets an alarm; see {@linkcode Clock.after}. */
  after(ns: number, ring: () => void): Alarm {
    const span = nanoseconds("set an alarm in", ns);
    return span === Infinity ? NEVER : this.#alarms.add(this.#now + span, ring);
  }

  /**
   * Lets time go on. The alarms that are due meanwhile ring in order, each at its own time, those
   * that are set meanwhile too; outside any coroutine, whoever wakes by one runs before the next
   * one rings. Inside a coroutine they run when it yields or ends.
   *
   * @param ns How far, in nanoseconds; 0 rings what is due now.
   * @throws What alarms have thrown, when all have rung: one error as it is, several as an
   * `AggregateError`.
   * @throws {RangeError} If `ns` is negative, infinite or no number; or if, at one instant, alarms
   * set others that set others, and so on, 100,000 times.
   */
  advance(ns: number | bigint): void {
    const until = this.#now + nanoseconds("advance by", ns);
    if (until === Infinity) {
      throw new RangeError("Cannot advance by Infinity ns: it would never end");
    }
    const errors: unknown[] = [];
    // Those that were set by the alarms of this instant are the next generation, however many they are.
    let generations = 0;
    let { orders } = this.#alarms;
    for (let first; (first = this.#alarms.first) !== undefined && first.deadline <= until;) {
      if (first.deadline > this.#now) {
        this.#now = first.deadline;
        generations = 0;
        orders = this.#alarms.orders;
      } else if (first.order >= orders) {
        if (++generations > MOST_AT_ONCE) {
          errors.push(
            new RangeError(
              `Cannot advance past ${this.#now} ns: alarms have set others to ring at once ` +
                `${
                  MOST_AT_ONCE.toLocaleString("en")
                } times, and go on (does a loop sleep for 0 ns?)`,
            ),
          );
          break;
        }
        orders = this.#alarms.orders;
      }
      this.#alarms.shift();
      try {
        first.ring();
      } catch (error) {
        errors.push(error);
      }
    }
    if (generations <= MOST_AT_ONCE) this.#now = Math.max(this.#now, until);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} alarms have failed`);
  }
}

/** A span of time that users have given, as a number. */
export function nanoseconds(verb: string, ns: number | bigint): number {
  const span = typeof ns === "bigint" ? Number(ns) : ns;
  if (typeof span !== "number" || !(span >= 0)) {
    throw new RangeError(
      `Cannot ${verb} ${
        typeof ns === "string" ? JSON.stringify(ns) : textOf(ns)
      } ns: expected a number or bigint from 0 up` +
        (typeof span === "number" ? "" : `, got ${kindOf(ns)}`),
    );
  }
  return span;
}

/** Cancels an alarm of a clock that users have given. Whoever needs it no more goes on, whatever that throws. */
export function drop(alarm: Alarm | null): void {
  try {
    alarm?.cancel();
  } catch (error) {
    host.report(error);
  }
}

/** A clock that users have given. */
export function clockOf(clock: Clock): Clock {
  if (typeof clock?.after !== "function") {
    const hint = typeof clock === "object" && clock !== null && "clock" in clock
      ? " (give the clock itself)"
      : "";
    throw new TypeError(
      `Cannot go by this clock: expected one with after(), got ${kindOf(clock)}${hint}`,
    );
  }
  return clock;
}
