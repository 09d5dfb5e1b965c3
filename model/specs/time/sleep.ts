/**
 * Sleepers, an alarm clock, and those who wake sleepers early.
 *
 * The spec is the life cycle of `_lifecycle.ts` with a clock that stands until it is told to go on,
 * in ticks, and a bed for each coroutine. When the clock goes on, the alarms ring in order, each at
 * its own tick. Outside any coroutine, whoever wakes by one runs before the next one rings, and may
 * sleep again; so the clock is in the middle of its way then, and goes on when the leader has
 * control again.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleClaims,
  lifecycleFields,
  lifecycleInit,
  lists,
  moreActions,
  parties,
  wake,
} from "../core/_lifecycle.ts";

// ------------------------------------------------------------------------------------ state

/** The life cycle, the clock and the beds. */
export interface Sleep extends Lifecycle {
  /** Whether it sleeps. */
  readonly asleep: TableView<string, boolean>;
  /** Whose alarms are set, in the order in which they will ring. */
  readonly alarms: SeqView<string>;
  /** After how many ticks from now; 0 for those who have none. */
  readonly left: TableView<string, number>;
  /** How many ticks the clock is still to go on in the leader's call; null if there is none. */
  ticking: number | null;
}

// ------------------------------------------------------------------------------------ steps

/** Sets an alarm: behind all that ring before it or at the same tick. */
function setAlarm(s: Sleep, who: string, ticks: number): void {
  let place = s.alarms.length;
  s.alarms.push(who);
  for (; place > 0 && s.left.at(s.alarms.at(place - 1)) > ticks; place--) {
    s.alarms.set(place, s.alarms.at(place - 1));
  }
  s.alarms.set(place, who);
  s.left.set(who, ticks);
}

/** It sleeps no longer. */
function getUp(s: Sleep, who: string): void {
  s.asleep.set(who, false);
  s.left.set(who, 0);
  const place = s.alarms.indexOf(who);
  if (place >= 0) s.alarms.removeAt(place);
}

/** So many ticks go by. */
function pass(s: Sleep, ticks: number): void {
  // A coroutine may let the clock go past where the leader's call would.
  if (s.ticking !== null) s.ticking = ticks > s.ticking ? null : s.ticking - ticks;
  for (let i = 0; i < s.alarms.length; i++) {
    const who = s.alarms.at(i);
    s.left.set(who, s.left.at(who) - ticks);
  }
}

/** Rings what is due within so many ticks: the first alarm alone, where those whom it wakes run at once. */
function ring(s: Sleep, ticks: number): string | undefined {
  while (s.alarms.length > 0 && s.left.at(s.alarms.at(0)) <= ticks) {
    const who = s.alarms.at(0);
    const left = s.left.at(who);
    pass(s, left);
    ticks -= left;
    getUp(s, who);
    wake(s, who);
    if (s.current === LEADER) return life.over(s);
  }
  pass(s, ticks);
  if (s.current === LEADER) s.ticking = null;
  return undefined;
}

const life: Life<Sleep> = new Life<Sleep>({
  barred: (s, who) => s.asleep.at(who) ? "already-scheduled" : undefined,
  leave: getUp,
  back: (s) => s.ticking === null ? undefined : ring(s, s.ticking),
});

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody is woken early": (s: Sleep) => s.finds.every((finds) => finds !== "woken early"),
  "whoever runs while the clock goes on was the last to wake": (s: Sleep) =>
    s.ticking === null || s.current === LEADER || s.alarms.length === 0,
  "the first to fall asleep is the first to wake": (s: Sleep) =>
    s.alarms.length < 2 || s.left.at(s.alarms.at(0)) === s.left.at(s.alarms.at(1)),
};

// ------------------------------------------------------------------------------------- spec

interface Ticks {
  readonly ticks: number;
}

interface Named {
  readonly who: string;
}

/**
 * `coroutines` that live as in `_lifecycle.ts`, and sleep for up to `ticks` or for ever.
 *
 * @param scope How many; how many are cancelled; claims to add.
 */
export function sleep(
  { coroutines = 3, ticks = 2, always = {}, ...extent }: Omit<Extent, "timed"> & {
    coroutines?: number;
    ticks?: number;
    always?: Record<string, (s: Sleep) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  return spec({
    name: "sleep",
    state: Schema.Struct({
      ...lifecycleFields(n),
      asleep: Table(Who, Schema.Boolean),
      alarms: Seq(Who, n),
      left: Table(Who, Int(0, ticks)),
      ticking: Schema.NullOr(Int(0, ticks)),
    }),
    init: [{
      ...lifecycleInit(n),
      asleep: fill(Who, false),
      alarms: [],
      left: fill(Who, 0),
      ticking: null,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...moreActions(n, life),
      sleep: {
        for: { ticks: Int(0, ticks) },
        when: (s: Sleep) => s.current !== LEADER,
        do: (s: Sleep, { ticks }: Ticks) => {
          s.asleep.set(s.current, true);
          setAlarm(s, s.current, ticks);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      sleepForEver: {
        for: {},
        when: (s: Sleep) => s.current !== LEADER,
        do: (s: Sleep) => {
          s.asleep.set(s.current, true);
          return life.suspend(s);
        },
        refuse: () => "yield-to-no-one",
      },
      wakeSleeper: {
        // Where nobody sleeps, nothing happens.
        for: { who: Who },
        when: () => true,
        do: (s: Sleep, { who }: Named) => {
          if (s.asleep.at(who)) {
            getUp(s, who);
            s.finds.set(who, "woken early");
            wake(s, who);
          }
          return life.over(s);
        },
      },
      advance: {
        for: { ticks: Int(0, ticks) },
        when: () => true,
        do: (s: Sleep, { ticks }: Ticks) => {
          if (s.current === LEADER) s.ticking = ticks;
          return ring(s, ticks);
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      "a sleeper is suspended": (s) =>
        s.asleep.every((asleep, who) => !asleep || s.status.at(who) === "suspended"),
      "a sleeper is in bed alone: in no list, and out of reach": (s) =>
        s.asleep.every((asleep, who) => !asleep || lists(s, who) === 0),
      "an alarm and a wake-up give one outcome: alarms are set for sleepers alone": (s) =>
        s.alarms.every((who) => s.asleep.at(who)),
      "a sleeper has one alarm at most": (s) =>
        s.alarms.every((who, i) => s.alarms.indexOf(who) === i),
      "alarms ring in order": (s) =>
        s.alarms.every((who, i) => i === 0 || s.left.at(s.alarms.at(i - 1)) <= s.left.at(who)),
      "only sleepers with an alarm have time left": (s) =>
        s.left.every((left, who) => left === 0 || s.alarms.includes(who)),
      "the clock stands when the leader has control": (s) =>
        s.current !== LEADER || s.ticking === null,
      ...always,
    },
    sometimes: {
      "all sleep, each with an alarm": (s) => s.alarms.length === n,
      "one runs while the clock has still to go on": (s) => s.ticking !== null && s.ticking > 0,
      "two were woken at once": (s) => s.woken.count((woken) => woken) >= 2,
    },
    ends: (s) => s.current === LEADER,
  });
}
