/**
 * Timers of one context, and a clock that only goes on when it is told to: what is due when a round
 * comes to the timers is called in order; what is set meanwhile waits for the next round, even if it
 * is due at once.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
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

/** In the queue of the rounds are those that were found to be due, and not called yet. */
interface State extends Rounds {
  now: number;
  /** What a timer is set to. */
  readonly deadline: TableView<string, number | null>;
  /** Those that are set, in the order in which they are due. */
  readonly set: SeqView<string>;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "what is due has been called": (s: State) =>
    s.deadline.every((deadline) => deadline === null || deadline >= s.now),
  "a callback leaves its own timer alone": (s: State) =>
    s.running.every((who) => s.deadline.at(who) === null),
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many timers, for so many ticks of the clock.
 *
 * @param scope How many, and how deep the rounds; which claims.
 */
export function timer(
  { timers = 2, ticks = 2, rounds = 2, always = {} }: {
    timers?: number;
    ticks?: number;
    rounds?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const who = names(timers);
  const Who = Schema.Literals(who);
  type Whom = { readonly who: string };
  type When = Whom & { readonly at: number };

  const cancel = (s: State, one: string): void => {
    leave(s, one);
    s.deadline.set(one, null);
    const at = s.set.indexOf(one);
    if (at >= 0) s.set.removeAt(at);
  };
  const next = (s: State): string | undefined => {
    const one = callNext(s);
    if (one === undefined) return end(s);
    s.progress.set(s.progress.length - 1, true);
    s.deadline.set(one, null);
    return undefined;
  };
  const dueAt = (s: State, one: string): number => s.deadline.at(one) ?? Infinity;

  return spec({
    name: "timer",
    state: Schema.Struct({
      ...roundsFields(who, rounds),
      now: Int(0, ticks),
      deadline: Table(Who, Schema.NullOr(Int(0, ticks))),
      set: Seq(Who, timers),
    }),
    init: [{ ...roundsInit, now: 0, deadline: fill(Who, null), set: [] }],
    actions: {
      set: {
        for: { who: Who, at: Int(0, ticks) },
        when: () => true,
        do: (s: State, { who, at }: When) => {
          cancel(s, who);
          s.deadline.set(who, at);
          // Behind all that are due no later.
          s.set.push(who);
          for (let i = s.set.length - 1; i > 0 && dueAt(s, s.set.at(i - 1)) > at; i--) {
            s.set.set(i, s.set.at(i - 1));
            s.set.set(i - 1, who);
          }
        },
      },
      cancel: {
        for: { who: Who },
        when: () => true,
        do: (s: State, { who }: Whom) => cancel(s, who),
      },
      advance: {
        for: {},
        when: (s) => s.now < ticks,
        do: (s) => {
          s.now++;
        },
      },
      poll: {
        for: {},
        when: (s) => s.left.length < rounds,
        do: (s: State) => {
          while (s.set.length > 0 && dueAt(s, s.set.at(0)) <= s.now) s.queue.push(s.set.shift());
          begin(s);
          return next(s);
        },
      },
      ...callbackActions(timers, next),
    },
    always: {
      ...roundsClaims,
      "those that are due first are called first": (s) =>
        s.set.every((one, i) => i === 0 || dueAt(s, s.set.at(i - 1)) <= dueAt(s, one)),
      "no timer is called before its time": (s) => s.queue.every((one) => dueAt(s, one) <= s.now),
      "a timer that is set will be called: it is in one list": (s) =>
        s.deadline.every((deadline, one) =>
          (s.set.includes(one) ? 1 : 0) + (s.queue.includes(one) ? 1 : 0) ===
            (deadline === null ? 0 : 1)
        ),
      ...always,
    },
    sometimes: {
      "one sets itself, due at once, before one that is still to be called": (s) =>
        s.queue.length > 0 &&
        s.running.some((one) => dueAt(s, one) < dueAt(s, s.queue.at(0))),
      "a round inside another one calls what is left of that one": (s) =>
        s.running.length === rounds,
    },
    ends: () => true,
  });
}
