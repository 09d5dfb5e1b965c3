/**
 * What a timeline shows while coroutines live as in `_lifecycle.ts` and lock a mutex: a slice for each that is entered,
 * one inside the other, and an arrow to each that was woken.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  alarmActions,
  entered,
  type Extent,
  LEADER,
  Life,
  lifecycleActions,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
  patienceOf,
} from "../core/_lifecycle.ts";
import {
  abandon,
  leaveLine,
  mutexActions,
  type Mutexes,
  mutexFields,
  mutexInit,
  queues,
} from "../locks/_mutexes.ts";

interface Timeline extends Mutexes {
  /** The slices that have begun and not ended, the outermost first. */
  readonly slices: SeqView<string>;
  /** To whom an arrow leads that has not come to its end. */
  readonly arrows: TableView<string, boolean>;
}

/** The timeline shows what is so. */
function show(s: Timeline): void {
  s.slices.clear();
  for (let who = s.current; who !== LEADER; who = s.caller.at(who) ?? LEADER) s.slices.unshift(who);
  for (const who of s.arrows.keys()) s.arrows.set(who, s.woken.at(who));
}

/** Actions after each of which the timeline shows what is so. */
function shown<A extends Record<string, { do(s: Timeline, params: never): unknown }>>(
  actions: A,
): A {
  const all = Object.entries(actions).map(([name, action]) => [name, {
    ...action,
    do(s: Timeline, params: never) {
      const answer = action.do(s, params);
      show(s);
      return answer;
    },
  }]);
  // INVARIANT: each has the parameters that it had.
  return Object.fromEntries(all) as A;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "slices stand side by side": (s: Timeline) => s.slices.length < 2,
  "arrows lead from slices": (s: Timeline) =>
    s.arrows.every((arrow) => !arrow) || s.slices.length > 1,
};

// ------------------------------------------------------------------------------------- spec

const life = new Life<Timeline>({
  barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,
  ends: abandon,
  leave: leaveLine,
});

/**
 * `coroutines` that live as in `_lifecycle.ts`, with one mutex, and what is shown of them.
 *
 * @param scope How many; how many are cancelled, and have waits with a limit; claims to add.
 */
export function chromeTrace(
  { coroutines = 2, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: Timeline) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  return spec({
    name: "chrome_trace",
    state: Schema.Struct({
      ...lifecycleFields(n),
      ...mutexFields(n, 1),
      slices: Seq(Who, n),
      arrows: Table(Who, Schema.Boolean),
    }),
    init: [{ ...lifecycleInit(n), ...mutexInit(n, 1), slices: [], arrows: fill(Who, false) }],
    actions: {
      ...shown(lifecycleActions(n, life, extent)),
      ...shown(moreActions(n, life)),
      ...shown(alarmActions(n, life, (s, who) => queues(s, who) > 0)),
      ...shown(mutexActions(1, life, patienceOf(n, extent))),
    },
    always: {
      "a slice is open for each who is entered, and for nobody else": (s) =>
        s.status.every((_, who) => entered(s, who) === s.slices.includes(who)),
      "an arrow leads to nobody who runs": (s) =>
        s.arrows.every((arrow, who) => !arrow || !entered(s, who)),
      ...always,
    },
    sometimes: {
      "arrows lead to two": (s) => n < 3 || s.arrows.count((arrow) => arrow) === 2,
      "all slices are open": (s) => s.slices.length === n,
    },
    ends: (s) => s.current === LEADER,
  });
}
