/**
 * How what becomes of the coroutines of `specs/core/fates.ts` meets the code of `src/core/_fate.ts`.
 *
 * @module
 */
import { inspect } from "node:util";
import { type Coroutine, until } from "../../../mod.ts";
import { awaitedOfHost } from "../../../src/core/_awaited.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { fates } from "../../specs/core/fates.ts";
import { names } from "../../specs/core/_names.ts";
import { lifecycleDeeds, Settleable, viewLifecycle } from "./coroutine.ts";
import { Abort } from "./_limit.ts";
import { type Deed, Theatre } from "./_puppets.ts";

const { cpu, fateIfAny } = core;

/** The puppets, what they wait for, and what was asked of them. */
class Stage extends Theatre {
  readonly promises = new Map<string, Settleable>();
  readonly done = new Map<string, Promise<unknown>>();
  signal: AbortSignal | undefined;
  /** The signals that the first one follows, the last one in earnest. */
  readonly followed: Abort[] = [];
  /** How many waited before. */
  readonly #waited = awaitedOfHost;

  get waiting(): number {
    return awaitedOfHost - this.#waited;
  }

  get first(): Coroutine {
    // INVARIANT: there is one.
    return this.players[0]!;
  }
}

interface Named {
  readonly who: string;
}

const deeds = {
  ...lifecycleDeeds,
  *throw() {},
  *until({ promises }: Stage) {
    const settleable = new Settleable();
    promises.set(cpu.current.name, settleable);
    yield* until(settleable.promise);
  },
  *settle({ promises }: Stage, { who }: Named) {
    promises.get(who)?.settle(false);
  },
  *cancelOnAborted(stage: Stage, { who }: Named) {
    stage.of(who).cancelOn(AbortSignal.abort(who));
  },
  *follow({ first, followed }: Stage) {
    const abort = new Abort();
    followed.push(abort);
    first.cancelOn(abort.options.signal!);
  },
  *abort({ followed }: Stage) {
    followed.at(-1)?.ring();
  },
  *askDone(stage: Stage, { who }: Named) {
    const { done } = stage.of(who);
    // Nobody but the binding looks at it.
    done.catch(() => {});
    const before = stage.done.get(who);
    if (before !== undefined && before !== done) throw new Error("it is another promise each time");
    stage.done.set(who, done);
  },
  *askSignal(stage: Stage) {
    stage.signal = stage.first.signal;
  },
} satisfies Record<string, Deed>;

/** How the promise of a coroutine's end has settled. */
function endOf(done: Promise<unknown>, name: string): "none" | "returned" | "failed" {
  const text = inspect(done);
  if (text.includes("<pending>")) return "none";
  if (!text.includes(`'${name}'`) && !text.includes(`"${name}"`)) {
    throw new Error(`the promise of how ${name} ends has settled with something else: ${text}`);
  }
  return text.includes("<rejected>") ? "failed" : "returned";
}

type FatesSpec = ReturnType<typeof fates>;

/** The binding at a scope of the spec. */
export function fatesBinding(
  { coroutines }: { coroutines: number },
): FatesSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, deeds),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      const { first, signal, followed } = stage;
      for (const co of stage.players) {
        const { name } = co;
        s.scheduled.set(name, co.scheduledBy === "until");
        const done = stage.done.get(name);
        s.asked.set(name, done !== undefined);
        if (done !== undefined) s.end.set(name, endOf(done, name));
      }
      s.waiting = stage.waiting;
      s.observed = signal !== undefined;
      const cancelled = fateIfAny(first)?.cancelled ?? null;
      if (signal !== undefined) {
        if (signal.aborted !== (cancelled !== null)) throw new Error("signal.aborted is wrong");
        if (signal.aborted && signal.reason !== cancelled) throw new Error("it has another reason");
      }
      s.follows = followed.at(-1)?.set ?? false;
      if (followed.slice(0, -1).some(({ set }) => set)) {
        throw new Error("it follows a signal still that was replaced");
      }
    },
    play: (stage, next) => stage.play(next),
  };
}
