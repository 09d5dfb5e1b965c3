/**
 * What a source of somebody's own answers, or a place where bytes go: a promise, or what looks like one, or no such
 * thing, or it throws. It is asked once, and the first that it tells counts.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Int, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** What it does when it is asked, in this order; each word is one call. */
const Telling = Schema.Literals(["fulfils", "fails", "throws"]);
type Telling = typeof Telling.Type;

/** What it answers with. */
const Kind = Schema.Literals(["a promise", "its own promise", "a value", "nothing", "an error"]);
type Kind = typeof Kind.Type;

// ------------------------------------------------------------------------------------ state

interface State {
  readonly kind: Kind;
  /** What its own promise does when somebody asks it. */
  readonly first: Telling;
  readonly second: Telling;
  /** Whether both are done at once, or the second one later. */
  later: boolean;
  /** What whoever waits was told. */
  told: "nothing" | "1" | "2" | "failed 1" | "failed 2";
  /** Whether it has been asked. */
  asked: boolean;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "whoever waits is told of no failure": (s: State) => !s.told.startsWith("failed"),
  "whoever has asked was told": (s: State) => !s.asked || s.told !== "nothing",
};

// ------------------------------------------------------------------------------------- spec

const TOLD = ["nothing", "1", "2", "failed 1", "failed 2"] as const;

const OWN = "its own promise";

/** Before it is asked. */
function notAsked(
  kind: Kind,
  first: Telling,
  second: Telling = first,
  later: boolean = false,
): State {
  return { kind, first, second, later, told: "nothing", asked: false };
}

/** What one telling comes to, if nothing was told before. */
function tell(s: State, telling: Telling, n: 1 | 2): void {
  if (s.told === "nothing") s.told = telling === "fulfils" ? `${n}` : `failed ${n}`;
}

/**
 * One that is asked once.
 *
 * @param scope What may be counted; claims to add.
 */
export function answers(
  { bytes = 3, always = {} }: {
    bytes?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const Count = Schema.Literals([-1, 0.5, ...Array.from({ length: bytes + 1 }, (_, i) => i)]);
  return spec({
    name: "answers",
    state: Schema.Struct({
      kind: Kind,
      first: Telling,
      second: Telling,
      later: Schema.Boolean,
      told: Schema.Literals(TOLD),
      asked: Schema.Boolean,
    }),
    init: [
      ...Kind.literals.filter((kind) => kind !== OWN).map((kind) => notAsked(kind, "fulfils")),
      ...Telling.literals.flatMap((first) =>
        Telling.literals.flatMap((second) => [
          notAsked(OWN, first, second),
          notAsked(OWN, first, second, true),
        ])
      ),
    ],
    actions: {
      ask: {
        for: {},
        when: (s: State) => !s.asked,
        do: (s: State) => {
          s.asked = true;
          switch (s.kind) {
            case "a promise":
              return "that promise";
            case "a value":
              return "a promise of 7";
            case "nothing":
              return "a promise of undefined";
            case "an error":
              return "a promise that has failed";
            case OWN:
              tell(s, s.first, 1);
              // Whoever throws does nothing more.
              if (s.first !== "throws" && !s.later) tell(s, s.second, 2);
              return undefined;
          }
        },
      },
      // In a later turn; nobody is there to catch what it throws then.
      tellLater: {
        for: {},
        when: (s: State) => s.asked && s.later && s.first !== "throws" && s.second !== "throws",
        do: (s: State) => {
          tell(s, s.second, 2);
          s.later = false;
        },
      },
      // How many bytes it says that it has read or written, of so many that it may.
      count: {
        for: { n: Count, least: Int(0, 1), most: Int(0, bytes) },
        when: (s: State) => s.asked,
        do: (
          _: State,
          { n, least, most }: {
            readonly n: number;
            readonly least: number;
            readonly most: number;
          },
        ) =>
          n >= least && n <= most && n !== 0.5
            ? "fine"
            : `expected read() to answer with a number from ${least} to ${most}, got ${n}`,
      },
    },
    always: {
      "nobody is told who has not asked": (s) => s.asked || s.told === "nothing",
      ...always,
    },
    sometimes: {
      "what was told first counts, though it has thrown": (s) =>
        s.told === "1" && s.second === "throws" && !s.later,
    },
    ends: () => true,
  });
}
