/**
 * What coroutines do with readers, writers and files: each time that it is asked for, from its beginning.
 *
 * @module
 */
import type { Co } from "../core/coroutine.ts";

/**
 * What `yield*` takes, as often as one likes, by several at once too. It can be the whole body of a
 * coroutine, as a generator can.
 *
 * @param begin Makes what one `yield*` runs.
 */
export function again<T>(begin: () => Iterator<void, T, unknown>): Co<T> {
  // INVARIANT: of a generator, `yield*` and coroutines use no more than it has.
  return new Again(begin) as unknown as Co<T>;
}

class Again<T> implements Iterator<void, T, unknown> {
  readonly #begin: () => Iterator<void, T, unknown>;
  /** What runs as the body of a coroutine. */
  #body: Iterator<void, T, unknown> | null = null;

  constructor(begin: () => Iterator<void, T, unknown>) {
    this.#begin = begin;
  }

  [Symbol.iterator](): Iterator<void, T, unknown> {
    return this.#begin();
  }

  next(token: unknown): IteratorResult<void, T> {
    if (this.#body !== null) return this.#body.next(token);
    // What it is begun with is nothing that it has waited for.
    return (this.#body = this.#begin()).next();
  }

  throw(error: unknown): IteratorResult<void, T> {
    if (this.#body?.throw === undefined) throw error;
    return this.#body.throw(error);
  }
}
