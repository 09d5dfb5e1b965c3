/**
 * Coroutines that write to one writer: the host gets what they have written in pieces, takes as much of
 * the first as it likes, and may fail; whoever waits until less is pending goes on when it is.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  type Extent,
  lateAlarmActions,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------- constants

/** Who drains waits until no more than this is pending. */
export const HIGH_WATER = 1;

const Until = Schema.NullOr(Schema.Literals(["drained", "flushed"]));
type Until = "drained" | "flushed";

/** How many bytes may be pending then. */
const mostOf = (until: Until): number => until === "drained" ? HIGH_WATER : 0;

// ------------------------------------------------------------------------------------ state

interface State extends Lifecycle {
  /** Who waits, in order. */
  readonly line: SeqView<string>;
  /** Until when it waits, or has waited and not gone on yet. */
  readonly waits: TableView<string, Until | null>;
  /** Whether its limit was reached when it had been woken already. */
  readonly late: TableView<string, boolean>;
  /** How long the pieces are that the host is to take, in order. */
  readonly sending: SeqView<number>;
  /** How long those are that it will be given next. */
  readonly written: SeqView<number>;
  /** Whether what is copied goes to the last of those. */
  open: boolean;
  /** Whether the host will be given what was written, in a moment. */
  due: boolean;
  /** Whether it will when all those have run who go on now, as the host has taken some. */
  back: boolean;
  /** How many bytes were written in all. */
  total: number;
  taken: number;
  /** Whether the host has failed. */
  broken: boolean;
}

/** How many bytes the host has not taken yet. */
const pendingOf = (s: State): number => sum(s.sending) + sum(s.written);

