/**
 * Payloads that clients send: taken, or thrown away.
 *
 * @module
 */
import type { Co, CoReader } from "@cofn/coroutine";

/**
 * Takes a payload, as it comes. The reader's buffer stays as small as it is.
 *
 * @param into Where it goes: as many bytes as it has.
 * @returns False if the connection ends before.
 */
export function* receive(reader: CoReader, into: Uint8Array): Co<boolean> {
  for (let at = 0; at < into.length;) {
    if (!(yield* reader.fill(1))) return false;
    const n = Math.min(reader.buffered, into.length - at);
    into.set(reader.peek(n), at);
    reader.skip(n);
    at += n;
  }
  return true;
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
