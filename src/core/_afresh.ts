/**
 * What coroutine functions of this module hand out, such as `all([…])`: users may keep it, and run it twice.
 *
 * @module
 */
import type { Co, Suspension } from "./coroutine.ts";

/** Runs a coroutine function from its beginning each time: a generator would be worth nothing the second time. */
export class Afresh<T> implements Suspension<T> {
  declare readonly begin: () => Co<T>;

  constructor(begin: () => Co<T>) {
    this.begin = begin;
  }

  [Symbol.iterator](): Co<T> {
    return this.begin();
  }
}
