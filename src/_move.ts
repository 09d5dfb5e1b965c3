/**
 * The way of a coroutine from one context into another.
 *
 * @module
 */
import { core, type Suspension } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
import type { Loop } from "./_loop.ts";

const { cpu, leader, placeOf, refusalOf, RESUME, SUSPENDED } = core;

const DONE: IteratorResult<void, void> = Object.freeze({ done: true, value: undefined });

/** What `yield*` runs for those who go on in a context. */
export class Move implements Suspension<void>, Iterator<void, void, unknown> {
  declare readonly loop: Loop;
  declare readonly always: boolean;

  constructor(loop: Loop, always: boolean) {
    this.loop = loop;
    this.always = always;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Suspends; with RESUME, ends the wait. */
  next(token: unknown): IteratorResult<void, void> {
    if (token === RESUME) return DONE;
    const { loop } = this;
    const co = cpu.current;
    if (co === leader) {
      throw new CoroutineError(
        "yield-to-no-one",
        `Cannot go on in ${loop.context}: no coroutine runs here`,
      );
    }
    if (cpu.home === loop && !this.always) return DONE;
    if (placeOf(co) === null) loop.schedule(co);
    else throw refusalOf("schedule", co);
    return SUSPENDED;
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }
}
