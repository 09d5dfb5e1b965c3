/**
 * Buffers that are used again: a new one is filled with zeroes first, which takes as long as to read into it.
 *
 * @module
 */

/** The smallest one that is kept; all have a power of two. */
const SMALLEST = 2 ** 16;
/** So many bytes are kept at most. */
const MOST = 2 ** 23;

/** Buffers that nobody uses. */
export class Buffers {
  readonly #bySize = new Map<number, ArrayBuffer[]>();
  #kept = 0;

  /** Room for so many bytes: there may be anything in it. */
  take(n: number): Uint8Array<ArrayBuffer> {
    if (n < SMALLEST) return new Uint8Array(n);
    const size = 2 ** Math.ceil(Math.log2(n));
    const buffer = this.#bySize.get(size)?.pop();
    if (buffer !== undefined) this.#kept -= size;
    return new Uint8Array(buffer ?? new ArrayBuffer(size), 0, n);
  }

  /** Nobody uses it any more. */
  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    const { byteLength: size } = buffer;
    if (size < SMALLEST || this.#kept + size > MOST) return;
    this.#kept += size;
    const those = this.#bySize.get(size);
    if (those === undefined) this.#bySize.set(size, [buffer]);
    else those.push(buffer);
  }
}
