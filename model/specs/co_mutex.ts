/**
 * Mutexes for coroutines: one holder, a queue in the order of arrival, hand-off at unlock, and
 * what becomes of a lock whose holder ends.
 *
 * The spec is the life cycle of `_lifecycle.ts` with mutexes added. Whoever finds a lock taken
 * stops and stands in its queue, where nobody can enter it. To unlock is to hand over: the one
 * that has waited longest holds the lock from then on, and is woken. A holder that ends abandons
 * its locks: they stay its own for ever, and those who wait are woken with an error.
 *
 * @module
 */
import * as Schema from "@effect/schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../mod.ts";
import {
  type Ending,
  entered,
  fail,
  LEADER,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  lists,
  parties,
  stop,
  suspend,
  wake,
} from "./_lifecycle.ts";
import { mutexNames } from "./_names.ts";

// ------------------------------------------------------------------------------------ state

/** The life cycle and the mutexes. */
export interface Mutexes extends Lifecycle {
  /** Who holds it; one that has ended has abandoned it. */
  readonly holder: TableView<string, string | null>;
  /** Who waits for it, in the order of arrival. */
  readonly waiters: TableView<string, SeqView<string>>;
  /** What a coroutine holds, in the order in which it took them. */
  readonly held: TableView<string, SeqView<string>>;
  /** For the claim about order alone: how many who came before it still wait for the same lock. */
  readonly ahead: TableView<string, number>;
}

// ------------------------------------------------------------------------------------ steps

function take(s: Mutexes, who: string, m: string): void {
  s.holder.set(m, who);
  s.held.at(who).push(m);
}

function unlock(s: Mutexes, m: string): void {
  const held = s.held.at(s.current);
  held.removeAt(held.indexOf(m));
  const waiters = s.waiters.at(m);
  if (waiters.length === 0) s.holder.set(m, null);
  else {
    const next = waiters.shift();
    for (let i = 0; i < waiters.length; i++) {
      s.ahead.set(waiters.at(i), s.ahead.at(waiters.at(i)) - 1);
    }
    take(s, next, m);
    wake(s, next);
  }
}

/** The running one ends. If it holds locks, it has failed, and those who wait are told. */
function end(s: Mutexes, how: Ending): string | undefined {
  const held = s.held.at(s.current);
  const abandons = held.length > 0;
  for (let i = 0; i < held.length; i++) {
    const waiters = s.waiters.at(held.at(i));
    while (waiters.length > 0) {
      const who = waiters.shift();
      s.ahead.set(who, 0);
      s.finds.set(who, "its wait failed");
      wake(s, who);
    }
  }
  held.clear();
  return how === "throws" || abandons ? fail(s) : stop(s, "terminated");
}

/** Gives up its place in a queue: those behind it move up. */
function leave(s: Mutexes, who: string): void {
  for (const m of s.waiters.keys()) {
    const waiters = s.waiters.at(m);
    const place = waiters.indexOf(who);
    if (place < 0) continue;
    waiters.removeAt(place);
    s.ahead.set(who, 0);
    for (let i = place; i < waiters.length; i++) {
      s.ahead.set(waiters.at(i), s.ahead.at(waiters.at(i)) - 1);
    }
  }
}

// ----------------------------------------------------------------------------------- claims

/** Whether the holder has ended. */
function abandoned(s: Mutexes, m: string): boolean {
  const holder = s.holder.at(m);
  return holder !== null && s.status.at(holder) === "terminated";
}

