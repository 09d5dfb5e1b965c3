/**
 * Both ends of what coroutines read and write, whatever kind of the host's they are.
 *
 * @module
 */

/** Where bytes come from. */
export interface From {
  /**
   * Reads some bytes: into the room that it is given, answering how many, or as a chunk of its own; null
   * at the end.
   */
  pull(room: Uint8Array): Promise<number | Uint8Array | null>;
  /** Nothing is read any more. `pulling` is what has been begun, if anything has. */
  cancel(pulling: PromiseLike<unknown> | null): void;
  /** Rejected when it fails, in the middle of a read or not; not there where only reads fail. */
  readonly failed?: Promise<unknown>;
}

/** Where bytes go to. */
export interface To {
  /** Takes some of them, at least one: how many? */
  push(bytes: Uint8Array): Promise<number>;
  /** No more will come. */
  close(): Promise<void>;
  /** Rejected when it fails, in the middle of a call or not; not there where only calls fail. */
  readonly failed?: Promise<unknown>;
}
