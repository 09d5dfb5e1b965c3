/**
 * Coroutines in several contexts: scheduled, entered and woken there, and moving from one to another.
 *
 * A context resumes those that are scheduled in it when the leader polls it: in one round, those who
 * were scheduled before. Outside all rounds, the first context is the current one. A coroutine that
 * is woken goes on in the context where it ran last.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  entered,
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
  wake,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------- constants

/** The contexts: the first one is current outside all rounds. */
export const CONTEXTS = ["main", "other"] as const;
const Context = Schema.Literals(CONTEXTS);

// ------------------------------------------------------------------------------------ state

interface State extends Lifecycle {
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

/** The current context. */
function here(s: State): string {
  return s.polled ?? "main";
}

/** Takes one out of a list, if it is in it. */
function leave(list: SeqView<string>, who: string): void {
  const at = list.indexOf(who);
  if (at >= 0) list.removeAt(at);
}

/** Whether a context is to resume it. */
function isScheduled(s: State, who: string): boolean {
  return s.round.includes(who) || s.scheduled.some((list) => list.includes(who));
}

/** Where one goes on that is woken: elsewhere than here, or null. */
function elsewhere(s: State, who: string): string | null {
  const home = s.home.at(who);
  return home === null || home === here(s) || s.closed.at(home) ? null : home;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody is scheduled who has not yielded": (s: State) =>
    s.status.every((_, who) => !entered(s, who) || !isScheduled(s, who)),
  "a coroutine stays where it is": (s: State) => s.home.every((home) => home !== "other"),
  "a round resumes one coroutine": (s: State) => s.round.length === 0,
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` of them in two contexts.
 *
 * @param scope How many coroutines; which claims.
 */
export function aioContext(
  { coroutines: n = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const { Who } = parties(n);
  const shielded = (s: State, who: string): boolean =>
    s.status.at(who) !== "created" && isScheduled(s, who);
  const life: Life<State> = new Life<State>({
    barred: (s, who) => isScheduled(s, who) ? "already-scheduled" : undefined,
    shielded,
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
    back: (s) => {
      if (s.round.length > 0) return life.resume(s, s.round.shift(), LEADER);
      s.polled = null;
      return undefined;
    },
  });
  /** Why the running one cannot schedule `who`: itself it can, once. */
  const why = (s: State, who: string): string | undefined =>
    who === s.current && !isScheduled(s, who) ? undefined : life.why(s, who);
  const refusesToSchedule = (s: State, who: string, context: string): string | undefined =>
    s.closed.at(context) ? "closed" : why(s, who);
  const refusesToMove = (s: State, context: string): string | undefined => {
    return s.current === LEADER ? "yield-to-no-one" : refusesToSchedule(s, s.current, context);
  };
  const move = (s: State, context: string): string | undefined => {
    s.scheduled.at(context).push(s.current);
    return life.suspend(s);
  };
  type Where = { readonly context: string };
  type Whom = { readonly who: string };
  const refusesToEnter = (s: State, { who, context }: Whom & Where): string | undefined => {
    if (s.closed.at(context)) return "closed";
    return who === s.current ? "wake-self" : life.why(s, who);
  };
  const refusesToPoll = (s: State, context: string): string | undefined => {
    if (s.closed.at(context)) return "closed";
    return s.current === LEADER ? undefined : "in-coroutine";
  };
  const refusesToClose = (s: State, context: string): string | undefined =>
    context === "main" || s.polled === context || s.scheduled.at(context).length > 0
      ? "context-busy"
      : undefined;

  return spec({
    name: "aio_context",
    state: Schema.Struct({
      ...lifecycleFields(n),
      home: Table(Who, Schema.NullOr(Context)),
      scheduled: Table(Context, Seq(Who, n)),
      polled: Schema.NullOr(Context),
      round: Seq(Who, n),
      closed: Table(Context, Schema.Boolean),
    }),
    init: [{
      ...lifecycleInit(n),
      home: fill(Who, null),
      scheduled: fill(Context, []),
      polled: null,
      round: [],
      closed: fill(Context, false),
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      wake: {
        for: { who: Who },
        when: (s: State, { who }: Whom) => life.why(s, who) === undefined,
        do: (s: State, { who }: Whom) => {
          life.wake(s, who);
          return life.over(s);
        },
        refuse: (s: State, { who }: Whom) => who === s.current ? "wake-self" : life.why(s, who),
      },
      schedule: {
        for: { who: Who, context: Context },
        when: (s: State, { who, context }: Whom & Where) =>
          refusesToSchedule(s, who, context) === undefined,
        do: (s: State, { who, context }: Whom & Where) => {
          s.scheduled.at(context).push(who);
        },
        refuse: (s: State, { who, context }: Whom & Where) => refusesToSchedule(s, who, context),
      },
      enterIn: {
        for: { who: Who, context: Context },
        when: (s: State, params: Whom & Where) => refusesToEnter(s, params) === undefined,
        do: (s: State, { who, context }: Whom & Where) => {
          if (context !== here(s)) s.scheduled.at(context).push(who);
          else if (s.current === LEADER) return life.resume(s, who, LEADER);
          else wake(s, who);
          return undefined;
        },
        refuse: refusesToEnter,
      },
      reschedule: {
        for: { context: Context },
        when: (s: State, { context }: Where) => refusesToMove(s, context) === undefined,
        do: (s: State, { context }: Where) => move(s, context),
        refuse: (s: State, { context }: Where) => refusesToMove(s, context),
      },
      switchTo: {
        for: { context: Context },
        when: (s: State, { context }: Where) =>
          s.current !== LEADER &&
          (context === here(s) || refusesToMove(s, context) === undefined),
        do: (s: State, { context }: Where) => context === here(s) ? undefined : move(s, context),
        refuse: (s: State, { context }: Where) => refusesToMove(s, context),
      },
      poll: {
        for: { context: Context },
        when: (s: State, { context }: Where) => refusesToPoll(s, context) === undefined,
        do: (s: State, { context }: Where) => {
          const list = s.scheduled.at(context);
          if (list.length === 0) return "no progress";
          s.polled = context;
          while (list.length > 0) s.round.push(list.shift());
          return life.over(s);
        },
        refuse: (s: State, { context }: Where) => refusesToPoll(s, context),
      },
      close: {
        for: { context: Context },
        when: (s: State, { context }: Where) => refusesToClose(s, context) === undefined,
        do: (s: State, { context }: Where) => {
          s.closed.set(context, true);
        },
        refuse: (s: State, { context }: Where) => refusesToClose(s, context),
      },
    },
    always: {
      ...lifecycleClaims(shielded),
      "no double scheduling: a coroutine is scheduled once, in one context, and not woken": (s) =>
        s.status.every((_, who) =>
          s.scheduled.count((list) => list.includes(who)) + (s.round.includes(who) ? 1 : 0) +
              (s.woken.at(who) ? 1 : 0) <= 1
        ) &&
        s.scheduled.every((list) => list.every((who, i) => list.indexOf(who) === i)),
      "whoever is about to be resumed by a context has yielded, or has never run": (s) =>
        s.round.every((who) => !entered(s, who) && s.status.at(who) !== "terminated"),
      "whoever is scheduled has not ended": (s) =>
        s.scheduled.every((list) => list.every((who) => s.status.at(who) !== "terminated")),
      "whoever runs is at home where it runs": (s) =>
        s.status.every((_, who) => !entered(s, who) || s.home.at(who) === here(s)),
      "nothing is scheduled where nobody polls any more": (s) =>
        s.scheduled.every((list, context) => list.length === 0 || !s.closed.at(context)),
      "only the leader polls: a round is left to those whom it resumes": (s) =>
        s.polled !== null || s.round.length === 0,
      ...always,
    },
    sometimes: {
      "one has scheduled itself": (s) => s.current !== LEADER && isScheduled(s, s.current),
      "all but one are still to be resumed in a round": (s) =>
        s.polled !== null && s.round.length === n - 1,
      "one is scheduled by a wake-up from another context": (s) =>
        s.polled === "other" && s.scheduled.at("main").length > 0,
      "one is at home in a context that was closed": (s) =>
        s.closed.at("other") && s.home.some((home) => home === "other"),
      "all have ended": (s) => s.status.every((status) => status === "terminated"),
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
