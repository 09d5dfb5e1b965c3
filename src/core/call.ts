/**
 * Calls between coroutine functions whose depth costs nothing at each resume.
 *
 * @module
 */
import { bodyOf, notGenerator } from "./_given.ts";
import { core, type Suspension } from "./coroutine.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { callee } = core;

/**
 * Calls a coroutine function from another one: `const x = yield* call(read, fd)`.
 *
 * A plain `yield* read(fd)` means the same. There, each resume goes through all the functions
 * between the coroutine's body and the one that waits; with `call` it goes straight to that
 * one. So use `call` where functions nest and wait, plain `yield*` for short ones.
 *
 * @param fn The coroutine function.
 * @param args What to call it with, when `yield*` begins.
 * @returns What `yield*` takes. It is worth what `fn` returns.
 * @throws What `fn` throws.
 * @throws {TypeError} If `fn` is no function, or returns neither a generator nor a wait.
 * @throws {CoroutineError} `too-deep` at the end of the stack; `yield-to-no-one` if `fn`
 * yields and no coroutine runs.
 *
 * @example
 * ```ts
 * import { call, type Co, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * function* half(n: number): Co<number> {
 *   yield;
 *   return n / 2;
 * }
 * const co = Coroutine.create(function* () {
 *   return (yield* call(half, 84)) + 0;
 * });
 * co.enter();
 * co.enter();
 * assertEquals(await co.done, 42);
 * ```
 */
export function call<A extends unknown[], T>(
  fn: (...args: A) => Suspension<T>,
  ...args: A
): Suspension<T> {
  if (typeof fn !== "function") throw notGenerator("call", fn);
  return new Call(fn, args);
}

class Call<A extends unknown[], T> implements Suspension<T>, Iterator<void, T, unknown> {
  declare readonly fn: (...args: A) => Suspension<T>;
  declare readonly args: A;

  constructor(fn: (...args: A) => Suspension<T>, args: A) {
    this.fn = fn;
    this.args = args;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Runs the callee; after it has suspended, is given its result when it returns. */
  next(result: unknown): IteratorResult<void, T> {
    // INVARIANT: the core resumes one that has called with the result of its callee, a T.
    return (result === undefined ? this.#begin() : result) as IteratorResult<void, T>;
  }

  #begin(): IteratorResult<void, unknown> {
    return callee(bodyOf("call", this.fn, this.fn(...this.args)));
  }

  /** Is given what the callee has failed with. */
  throw(error: unknown): never {
    throw error;
  }
}
