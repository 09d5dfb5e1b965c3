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
import type { coRwLock, RwLock } from "../../specs/locks/co_rw_lock.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { alarmDeeds, lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { placeOf } = core;

/** The puppets and the lock. */
class Stage extends Theatre {
  readonly lock = new CoRwLock("l");

  constructor(coroutines: readonly string[], timed: number, hurried: number) {
    super(coroutines, rwLockDeeds, timed, false, true, hurried);
  }
}

/** A theatre with the lock. */
export interface WithLock extends Theatre {
  readonly lock: CoRwLock;
}

/** What can be done with it. */
export const rwLockDeeds = {
  ...lifecycleDeeds,
  ...alarmDeeds,
  *readLock(stage: WithLock) {
    yield* stage.keptLock("read", (options) => stage.lock.readLock(options));
  },
  *writeLock(stage: WithLock) {
    yield* stage.keptLock("write", (options) => stage.lock.writeLock(options));
  },
  *tryReadLock({ lock }: WithLock) {
    return lock.tryReadLock() ? "taken" : "busy";
  },
  *tryWriteLock({ lock }: WithLock) {
    return lock.tryWriteLock() ? "taken" : "busy";
  },
  *upgrade(stage: WithLock) {
    yield* stage.keptLock("upgrade", (options) => stage.lock.upgrade(options));
  },
  *downgrade({ lock }: WithLock) {
    lock.downgrade();
  },
  *unlock({ lock }: WithLock) {
    lock.unlock();
    // As at the end of a block that has unlocked it: it is not its own.
    lock[Symbol.dispose]();
  },
} satisfies Record<string, Deed>;

/** What one waits for, as `waitingOn` says it. */
const WANTS = {
  'CoRwLock "l" (to read)': "read",
  'CoRwLock "l" (to write)': "write",
  'CoRwLock "l" (to upgrade)': "upgrade",
} as const;

/** Writes what can be seen of the lock: all but how many came before each of those who wait. */
export function viewRwLock({ lock, players }: WithLock, s: RwLock): void {
  let holders = 0;
  if (lock.waiters === 0) s.tickets.clear();
  for (const co of players) {
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
}

type RwLockSpec = ReturnType<typeof coRwLock>;

/** The binding at a scope of the spec. */
export function coRwLockBinding(
  { coroutines, timed = 0, hurried = 0 }: { coroutines: number; timed?: number; hurried?: number },
): RwLockSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, timed, hurried),
    actions: rwLockDeeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewRwLock(stage, s);
    },
    play: (stage, next) => stage.play(next),
  };
}
