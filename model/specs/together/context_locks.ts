/**
 * Locks between contexts: coroutines at home in one or the other, one mutex, and a queue that goes with
 * it, and promises. Who is handed the mutex, or told, or whose promise settles, goes on where it ran last: here as one that was woken, in
 * another context in that one's next round. Until then the mutex is its own, and nobody else can let it
 * go on.
 *
 * The spec is the life cycle of `_lifecycle.ts` with the contexts of `_contexts.ts`, a mutex of
 * `_mutexes.ts` and the queue of `_queue.ts` added.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, spec, Table, type TableView } from "../../mod.ts";
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
  patienceOf,
} from "../core/_lifecycle.ts";
import {
  abandon,
  mustHold,
  mutexActions,
  mutexClaims,
  queues,
  waitingClaims,
} from "../locks/_mutexes.ts";
import {
  leaveQueue,
  M,
  next,
  places,
  type Queue,
  queueClaims,
  queueFields,
  queueInit,
  regain,
  regainsNow,
  restartAll,
  waitWithMutex,
} from "../locks/_queue.ts";
import {
  contextActions,
  contextClaims,
  contextFields,
  contextInit,
  type Contexts,
  goOnPolling,
  here,
  inContexts,
  isScheduled,
} from "../contexts/_contexts.ts";

interface State extends Contexts, Queue {
  /** Whether a promise will resume it. */
  readonly promised: TableView<string, boolean>;
}

