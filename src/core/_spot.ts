/**
 * Places in a wait list, where the list alone does not tell enough.
 *
 * @module
 */
import type { Coroutine } from "./coroutine.ts";
import type { CoroutineErrorCode } from "./errors.ts";
import type { Place } from "./_place.ts";
import type { WaitList } from "./_wait_list.ts";

/** The place of some of those who stand in a list. */
export class Spot implements Place {
  readonly refusal: CoroutineErrorCode;
  readonly scheduledBy: string | undefined;
  readonly list: WaitList & Place;
  readonly shielded: boolean;
  readonly #what: string;

  /**
   * @param list Where they stand: why they cannot be entered is the same for all of it.
   * @param what What they wait for, such as ` (to write)`, after the name of the list.
   * @param shielded Whether they must not go on without it.
   */
  constructor(list: WaitList & Place, what: string = "", shielded: boolean = false) {
    this.list = list;
    this.refusal = list.refusal;
    this.scheduledBy = list.scheduledBy;
    this.#what = what;
    this.shielded = shielded;
  }

  get waitingOn(): string {
    return `${this.list}${this.#what}`;
  }

  get holders(): readonly Coroutine[] {
    return this.list.holders ?? [];
  }

  forget(co: Coroutine): void {
    this.list.forget(co);
  }
}
