/**
 * The way from promises into coroutines.
 *
 * @module
 */
import { beginAwaiting, endAwaiting } from "./_awaited.ts";
import { core, type Coroutine, type Suspension } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
import type { Home } from "./_home.ts";
import type { Place } from "./_place.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, flushByHost, grant, park, RESUME, SUSPENDED, throwInto } = core;

/**
 * Waits in a coroutine for a promise: `const body = yield* until(response.text())`. The host
 * resumes the coroutine when the promise settles; until then nobody else can
 * (`already-scheduled`). The other way round, `await co.done` waits for a coroutine.
 *
 * @param promise What to wait for. Nothing happens before `yield*` begins the wait.
 * @returns What `yield*` takes. It is worth what the promise is fulfilled with.
 * @throws What the promise is rejected with.
 * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs.
 *
 * @example
 * ```ts
 * import { Coroutine, until } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const co = Coroutine.create(function* () {
 *   return 1 + (yield* until(Promise.resolve(41)));
 * });
 * co.enter();
 * assertEquals(co.scheduledBy, "until");
 * assertEquals(await co.done, 42);
 * ```
 */
export function until<T>(promise: PromiseLike<T>): Suspension<T> {
  return { [Symbol.iterator]: () => new Wait(promise) };
}

/** One wait: the place where its coroutine is, and what `yield*` runs. */
class Wait<T> implements Iterator<void, T, unknown>, Place {
  readonly refusal = "already-scheduled";
  readonly scheduledBy = "until";
  readonly waitingOn = "until(promise)";
  readonly #promise: PromiseLike<T>;
  #co: Coroutine | null = null;
  #home: Home | null = null;
  #value: T | undefined;

  constructor(promise: PromiseLike<T>) {
    this.#promise = promise;
  }

  next(token: unknown): IteratorResult<void, T> {
    // INVARIANT: only the settled promise grants, having set the value.
    if (token === RESUME) return { done: true, value: this.#value as T };
    if (typeof this.#promise?.then !== "function") {
      throw new TypeError(
        `Cannot wait until a promise settles: expected one, got ${typeof this.#promise}`,
      );
    }
    if (this.#co !== null) {
      throw new CoroutineError(
        "waiting",
        `Cannot wait for ${this.waitingOn}: coroutine "${this.#co.name}" already does, by the same ` +
          "iterator (begin each wait by yield* until(...))",
        { coroutine: this.#co },
      );
    }
    park(this);
    this.#co = cpu.current;
    this.#home = beginAwaiting(true);
    try {
      this.#promise.then((value) => {
        const co = this.#settle();
        if (co === null) return;
        this.#value = value;
        grant(co);
        flushByHost();
      }, (error) => this.#fail(error));
    } catch (error) {
      // A `then` that throws, of somebody's own making.
      this.#fail(error);
    }
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  /** Whatever becomes of the promise, it is nothing to the coroutine any more. */
  forget(): void {
    this.#settle();
  }

  #fail(error: unknown): void {
    const co = this.#settle();
    if (co === null) return;
    throwInto(co, error);
    grant(co);
    flushByHost();
  }

  /** Whom to resume: once. */
  #settle(): Coroutine | null {
    const co = this.#co;
    if (co !== null) endAwaiting(this.#home, true);
    this.#co = null;
    return co;
  }
}
