/**
 * Coroutines that write to one writer: the host gets what they have written in pieces, takes as much of
 * the first as it likes, and may fail, when it is asked or by itself. Whoever waits does so for what was
 * written before, and goes on when that was taken, whatever others write meanwhile. When somebody closes
 * it, nothing more is written, and the host is told of the end when it has taken everything.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  alarmActions,
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
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------- constants

/** Who drains waits until no more than this is pending. */
export const HIGH_WATER = 1;

/** What the host answers that is no number of bytes that it has taken. */
export const WRONG = ["none", "too many"] as const;

const KINDS = ["drained", "flushed", "closed"] as const;
const Kind = Schema.NullOr(Schema.Literals(KINDS));
type Kind = typeof KINDS[number];

/** Not; begun, as something is to be sent before; the host has been told; it has answered. */
const Closing = Schema.Literals(["no", "begun", "told", "done"]);

/** What the host still has of a writer that has failed. */
const Owes = Schema.NullOr(Schema.Literals(["bytes", "the end"]));

// ------------------------------------------------------------------------------------ state

interface State extends Lifecycle {
  /** Who waits, in order. */
  readonly line: SeqView<string>;
  /** For what it waits, or has waited and not gone on yet. */
  readonly waits: TableView<string, Kind | null>;
  /** How many bytes the host must have taken then; 0 for whoever waits for the end. */
  readonly marks: TableView<string, number>;
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
  closing: "no" | "begun" | "told" | "done";
  /** Whether the host has failed. */
  broken: boolean;
  owes: "bytes" | "the end" | null;
}

/** How many bytes the host has not taken yet. */
const pendingOf = (s: State): number => sum(s.sending) + sum(s.written);

function sum(pieces: SeqView<number>): number {
  let all = 0;
  for (const piece of pieces) all += piece;
  return all;
}

/** Whether something is sent, or is about to be. */
const sends = (s: State): boolean => s.due || s.back || s.sending.length > 0;

