/**
 * Bottom halves of one context, and its rounds, one inside another: what is scheduled is called once,
 * in order; what is scheduled in a round waits for the next one; a round inside another one first
 * calls what is left of that one.
 *
 * Whoever has control is the code outside all rounds, or the callback that runs in the innermost one.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, spec, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";
import {
  begin,
  callbackActions,
  callNext,
  end,
  leave,
  type Rounds,
  roundsClaims,
  roundsFields,
  roundsInit,
} from "./_rounds.ts";

// ------------------------------------------------------------------------------------ state

interface State extends Rounds {
  /** Whether one was scheduled for when there is time. */
  readonly idle: TableView<string, boolean>;
  readonly deleted: TableView<string, boolean>;
  /** Rounds go on until there is no progress, and then the context is closed. */
  draining: boolean;
  closed: boolean;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "a callback runs once at a time": (s: State) =>
    s.running.every((who, i) => s.running.indexOf(who) === i),
  "all that is to be called belongs to the round": (s: State) =>
    s.left.every((left) => left === s.queue.length),
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many bottom halves, and rounds inside one another.
 *
 * @param scope How many, and how deep; which claims.
 */
export function bottomHalf(
  { bottomHalves = 2, rounds = 2, always = {} }: {
    bottomHalves?: number;
    rounds?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  /** One of them is not kept: it is made each time, and called once. */
  const who = [...names(bottomHalves), "once"];
  const Who = Schema.Literals(who);
  const Kept = Schema.Literals(names(bottomHalves));
  type Whom = { readonly who: string };

  /** The innermost round goes on: it calls the next one, or is over. What it answers then is told. */
  const next = (s: State): string | undefined => {
    const one = callNext(s);
    if (one !== undefined) {
      if (!s.idle.at(one)) s.progress.set(s.progress.length - 1, true);
      s.idle.set(one, false);
      return undefined;
    }
    const progress = s.progress.at(s.progress.length - 1);
    const answer = end(s);
    if (s.left.length > 0 || !s.draining) return answer;
    if (answer.endsWith("failed")) {
      s.draining = false;
      return answer;
    }
    if (progress || s.queue.some((one) => !s.idle.at(one))) return poll(s);
    s.draining = false;
    s.closed = true;
    s.queue.clear();
    for (const one of names(bottomHalves)) {
      s.deleted.set(one, true);
      s.idle.set(one, false);
    }
    return undefined;
  };

  const poll = (s: State): string | undefined => {
    begin(s);
    return next(s);
  };

  const schedule = (s: State, one: string, idle: boolean): void => {
    if (!s.queue.includes(one)) {
      s.queue.push(one);
      s.idle.set(one, idle);
    } else if (!idle) s.idle.set(one, false);
  };

  const refusesToSchedule = (s: State, one: string): string | undefined =>
    s.deleted.at(one) ? "closed" : undefined;

  return spec({
    name: "bottom_half",
    state: Schema.Struct({
      ...roundsFields(who, rounds),
      idle: Table(Who, Schema.Boolean),
      deleted: Table(Kept, Schema.Boolean),
      draining: Schema.Boolean,
      closed: Schema.Boolean,
    }),
    init: [{
      ...roundsInit,
      idle: fill(Who, false),
      deleted: fill(Kept, false),
      draining: false,
      closed: false,
    }],
    actions: {
      schedule: {
        for: { who: Kept },
        when: (s: State, { who }: Whom) => refusesToSchedule(s, who) === undefined,
        do: (s: State, { who }: Whom) => schedule(s, who, false),
        refuse: (s: State, { who }: Whom) => refusesToSchedule(s, who),
      },
      scheduleIdle: {
        for: { who: Kept },
        when: (s: State, { who }: Whom) => refusesToSchedule(s, who) === undefined,
        do: (s: State, { who }: Whom) => schedule(s, who, true),
        refuse: (s: State, { who }: Whom) => refusesToSchedule(s, who),
      },
      oneShot: {
        for: {},
        // One at a time, to keep the model small.
        when: (s: State) => !s.closed && !s.queue.includes("once"),
        do: (s: State) => schedule(s, "once", false),
        refuse: (s: State) => s.closed ? "closed" : undefined,
      },
      cancel: {
        for: { who: Kept },
        when: () => true,
        do: (s: State, { who }: Whom) => {
          leave(s, who);
          s.idle.set(who, false);
        },
      },
      delete: {
        for: { who: Kept },
        when: () => true,
        do: (s: State, { who }: Whom) => {
          leave(s, who);
          s.idle.set(who, false);
          s.deleted.set(who, true);
        },
      },
      poll: {
        for: {},
        when: (s: State) => !s.closed && s.left.length < rounds,
        do: poll,
        refuse: (s: State) => s.closed ? "closed" : undefined,
      },
      close: {
        for: {},
        when: (s: State) =>
          s.closed ||
          (s.left.length === 0 && s.queue.length === 0 && s.deleted.every((gone) => gone)),
        do: (s: State) => {
          s.closed = true;
        },
        refuse: () => "context-busy",
      },
      drain: {
        for: {},
        when: (s: State) => s.closed || s.left.length === 0,
        do: (s: State) => {
          if (s.closed) return undefined;
          s.draining = true;
          return poll(s);
        },
        refuse: () => "context-busy",
      },
      ...callbackActions(who.length, next),
    },
    always: {
      ...roundsClaims,
      "what was deleted is never called again": (s: State) =>
        s.deleted.every((gone, one) => !gone || !s.queue.includes(one)),
      "a closed context is to call nothing": (s: State) => !s.closed || s.queue.length === 0,
      "nothing runs in a closed context": (s: State) => !s.closed || s.running.length === 0,
      "only what is to be called is idle": (s: State) =>
        s.idle.every((idle, one) => !idle || s.queue.includes(one)),
      ...always,
    },
    sometimes: {
      "a callback runs in a round that it has begun itself": (s: State) =>
        s.running.length === 2 && s.running.at(0) === s.running.at(1),
      "something waits for the next round but one": (s: State) =>
        s.left.length >= 2 && s.left.at(0) > 0 && s.left.at(s.left.length - 1) < s.queue.length,
      "a callback has deleted itself": (s: State) =>
        s.running.some((one) => one !== "once" && s.deleted.at(one)),
    },
    ends: (s) => s.closed,
  });
}
