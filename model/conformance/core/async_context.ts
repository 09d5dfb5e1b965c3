/**
 * How the stores of `specs/core/async_context.ts` meet the code of `src/core/async_context.ts`.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { call, type Co, keepAsyncContext } from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { asyncContext } from "../../specs/core/async_context.ts";
import { names } from "../../specs/core/_names.ts";
import { lifecycleDeeds, moreDeeds, viewLifecycle } from "./coroutine.ts";
import { type Deed, type Next, Theatre } from "./_puppets.ts";

/** The puppets, and what they find. */
class Stage extends Theatre {
  readonly storage: AsyncLocalStorage<number>;

  constructor(coroutines: readonly string[], storage: AsyncLocalStorage<number>) {
    super(coroutines, deeds);
    this.storage = storage;
  }

  override play(next: Next): void {
    this.storage.run(0, () => {
      // Of what is called, a coroutine keeps what is there, too.
      keepAsyncContext();
      try {
        super.play(next);
      } finally {
        keepAsyncContext(false);
      }
    });
  }
}

const deeds = {
  ...lifecycleDeeds,
  ...moreDeeds,
  *store({ storage }: Stage, { value }: { readonly value: number }) {
    storage.enterWith(value);
  },
  *look({ storage }: Stage) {
    return storage.getStore();
  },
  *storeInCall({ storage }: Stage, { value }: { readonly value: number }) {
    return yield* call(storeAndLook, storage, value);
  },
} satisfies Record<string, Deed>;

function* storeAndLook(storage: AsyncLocalStorage<number>, value: number): Co<string> {
  const before = storage.getStore();
  storage.enterWith(value);
  return `${before}, ${storage.getStore()}`;
}

type AsyncContextSpec = ReturnType<typeof asyncContext>;

/** The binding at a scope of the spec. */
export function asyncContextBinding(
  { coroutines }: { coroutines: number },
): AsyncContextSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const who = names(coroutines);
  return {
    create: () => {
      const storage = new AsyncLocalStorage<number>();
      keepAsyncContext();
      try {
        return storage.run(0, () => new Stage(who, storage));
      } finally {
        keepAsyncContext(false);
      }
    },
    actions: deeds,
    view: viewLifecycle,
    play: (stage, next) => stage.play(next),
  };
}
