/**
 * A pool that runs so many tasks at once, and those who wait for a slot, for one task, for all.
 *
 * The spec is the life cycle of `_lifecycle.ts` with one pool added. At first there are two
 * coroutines; the others are made as tasks. Whoever starts one takes a slot, after those who have
 * come before, and enters it. A task that ends gives its slot to the one that has waited longest,
 * and its failure to the pool, as long as somebody may ask for that: one that waits for all, or the one that
 * has started it. If there is none, whoever entered it is told; if there is none any more, the host.
 * Whoever waits for all waits for those that run when it begins, and for what these start, and what those start.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, Seq, type SeqView, spec, Table, type TableView } from "../../mod.ts";
import {
  type Ending,
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
  patienceOf,
  wake,
} from "../core/_lifecycle.ts";
import { inOrder, leave, passes, type Passing, shift, stand } from "../locks/_line.ts";
import { waitingClaims } from "../locks/_mutexes.ts";

// ------------------------------------------------------------------------------------ state

/** The life cycle and the pool. */
export interface Pool extends Lifecycle, Passing {
  /** How many tasks may run at once. */
  max: number;
  /** How many coroutines have been made: the first ones. */
  made: number;
  /** Whether it runs as a task. */
  readonly task: TableView<string, boolean>;
  /** Who waits for a slot, in the order of arrival. */
  readonly line: SeqView<string>;
  /** What for: to start a task, or only until there is one. */
  readonly wants: TableView<string, "start" | "slot" | null>;
  /** Who was given a slot, and has not gone on since. */
  readonly granted: TableView<string, boolean>;
  /** Who waits for one task to end, and for all. */
  readonly forOne: SeqView<string>;
  readonly forAll: SeqView<string>;
  /** Who waits, or has waited and not gone on, for all. */
  readonly awaitsAll: TableView<string, boolean>;
  /** Which tasks it waits for: the sum of 1 for the first coroutine, 2 for the second, 4 for the third, and so on. */
  readonly awaited: TableView<string, number>;
  /** The first task that has failed. */
  failure: string | null;
  /** Who has started it, as long as it runs, or its failure is kept. */
  readonly starter: TableView<string, string | null>;
  /** Of whose failure nobody has been told, and who may yet ask for it. */
  readonly keeper: TableView<string, string | null>;
  /** Of whose failure the host was told. */
  readonly reported: TableView<string, boolean>;
  /** Who waits for all, and was the last one to be told to go on. */
  lastTold: string | null;
}

// ------------------------------------------------------------------------------------ steps

function busy(s: Pool): number {
  return s.task.count((task) => task);
}

function slots(s: Pool): number {
  return s.max - busy(s) - s.granted.count((granted) => granted);
}

/** Those at the head of the line have a slot, as far as there are some, and go on. */
function moveUp(s: Pool): void {
  while (s.line.length > 0 && slots(s) > 0) {
    const who = shift(s, s.line);
    s.granted.set(who, true);
    wake(s, who);
  }
}

/** Makes a task and enters it. */
function run(s: Pool, task: string): string | undefined {
  s.made++;
  s.task.set(task, true);
  s.starter.set(task, s.current);
  for (const who of s.awaited.keys()) {
    if (awaits(s, who, s.current)) s.awaited.set(who, s.awaited.at(who) + bitOf(s, task));
  }
  return life.resume(s, task, s.current);
}

/** The number of a task among those that somebody waits for. */
function bitOf(s: Pool, task: string): number {
  return 1 << s.task.keys().indexOf(task);
}

/** Whether one waits for another one to end, as for all tasks. */
function awaits(s: Pool, who: string, task: string): boolean {
  return task !== LEADER && (s.awaited.at(who) & bitOf(s, task)) !== 0;
}

/** All tasks that run. */
function running(s: Pool): number {
  let sum = 0;
  for (const task of s.task.keys()) if (s.task.at(task)) sum += bitOf(s, task);
  return sum;
}

function tellAll(s: Pool, list: SeqView<string>): void {
  while (list.length > 0) wake(s, list.shift());
}

