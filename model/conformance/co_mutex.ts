/**
 * How the mutexes of `specs/co_mutex.ts` meet the code of `src/co_mutex.ts`.
 *
 * @module
 */
import { CoMutex } from "../../mod.ts";
import { insideOf } from "../../src/coroutine.ts";
import { WaitList } from "../../src/_wait_list.ts";
import type { Binding } from "../engine/conform.ts";
import type { Spec } from "../mod.ts";
import { names } from "../specs/_names.ts";
import { type coMutex, mutexNames } from "../specs/co_mutex.ts";
import { type Deed, Theatre } from "./_puppets.ts";
import { lifecycleDeeds, viewLifecycle, viewList } from "./coroutine.ts";

/** The puppets and the mutexes. */
class Stage extends Theatre {
  readonly mutexes: ReadonlyMap<string, CoMutex>;

  constructor(coroutines: number, mutexes: number) {
    super(names(coroutines), deeds);
    this.mutexes = new Map(mutexNames(mutexes).map((name) => [name, new CoMutex(name)]));
  }

  mutex(name: string): CoMutex {
    const mutex = this.mutexes.get(name);
    if (mutex === undefined) throw new Error(`[internal] There is no mutex ${name}`);
    return mutex;
  }
}

const deeds = {
  ...lifecycleDeeds,
  *lock(stage: Stage, { m }: { m: string }) {
    yield* stage.mutex(m).lock();
  },
  *tryLock(stage: Stage, { m }: { m: string }) {
    return stage.mutex(m).tryLock() ? "taken" : "busy";
  },
  *unlock(stage: Stage, { m }: { m: string }) {
    stage.mutex(m).unlock();
  },
} satisfies Record<string, Deed>;

type MutexSpec = ReturnType<typeof coMutex>;

/** The binding for so many coroutines and mutexes. */
export function coMutexBinding(
  coroutines: number,
  mutexes: number,
): MutexSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  return {
    create: () => new Stage(coroutines, mutexes),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      for (const [name, mutex] of stage.mutexes) {
        s.holder.set(name, mutex.holder?.name ?? null);
        // Whoever waits has the queue as its place; an empty one need not be looked for.
        if (mutex.waiters === 0) s.waiters.at(name).clear();
      }
      for (const [name, co] of stage.cast) {
        const { place, locks } = insideOf(co);
        viewList(s.held.at(name), locks.map((lock) => ({ name: `${lock}`.slice(9, -1) })));
        if (place instanceof WaitList) {
          viewList(s.waiters.at(`${place}`.slice(9, -1)), [...place.waiting()]);
        }
      }
    },
    play: (stage, next) => stage.play(next),
  };
}
