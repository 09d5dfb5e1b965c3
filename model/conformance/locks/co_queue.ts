/**
 * How the queue of `specs/locks/co_queue.ts` meets the code of `src/locks/co_queue.ts`.
 *
 * @module
 */
import { CoMutex, CoQueue, Coroutine } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { coQueue, Queue } from "../../specs/locks/co_queue.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { viewMutexes } from "./co_mutex.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets, the mutex and the queue. */
class Stage extends Theatre {
  readonly mutex = new CoMutex("m1");
  readonly mutexes = [this.mutex];
  readonly queue = new CoQueue("q");

  constructor(coroutines: readonly string[], timed: number, hurried: number) {
    super(coroutines, deeds, timed, false, false, hurried);
  }
}

interface Front {
  readonly front: boolean;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *lock(stage: Stage) {
    yield* stage.keptLock("lock", (options) => stage.mutex.lock(options));
  },
  *unlock({ mutex }: Stage) {
    // As `using` does at the end of a block: if another one holds it, that changes nothing.
    if (mutex.holder === Coroutine.self()) mutex[Symbol.dispose]();
    else mutex.unlock();
  },
  *wait(stage: Stage, { front }: Front) {
    const { queue } = stage;
    yield* stage.keptLock(
      `wait ${front}`,
      (options) => front ? queue.wait({ front, ...options }) : queue.wait(undefined, options),
    );
  },
  *waitWithMutex(stage: Stage, { front }: Front) {
    const { queue, mutex } = stage;
    yield* stage.keptLock(
      `wait with ${front}`,
      (options) => queue.wait(mutex, front ? { front, ...options } : options),
    );
  },
  *next({ queue }: Stage) {
    if (!queue.next()) return "nobody";
    // Outside, control has gone to the one that was told.
    return Coroutine.inCoroutine() ? "one" : undefined;
  },
  *restartAll({ queue }: Stage) {
    queue.restartAll();
  },
  *enterNextWithMutex({ queue, mutex }: Stage) {
    return queue.enterNext(mutex) ? "one" : "nobody";
  },
  *enterAllWithMutex({ queue, mutex }: Stage) {
    queue.enterAll(mutex);
  },
} satisfies Record<string, Deed>;

/** Writes who stands in the queue. */
export function viewQueue(
  { queue, players }: { queue: CoQueue; players: Theatre["players"] },
  s: Queue,
): void {
  if (queue.empty !== (queue.waiters === 0)) throw new Error("empty is wrong");
  if (queue.empty) s.queue.clear();
  for (const co of players) {
    const place = placeOf(co);
    if (place?.waitingOn === 'CoQueue "q"' && place.list !== undefined) {
      viewList(s.queue, place.list.waiting());
    }
  }
}

type QueueSpec = ReturnType<typeof coQueue>;

/** The binding at a scope of the spec. */
export function coQueueBinding(
  { coroutines, timed = 0, hurried = 0 }: { coroutines: number; timed?: number; hurried?: number },
): QueueSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, timed, hurried),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
      viewQueue(stage, s);
    },
    play: (stage, next) => stage.play(next),
  };
}
