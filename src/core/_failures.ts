/**
 * What coroutines fail with that have not failed by themselves, and what those are thrown who let them run.
 *
 * @module
 */
import type { Core } from "./_core.ts";
import type { Coroutine } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
import type { Hold } from "./_holds.ts";
import { textOf } from "./_given.ts";

/** What one that was cancelled is thrown. */
export function cancelledBy(co: Coroutine<unknown>, reason: unknown): CoroutineError {
  return new CoroutineError(
    "cancelled",
    `Coroutine "${co.name}" was cancelled${reason === undefined ? "" : `: ${textOf(reason)}`}`,
    { coroutine: co, cause: reason },
  );
}

/** What one fails with that ends holding locks. */
export function endedHolding(
  co: Coroutine<unknown>,
  locks: readonly Hold[],
  failed: boolean,
  outcome: unknown,
): CoroutineError {
  const held = locks.filter(({ granted }) => granted !== true);
  const names = (held.length > 0 ? held : locks).map((lock) => `${lock}`);
  const reason = failed ? ` (it failed: ${textOf(outcome)})` : "";
  if (held.length === 0) {
    return new CoroutineError(
      "locks-held",
      `Let each generator be run by one coroutine: "${co.name}" has run another one's, so it has ended before it ` +
        `could go on with ${names.join(", ")}, which others may have now${reason}`,
      { coroutine: co, locks: names, ...(failed ? { cause: outcome } : {}) },
    );
  }
  return new CoroutineError(
    "locks-held",
    `Unlock ${names.join(", ")} before coroutine "${co.name}" ends: it has ended holding ` +
      `${
        names.length === 1 ? "this lock, which is" : "these locks, which are"
      } now abandoned${reason}`,
    { coroutine: co, locks: names, ...(failed ? { cause: outcome } : {}) },
  );
}

/** What the enterer of those who failed is thrown. */
export function failureOf(
  { errorOf, promiseOf }: Core,
  failed: readonly Coroutine<unknown>[],
): unknown {
  // It is told here: a `done` that nobody looks at is then no unhandled rejection.
  for (const co of failed) promiseOf(co)?.catch(ignore);
  // INVARIANT: whoever asks has seen that somebody has failed.
  if (failed.length === 1) return errorOf(failed[0]!);
  const names = failed.map((co) => `"${co.name}"`).join(", ");
  return new AggregateError(failed.map(errorOf), `${failed.length} coroutines failed: ${names}`);
}

const ignore = (): void => {};
