/**
 * A semaphore: permits, taken and given back in any amount, and a line of those who wait for theirs.
 *
 * The spec is the life cycle of `_lifecycle.ts` with one semaphore added. Whoever finds others in
 * line, or not enough permits, stands in line. Whenever there are more permits, or one leaves the
 * line, those at the head for whom there are enough have them from then on, and are woken. How many there are at
 * all may be changed: whoever waits for more than that is told so, but one permit can always be waited for.
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
  parties,
  patienceOf,
  wake,
} from "../core/_lifecycle.ts";
import { inOrder, leave, passes, type Passing, shift, stand } from "./_line.ts";
import { waitingClaims } from "./_mutexes.ts";

// ------------------------------------------------------------------------------------ state

/** The life cycle and the semaphore. */
export interface Semaphore extends Lifecycle, Passing {
  /** How many permits there are at all. */
  total: number;
  /** How many of them are there to be taken: below 0 if more are taken than there are. */
  available: number;
  /** Who waits, in the order of arrival. */
  readonly line: SeqView<string>;
  /** For how many. */
  readonly wants: TableView<string, number>;
  /** How many have been granted to one that has not gone on since. */
  readonly granted: TableView<string, number>;
  /** For the claim about permits alone: how many have been acquired, as far as anybody was told, and not released. */
  out: number;
}

// ------------------------------------------------------------------------------------ steps

/** Those at the head of the line for whom there are enough have their permits, and go on. */
function moveUp(s: Semaphore): void {
  while (s.line.length > 0 && s.wants.at(s.line.at(0)) <= s.available) {
    const who = shift(s, s.line);
    s.available -= s.wants.at(who);
    s.granted.set(who, s.wants.at(who));
    s.wants.set(who, 0);
    wake(s, who);
  }
}

function take(s: Semaphore, n: number): boolean {
  if (s.line.length > 0 || s.available < n) return false;
  passes(s, s.line);
  s.available -= n;
  s.out += n;
  return true;
}

const waits = (s: Semaphore, who: string): boolean => s.line.includes(who);

const life = new Life<Semaphore>({
  barred: (s, who) => waits(s, who) ? "waiting" : undefined,
  leave: (s, who) => {
    if (!waits(s, who)) return;
    leave(s, s.line, who);
    s.wants.set(who, 0);
    moveUp(s);
  },
  goOn: (s) => {
    const { current } = s;
    // What it was granted, it has, whatever else it finds.
    if (s.finds.at(current) === null) {
      s.out += s.granted.at(current);
      s.granted.set(current, 0);
    }
    return true;
  },
});

/** How many one may wait for. */
function most(s: Semaphore): number {
  return Math.max(1, s.total);
}

/** There are more permits, or fewer: those who wait for more than there are do so no more. */
function setTotal(s: Semaphore, total: number): void {
  s.available += total - s.total;
  s.total = total;
  for (const who of [...s.line]) {
    if (s.wants.at(who) > most(s)) life.giveUp(s, who, "its wait failed");
  }
  moveUp(s);
}

// ----------------------------------------------------------------------------------- claims

function sum(table: TableView<string, number>): number {
  let total = 0;
  for (const key of table.keys()) total += table.at(key);
  return total;
}

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody waits while there are permits": (s: Semaphore) =>
    s.available === 0 || s.line.length === 0,
  "a release lets one go on at most": (s: Semaphore) => s.granted.count((n) => n > 0) < 2,
  "each in line wants more than there is": (s: Semaphore) =>
    s.line.every((who) => s.wants.at(who) > s.available),
};

// ------------------------------------------------------------------------------------- spec

interface Some {
  readonly n: number;
}

/**
 * `coroutines` that live as in `_lifecycle.ts`, and acquire and release `permits`.
 *
 * @param scope How many; whether their total changes; how many are cancelled, and have waits with a limit; claims
 * to add.
 */
