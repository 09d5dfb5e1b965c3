/**
 * A block device in memory.
 *
 * @module
 */
import type { Suspension } from "@cofn/coroutine";
import { NBD_STATE_HOLE, NBD_STATE_ZERO } from "./protocol.ts";
import { type Extent, OVER, Over, type Storage } from "./storage.ts";

const PAGE = 2 ** 20;
/** What is read where no page is; nobody writes to it. */
const ZEROES = new Uint8Array(PAGE);

/** Memory in pages of 1 MiB, which are made when they are first written, and given back by `trim`. */
export class MemoryStorage implements Storage {
  readonly size: number;
  readonly description = "memory";
  readonly instant = true;
  readonly sparse = true;
  /** By number; what has no page is zero. */
  readonly #pages = new Map<number, Uint8Array>();

  /**
   * Makes a device that is all zeroes, and takes no memory yet.
   *
   * @param size In bytes.
   */
  constructor(size: number) {
    this.size = size;
  }

  /** How many pages have been made. */
  get pages(): number {
    return this.#pages.size;
  }

  read(offset: number, length: number): Suspension<readonly Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < length;) {
      const from = (offset + at) % PAGE;
      const n = Math.min(PAGE - from, length - at);
      const page = this.#pages.get((offset + at - from) / PAGE) ?? ZEROES;
      pieces.push(page.subarray(from, from + n));
      at += n;
    }
    return new Over(pieces);
  }

  write(offset: number, bytes: Uint8Array): Suspension<void> {
    for (let at = 0; at < bytes.length;) {
      const from = (offset + at) % PAGE;
      const n = Math.min(PAGE - from, bytes.length - at);
      const whole = n === bytes.length;
      this.#page((offset + at - from) / PAGE).set(whole ? bytes : bytes.subarray(at, at + n), from);
      at += n;
    }
    return OVER;
  }

  zero(offset: number, length: number, allocate: boolean): Suspension<void> {
    for (let at = 0; at < length;) {
      const from = (offset + at) % PAGE;
      const n = Math.min(PAGE - from, length - at);
      const i = (offset + at - from) / PAGE;
      if (allocate) this.#page(i).fill(0, from, from + n);
      else if (n === PAGE) this.#pages.delete(i);
      else this.#pages.get(i)?.fill(0, from, from + n);
      at += n;
    }
    return OVER;
  }

  trim(offset: number, length: number): Suspension<void> {
    return this.zero(offset, length, false);
  }

  flush(): Suspension<void> {
    return OVER;
  }

  *extents(offset: number, length: number): Generator<Extent> {
    const end = offset + length;
    for (let at = offset; at < end;) {
      const begin = at;
      let i = Math.floor(at / PAGE);
      const there = this.#pages.has(i);
      do at = Math.min(++i * PAGE, end); while (at < end && this.#pages.has(i) === there);
      yield { length: at - begin, state: there ? 0 : NBD_STATE_HOLE | NBD_STATE_ZERO };
    }
  }

  close(): void {
    this.#pages.clear();
  }

  #page(i: number): Uint8Array {
    let page = this.#pages.get(i);
    if (page === undefined) this.#pages.set(i, page = new Uint8Array(PAGE));
    return page;
  }
}
