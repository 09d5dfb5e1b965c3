/**
 * The way from promises into coroutines.
 *
 * @module
 */
import { beginAwaiting, endAwaiting } from "./_awaited.ts";
import { core, type Coroutine, type Suspension } from "./coroutine.ts";
import { isPlain } from "./_given.ts";
import type { Home } from "./_home.ts";
import type { Place } from "./_place.ts";
import { cannotRunAgain } from "./_refusals.ts";

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

/**
 * A promise lets nobody go who has asked for its outcome. So whoever gives up leaves what it was asked by
 * to the next one that waits for the same promise: what is kept is as much as ever waited at once.
 */
const left = new WeakMap<object, Wait<unknown>[]>();
/** How many of them there are: mostly none. */
let leftOnes = 0;

function takeLeft(promise: object): Wait<unknown> | undefined {
  const shell = left.get(promise)?.pop();
  // EQUIVALENT(shell !== undefined -> false): then it is looked at in vain, which is a matter of speed alone.
  if (shell !== undefined) leftOnes--;
  return shell;
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
  /** Who is told when the promise that this one has asked settles. */
  #heir: Wait<T> | null = this;
  /** Who has asked for this one. */
  #shell: Wait<T> = this;

  constructor(promise: PromiseLike<T>) {
    this.#promise = promise;
  }

  next(token: unknown): IteratorResult<void, T> {
    // INVARIANT: only the settled promise grants, having set the value.
    if (token === RESUME && this.#co === null) return { done: true, value: this.#value as T };
    const promise = this.#promise;
    if (typeof promise?.then !== "function") {
      throw new TypeError(
        `Cannot wait until a promise settles: expected one, got ${typeof promise}`,
      );
    }
    if (this.#co !== null) throw cannotRunAgain(this.waitingOn, this.#co);
    park(this);
    this.#co = cpu.current;
    this.#home = beginAwaiting(true);
    const shell = leftOnes > 0 ? takeLeft(promise) : undefined;
    if (shell === undefined) this.#ask(promise);
    else {
      // INVARIANT: what is left of a promise's waits has its type.
      this.#shell = shell as Wait<unknown> as Wait<T>;
      this.#shell.#heir = this;
    }
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  /** Whatever becomes of the promise, it is nothing to the coroutine any more. */
  forget(): void {
    // One whose promise has settled has nothing to leave: what it was asked by is told no more.
    if (this.#settle() === null) return;
    const [promise, shell] = [this.#promise, this.#shell];
    shell.#heir = null;
    if (!isPlain(promise)) return;
    const shells = left.get(promise);
    if (shells === undefined) left.set(promise, [shell]);
    else shells.push(shell);
    leftOnes++;
  }

  #ask(promise: PromiseLike<T>): void {
    try {
      promise.then((value) => {
        if (this.#heir === null) this.#leave();
        else this.#heir.#fulfil(value);
      }, (error) => {
        if (this.#heir === null) this.#leave();
        else this.#heir.#fail(error);
      });
    } catch (error) {
      // A `then` that throws, of somebody's own making.
      this.#fail(error);
    }
  }

  /** The promise has settled, and nobody waits by this one. */
  #leave(): void {
    const shells = left.get(this.#promise);
    if (shells === undefined) return;
    leftOnes -= shells.length;
    left.delete(this.#promise);
  }

  #fulfil(value: T): void {
    const co = this.#settle();
    if (co === null) return;
    this.#value = value;
    grant(co);
    flushByHost();
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
