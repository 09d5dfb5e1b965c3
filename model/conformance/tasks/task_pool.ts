/**
 * How the pool of `specs/tasks/task_pool.ts` meets the code of `src/tasks/task_pool.ts`.
 *
 * @module
 */
import { type Co, TaskPool, trace } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { taskPool } from "../../specs/tasks/task_pool.ts";
import { type Deed, Theatre, whoFailed } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets that have been made so far, and the pool. */
class Stage extends Theatre {
  readonly pool: TaskPool;
  readonly #names: readonly string[];

  constructor(names: readonly string[], starters: number, slots: number, timed: number) {
    super(names.slice(0, starters), deeds, timed);
    this.#names = names;
    this.pool = new TaskPool(slots, "p");
    // The pool makes the others: this is how they become known before they run.
    trace((event) => {
      if (event.type === "create") this.players.push(event.coroutine);
    });
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
    yield* stage.pool.start(stage.task());
  },
  *waitSlot({ pool, options }: Stage) {
    yield* pool.waitSlot(options);
  },
  *waitOne({ pool, options }: Stage) {
    yield* pool.waitOne(options);
  },
  *waitAll({ pool, options }: Stage) {
    yield* pool.waitAll(options);
  },
  *cancelTasks({ pool }: Stage) {
    pool.cancel("the spec says so");
  },
} satisfies Record<string, Deed>;

type PoolSpec = ReturnType<typeof taskPool>;

/** The binding at a scope of the spec. */
export function taskPoolBinding(
  { coroutines, starters, slots, timed = 0 }: {
    coroutines: number;
    starters: number;
    slots: number;
    timed?: number;
  },
): PoolSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, starters, slots, timed),
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
      }
      const tasks = s.task.count((task) => task);
      if (tasks !== pool.busy) throw new Error(`busy is wrong: ${pool.busy}, expected ${tasks}`);
      // Whoever waits has a list as its place; those of whom nobody speaks must be empty.
      const lists = { line: false, forOne: false, forAll: false };
      for (const co of stage.players) {
        const list = placeOf(co)?.list;
        const name = list === undefined ? undefined : LISTS[list.constructor.name];
        if (list === undefined || name === undefined || lists[name]) continue;
        lists[name] = true;
        viewList(s[name], [...list.waiting()]);
      }
      for (const name of Object.values(LISTS)) if (!lists[name]) s[name].clear();
      s.failure = pool.failures.length === 0 ? null : whoFailed(pool.failures[0]) ?? null;
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
