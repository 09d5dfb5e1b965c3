/**
 * How the round of `specs/contexts/one_round.ts` meets the code of `src/contexts/_loop.ts`.
 *
 * @module
 */
import {
  AioContext,
  BottomHalf,
  type Co,
  Coroutine,
  EventNotifier,
  Timer,
  VirtualClock,
} from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { oneRound } from "../../specs/contexts/one_round.ts";
import { viewList } from "../core/coroutine.ts";
import { type Act, Callbacks } from "./_callbacks.ts";

/** A context with one thing of each kind. */
class Stage extends Callbacks {
  readonly context = new AioContext("context");
  readonly loop = loopOf(this.context);
  readonly clock = new VirtualClock();
  readonly event = new EventNotifier("event");
  readonly half = new BottomHalf(this.context, () => this.call("half"), "half");
  readonly timer = new Timer(this.context, () => this.call("timer"), {
    clock: this.clock,
    name: "timer",
  });
  readonly co: Coroutine;

  constructor() {
    super(acts);
    // Nobody polls but those who are told to.
    this.loop.host = () => {};
    this.context.setHandler(this.event, () => this.call("event"));
    const call = (): void => this.call("co");
    this.co = Coroutine.named("co", function* (): Co {
      for (;;) {
        call();
        yield;
      }
    });
  }
}

const acts = {
  scheduleHalf: ({ half }: Stage) => half.schedule(),
  cancelHalf: ({ half }: Stage) => half.cancel(),
  scheduleCo: ({ context, co }: Stage) => context.schedule(co),
  setEvent: ({ event }: Stage) => event.set(),
  clearEvent: ({ event }: Stage) => void event.testAndClear(),
  setTimer: ({ timer }: Stage, { at }: { readonly at: number }) => timer.set(at),
  cancelTimer: ({ timer }: Stage) => timer.cancel(),
  advance: ({ clock }: Stage) => clock.advance(1),
  poll: ({ context }: Stage, { sync }: { readonly sync: boolean }) =>
    `${sync ? context.pollSync(0) : context.poll()}`,
  return: () => {},
  throw: () => {},
} satisfies Record<string, Act>;

type RoundSpec = ReturnType<typeof oneRound>;

/** The binding. */
export function oneRoundBinding(): RoundSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: acts,
    view(stage, s) {
      const { loop, running, timer } = stage;
      const halves = loop.bottomHalves.names().length;
      // Those who are scheduled have one place among the bottom halves, which has no name.
      const scheduled = loop.coming.length + halves;
      if (scheduled !== s.scheduled.length || scheduled === 1) {
        viewList(s.scheduled, [...loop.coming, ...(halves > 0 ? [{ name: "half" }] : [])]);
      }
      s.set = stage.event.ready;
      s.handled = !loop.sources.empty;
      s.now = stage.clock.now;
      s.deadline = timer.deadline ?? null;
      if (!loop.due.empty) throw new Error("a timer was found to be due, and not called");
      if (s.rounds.length !== running.length) throw new Error(`${running.length} callbacks run`);
      running.forEach((name, i) => {
        if (s.rounds.at(i).runs !== name) throw new Error(`${name} runs`);
      });
    },
    play: (stage, next) => stage.play(next),
  };
}
