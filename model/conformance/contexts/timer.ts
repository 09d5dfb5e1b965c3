/**
 * How the timers of `specs/contexts/timer.ts` meet the code of `src/contexts/timer.ts` and `src/time/clock.ts`.
 *
 * @module
 */
import { AioContext, Timer, VirtualClock } from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { timer } from "../../specs/contexts/timer.ts";
import { type Act, Callbacks } from "./_callbacks.ts";
import { viewList } from "../core/coroutine.ts";

interface Whom {
  readonly who: string;
}

/** A context, a clock, and timers that go by it. */
class Stage extends Callbacks {
  readonly context = new AioContext("context");
  readonly clock = new VirtualClock();
  readonly #all: ReadonlyMap<string, Timer>;

  constructor(names: readonly string[]) {
    super(acts);
    const { clock, context } = this;
    this.#all = new Map(
      names.map((name) => [name, new Timer(context, () => this.call(name), { clock, name })]),
    );
    // Time alone brings nothing about: rounds do, and the host has none of its own here.
    loopOf(context).host = () => {};
  }

  /** The timer of that name. */
  of(name: string): Timer {
    const one = this.#all.get(name);
    if (one === undefined) throw new Error(`[internal] There is no timer ${name}`);
    return one;
  }
}

const acts = {
  set: (stage: Stage, { who, at }: Whom & { readonly at: number }) => stage.of(who).set(at),
  cancel: (stage: Stage, { who }: Whom) => stage.of(who).cancel(),
  advance: ({ clock }: Stage) => clock.advance(1),
  poll: ({ context }: Stage) => `${context.poll()}`,
  return: () => {},
  throw: () => {},
} satisfies Record<string, Act>;

type TimerSpec = ReturnType<typeof timer>;

/** The binding at a scope of the spec. */
export function timerBinding(
  { timers }: { timers: number },
): TimerSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(timers);
  return {
    create: () => new Stage(who),
    actions: acts,
    view(stage, s) {
      s.now = stage.clock.now;
      s.running.assign(stage.running);
      const due = loopOf(stage.context).due.names();
      viewList(s.queue, due.map((text) => ({ name: text.split('"')[1] ?? "" })));
      for (const name of who) {
        const { deadline, pending } = stage.of(name);
        s.deadline.set(name, deadline ?? null);
        if (pending !== (deadline !== undefined)) throw new Error("pending is wrong");
      }
      const alarms = s.set.length > 0 ? 1 : 0;
      // What is due has rung its alarm, and is still to be called.
      if (stage.clock.alarms > alarms) throw new Error("an alarm was left behind");
    },
    play: (stage, next) => stage.play(next),
  };
}
