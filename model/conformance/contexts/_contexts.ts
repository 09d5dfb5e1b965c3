/**
 * The contexts of `specs/contexts/_contexts.ts` as they are in the code of `src/contexts/aio_context.ts`.
 *
 * @module
 */
import { AioContext } from "../../../mod.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { core } from "../../../src/core/coroutine.ts";
import type { Call, Outcome } from "../../engine/play/binding.ts";
import { CONTEXTS, type Contexts } from "../../specs/contexts/_contexts.ts";
import { type Deed, Theatre } from "../core/_puppets.ts";
import { viewList } from "../core/coroutine.ts";

const { cpu } = core;

type Name = typeof CONTEXTS[number];

/** The puppets, and contexts of their own: the first one stands for the main one. */
export class ContextStage extends Theatre {
  readonly contexts: ReadonlyMap<Name, AioContext> = new Map(
    CONTEXTS.map((name) => [name, polledByHand(name)]),
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

/** A context whose host has no turns of its own. */
function polledByHand(name: string): AioContext {
  const context = new AioContext(name);
  loopOf(context).host = () => {};
  return context;
}

interface Where {
  readonly context: Name;
}

interface Whom {
  readonly who: string;
}

/** What is done with contexts. */
export const contextDeeds = {
  *wake(stage: ContextStage, { who }: Whom) {
    stage.of(who).wake();
  },
  *schedule(stage: ContextStage, { who, context }: Whom & Where) {
    stage.context(context).schedule(stage.of(who));
  },
  *enterIn(stage: ContextStage, { who, context }: Whom & Where) {
    stage.context(context).enter(stage.of(who));
  },
  *reschedule(stage: ContextStage, { context }: Where) {
    yield* stage.kept(`reschedule ${context}`, () => stage.context(context).reschedule());
  },
  *switchTo(stage: ContextStage, { context }: Where) {
    yield* stage.kept(`switch ${context}`, () => stage.context(context).switchTo());
  },
  *poll(stage: ContextStage, { context, sync }: Where & { readonly sync: boolean }) {
    const one = stage.context(context);
    const progress = sync ? one.pollSync(0) : one.poll();
    return progress ? undefined : "no progress";
  },
} satisfies Record<string, Deed>;

/** To close them. */
export const closingDeeds = {
  *close(stage: ContextStage, { context }: Where) {
    (context === "main" ? AioContext.main : stage.context(context)).close();
  },
} satisfies Record<string, Deed>;

/** Writes what can be seen of the contexts: all of it. */
export function viewContexts(stage: ContextStage, s: Contexts): void {
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
}
