/**
 * What the ways of running coroutines inside others share.
 *
 * @module
 */
import { core, Coroutine } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";

const { fateOf } = core;

/** What a coroutine that has ended returned; throws what it failed with. */
export function resultOf<T>(co: Coroutine<T>): T {
  const fate = fateOf(co);
  if (fate.end !== "returned") throw fate.outcome;
  // INVARIANT: it is what the body returned, a T.
  return fate.outcome as T;
}

/** Throws where no coroutine runs that could wait. */
export function mustRun(verb: string): void {
  if (Coroutine.inCoroutine()) return;
  throw new CoroutineError("not-in-coroutine", `Cannot wait for ${verb}: no coroutine runs here`);
}
