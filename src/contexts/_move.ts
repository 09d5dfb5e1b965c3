/**
 * The way of a coroutine from one context into another.
 *
 * @module
 */
import { noCoroutine } from "../core/_copies.ts";
import { core, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import type { Loop } from "./_loop.ts";

const { cpu, leader, DONE, RESUME, SUSPENDED } = core;

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
    if (cpu.current === leader) {
      throw new CoroutineError(
        "yield-to-no-one",
        `Cannot go on in ${loop.context}: ${noCoroutine()}`,
      );
    }
    if (cpu.home === loop && !this.always) return DONE;
    loop.schedule(cpu.current);
    return SUSPENDED;
  }

  /** Ends the wait with an error. */
  throw(error: unknown): never {
    throw error;
  }
}
