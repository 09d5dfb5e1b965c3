/**
 * How those who wait for one lock in `specs/together/dump_rw.ts` meet the code of `src/watch`.
 *
 * @module
 */
import { Coroutine, CoRwLock } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { dumpRw } from "../../specs/together/dump_rw.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { viewLifecycle } from "../core/coroutine.ts";
import { rwLockDeeds, viewRwLock } from "../locks/co_rw_lock.ts";
import { lastDeeds, lookDeeds, playOut } from "./_looks.ts";

/** The puppets and the lock. */
class Stage extends Theatre {
  readonly lock: CoRwLock = new CoRwLock("l");

  constructor(coroutines: readonly string[], timed: number) {
    super(coroutines, { ...deeds, ...lastDeeds }, timed);
  }
}

const deeds = {
  ...rwLockDeeds,
  ...lookDeeds,
  *unlock({ lock, players }: Stage) {
    // As `using` does at the end of a block.
    const co = Coroutine.self();
    if (players.includes(co) && co.locksHeld > 0) lock[Symbol.dispose]();
    else lock.unlock();
  },
} satisfies Record<string, Deed>;

type DumpSpec = ReturnType<typeof dumpRw>;

/** The binding at a scope of the spec. */
export function dumpRwBinding(
  { coroutines, timed = 0 }: { coroutines: number; timed?: number },
): DumpSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, timed),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewRwLock(stage, s);
    },
    play: playOut,
  };
}
