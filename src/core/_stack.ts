/**
 * The end of the native stack: a clear error before it, rather than an overflow in the middle
 * of something.
 *
 * @module
 */
import { CoroutineError } from "./errors.ts";

/** As many words must be free on the stack to go deeper: V8 needs them to compile what cleans up after an overflow. */
const HEADROOM = new Array(8192).fill(0) as [unknown];

/** Goes on only if the stack has room for it, and for us to clean up if what is called then overflows. */
export function makeSureOfStack(action: string, depth = 0): void {
  try {
    // Arguments go on the stack, and a built-in function is not optimised away; this one looks at the first alone.
    Array.isArray.apply(null, HEADROOM);
  } catch {
    const nested = depth > 0 ? `, after ${depth} nested enters and calls` : "";
    const advice = depth > 0 ? "wake coroutines instead of entering them, or " : "";
    throw new CoroutineError(
      "too-deep",
      `Cannot ${action}: the stack ends here${nested} (${advice}return before going on)`,
    );
  }
}
