/**
 * How those who wait for mutexes in `specs/together/dump.ts` meet the code of `src/watch`.
 *
 * @module
 */
import { CoMutex } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { mutexNames, names } from "../../specs/core/_names.ts";
import type { dump } from "../../specs/together/dump.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle } from "../core/coroutine.ts";
import { viewMutexes } from "../locks/co_mutex.ts";
import { lastDeeds, lookDeeds, playOut } from "./_looks.ts";

/** The puppets and the mutexes. */
class Stage extends Theatre {
  readonly mutexes: readonly CoMutex[];

  constructor(coroutines: readonly string[], mutexes: readonly string[], timed: number) {
    super(coroutines, { ...deeds, ...lastDeeds }, timed);
    this.mutexes = mutexes.map((name) => new CoMutex(name));
  }

  mutex(name: string): CoMutex {
    for (const mutex of this.mutexes) if (mutex.name === name) return mutex;
    throw new Error(`[internal] There is no mutex ${name}`);
  }
}

interface Which {
  readonly m: string;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  ...lookDeeds,
  *lock(stage: Stage, { m }: Which) {
    yield* stage.kept(m, (options) => stage.mutex(m).lock(options));
  },
  *unlock(stage: Stage, { m }: Which) {
    stage.mutex(m).unlock();
  },
} satisfies Record<string, Deed>;

type DumpSpec = ReturnType<typeof dump>;

/** The binding at a scope of the spec. */
export function dumpBinding(
  { coroutines, mutexes, timed = 0 }: { coroutines: number; mutexes: number; timed?: number },
): DumpSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const [who, which] = [names(coroutines), mutexNames(mutexes)];
  return {
    create: () => new Stage(who, which, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
    },
    play: playOut,
  };
}
