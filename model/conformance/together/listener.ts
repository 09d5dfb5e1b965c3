/**
 * How the listener of `specs/together/listener.ts` meets the code: it listens to the one event of a call, and cancels
 * as it is told of it.
 *
 * @module
 */
import { trace } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { mutexNames, names } from "../../specs/core/_names.ts";
import type { listener } from "../../specs/together/listener.ts";
import type { Deed } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle } from "../core/coroutine.ts";
import { MutexStage, viewMutexes } from "../locks/co_mutex.ts";

/** Where a listener may be told. */
class Stage extends MutexStage {
  /** The first event of a lock that comes is told to one who cancels then. */
  listen(whom: string | null): void {
    trace(({ type }) => {
      if (type !== "lock" && type !== "wait" && type !== "unlock") return;
      trace(null);
      if (whom !== null) this.of(whom).cancel("as it is told");
    });
  }
}

interface Call {
  readonly m: string;
  readonly whom: string | null;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *lock(stage: Stage, { m, whom }: Call) {
    stage.listen(whom);
    yield* stage.kept(m, (options) => stage.mutex(m).lock(options));
  },
  *unlock(stage: Stage, { m, whom }: Call) {
    stage.listen(whom);
    try {
      stage.mutex(m).unlock();
    } finally {
      // It may have been refused.
      trace(null);
    }
  },
} satisfies Record<string, Deed>;

type ListenerSpec = ReturnType<typeof listener>;

/** The binding at a scope of the spec. */
export function listenerBinding(
  { coroutines, mutexes, timed = 0 }: { coroutines: number; mutexes: number; timed?: number },
): ListenerSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const [who, which] = [names(coroutines), mutexNames(mutexes)];
  return {
    create: () => new Stage(who, which, deeds, { timed }),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewMutexes(stage, s);
    },
    play: (stage, next) => stage.play(next),
  };
}
