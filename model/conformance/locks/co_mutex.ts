/**
 * How the mutexes of `specs/locks/co_mutex.ts` meet the code of `src/locks/co_mutex.ts`.
 *
 * @module
 */
import { CoMutex } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import { Lock } from "../../../src/locks/co_mutex.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { mutexNames, names } from "../../specs/core/_names.ts";
import type { coMutex, Mutexes } from "../../specs/locks/co_mutex.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import {
  alarmDeeds,
  lifecycleDeeds,
  moreDeeds,
  viewLifecycle,
  viewList,
} from "../core/coroutine.ts";

const { locksOf, placeOf } = core;

/** Puppets and mutexes, and what is done with them. */
export class MutexStage extends Theatre {
  readonly mutexes: readonly CoMutex[];

  constructor(
    coroutines: readonly string[],
    mutexes: readonly string[],
    deeds: Readonly<Record<string, Deed>>,
    { timed = 0, traced = false, hurried = 0 }: {
      timed?: number;
      traced?: boolean;
      hurried?: number;
    } = {},
  ) {
    super(coroutines, deeds, timed, traced, false, hurried);
    this.mutexes = mutexes.map((name) => new CoMutex(name));
  }

  mutex(name: string): CoMutex {
    for (const mutex of this.mutexes) if (mutex.name === name) return mutex;
    throw new Error(`[internal] There is no mutex ${name}`);
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...moreDeeds,
  ...alarmDeeds,
  *lock(stage: MutexStage, { m }: { m: string }) {
    yield* stage.keptLock(m, (options) => stage.mutex(m).lock(options));
  },
  *tryLock(stage: MutexStage, { m }: { m: string }) {
    return stage.mutex(m).tryLock() ? "taken" : "busy";
  },
  *unlock(stage: MutexStage, { m }: { m: string }) {
    const mutex = stage.mutex(m);
    mutex.unlock();
    // As at the end of a block that has unlocked it: it is another one's, or nobody's.
    mutex[Symbol.dispose]();
  },
} satisfies Record<string, Deed>;

/** A lock by the name in `CoMutex "name"`. */
function named(lock: { toString(): string }): { name: string } {
  return { name: `${lock}`.slice(9, -1) };
}

/** Writes what can be seen of the mutexes: all but how many came before each of those who wait. */
export function viewMutexes(
  { mutexes, players }: { mutexes: readonly CoMutex[]; players: Theatre["players"] },
  s: Mutexes,
): void {
  for (const mutex of mutexes) {
    const { name } = mutex;
    s.holder.set(name, mutex.holder?.name ?? null);
    // Whoever waits has the queue as its place; an empty one need not be looked for.
    if (mutex.waiters === 0) s.waiters.at(name).clear();
    if (mutex.locked === (mutex.holder === undefined)) {
      throw new Error(`${mutex}.locked is wrong`);
    }
  }
  for (const co of players) {
    const locks = locksOf(co);
    if (co.locksHeld !== locks.length) throw new Error(`${co}.locksHeld is wrong`);
    viewList(s.held.at(co.name), locks.length === 0 ? NONE : locks.map(named));
    const list = placeOf(co)?.list;
    if (list instanceof Lock) viewList(s.waiters.at(named(list).name), list.waiting());
  }
}

const NONE: readonly { readonly name: string }[] = [];

type MutexSpec = ReturnType<typeof coMutex>;

/** The binding at a scope of the spec. */
export function coMutexBinding(
  { coroutines, mutexes, ...extent }: {
    coroutines: number;
    mutexes: number;
    timed?: number;
    traced?: boolean;
    hurried?: number;
  },
): MutexSpec extends Spec<infer T, infer A> ? Binding<T, A, MutexStage> : never {
  const [who, which] = [names(coroutines), mutexNames(mutexes)];
  return {
    create: () => new MutexStage(who, which, deeds, extent),
    actions: deeds,
    view(stage, s) {
      stage.told?.check(stage.players, stage.mutexes);
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
    },
    play: (stage, next) => stage.play(next),
  };
}
