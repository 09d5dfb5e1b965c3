/**
 * How the notifications of `specs/contexts/notify.ts` meet the code of `src/contexts/_loop.ts`.
 *
 * @module
 */
import { AioContext, BottomHalf } from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { notify } from "../../specs/contexts/notify.ts";

interface What {
  readonly during: "nothing" | "notify" | "schedule";
}

/** A context whose host does nothing before it is told to. */
class Stage {
  readonly context = new AioContext("context");
  readonly loop = loopOf(this.context);
  readonly bh: BottomHalf = new BottomHalf(this.context, () => this.#call(), "bh");
  during: What["during"] = "nothing";
  /** What the host will call in its next turn. */
  turn: (() => void) | undefined;
  waiter: "none" | "waits" | "released" = "none";

  constructor() {
    this.loop.host = (turn) => {
      this.turn = turn;
    };
  }

  #call(): void {
    if (this.during === "notify") this.context.notify();
    if (this.during === "schedule") this.bh.schedule();
  }
}

type NotifySpec = ReturnType<typeof notify>;

/** The binding. */
export function notifyBinding(): NotifySpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      schedule: ({ bh, context }) => {
        context.closed ? context.oneShot(() => {}) : bh.schedule();
      },
      notify: ({ context }) => context.notify(),
      beginWaiting: (stage) => {
        stage.loop.mustPoll();
        stage.waiter = "waits";
        stage.loop.block(() => {
          stage.waiter = "released";
        });
      },
      afterWaiting: (stage, { during }: What) => {
        stage.during = during;
        stage.waiter = "none";
        return `${stage.loop.afterBlock()}`;
      },
      poll: (stage, { during }: What) => {
        stage.during = during;
        return `${stage.context.poll()}`;
      },
      hostTurn: (stage, { during }: What) => {
        stage.during = during;
        const { turn } = stage;
        stage.turn = undefined;
        turn?.();
      },
      close: ({ bh, context }) => {
        // What is scheduled would be busy all the same.
        if (!bh.scheduled && !context.closed) bh.delete();
        context.close();
      },
    },
    view(stage, s) {
      s.work = stage.bh.scheduled;
      s.notified = stage.loop.notified;
      s.waiter = stage.waiter;
      s.driven = stage.turn !== undefined;
      s.closed = stage.context.closed;
      if (stage.loop.blocked !== (stage.waiter === "waits")) throw new Error("blocked is wrong");
    },
  };
}
