/**
 * Where a coroutine can be, other than free to be entered.
 *
 * @module
 */
import type { Coroutine } from "./coroutine.ts";
import type { CoroutineErrorCode } from "./errors.ts";
import type { WaitList } from "./_wait_list.ts";

/**
 * Why a coroutine cannot be entered, and what it is in instead. A coroutine has one place at
 * most: INVARIANT(co_mutex: "a coroutine is in at most one list").
 *
 * | place | the coroutine |
 * |---|---|
 * | `null` | may be entered |
 * | `ENTERED` | runs, or is below the one that runs |
 * | `GRANTED` | is entered, and what it has just begun to wait for is there already |
 * | `WOKEN` | is in a wake-up list |
 * | `ENDED`, `FAILED` | has terminated |
 * | any other | waits there: a lock's queue, or an event |
 */
export interface Place {
  /** The code of the error for those who try to enter it. */
  readonly refusal: CoroutineErrorCode;
  /** Such as `CoMutex "disk"`. */
  readonly waitingOn?: string | undefined;
  /** Who will resume it, for `already-scheduled`. */
  readonly scheduledBy?: string | undefined;
  /** Those who must act, each of them, before it can go on, if they are known. */
  readonly holders?: readonly Coroutine<unknown>[];
  /** Only so many of the holders count, the first ones: the list is one that other places have, too. */
  readonly holdersUpTo?: number;
  /** Any of those may end the wait, as whoever fails does for those who were started with it; else all must act. */
  readonly anyEnds?: boolean;
  /** Other threads have what it waits for, too: they may let it go on. */
  readonly shared?: boolean;
  /** The list that it stands in, if there is one. */
  readonly list?: WaitList;
  /** The wait ends by itself, sooner or later. */
  readonly limited?: boolean;
  /** A cancellation must not take it out: it waits for what it must not go on without. */
  readonly shielded?: boolean;
  /** Takes it out: it was cancelled, gives up, or has ended. Those behind it may move up. */
  forget?(co: Coroutine<unknown>): void;
}
