/**
 * Sleeping: for a time, or until somebody wakes the sleeper.
 *
 * @module
 */
import type { Alarm } from "./_alarms.ts";
import { type Clock, clockOf, drop, monotonic, nanoseconds } from "./clock.ts";
import { beginAwaiting, endAwaiting } from "../core/_awaited.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { nameOf } from "../core/_given.ts";
import type { Home } from "../core/_home.ts";
import type { Place } from "../core/_place.ts";
import { cannotRunAgain } from "../core/_refusals.ts";
import { host } from "../core/_report.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, flush, flushByHost, grant, park, put, RESUME, SUSPENDED, throwInto, WOKEN } = core;

/**
 * Sleeps in a coroutine: `yield* sleep(5e6)` takes five milliseconds (`qemu_co_sleep_ns`). It
 * always suspends, for 0 ns too. Until it is over nobody can enter the coroutine
 * (`already-scheduled`), but it can be cancelled.
 *
 * @param ns How long, in nanoseconds, at least; `Infinity` until it is cancelled.
 * @param clock By which clock.
 * @returns What `yield*` takes.
 * @throws {RangeError} If `ns` is negative or no number.
 * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs.
 *
 * @example
 * ```ts
 * import { Coroutine, sleep, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const co = Coroutine.create(function* () {
 *   yield* sleep(1_000_000n, clock);
 * });
 * co.enter();
 * assertEquals(co.scheduledBy, "sleep");
 * clock.advance(1_000_000n);
 * assertEquals(co.status, "terminated");
 * ```
 */
export function sleep(ns: number | bigint, clock: Clock = monotonic): Suspension<void> {
  return new Nap<void>(nanoseconds("sleep", ns), clockOf(clock), null, undefined);
}

/**
 * A sleep that others can end early (QEMU's `QemuCoSleep`).
 *
 * @example
 * ```ts
 * import { CoSleep, Coroutine, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const nap = new CoSleep();
 * const co = Coroutine.create(function* () {
 *   return yield* nap.sleep(60e9, new VirtualClock());
 * });
 * co.enter();
 * nap.wake();
 * assertEquals(await co.done, true);
 * ```
 */
export class CoSleep {
  readonly #bed: Bed = { sleeper: null };

  /**
   * Sleeps, as {@linkcode sleep} does, unless somebody calls {@linkcode CoSleep.wake} before
   * (`qemu_co_sleep`, `qemu_co_sleep_ns_wakeable`).
   *
   * @param ns How long, in nanoseconds, at most.
   * @param clock By which clock.
   * @returns What `yield*` takes. It is worth whether it was woken early.
   * @throws {RangeError} If `ns` is negative or no number.
   * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs; `waiting` if another
   * coroutine sleeps by this one already.
   */
  sleep(ns: number | bigint = Infinity, clock: Clock = monotonic): Suspension<boolean> {
    return new Nap<boolean>(nanoseconds("sleep", ns), clockOf(clock), this.#bed, false);
  }

  /**
   * Ends the sleep: the sleeper goes on as one that was woken (`qemu_co_sleep_wake`). Where nobody
   * sleeps, nothing happens: not before the sleep has begun, not after it was over, not twice.
   *
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  wake(): void {
    this.#bed.sleeper?.end(true);
    flush();
  }

  /** Whether anybody sleeps by it. */
  get sleeping(): boolean {
    return this.#bed.sleeper !== null;
  }
}

/** Where one at a time sleeps. */
interface Bed {
  sleeper: Nap<boolean> | null;
}

/** One sleep: the place where its coroutine is, and what `yield*` runs. */
class Nap<T> implements Suspension<T>, Iterator<void, T, unknown>, Place {
  readonly refusal = "already-scheduled";
  readonly scheduledBy = "sleep";
  readonly #ns: number;
  readonly #clock: Clock;
  readonly #by: Bed | null;
  /** What it is worth if nobody ends it early. */
  readonly #usual: T;
  #worth: T;
  #begun = false;
  /** Who sleeps; null when it is over. */
  #co: Coroutine | null = null;
  #home: Home | null = null;
  #alarm: Alarm | null = null;

  constructor(ns: number, clock: Clock, by: Bed | null, worth: T) {
    this.#ns = ns;
    this.#clock = clock;
    this.#by = by;
    this.#usual = this.#worth = worth;
  }

  get waitingOn(): string {
    return `sleep(${this.#ns} ns, ${nameOf(this.#clock)})`;
  }

  [Symbol.iterator](): this | Nap<T> {
    return this.#begun ? new Nap(this.#ns, this.#clock, this.#by, this.#usual) : this;
  }

  next(token: unknown): IteratorResult<void, T> {
    // INVARIANT: only end() grants, having forgotten who slept.
    if (token === RESUME && this.#begun && this.#co === null) {
      return { done: true, value: this.#worth };
    }
    return this.#begin();
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }

  #begin(): IteratorResult<void, never> {
    const by = this.#by;
    if (this.#begun || (by !== null && by.sleeper !== null)) {
      throw cannotRunAgain(this.waitingOn, (by?.sleeper ?? this).#co);
    }
    park(this);
    const co = this.#co = cpu.current;
    this.#begun = true;
    this.#home = beginAwaiting(false);
    // INVARIANT: one in a bed is worth whether it was woken early.
    if (by !== null) by.sleeper = this as unknown as Nap<boolean>;
    try {
      this.#alarm = this.#clock.after(this.#ns, () => {
        this.end();
        flushByHost();
      });
      // A clock may ring at once.
      if (this.#co === null) drop(this.#alarm);
    } catch (error) {
      // A clock of somebody's own making. It may have ended the sleep before.
      if (this.#co === null) host.report(error);
      else {
        throwInto(co, error);
        grant(co);
      }
    }
    return SUSPENDED;
  }

  /** It is over, if it is not already: the sleeper goes on. */
  end(worth: T = this.#worth): void {
    const co = this.#co;
    if (co === null) return;
    // The clock may be of the user's making: nothing else takes it out from now on.
    put(co, WOKEN);
    this.forget();
    this.#worth = worth;
    grant(co);
  }

  /** It is over for the sleeper, who does not go on by this. */
  forget(): void {
    if (this.#co !== null) endAwaiting(this.#home, false);
    this.#co = null;
    if (this.#by !== null) this.#by.sleeper = null;
    drop(this.#alarm);
  }
}
