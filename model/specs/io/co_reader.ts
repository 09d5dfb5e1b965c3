/**
 * Coroutines that read from one reader, each so many bytes at a time: none is lost with one that is
 * cancelled or gives up, and nobody waits for what is there, whatever the others take. The source ends,
 * or fails, or the reader is cancelled, at any time: from then on it gives nothing, whatever still comes.
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
  wake,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------------ state

interface State extends Lifecycle {
  /** Who waits for bytes, in order. */
  readonly line: SeqView<string>;
  /** For how many it waits, or has waited and not gone on yet; 0 if it does not. */
  readonly wants: TableView<string, number>;
  /** Whose wait is over, and who has not run since: it is its turn. */
  going: string | null;
  /** Whether its limit was reached when it had been woken already. */
  readonly late: TableView<string, boolean>;
  buffered: number;
  /** How many have come from the source. */
  arrived: number;
  taken: number;
  /** How many the reader had when it was cancelled, or have come since. */
  dropped: number;
  ended: boolean;
  broken: boolean;
  /** Whether the reader was cancelled: it has ended then. */
  cancelled: boolean;
  /** Whether the host has been asked for more. */
  asked: boolean;
}

/** Whether no more will come. */
const isClosed = (s: State): boolean => s.ended || s.broken;

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever is woken finds what it has waited for": (s: State) =>
    s.wants.every((n, who) => n === 0 || !s.woken.at(who) || s.buffered >= n || isClosed(s)),
  "nobody waits while bytes are there": (s: State) => s.line.length === 0 || s.buffered === 0,
  "nothing comes when nobody wants it any more": (s: State) => s.dropped === 0,
};

// ------------------------------------------------------------------------------------- spec

/**
 * `coroutines` of them, and so many bytes.
 *
 * @param scope How many; which claims.
 */
