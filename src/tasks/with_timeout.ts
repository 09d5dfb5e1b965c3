/**
 * A time limit on a coroutine function.
 *
 * @module
 */
import { Afresh } from "../core/_afresh.ts";
import { call } from "../core/call.ts";
import { type Clock, clockOf, drop, monotonic, nanoseconds } from "../time/clock.ts";
import { type Co, core, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { Group } from "./_group.ts";
import { kindOf, mustBeCallback, mustBeOptions } from "../core/_given.ts";
import { mustRun, resultOf, tellLost } from "./_tasks.ts";

const { cancel, fateOf, flushByHost, grant } = core;

/** How {@linkcode withTimeout} goes by time, and what becomes of what is late. */
export interface TimeoutOptions<T = unknown> {
  /** By which clock; {@linkcode monotonic} by default. */
  readonly clock?: Clock | undefined;
  /**
   * If given, the function is not cancelled: it goes on by itself, and this is called when it has
   * ended after all, to tidy up what nobody waits for any more (QEMU's `clean`).
   */
  readonly late?: (() => void) | undefined;
  /**
   * Is given what the function returns if nobody gets that: as it was late, or as the one that waits was
   * cancelled. It must not wait.
   *
   * @param result What it has returned.
   */
  readonly lost?: ((result: T) => void) | undefined;
}

function optionsOf<T>(given: TimeoutOptions<T> | Clock): TimeoutOptions<T> {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot wait for so long: expected a clock or { clock, late, lost }, got ${kindOf(given)}`,
    );
  }
  if ("after" in given) return { clock: given };
  mustBeOptions("wait for so long", given, ["clock", "late", "lost"]);
  for (const word of ["late", "lost"] as const) {
    if (given[word] !== undefined) mustBeCallback("wait for so long", given[word], word);
  }
  return given;
}

/**
 * Runs a coroutine function for so long at most: `yield* withTimeout(5e9, read)`
 * (`qemu_co_timeout`). It runs in a coroutine of its own, unless `ns` is 0. When its time is over it is cancelled, and
 * the time-out is thrown when it has cleaned up; QEMU does not cancel it, for which see `late`.
 *
 * @param ns How long, in nanoseconds; 0 for as long as it takes, as in QEMU.
 * @param fn The function: a generator function, or one that returns a wait, as in
 * `withTimeout(1e9, () => until(fetch(url)))`.
 * @param options The clock, and what is to become of what is late; or the clock alone.
 * @returns What `yield*` takes. It is worth what the function returns, if that is before its time is over,
 * or in spite of its cancellation.
 * @throws {CoroutineError} `timeout`; `not-in-coroutine`.
 * @throws What it fails with, its clean-up after the time-out too: that goes before the time-out then.
 * @throws {RangeError} If `ns` is negative or no number.
 *
 * @example
 * ```ts
 * import { Coroutine, CoroutineError, sleep, VirtualClock, withTimeout } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const co = Coroutine.create(function* () {
 *   try {
 *     yield* withTimeout(5e9, () => sleepFor(60), clock);
 *   } catch (error) {
 *     return error instanceof CoroutineError && error.code;
 *   }
 * });
 * function* sleepFor(seconds: number) {
 *   yield* sleep(seconds * 1e9, clock);
 * }
 * co.enter();
 * clock.advance(5e9);
 * assertEquals(await co.done, "timeout");
 * ```
 */
export function withTimeout<T>(
  ns: number | bigint,
  fn: () => Suspension<T>,
  options: TimeoutOptions<T> | Clock = {},
): Suspension<T> {
  return new Afresh(() => runFor(ns, fn, options));
}

function* runFor<T>(
  ns: number | bigint,
  fn: () => Suspension<T>,
  options: TimeoutOptions<T> | Clock,
): Co<T> {
  const { clock = monotonic, late, lost } = optionsOf(options);
  const span = nanoseconds("wait for", ns);
  clockOf(clock);
  mustRun("withTimeout");
  if (span === 0) return yield* call(fn);
  const group = new Group("withTimeout");
  group.limited = true;
  let timeout: CoroutineError | undefined;
  const child = group.adopt(
    late === undefined ? fn : function* (): Co<T> {
      try {
        const result = yield* call(fn);
        if (timeout !== undefined) lost?.(result);
        return result;
      } finally {
        if (timeout !== undefined) late();
      }
    },
  );
  const alarm = clock.after(span, () => {
    if (fateOf(child).end !== "none") return;
    timeout = new CoroutineError(
      "timeout",
      `Coroutine "${child.name}" has taken more than ${span} ns`,
      { coroutine: child },
    );
    group.limited = false;
    if (late === undefined) cancel(child, timeout);
    else group.release(child);
    flushByHost();
  });
  // It may have rung at once: then the child goes on by itself.
  if (late !== undefined && timeout !== undefined) grant(child);
  else group.run(child);
  try {
    yield* group;
  } catch (error) {
    throw tellLost([child], lost, error);
  } finally {
    // If another one has run this by the same generator, and was refused, the limit stays.
    if (group.running === 0) drop(alarm);
  }
  if (timeout !== undefined && (late !== undefined || wasCancelled())) throw timeout;
  return resultOf(child);

  function wasCancelled(): boolean {
    const fate = fateOf(child);
    return fate.end === "failed" && fate.endsBy(fate.outcome);
  }
}
