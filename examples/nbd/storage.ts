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
  /**
   * Whether nothing ever waits here: then all is done when the call returns, so that `write` can be given
   * what lies in the buffer of a connection, which is only lent until the next wait.
   */
  readonly instant: boolean;
  /** Whether it knows holes: zeroes are quick then, and what is trimmed gives its room back. */
  readonly sparse: boolean;
  /** Reads; the pieces may be views of what is stored. */
  read(offset: number, length: number): Suspension<readonly Uint8Array[]>;
  /** Writes; `bytes` are its own until the wait is over. */
  write(offset: number, bytes: Uint8Array): Suspension<void>;
  /** Makes zeroes; with `allocate`, without a hole. */
  zero(offset: number, length: number, allocate: boolean): Suspension<void>;
  /** Forgets what is there, if it can; anything may be read there afterwards. */
  trim(offset: number, length: number): Suspension<void>;
  /** Goes on when all that was written before will survive. */
  flush(): Suspension<void>;
  /** What is where, from `offset` on, at least one, and not beyond `length`. */
  extents(offset: number, length: number): Iterable<Extent>;
  /** Gives back what it has opened; nobody may be using it. */
  close(): void;
}

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
