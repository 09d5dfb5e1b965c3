/**
 * How the contexts of `specs/contexts/aio_context.ts` meet the code of `src/contexts/aio_context.ts`.
 *
 * @module
 */
import { AioContext } from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Binding, Call, Outcome } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import { type aioContext, CONTEXTS } from "../../specs/contexts/aio_context.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { lifecycleDeeds, viewLifecycle, viewList } from "../core/coroutine.ts";

const { cpu } = core;

type Name = typeof CONTEXTS[number];

/** The puppets, and contexts of their own: the first one stands for the main one. */
class Stage extends Theatre {
  readonly contexts: ReadonlyMap<Name, AioContext> = new Map(
    CONTEXTS.map((name) => [name, new AioContext(name)]),
  );

  /** The context of that name. */
  context(name: Name): AioContext {
    const context = this.contexts.get(name);
    if (context === undefined) throw new Error(`[internal] There is no context ${name}`);
    return context;
  }

  override play(next: (outcome?: Outcome) => Call | undefined): void {
    const { home } = cpu;
    cpu.home = loopOf(this.context("main"));
    try {
      super.play(next);
    } finally {
      cpu.home = home;
    }
  }
}

interface Where {
  readonly context: Name;
}

interface Whom {
  readonly who: string;
}

const deeds = {
  ...lifecycleDeeds,
  *throw() {},
  *wake(stage: Stage, { who }: Whom) {
    stage.of(who).wake();
  },
  *schedule(stage: Stage, { who, context }: Whom & Where) {
    stage.context(context).schedule(stage.of(who));
  },
  *enterIn(stage: Stage, { who, context }: Whom & Where) {
    stage.context(context).enter(stage.of(who));
  },
  *reschedule(stage: Stage, { context }: Where) {
    yield* stage.kept(`reschedule ${context}`, () => stage.context(context).reschedule());
  },
  *switchTo(stage: Stage, { context }: Where) {
    yield* stage.kept(`switch ${context}`, () => stage.context(context).switchTo());
  },
  *poll(stage: Stage, { context }: Where) {
    return stage.context(context).poll() ? undefined : "no progress";
  },
  *close(stage: Stage, { context }: Where) {
    (context === "main" ? AioContext.main : stage.context(context)).close();
  },
} satisfies Record<string, Deed>;

type ContextSpec = ReturnType<typeof aioContext>;

/** The binding at a scope of the spec. */
export function aioContextBinding(
  { coroutines }: { coroutines: number },
): ContextSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => new Stage(who, deeds),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      for (const co of stage.players) {
        s.home.set(co.name, (co.context?.name ?? null) as Name | null);
      }
      s.polled = null;
      s.round.clear();
      for (const [name, context] of stage.contexts) {
        const loop = loopOf(context);
        s.closed.set(name, context.closed);
        viewList(s.scheduled.at(name), loop.coming);
        if (!loop.polling) continue;
        s.polled = name;
        s.round.assign(loop.going.map(({ name }) => name));
      }
    },
    play: (stage, next) => stage.play(next),
  };
}
