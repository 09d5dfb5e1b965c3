/**
 * How the sleepers of `specs/time/sleep.ts` meet the code of `src/time/sleep.ts` and `src/time/clock.ts`.
 *
 * @module
 */
import { Coroutine, CoSleep, sleep as plainSleep, VirtualClock } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { sleep } from "../../specs/time/sleep.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { lifecycleDeeds, moreDeeds, viewLifecycle } from "../core/coroutine.ts";

/** The puppets, the clock and the beds. */
class Stage extends Theatre {
  readonly clock = new VirtualClock();
  readonly beds: ReadonlyMap<string, CoSleep>;

  constructor(coroutines: readonly string[]) {
    super(coroutines, deeds);
    this.beds = new Map(coroutines.map((name) => [name, new CoSleep()]));
  }

  /** The bed of that one. */
  bed(name: string): CoSleep {
    const bed = this.beds.get(name);
    if (bed === undefined) throw new Error(`[internal] There is no bed for ${name}`);
    return bed;
  }
}

interface Ticks {
  readonly ticks: number;
}

const deeds = {
  ...lifecycleDeeds,
  ...moreDeeds,
  *sleep(stage: Stage, { ticks }: Ticks) {
    if (!Coroutine.inCoroutine()) return yield* plainSleep(ticks, stage.clock);
    const bed = stage.bed(Coroutine.self().name);
    const early = yield* stage.kept(`${ticks}`, () => bed.sleep(ticks, stage.clock));
    return early ? "woken early" : undefined;
  },
  *sleepForEver(stage: Stage) {
    if (!Coroutine.inCoroutine()) return yield* plainSleep(Infinity);
    const bed = stage.bed(Coroutine.self().name);
    return (yield* stage.kept("for ever", () => bed.sleep())) ? "woken early" : undefined;
  },
  *wakeSleeper(stage: Stage, { who }: { who: string }) {
    stage.bed(who).wake();
  },
  *advance({ clock }: Stage, { ticks }: Ticks) {
    clock.advance(ticks);
  },
} satisfies Record<string, Deed>;

type SleepSpec = ReturnType<typeof sleep>;

/** The binding at a scope of the spec. */
export function sleepBinding(
  { coroutines }: { coroutines: number },
): SleepSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      for (const co of stage.players) {
        const asleep = co.scheduledBy === "sleep";
        if (asleep !== stage.bed(co.name).sleeping) throw new Error("sleeping is wrong");
        s.asleep.set(co.name, asleep);
      }
      // No alarm is left behind, and none is lost.
      if (s.alarms.length !== stage.clock.alarms) throw new Error("the number of alarms is wrong");
    },
    play: (stage, next) => stage.play(next),
  };
}
