/**
 * Whether those who wait for what the host does count as such: so the runtime knows whether anything may still come.
 *
 * @module
 */
import { awaitedOfHost } from "../../../src/core/_awaited.ts";
import { Abort } from "../core/_limit.ts";
import type { Theatre } from "../core/_puppets.ts";

/** How many wait for the host of those who have begun since it was made. */
export class Awaited {
  readonly #before = awaitedOfHost;

  /** Throws unless those do who wait for bytes, so many. Nothing is told where a signal may end waits: that counts, too. */
  mustBe(theatre: Theatre, bytes: number): void {
    const waiting = awaitedOfHost - this.#before;
    if (waiting === bytes) return;
    if (theatre.players.some(({ name }) => theatre.limit(name) instanceof Abort)) return;
    throw new Error(`${waiting} count as waiting for the host`);
  }
}
