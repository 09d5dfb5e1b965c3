/**
 * Those who wait for promises: each is told how that ends which it waits for, and whoever gives up is told nothing.
 * A promise lets nobody go who has asked for its end: so those who wait later go by what others have asked who have
 * given up, and it is asked no more often than ever waited for it at once.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, Int, spec, Table, type TableView } from "../../mod.ts";
import { names } from "./_names.ts";

// ------------------------------------------------------------------------------- constants

/** One of the host's; of somebody's own making one that each asks anew, and one that fails as it is asked; one more. */
const KINDS = ["plain", "own", "broken", "other"] as const;
type Which = typeof KINDS[number];

const End = Schema.Literals(["fulfilled", "rejected"]);
type End = "fulfilled" | "rejected";
const Heard = Schema.Literals(["fulfilled", "rejected", "cancelled"]);
type Heard = End | "cancelled";

// ------------------------------------------------------------------------------------ state

interface State {
  /** For which promise each waits. */
  readonly waits: TableView<string, Which | null>;
  /** How the last wait of each has ended. */
  readonly heard: TableView<string, Heard | null>;
  /** How a promise has ended. */
  readonly ends: TableView<Which, End | null>;
  /** How often it was asked, and has not told yet. */
  readonly asked: TableView<Which, number>;
  /** How many have waited at once since it told last. */
  readonly most: TableView<Which, number>;
}

const waiting = (s: State, which: Which): number => s.waits.count((one) => one === which);

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "a promise that nobody waits for was not asked": (s: State) =>
    s.asked.every((asked, which) => asked === 0 || waiting(s, which) > 0),
  "nobody waits for a promise that has ended": (s: State) =>
    s.ends.every((end, which) => end === null || waiting(s, which) === 0),
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many who wait, one promise after the other.
 *
 * @param scope How many; of how many kinds; which claims.
 */
export function promises(
  { coroutines: n = 2, kinds = 3, always = {} }: {
    coroutines?: number;
    kinds?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Who = Schema.Literals(names(n));
  const Which = Schema.Literals(KINDS.slice(0, kinds));
  type One = { readonly who: string };
  type Wait = One & { readonly which: Which };
  type Settle = { readonly which: Which; readonly end: End };
  /** One more than can wait: so there is one that was asked in vain. */
  const most = n + 1;

  const tell = (s: State, which: Which): void => {
    const end = s.ends.at(which);
    for (const who of s.waits.keys()) {
      if (s.waits.at(who) !== which) continue;
      s.waits.set(who, null);
      s.heard.set(who, end);
    }
    s.asked.set(which, 0);
    s.most.set(which, 0);
  };

  return spec({
    name: "promises",
    state: Schema.Struct({
      waits: Table(Who, Schema.NullOr(Which)),
      heard: Table(Who, Schema.NullOr(Heard)),
      ends: Table(Which, Schema.NullOr(End)),
      asked: Table(Which, Int(0, most)),
      most: Table(Which, Int(0, n)),
    }),
    init: [{
      waits: fill(Who, null),
      heard: fill(Who, null),
      ends: fill(Which, null),
      asked: fill(Which, 0),
      most: fill(Which, 0),
    }],
    actions: {
      wait: {
        for: { who: Who, which: Which },
        when: (s: State, { who, which }: Wait) =>
          s.waits.at(who) === null && s.asked.at(which) < most,
        do: (s: State, { who, which }: Wait) => {
          if (which === "broken") return s.heard.set(who, "rejected");
          // Of the host's, what was asked by one who has given up is there for the next one.
          const asks = which === "own" || waiting(s, which) === s.asked.at(which);
          if (asks) s.asked.set(which, s.asked.at(which) + 1);
          s.waits.set(who, which);
          s.heard.set(who, null);
          s.most.set(which, Math.max(s.most.at(which), waiting(s, which)));
        },
      },
      cancel: {
        for: { who: Who },
        when: (s: State, { who }: One) => s.waits.at(who) !== null,
        do: (s: State, { who }: One) => {
          s.waits.set(who, null);
          s.heard.set(who, "cancelled");
        },
      },
      settle: {
        for: { which: Which, end: End },
        when: (s: State, { which }: Settle) => s.ends.at(which) === null && which !== "broken",
        do: (s: State, { which, end }: Settle) => {
          s.ends.set(which, end);
          tell(s, which);
        },
      },
      // It has ended, and those are told who have asked since then.
      tell: {
        for: { which: Which },
        when: (s: State, { which }: { readonly which: Which }) =>
          s.ends.at(which) !== null && s.asked.at(which) > 0,
        do: (s: State, { which }: { readonly which: Which }) => tell(s, which),
      },
    },
    always: {
      "whoever waits will be told": (s) =>
        s.asked.every((asked, which) => asked >= waiting(s, which)),
      "a promise of the host's is asked no more often than ever waited for it at once": (s) =>
        s.asked.every((asked, which) => which === "own" || asked <= s.most.at(which)),
      ...always,
    },
    sometimes: {
      "all wait for the same": (s) => waiting(s, "plain") === n,
      "all have given up who have asked": (s) =>
        s.asked.at("plain") === n && waiting(s, "plain") === 0,
    },
  });
}