/** How many queues it stands in. */
function queues(s: Mutexes, who: string): number {
  return s.waiters.count((waiters) => waiters.includes(who));
}

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "no lock is ever abandoned": (s: Mutexes) => s.holder.every((_, m) => !abandoned(s, m)),
  "whoever holds a lock is not woken": (s: Mutexes) =>
    s.held.every((held, who) => held.length === 0 || !s.woken.at(who)),
  "nobody waits while the leader has control": (s: Mutexes) =>
    s.current !== LEADER || s.waiters.every((waiters) => waiters.length === 0),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` that live as in `_lifecycle.ts`, and lock, try to lock and unlock `mutexes`.
 *
 * @param scope How many of each; claims to add.
 */
export function coMutex(
  { coroutines = 3, mutexes = 2, cancels = 0, always = {} }: {
    coroutines?: number;
    mutexes?: number;
    /** How many may be cancelled in one behaviour. */
    cancels?: number;
    always?: Record<string, (s: Mutexes) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  const Mutex = Schema.Literals(mutexNames(mutexes));
  return spec({
    name: "co_mutex",
    state: Schema.Struct({
      ...lifecycleFields(n),
      holder: Table(Mutex, Schema.NullOr(Who)),
      waiters: Table(Mutex, Seq(Who, Math.max(1, n - 1))),
      held: Table(Who, Seq(Mutex, mutexes)),
      ahead: Table(Who, Int(0, Math.max(1, n - 1))),
    }),
    init: [{
      ...lifecycleInit(n),
      holder: fill(Mutex, null),
      waiters: fill(Mutex, []),
      held: fill(Who, []),
      ahead: fill(Who, 0),
    }],
    actions: {
      ...lifecycleActions<Mutexes>(n, {
        barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,
        end,
        leave,
      }, { cancels }),
      lock: {
        for: { m: Mutex },
        when: (s: Mutexes, { m }: { m: string }) =>
          s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m),
        do: (s: Mutexes, { m }: { m: string }) => {
          if (s.holder.at(m) === null) return take(s, s.current, m);
          s.ahead.set(s.current, s.waiters.at(m).length);
          s.waiters.at(m).push(s.current);
          return suspend(s, leave);
        },
        refuse: (s: Mutexes, { m }: { m: string }) =>
          s.current === LEADER
            ? "not-in-coroutine"
            : s.holder.at(m) === s.current
            ? "relock"
            : "abandoned",
      },
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
      unlock: {
        for: { m: Mutex },
        when: (s: Mutexes, { m }: { m: string }) =>
          s.current !== LEADER && s.holder.at(m) === s.current,
        do: (s: Mutexes, { m }: { m: string }) => unlock(s, m),
        refuse: (s: Mutexes, { m }: { m: string }) =>
          s.current === LEADER
            ? "not-in-coroutine"
            : s.holder.at(m) === null
            ? "not-locked"
            : "not-holder",
      },
    },
    always: {
      ...lifecycleClaims,
      "mutual exclusion: a lock has one holder, who knows it, and no other one does": (s) =>
        s.holder.every((holder, m) =>
          abandoned(s, m)
            ? s.held.every((held) => !held.includes(m))
            : s.held.count((held) => held.includes(m)) === (holder === null ? 0 : 1) &&
              (holder === null || s.held.at(holder).includes(m))
        ),
      "locksHeld is zero at termination": (s) =>
        s.status.every((status, who) => status !== "terminated" || s.held.at(who).length === 0),
      "a waiter never waits for a free lock": (s) =>
        s.holder.every((holder, m) => holder !== null || s.waiters.at(m).length === 0),
      "hand-off is first in, first out: each stands behind those alone who came before it": (s) =>
        s.waiters.every((waiters) => waiters.every((who, i) => s.ahead.at(who) === i)),
      "nobody waits for an abandoned lock": (s) =>
        s.holder.every((_, m) => !abandoned(s, m) || s.waiters.at(m).length === 0),
      "a holder never waits for its own lock": (s) =>
        s.holder.every((holder, m) => holder === null || !s.waiters.at(m).includes(holder)),
      "a coroutine is in at most one list": (s) =>
        s.status.every((_, who) => lists(s, who) + queues(s, who) <= 1),
      "whoever waits is suspended, and no enter or wake can reach it": (s) =>
        s.status.every((status, who) =>
          queues(s, who) === 0 || (status === "suspended" && !s.woken.at(who) && !entered(s, who))
        ),
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
