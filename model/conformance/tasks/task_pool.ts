/**
 * How the pool of `specs/tasks/task_pool.ts` meets the code of `src/tasks/task_pool.ts`.
 *
 * @module
 */
import { type Co, TaskPool, trace } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import { host } from "../../../src/core/_report.ts";
import { tasksOf } from "../../../src/tasks/task_pool.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { taskPool } from "../../specs/tasks/task_pool.ts";
import { type Deed, type Next, Theatre, whoFailed } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets that have been made so far, and the pool. */
class Stage extends Theatre {
  readonly pool: TaskPool;
  /** Of whose failure the host was told. */
  readonly reported = new Set<string>();
  readonly #names: readonly string[];

  constructor(
    names: readonly string[],
    starters: number,
    slots: number,
    timed: number,
    hurried: number,
  ) {
    super(names.slice(0, starters), deeds, timed, false, false, hurried);
    this.#names = names;
    this.pool = new TaskPool(slots, "p");
  }

  override play(next: Next): void {
    // The pool makes the others: this is how they become known before they run.
    using _ = trace((event) => {
      if (event.type === "create") this.players.push(event.coroutine);
    });
    const { report } = host;
    host.report = (error) => void this.reported.add(whoFailed(error) ?? `${error}`);
    try {
      super.play(next);
    } finally {
      host.report = report;
    }
  }

  /** A task: the next one, whoever that is when the pool asks for its name. */
  task(): () => Co<string> {
    let name: string | undefined;
    const ask = (): string => name ??= this.#names[this.players.length] ?? "nobody";
    const perform = (): Co<string> => this.part(ask())();
    Object.defineProperty(perform, "name", { get: ask });
    return perform;
  }

  /** Those who have not been made. */
  get unmade(): readonly string[] {
    return this.#names.slice(this.players.length);
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *throw() {},
  *start(stage: Stage) {
    const { options } = stage;
    if (options === undefined) yield* stage.pool.start(stage.task());
    else yield* stage.pool.start(options, stage.task());
  },
  *waitSlot(stage: Stage) {
    yield* stage.kept("slot", (options) => stage.pool.waitSlot(options));
  },
  *waitOne(stage: Stage) {
    yield* stage.kept("one", (options) => stage.pool.waitOne(options));
  },
  *waitAll(stage: Stage) {
    yield* stage.kept("all", (options) => stage.pool.waitAll(options));
  },
  *askFailures({ pool }: Stage) {
    void pool.failures;
  },
  *cancelTasks({ pool }: Stage) {
    pool.cancel("the spec says so");
  },
} satisfies Record<string, Deed>;

type PoolSpec = ReturnType<typeof taskPool>;

/** The binding at a scope of the spec. */
export function taskPoolBinding(
  { coroutines, starters, slots, timed = 0, hurried = 0 }: {
    coroutines: number;
    starters: number;
    slots: number;
    timed?: number;
    hurried?: number;
  },
): PoolSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, starters, slots, timed, hurried),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      const { pool } = stage;
      s.max = pool.maxBusy;
      s.made = stage.players.length;
      for (const name of stage.unmade) {
        s.status.set(name, "created");
        s.caller.set(name, null);
        s.woken.set(name, false);
        s.cancel.set(name, "no");
        s.alarm.set(name, false);
        s.wakes.at(name).clear();
        s.awaited.set(name, 0);
      }
      const busy = s.task.count((task) => task);
      if (busy !== pool.busy) throw new Error(`busy is wrong: ${pool.busy}, expected ${busy}`);
      // Whoever waits has a list as its place; those of whom nobody speaks must be empty.
      const lists = { line: false, forOne: false, forAll: false };
      for (const co of stage.players) {
        const list = placeOf(co)?.list;
        const name = list === undefined ? undefined : LISTS[list.constructor.name];
        if (list === undefined || name === undefined || lists[name]) continue;
        lists[name] = true;
        viewList(s[name], list.waiting());
      }
      for (const name of Object.values(LISTS)) if (!lists[name]) s[name].clear();
      const tasks = tasksOf(pool);
      const [failure] = tasks.failures;
      s.failure = failure === undefined ? null : whoFailed(failure) ?? null;
      for (const name of who) {
        s.starter.set(name, null);
        s.keeper.set(name, null);
        s.reported.set(name, stage.reported.has(name));
      }
      for (const [task, { starter }] of tasks.begun) s.starter.set(task.name, starter.name);
      for (const co of stage.players) {
        const place = placeOf(co);
        const all = place?.list?.constructor.name === "AllEnds"
          ? place.holders?.slice(0, place.holdersUpTo) ?? []
          : [];
        s.awaited.set(co.name, all.reduce((sum, task) => sum + (1 << who.indexOf(task.name)), 0));
      }
      for (const [keeper, failures] of tasks.kept) {
        for (const { outcome, starter } of failures) {
          const task = whoFailed(outcome) ?? "nobody";
          s.keeper.set(task, keeper.name);
          s.starter.set(task, starter?.name ?? null);
        }
      }
    },
    play: (stage, next) => stage.play(next),
  };
}

/** The lists of the pool, by the classes of its code. */
const LISTS: Readonly<Record<string, "line" | "forOne" | "forAll">> = {
  Pool: "line",
  OneEnd: "forOne",
  AllEnds: "forAll",
};
