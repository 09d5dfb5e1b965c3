/**
 * What coroutines do with readers, writers and files: each time that it is asked for, from its beginning.
 *
 * @module
 */
import { type Co, core, type Coroutine } from "../core/coroutine.ts";
import type { Wait } from "../time/_limits.ts";

const { cpu } = core;

/**
 * What `yield*` takes, as often as one likes, by several at once too. It can be the whole body of a
 * coroutine, as a generator can.
 *
 * @param begin Makes what one `yield*` runs.
 */
export function again<T>(begin: () => Iterator<void, T, unknown>): Co<T> {
  return asCo(new Begun(begin));
}

/** For what has all of a generator that `yield*` and coroutines use. */
export function asCo<T>(one: Again<T> | Wait<T>): Co<T> {
  // INVARIANT: `return` is not among it, nor what all iterators have.
  return one as unknown as Co<T>;
}

/** What begins afresh. */
export abstract class Again<T> implements Iterator<void, T, unknown> {
  /** What runs as the bodies of coroutines, if it is given as one. */
  #bodies: WeakMap<Coroutine, Iterator<void, T, unknown>> | null = null;

  abstract [Symbol.iterator](): Iterator<void, T, unknown>;

  next(token: unknown): IteratorResult<void, T> {
    const body = this.#take();
    // What a coroutine is entered with first is nothing that it has waited for.
    if (body !== undefined) return this.#keep(body, body.next(token));
    const begun = this[Symbol.iterator]();
    return this.#keep(begun, begun.next());
  }

  throw(error: unknown): IteratorResult<void, T> {
    const body = this.#take();
    if (body?.throw === undefined) throw error;
    return this.#keep(body, body.throw(error));
  }

  /** What runs for the coroutine that runs, if it has been begun: not kept, in case that it fails. */
  #take(): Iterator<void, T, unknown> | undefined {
    const body = this.#bodies?.get(cpu.current);
    this.#bodies?.delete(cpu.current);
    return body;
  }

  #keep(
    body: Iterator<void, T, unknown>,
    result: IteratorResult<void, T>,
  ): IteratorResult<void, T> {
    if (result.done !== true) (this.#bodies ??= new WeakMap()).set(cpu.current, body);
    return result;
  }
}

class Begun<T> extends Again<T> {
  readonly #begin: () => Iterator<void, T, unknown>;

  constructor(begin: () => Iterator<void, T, unknown>) {
    super();
    this.#begin = begin;
  }

  override [Symbol.iterator](): Iterator<void, T, unknown> {
    return this.#begin();
  }
}
