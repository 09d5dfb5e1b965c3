/**
 * A queue of coroutines that wait to be told, with a mutex or without: a condition variable.
 *
 * The spec is the life cycle of `_lifecycle.ts` and one mutex of `_mutexes.ts` with one queue
 * added. Whoever waits with the mutex gives it back in the same step; when it goes on, it takes the
 * mutex again before it does anything else, and if it has to wait for that, nothing can make it give
 * up.
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
  patienceOf,
} from "../core/_lifecycle.ts";
import { abandon, mustHold, mutexActions, mutexClaims, queues, waitingClaims } from "./_mutexes.ts";
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
  regainsNow as shielded,
  restartAll,
  wait,
  waitWithMutex,
} from "./_queue.ts";

export type { Queue };

const life = new Life<Queue>({
  barred: (s, who) => places(s, who) > 0 ? "waiting" : undefined,
  ends: abandon,
  leave: leaveQueue,
  shielded,
  goOn: regain,
});

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever was told goes on at once": (s: Queue) =>
    s.regains.every((regains, who) => !regains || s.queue.includes(who) || s.woken.at(who)),
  "nobody waits in the queue while the mutex is free": (s: Queue) =>
    s.queue.length === 0 || s.holder.at(M) !== null,
  "all are told at most one at a time": (s: Queue) => s.woken.count((woken) => woken) < 2,
};

// ------------------------------------------------------------------------------------- spec

interface Front {
  readonly front: boolean;
}

/**
 * `coroutines` that live as in `_lifecycle.ts`, lock and unlock a mutex, and wait in a queue.
 *
 * @param scope How many; how many are cancelled, and have waits with a limit; claims to add.
 */
export function coQueue(
  { coroutines = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: Queue) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { cancels = 0, timed = 0, hurried = 0 } = extent;
  const patience = patienceOf(n, extent);
  return spec({
    name: "co_queue",
    state: Schema.Struct({ ...lifecycleFields(n), ...queueFields(n) }),
    init: [{ ...lifecycleInit(n), ...queueInit(n) }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, (s, who) => places(s, who) > 0),
      ...mutexActions(1, life, patience),
      wait: {
        for: { front: Schema.Boolean },
        when: (s: Queue) => s.current !== LEADER,
        do: (s: Queue, { front }: Front) => wait(s, life, front, patience(s.current)),
        refuse: () => "not-in-coroutine",
      },
      waitWithMutex: {
        for: { front: Schema.Boolean },
        when: (s: Queue) => s.current !== LEADER && s.holder.at(M) === s.current,
        do: (s: Queue, { front }: Front) => waitWithMutex(s, life, front, patience(s.current)),
        refuse: (s: Queue) => mustHold(s, M),
      },
      next: {
        for: {},
        when: () => true,
        do: (s: Queue) => {
          const answer = next(s, life);
          return s.current !== LEADER || answer === "nobody" ? answer : life.over(s);
        },
      },
      restartAll: {
        for: {},
        when: () => true,
        do: (s: Queue) => {
          restartAll(s, life);
          return life.over(s);
        },
      },
      enterNextWithMutex: {
        for: {},
        when: (s: Queue) => s.current !== LEADER && s.holder.at(M) === s.current,
        do: (s: Queue) => next(s, life),
        refuse: (s: Queue) => mustHold(s, M),
      },
      enterAllWithMutex: {
        for: {},
        when: (s: Queue) => s.current !== LEADER && s.holder.at(M) === s.current,
        do: (s: Queue) => restartAll(s, life),
        refuse: (s: Queue) => mustHold(s, M),
      },
    },
    always: {
      ...lifecycleClaims(shielded),
      ...mutexClaims,
      ...waitingClaims(places, shielded),
      ...queueClaims,
      ...always,
    },
    sometimes: {
      "all who can wait at all wait in the queue": (s) => s.queue.length === n - hurried,
      "two that were told wait for the mutex": (s) =>
        [...s.waiters.at(M)].filter((who) => s.regains.at(who)).length === Math.min(2, n - 1),
      ...(timed === 0 ? {} : {
        "one has given up and waits for the mutex": (s: Queue) =>
          s.finds.some((finds, who) => finds === "timeout" && queues(s, who) > 0),
      }),
      ...(cancels === 0 ? {} : {
        "one is cancelled while it waits for the mutex": (s: Queue) =>
          s.cancel.some((cancel, who) =>
            cancel === "due" && s.regains.at(who) && queues(s, who) > 0
          ),
      }),
    },
    ends: (s) => s.current === LEADER,
  });
}
