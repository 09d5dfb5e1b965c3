/**
 * Those who wait for what the host does, in the order in which they came.
 *
 * @module
 */
import { beginAwaiting, endAwaiting, homeOfParked } from "./_awaited.ts";
import type { Coroutine } from "./coroutine.ts";
import type { Place } from "./_place.ts";
import { WaitList } from "./_wait_list.ts";

/** A wait list whose waits end when the host does something. */
export abstract class HostList extends WaitList {
  override park(place?: Place): void {
    super.park(place);
    beginAwaiting(true);
  }

  override parkFirst(place?: Place): void {
    super.parkFirst(place);
    beginAwaiting(true);
  }

  override shift(): Coroutine<unknown> | null {
    const co = super.shift();
    if (co !== null) endAwaiting(homeOfParked(co), true);
    return co;
  }

  override forget(co: Coroutine<unknown>): void {
    super.forget(co);
    endAwaiting(homeOfParked(co), true);
  }
}
