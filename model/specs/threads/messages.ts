/**
 * What becomes of an error that a thread throws to another one: classes of one's own are lost on the way, and what
 * cannot be copied; all else that an error says arrives.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { Seq, type SeqView, spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/**
 * What was thrown, or is in it: the host's own errors, one of a class of somebody's own, one of a system call, one of
 * this module, several in one, one that came while another was thrown; a value that is no error, and one that cannot be copied.
 */
const KINDS = [
  ...["plain", "typed", "own", "system", "coroutine", "several", "suppressed", "named", "value"],
  "function",
] as const;
type Kind = typeof KINDS[number];
const Thrown = Schema.Literals(KINDS);

/** What arrives of each: its class, its name, what it says, and what else. */
const ARRIVES: Readonly<Record<Kind, string>> = {
  plain: `Error, Error: plain`,
  typed: `TypeError, TypeError: typed`,
  own: `Error, Own: own`,
  system: `Error, Error: system, code ENOENT, errno 2, path a,1`,
  coroutine: `CoroutineError, CoroutineError: coroutine, code closed`,
  several: `AggregateError, AggregateError: several`,
  suppressed: `SuppressedError, SuppressedError: suppressed`,
  named: `DOMException, AbortError: named`,
  value: `7`,
  function: `Error, Error: A thread has thrown what cannot be sent`,
};

/** Two are in these: the first one may be any. */
const PAIRS: ReadonlySet<Kind> = new Set(["several", "suppressed"]);
/** In these nothing else can be. */
const INNERMOST: ReadonlySet<Kind> = new Set(["named", "value", "function"]);

// ------------------------------------------------------------------------------------ state

interface State {
  /** What was thrown, then its cause, or the first of several, and so on inwards. */
  readonly inside: SeqView<Kind>;
  /** Whether the innermost one's cause is the outermost one. */
  circle: boolean;
}

/** What arrives from the `i`th on inwards. */
function arrives({ inside, circle }: State, i: number): string {
  const kind = inside.at(i);
  const next = i + 1 < inside.length
    ? arrives({ inside, circle }, i + 1)
    : circle
    ? "the outermost one"
    : "";
  if (next === "") return ARRIVES[kind];
  return PAIRS.has(kind) && i + 1 < inside.length
    ? `${ARRIVES[kind]} (${next}; ${ARRIVES.plain})`
    : `${ARRIVES[kind]} (because of ${next})`;
}

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "an error has one cause at most": (s: State) => s.inside.length < 3,
  "nothing is inside itself": (s: State) => !s.circle,
};

// ------------------------------------------------------------------------------------- spec

/**
 * Errors in one another, up to `errors` of them, which are thrown to another thread.
 *
 * @param scope How many; claims to add.
 */
export function messages(
  { errors = 3, always = {} }: {
    errors?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  const canHoldMore = (s: State): boolean =>
    !s.circle && (s.inside.length === 0 || !INNERMOST.has(s.inside.at(s.inside.length - 1)));
  return spec({
    name: "messages",
    state: Schema.Struct({ inside: Seq(Thrown, errors), circle: Schema.Boolean }),
    init: [{ inside: [], circle: false }],
    actions: {
      // Another one inside.
      because: {
        for: { kind: Thrown },
        when: (s: State) => s.inside.length < errors && canHoldMore(s),
        do: (s: State, { kind }: { readonly kind: Kind }) => void s.inside.push(kind),
      },
      // The innermost one has the outermost one as its cause.
      close: {
        for: {},
        when: (s: State) => s.inside.length > 0 && canHoldMore(s),
        do: (s: State) => void (s.circle = true),
      },
      send: {
        for: {},
        when: (s: State) => s.inside.length > 0,
        do: (s: State) => arrives(s, 0),
      },
      // Two arguments of a call, each of which is copied or moved.
      pack: {
        for: { first: Schema.Boolean, second: Schema.Boolean },
        when: (s: State) => s.inside.length === 0,
        do: (_: State, { first, second }: { readonly first: boolean; readonly second: boolean }) =>
          `${["one", "two"]}, of them ${[...first ? ["one"] : [], ...second ? ["two"] : []]} moved`,
      },
    },
    always: {
      "whatever has something inside can have it": (s) =>
        s.inside.every((kind, i) => i === s.inside.length - 1 || !INNERMOST.has(kind)),
      "what is inside itself can be": (s) =>
        !s.circle || s.inside.every((kind) => !INNERMOST.has(kind)),
      ...always,
    },
    sometimes: {
      "several are in several": (s) =>
        s.inside.every((kind) => kind === "several") && s.inside.length > 1,
    },
    ends: () => true,
  });
}
