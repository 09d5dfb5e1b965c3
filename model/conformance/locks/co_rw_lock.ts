/**
 * How the lock of `specs/locks/co_rw_lock.ts` meets the code of `src/locks/co_rw_lock.ts`.
 *
 * @module
 */
import { CoRwLock } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { coRwLock } from "../../specs/locks/co_rw_lock.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets and the lock. */
class Stage extends Theatre {
  readonly lock = new CoRwLock("l");

  constructor(coroutines: readonly string[], timed: number) {
    super(coroutines, deeds, timed);
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *readLock(stage: Stage) {
    yield* stage.kept("read", (options) => stage.lock.readLock(options));
  },
  *writeLock(stage: Stage) {
    yield* stage.kept("write", (options) => stage.lock.writeLock(options));
  },
  *tryReadLock({ lock }: Stage) {
    return lock.tryReadLock() ? "taken" : "busy";
  },
  *tryWriteLock({ lock }: Stage) {
    return lock.tryWriteLock() ? "taken" : "busy";
  },
  *upgrade(stage: Stage) {
    yield* stage.kept("upgrade", (options) => stage.lock.upgrade(options));
  },
  *downgrade({ lock }: Stage) {
    lock.downgrade();
  },
  *unlock({ lock }: Stage) {
    lock.unlock();
  },
} satisfies Record<string, Deed>;

/** What one waits for, as `waitingOn` says it. */
const WANTS = {
  'CoRwLock "l" (to read)': "read",
  'CoRwLock "l" (to write)': "write",
  'CoRwLock "l" (to upgrade)': "upgrade",
} as const;

type RwLockSpec = ReturnType<typeof coRwLock>;

/** The binding at a scope of the spec. */
export function coRwLockBinding(
  { coroutines, timed = 0 }: { coroutines: number; timed?: number },
): RwLockSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      const { lock } = stage;
      let holders = 0;
      if (lock.waiters === 0) s.tickets.clear();
      for (const co of stage.players) {
        const { name } = co;
        const holds = co.locksHeld === 0 ? null : lock.writer === co ? "write" : "read";
        if (holds !== null) holders++;
        s.holds.set(name, holds);
        const place = placeOf(co);
        s.wants.set(name, WANTS[place?.waitingOn as keyof typeof WANTS] ?? null);
        if (place?.list !== undefined) viewList(s.tickets, place.list.waiting());
      }
      // Those who have ended without unlocking are still counted.
      const counted = lock.readers + (lock.writer === undefined ? 0 : 1);
      if (lock.locked !== (counted > 0)) throw new Error("locked is wrong");
      s.abandoned = counted > holders;
    },
    play: (stage, next) => stage.play(next),
  };
}
