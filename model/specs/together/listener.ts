/**
 * Mutexes while somebody listens to a trace who cancels a coroutine as he is told: that a lock was taken or given
 * back, or that somebody waits for it. A lock that is given back is somebody else's by then, who is in no queue any
 * more and has not been woken yet: he keeps it, and whoever else is cancelled goes on before him.
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
  parties,
} from "../core/_lifecycle.ts";
import { firstOf, mutexNames } from "../core/_names.ts";
import { stand } from "../locks/_line.ts";
import {
  abandon,
  abandoned,
  leaveLine,
  mustHold,
  mutexClaims,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
  take,
  unlock,
  waitingClaims,
} from "../locks/_mutexes.ts";

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever is handed a lock is not to be cancelled": (s: Mutexes) =>
    s.held.every((held, who) => held.length === 0 || s.cancel.at(who) !== "due"),
  "nobody who is cancelled is to go on before others": (s: Mutexes) =>
    s.wakes.every((wakes) => wakes.length < 2 || s.cancel.at(wakes.at(0)) !== "done"),
};

// ------------------------------------------------------------------------------------- spec

const life = new Life<Mutexes>({
  barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,
  ends: abandon,
  leave: leaveLine,
});

interface Call {
  readonly m: string;
  /** Whom the listener cancels; null if nobody. */
  readonly whom: string | null;
}

/**
 * `coroutines` that live as in `core/_lifecycle.ts`, and lock and unlock `mutexes`.
 *
 * @param scope How many of each; how many are cancelled, and have waits with a limit; claims to add.
 */
export function listener(
  { coroutines: n = 3, mutexes = 1, cancels = 1, always = {}, ...extent }: Extent & {
    coroutines?: number;
    mutexes?: number;
    always?: Record<string, (s: Mutexes) => boolean>;
  } = {},
) {
  const Mutex = Schema.Literals(mutexNames(mutexes));
  const { Who } = parties(n);
  const timed = firstOf(n, extent.timed);
  const params = { m: Mutex, whom: Schema.NullOr(Who) };
  const mayCancel = (s: Mutexes, who: string | null): boolean =>
    who === null || s.cancel.at(who) !== "no" ||
    s.cancel.count((cancel) => cancel !== "no") < cancels;
  /** The listener is told. */
  const tell = (s: Mutexes, who: string | null): void => {
    if (who !== null) life.cancel(s, who);
  };

  return spec({
    name: "listener",
    state: Schema.Struct({ ...lifecycleFields(n), ...mutexFields(n, mutexes) }),
    init: [{ ...lifecycleInit(n), ...mutexInit(n, mutexes) }],
    actions: {
      ...lifecycleActions(n, life, { ...extent, cancels }),
      ...alarmActions(n, life, (s, who) => queues(s, who) > 0),
      lock: {
        for: params,
        when: (s: Mutexes, { m, whom }: Call) =>
          s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m) &&
          mayCancel(s, whom),
        do: (s: Mutexes, { m, whom }: Call) => {
          const me = s.current;
          if (s.holder.at(m) === null) {
            take(s, me, m);
            tell(s, whom);
            return undefined;
          }
          stand(s, s.waiters.at(m), me);
          tell(s, whom);
          s.alarm.set(me, timed(me));
          return life.suspend(s);
        },
      },
      unlock: {
        for: params,
        when: (s: Mutexes, { m, whom }: Call) =>
          s.current !== LEADER && s.holder.at(m) === s.current && mayCancel(s, whom),
        do: (s: Mutexes, { m, whom }: Call) => {
          let next: string | null = null;
          unlock(s, m, (_, who) => {
            next = who;
            // Nothing takes it out of anything any more.
            s.woken.set(who, true);
          });
          tell(s, whom);
          if (next !== null) life.wake(s, next);
        },
        refuse: (s: Mutexes, { m }: Call) =>
          s.current !== LEADER && s.holder.at(m) === s.current ? undefined : mustHold(s, m),
      },
    },
    always: { ...lifecycleClaims(), ...mutexClaims, ...waitingClaims(queues), ...always },
    sometimes: {
      "one that was handed a lock is to be cancelled": (s) =>
        s.held.some((held, who) =>
          held.length > 0 && s.woken.at(who) && s.cancel.at(who) === "due"
        ),
      "one that has waited is cancelled": (s) => s.finds.some((finds) => finds === "cancelled"),
    },
    ends: (s) => s.current === LEADER,
  });
}