/** Who may yet ask for the failure of a task, `ending` not: one that waits for all, or whoever has started it. */
function keeperOf(s: Pool, task: string, ending: string): string | null {
  const waits = s.forAll.length > 0 ? s.forAll.at(0) : s.lastTold;
  const starter = s.starter.at(task);
  for (const who of [waits, starter]) {
    if (who !== null && who !== ending && s.status.at(who) !== "terminated") return who;
  }
  return null;
}

/** All failures so far are known. */
function know(s: Pool): void {
  for (const task of s.keeper.keys()) {
    if (s.keeper.at(task) === null) continue;
    s.keeper.set(task, null);
    s.starter.set(task, null);
  }
}

/** One that might have asked for failures ends: somebody else may, or the host is told. */
function handOn(s: Pool, ending: string): void {
  for (const task of s.keeper.keys()) {
    if (s.keeper.at(task) !== ending) continue;
    const keeper = keeperOf(s, task, ending);
    s.keeper.set(task, keeper);
    if (keeper !== null) continue;
    s.starter.set(task, null);
    s.reported.set(task, true);
  }
}

/**
 * A task ends: its slot goes to the next one, and those who wait for it are told. Answers whether its caller is
 * told of its failure.
 */
function taskEnds(s: Pool, task: string, how: Ending): boolean {
  if (how === "throws") {
    s.failure ??= task;
    s.keeper.set(task, keeperOf(s, task, task));
  }
  if (s.keeper.at(task) === null) s.starter.set(task, null);
  s.task.set(task, false);
  for (const who of s.awaited.keys()) {
    if (awaits(s, who, task)) s.awaited.set(who, s.awaited.at(who) - bitOf(s, task));
  }
  moveUp(s);
  tellAll(s, s.forOne);
  while (s.forAll.length > 0 && s.awaited.at(s.forAll.at(0)) === 0) {
    s.lastTold = s.forAll.shift();
    wake(s, s.lastTold);
  }
  return how === "throws" && s.keeper.at(task) === null;
}

const life: Life<Pool> = new Life<Pool>({
  barred: (s, who) => places(s, who) > 0 ? "waiting" : undefined,
  exists: (s, who) => s.task.keys().indexOf(who) < s.made,
  leave: (s, who) => {
    leaveList(s.forOne, who);
    leaveList(s.forAll, who);
    s.awaitsAll.set(who, false);
    s.awaited.set(who, 0);
    if (!s.line.includes(who)) return;
    leave(s, s.line, who);
    s.wants.set(who, null);
    moveUp(s);
  },
  ends: (s, how) => {
    handOn(s, s.current);
    return s.task.at(s.current) ? taskEnds(s, s.current, how) : how === "throws";
  },
  goOn: (s) => {
    const me = s.current;
    const wants = s.wants.at(me);
    s.wants.set(me, null);
    if (s.granted.at(me)) {
      s.granted.set(me, false);
      s.alarm.set(me, false);
      if (wants === "slot") moveUp(s);
      else run(s, s.task.keys()[s.made] ?? "");
      return true;
    }
    if (s.lastTold === me) s.lastTold = null;
    if (!s.awaitsAll.at(me)) return true;
    s.awaitsAll.set(me, false);
    if (s.finds.at(me) !== null) return true;
    know(s);
    return s.failure !== null ? `failed: ${s.failure}` : true;
  },
});

function leaveList(list: SeqView<string>, who: string): void {
  const place = list.indexOf(who);
  if (place >= 0) list.removeAt(place);
}

/** In how many lists it waits. */
function places(s: Pool, who: string): number {
  return [s.line, s.forOne, s.forAll].filter((list) => list.includes(who)).length;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever waits for all is told when all have ended, and finds it so": (s: Pool) =>
    s.awaitsAll.every((awaits, who) => !awaits || !s.woken.at(who) || busy(s) === 0),
  "a pool that has failed starts no more": (s: Pool) => s.failure === null || busy(s) === 0,
  "whoever has a slot has a task": (s: Pool) => s.granted.every((granted) => !granted),
};

// ------------------------------------------------------------------------------------- spec

