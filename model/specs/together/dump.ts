/**
 * Who is where, and who waits for whom: coroutines that lock mutexes, and look at each point.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec } from "../../mod.ts";
import {
  alarmActions,
  type Extent,
  LEADER,
  Life,
  lifecycleActions,
  lifecycleFields,
  lifecycleInit,
  patienceOf,
} from "../core/_lifecycle.ts";
import {
  abandon,
  leaveLine,
  mutexActions,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
} from "../locks/_mutexes.ts";
import { type Holdings, lookActions, lookClaims } from "./_looks.ts";

/** In whose line one stands. */
function lineOf(s: Mutexes, who: string): string | undefined {
  return s.waiters.keys().find((m) => s.waiters.at(m).includes(who));
}

const nameOf = (m: string): string => `CoMutex "${m}"`;

const holdings: Holdings<Mutexes> = {
  on: (s, who) => {
    const m = lineOf(s, who);
    return m === undefined ? null : nameOf(m);
  },
  holders: (s, who) => {
    const m = lineOf(s, who);
    const holder = m === undefined ? null : s.holder.at(m);
    return holder === null ? [] : [holder];
  },
  holds: (s, who) => [...s.held.at(who)].map(nameOf),
};

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody waits for one that waits": (s: Mutexes) =>
    s.holder.every((holder, m) =>
      holder === null || s.waiters.at(m).length === 0 || queues(s, holder) === 0
    ),
  "whoever holds something runs": (s: Mutexes) =>
    s.held.every((held, who) => held.length === 0 || s.status.at(who) === "running"),
};

// ------------------------------------------------------------------------------------- spec

const life = new Life<Mutexes>({
  barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,
  ends: abandon,
  leave: leaveLine,
});

/**
 * `coroutines` that live as in `_lifecycle.ts`, lock and unlock `mutexes`, and look who waits for whom.
 *
 * @param scope How many of each; how many have waits with a limit; claims to add.
 */
export function dump(
  { coroutines = 3, mutexes = 2, always = {}, ...extent }: Omit<Extent, "cancels"> & {
    coroutines?: number;
    mutexes?: number;
    always?: Record<string, (s: Mutexes) => boolean>;
  } = {},
) {
  const n = coroutines;
  return spec({
    name: "dump",
    state: Schema.Struct({ ...lifecycleFields(n), ...mutexFields(n, mutexes) }),
    init: [{ ...lifecycleInit(n), ...mutexInit(n, mutexes) }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, (s, who) => queues(s, who) > 0),
      ...mutexActions(mutexes, life, patienceOf(n, extent)),
      ...lookActions(holdings),
    },
    always: { ...lookClaims(holdings), ...always },
    sometimes: {
      "two wait for each other": (s) =>
        s.status.some((_, who) =>
          holdings.holders(s, who).some((other) => holdings.holders(s, other).includes(who))
        ),
      "one that has entered another holds what a third waits for": (s) =>
        s.holder.some((holder, m) =>
          holder !== null && s.status.at(holder) === "normal" && s.waiters.at(m).length > 0
        ),
    },
    ends: (s) => s.current === LEADER,
  });
}
