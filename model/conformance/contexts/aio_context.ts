/**
 * How the contexts of `specs/contexts/aio_context.ts` meet the code of `src/contexts/aio_context.ts`.
 *
 * @module
 */
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { aioContext } from "../../specs/contexts/aio_context.ts";
import type { Deed } from "../core/_puppets.ts";
import { lifecycleDeeds, viewLifecycle } from "../core/coroutine.ts";
import { closingDeeds, contextDeeds, ContextStage, viewContexts } from "./_contexts.ts";

const deeds = {
  ...lifecycleDeeds,
  *throw() {},
  ...contextDeeds,
  ...closingDeeds,
} satisfies Record<string, Deed>;

type ContextSpec = ReturnType<typeof aioContext>;

/** The binding at a scope of the spec. */
export function aioContextBinding(
  { coroutines }: { coroutines: number },
): ContextSpec extends Spec<infer T, infer A> ? Binding<T, A, ContextStage> : never {
  const who = names(coroutines);
  return {
    create: () => new ContextStage(who, deeds),
    actions: deeds,
    view(stage, s) {
      viewLifecycle(stage, s);
      viewContexts(stage, s);
    },
    play: (stage, next) => stage.play(next),
  };
}
