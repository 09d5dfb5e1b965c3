/**
 * Where coroutines run: an `AioContext`, as the core and the locks see it.
 *
 * @module
 */
import type { AioContext } from "./_above.ts";
import type { Coroutine } from "./coroutine.ts";

/** A place that coroutines come back to. */
export interface Home {
  /** What users know it by. */
  readonly context: AioContext;
  /** How many of those who ran here last wait for what comes by itself: see `_awaited.ts`. */
  awaited: number;
  /**
   * Lets one go on there that is suspended, or was never entered, and that nobody else will resume.
   *
   * @returns Whether it will: not if the home is closed.
   */
  receive(co: Coroutine<unknown>): boolean;
}
