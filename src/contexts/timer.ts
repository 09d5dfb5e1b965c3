/**
 * Callbacks of a context that go by a clock.
 *
 * @module
 */
import { type AioContext, loopOf } from "./aio_context.ts";
import { type Alarm, type Clock, clockOf, monotonic, nanoseconds } from "../time/clock.ts";
import type { Loop } from "./_loop.ts";
import type { TimerList } from "./_timers.ts";
import { Callback } from "./_callback.ts";
import { givenName, mustBeCallback, mustBeOptions, nameOf } from "../core/_given.ts";

/** What goes with a timer. */
export interface TimerOptions {
  /** By which clock it goes; {@linkcode monotonic} by default. */
  readonly clock?: Clock | undefined;
  /** What errors call it; the name of the function by default. */
  readonly name?: string | undefined;
}

/**
 * A callback that a context calls in the first round after a point in time (QEMU's `QEMUTimer`).
 *
 * @example
 * ```ts
 * import { AioContext, Timer, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const context = new AioContext();
 * const rung: number[] = [];
 * const timer = new Timer(context, () => rung.push(clock.now), { clock });
 * timer.after(5e6);
 * clock.advance(10e6);
 * assertEquals([context.poll(), timer.pending, rung], [true, false, [10e6]]);
 * ```
 */
export class Timer implements Disposable {
  /** What errors call it. */
  readonly name: string;
  /** Where it is called. */
  readonly context: AioContext;
  /** By which clock it goes. */
  readonly clock: Clock;
  readonly #loop: Loop;
  readonly #job: Callback;
  readonly #ring = (): void => this.#loop.due.add(this.#job);
  #alarm: Alarm | null = null;
  /** Where that is set. */
  #list: TimerList | null = null;
  #deadline: number | undefined;

  /**
   * Makes one that is not set.
   *
   * @param context Where it is called.
   * @param callback What to do. It may set and cancel any, itself too.
   * @param options What else.
   * @throws {CoroutineError} `closed`.
   * @throws {TypeError} If `callback` is no function, or one that makes a generator; if the context or the
   * clock is none; if there is an unknown option.
   */
  constructor(
    context: AioContext,
    callback: () => void,
    options: TimerOptions = {},
  ) {
    this.#loop = loopOf(context);
    mustBeCallback("make a timer", callback);
    mustBeOptions("make a timer", options, ["clock", "name"]);
    const { clock = monotonic, name } = options;
    this.clock = clockOf(clock);
    this.context = context;
    this.#loop.mustBeOpen("make a timer in");
    this.name = name === undefined ? nameOf(callback) : givenName("make a timer", name);
    this.#job = new Callback("Timer", () => {
      this.#unset();
      callback();
    }, this.name);
  }

  /**
   * Sets it, instead of what it was set to (`timer_mod`).
   *
   * @param deadline When, in nanoseconds of its clock. One that has passed is due in the next round; for
   * `Infinity` it is not set.
   * @throws {RangeError} If it is negative or no number.
   * @throws {CoroutineError} `closed` if the context is.
   */
  set(deadline: number | bigint): void {
    const at = nanoseconds("set a timer to", deadline);
    const loop = this.#loop;
    loop.mustBeOpen("set a timer in");
    if (at === Infinity) return this.cancel();
    // First, as a clock of somebody's own making may fail: then it is set as it was.
    const list = loop.timers.of(this.clock);
    const alarm = list.set(at, this.#ring);
    if (loop.closed) {
      // By that clock.
      list.cancel(alarm);
      loop.mustBeOpen("set a timer in");
    }
    const [before, itsList] = [this.#alarm, this.#list];
    this.#alarm = alarm;
    this.#list = list;
    this.#deadline = at;
    loop.live.add(this);
    this.#stop(before, itsList);
  }

  /**
   * Sets it to so many nanoseconds from now.
   *
   * @param ns How many; for `Infinity` it is not set.
   * @throws As {@linkcode Timer.set}.
   */
  after(ns: number | bigint): void {
    this.set(this.clock.now + nanoseconds("set a timer in", ns));
  }

  /** It is not to be called, unless it is set again (`timer_del`). */
  cancel(): void {
    const [alarm, list] = [this.#alarm, this.#list];
    // First, as a clock of somebody's own making may fail.
    this.#unset();
    this.#stop(alarm, list);
  }

  /** Cancels it. */
  delete(): void {
    this.cancel();
  }

  /** Whether it is set (`timer_pending`). */
  get pending(): boolean {
    return this.#alarm !== null;
  }

  /** What it is set to, in nanoseconds of its clock. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** Cancels it: what `using` calls. */
  [Symbol.dispose](): void {
    this.cancel();
  }

  /** `Timer "name"`. */
  toString(): string {
    return `${this.#job}`;
  }

  /** It does not ring any more; if it has rung, nothing is called for it. */
  #stop(alarm: Alarm | null, list: TimerList | null): void {
    if (this.#job.list !== null) this.#loop.due.remove(this.#job);
    else if (alarm !== null) list?.cancel(alarm);
  }

  #unset(): void {
    this.#alarm = this.#list = null;
    this.#deadline = undefined;
    this.#loop.live.delete(this);
  }
}