export function coReader(
  { coroutines: n = 3, bytes = 3, always = {}, ...extent }: Extent & {
    coroutines?: number;
    bytes?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const { Who } = parties(n);
  const { timed = 0 } = extent;
  const canWait = (who: string): boolean => Who.literals.indexOf(who) < timed;
  /** The one that has waited longest goes on if its wait is over, one at a time. */
  const tell = (s: State): void => {
    if (s.line.length === 0 || s.going !== null) return;
    const who = s.line.at(0);
    if (s.buffered < s.wants.at(who) && !isClosed(s)) s.asked = true;
    else {
      s.line.shift();
      s.going = who;
      wake(s, who);
    }
  };
  const answer = (s: State, count: number): string => {
    if (s.buffered >= count) return "there";
    return s.broken ? "its wait failed" : "end";
  };
  const takesNoWait = (s: State, count: number): boolean =>
    s.line.length === 0 && s.going === null && (s.buffered >= count || isClosed(s));
  /** The host has answered: by so many bytes, or that no more will come. */
  const answered = (s: State, got: number, how?: "ended" | "broken"): string | undefined => {
    s.asked = false;
    s.arrived += got;
    if (s.cancelled) {
      s.dropped += got;
      return undefined;
    }
    s.buffered += got;
    if (how !== undefined) s[how] = true;
    tell(s);
    return life.over(s);
  };
  const life: Life<State> = new Life<State>({
    barred: (s, who) => s.line.includes(who) ? "already-scheduled" : undefined,
    leave: (s, who) => {
      const at = s.line.indexOf(who);
      s.wants.set(who, 0);
      s.late.set(who, false);
      if (at < 0) return;
      s.line.removeAt(at);
      tell(s);
    },
    goOn: (s) => {
      const me = s.current;
      const count = s.wants.at(me);
      if (count === 0) {
        // Its wait has ended in another way.
        s.late.set(me, false);
        return true;
      }
      s.going = null;
      if (s.buffered < count && !isClosed(s)) {
        // Somebody has taken what had come.
        s.line.unshift(me);
        s.asked = true;
        if (s.late.at(me)) life.giveUp(s, me, "timeout");
        return false;
      }
      s.wants.set(me, 0);
      s.late.set(me, false);
      tell(s);
      return answer(s, count);
    },
  });
  type Count = { readonly count: number };

  return spec({
    name: "co_reader",
    state: Schema.Struct({
      ...lifecycleFields(n),
      line: Seq(Who, n),
      wants: Table(Who, Int(0, 2)),
      late: Table(Who, Schema.Boolean),
      going: Schema.NullOr(Who),
      buffered: Int(0, bytes),
      arrived: Int(0, bytes),
      taken: Int(0, bytes),
      dropped: Int(0, bytes),
      ended: Schema.Boolean,
      broken: Schema.Boolean,
      cancelled: Schema.Boolean,
      asked: Schema.Boolean,
    }),
    init: [{
      ...lifecycleInit(n),
      line: [],
      wants: fill(Who, 0),
      late: fill(Who, false),
      going: null,
      buffered: 0,
      arrived: 0,
      taken: 0,
      dropped: 0,
      ended: false,
      broken: false,
      cancelled: false,
      asked: false,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: moreActions(n, life).throw,
      ...lateAlarmActions(n, life),
      fill: {
        for: { count: Int(1, 2) },
        // What takes no wait can be had anywhere.
        when: (s: State, { count }: Count) => s.current !== LEADER || takesNoWait(s, count),
        do: (s: State, { count }: Count) => {
          const me = s.current;
          if (takesNoWait(s, count)) return answer(s, count);
          s.wants.set(me, count);
          // As long as others wait before it, it is they who ask.
          if (s.line.length === 0 && s.going === null) s.asked = true;
          s.line.push(me);
          if (canWait(me)) s.alarm.set(me, true);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      take: {
        for: { count: Int(1, 2) },
        // Anybody may, at any time: what was waited for, less, more, or what others wait for.
        when: (s: State, { count }: Count) => count <= s.buffered,
        do: (s: State, { count }: Count) => {
          s.buffered -= count;
          s.taken += count;
        },
      },
      arrive: {
        for: { count: Int(1, 2) },
        when: (s: State, { count }: Count) => s.asked && s.arrived + count <= bytes,
        do: (s: State, { count }: Count) => answered(s, count),
      },
      end: {
        for: {},
        when: (s: State) => s.asked,
        do: (s: State) => answered(s, 0, "ended"),
      },
      fail: {
        for: {},
        when: (s: State) => s.asked,
        do: (s: State) => answered(s, 0, "broken"),
      },
      breakDown: {
        for: {},
        // By itself: whether it is asked or not, after its end, more than once.
        when: () => true,
        do: (s: State) => {
          if (s.cancelled || s.broken) return;
          s.broken = true;
          tell(s);
          return life.over(s);
        },
      },
      cancelReader: {
        for: {},
        // At any time, by anybody: beside those who wait, when it is over, once more.
        when: () => true,
        do: (s: State) => {
          if (s.cancelled) return;
          s.cancelled = true;
          s.ended = true;
          s.dropped = s.buffered;
          s.buffered = 0;
          tell(s);
          return life.over(s);
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      "no byte is lost, and none is read twice": (s) =>
        s.arrived === s.taken + s.buffered + s.dropped,
      "nothing is dropped before it is cancelled, and nothing is left then": (s) =>
        s.cancelled ? s.buffered === 0 : s.dropped === 0,
      "nobody waits for what is there": (s) =>
        s.line.length === 0 || s.buffered < s.wants.at(s.line.at(0)) || s.going !== null,
      "nobody waits for more than will come": (s) =>
        s.line.length === 0 || !isClosed(s) || s.going !== null,
      "as long as somebody waits, the host is asked for more, or somebody goes on": (s) =>
        s.line.length === 0 || s.asked || s.going !== null,
      "whoever is to go on has been woken": (s) => s.going === null || s.woken.at(s.going),
      "whoever stands in the line is suspended, and not woken": (s) =>
        s.line.every((who) => s.status.at(who) === "suspended" && !s.woken.at(who)),
      ...always,
    },
    sometimes: {
      "all of them wait": (s) => s.line.length === n,
      "one waits for more than there is": (s) => s.line.length > 0 && s.buffered > 0,
      "it fails by itself, when it is asked": (s) => s.broken && s.asked,
      "it fails when it has ended": (s) => s.broken && s.ended && !s.cancelled,
      "something comes when it is too late": (s) => s.cancelled && s.dropped > 0 && !s.asked,
    },
    ends: (s) => s.status.every((status) => status === "terminated"),
  });
}
