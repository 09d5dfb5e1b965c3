/**
 * Buffers whose memory goes back to the system when it is not needed any more, and not when somebody collects garbage:
 * a server that has nothing to do collects none.
 *
 * @module
 */

/**
 * Makes bytes that are zero. They take memory where they are first written.
 *
 * @param n How many.
 */
export function bytesOf(n: number): Uint8Array<ArrayBuffer> {
  // One that can change its size has pages of its own.
  return new Uint8Array(new ArrayBuffer(n, { maxByteLength: n }), 0, n);
}

/** Gives the memory of such bytes back: nobody may use them any more. */
export function free({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.resize(0);
}

/** The smallest one that is kept; all have a power of two. */
const SMALLEST = 2 ** 16;
/** So many bytes are kept at most. */
const MOST = 2 ** 23;

/** Buffers that are used again, as far as they are not too many. */
export class Buffers {
  readonly #bySize = new Map<number, ArrayBuffer[]>();
  #kept = 0;

  /** Room for so many bytes: there may be anything in it. */
  take(n: number): Uint8Array<ArrayBuffer> {
    if (n < SMALLEST) return new Uint8Array(n);
    const size = 2 ** Math.ceil(Math.log2(n));
    const buffer = this.#bySize.get(size)?.pop();
    if (buffer !== undefined) this.#kept -= size;
    return new Uint8Array(buffer ?? bytesOf(size).buffer, 0, n);
  }

  /** Nobody uses it any more. */
  giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    const { buffer } = bytes;
    const { byteLength: size } = buffer;
    if (size < SMALLEST) return;
    if (this.#kept + size > MOST) return free(bytes);
    this.#kept += size;
    const those = this.#bySize.get(size);
    if (those === undefined) this.#bySize.set(size, [buffer]);
    else those.push(buffer);
  }
}
