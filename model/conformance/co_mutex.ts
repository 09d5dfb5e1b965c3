/**
 * How the mutexes of `specs/co_mutex.ts` meet the code of `src/co_mutex.ts`.
 *
 * @module
 */
import { CoMutex } from "../../mod.ts";
import { core } from "../../src/coroutine.ts";
import { WaitList } from "../../src/_wait_list.ts";
import type { Binding } from "../engine/play.ts";
import type { Spec } from "../mod.ts";
import { mutexNames, names } from "../specs/_names.ts";
import type { coMutex } from "../specs/co_mutex.ts";
import { type Deed, Theatre } from "./_puppets.ts";
import { lifecycleDeeds, viewLifecycle, viewList } from "./coroutine.ts";

const { locksOf, placeOf } = core;

/** The puppets and the mutexes. */
class Stage extends Theatre {
  readonly mutexes: readonly CoMutex[];

  constructor(coroutines: readonly string[], mutexes: readonly string[]) {
    super(coroutines, deeds);
    this.mutexes = mutexes.map((name) => new CoMutex(name));
  }

  mutex(name: string): CoMutex {
    for (const mutex of this.mutexes) if (mutex.name === name) return mutex;
    throw new Error(`[internal] There is no mutex ${name}`);
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

/** A lock by the name in `CoMutex "name"`. */
function named(lock: { toString(): string }): { name: string } {
  return { name: `${lock}`.slice(9, -1) };
}

const NONE: readonly { readonly name: string }[] = [];

type MutexSpec = ReturnType<typeof coMutex>;

/** The binding for so many coroutines and mutexes. */
export function coMutexBinding(
  coroutines: number,
  mutexes: number,
): MutexSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const [who, which] = [names(coroutines), mutexNames(mutexes)];
  return {
    create: () => new Stage(who, which),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      for (const mutex of stage.mutexes) {
        const { name } = mutex;
        s.holder.set(name, mutex.holder?.name ?? null);
        // Whoever waits has the queue as its place; an empty one need not be looked for.
        if (mutex.waiters === 0) s.waiters.at(name).clear();
        if (mutex.locked === (mutex.holder === undefined)) {
          throw new Error(`${mutex}.locked is wrong`);
        }
      }
      for (const co of stage.players) {
        const locks = locksOf(co);
        if (co.locksHeld !== locks.length) throw new Error(`${co}.locksHeld is wrong`);
        viewList(s.held.at(co.name), locks.length === 0 ? NONE : locks.map(named));
        const place = placeOf(co);
        if (place instanceof WaitList) {
          viewList(s.waiters.at(named(place).name), [...place.waiting()]);
        }
      }
    },
    play: (stage, next) => stage.play(next),
  };
}
