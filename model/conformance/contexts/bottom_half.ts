/**
 * How the bottom halves of `specs/contexts/bottom_half.ts` meet the code of `src/contexts/bottom_half.ts` and
 * `src/contexts/aio_context.ts`.
 *
 * @module
 */
import { AioContext, BottomHalf } from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { bottomHalf } from "../../specs/contexts/bottom_half.ts";
import { type Act, Callbacks } from "./_callbacks.ts";
import { viewList } from "../core/coroutine.ts";

interface Whom {
  readonly who: string;
}

/** A context, and its bottom halves. */
class Stage extends Callbacks {
  readonly context = new AioContext("context");
  readonly #all: ReadonlyMap<string, BottomHalf>;

  constructor(names: readonly string[]) {
    super(acts);
    const { context } = this;
    this.#all = new Map(
      names.map((name) => [name, new BottomHalf(context, () => this.call(name), name)]),
    );
  }

  /** The bottom half of that name. */
  of(name: string): BottomHalf {
    const one = this.#all.get(name);
    if (one === undefined) throw new Error(`[internal] There is no bottom half ${name}`);
    return one;
  }
}

const acts = {
  schedule: (stage: Stage, { who }: Whom) => stage.of(who).schedule(),
  scheduleIdle: (stage: Stage, { who }: Whom) => stage.of(who).idle(),
  oneShot: (stage: Stage) => stage.context.oneShot(() => stage.call("once"), "once"),
  cancel: (stage: Stage, { who }: Whom) => stage.of(who).cancel(),
  delete: (stage: Stage, { who }: Whom) => stage.of(who).delete(),
  poll: ({ context }: Stage) => `${context.poll()}`,
  close: ({ context }: Stage) => context.close(),
  drain: ({ context }: Stage) => context.close({ drain: true }),
  return: () => {},
  throw: () => {},
} satisfies Record<string, Act>;

type BottomHalfSpec = ReturnType<typeof bottomHalf>;

/** The binding at a scope of the spec. */
export function bottomHalfBinding(
  { bottomHalves }: { bottomHalves: number },
): BottomHalfSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const kept = names(bottomHalves);
  return {
    create: () => new Stage(kept),
    actions: acts,
    view(stage, s) {
      const queue = loopOf(stage.context).bottomHalves.names();
      viewList(s.queue, queue.map((text) => ({ name: text.split('"')[1] ?? "" })));
      s.running.assign(stage.running);
      s.closed = stage.context.closed;
      for (const name of kept) {
        s.deleted.set(name, stage.of(name).deleted);
        if (stage.of(name).scheduled !== s.queue.includes(name)) {
          throw new Error("it is not queued");
        }
      }
    },
    play: (stage, next) => stage.play(next),
  };
}
