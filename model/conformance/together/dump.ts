/**
 * How those who wait for mutexes in `specs/together/dump.ts` meet the code of `src/watch`.
 *
 * @module
 */
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { mutexNames, names } from "../../specs/core/_names.ts";
import type { dump } from "../../specs/together/dump.ts";
import type { Deed } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle } from "../core/coroutine.ts";
import { MutexStage, viewMutexes } from "../locks/co_mutex.ts";
import { lastDeeds, lookDeeds, playOut } from "./_looks.ts";

interface Which {
  readonly m: string;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  ...lookDeeds,
  *lock(stage: MutexStage, { m }: Which) {
    yield* stage.kept(m, (options) => stage.mutex(m).lock(options));
  },
  *unlock(stage: MutexStage, { m }: Which) {
    stage.mutex(m).unlock();
  },
} satisfies Record<string, Deed>;

const all = { ...deeds, ...lastDeeds };

type DumpSpec = ReturnType<typeof dump>;

/** The binding at a scope of the spec. */
export function dumpBinding(
  { coroutines, mutexes, timed = 0 }: { coroutines: number; mutexes: number; timed?: number },
): DumpSpec extends Spec<infer T, infer A> ? Binding<T, A, MutexStage> : never {
  const [who, which] = [names(coroutines), mutexNames(mutexes)];
  return {
    create: () => new MutexStage(who, which, all, { timed }),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
    },
    play: playOut,
  };
}
