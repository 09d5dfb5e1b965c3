/**
 * What a block device keeps its bytes in.
 *
 * @module
 */
import type { Suspension } from "@cofn/coroutine";
import { NBD_EIO, NBD_ENOMEM, NBD_ENOSPC, NBD_EPERM } from "./protocol.ts";

/** A piece of the device, and what is known of it. */
export interface Extent {
  readonly length: number;
  /** `NBD_STATE_HOLE`, `NBD_STATE_ZERO`; 0 where there may be anything. */
  readonly state: number;
}

/**
 * Bytes that stay. Whoever calls has made sure that what is asked for lies inside `size`. Requests that
 * overlap may be carried out in any order and even mixed, which the protocol allows: it promises
 * order only to clients that wait for one reply before they send the next request. So there is
 * no lock for the device as a whole.
 */
export interface Storage {
  /** In bytes. */
  readonly size: number;
  /** For people: what it is. */
  readonly description: string;
  /** Whether it knows holes: zeroes are quick then, and what is trimmed gives its room back. */
  readonly sparse: boolean;
  /**
   * Reads. The pieces may be views of what is stored. If there are less than {@linkcode LEND_FROM} bytes in all,
   * they are valid until the caller waits or reads again; else until `sent` has been called for each.
   */
  read(offset: number, length: number): Suspension<readonly Uint8Array[]>;
  /** A piece of {@linkcode LEND_FROM} bytes and more that was read is not used any more. */
  sent(piece: Uint8Array): void;
  /**
   * Writes.
   *
   * @param bytes They are lent until the first wait: what waits must have copied them.
   * @param lasting Whether they are lent until the wait is over instead.
   */
  write(offset: number, bytes: Uint8Array, lasting?: boolean): Suspension<void>;
  /** Makes zeroes, of {@linkcode ZERO_PIECE} bytes at most; with `allocate`, without a hole. */
  zero(offset: number, length: number, allocate: boolean): Suspension<void>;
  /** Forgets what is there, if it can, of as many bytes; anything may be read there afterwards. */
  trim(offset: number, length: number): Suspension<void>;
  /** Goes on when all that was written before will survive. */
  flush(): Suspension<void>;
  /** What is where, from `offset` on, at least one, and not beyond `length`. */
  extents(offset: number, length: number): Iterable<Extent>;
  /** Gives back what it has opened; nobody may be using it. */
  close(): void;
}

/** What is read in one go and is shorter is copied by whoever sends it; what is not is sent as it is. */
export const LEND_FROM: number = 2 ** 17;
/** Zeroes are made in pieces of this size, between which others have their turn, and the end may come. */
export const ZERO_PIECE: number = 2 ** 23;

/** A wait that is over. */
export class Over<T> implements Suspension<T>, Iterator<void, T, unknown> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorReturnResult<T> {
    return { done: true, value: this.#value };
  }
}

/** A wait for nothing that is over. */
export const OVER: Suspension<void> = new Over(undefined);

/** The errors of a system that the protocol has a number for. */
const NUMBERS = new Map([
  ["EPERM", NBD_EPERM],
  ["EACCES", NBD_EPERM],
  ["EROFS", NBD_EPERM],
  ["ENOMEM", NBD_ENOMEM],
  ["ENOSPC", NBD_ENOSPC],
  ["EDQUOT", NBD_ENOSPC],
  ["EFBIG", NBD_ENOSPC],
]);

/** The number by which a client is told of a failure. */
export function errorNumber(error: unknown): number {
  // V8 has no better word for memory that cannot be had.
  if (error instanceof RangeError) return NBD_ENOMEM;
  const code = error instanceof Error && "code" in error ? `${error.code}` : "";
  return NUMBERS.get(code) ?? NBD_EIO;
}
