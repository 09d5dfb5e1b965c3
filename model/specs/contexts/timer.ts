/**
 * Timers of one context, and clocks that only go on when they are told to: what is due when a round
 * comes to the timers is called in order; what is set meanwhile waits for the next round, even if it
 * is due at once. Of timers by several clocks, those are called first whose clock was used first.
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
  readonly now: TableView<string, number>;
  /** The clocks by which timers are set, or were: in the order in which they are looked at. */
  readonly clocks: SeqView<string>;
  /** What a timer is set to. */
  readonly deadline: TableView<string, number | null>;
  /** Those that are set, in the order in which they are due. */
  readonly set: SeqView<string>;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "what is due has been called": (s: State) =>
    s.deadline.every((deadline) => deadline === null || s.now.every((now) => deadline >= now)),
  "a callback leaves its own timer alone": (s: State) =>
    s.running.every((who) => s.deadline.at(who) === null),
};

// ------------------------------------------------------------------------------------- spec

/** The names of so many clocks. */
export function clockNames(n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => `clock${i + 1}`);
}

/**
 * So many timers, for so many ticks of their clocks, which take turns.
 *
 * @param scope How many, and how deep the rounds; which claims.
 */
export function timer(
  { timers = 2, ticks = 2, rounds = 2, clocks = 1, always = {} }: {
    timers?: number;
    ticks?: number;
    rounds?: number;
    clocks?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const who = names(timers);
  const Who = Schema.Literals(who);
  const all = clockNames(clocks);
  const Clock = Schema.Literals(all);
  const clockOf = (one: string): string => all[who.indexOf(one) % clocks] ?? "";
  type Whom = { readonly who: string };
  type When = Whom & { readonly at: number };
  type Which = { readonly clock: string };

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
  const isDue = (s: State, one: string): boolean => dueAt(s, one) <= s.now.at(clockOf(one));
  /** A clock is used: those by which nothing is set any more are forgotten when another one comes. */
  const use = (s: State, clock: string): void => {
    if (s.clocks.includes(clock)) return;
    s.clocks.assign([...s.clocks].filter((other) => s.set.some((one) => clockOf(one) === other)));
    s.clocks.push(clock);
  };

  return spec({
    name: "timer",
    state: Schema.Struct({
      ...roundsFields(who, rounds),
      now: Table(Clock, Int(0, ticks)),
      clocks: Seq(Clock, clocks),
      deadline: Table(Who, Schema.NullOr(Int(0, ticks))),
      set: Seq(Who, timers),
    }),
    init: [{
      ...roundsInit,
      now: fill(Clock, 0),
      // Where there is but one, it makes no difference when it was used first.
      clocks: clocks === 1 ? all : [],
      deadline: fill(Who, null),
      set: [],
    }],
    actions: {
      set: {
        for: { who: Who, at: Int(0, ticks) },
        when: () => true,
        do: (s: State, { who, at }: When) => {
          cancel(s, who);
          use(s, clockOf(who));
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
        for: { clock: Clock },
        when: (s: State, { clock }: Which) => s.now.at(clock) < ticks,
        do: (s: State, { clock }: Which) => {
          s.now.set(clock, s.now.at(clock) + 1);
        },
      },
      poll: {
        for: {},
        when: (s) => s.left.length < rounds,
        do: (s: State) => {
          for (const clock of s.clocks) {
            for (const one of [...s.set].filter((one) => clockOf(one) === clock && isDue(s, one))) {
              s.queue.push(one);
              s.set.removeAt(s.set.indexOf(one));
            }
          }
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
      "no timer is called before its time": (s) => s.queue.every((one) => isDue(s, one)),
      "the clock of a timer that is set is looked at": (s) =>
        s.set.every((one) => s.clocks.includes(clockOf(one))),
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
