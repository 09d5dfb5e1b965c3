/**
 * What one round of a context does, all kinds together: bottom halves and coroutines that are scheduled, then
 * the sources that are ready, then the timers that are due. What is scheduled meanwhile waits for the next
 * round, but for what comes in time for its own kind: a bottom half may set an event whose handler is called
 * in the same round.
 *
 * There is one of each kind. Whoever has control is the code outside all rounds, the callback that runs in the
 * innermost one, or the coroutine, which may do all but poll.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, Seq, type SeqView, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** The kinds, in the order in which a round comes to them: bottom halves and coroutines are one. */
const KINDS = ["scheduled", "sources", "timers"] as const;
const Scheduled = Schema.Literals(["half", "co"]);
const What = Schema.Literals(["half", "co", "event", "timer"]);
type What = typeof What.Type;

// ------------------------------------------------------------------------------------ state

interface Round {
  /** At which kind it is, and what of that runs. */
  kind: number;
  runs: What | null;
  /** How many, from the head of what is scheduled, belong to it. */
  left: number;
  progress: boolean;
  failed: number;
}

interface State {
  /** What is to be called first, in order. */
  readonly scheduled: SeqView<"half" | "co">;
  /** Whether the event is set, and whether its handler is to be called. */
  set: boolean;
  handled: boolean;
  now: number;
  /** What the timer is set to. */
  deadline: number | null;
  /** Each inside the one before it. */
  readonly rounds: SeqView<Round>;
}

function innermost(s: State): Round {
  return s.rounds.at(s.rounds.length - 1);
}

/** Whether somebody runs who may not poll. */
function inCoroutine(s: State): boolean {
  return s.rounds.length > 0 && innermost(s).runs === "co";
}

/** Takes one out of what is scheduled: of the rounds, less may be left. */
function leave(s: State, what: "half" | "co"): void {
  const at = s.scheduled.indexOf(what);
  if (at < 0) return;
  s.scheduled.removeAt(at);
  for (const round of s.rounds) if (at < round.left) round.left--;
}

/** The handler looks at its event, unless it is to be called anyway. */
function look(s: State): void {
  if (s.set) s.handled = true;
}

function schedule(s: State, what: "half" | "co"): void {
  if (!s.scheduled.includes(what)) s.scheduled.push(what);
}

/** What a round calls of the kind that it has come to, if there is anything. */
function take(s: State, round: Round): What | null {
  switch (KINDS[round.kind]) {
    case "scheduled": {
      if (round.left === 0) return null;
      const what = s.scheduled.at(0);
      leave(s, what);
      return what;
    }
    case "sources": {
      if (!s.handled) return null;
      s.handled = false;
      return s.set ? "event" : null;
    }
    default: {
      if (s.deadline === null || s.deadline > s.now) return null;
      s.deadline = null;
      return "timer";
    }
  }
}

/** The innermost round goes on: it calls the next one, or is over. What it answers then is told. */
function next(s: State): string | undefined {
  const round = innermost(s);
  for (; round.kind < KINDS.length; round.kind++) {
    round.runs = take(s, round);
    if (round.runs !== null) return undefined;
  }
  const answer = round.failed > 0 ? `${round.failed} failed` : `${round.progress}`;
  s.rounds.pop();
  return answer;
}

/** What runs is over. */
function ends(s: State, fails: boolean): string | undefined {
  const round = innermost(s);
  round.progress = true;
  if (fails) round.failed++;
  if (round.runs === "event") look(s);
  // Of the last two kinds there is one each: what comes back waits for the next round.
  if (round.kind > 0) round.kind++;
  round.runs = null;
  return next(s);
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "all that is scheduled belongs to the round": (s: State) =>
    s.rounds.every(({ left }) => left === s.scheduled.length),
  "a coroutine runs in the outermost round": (s: State) =>
    s.rounds.every(({ runs }, i) => runs !== "co" || i === 0),
  "no event is handled after a timer of its round": (s: State) =>
    s.rounds.every(({ runs }) => runs !== "timer" || !s.handled),
};

// ------------------------------------------------------------------------------------- spec

/**
 * One context.
 *
 * @param scope How many rounds inside one another, and how far the clock goes; which claims.
 */
