/**
 * What becomes of coroutines, and who is told: the promise of how one ends, the signal of its cancellation, a signal
 * that it follows, and the caller of whoever has let it go on.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, spec, Table, type TableView } from "../../mod.ts";
import {
  type Ending,
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
  wake,
} from "./_lifecycle.ts";

/** The one that follows a signal, and whose own is observed. */
const FIRST = "a";

const End = Schema.Literals(["none", "returned", "failed"]);

interface Fates extends Lifecycle {
  /** Whether a promise will resume it. */
  readonly scheduled: TableView<string, boolean>;
  /** How many wait for a promise. */
  waiting: number;
  /** Whether somebody has asked for the promise of its end. */
  readonly asked: TableView<string, boolean>;
  /** How it has ended. */
  readonly end: TableView<string, "none" | "returned" | "failed">;
  /** Whether somebody has asked for the signal of the first one's cancellation. */
  observed: boolean;
  /** Whether the first one follows a signal, which has not been aborted. */
  follows: boolean;
  /** Whether the host has let somebody go on: it is told of those failures alone that nobody has asked for. */
  byHost: boolean;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever has failed has been cancelled": (s: Fates) =>
    s.end.every((end, who) => end !== "failed" || s.cancel.at(who) !== "no"),
  "nobody fails whom the host has let go on": (s: Fates) =>
    !s.byHost || s.failed.at(LEADER).length === 0,
};

// ------------------------------------------------------------------------------------- spec

/** Whoever ends leaves the signal that it follows. */
function leaveSignal(s: Fates, who: string): void {
  if (who === FIRST) s.follows = false;
}

const life = new Life<Fates>({
  barred: (s, who) => s.scheduled.at(who) ? "already-scheduled" : undefined,
  ends: (s: Fates, how: Ending) => {
    const me = s.current;
    s.end.set(me, how === "returns" ? "returned" : "failed");
    leaveSignal(s, me);
    return how === "throws";
  },
  leave: (s, who) => {
    if (s.scheduled.at(who)) s.waiting--;
    s.scheduled.set(who, false);
    // Cancelled before it has ever run, it ends where it is.
    if (s.status.at(who) !== "created") return;
    s.end.set(who, "failed");
    leaveSignal(s, who);
  },
  back: (s) => {
    if (!s.byHost) return undefined;
    s.byHost = false;
    const failed = s.failed.at(LEADER);
    failed.assign([...failed].filter((who) => !s.asked.at(who)));
    return undefined;
  },
});

interface Named {
  readonly who: string;
}

/**
 * `coroutines` that live as in `_lifecycle.ts`, wait for promises, and are asked what becomes of them; the first one
 * may follow a signal, and somebody may observe its own.
 *
 * @param scope How many; how many are cancelled; claims to add.
 */
export function fates(
  { coroutines: n = 2, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: Fates) => boolean>;
  } = {},
) {
  const { Who } = parties(n);
  const { cancels = 0 } = extent;
  /** As by `cancel()`. */
  const mayCancel = (s: Fates, { who }: Named): boolean =>
    s.cancel.at(who) !== "no" || s.cancel.count((cancel) => cancel !== "no") < cancels;
  return spec({
    name: "fates",
    state: Schema.Struct({
      ...lifecycleFields(n),
      scheduled: Table(Who, Schema.Boolean),
      waiting: Int(0, n),
      asked: Table(Who, Schema.Boolean),
      end: Table(Who, End),
      observed: Schema.Boolean,
      follows: Schema.Boolean,
      byHost: Schema.Boolean,
    }),
    init: [{
      ...lifecycleInit(n),
      scheduled: fill(Who, false),
      waiting: 0,
      asked: fill(Who, false),
      end: fill(Who, "none" as const),
      observed: false,
      follows: false,
      byHost: false,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      until: {
        for: {},
        when: (s: Fates) => s.current !== LEADER,
        do: (s: Fates) => {
          s.waiting++;
          s.scheduled.set(s.current, true);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      settle: {
        for: { who: Who },
        // The host settles it in a turn of its own.
        when: (s: Fates, { who }: Named) => s.current === LEADER && s.scheduled.at(who),
        do: (s: Fates, { who }: Named) => {
          s.scheduled.set(who, false);
          s.waiting--;
          s.byHost = true;
          wake(s, who);
          return life.over(s);
        },
      },
      // By a signal that was aborted before.
      cancelOnAborted: {
        for: { who: Who },
        when: mayCancel,
        do: (s: Fates, { who }: Named) => {
          life.cancel(s, who);
          return life.over(s);
        },
      },
      follow: {
        for: {},
        // One that it follows already is left.
        do: (s: Fates) => void (s.follows = s.status.at(FIRST) !== "terminated"),
      },
      abort: {
        for: {},
        when: (s: Fates) => s.current === LEADER && s.follows && mayCancel(s, { who: FIRST }),
        do: (s: Fates) => {
          s.follows = false;
          s.byHost = true;
          life.cancel(s, FIRST);
          return life.over(s);
        },
      },
      askDone: {
        for: { who: Who },
        do: (s: Fates, { who }: Named) => s.asked.set(who, true),
      },
      askSignal: {
        for: {},
        do: (s: Fates) => void (s.observed = true),
      },
    },
    always: {
      "it is known of those alone who have ended how they did": (s) =>
        s.end.every((end, who) => (end !== "none") === (s.status.at(who) === "terminated")),
      "whoever waits for a promise is counted": (s) =>
        s.waiting === s.scheduled.count((scheduled) => scheduled),
      "who has ended follows no signal": (s) => !s.follows || s.status.at(FIRST) !== "terminated",
      ...always,
    },
    sometimes: {
      "one has failed that somebody has asked for, let go on by the host": (s) =>
        s.byHost && s.end.some((end, who) => end === "failed" && s.asked.at(who)),
      "all have been asked for and have ended": (s) =>
        s.end.every((end, who) => end !== "none" && s.asked.at(who)),
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
