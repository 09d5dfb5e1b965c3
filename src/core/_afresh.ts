/**
 * What coroutine functions of this module hand out, such as `all([…])`: users may keep it, and run it twice.
 *
 * @module
 */
import type { Suspension } from "./coroutine.ts";

/** Runs something from its beginning each time: a generator would be worth nothing the second time. */
export class Afresh<T> implements Suspension<T> {
  declare readonly begin: () => Iterator<void, T, unknown>;

  /** @param begin Makes what one `yield*` runs. */
  constructor(begin: () => Iterator<void, T, unknown>) {
    this.begin = begin;
  }

  [Symbol.iterator](): Iterator<void, T, unknown> {
    return this.begin();
  }
}
