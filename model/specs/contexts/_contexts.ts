/**
 * The contexts of `aio_context.ts`, for specs in which coroutines do something else besides: state,
 * steps, actions and claims.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, Table, type TableView } from "../../mod.ts";
import {
  entered,
  type Extension,
  LEADER,
  type Life,
  type Lifecycle,
  parties,
  wake,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------- constants

/** The contexts: the first one is current outside all rounds. */
export const CONTEXTS = ["main", "other"] as const;
const Context = Schema.Literals(CONTEXTS);

// ------------------------------------------------------------------------------------ state

/** The part of the state that is about contexts. */
export interface Contexts extends Lifecycle {
  /** Where a coroutine runs, or ran last. */
  readonly home: TableView<string, string | null>;
  /** Who is scheduled in a context, in order. */
  readonly scheduled: TableView<string, SeqView<string>>;
  /** Which context is polled. */
  polled: string | null;
  /** Who is still to be resumed in this round. */
  readonly round: SeqView<string>;
  /** Whether a context was closed. */
  readonly closed: TableView<string, boolean>;
}

/** The fields of {@linkcode Contexts} that are not of the life cycle. */
export function contextFields(n: number) {
  const { Who } = parties(n);
  return {
    home: Table(Who, Schema.NullOr(Context)),
    scheduled: Table(Context, Seq(Who, n)),
    polled: Schema.NullOr(Context),
    round: Seq(Who, n),
    closed: Table(Context, Schema.Boolean),
  };
}

/** Nobody has run anywhere. */
export function contextInit(n: number) {
  const { Who } = parties(n);
  return {
    home: fill(Who, null),
    scheduled: fill(Context, []),
    polled: null,
    round: [],
    closed: fill(Context, false),
  };
}

// ------------------------------------------------------------------------------------ steps

/** The current context. */
export function here(s: Contexts): string {
  return s.polled ?? "main";
}

/** Whether a context is to resume it. */
export function isScheduled(s: Contexts, who: string): boolean {
  return s.round.includes(who) || s.scheduled.some((list) => list.includes(who));
}

/** What contexts add to the life cycle. */
export const inContexts = {
  barred: (s, who) => isScheduled(s, who) ? "already-scheduled" : undefined,
  shielded: (s, who) => s.status.at(who) !== "created" && isScheduled(s, who),
  leave: (s, who) => {
    leave(s.round, who);
    for (const context of CONTEXTS) leave(s.scheduled.at(context), who);
  },
  goOn: (s) => {
    s.home.set(s.current, here(s));
    return true;
  },
  ends: (s, how) => {
    // It may have scheduled itself.
    for (const context of CONTEXTS) leave(s.scheduled.at(context), s.current);
    s.home.set(s.current, null);
    return how === "throws";
  },
  wakes: (s, who) => {
    const home = elsewhere(s, who);
    if (home === null) wake(s, who);
    else s.scheduled.at(home).push(who);
  },
} satisfies Extension<Contexts>;

/** The leader has control again, in the middle of a round or after it. */
export function goOnPolling<S extends Contexts>(s: S, life: Life<S>): string | undefined {
  if (s.round.length > 0) return life.resume(s, s.round.shift(), LEADER);
  s.polled = null;
  return undefined;
}

/** Takes one out of a list, if it is in it. */
function leave(list: SeqView<string>, who: string): void {
  const at = list.indexOf(who);
  if (at >= 0) list.removeAt(at);
}

/** Where one goes on that is woken: elsewhere than here, or null. */
function elsewhere(s: Contexts, who: string): string | null {
  const home = s.home.at(who);
  return home === null || home === here(s) || s.closed.at(home) ? null : home;
}

interface Where {
  readonly context: string;
}

interface Whom {
  readonly who: string;
}

interface How {
  readonly sync: boolean;
}

