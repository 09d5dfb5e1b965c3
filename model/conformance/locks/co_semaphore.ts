/**
 * How the semaphore of `specs/locks/co_semaphore.ts` meets the code of `src/locks/co_semaphore.ts`.
 *
 * @module
 */
import { CoSemaphore } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import { poolOf } from "../../../src/locks/co_semaphore.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { coSemaphore } from "../../specs/locks/co_semaphore.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets and the semaphore. */
class Stage extends Theatre {
  readonly semaphore: CoSemaphore;
  /** What gives permits back. */
  readonly guards: { readonly n: number; readonly guard: Disposable }[] = [];

  constructor(coroutines: readonly string[], permits: number, timed: number, hurried: number) {
    super(coroutines, deeds, timed, false, false, hurried);
    this.semaphore = new CoSemaphore(permits, "s");
  }
}

interface Some {
  readonly n: number;
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *acquire(stage: Stage, { n }: Some) {
    const guard = yield* stage.keptLock(`${n}`, (options) => stage.semaphore.acquire(n, options));
    stage.guards.push({ n, guard });
  },
  *tryAcquire({ semaphore }: Stage, { n }: Some) {
    return semaphore.tryAcquire(n) ? "taken" : "busy";
  },
  *release({ guards, semaphore }: Stage, { n }: Some) {
    // As `using` does at the end of a block, if somebody has acquired so many; what was given back is so once.
    const at = guards.findIndex((one) => one.n === n);
    const [one] = at < 0 ? [] : guards.splice(at, 1);
    if (one === undefined) return semaphore.release(n);
    one.guard[Symbol.dispose]();
    one.guard[Symbol.dispose]();
  },
  *setTotal({ semaphore }: Stage, { n }: Some) {
    semaphore.setTotal(n);
  },
} satisfies Record<string, Deed>;

const { setTotal: _, ...fixed } = deeds;

type SemaphoreSpec = ReturnType<typeof coSemaphore>;

/** The binding at a scope of the spec. */
export function coSemaphoreBinding(
  { coroutines, permits, timed = 0, hurried = 0, resized = false }: {
    coroutines: number;
    permits: number;
    timed?: number;
    hurried?: number;
    resized?: boolean;
  },
): SemaphoreSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, permits, timed, hurried),
    actions: resized ? deeds : fixed,
    view(stage, s) {
      viewLifecycle(stage, s);
      const { semaphore } = stage;
      s.total = semaphore.total;
      s.available = poolOf(semaphore).available;
      if (semaphore.available !== Math.max(0, s.available)) {
        throw new Error(`available is wrong: ${semaphore.available}`);
      }
      if (semaphore.waiters === 0) s.line.clear();
      for (const co of stage.players) {
        const { list, waitingOn } = placeOf(co) ?? {};
        s.wants.set(co.name, list === undefined ? 0 : wanted(waitingOn));
        if (list !== undefined) viewList(s.line, list.waiting());
      }
    },
    play: (stage, next) => stage.play(next),
  };
}

/** How many permits one waits for, as `waitingOn` says it: `CoSemaphore "s" (2 permits)`, or one. */
function wanted(waitingOn: string | undefined): number {
  return Number(waitingOn?.match(/\((\d+) permits\)/)?.[1] ?? 1);
}
