/**
 * What the ways of running coroutines inside others share.
 *
 * @module
 */
import { noCoroutine } from "../core/_copies.ts";
import { core, Coroutine } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { addCause, mustBeCallback, mustBeOptions } from "../core/_given.ts";

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
  throw new CoroutineError("not-in-coroutine", `Cannot wait for ${verb}: ${noCoroutine()}`);
}

/** What becomes of results that nobody gets. */
export interface LostOptions<T> {
  /**
   * Is given each result that nobody gets, as another one has won or failed, or as the one that waits was
   * cancelled. It is called when all have ended, in their order, before the one that waits goes on; it must
   * not wait. All are told, whatever it throws; that is then thrown to the one that waits.
   *
   * @param result What it has returned.
   * @param index Which one it was, from 0 up.
   */
  readonly lost?: ((result: T, index: number) => void) | undefined;
}

/** What takes the results that nobody gets. */
export function lostOf<T>(
  verb: string,
  options: LostOptions<T> | undefined,
): LostOptions<T>["lost"] {
  if (options === undefined) return undefined;
  mustBeOptions(verb, options, ["lost"]);
  const { lost } = options;
  if (lost !== undefined) mustBeCallback(verb, lost, "lost");
  return lost;
}

/**
 * Tells of results that nobody gets: those of all children that have returned but `winner`, if there is one.
 *
 * @param error What the one that waits is to fail with; undefined if it is not.
 * @returns That.
 * @throws What the first call that throws throws, when all are told.
 */
export function tellLost<T>(
  children: readonly Coroutine[],
  lost: LostOptions<T>["lost"],
  error: unknown,
  winner?: Coroutine,
): unknown {
  if (lost === undefined) return error;
  let thrown: { readonly error: unknown } | undefined;
  children.forEach((child, index) => {
    const { end, outcome } = fateOf(child);
    if (child === winner || end !== "returned") return;
    try {
      // INVARIANT: it is what one of the functions has returned.
      lost(outcome as T, index);
    } catch (failure) {
      thrown ??= { error: failure };
    }
  });
  if (thrown === undefined) return error;
  addCause(thrown.error, error);
  throw thrown.error;
}