/** What is done with contexts. They are closed unless that is left out. */
export function contextActions<S extends Contexts>(
  n: number,
  life: Life<S>,
  { closing = true }: { readonly closing?: boolean } = {},
) {
  const { Who } = parties(n);
  /** Why the running one cannot schedule `who`: itself it can, once. */
  const why = (s: S, who: string): string | undefined =>
    who === s.current && !isScheduled(s, who) ? undefined : life.why(s, who);
  const refusesToSchedule = (s: S, { who, context }: Whom & Where): string | undefined =>
    s.closed.at(context) ? "closed" : why(s, who);
  const refusesToMove = (s: S, { context }: Where): string | undefined =>
    s.current === LEADER ? "yield-to-no-one" : refusesToSchedule(s, { who: s.current, context });
  const move = (s: S, { context }: Where): string | undefined => {
    s.scheduled.at(context).push(s.current);
    return life.suspend(s);
  };
  const refusesToEnter = (s: S, { who, context }: Whom & Where): string | undefined => {
    if (s.closed.at(context)) return "closed";
    return who === s.current ? "wake-self" : life.why(s, who);
  };
  const refusesToPoll = (s: S, { context }: Where & How): string | undefined => {
    if (s.closed.at(context)) return "closed";
    return s.current === LEADER ? undefined : "in-coroutine";
  };
  const refusesToClose = (s: S, { context }: Where): string | undefined =>
    context === "main" || s.polled === context || s.scheduled.at(context).length > 0
      ? "context-busy"
      : undefined;
  const close = {
    close: {
      for: { context: Context },
      when: (s: S, where: Where) => refusesToClose(s, where) === undefined,
      do: (s: S, { context }: Where) => {
        s.closed.set(context, true);
      },
      refuse: refusesToClose,
    },
  };
  return {
    wake: {
      for: { who: Who },
      when: (s: S, { who }: Whom) => life.why(s, who) === undefined,
      do: (s: S, { who }: Whom) => {
        life.wake(s, who);
        return life.over(s);
      },
      refuse: (s: S, { who }: Whom) => who === s.current ? "wake-self" : life.why(s, who),
    },
    schedule: {
      for: { who: Who, context: Context },
      when: (s: S, params: Whom & Where) => refusesToSchedule(s, params) === undefined,
      do: (s: S, { who, context }: Whom & Where) => {
        s.scheduled.at(context).push(who);
      },
      refuse: refusesToSchedule,
    },
    enterIn: {
      for: { who: Who, context: Context },
      when: (s: S, params: Whom & Where) => refusesToEnter(s, params) === undefined,
      do: (s: S, { who, context }: Whom & Where) => {
        if (context !== here(s)) s.scheduled.at(context).push(who);
        else if (s.current === LEADER) return life.resume(s, who, LEADER);
        else wake(s, who);
        return undefined;
      },
      refuse: refusesToEnter,
    },
    reschedule: {
      for: { context: Context },
      when: (s: S, where: Where) => refusesToMove(s, where) === undefined,
      do: move,
      refuse: refusesToMove,
    },
    switchTo: {
      for: { context: Context },
      when: (s: S, where: Where) =>
        s.current !== LEADER &&
        (where.context === here(s) || refusesToMove(s, where) === undefined),
      do: (s: S, where: Where) => where.context === here(s) ? undefined : move(s, where),
      refuse: refusesToMove,
    },
    poll: {
      // One that may stop the thread differs from others in how it waits alone: here, none does.
      for: { context: Context, sync: Schema.Boolean },
      when: (s: S, params: Where & How) => refusesToPoll(s, params) === undefined,
      do: (s: S, { context }: Where & How) => {
        const list = s.scheduled.at(context);
        if (list.length === 0) return "no progress";
        s.polled = context;
        while (list.length > 0) s.round.push(list.shift());
        return life.over(s);
      },
      refuse: refusesToPoll,
    },
    ...(closing ? close : {}) as typeof close,
  };
}

// ----------------------------------------------------------------------------------- claims

/** The claims about every spec that has contexts. */
export const contextClaims = {
  "no double scheduling: a coroutine is scheduled once, in one context, and not woken": (
    s: Contexts,
  ) =>
    s.status.every((_, who) =>
      s.scheduled.count((list) => list.includes(who)) + (s.round.includes(who) ? 1 : 0) +
          (s.woken.at(who) ? 1 : 0) <= 1
    ),
  "a coroutine is in a context's list once": (s: Contexts) =>
    s.scheduled.every((list) => list.every((who, i) => list.indexOf(who) === i)),
  "whoever is about to be resumed by a context has yielded, or has never run": (s: Contexts) =>
    s.round.every((who) => !entered(s, who)),
  "whoever is about to be resumed by a context has not ended": (s: Contexts) =>
    s.round.every((who) => s.status.at(who) !== "terminated"),
  "whoever is scheduled has not ended": (s: Contexts) =>
    s.scheduled.every((list) => list.every((who) => s.status.at(who) !== "terminated")),
  "whoever runs is at home where it runs": (s: Contexts) =>
    s.status.every((_, who) => !entered(s, who) || s.home.at(who) === here(s)),
  "nothing is scheduled where nobody polls any more": (s: Contexts) =>
    s.scheduled.every((list, context) => list.length === 0 || !s.closed.at(context)),
  "only the leader polls: a round is left to those whom it resumes": (s: Contexts) =>
    s.polled !== null || s.round.length === 0,
};
