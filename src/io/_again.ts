/**
 * What coroutines do with readers, writers and files: each time that it is asked for, from its beginning.
 *
 * @module
 */
import { type Co, core, type Coroutine } from "../core/coroutine.ts";

const { cpu } = core;

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
  /** What runs as the bodies of coroutines, if it is given as one. */
  #bodies: WeakMap<Coroutine, Iterator<void, T, unknown>> | null = null;

  constructor(begin: () => Iterator<void, T, unknown>) {
    this.#begin = begin;
  }

  [Symbol.iterator](): Iterator<void, T, unknown> {
    return this.#begin();
  }

  next(token: unknown): IteratorResult<void, T> {
    const body = this.#take();
    // What a coroutine is entered with first is nothing that it has waited for.
    if (body !== undefined) return this.#keep(body, body.next(token));
    const begun = this.#begin();
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
