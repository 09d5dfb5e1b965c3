/**
 * Of how many waits that end by themselves the contexts know, and the host: of as many as there are.
 *
 * @module
 */
import { AioContext, type Coroutine } from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { awaitedOfHost } from "../../../src/core/_awaited.ts";
import type { Home } from "../../../src/core/_home.ts";
import { HostList } from "../../../src/core/_host_list.ts";
import { core } from "../../../src/core/coroutine.ts";
import { isLimited } from "../../../src/time/_limits.ts";

const { homeOf, placeOf } = core;

const main = loopOf(AioContext.main);
/** What the host does: what those wait for by whom one is resumed, as they are called. */
const OF_HOST: readonly (string | undefined)[] = ["until", "readable"];

/** What has come in one replay: those before it may have left some who wait for ever. */
export class Awaited {
  readonly #ofMain = main.awaited;
  readonly #ofHost = awaitedOfHost;

  /**
   * Throws unless all know of all.
   *
   * @param hasSignal Whether the waits of that one are limited by a signal, if they have limits.
   */
  check(players: readonly Coroutine[], hasSignal: (co: Coroutine) => boolean): void {
    const ofOthers = new Map<Home, number>();
    let [ofMain, ofHost] = [this.#ofMain, this.#ofHost];
    for (const co of players) {
      const place = placeOf(co);
      const byHost = OF_HOST.includes(place?.scheduledBy) || place?.list instanceof HostList;
      let count = byHost || place?.scheduledBy === "sleep" || place?.limited === true ? 1 : 0;
      if (byHost) ofHost++;
      if (isLimited(co)) {
        count++;
        if (hasSignal(co)) ofHost++;
      }
      const home = homeOf(co);
      if (home === main) ofMain += count;
      else if (home !== null) ofOthers.set(home, (ofOthers.get(home) ?? 0) + count);
    }
    mustKnow(main, ofMain);
    for (const [home, count] of ofOthers) mustKnow(home, count);
    if (awaitedOfHost === ofHost) return;
    throw new Error(`the host is waited for ${awaitedOfHost} times, and not ${ofHost} times`);
  }
}

function mustKnow({ context, awaited }: Home, count: number): void {
  if (awaited === count) return;
  throw new Error(`${context} knows of ${awaited} waits, of ${count} that there are`);
}
