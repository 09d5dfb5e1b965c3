/**
 * Who is where, and who waits for whom, where one may wait for several: coroutines that read and write under one
 * lock, and look at each point.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec } from "../../mod.ts";
import { type Extent, LEADER } from "../core/_lifecycle.ts";
import { hasWriter, type RwLock, rwLockParts, waits } from "../locks/co_rw_lock.ts";
import { type Holdings, lookActions, lookClaims } from "./_looks.ts";

const holdings: Holdings<RwLock> = {
  on: (s, who) => waits(s, who) ? `CoRwLock "l" (to ${s.wants.at(who)})` : null,
  holders: (s, who) => {
    if (!waits(s, who)) return [];
    // Those who want to read wait for a writer: for one that stands before them, where others read.
    if (s.wants.at(who) === "read" && !hasWriter(s)) return [s.tickets.at(0)];
    return s.holds.keys().filter((other) => s.holds.at(other) !== null);
  },
  holds: (s, who) => s.holds.at(who) === null ? [] : ['CoRwLock "l"'],
};

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody waits for several": (s: RwLock) =>
    s.status.keys().every((who) => holdings.holders(s, who).length < 2),
  "nobody waits for one that waits": (s: RwLock) =>
    s.status.keys().every((who) => holdings.holders(s, who).every((other) => !waits(s, other))),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` that live as in `_lifecycle.ts`, read and write under one lock, and look who waits for whom.
 *
 * @param scope How many; how many have waits with a limit; claims to add.
 */
export function dumpRw(
  { coroutines = 3, always = {}, ...extent }: Omit<Extent, "cancels"> & {
    coroutines?: number;
    always?: Record<string, (s: RwLock) => boolean>;
  } = {},
) {
  const { fields, init, actions } = rwLockParts({ coroutines, ...extent });
  return spec({
    name: "dump_rw",
    state: Schema.Struct(fields),
    init: [init],
    actions: { ...actions, ...lookActions(holdings) },
    always: { ...lookClaims(holdings), ...always },
    sometimes: {
      "one waits for all others": (s) =>
        s.status.keys().some((who) => holdings.holders(s, who).length === coroutines - 1),
      "one waits for another that waits": (s) =>
        s.status.keys().some((who) => holdings.holders(s, who).some((other) => waits(s, other))),
    },
    ends: (s) => s.current === LEADER,
  });
}
