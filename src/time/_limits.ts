/**
 * Waits that give up: after a time, or when a signal says so. Those that have no limits know
 * nothing of this file.
 *
 * @module
 */
import type { Alarm } from "./_alarms.ts";
import { type Clock, clockOf, drop, monotonic, nanoseconds } from "./clock.ts";
import { type Co, core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import type { Home } from "../core/_home.ts";
import type { Place } from "../core/_place.ts";
import { addCause, mustBeOptions, mustBeSignal } from "../core/_given.ts";
import { cannotRunAgain } from "../core/_refusals.ts";
import { host } from "../core/_report.ts";
import { beginAwaiting, endAwaiting } from "../core/_awaited.ts";
import { listen, type Listener, unlisten } from "../core/_signals.ts";

const { callee, cpu, flushByHost, grant, placeOf, RESUME, throwInto } = core;

/**
 * When a wait gives up. It then leaves its queue, as if it had never come: nobody behind it loses
 * a turn. What has been handed over before that is kept: either the wait gives up or it succeeds.
 *
 * @example
 * ```ts
 * import { CoMutex, Coroutine, CoroutineError, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const disk = new CoMutex("disk");
 * Coroutine.create(function* () {
 *   yield* disk.lock();
 *   yield;
 * }).enter();
 * const co = Coroutine.create(function* () {
 *   try {
 *     yield* disk.lock({ timeout: 5e9, clock });
 *   } catch (error) {
 *     return error instanceof CoroutineError && error.code;
 *   }
 * });
 * co.enter();
 * clock.advance(5e9);
 * assertEquals(await co.done, "timeout");
 * ```
 */
export interface WaitOptions {
  /**
   * After how many nanoseconds: the wait throws a `CoroutineError` `timeout`. With 0 it gives up
   * at once, if it cannot succeed at once.
   */
  readonly timeout?: number | bigint | undefined;
  /** The wait throws its reason when it is aborted; at once if it is already. */
  readonly signal?: AbortSignal | undefined;
  /** By which clock; {@linkcode monotonic} by default. */
  readonly clock?: Clock | undefined;
}

/** The words of the options of all waits. */
export const WAIT_WORDS: readonly string[] = ["timeout", "signal", "clock"];

/** What `yield*` can run, and be told of an error. */
export interface Wait<T> extends Suspension<T>, Iterator<void, T, unknown> {
  /** What it comes to without a wait, if it can tell; null if it takes one. */
  now?(): IteratorResult<void, T> | null | undefined;
  /** What it waits for. */
  readonly waitingOn?: string;
  [Symbol.iterator](): Wait<T>;
  throw(error: unknown): IteratorResult<void, T>;
}

/** A wait with limits, which are looked at here, before it begins. */
export function limited<T>(
  wait: Wait<T>,
  options: WaitOptions,
  words: readonly string[] = WAIT_WORDS,
): Suspension<T> {
  mustBeOptions("wait", options, words);
  const { timeout, signal, clock = monotonic } = options;
  const ns = timeout === undefined ? Infinity : nanoseconds("wait for", timeout);
  if (signal !== undefined) mustBeSignal("wait", signal);
  clockOf(clock);
  if (ns === Infinity && signal === undefined) return wait;
  return { [Symbol.iterator]: () => new LimitedWait(wait, ns, signal, clock) };
}

/** Those whose waits will end by themselves, known weakly: their clocks and signals keep them. */
const limitedOnes = new WeakSet<Coroutine>();

/** Whether the wait of a coroutine has limits. */
export function isLimited(co: Coroutine): boolean {
  return limitedOnes.has(co);
}

/** One wait with limits: while it waits, an alarm and a listener wait with it. */
class LimitedWait<T> implements Iterator<void, T, unknown>, Listener {
  readonly #wait: Wait<T>;
  readonly #ns: number;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;
  /** Who has begun it. */
  #by: Coroutine | null = null;
  /** Who waits, and where, as long as it can give up. */
  #co: Coroutine | null = null;
  #home: Home | null = null;
  #place: Place | null = null;
  #alarm: Alarm | null = null;
  /** The limit was reached when it had been woken already: it gives up if it must wait on. */
  #late: { readonly error: unknown } | null = null;
  constructor(wait: Wait<T>, ns: number, signal: AbortSignal | undefined, clock: Clock) {
    // INVARIANT: begun anew each time, as whoever keeps a wait may wait by it twice.
    this.#wait = wait[Symbol.iterator]();
    this.#ns = ns;
    this.#signal = signal;
    this.#clock = clock;
  }

  next(token: unknown): IteratorResult<void, T> {
    if (this.#by === null) return this.#begin();
    // A generator may be run by two: only the one that has begun it goes on, and with its limits.
    if (token === RESUME && this.#by === cpu.current) return this.#goOn(token);
    throw cannotRunAgain(this.#place?.waitingOn ?? "it", this.#by);
  }

  /** Its signal was aborted. */
  aborted(reason: unknown): void {
    this.#giveUp(reason);
    flushByHost();
  }

  /** It has given up, or was cancelled. */
  throw(error: unknown): IteratorResult<void, T> {
    this.#disarm();
    return this.#wait.throw(error);
  }

  #begin(): IteratorResult<void, T> {
    const signal = this.#signal;
    if (signal?.aborted) throw signal.reason;
    if (this.#ns === 0) {
      const now = this.#wait.now?.();
      if (now === null) throw this.#timeout();
      if (now !== undefined) return now;
    }
    const result = this.#wait.next(undefined);
    if (result.done === true) return result;
    this.#co = this.#by = cpu.current;
    this.#home = beginAwaiting(this.#signal !== undefined);
    this.#place = placeOf(this.#co);
    if (this.#ns === 0) this.#giveUp(this.#timeout());
    else this.#arm();
    return result;
  }

  /** Ends the wait, unless that goes on at the same place. */
  #goOn(token: unknown): IteratorResult<void, T> {
    let result: IteratorResult<void, T> | undefined;
    try {
      result = this.#wait.next(token);
    } finally {
      if (result?.done !== false || placeOf(cpu.current) !== this.#place) this.#disarm();
    }
    if (this.#late !== null) this.#giveUp(this.#late.error);
    return result;
  }

  #arm(): void {
    try {
      // Whoever is told that it waits may have aborted it.
      if (this.#signal?.aborted) return this.#giveUp(this.#signal.reason);
      // INVARIANT: who arms is the one that waits.
      limitedOnes.add(this.#co!);
      if (this.#signal !== undefined) listen(this.#signal, this);
      if (this.#ns === Infinity) return;
      this.#alarm = this.#clock.after(this.#ns, () => {
        this.#giveUp(this.#timeout());
        flushByHost();
      });
      // A clock may ring at once.
      if (this.#co === null) this.#disarm();
    } catch (error) {
      // A clock or a signal of somebody's own making. It may have ended the wait before.
      if (this.#co === null) host.report(error);
      else this.#giveUp(error);
    }
  }

  #disarm(): void {
    if (this.#co !== null) {
      limitedOnes.delete(this.#co);
      endAwaiting(this.#home, this.#signal !== undefined);
    }
    this.#co = null;
    if (this.#signal !== undefined) unlisten(this.#signal, this);
    const alarm = this.#alarm;
    this.#alarm = null;
    drop(alarm);
  }

  /** Unless it has been granted already, what it waits for or something else. */
  #giveUp(error: unknown): void {
    const co = this.#co;
    if (co === null) return;
    if (placeOf(co) !== this.#place) {
      this.#late ??= { error };
      return;
    }
    // First, as clocks and signals may be of the user's making: nothing else takes it out from then on.
    throwInto(co, error);
    this.#disarm();
    grant(co);
  }

  #timeout(): CoroutineError {
    const co = this.#co ?? cpu.current;
    const what = co.waitingOn ?? this.#wait.waitingOn;
    return new CoroutineError(
      "timeout",
      `Coroutine "${co.name}" has waited for ${what} for ${this.#ns} ns in vain`,
      { coroutine: co },
    );
  }
}

/** Goes on with an error, but not before what `regain` waits for; then the wait is told of it once more. */
export function regainThenThrow(
  regain: (token: unknown) => IteratorResult<void, unknown>,
  error: unknown,
): IteratorResult<void, never> {
  const wait: Wait<unknown> = { [Symbol.iterator]: () => wait, next: regain, throw: rethrow };
  // INVARIANT: it throws, sooner or later.
  return callee(waitThenThrow(wait, error)) as IteratorResult<void, never>;
}

function* waitThenThrow(wait: Wait<unknown>, error: unknown): Co<never> {
  try {
    yield* wait;
  } catch (instead) {
    addCause(instead, error);
    throw instead;
  }
  throw error;
}

function rethrow(error: unknown): never {
  throw error;
}
