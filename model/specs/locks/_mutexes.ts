/**
 * The mutexes of `co_mutex.ts`, for specs that have mutexes besides: state, steps, actions and claims.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, Table, type TableView } from "../../mod.ts";
import { inOrder, leave, shift, stand } from "./_line.ts";
import {
  type Ending,
  LEADER,
  type Life,
  type Lifecycle,
  lists,
  parties,
  type Patience,
  wake,
} from "../core/_lifecycle.ts";
import { mutexNames } from "../core/_names.ts";

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

/** The fields of {@linkcode Mutexes} that are not of the life cycle. */
export function mutexFields(n: number, mutexes: number) {
  const { Who } = parties(n);
  const Mutex = Schema.Literals(mutexNames(mutexes));
  return {
    holder: Table(Mutex, Schema.NullOr(Who)),
    waiters: Table(Mutex, Seq(Who, Math.max(1, n - 1))),
    held: Table(Who, Seq(Mutex, mutexes)),
    ahead: Table(Who, Int(0, Math.max(1, n - 1))),
  };
}

/** Nobody holds anything. */
export function mutexInit(n: number, mutexes: number) {
  const { Who } = parties(n);
  const Mutex = Schema.Literals(mutexNames(mutexes));
  return {
    holder: fill(Mutex, null),
    waiters: fill(Mutex, []),
    held: fill(Who, []),
    ahead: fill(Who, 0),
  };
}

// ------------------------------------------------------------------------------------ steps

type Wakes<S> = (s: S, who: string) => void;

/** Whether the holder has ended. */
export function abandoned(s: Mutexes, m: string): boolean {
  const holder = s.holder.at(m);
  return holder !== null && s.status.at(holder) === "terminated";
}

export function take(s: Mutexes, who: string, m: string): void {
  s.holder.set(m, who);
  s.held.at(who).push(m);
}

/** The running one hands it on: `wakes` lets a coroutine go on. */
export function unlock<S extends Mutexes>(s: S, m: string, wakes: Wakes<S> = wake): void {
  const held = s.held.at(s.current);
  held.removeAt(held.indexOf(m));
  const waiters = s.waiters.at(m);
  if (waiters.length === 0) s.holder.set(m, null);
  else {
    const next = shift(s, waiters);
    take(s, next, m);
    wakes(s, next);
  }
}

/** The running one ends. If it holds locks, it has failed, and those who wait are told. */
export function abandon<S extends Mutexes>(s: S, how: Ending, wakes: Wakes<S> = wake): boolean {
  const held = s.held.at(s.current);
  const abandons = held.length > 0;
  for (let i = 0; i < held.length; i++) {
    const waiters = s.waiters.at(held.at(i));
    while (waiters.length > 0) {
      const who = shift(s, waiters);
      s.finds.set(who, "its wait failed");
      wakes(s, who);
    }
  }
  held.clear();
  return abandons || how === "throws";
}

/** Gives up its place in a queue: those behind it move up. */
export function leaveLine(s: Mutexes, who: string): void {
  for (const m of s.waiters.keys()) leave(s, s.waiters.at(m), who);
}

/** In how many queues of mutexes it stands. */
export function queues(s: Mutexes, who: string): number {
  return s.waiters.count((waiters) => waiters.includes(who));
}

interface Which {
  readonly m: string;
}

/**
 * To lock and to unlock, each with its `patience`. One that `cannotWait`, as
 * somebody will resume it already, can take what is free.
 */
export function mutexActions<S extends Mutexes>(
  mutexes: number,
  life: Life<S>,
  patience: (who: string) => Patience,
  cannotWait: (s: S) => boolean = () => false,
) {
  const Mutex = Schema.Literals(mutexNames(mutexes));
  return {
    lock: {
      for: { m: Mutex },
      when: (s: S, { m }: Which) =>
        s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m) &&
        (s.holder.at(m) === null || !cannotWait(s)),
      do: (s: S, { m }: Which) => {
        if (s.holder.at(m) === null) return take(s, s.current, m);
        stand(s, s.waiters.at(m), s.current);
        return life.wait(s, patience(s.current));
      },
      refuse: (s: S, { m }: Which) =>
        s.current === LEADER
          ? "not-in-coroutine"
          : s.holder.at(m) === s.current
          ? "relock"
          : abandoned(s, m)
          ? "abandoned"
          : "waiting",
    },
    unlock: {
      for: { m: Mutex },
      when: (s: S, { m }: Which) => s.current !== LEADER && s.holder.at(m) === s.current,
      do: (s: S, { m }: Which) => unlock(s, m, (s, who) => life.wake(s, who)),
      refuse: (s: S, { m }: Which) => mustHold(s, m),
    },
  };
}

/** Why the running one cannot do what only the holder can. */
export function mustHold(s: Mutexes, m: string): string {
  if (s.current === LEADER) return "not-in-coroutine";
  return s.holder.at(m) === null ? "not-locked" : "not-holder";
}

// ----------------------------------------------------------------------------------- claims

/** The claims about every spec that has mutexes. */
export const mutexClaims = {
  "mutual exclusion: nobody has a lock but its holder": (s: Mutexes) =>
    s.held.every((held, who) => held.every((m) => s.holder.at(m) === who)),
  "the holder of a lock knows it": (s: Mutexes) =>
    s.holder.every((holder, m) =>
      holder === null || abandoned(s, m) || s.held.at(holder).includes(m)
    ),
  "locksHeld is zero at termination": (s: Mutexes) =>
    s.status.every((status, who) => status !== "terminated" || s.held.at(who).length === 0),
  "a waiter never waits for a free lock": (s: Mutexes) =>
    s.holder.every((holder, m) => holder !== null || s.waiters.at(m).length === 0),
  "hand-off is first in, first out: each stands behind those alone who came before it": (
    s: Mutexes,
  ) => s.waiters.every((waiters) => inOrder(s, waiters)),
  "nobody waits for an abandoned lock": (s: Mutexes) =>
    s.holder.every((_, m) => !abandoned(s, m) || s.waiters.at(m).length === 0),
  "a holder never waits for its own lock": (s: Mutexes) =>
    s.holder.every((holder, m) => holder === null || !s.waiters.at(m).includes(holder)),
};

/** What must be so for those who wait, however a spec tells who waits, and who is to go on. */
export function waitingClaims<S extends Lifecycle>(
  places: (s: S, who: string) => number,
  shielded: (s: S, who: string) => boolean = () => false,
  goesOn: (s: S, who: string) => boolean = (s, who) => s.woken.at(who),
) {
  return {
    "a coroutine is in at most one list": (s: S) =>
      s.status.every((_, who) => lists(s, who) + places(s, who) <= 1),
    "whoever waits is suspended": (s: S) =>
      s.status.every((status, who) => places(s, who) === 0 || status === "suspended"),
    "nobody has woken whoever waits": (s: S) =>
      s.woken.every((woken, who) => places(s, who) === 0 || !woken),
    "whoever can give up is suspended": (s: S) =>
      s.alarm.every((alarm, who) => !alarm || s.status.at(who) === "suspended"),
    "whoever can give up waits, or is to go on": (s: S) =>
      s.alarm.every((alarm, who) => !alarm || places(s, who) > 0 || goesOn(s, who)),
    "whoever gives up leaves, unless it must not go on without what it waits for": (s: S) =>
      s.finds.every((finds, who) => finds === null || places(s, who) === 0 || shielded(s, who)),
  };
}
