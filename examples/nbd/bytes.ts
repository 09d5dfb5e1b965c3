/**
 * Big-endian numbers in bytes. Numbers are put together byte by byte: to make a DataView for each
 * header takes longer than to read it.
 *
 * @module
 */

const HIGH = 2 ** 32;

// INVARIANT: whoever calls these has made sure that there are so many bytes; so `!` below.

/** The two bytes at `at`. */
export function get16(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!;
}

/** The four bytes at `at`, unsigned. */
export function get32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!) >>> 0;
}

/** The eight bytes at `at`, unsigned: exact up to 2^53, rounded above. */
export function get64(bytes: Uint8Array, at: number): number {
  return get32(bytes, at) * HIGH + get32(bytes, at + 4);
}

/** The eight bytes at `at`, unsigned and exact. */
export function getBig64(bytes: Uint8Array, at: number): bigint {
  return BigInt(get32(bytes, at)) << 32n | BigInt(get32(bytes, at + 4));
}

/** Writes two bytes at `at`. */
export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes four bytes at `at`. */
export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** Writes eight bytes at `at`; `value` is at most 2^53. */
export function put64(bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at, Math.floor(value / HIGH));
  put32(bytes, at + 4, value % HIGH);
}

/** Writes eight bytes at `at`. */
export function putBig64(bytes: Uint8Array, at: number, value: bigint): void {
  put32(bytes, at, Number(value >> 32n));
  put32(bytes, at + 4, Number(value & 0xffffffffn));
}

/** Whether they are the same. */
export function equal(some: Uint8Array, others: Uint8Array): boolean {
  return some.length === others.length && some.every((byte, i) => byte === others[i]);
}
