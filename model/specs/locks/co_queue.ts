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
import { fill, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  alarmActions,
  entered,
  type Extent,
  LEADER,
  Life,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  parties,
  wake,
} from "../core/_lifecycle.ts";
import {
  abandon,
  abandoned,
  leaveLine,
  mustHold,
  mutexActions,
  mutexClaims,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
  take,
  unlock,
  waitingClaims,
} from "./_mutexes.ts";
import { stand } from "./_line.ts";
import { firstOf } from "../core/_names.ts";

// ------------------------------------------------------------------------------------ state

const M = "m1";

/** The life cycle, the mutex and the queue. */
export interface Queue extends Mutexes {
  /** Who waits to be told, first to last. */
  readonly queue: SeqView<string>;
  /** Whether it has given the mutex back to wait, and does not have it again. */
  readonly regains: TableView<string, boolean>;
}

// ------------------------------------------------------------------------------------ steps

/** In how many lists it waits. */
function places(s: Queue, who: string): number {
  return queues(s, who) + (s.queue.includes(who) ? 1 : 0);
}

/** Whoever gave the mutex back to wait takes it again first. */
function regain(s: Queue): boolean {
  const me = s.current;
  if (!s.regains.at(me)) return true;
  if (s.holder.at(M) === null) take(s, me, M);
  else if (abandoned(s, M)) s.finds.set(me, "its wait failed");
  else if (s.holder.at(M) !== me) {
    stand(s, s.waiters.at(M), me);
    s.alarm.set(me, false);
    return false;
  }
  s.regains.set(me, false);
  return true;
}

/** Whether it waits for the mutex that it gave back: it must not go on without that. */
function shielded(s: Queue, who: string): boolean {
  return s.regains.at(who) && queues(s, who) > 0;
}

const life = new Life<Queue>({
  barred: (s, who) => places(s, who) > 0 ? "waiting" : undefined,
  ends: abandon,
  leave: (s, who) => {
    const place = s.queue.indexOf(who);
    if (place >= 0) s.queue.removeAt(place);
    leaveLine(s, who);
  },
  shielded,
  goOn: regain,
});

function standInQueue(s: Queue, front: boolean): void {
  if (front) s.queue.unshift(s.current);
  else s.queue.push(s.current);
}

function next(s: Queue): string {
  if (s.queue.length === 0) return "nobody";
  wake(s, s.queue.shift());
  return "one";
}

function restartAll(s: Queue): void {
  while (s.queue.length > 0) wake(s, s.queue.shift());
}

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
  const { Who } = parties(n);
  const { cancels = 0, timed = 0 } = extent;
  const isTimed = firstOf(n, timed);
  return spec({
    name: "co_queue",
    state: Schema.Struct({
      ...lifecycleFields(n),
      ...mutexFields(n, 1),
      queue: Seq(Who, n),
      regains: Table(Who, Schema.Boolean),
    }),
    init: [{
      ...lifecycleInit(n),
      ...mutexInit(n, 1),
      queue: [],
      regains: fill(Who, false),
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, (s, who) => places(s, who) > 0),
      ...mutexActions(1, life, isTimed),
      wait: {
        for: { front: Schema.Boolean },
        when: (s: Queue) => s.current !== LEADER,
        do: (s: Queue, { front }: Front) => {
          standInQueue(s, front);
          s.alarm.set(s.current, isTimed(s.current));
          return life.suspend(s);
        },
        refuse: () => "not-in-coroutine",
      },
      waitWithMutex: {
        for: { front: Schema.Boolean },
        when: (s: Queue) => s.current !== LEADER && s.holder.at(M) === s.current,
        do: (s: Queue, { front }: Front) => {
          standInQueue(s, front);
          unlock(s, M);
          s.regains.set(s.current, true);
          s.alarm.set(s.current, isTimed(s.current));
          return life.suspend(s);
        },
        refuse: (s: Queue) => mustHold(s, M),
      },
      next: {
        for: {},
        when: () => true,
        do: (s: Queue) => {
          const answer = next(s);
          return s.current !== LEADER || answer === "nobody" ? answer : life.over(s);
        },
      },
      restartAll: {
        for: {},
        when: () => true,
        do: (s: Queue) => {
          restartAll(s);
          return life.over(s);
        },
      },
      enterNextWithMutex: {
        for: {},
        when: (s: Queue) => s.current !== LEADER && s.holder.at(M) === s.current,
        do: next,
        refuse: (s: Queue) => mustHold(s, M),
      },
      enterAllWithMutex: {
        for: {},
        when: (s: Queue) => s.current !== LEADER && s.holder.at(M) === s.current,
        do: restartAll,
        refuse: (s: Queue) => mustHold(s, M),
      },
    },
    always: {
      ...lifecycleClaims(shielded),
      ...mutexClaims,
      ...waitingClaims(places, shielded),
      "whoever waits with a mutex has it again when it goes on": (s) =>
        s.regains.every((regains, who) => !regains || !entered(s, who)),
      "whoever waits with a mutex does not hold it": (s) =>
        s.regains.every((regains, who) =>
          !regains || !s.queue.includes(who) || s.holder.at(M) !== who
        ),
      "whoever stands in the queue can be told: no wake-up is lost on one that has given up": (s) =>
        s.queue.every((who) => s.status.at(who) === "suspended" && s.finds.at(who) === null),
      ...always,
    },
    sometimes: {
      "all wait in the queue": (s) => s.queue.length === n,
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
