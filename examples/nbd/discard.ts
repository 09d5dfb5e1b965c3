/**
 * Bytes that nobody wants.
 *
 * @module
 */
import type { Co, CoReader } from "@cofn/coroutine";

/**
 * Reads what nobody wants, and keeps none of it.
 *
 * @returns False if the connection ends before.
 */
export function* discard(reader: CoReader, length: number): Co<boolean> {
  for (let left = length; left > 0;) {
    if (!(yield* reader.fill(1))) return false;
    const n = Math.min(reader.buffered, left);
    reader.skip(n);
    left -= n;
  }
  return true;
}