export function coSemaphore(
  { coroutines = 3, permits = 2, resized = false, always = {}, ...extent }: Extent & {
    coroutines?: number;
    permits?: number;
    resized?: boolean;
    always?: Record<string, (s: Semaphore) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  const { cancels = 0, timed = 0 } = extent;
  const patience = patienceOf(n, extent);
  return spec({
    name: "co_semaphore",
    state: Schema.Struct({
      ...lifecycleFields(n),
      total: Int(0, permits),
      available: Int(-permits, permits),
      line: Seq(Who, n),
      wants: Table(Who, Int(0, permits)),
      granted: Table(Who, Int(0, permits)),
      out: Int(0, permits),
      ahead: Table(Who, Int(0, n - 1)),
      passed: Schema.Boolean,
    }),
    init: [{
      ...lifecycleInit(n),
      total: permits,
      available: permits,
      line: [],
      wants: fill(Who, 0),
      granted: fill(Who, 0),
      out: 0,
      ahead: fill(Who, 0),
      passed: false,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      ...alarmActions(n, life, waits),
      acquire: {
        for: { n: Int(1, permits + 1) },
        when: (s: Semaphore, { n }: Some) => s.current !== LEADER && n <= most(s),
        do: (s: Semaphore, { n }: Some) => {
          if (take(s, n)) return undefined;
          stand(s, s.line, s.current);
          s.wants.set(s.current, n);
          return life.wait(s, patience(s.current));
        },
        refuse: (s: Semaphore) => s.current === LEADER ? "not-in-coroutine" : "too-many",
      },
      tryAcquire: {
        for: { n: Int(1, permits + 1) },
        when: (s: Semaphore, { n }: Some) => n <= most(s),
        do: (s: Semaphore, { n }: Some) => take(s, n) ? "taken" : "busy",
        refuse: () => "too-many",
      },
      release: {
        for: { n: Int(1, permits) },
        when: (s: Semaphore, { n }: Some) => n <= s.out,
        do: (s: Semaphore, { n }: Some) => {
          s.available += n;
          s.out -= n;
          moveUp(s);
          return life.over(s);
        },
        refuse: () => "not-acquired",
      },
      ...(resized
        ? {
          setTotal: {
            for: { n: Int(0, permits) },
            when: () => true,
            do: (s: Semaphore, { n }: Some) => {
              setTotal(s, n);
              return life.over(s);
            },
          },
        }
        : {}),
    },
    always: {
      ...lifecycleClaims(),
      ...waitingClaims<Semaphore>((s, who) => waits(s, who) ? 1 : 0),
      "permits are conserved": (s) => s.available + s.out + sum(s.granted) === s.total,
      "a waiter never waits for what is free": (s) =>
        s.line.length === 0 || s.wants.at(s.line.at(0)) > s.available,
      "nobody overtakes: each stands behind those alone who came before it": (s) =>
        inOrder(s, s.line),
      "nobody passes those who stand in line": (s) => !s.passed,
      "whoever waits wants some, and nobody else does": (s) =>
        s.wants.every((wants, who) => (wants > 0) === waits(s, who)),
      "nobody waits for more permits than there are": (s) =>
        s.line.every((who) => s.wants.at(who) <= most(s)),
      "whoever was granted permits goes on": (s) =>
        s.granted.every((granted, who) => granted === 0 || s.woken.at(who)),
      ...always,
    },
    sometimes: {
      "a small request waits behind a big one, though there are enough for it": (s) =>
        s.line.length >= 2 && s.wants.at(s.line.at(1)) <= s.available,
      "two were granted theirs at once": (s) => s.granted.count((n) => n > 0) >= 2,
      ...(resized
        ? {
          "more are taken than there are": (s: Semaphore) => s.available < 0,
          "somebody waits though there are none at all": (s: Semaphore) =>
            s.total === 0 && s.line.length > 0,
        }
        : {}),
      ...(cancels + timed === 0 ? {} : {
        "one that was granted its permits since the other gave up": (s: Semaphore) =>
          s.granted.some((granted) => granted > 0) && s.finds.some((finds) => finds !== null),
      }),
    },
    ends: (s) => s.current === LEADER,
  });
}