/** Whether the host has come as far as one waits for, or has failed. */
const isOver = (s: State, kind: Kind, mark: number): boolean =>
  s.broken || (kind === "closed" ? s.closing === "done" : s.taken >= mark);

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever has flushed finds nothing pending": (s: State) =>
    s.waits.every((kind, who) => kind !== "flushed" || !s.woken.at(who) || pendingOf(s) === 0),
  "whoever has come first goes on first": (s: State) =>
    s.line.every((who, i) => i === 0 || s.waits.at(s.line.at(0)) === s.waits.at(who)),
  "a writer that was closed does not fail any more": (s: State) =>
    s.closing !== "done" || !s.broken,
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
  /** Those whose wait is over go on: who drain, then who flush, then who close. */
  const tell = (s: State): void => {
    for (const kind of KINDS) {
      for (const who of [...s.line]) {
        if (s.waits.at(who) !== kind || !isOver(s, kind, s.marks.at(who))) continue;
        s.line.removeAt(s.line.indexOf(who));
        life.wake(s, who);
      }
    }
  };
  const added = (s: State, count: number): void => {
    s.total += count;
    if (!sends(s)) s.due = true;
  };
  const begin = (s: State): void => {
    s.sending.assign([...s.written]);
    s.written.clear();
    s.open = false;
  };
  const breaks = (s: State): string | undefined => {
    if (s.broken) return undefined;
    s.broken = true;
    s.sending.clear();
    s.written.clear();
    s.open = false;
    tell(s);
    return life.over(s);
  };
  const life: Life<State> = new Life<State>({
    barred: (s, who) => s.line.includes(who) ? "already-scheduled" : undefined,
    leave: (s, who) => {
      s.waits.set(who, null);
      s.marks.set(who, 0);
      const at = s.line.indexOf(who);
      if (at >= 0) s.line.removeAt(at);
    },
    goOn: (s) => {
      const me = s.current;
      const waited = s.waits.at(me) !== null;
      s.waits.set(me, null);
      s.marks.set(me, 0);
      return waited && s.broken ? "its wait failed" : true;
    },
    back: (s) => {
      if (s.back && s.sending.length === 0 && !s.broken) {
        if (s.written.length > 0) begin(s);
        else if (s.closing === "begun") s.closing = "told";
      }
      s.back = false;
      return undefined;
    },
  });
  type Count = { readonly count: number };
  const wait = (kind: Kind, markOf: (s: State) => number) => ({
    for: {},
    // What takes no wait can be had anywhere.
    when: (s: State) => s.current !== LEADER || isOver(s, kind, markOf(s)),
    do: (s: State) => {
      const me = s.current;
      const mark = markOf(s);
      if (isOver(s, kind, mark)) return s.broken ? "its wait failed" : undefined;
      s.waits.set(me, kind);
      s.marks.set(me, mark);
      s.line.push(me);
      if (kind === "closed" && s.closing === "no") s.closing = sends(s) ? "begun" : "told";
      if (canWait(me)) s.alarm.set(me, true);
      return life.suspend(s);
    },
    refuse: () => "yield-to-no-one",
  });
  const drain = wait("drained", (s) => Math.max(0, s.total - HIGH_WATER));
  const copy = (s: State, count: number): string | undefined => {
    if (s.broken) return "its wait failed";
    if (count === 0) return undefined;
    const last = s.written.length - 1;
    if (s.open) s.written.set(last, s.written.at(last) + count);
    else s.written.push(count);
    s.open = true;
    added(s, count);
    return undefined;
  };
  const closed = (s: State): string | undefined =>
    !s.broken && s.closing !== "no" ? "closed" : undefined;

  return spec({
    name: "co_writer",
    state: Schema.Struct({
      ...lifecycleFields(n),
      line: Seq(Who, n),
      waits: Table(Who, Kind),
      marks: Table(Who, Int(0, bytes)),
      sending: Seq(Int(1, bytes), bytes),
      written: Seq(Int(1, bytes), bytes),
      open: Schema.Boolean,
      due: Schema.Boolean,
      back: Schema.Boolean,
      total: Int(0, bytes),
      taken: Int(0, bytes),
      closing: Closing,
      broken: Schema.Boolean,
      owes: Owes,
    }),
    init: [{
      ...lifecycleInit(n),
      line: [],
      waits: fill(Who, null),
      marks: fill(Who, 0),
      sending: [],
      written: [],
      open: false,
      due: false,
      back: false,
      total: 0,
      taken: 0,
      closing: "no",
      broken: false,
      owes: null,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      ...alarmActions(n, life, (s, who) => s.line.includes(who)),
      copy: {
        for: { count: Int(0, 2) },
        when: (s: State, { count }: Count) => s.total + count <= bytes && closed(s) === undefined,
        do: (s: State, { count }: Count) => copy(s, count),
        refuse: closed,
      },
      lend: {
        for: { count: Int(0, 1) },
        when: (s: State, { count }: Count) => s.total + count <= bytes && closed(s) === undefined,
        do: (s: State, { count }: Count) => {
          if (s.broken) return "its wait failed";
          if (count === 0) return;
          s.written.push(count);
          s.open = false;
          added(s, count);
        },
        refuse: closed,
      },
      // Copies, and then drains.
      write: {
        for: { count: Int(1, 2) },
        when: (s: State, { count }: Count) =>
          s.total + count <= bytes && closed(s) === undefined &&
          (s.current !== LEADER || isOver(s, "drained", s.total + count - HIGH_WATER)),
        do: (s: State, { count }: Count) => copy(s, count) ?? drain.do(s),
        refuse: closed,
      },
      drain,
      flush: wait("flushed", (s) => s.total),
      close: wait("closed", () => 0),
      begin: {
        for: {},
        when: (s: State) => s.due && s.current === LEADER,
        do: (s: State) => {
          s.due = false;
          if (!s.broken) begin(s);
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
          s.back = true;
          tell(s);
          return life.over(s);
        },
      },
      takeEnd: {
        for: {},
        when: (s: State) => s.current === LEADER && s.closing === "told" && !s.broken,
        do: (s: State) => {
          s.closing = "done";
          tell(s);
          return life.over(s);
        },
      },
      reject: {
        for: {},
        // What it was asked for last fails.
        when: (s: State) =>
          s.current === LEADER && !s.broken && (s.sending.length > 0 || s.closing === "told"),
        do: breaks,
      },
      // What it answers is no number of the bytes that it was given.
      takeWrong: {
        for: { what: Schema.Literals(WRONG) },
        when: (s: State, _: { readonly what: string }) =>
          s.current === LEADER && !s.broken && s.sending.length > 0,
        do: breaks,
      },
      fail: {
        for: {},
        // By itself: at any time, and more than once.
        when: () => true,
        do: (s: State) => {
          if (s.broken) return;
          if (s.sending.length > 0 && !s.back) s.owes = "bytes";
          else if (s.closing === "told") s.owes = "the end";
          return breaks(s);
        },
      },
      late: {
        for: { rejects: Schema.Boolean },
        // What comes of it then does not matter.
        when: (s: State) => s.current === LEADER && s.owes !== null,
        do: (s: State) => {
          s.owes = null;
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
          const kind = s.waits.at(who);
          return kind !== null && !isOver(s, kind, s.marks.at(who));
        }),
      "whoever goes on finds what it has waited for, whatever others have written": (s) =>
        s.waits.every((kind, who) =>
          kind === null || !s.woken.at(who) || isOver(s, kind, s.marks.at(who))
        ),
      "of those who wait for the same, whoever has come first goes on first": (s) =>
        s.line.every((who, i) =>
          s.line.every((later, j) =>
            j <= i || s.waits.at(who) !== s.waits.at(later) ||
            s.marks.at(who) <= s.marks.at(later)
          )
        ),
      "as long as bytes are pending, the host has some, or will": (s) =>
        pendingOf(s) === 0 || sends(s),
      "the host is told of the end when it has taken everything": (s) =>
        s.broken || s.closing === "no" || s.closing === "begun" || pendingOf(s) === 0,
      "as long as somebody waits for the end, it comes": (s) =>
        s.line.every((who) =>
          s.waits.at(who) !== "closed" || s.closing === "told" ||
          (s.closing === "begun" && sends(s))
        ),
      ...always,
    },
    sometimes: {
      "all of them wait": (s) => s.line.length === n,
      "one waits for what was written before, as others have written": (s) =>
        s.line.some((who) => s.waits.at(who) === "flushed" && s.marks.at(who) < s.total),
      "one closes, another flushes": (s) =>
        s.line.some((who) => s.waits.at(who) === "closed") &&
        s.line.some((who) => s.waits.at(who) === "flushed"),
      "it fails after its end": (s) => s.closing === "done" && s.broken,
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
