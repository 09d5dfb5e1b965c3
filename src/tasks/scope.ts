/**
 * A scope that coroutines are started in, and that ends when all of them have ended.
 *
 * @module
 */
import { Afresh } from "../core/_afresh.ts";
import { type Co, core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { Group } from "./_group.ts";
import { makeSureOfStack } from "../core/_stack.ts";
import { textOf } from "../core/_given.ts";
import { mustRun, resultOf } from "./_tasks.ts";

const { fateOf, flush } = core;

/** Where coroutines are started that end before their {@linkcode scope} does. */
export interface Scope {
  /** How many have not ended, the body of the scope included. */
  readonly running: number;
  /**
   * Starts a coroutine: it runs when the one that runs now yields or ends; outside any, at once.
   *
   * @param entry Its body: a generator function.
   * @param args What to call it with.
   * @returns The coroutine.
   * @throws {TypeError} If `entry` is no generator function.
   * @throws {CoroutineError} `terminated` if the scope has ended.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  start<A extends unknown[], T>(entry: (...args: A) => Suspension<T>, ...args: A): Coroutine<T>;
  /**
   * Cancels the body and all coroutines of the scope, which throws `cancelled` when they have ended.
   *
   * @param reason Why.
   * @throws {CoroutineError} `too-deep` at the end of the stack: nobody has been cancelled then.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  cancel(reason?: unknown): void;
}

/**
 * Runs a function that may start coroutines, and goes on when it and all of them have ended. So
 * none of them is forgotten, and none of their failures.
 *
 * If one of them fails, or the body, all others are cancelled, and the failure is thrown when they
 * have ended. One that is cancelled has not failed. If the coroutine that waits for the scope is
 * cancelled, so are the body and all the others. The body runs in a coroutine of its own.
 *
 * @param body The function; it is given the scope.
 * @returns What `yield*` takes. It is worth what the body returns.
 * @throws What one has failed with; if several have, an `AggregateError`, the first failure first.
 * @throws {CoroutineError} `not-in-coroutine`; `cancelled` if the scope was.
 * @throws {TypeError} If the body is no generator function.
 *
 * @example
 * ```ts
 * import { Coroutine, scope, sleep, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const out: number[] = [];
 * const co = Coroutine.create(function* () {
 *   yield* scope(function* (jobs) {
 *     for (const seconds of [3, 1, 2]) {
 *       jobs.start(function* () {
 *         yield* sleep(seconds * 1e9, clock);
 *         out.push(seconds);
 *       });
 *     }
 *   });
 *   out.push(0);
 * });
 * co.enter();
 * clock.advance(3e9);
 * assertEquals(out, [1, 2, 3, 0]);
 * ```
 */
export function scope<T>(body: (scope: Scope) => Suspension<T>): Suspension<T> {
  return new Afresh(() => runScope(body));
}

function* runScope<T>(body: (scope: Scope) => Suspension<T>): Co<T> {
  mustRun("scope");
  let ended = false;
  let cancelled: CoroutineError | undefined;
  const group: Group = new Group("scope", (child, failed, outcome) => {
    if (failed && (child === main || !fateOf(child).endsBy(outcome))) group.cancel(outcome);
  });
  const main = group.adopt(body, {
    get running() {
      return group.running;
    },
    start(entry, ...args) {
      if (ended) throw new CoroutineError("terminated", "Cannot start: the scope has ended");
      const child = group.adopt(entry, ...args);
      group.run(child);
      flush();
      return child;
    },
    cancel(reason) {
      if (ended) return;
      makeSureOfStack("cancel a scope");
      cancelled ??= new CoroutineError(
        "cancelled",
        `The scope was cancelled${reason === undefined ? "" : `: ${textOf(reason)}`}`,
        { cause: reason },
      );
      group.cancel(reason);
      flush();
    },
  });
  group.run(main);
  try {
    yield* group;
  } finally {
    ended = group.running === 0;
  }
  if (group.failures.length > 0) throw group.errorOr(undefined);
  if (cancelled !== undefined) throw cancelled;
  return resultOf(main);
}
