/**
 * How the contexts and locks of `specs/together/context_locks.ts` meet the code of
 * `src/contexts/aio_context.ts`, `src/locks/co_mutex.ts` and `src/locks/co_queue.ts`.
 *
 * @module
 */
import { CoMutex, CoQueue, Coroutine, until } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { contextLocks } from "../../specs/together/context_locks.ts";
import type { Deed } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, Settleable, viewLifecycle } from "../core/coroutine.ts";
import { viewMutexes } from "../locks/co_mutex.ts";
import { viewQueue } from "../locks/co_queue.ts";
import { closingDeeds, contextDeeds, ContextStage, viewContexts } from "../contexts/_contexts.ts";

/** The puppets, the contexts, the mutex and the queue. */
class Stage extends ContextStage {
  readonly mutex = new CoMutex("m1");
  readonly mutexes = [this.mutex];
  readonly queue = new CoQueue("q");
  readonly promises = new Map<string, Settleable>();

  constructor(coroutines: readonly string[], timed: number) {
    super(coroutines, deeds, timed);
  }
}

const queueDeeds = {
  *waitWithMutex(stage: Stage) {
    yield* stage.kept("wait", (options) => stage.queue.wait(stage.mutex, options));
  },
  *next({ queue }: Stage) {
    if (!queue.next()) return "nobody";
    // Outside, control has gone to the one that was told.
    return Coroutine.inCoroutine() ? "one" : undefined;
  },
  *restartAll({ queue }: Stage) {
    queue.restartAll();
  },
} satisfies Record<string, Deed>;

const promiseDeeds = {
  *until({ promises }: Stage) {
    const settleable = new Settleable();
    const wait = until(settleable.promise);
    const { name } = Coroutine.self();
    const before = promises.get(name);
    promises.set(name, settleable);
    try {
      yield* wait;
    } catch (error) {
      // It was refused: it waits for nothing new.
      if (before !== undefined && promises.get(name) === settleable) promises.set(name, before);
      throw error;
    }
  },
  *settle({ promises }: Stage, { who, rejected }: { who: string; rejected: boolean }) {
    promises.get(who)?.settle(rejected);
  },
} satisfies Record<string, Deed>;

const lockDeeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  ...contextDeeds,
  *lock(stage: Stage) {
    yield* stage.kept("lock", (options) => stage.mutex.lock(options));
  },
  *unlock({ mutex }: Stage) {
    mutex.unlock();
  },
} satisfies Record<string, Deed>;

const deeds = { ...lockDeeds, ...queueDeeds, ...promiseDeeds, ...closingDeeds };

type ContextLocksSpec = ReturnType<typeof contextLocks>;

/** The binding at a scope of the spec. */
export function contextLocksBinding(
  { coroutines, timed = 0, queues = 1, promises = false, closing = true }: {
    coroutines: number;
    timed?: number;
    queues?: number;
    promises?: boolean;
    closing?: boolean;
  },
): ContextLocksSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  const actions = {
    ...lockDeeds,
    ...(queues > 0 ? queueDeeds : {}),
    ...(promises ? promiseDeeds : {}),
    ...(closing ? closingDeeds : {}),
  } as typeof deeds;
  return {
    create: () => new Stage(who, timed),
    actions,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewContexts(stage, s);
      viewMutexes(stage, s);
      viewQueue(stage, s);
      for (const co of stage.players) s.promised.set(co.name, co.scheduledBy === "until");
    },
    play: (stage, next) => stage.play(next),
  };
}
