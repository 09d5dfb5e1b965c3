/**
 * The one error that misuse raises, and the list of its codes.
 *
 * @module
 */
import type { Coroutine } from "./coroutine.ts";

/**
 * What was done wrong, as a literal that programs and the model share: where the model
 * refuses a call, it names the code that the real call must throw.
 *
 * | code | the call that throws it |
 * |---|---|
 * | `recursive-entry` | entering or waking a coroutine that has been entered and has not yielded |
 * | `already-woken` | entering or waking a coroutine that is about to run because somebody woke it |
 * | `already-scheduled` | entering or waking a coroutine that an event will resume; `scheduledBy` names it |
 * | `waiting` | entering or waking a coroutine that stands in the queue of a lock |
 * | `terminated` | entering or waking a coroutine that has ended |
 * | `wake-self` | waking the coroutine that runs |
 * | `yield-to-no-one` | suspending where no coroutine runs |
 * | `not-in-coroutine` | locking or unlocking where no coroutine runs |
 * | `relock` | locking what one holds already |
 * | `not-locked` | unlocking what nobody holds |
 * | `not-holder` | unlocking what another one holds |
 * | `locks-held` | ending while holding locks; `locks` names them |
 * | `abandoned` | locking what a coroutine held when it ended |
 * | `too-deep` | nesting enters or calls past the end of the stack, cancelling a scope or a pool there |
 * | `cancelled` | what a coroutine that was cancelled waits for; `cause` is the reason |
 * | `timeout` | a wait that has taken too long |
 * | `too-many` | acquiring more permits than a semaphore has at all |
 * | `not-acquired` | releasing more permits than are taken |
 * | `no-tasks` | waiting for one task where none runs |
 * | `context-busy` | closing a context that still has something to do, or is in the middle of it; polling one where another poll waits |
 * | `in-coroutine` | polling where a coroutine runs |
 * | `closed` | using a context, a writer or a file that was closed, or a bottom half that was deleted |
 * | `end-of-file` | reading more than there is |
 * | `too-long` | reading a line that is longer than it may be |
 * | `unsupported` | asking for what this host has not |
 * | `deadlock` | asking for deadlocks where there is one; stopping a thread that nothing could ever let go on |
 */
export type CoroutineErrorCode =
  | "recursive-entry"
  | "already-woken"
  | "already-scheduled"
  | "waiting"
  | "terminated"
  | "wake-self"
  | "yield-to-no-one"
  | "not-in-coroutine"
  | "relock"
  | "not-locked"
  | "not-holder"
  | "locks-held"
  | "abandoned"
  | "too-deep"
  | "cancelled"
  | "timeout"
  | "too-many"
  | "not-acquired"
  | "no-tasks"
  | "context-busy"
  | "in-coroutine"
  | "closed"
  | "end-of-file"
  | "too-long"
  | "unsupported"
  | "deadlock";

/** What a {@linkcode CoroutineError} carries besides its code and its sentence. */
export interface CoroutineErrorDetails {
  /** The coroutine that the call was about. */
  readonly coroutine?: Coroutine | undefined;
  /** With `already-scheduled`: who will resume it. */
  readonly scheduledBy?: string | undefined;
  /** With `locks-held`: the locks, in the order in which they were taken. */
  readonly locks?: readonly string[] | undefined;
  /** With `locks-held`: the error that ended the coroutine, if one did. With `cancelled`: why. */
  readonly cause?: unknown;
}

/**
 * Thrown to the caller of a misused function. The call has then changed nothing: the
 * coroutine, the lock and everybody who waits are as they were. (QEMU ends the process
 * in most of these places, and goes on with broken lists in the others.)
 *
 * Two codes tell of something that has happened and could not be prevented:
 * `locks-held` (the coroutine has ended) and `abandoned` (so had the holder).
 *
 * @example
 * ```ts
 * import { CoMutex, CoroutineError } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * try {
 *   new CoMutex("disk").unlock();
 * } catch (error) {
 *   assertEquals(error instanceof CoroutineError && error.code, "not-in-coroutine");
 * }
 * ```
 */
export class CoroutineError extends Error {
  /** What was done wrong. */
  readonly code: CoroutineErrorCode;
  /** The coroutine that the call was about. */
  declare readonly coroutine?: Coroutine;
  /** With `already-scheduled`: who will resume it. */
  declare readonly scheduledBy?: string;
  /** With `locks-held`: the locks, in the order in which they were taken. */
  declare readonly locks?: readonly string[];

  static {
    this.prototype.name = "CoroutineError";
  }

  /**
   * Makes an error; the runtime is the one that does.
   *
   * @param code What was done wrong.
   * @param message The sentence for people.
   * @param details What else is known.
   */
  constructor(code: CoroutineErrorCode, message: string, details: CoroutineErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.coroutine !== undefined) this.coroutine = details.coroutine;
    if (details.scheduledBy !== undefined) this.scheduledBy = details.scheduledBy;
    if (details.locks !== undefined) this.locks = details.locks;
  }
}
