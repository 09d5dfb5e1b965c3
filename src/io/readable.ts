/**
 * Waits until something can be read.
 *
 * @module
 */
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { fdSource } from "../contexts/_fd.ts";
import { beginAwaiting, endAwaiting } from "../core/_awaited.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import type { Home } from "../core/_home.ts";
import type { Place } from "../core/_place.ts";
import { cannotRunAgain } from "../core/_refusals.ts";
import { kindOf, textOf } from "../core/_given.ts";
import { endWatch, type Source } from "../contexts/_source.ts";

const { cpu, flushByHost, grant, park, put, DONE, SUSPENDED, throwInto, WOKEN } = core;

/**
 * Waits until `from` is ready, at once if it is (`yield_until_fd_readable`). What has come is left
 * there: others may take it before the one that waits goes on, which then waits on.
 *
 * @param from A {@linkcode CoReader}, which is ready when bytes have come or its end has; an
 * {@linkcode EventNotifier}; any other source; or the number of a file descriptor, on Linux with
 * Deno's permission `ffi` (one that is not open is ready: to read from it fails at once).
 * @param options When to give up: no byte is lost then.
 * @returns What `yield*` takes.
 * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs; `timeout`.
 * @throws {TypeError} If it is no source.
 * @throws {CoroutineError} `unsupported`, for a descriptor, on other hosts.
 *
 * @example
 * ```ts
 * import { Coroutine, EventNotifier, readable } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const event = new EventNotifier("event");
 * const co = Coroutine.create(function* () {
 *   yield* readable(event);
 *   return event.testAndClear();
 * });
 * co.enter();
 * assertEquals(co.waitingOn, 'readable(EventNotifier "event")');
 * event.set();
 * assertEquals(await co.done, true);
 * ```
 */
export function readable(from: Source | number, options?: WaitOptions): Suspension<void> {
  const source = typeof from === "number" ? fdSource(from) : from;
  if (typeof source?.watch !== "function") {
    throw new TypeError(
      `Cannot wait until it is readable: expected a CoReader or another source, got ${
        kindOf(source)
      }`,
    );
  }
  return {
    [Symbol.iterator](): Iterator<void, void, unknown> {
      const wait = new UntilReady(source);
      return options === undefined ? wait : limited(wait, options)[Symbol.iterator]();
    },
  };
}

/** One wait: the place where its coroutine is, and what `yield*` runs. */
class UntilReady implements Wait<void>, Place {
  readonly refusal = "already-scheduled";
  readonly scheduledBy = "readable";
  readonly #source: Source;
  #co: Coroutine | null = null;
  #home: Home | null = null;
  #unwatch: (() => void) | null = null;

  constructor(source: Source) {
    this.#source = source;
  }

  get waitingOn(): string {
    return `readable(${textOf(this.#source)})`;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Ends the wait if the source is ready; else waits, or waits on. */
  next(): IteratorResult<void, void> {
    if (this.#co !== null) throw cannotRunAgain(this.waitingOn, this.#co);
    if (this.#source.ready) return DONE;
    // First, as it may throw: then nothing has changed.
    const unwatch = this.#source.watch(() => this.#look());
    try {
      park(this);
    } catch (error) {
      endWatch(unwatch);
      throw error;
    }
    this.#co = cpu.current;
    this.#unwatch = unwatch;
    this.#home = beginAwaiting(true);
    // To watch it may have made it ready.
    try {
      this.#look();
    } catch (error) {
      // A source of somebody's own making, which fails when it is looked at.
      throwInto(cpu.current, error);
      grant(cpu.current);
    }
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  forget(): void {
    if (this.#co !== null) endAwaiting(this.#home, true);
    this.#co = null;
    endWatch(this.#unwatch);
    this.#unwatch = null;
  }

  #look(): void {
    // The source is of the user's making: whatever it does, one goes on once.
    if (this.#co === null || !this.#source.ready) return;
    const co = this.#co;
    if (co === null) return;
    put(co, WOKEN);
    this.forget();
    grant(co);
    flushByHost();
  }
}