function sum(pieces: SeqView<number>): number {
  let all = 0;
  for (const piece of pieces) all += piece;
  return all;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever is woken finds what it has waited for": (s: State) =>
    s.waits.every((until, who) =>
      until === null || !s.woken.at(who) || s.broken || pendingOf(s) <= mostOf(until)
    ),
  "whoever has come first goes on first": (s: State) =>
    s.line.every((who, i) => i === 0 || s.waits.at(s.line.at(0)) === s.waits.at(who)),
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` of them, and so many bytes.
 *
 * @param scope How many; which claims.
 */
export function coWriter(
  { coroutines: n = 3, bytes = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    bytes?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const { Who } = parties(n);
  const { timed = 0 } = extent;
  const canWait = (who: string): boolean => Who.literals.indexOf(who) < timed;
  const isOver = (s: State, until: Until): boolean => s.broken || pendingOf(s) <= mostOf(until);
  /** Those whose wait is over go on. */
  const tell = (s: State): void => {
    for (const who of [...s.line]) {
      const until = s.waits.at(who);
      if (until === null || !isOver(s, until)) continue;
      s.line.removeAt(s.line.indexOf(who));
      life.wake(s, who);
    }
  };
  const added = (s: State, count: number): void => {
    s.total += count;
    if (s.sending.length === 0 && !s.back) s.due = true;
  };
  const begin = (s: State): void => {
    s.sending.assign([...s.written]);
    s.written.clear();
    s.open = false;
  };
  const life: Life<State> = new Life<State>({
    barred: (s, who) => s.line.includes(who) ? "already-scheduled" : undefined,
    leave: (s, who) => {
      s.waits.set(who, null);
      s.late.set(who, false);
      const at = s.line.indexOf(who);
      if (at >= 0) s.line.removeAt(at);
    },
    goOn: (s) => {
      const me = s.current;
      const until = s.waits.at(me);
      if (until !== null && !isOver(s, until)) {
        // Others have written meanwhile.
        s.line.push(me);
        if (s.late.at(me)) life.giveUp(s, me, "timeout");
        return false;
      }
      s.waits.set(me, null);
      s.late.set(me, false);
      return until !== null && s.broken ? "its wait failed" : true;
    },
    back: (s) => {
      if (s.back && s.sending.length === 0) begin(s);
      s.back = false;
      return undefined;
    },
  });
  type Count = { readonly count: number };
  const wait = (until: Until) => ({
    for: {},
    // What takes no wait can be had anywhere.
    when: (s: State) => s.current !== LEADER || isOver(s, until),
    do: (s: State) => {
      const me = s.current;
      if (isOver(s, until)) return s.broken ? "its wait failed" : undefined;
      s.waits.set(me, until);
      s.line.push(me);
      if (canWait(me)) s.alarm.set(me, true);
      return life.suspend(s);
    },
    refuse: () => "yield-to-no-one",
  });

  return spec({
    name: "co_writer",
    state: Schema.Struct({
      ...lifecycleFields(n),
      line: Seq(Who, n),
      waits: Table(Who, Until),
      late: Table(Who, Schema.Boolean),
      sending: Seq(Int(1, bytes), bytes),
      written: Seq(Int(1, bytes), bytes),
      open: Schema.Boolean,
      due: Schema.Boolean,
      back: Schema.Boolean,
      total: Int(0, bytes),
      taken: Int(0, bytes),
      broken: Schema.Boolean,
    }),
    init: [{
      ...lifecycleInit(n),
      line: [],
      waits: fill(Who, null),
      late: fill(Who, false),
      sending: [],
      written: [],
      open: false,
      due: false,
      back: false,
      total: 0,
      taken: 0,
      broken: false,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      ...lateAlarmActions(n, life),
      copy: {
        for: { count: Int(1, 2) },
        when: (s: State, { count }: Count) => s.total + count <= bytes,
        do: (s: State, { count }: Count) => {
          if (s.broken) return "its wait failed";
          const last = s.written.length - 1;
          if (s.open) s.written.set(last, s.written.at(last) + count);
          else s.written.push(count);
          s.open = true;
          added(s, count);
        },
      },
      lend: {
        for: {},
        when: (s: State) => s.total < bytes,
        do: (s: State) => {
          if (s.broken) return "its wait failed";
          s.written.push(1);
          s.open = false;
          added(s, 1);
        },
      },
      drain: wait("drained"),
      flush: wait("flushed"),
      begin: {
        for: {},
        when: (s: State) => s.due && s.current === LEADER,
        do: (s: State) => {
          s.due = false;
          begin(s);
        },
      },
      take: {
        for: { count: Int(1, 2) },
        when: (s: State, { count }: Count) =>
          s.current === LEADER && s.sending.length > 0 && count <= s.sending.at(0),
        do: (s: State, { count }: Count) => {
          const rest = s.sending.at(0) - count;
          s.taken += count;
          if (rest > 0) s.sending.set(0, rest);
          else s.sending.shift();
          tell(s);
          s.back = true;
          return life.over(s);
        },
      },
      fail: {
        for: {},
        when: (s: State) => s.current === LEADER && s.sending.length > 0,
        do: (s: State) => {
          s.broken = true;
          s.sending.clear();
          s.written.clear();
          s.open = false;
          tell(s);
          return life.over(s);
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      "no byte is lost, and none is sent twice": (s) =>
        s.broken || s.total === s.taken + pendingOf(s),
      "whoever stands in the line is suspended, and not woken": (s) =>
        s.line.every((who) => s.status.at(who) === "suspended" && !s.woken.at(who)),
      "nobody waits for what is over": (s) =>
        s.line.every((who) => {
          const until = s.waits.at(who);
          return until !== null && !isOver(s, until);
        }),
      "as long as bytes are pending, the host has some, or will": (s) =>
        pendingOf(s) === 0 || s.due || s.back || s.sending.length > 0,
      ...always,
    },
    sometimes: {
      "all of them wait": (s) => s.line.length === n,
      "one waits on, as others have written": (s) =>
        s.line.length > 0 && s.written.length > 0 && s.sending.length > 0,
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
