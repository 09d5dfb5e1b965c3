/**
 * What an `AsyncLocalStorage` holds, kept for each coroutine.
 *
 * @module
 */
import type { Co } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";

/** Runs a function in the context in which this was made. */
type Scope = <A extends unknown[], R>(f: (...args: A) => R, ...args: A) => R;

/** What is needed of the host's module. */
interface AsyncHooks {
  readonly AsyncLocalStorage: { snapshot(): Scope };
}

/** How bodies keep their context, if they do. */
export const contexts: {
  /** Makes a body that runs in the context of now. */
  keep: (<T>(body: Co<T>) => Co<T>) | null;
} = { keep: null };

/**
 * Lets each coroutine keep what every `AsyncLocalStorage` of the program holds: from its making on, through
 * all its waits, as an async function does through `await`. So a request's user, tenant or trace span stays
 * that of the request. What it calls and starts inherits that. **Call it once, first of all, on a server that
 * uses AsyncLocalStorage, itself or in a library such as OpenTelemetry.**
 *
 * Without it, a coroutine goes on in the context of whoever wakes it: of another request, for instance, that
 * unlocks what it waits for. It is not always on, as the host takes several times as long for it as a resume
 * takes; a program that does not call it pays nothing.
 *
 * It is about coroutines that are made afterwards, in the thread that calls it. Callbacks of bottom halves,
 * timers and handlers run in the context of whoever polls.
 *
 * @param on Whether coroutines that are made from now on do so.
 * @throws {CoroutineError} `unsupported` if the host has no `node:async_hooks`, as in a browser.
 *
 * @example
 * ```ts
 * import { AsyncLocalStorage } from "node:async_hooks";
 * import { Coroutine, keepAsyncContext, sleep } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * keepAsyncContext();
 * const user = new AsyncLocalStorage<string>();
 * function* request() {
 *   yield* sleep(1e6);
 *   return user.getStore();
 * }
 * const requests = ["alice", "bob"].map((name) => user.run(name, () => Coroutine.create(request)));
 * for (const co of requests) co.enter();
 * assertEquals(await Promise.all(requests.map((co) => co.done)), ["alice", "bob"]);
 * keepAsyncContext(false);
 * ```
 */
export function keepAsyncContext(on: boolean = true): void {
  if (!on) {
    contexts.keep = null;
    return;
  }
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
  if (typeof hooks?.AsyncLocalStorage?.snapshot !== "function") {
    throw new CoroutineError(
      "unsupported",
      "Cannot keep the async context: this host has no AsyncLocalStorage.snapshot() of node:async_hooks",
    );
  }
  const { AsyncLocalStorage } = hooks;
  // INVARIANT: the core makes no use of the rest of a generator.
  contexts.keep = (body) =>
    new Kept(body, () => AsyncLocalStorage.snapshot()) as unknown as Co<never>;
}

/** A body that runs in a context of its own. */
class Kept<T> {
  readonly #body: Co<T>;
  readonly #snapshot: () => Scope;
  /** That in which it has suspended last, or was made. */
  #scope: Scope;

  constructor(body: Co<T>, snapshot: () => Scope) {
    this.#body = body;
    this.#snapshot = snapshot;
    this.#scope = snapshot();
  }

  next(value: unknown): IteratorResult<void, T> {
    return this.#scope(() => this.#suspended(this.#body.next(value)));
  }

  throw(error: unknown): IteratorResult<void, T> {
    return this.#scope(() => this.#suspended(this.#body.throw(error)));
  }

  /** It may have entered another context meanwhile. */
  #suspended(result: IteratorResult<void, T>): IteratorResult<void, T> {
    if (result.done !== true) this.#scope = this.#snapshot();
    return result;
  }
}
