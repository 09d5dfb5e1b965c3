/**
 * The timers of a context that go by a clock of somebody's own making, which may fail whenever it is asked, and work
 * again: whoever looks at them is told of a failure, once; and as long as anything is set, it is asked again by and by.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, spec, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";

// ------------------------------------------------------------------------------------ state

interface State {
  /** Whether the clock tells the time, and takes alarms: it rings those that it has in any case. */
  works: boolean;
  now: number;
  /** What each timer is set to. */
  readonly deadline: TableView<string, number | null>;
  /** When the clock's alarm rings. */
  alarm: number | null;
  /** For which deadline that was set: until others are, it is not set anew. */
  due: number | null;
  /** Whether it has failed, and somebody was told. */
  failure: "none" | "untold" | "told";
  /** Whether it will be asked again by the host's clock. */
  retry: boolean;
  /** Whether the context was woken, and has not looked since. */
  woken: boolean;
}

// ----------------------------------------------------------------------------------- claims

const isSet = (s: State): boolean => s.deadline.some((deadline) => deadline !== null);

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "an alarm is set for what is set": (s: State) =>
    s.alarm === null || s.deadline.some((deadline) => deadline === s.alarm),
  "a clock that works has not failed": (s: State) => !s.works || s.failure === "none",
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many timers, for so many ticks of their clock.
 *
 * @param scope How many; which claims.
 */
export function brokenClock(
  { timers = 2, ticks = 2, always = {} }: {
    timers?: number;
    ticks?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Who = Schema.Literals(names(timers));
  type Whom = { readonly who: string };
  type When = Whom & { readonly at: number };

  const first = (s: State): number =>
    Math.min(...s.deadline.keys().map((who) => s.deadline.at(who) ?? Infinity));
  /** Sets the alarm for the first one. Answers whether that could be done. */
  const arm = (s: State, early = 0): boolean => {
    const due = first(s);
    if (due === (s.due ?? Infinity) && s.failure === "none") return true;
    if (due === Infinity) s.alarm = s.due = null;
    else {
      if (!s.works) return false;
      s.alarm = Math.max(due, s.now) + early;
      s.due = due;
    }
    s.failure = "none";
    s.retry = false;
    return true;
  };
  const fail = (s: State): void => {
    if (s.failure === "none") s.failure = "untold";
    s.retry = true;
  };
  /** Those that are due are called, in order. Answers which. */
  const callDue = (s: State): string[] => {
    if (!isSet(s)) return [];
    if (!s.works) {
      fail(s);
      return [];
    }
    const called: string[] = [];
    for (let at = 0; at <= s.now; at++) {
      for (const who of s.deadline.keys()) {
        if (s.deadline.at(who) !== at) continue;
        s.deadline.set(who, null);
        called.push(who);
      }
    }
    arm(s);
    return called;
  };
  /** The alarm rings. */
  const ring = (s: State): void => {
    s.alarm = null;
    s.woken ||= !s.works || first(s) <= s.now;
    if (!s.works) return fail(s);
    // It was early, or for one that was cancelled when no other alarm could be set.
    if (first(s) <= s.now) return;
    s.due = null;
    arm(s, 1);
  };

  return spec({
    name: "broken_clock",
    state: Schema.Struct({
      works: Schema.Boolean,
      now: Int(0, ticks),
      deadline: Table(Who, Schema.NullOr(Int(0, ticks))),
      alarm: Schema.NullOr(Int(0, ticks + 1)),
      due: Schema.NullOr(Int(0, ticks)),
      failure: Schema.Literals(["none", "untold", "told"]),
      retry: Schema.Boolean,
      woken: Schema.Boolean,
    }),
    init: [{
      works: true,
      now: 0,
      deadline: fill(Who, null),
      alarm: null,
      due: null,
      failure: "none",
      retry: false,
      woken: false,
    }],
    actions: {
      set: {
        for: { who: Who, at: Int(0, ticks) },
        when: (s: State, { who }: When) => s.deadline.at(who) === null,
        do: (s: State, { who, at }: When) => {
          s.deadline.set(who, at);
          if (arm(s)) return "set";
          s.deadline.set(who, null);
          return "broken";
        },
      },
      cancel: {
        for: { who: Who },
        when: (s: State, { who }: Whom) => s.deadline.at(who) !== null,
        do: (s: State, { who }: Whom) => {
          s.deadline.set(who, null);
          // The alarm that is set rings for those that are left.
          if (!arm(s) && s.alarm === null) fail(s);
        },
      },
      break: {
        for: {},
        when: (s: State) => s.works,
        do: (s: State) => {
          s.works = false;
        },
      },
      mend: {
        for: {},
        when: (s: State) => !s.works,
        do: (s: State) => {
          s.works = true;
        },
      },
      advance: {
        for: {},
        when: (s: State) => s.now < ticks,
        do: (s: State) => {
          // What was due before rings before.
          if (s.alarm !== null && s.alarm <= s.now) ring(s);
          s.now++;
          if (s.alarm !== null && s.alarm <= s.now) ring(s);
        },
      },
      // The clock was set back, or rounds.
      ringEarly: {
        for: {},
        when: (s: State) => s.alarm !== null && s.alarm > s.now,
        do: ring,
      },
      // A round of the context comes to its timers.
      look: {
        for: {},
        when: () => true,
        do: (s: State) => {
          s.woken = false;
          const called = callDue(s);
          if (s.failure !== "untold") return called.join(", ");
          s.failure = "told";
          return ["broken", ...called].join(", ");
        },
      },
      askAgain: {
        for: {},
        when: (s: State) => s.retry,
        do: (s: State) => {
          s.retry = false;
          s.woken = true;
          return callDue(s).join(", ");
        },
      },
      // How long may a poll wait?
      left: {
        for: {},
        when: () => true,
        do: (s: State) => {
          if (s.failure === "none" && isSet(s) && !s.works) fail(s);
          if (s.failure !== "none") return s.failure === "told" ? "Infinity" : "0";
          return `${Math.max(0, first(s) - s.now)}`;
        },
      },
    },
    always: {
      "as long as anything is set, somebody looks by and by": (s) =>
        !isSet(s) || s.alarm !== null || s.retry || s.woken,
      "a clock that has failed is asked again": (s) => s.failure === "none" || s.retry,
      ...always,
    },
    sometimes: {
      "one is due, and its clock cannot tell": (s) =>
        !s.works && s.deadline.some((deadline) => deadline !== null && deadline <= s.now),
      "an alarm is set for one that was cancelled": (s) => s.alarm !== null && s.alarm < first(s),
    },
    ends: () => true,
  });
}
