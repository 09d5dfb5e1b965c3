/**
 * Where a coroutine can be, other than free to be entered, and what it can hold.
 *
 * @module
 */
import type { Coroutine } from "./coroutine.ts";
import type { CoroutineErrorCode } from "./errors.ts";

/**
 * Why a coroutine cannot be entered, and what it is in instead. A coroutine has one place at
 * most: INVARIANT(coroutine: "a coroutine is in at most one list").
 *
 * | place | the coroutine |
 * |---|---|
 * | `null` | may be entered |
 * | `ENTERED` | runs, or is below the one that runs |
 * | `GRANTED` | is entered, and what it has just begun to wait for is there already |
 * | `WOKEN` | is in a wake-up list, or in the pending list of an enter |
 * | `ENDED`, `FAILED` | has terminated |
 * | any other | waits there: a lock's queue, or an event of the host |
 */
export interface Place {
  /** The code of the error for those who try to enter it. */
  readonly refusal: CoroutineErrorCode;
  /** Such as `CoMutex "disk"`. */
  readonly waitingOn?: string | undefined;
  /** Who will resume it, for `already-scheduled`. */
  readonly scheduledBy?: string | undefined;
  /** Whoever must act before it can go on, if anybody is known. */
  readonly holder?: Coroutine<unknown> | null;
  /** Takes it out, as it has ended without having suspended there. */
  forget?(co: Coroutine<unknown>): void;
}

/** A lock that can be held: a link in its holder's chain of locks, newest on top. */
export interface Hold {
  /** Taken just before this one by the same holder. */
  below: Hold | null;
  /** Taken just after it. */
  above: Hold | null;
  /** Such as `CoMutex "disk"`. */
  toString(): string;
  /** The holder has ended: those who wait must be told. */
  abandon(): void;
}