interface Named {
  readonly who: string;
}

/**
 * `starters` and up to `coroutines` less these that are made as tasks, live as in `_lifecycle.ts`,
 * and use a pool of `slots`.
 *
 * @param scope How many; how many are cancelled, and have waits with a limit; claims to add.
 */
export function taskPool(
  { coroutines = 4, starters = 2, slots: max = 1, always = {}, ...extent }: Extent & {
    coroutines?: number;
    starters?: number;
    slots?: number;
    always?: Record<string, (s: Pool) => boolean>;
  } = {},
) {
  const n = coroutines;
  const { Who } = parties(n);
  const { cancels = 0 } = extent;
  const patience = patienceOf(n, extent);
  const { throw: throws } = moreActions(n, life);
  const inCoroutine = (s: Pool): boolean => s.current !== LEADER;
  const outside = (): string => "not-in-coroutine";
  const wait = (s: Pool): string | undefined => life.wait(s, patience(s.current));
  return spec({
    name: "task_pool",
    state: Schema.Struct({
      ...lifecycleFields(n),
      max: Int(max, max),
      made: Int(starters, n),
      task: Table(Who, Schema.Boolean),
      line: Seq(Who, n),
      wants: Table(Who, Schema.NullOr(Schema.Literals(["start", "slot"]))),
      granted: Table(Who, Schema.Boolean),
      forOne: Seq(Who, n),
      forAll: Seq(Who, n),
      awaitsAll: Table(Who, Schema.Boolean),
      awaited: Table(Who, Int(0, (1 << n) - 1)),
      failure: Schema.NullOr(Who),
      starter: Table(Who, Schema.NullOr(Who)),
      keeper: Table(Who, Schema.NullOr(Who)),
      reported: Table(Who, Schema.Boolean),
      lastTold: Schema.NullOr(Who),
      ahead: Table(Who, Int(0, n - 1)),
      passed: Schema.Boolean,
    }),
    init: [{
      ...lifecycleInit(n),
      max,
      made: starters,
      task: fill(Who, false),
      line: [],
      wants: fill(Who, null),
      granted: fill(Who, false),
      forOne: [],
      forAll: [],
      awaitsAll: fill(Who, false),
      awaited: fill(Who, 0),
      failure: null,
      starter: fill(Who, null),
      keeper: fill(Who, null),
      reported: fill(Who, false),
      lastTold: null,
      ahead: fill(Who, 0),
      passed: false,
    }],
    actions: {
      ...lifecycleActions(n, life, extent),
      throw: throws,
      alarm: {
        for: { who: Who },
        when: (s: Pool, { who }: Named) => s.alarm.at(who),
        do: (s: Pool, { who }: Named) => {
          s.alarm.set(who, false);
          // What it waited for is there already: it is too late.
          if (!s.woken.at(who)) life.giveUp(s, who, "timeout");
          return life.over(s);
        },
      },
      start: {
        for: {},
        // There must be somebody left for each who waits to start one.
        when: (s: Pool) =>
          inCoroutine(s) &&
          s.made + s.wants.count((wants) => wants === "start") < n,
        do: (s: Pool) => {
          if (s.line.length === 0 && slots(s) > 0) {
            passes(s, s.line);
            return run(s, s.task.keys()[s.made] ?? "");
          }
          stand(s, s.line, s.current);
          s.wants.set(s.current, "start");
          return wait(s);
        },
        refuse: (s: Pool) => inCoroutine(s) ? undefined : "not-in-coroutine",
      },
      waitSlot: {
        for: {},
        when: inCoroutine,
        do: (s: Pool) => {
          if (s.line.length === 0 && slots(s) > 0) return undefined;
          stand(s, s.line, s.current);
          s.wants.set(s.current, "slot");
          return wait(s);
        },
        refuse: outside,
      },
      waitOne: {
        for: {},
        when: (s: Pool) => inCoroutine(s) && busy(s) > 0,
        do: (s: Pool) => {
          s.forOne.push(s.current);
          return wait(s);
        },
        refuse: (s: Pool) => inCoroutine(s) ? "no-tasks" : "not-in-coroutine",
      },
      waitAll: {
        for: {},
        // A task would wait for itself.
        when: (s: Pool) => inCoroutine(s) && !s.task.at(s.current),
        do: (s: Pool) => {
          if (busy(s) === 0) {
            know(s);
            return s.failure === null ? undefined : `failed: ${s.failure}`;
          }
          s.awaitsAll.set(s.current, true);
          s.awaited.set(s.current, running(s));
          s.forAll.push(s.current);
          return wait(s);
        },
        refuse: (s: Pool) => inCoroutine(s) ? "deadlock" : "not-in-coroutine",
      },
      askFailures: {
        for: {},
        when: () => true,
        do: (s: Pool) => know(s),
      },
      cancelTasks: {
        for: {},
        when: () => true,
        do: (s: Pool) => {
          for (const who of s.task.keys()) if (s.task.at(who)) life.cancel(s, who);
          return life.over(s);
        },
      },
    },
    always: {
      ...lifecycleClaims(),
      ...waitingClaims(places),
      "no more tasks run than there are slots": (s) => slots(s) >= 0,
      "nobody waits for a slot that is free": (s) => s.line.length === 0 || slots(s) === 0,
      "nobody overtakes: each stands behind those alone who came before it": (s) =>
        inOrder(s, s.line),
      "nobody passes those who stand in line": (s) => !s.passed,
      "nobody waits for a task where none runs": (s) => busy(s) > 0 || s.forOne.length === 0,
      "nobody waits for all tasks where none runs": (s) => busy(s) > 0 || s.forAll.length === 0,
      "whoever waits for all waits for tasks that run": (s) =>
        s.awaited.every((awaited) => (awaited & ~running(s)) === 0),
      "those wait for tasks who wait for all, and nobody else": (s) =>
        s.awaited.every((awaited, who) => (awaited !== 0) === s.forAll.includes(who)),
      "whoever waits for all waits for what those start, too": (s) =>
        s.starter.every((starter, task) =>
          starter === null || !s.task.at(starter) || !s.task.at(task) ||
          s.awaited.every((_, who) => !awaits(s, who, starter) || awaits(s, who, task))
        ),
      "whoever was given a slot goes on": (s) =>
        s.granted.every((granted, who) => !granted || s.woken.at(who)),
      "who has ended is no task any more": (s) =>
        s.task.every((task, who) => !task || s.status.at(who) !== "terminated"),
      "a failure is kept by one that may yet ask for it": (s) =>
        s.keeper.every((keeper) => keeper === null || s.status.at(keeper) !== "terminated"),
      "the host is told of no failure for which somebody may yet ask": (s) =>
        s.reported.every((reported, task) => !reported || s.keeper.at(task) === null),
      ...always,
    },
    sometimes: {
      "as many run as there are slots, and others wait": (s) =>
        busy(s) === max && s.line.length > 0,
      "somebody waits for one, and another for all": (s) =>
        s.forOne.length > 0 && s.forAll.length > 0,
      "others were started before the one that waits for all had its turn": (s) =>
        s.awaitsAll.some((awaits, who) => awaits && s.woken.at(who)) && busy(s) > 0,
      "a task has failed while another one waits for a slot": (s) =>
        s.failure !== null && s.line.length > 0,
      "the host is told of a failure": (s) => s.reported.some((reported) => reported),
      "one that waits for all keeps a failure, as whoever has started the task has ended": (s) =>
        s.keeper.some((keeper, task) => keeper !== null && keeper !== s.starter.at(task)),
      ...(max === 1 ? {} : {
        "of two who wait for all, one waits for more": (s: Pool) =>
          s.awaited.some((awaited) =>
            awaited !== 0 && s.awaited.some((more) => more !== 0 && more !== awaited)
          ),
      }),
      ...(cancels === 0 ? {} : {
        "one is cancelled that was given a slot": (s: Pool) =>
          s.granted.some((granted, who) => granted && s.cancel.at(who) === "due"),
      }),
    },
    ends: (s) => s.current === LEADER,
  });
}
