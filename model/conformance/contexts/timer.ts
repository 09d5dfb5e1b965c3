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
import { clockNames, type timer } from "../../specs/contexts/timer.ts";
import { type Act, Callbacks } from "./_callbacks.ts";
import { viewList } from "../core/coroutine.ts";

interface Whom {
  readonly who: string;
}

/** A context, clocks, and timers that go by them in turn. */
class Stage extends Callbacks {
  readonly context = new AioContext("context");
  readonly clocks: ReadonlyMap<string, VirtualClock>;
  readonly #all: ReadonlyMap<string, Timer>;

  constructor(names: readonly string[], clocks: number) {
    super(acts);
    const { context } = this;
    this.clocks = new Map(clockNames(clocks).map((name) => [name, new VirtualClock(0, name)]));
    const all = [...this.clocks.values()];
    this.#all = new Map(
      names.map((name, i) => {
        const clock = all[i % clocks];
        return [name, new Timer(context, () => this.call(name), { clock, name })];
      }),
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
  advance: (stage: Stage, { clock }: { readonly clock: string }) =>
    stage.clocks.get(clock)?.advance(1),
  poll: ({ context }: Stage) => `${context.poll()}`,
  return: () => {},
  throw: () => {},
} satisfies Record<string, Act>;

type TimerSpec = ReturnType<typeof timer>;

/** The binding at a scope of the spec. */
export function timerBinding(
  { timers, clocks = 1 }: { timers: number; clocks?: number },
): TimerSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(timers);
  return {
    create: () => new Stage(who, clocks),
    actions: acts,
    view(stage, s) {
      for (const [name, { now }] of stage.clocks) s.now.set(name, now);
      s.running.assign(stage.running);
      const due = loopOf(stage.context).due.names();
      viewList(s.queue, due.map((text) => ({ name: text.split('"')[1] ?? "" })));
      for (const name of who) {
        const { deadline, pending } = stage.of(name);
        s.deadline.set(name, deadline ?? null);
        if (pending !== (deadline !== undefined)) throw new Error("pending is wrong");
      }
      let first = Infinity;
      for (const [i, { alarms, now }] of [...stage.clocks.values()].entries()) {
        const dues = [...s.set].filter((one) => who.indexOf(one) % clocks === i)
          .map((one) => s.deadline.at(one) ?? NaN);
        const left = Math.min(...dues) - now;
        first = Math.min(first, Math.max(0, left));
        // What is due has rung its alarm, and is still to be called.
        if (alarms > (dues.length > 0 ? 1 : 0)) throw new Error("an alarm was left behind");
        if (alarms === 0 && left > 0 && left < Infinity) throw new Error("no alarm is set");
      }
      const { timers } = loopOf(stage.context);
      if (timers.left !== first) throw new Error("it would wait too long, or not long enough");
      if (timers.empty !== (s.set.length === 0)) throw new Error("empty is wrong");
      // Where there is but one, it makes no difference when it was used first.
      const known = clocks === 1 ? [...stage.clocks.values()] : loopOf(stage.context).timers.clocks;
      s.clocks.assign(known.map(({ name }) => name));
    },
    play: (stage, next) => stage.play(next),
  };
}
