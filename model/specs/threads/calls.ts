/**
 * Calls of a thread: what its functions come to arrives at the one that waits for it, however many wait and in
 * whatever order they come to an end; whoever gives up is cancelled there, too.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { fill, spec, Table, type TableView } from "../../mod.ts";
import { names } from "../core/_names.ts";

// ------------------------------------------------------------------------------- constants

/** What is called that comes to something at once, and what. */
const AT_ONCE = {
  "a function": "3",
  "an async function": "4",
  "a coroutine function": "5",
  "a function that returns a wait": "undefined",
  "a function that throws": "RangeError: too much",
  "an async function that throws": "RangeError: too late",
  "a coroutine function that throws": "RangeError: too deep",
  "nothing": "TypeError: Cannot call",
  "what everybody inherits": "TypeError: Cannot call",
  "a constant": "TypeError: Cannot call",
  "a function with what cannot be sent": "DataCloneError",
  "a function that returns what cannot be sent": "DataCloneError",
  "a function with what is moved": "3 bytes, 0 are left",
  "a function that moves what it returns": "3 bytes, 0 are left there",
} as const;
const AtOnce = Schema.Literals(Object.keys(AT_ONCE) as (keyof typeof AT_ONCE)[]);

/** How a function that waits is let come to its end. */
const Ending = Schema.Literals(["returns", "throws"]);

// ------------------------------------------------------------------------------------ state

interface State {
  /** Who waits for an answer. */
  readonly waits: TableView<string, boolean>;
  /** Whose call is under way in the thread. */
  readonly underWay: TableView<string, boolean>;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "one call at a time": (s: State) => s.underWay.count((underWay) => underWay) < 2,
  "somebody waits": (s: State) => s.waits.some((waits) => waits),
};

// ------------------------------------------------------------------------------------- spec

/**
 * So many callers, and one thread.
 *
 * @param scope How many; claims to add.
 */
export function calls(
  { callers = 2, always = {} }: {
    callers?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Who = Schema.Literals(names(callers));
  type Named = { readonly who: string };
  const waits = (s: State, { who }: Named): boolean => s.waits.at(who);
  const end = (s: State, who: string): void => {
    s.waits.set(who, false);
    s.underWay.set(who, false);
  };
  return spec({
    name: "calls",
    state: Schema.Struct({
      waits: Table(Who, Schema.Boolean),
      underWay: Table(Who, Schema.Boolean),
    }),
    init: [{ waits: fill(Who, false), underWay: fill(Who, false) }],
    actions: {
      // It waits in the thread until it is told to go on.
      call: {
        for: { who: Who },
        when: (s: State, { who }: Named) => !s.waits.at(who),
        do: (s: State, { who }: Named) => {
          s.waits.set(who, true);
          s.underWay.set(who, true);
        },
      },
      finish: {
        for: { who: Who, how: Ending },
        when: waits,
        do: (s: State, { who, how }: Named & { readonly how: "returns" | "throws" }) => {
          end(s, who);
          return how === "returns" ? `${who} is done` : `Error: ${who} has failed`;
        },
      },
      // Whoever waits is cancelled.
      cancel: {
        for: { who: Who },
        when: waits,
        do: (s: State, { who }: Named) => {
          end(s, who);
          return "cancelled, there too";
        },
      },
      // It has waited for too long.
      giveUp: {
        for: { who: Who },
        when: waits,
        do: (s: State, { who }: Named) => {
          end(s, who);
          return "timeout, there too";
        },
      },
      callAtOnce: {
        for: { what: AtOnce },
        do: (_: State, { what }: { readonly what: keyof typeof AT_ONCE }) => AT_ONCE[what],
      },
      callOutside: {
        for: {},
        do: () => "yield-to-no-one",
      },
    },
    always: {
      "whoever waits has a call under way": (s) =>
        s.waits.every((waits, who) => !waits || s.underWay.at(who)),
      "nothing goes on in the thread that nobody waits for": (s) =>
        s.underWay.every((underWay, who) => !underWay || s.waits.at(who)),
      ...always,
    },
    sometimes: {
      "all wait": (s) => s.waits.every((waits) => waits),
    },
    ends: () => true,
  });
}
