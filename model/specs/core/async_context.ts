/**
 * What an `AsyncLocalStorage` holds: each coroutine keeps what was there when it was made, or what it has entered
 * itself, whoever lets it go on.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, spec, Table, type TableView } from "../../mod.ts";
import {
  type Extent,
  LEADER,
  Life,
  type Lifecycle,
  lifecycleActions,
  lifecycleFields,
  lifecycleInit,
  moreActions,
  parties,
} from "./_lifecycle.ts";

interface Kept extends Lifecycle {
  /** What each finds there whenever it runs. */
  readonly store: TableView<string, number>;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "all find the same": (s: Kept) =>
    s.store.keys().every((who) => s.store.at(who) === s.store.at(LEADER)),
  "whoever runs finds what the code outside does": (s: Kept) =>
    s.store.at(s.current) === s.store.at(LEADER),
};

// ------------------------------------------------------------------------------------- spec

const life = new Life<Kept>({ barred: () => undefined, leave: () => {} });

/**
 * `coroutines` that live as in `_lifecycle.ts`; each party enters a store, or looks what is there.
 *
 * @param scope How many coroutines; how many are cancelled; claims to add.
 */
export function asyncContext(
  { coroutines = 2, always = {}, ...extent }: Extent & {
    coroutines?: number;
    always?: Record<string, (s: Kept) => boolean>;
  } = {},
) {
  const { Party } = parties(coroutines);
  const most = 2;
  return spec({
    name: "async_context",
    state: Schema.Struct({ ...lifecycleFields(coroutines), store: Table(Party, Int(0, most)) }),
    init: [{ ...lifecycleInit(coroutines), store: fill(Party, 0) }],
    actions: {
      ...lifecycleActions(coroutines, life, extent),
      ...moreActions(coroutines, life),
      store: {
        for: { value: Int(1, most) },
        do: (s: Kept, { value }: { readonly value: number }) => s.store.set(s.current, value),
      },
      look: {
        for: {},
        do: (s: Kept) => s.store.at(s.current),
      },
      // What a function that is called enters is there as long as that runs.
      storeInCall: {
        for: { value: Int(1, most) },
        when: (s: Kept) => s.current !== LEADER,
        do: (s: Kept, { value }: { readonly value: number }) =>
          `${s.store.at(s.current)}, ${value}`,
      },
    },
    always,
    sometimes: {
      "all find something else": (s) =>
        new Set(s.store.keys().map((who) => s.store.at(who))).size === Math.min(3, coroutines + 1),
    },
    ends: (s) => s.current === LEADER,
  });
}