/** Whether it must have what it was promised before it is cancelled. */
function shielded(s: State, who: string): boolean {
  return inContexts.shielded(s, who) || regainsNow(s, who);
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever is handed the mutex goes on where it was unlocked": (s: State) =>
    s.holder.every((holder) => holder === null || !isScheduled(s, holder)),
  "nobody moves with the mutex": (s: State) =>
    s.holder.every((holder) => holder === null || s.home.at(holder) !== "other"),
  "whoever waits for the mutex is at home where its holder is": (s: State) =>
    s.waiters.every((waiters, m) => {
      const holder = s.holder.at(m);
      return holder === null ||
        waiters.every((who) => s.home.at(who) === s.home.at(holder) || isScheduled(s, holder));
    }),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` in two contexts that lock a mutex, and wait in a queue.
 *
 * @param scope How many; how many are cancelled, and have waits with a limit; whether there is the
 * queue, whether they wait for promises, and whether the contexts are closed; claims to add.
 */
export function contextLocks(
  { coroutines = 2, queues: q = 1, promises = false, closing = true, always = {}, ...extent }:
    & Extent
    & {
      coroutines?: number;
      queues?: number;
      promises?: boolean;
      closing?: boolean;
      always?: Record<string, (s: State) => boolean>;
    } = {},
) {
  const n = coroutines;
  const { cancels = 0, timed = 0 } = extent;
  const patience = patienceOf(n, { timed });
  const { Who } = parties(n);
  const life: Life<State> = new Life<State>({
    barred: (s, who) => {
      if (places(s, who) > 0) return "waiting";
      return s.promised.at(who) ? "already-scheduled" : inContexts.barred(s, who);
    },
    shielded,
    leave: (s, who) => {
      inContexts.leave(s, who);
      leaveQueue(s, who);
      s.promised.set(who, false);
    },
    goOn: (s) => {
      inContexts.goOn(s);
      return regain(s);
    },
    ends: (s, how) => {
      inContexts.ends(s, how);
      return abandon(s, how, (s, who) => life.wake(s, who));
    },
    wakes: inContexts.wakes,
    back: (s) => goOnPolling(s, life),
  });
  /** Somebody will resume it: it would be in two lists. */
  const cannotWait = (s: State): boolean => isScheduled(s, s.current);
  const queueActions = {
    waitWithMutex: {
      for: {},
      when: (s: State) => s.current !== LEADER && s.holder.at(M) === s.current && !cannotWait(s),
      do: (s: State) => waitWithMutex(s, life, false, patience(s.current)),
      refuse: (s: State) =>
        s.current !== LEADER && s.holder.at(M) === s.current ? "waiting" : mustHold(s, M),
    },
    next: {
      for: {},
      when: () => true,
      do: (s: State) => {
        const answer = next(s, life);
        return s.current !== LEADER || answer === "nobody" ? answer : life.over(s);
      },
    },
    restartAll: {
      for: {},
      when: () => true,
      do: (s: State) => {
        restartAll(s, life);
        return life.over(s);
      },
    },
  };

  type Settled = { readonly who: string; readonly rejected: boolean };
  const promiseActions = {
    until: {
      for: {},
      when: (s: State) => s.current !== LEADER && !cannotWait(s),
      do: (s: State) => {
        s.promised.set(s.current, true);
        return life.suspend(s);
      },
      refuse: (s: State) => s.current === LEADER ? "yield-to-no-one" : "waiting",
    },
    settle: {
      for: { who: Who, rejected: Schema.Boolean },
      when: (s: State, { who }: Settled) => s.promised.at(who),
      do: (s: State, { who, rejected }: Settled) => {
        s.promised.set(who, false);
        if (rejected) s.finds.set(who, "its wait failed");
        life.wake(s, who);
        return life.over(s);
      },
    },
  };

  return spec({
    name: "context_locks",
    state: Schema.Struct({
      ...lifecycleFields(n),
      ...contextFields(n),
      ...queueFields(n),
      promised: Table(Who, Schema.Boolean),
    }),
    init: [{
      ...lifecycleInit(n),
      ...contextInit(n),
      ...queueInit(n),
      promised: fill(Who, false),
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, (s, who) => places(s, who) > 0),
      ...contextActions(n, life, { closing }),
      ...mutexActions(1, life, patience, cannotWait),
      ...(q > 0 ? queueActions : {}) as typeof queueActions,
      ...(promises ? promiseActions : {}) as typeof promiseActions,
    },
    always: {
      ...lifecycleClaims(shielded),
      ...contextClaims,
      ...mutexClaims,
      ...waitingClaims(places, shielded, (s, who) => s.woken.at(who) || isScheduled(s, who)),
      ...queueClaims,
      "whoever waits for a lock or to be told is scheduled nowhere": (s) =>
        s.status.every((_, who) => places(s, who) === 0 || !isScheduled(s, who)),
      "whoever waits for a promise is suspended": (s) =>
        s.promised.every((promised, who) => !promised || s.status.at(who) === "suspended"),
      "whoever waits for a promise is scheduled nowhere": (s) =>
        s.promised.every((promised, who) => !promised || !isScheduled(s, who)),
      ...always,
    },
    sometimes: {
      "a lock was handed to one that goes on in the other context": (s) =>
        s.holder.some((holder) =>
          holder !== null && s.home.at(holder) !== here(s) && isScheduled(s, holder)
        ),
      "whoever holds the mutex is on its way into another context": (s) =>
        s.holder.some((holder) =>
          holder !== null &&
          s.scheduled.some((list, to) => list.includes(holder) && s.home.at(holder) !== to)
        ),
      "one that was scheduled by hand holds the mutex that others wait for": (s) =>
        s.holder.some((holder, m) =>
          holder !== null && isScheduled(s, holder) && s.waiters.at(m).length > 0
        ),
      ...(q === 0 ? {} : {
        "one that was told in another context waits for the mutex there": (s: State) =>
          s.polled === "other" &&
          s.regains.some((regains, who) =>
            regains && queues(s, who) > 0 && s.home.at(who) === "other"
          ),
      }),
      ...(!promises ? {} : {
        "one whose promise has settled holds the mutex, and goes on in the other context": (
          s: State,
        ) =>
          s.finds.some((finds, who) =>
            finds === "its wait failed" && s.holder.at(M) === who && isScheduled(s, who)
          ),
      }),
      ...(!closing ? {} : {
        "whoever holds the mutex is at home in a context that was closed": (s: State) =>
          s.holder.some((holder) =>
            holder !== null && s.closed.at("other") && s.home.at(holder) === "other"
          ),
      }),
      ...(timed === 0 ? {} : {
        "one has given up and goes on in the other context": (s: State) =>
          s.finds.some((finds, who) => finds === "timeout" && isScheduled(s, who)),
      }),
      ...(cancels === 0 ? {} : {
        "one is cancelled that was handed the mutex in another context": (s: State) =>
          s.holder.some((holder) =>
            holder !== null && s.cancel.at(holder) === "due" && isScheduled(s, holder)
          ),
      }),
    },
    // Nobody can be entered: all have ended, or wait for one another.
    ends: (s) => s.current === LEADER,
  });
}
