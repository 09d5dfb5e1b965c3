/**
 * The end of the native stack: a clear error before it, rather than an overflow in the middle
 * of something.
 *
 * @module
 */
import { CoroutineError } from "./errors.ts";

/** As many words must be free on the stack to go deeper: V8 needs them to compile what cleans up after an overflow. */
const HEADROOM: number[] = new Array(8192).fill(0);

/** Goes deeper only if the stack has room for it, and for us to clean up if the body then overflows. */
export function makeSureOfStack(action: string, depth: number): void {
  try {
    // Arguments go on the stack, and a built-in function is not optimised away.
    Math.max.apply(null, HEADROOM);
  } catch {
    throw new CoroutineError(
      "too-deep",
      `Cannot ${action}: the stack ends here, after ${depth} nested enters and calls ` +
        "(wake coroutines instead of entering them, or return before going on)",
    );
  }
}