export function oneRound(
  { rounds = 2, ticks = 1, always = {} }: {
    rounds?: number;
    ticks?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Time = Int(0, ticks);
  return spec({
    name: "one_round",
    state: Schema.Struct({
      scheduled: Seq(Scheduled, 2),
      set: Schema.Boolean,
      handled: Schema.Boolean,
      now: Time,
      deadline: Schema.NullOr(Time),
      rounds: Seq(
        Schema.Struct({
          kind: Int(0, KINDS.length),
          runs: Schema.NullOr(What),
          left: Int(0, 2),
          progress: Schema.Boolean,
          failed: Int(0, 3),
        }),
        rounds,
      ),
    }),
    init: [{
      scheduled: [],
      set: false,
      handled: false,
      now: 0,
      deadline: null,
      rounds: [],
    }],
    actions: {
      scheduleHalf: { for: {}, when: () => true, do: (s: State) => schedule(s, "half") },
      cancelHalf: { for: {}, when: () => true, do: (s: State) => leave(s, "half") },
      scheduleCo: {
        for: {},
        when: (s: State) => !s.scheduled.includes("co"),
        do: (s: State) => schedule(s, "co"),
        refuse: () => "already-scheduled",
      },
      setEvent: {
        for: {},
        when: () => true,
        do: (s: State) => {
          if (s.set) return;
          s.set = true;
          look(s);
        },
      },
      clearEvent: {
        for: {},
        when: () => true,
        do: (s: State) => {
          s.set = false;
        },
      },
      setTimer: {
        for: { at: Time },
        when: () => true,
        do: (s: State, { at }: { readonly at: number }) => {
          s.deadline = at;
        },
      },
      cancelTimer: {
        for: {},
        when: () => true,
        do: (s: State) => {
          s.deadline = null;
        },
      },
      advance: {
        for: {},
        when: (s: State) => s.now < ticks,
        do: (s: State) => {
          s.now++;
        },
      },
      poll: {
        for: { sync: Schema.Boolean },
        when: (s: State) => s.rounds.length < rounds && !inCoroutine(s),
        do: (s: State) => {
          const left = s.scheduled.length;
          s.rounds.push({ kind: 0, runs: null, left, progress: false, failed: 0 });
          return next(s);
        },
        refuse: (s: State) => inCoroutine(s) ? "in-coroutine" : undefined,
      },
      return: {
        for: {},
        when: (s: State) => s.rounds.length > 0,
        do: (s: State) => ends(s, false),
      },
      throw: {
        for: {},
        // A coroutine that throws is no more: others are about that.
        when: (s: State) => s.rounds.length > 0 && !inCoroutine(s) && innermost(s).failed < 3,
        do: (s: State) => ends(s, true),
      },
    },
    always: {
      "what is scheduled in a round waits for the next one": (s) =>
        s.rounds.every(({ left }) => left <= s.scheduled.length),
      "a round inside another one calls what is left of that one, too": (s) =>
        s.rounds.every(({ left }, i) => s.rounds.every((outer, j) => j >= i || outer.left <= left)),
      "a round comes to sources when all that was scheduled has been called": (s) =>
        s.rounds.every(({ kind, left }) => kind === 0 || left === 0),
      "a coroutine does not poll": (s) =>
        s.rounds.every(({ runs }, i) => runs !== "co" || i === s.rounds.length - 1),
      "an event that is set is handled, or its handler runs and looks again": (s) =>
        !s.set || s.handled || s.rounds.some(({ runs }) => runs === "event"),
      ...always,
    },
    sometimes: {
      "a timer runs in a round that a handler has begun": (s) =>
        s.rounds.some(({ runs }, i) => runs === "event" && i === 0) &&
        innermost(s).runs === "timer",
      "a coroutine has scheduled itself and a bottom half, which waits behind it": (s) =>
        inCoroutine(s) && s.scheduled.length === 2 && s.scheduled.at(0) === "co",
      "a handler runs, and the bottom half that has set its event is to be called again": (s) =>
        s.rounds.some(({ runs }) => runs === "event") && s.scheduled.includes("half"),
    },
    ends: () => true,
  });
}
