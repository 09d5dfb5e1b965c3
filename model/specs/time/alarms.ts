/**
 * The alarms of one clock: they are set for few times, so that many are due at once, and each rings when it is its
 * turn, or is cancelled. The one that is due first is next, and of those that are due at once the one that was set
 * first. How the code stores them depends on the order in which they came: so the state keeps all that ever were set.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, Seq, type SeqView, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------------ state

interface Alarm {
  /** When it is due. */
  at: number;
  /** Whether it has neither rung nor been cancelled. */
  set: boolean;
}

interface State {
  /** All that were ever set, in this order. */
  readonly alarms: SeqView<Alarm>;
  /** Which one rings next, by its place among these. */
  next: number | null;
}

// ------------------------------------------------------------------------------------ steps

function findNext(s: State): void {
  s.next = null;
  for (let i = 0; i < s.alarms.length; i++) {
    const one = s.alarms.at(i);
    if (one.set && (s.next === null || one.at < s.alarms.at(s.next).at)) s.next = i;
  }
}

function unset(s: State, which: number): void {
  s.alarms.at(which).set = false;
  findNext(s);
}

/** Takes out the next one. Answers which that was. */
function ring(s: State): number | null {
  const { next } = s;
  if (next !== null) unset(s, next);
  return next;
}

// ----------------------------------------------------------------------------------- claims

/** Whether all that are set beside the next one are such. */
function others(s: State, holds: (other: Alarm, next: Alarm, isEarlier: boolean) => boolean) {
  const { next } = s;
  if (next === null) return true;
  return s.alarms.every((one, i) => !one.set || holds(one, s.alarms.at(next), i < next));
}

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "the one that was set first is next": (s: State) => others(s, (_, __, isEarlier) => !isEarlier),
  "the one that was set last is next": (s: State) =>
    others(s, (one, next, isEarlier) => isEarlier || one === next),
};

// ------------------------------------------------------------------------------------- spec

/**
 * Up to `alarms` are set, for one of so many `times`.
 *
 * @param scope How many; whether there is one that is due after all of them; claims to add.
 */
export function alarms(
  { alarms: n = 4, times = 3, late = false, always = {} }: {
    alarms?: number;
    times?: number;
    late?: boolean;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const At = Int(0, times - 1);
  type Which = { readonly which: number };
  type When = { readonly at: number };
  return spec({
    name: "alarms",
    state: Schema.Struct({
      alarms: Seq(Schema.Struct({ at: At, set: Schema.Boolean }), n),
      next: Schema.NullOr(Int(0, n - 1)),
    }),
    init: [{ alarms: [], next: null }],
    actions: {
      // First: so most are set when one is cancelled.
      add: {
        for: { at: At },
        when: (s: State, _: When) => s.alarms.length < n,
        do: (s: State, { at }: When) => {
          s.alarms.push({ at, set: true });
          findNext(s);
        },
      },
      cancel: {
        // Also one that has rung, or was cancelled.
        for: { which: Int(0, n - 1) },
        when: (s: State, { which }: Which) => which < s.alarms.length,
        do: (s: State, { which }: Which) => {
          const wasSet = s.alarms.at(which).set;
          if (wasSet) unset(s, which);
          return wasSet && s.next === null && !late ? "none is left" : undefined;
        },
      },
      ring: {
        for: {},
        when: () => true,
        do: (s: State) => ring(s),
      },
      ringAll: {
        for: {},
        when: () => true,
        do: (s: State) => {
          const rung: (number | null)[] = [];
          while (s.next !== null && rung.length < n) rung.push(ring(s));
          return rung.join(", ");
        },
      },
    },
    always: {
      "an alarm is next as long as any is set": (s) =>
        (s.next !== null) === s.alarms.some(({ set }) => set),
      "no alarm is due before the next one": (s) => others(s, (one, next) => one.at >= next.at),
      "of alarms that are due at once, the one that was set first is next": (s) =>
        others(s, (one, next, isEarlier) => !isEarlier || one.at !== next.at),
      "what has rung or was cancelled rings no more": (s) =>
        s.next === null || s.alarms.at(s.next).set,
      ...always,
    },
    sometimes: {
      "all are set, the first ones last": (s) =>
        s.alarms.length === n && s.alarms.every(({ set }) => set) &&
        s.alarms.every(({ at }, i) => i === 0 || at <= s.alarms.at(i - 1).at) &&
        s.next !== 0,
    },
  });
}
