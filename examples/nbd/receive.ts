/**
 * Payloads that clients send: taken, or thrown away.
 *
 * @module
 */
import type { Co, CoReader } from "@cofn/coroutine";

/**
 * Takes a payload into bytes of its own. The reader's buffer stays as small as it is.
 *
 * @returns It; null if the connection ends before.
 */
export function* receive(reader: CoReader, length: number): Co<Uint8Array | null> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    if (!(yield* reader.fill(1))) return null;
    const n = Math.min(reader.buffered, length - at);
    bytes.set(reader.peek(n), at);
    reader.skip(n);
    at += n;
  }
  return bytes;
}

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
