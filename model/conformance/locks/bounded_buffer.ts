/**
 * How the buffer of `specs/locks/bounded_buffer.ts` is made of a mutex and two queues.
 *
 * @module
 */
import { CoMutex, CoQueue, Coroutine } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { boundedBuffer } from "../../specs/locks/bounded_buffer.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { viewMutexes } from "./co_mutex.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets, and the buffer as programs write it. */
class Stage extends Theatre {
  readonly mutex = new CoMutex("m1");
  readonly mutexes = [this.mutex];
  readonly waitForRoom = new CoQueue("waitForRoom");
  readonly waitForItem = new CoQueue("waitForItem");
  readonly #producers: readonly string[];
  readonly #capacity: number;
  items = 0;

  constructor(coroutines: readonly string[], capacity: number, timed: number) {
    super(coroutines, deeds, timed);
    this.#capacity = capacity;
    this.#producers = coroutines.slice(0, Math.ceil(coroutines.length / 2));
  }

  /** Whether the one that runs is a producer. */
  get produces(): boolean {
    return this.#producers.includes(Coroutine.self().name);
  }

  /** Whether the one that runs can do what it wants to. */
  get possible(): boolean {
    return this.produces ? this.items < this.#capacity : this.items > 0;
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *getReady(stage: Stage) {
    const { mutex } = stage;
    yield* stage.kept("lock", (options) => mutex.lock(options));
    const queue = stage.produces ? stage.waitForRoom : stage.waitForItem;
    const wait = stage.kept("wait", (options) => queue.wait(mutex, options));
    try {
      while (!stage.possible) yield* wait;
    } catch (error) {
      if (mutex.holder === Coroutine.self()) mutex.unlock();
      throw error;
    }
  },
  *doIt(stage: Stage) {
    stage.items += stage.produces ? 1 : -1;
    (stage.produces ? stage.waitForItem : stage.waitForRoom).next();
    stage.mutex.unlock();
  },
  *changeItsMind(stage: Stage) {
    (stage.produces ? stage.waitForRoom : stage.waitForItem).next();
    stage.mutex.unlock();
  },
} satisfies Record<string, Deed>;

type BufferSpec = ReturnType<typeof boundedBuffer>;

/** The binding at a scope of the spec. */
export function boundedBufferBinding(
  { coroutines, capacity, timed = 0 }: { coroutines: number; capacity: number; timed?: number },
): BufferSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, capacity, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
      s.items = stage.items;
      for (const queue of [stage.waitForRoom, stage.waitForItem]) {
        const name = queue.name === "waitForRoom" ? "waitForRoom" : "waitForItem";
        if (queue.empty) s[name].clear();
        for (const co of stage.players) {
          const { list, waitingOn } = placeOf(co) ?? {};
          if (waitingOn === `${queue}` && list !== undefined) {
            viewList(s[name], list.waiting());
          }
        }
      }
    },
    play: (stage, next) => stage.play(next),
  };
}
