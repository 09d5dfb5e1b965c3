/**
 * Mutexes for coroutines: one holder, a queue in the order of arrival, hand-off at unlock, and
 * what becomes of a lock whose holder ends.
 *
 * The spec is the life cycle of `_lifecycle.ts` with mutexes added. Whoever finds a lock taken
 * stops and stands in its queue, where nobody can enter it. To unlock is to hand over: the one
 * that has waited longest holds the lock from then on, and is woken. A holder that ends abandons
 * its locks: they stay its own for ever, and those who wait are woken with an error.
 *
 * Steps and claims are those of `_mutexes.ts`, which other specs build on.
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
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  patienceOf,
} from "../core/_lifecycle.ts";
import {
  abandon,
  abandoned,
  leaveLine,
  mutexActions,
  mutexClaims,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
  take,
  waitingClaims,
} from "./_mutexes.ts";
import { mutexNames } from "../core/_names.ts";

export type { Mutexes };

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "no lock is ever abandoned": (s: Mutexes) => s.holder.every((_, m) => !abandoned(s, m)),
  "whoever holds a lock is not woken": (s: Mutexes) =>
    s.held.every((held, who) => held.length === 0 || !s.woken.at(who)),
  "nobody waits while the leader has control": (s: Mutexes) =>
    s.current !== LEADER || s.waiters.every((waiters) => waiters.length === 0),
};

// ------------------------------------------------------------------------------------- spec

const life = new Life<Mutexes>({
  barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,
  ends: abandon,
  leave: leaveLine,
});

/**
 * `coroutines` that live as in `_lifecycle.ts`, and lock, try to lock and unlock `mutexes`.
 *
 * @param scope How many of each; how many are cancelled, and have waits with a limit; claims to add.
 */
export function coMutex(
  { coroutines = 3, mutexes = 2, always = {}, ...extent }: Extent & {
    coroutines?: number;
    mutexes?: number;
    /** Whether somebody listens, which changes nothing. */
    traced?: boolean;
    always?: Record<string, (s: Mutexes) => boolean>;
  } = {},
) {
  const n = coroutines;
  const Mutex = Schema.Literals(mutexNames(mutexes));
  return spec({
    name: "co_mutex",
    state: Schema.Struct({ ...lifecycleFields(n), ...mutexFields(n, mutexes) }),
    init: [{ ...lifecycleInit(n), ...mutexInit(n, mutexes) }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...moreActions(n, life),
      ...alarmActions(n, life, (s, who) => queues(s, who) > 0),
      ...mutexActions(mutexes, life, patienceOf(n, extent)),
      tryLock: {
        for: { m: Mutex },
        when: (s: Mutexes, { m }: { m: string }) => s.current !== LEADER && !abandoned(s, m),
        do: (s: Mutexes, { m }: { m: string }) => {
          if (s.holder.at(m) !== null) return "busy";
          take(s, s.current, m);
          return "taken";
        },
        refuse: (s: Mutexes) => s.current === LEADER ? "not-in-coroutine" : "abandoned",
      },
    },
    always: {
      ...lifecycleClaims(),
      ...mutexClaims,
      ...waitingClaims(queues),
      ...always,
    },
    sometimes: {
      "everybody else waits for one lock": (s) =>
        s.waiters.some((waiters) => waiters.length === n - 1),
      "a lock was handed to one that has not run yet": (s) =>
        s.held.some((held, who) => held.length > 0 && s.woken.at(who)),
      "a lock is abandoned": (s) => s.holder.some((_, m) => abandoned(s, m)),
      ...(mutexes < 2 || n < 2 ? {} : {
        "two wait for each other": (s: Mutexes) =>
          s.status.some((_, who) =>
            s.waiters.some((waiters, m) => {
              const other = s.holder.at(m);
              return waiters.includes(who) && other !== null &&
                s.waiters.some((queue, x) => queue.includes(other) && s.holder.at(x) === who);
            })
          ),
      }),
    },
    // Nobody can be entered: all have ended, or wait for one another.
    ends: (s) => s.current === LEADER,
  });
}
