/**
 * The data of an option, taken apart.
 *
 * @module
 */
import { get16, get32 } from "./bytes.ts";
import { MAX_STRING } from "./protocol.ts";

/** There is less in the data than it says, or more. */
export class Malformed extends Error {
  static {
    this.prototype.name = "Malformed";
  }
}

/** Takes one field after the other. Each call throws {@linkcode Malformed} if there is no such field. */
export class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A number of two bytes. */
  u16(): number {
    return get16(this.#bytes, this.#take(2));
  }

  /** A number of four bytes. */
  u32(): number {
    return get32(this.#bytes, this.#take(4));
  }

  /** The bytes of a string, after their number. */
  string(): Uint8Array {
    const n = this.u32();
    if (n > MAX_STRING) throw new Malformed(`expected ${MAX_STRING} bytes at most, got ${n}`);
    const at = this.#take(n);
    return this.#bytes.subarray(at, at + n);
  }

  /** Nothing more. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new Malformed(`expected the end, got ${left} more bytes`);
  }

  #take(n: number): number {
    const at = this.#at;
    const left = this.#bytes.length - at;
    if (n > left) throw new Malformed(`expected ${n} bytes, got ${left}`);
    this.#at += n;
    return at;
  }
}
