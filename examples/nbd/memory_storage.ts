/**
 * A block device in memory.
 *
 * @module
 */
import type { Suspension } from "@cofn/coroutine";
import { NBD_STATE_HOLE, NBD_STATE_ZERO } from "./protocol.ts";
import { bytesOf, free } from "./buffers.ts";
import { type Extent, LEND_FROM, OVER, Over, type Storage } from "./storage.ts";

/** What is made, and given back, as a whole. */
export const PAGE = 2 ** 20;
/** What is read where nothing was written. It stands for a page that is no hole, too: nobody writes to it. */
const ZEROES = new Uint8Array(PAGE);

/** How often a page is being sent, and whether it is a page still. */
interface Lending {
  times: number;
  dropped: boolean;
}

/**
 * Memory in pages of 1 MiB, which are made when they are first written, and given back when they are
 * zeroed or trimmed. A page that must not become a hole is said to be there and takes no memory either: no
 * system promises any more for one that is full of zeroes.
 */
export class MemoryStorage implements Storage {
  readonly size: number;
  readonly description = "memory";
  readonly sparse = true;
  /** By number; what has no page is a hole. */
  readonly #pages = new Map<number, Uint8Array<ArrayBuffer>>();
  /** By the buffers of pages that are being sent. */
  readonly #lending = new Map<ArrayBufferLike, Lending>();

  /**
   * Makes a device that is all zeroes, and takes no memory yet.
   *
   * @param size In bytes.
   */
  constructor(size: number) {
    this.size = size;
  }

  /** How many pages take memory. */
  get pages(): number {
    return this.#pages.values().filter((page) => page !== ZEROES).toArray().length;
  }

  read(offset: number, length: number): Suspension<readonly Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < length;) {
      const from = (offset + at) % PAGE;
      const n = Math.min(PAGE - from, length - at);
      const page = this.#pages.get((offset + at - from) / PAGE) ?? ZEROES;
      pieces.push(page.subarray(from, from + n));
      if (length >= LEND_FROM && page !== ZEROES) this.#lend(page);
      at += n;
    }
    return new Over(pieces);
  }

  sent(piece: Uint8Array): void {
    const lending = this.#lending.get(piece.buffer);
    if (lending === undefined || --lending.times > 0) return;
    this.#lending.delete(piece.buffer);
    // INVARIANT: it is of a page.
    if (lending.dropped) free(piece as Uint8Array<ArrayBuffer>);
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
      const page = this.#pages.get(i);
      if (page === undefined || page === ZEROES || n === PAGE) {
        if (allocate) this.#pages.set(i, ZEROES);
        else if (n === PAGE) this.#pages.delete(i);
        if (page !== undefined && page !== ZEROES) this.#drop(page);
      } else page.fill(0, from, from + n);
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
    let i = Math.floor(offset / PAGE);
    let state = this.#state(i);
    for (let at = offset; at < end;) {
      const begin = at;
      const was = state;
      do {
        at = Math.min(++i * PAGE, end);
        state = this.#state(i);
      } while (at < end && state === was);
      yield { length: at - begin, state: was };
    }
  }

  close(): void {
    for (const page of this.#pages.values()) if (page !== ZEROES) this.#drop(page);
    this.#pages.clear();
  }

  #lend(page: Uint8Array): void {
    const lending = this.#lending.get(page.buffer);
    if (lending === undefined) this.#lending.set(page.buffer, { times: 1, dropped: false });
    else lending.times++;
  }

  /** It is a page no more. */
  #drop(page: Uint8Array<ArrayBuffer>): void {
    const lending = this.#lending.get(page.buffer);
    if (lending === undefined) free(page);
    else lending.dropped = true;
  }

  #state(i: number): number {
    const page = this.#pages.get(i);
    if (page === undefined) return NBD_STATE_HOLE | NBD_STATE_ZERO;
    return page === ZEROES ? NBD_STATE_ZERO : 0;
  }

  #page(i: number): Uint8Array<ArrayBuffer> {
    const page = this.#pages.get(i);
    if (page !== undefined && page !== ZEROES) return page;
    const made = bytesOf(PAGE);
    this.#pages.set(i, made);
    return made;
  }
}
