/**
 * The word `spec`: checks what was written, as far as that can be seen without exploring.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";
import { refuseUnknown } from "./options.ts";
import { article, domainOf, type Scalar, shapeOf, type StructShape } from "./shape.ts";
import type { AnySpec, Definition, SchemaOf, Spec } from "./types.ts";

/** An action as the engine uses it. */
export interface ParsedAction {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly values: readonly Scalar[] }[];
  readonly when: Step<boolean> | undefined;
  readonly do: Step<unknown>;
  readonly refuse: Step<string | undefined> | undefined;
}

/** A function of a state and the parameters of a step. */
export type Step<R> = (s: unknown, p: unknown) => R;

/** A function of a state. */
export type Predicate = (s: unknown) => boolean;

/** A claim and the sentence that says it. */
export interface ParsedClaim {
  readonly sentence: string;
  readonly holds: Predicate;
}

/** A definition, checked and in the engine's own shapes. */
export interface ParsedSpec {
  readonly name: string;
  readonly shape: StructShape;
  readonly init: () => readonly unknown[];
  readonly actions: readonly ParsedAction[];
  readonly always: readonly ParsedClaim[];
  readonly sometimes: readonly ParsedClaim[];
  readonly within: Predicate | undefined;
  readonly ends: Predicate | undefined;
}

const PARSED = Symbol.for("@cofn/coroutine/model/spec");
const WORDS = ["name", "state", "init", "actions", "always", "sometimes", "within", "ends"];
const ACTION_WORDS = ["for", "when", "do", "refuse"];

/**
 * A spec: which states there are, where they begin, which steps lead from one to the next, and what
 * is claimed of them.
 *
 * @example A mutex
 * ```ts
 * import { assertHolds, check, Seq, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const Who = Schema.Literals(["a", "b", "c"]);
 * const mutex = spec({
 *   name: "mutex",
 *   state: Schema.Struct({ holder: Schema.NullOr(Who), waiters: Seq(Who, 2) }),
 *   init: [{ holder: null, waiters: [] }],
 *   actions: {
 *     lock: {
 *       for: { who: Who },
 *       when: (s, { who }) => s.holder !== who && !s.waiters.includes(who),
 *       do: (s, { who }) => {
 *         if (s.holder === null) s.holder = who;
 *         else s.waiters.push(who);
 *       },
 *     },
 *     unlock: {
 *       for: { who: Who },
 *       when: (s, { who }) => s.holder === who,
 *       do: (s) => {
 *         s.holder = s.waiters.length > 0 ? s.waiters.shift() : null;
 *       },
 *     },
 *   },
 *   always: { "a holder never waits": (s) => s.holder === null || !s.waiters.includes(s.holder) },
 *   sometimes: { "two wait": (s) => s.waiters.length === 2 },
 * });
 * assertHolds(check(mutex));
 * ```
 *
 * @param definition The state's schema, the initial states, the actions and the claims
 * @returns The spec, for `check`, `replay` and the command line
 * @throws {SpecError} When the schema has no bound, or a word is unknown or of the wrong kind
 */
export function spec<T, A>(definition: Definition<T, A>): Spec<T, A> {
  const parsed = parse(definition);
  const made = {
    name: parsed.name,
    // INVARIANT: the names come from the definition's actions, whose keys are those of A.
    actions: parsed.actions.map((action) => action.name) as (keyof A & string)[],
  };
  return Object.defineProperty(made, PARSED, { value: parsed });
}

/** The checked definition of a spec; refuses what is no spec. */
export function parsedOf(spec: AnySpec): ParsedSpec {
  if (!isSpec(spec)) throw new SpecError(`Cannot use ${show(spec)}: expected what spec() returns`);
  // INVARIANT: only spec() above sets this property.
  return (spec as unknown as { readonly [PARSED]: ParsedSpec })[PARSED];
}

/** Whether a value was made by {@linkcode spec}. */
export function isSpec(value: unknown): value is AnySpec {
  try {
    return typeof value === "object" && value !== null && PARSED in value;
  } catch {
    return false; // a proxy of somebody's own
  }
}

/** Functions that do nothing, or not all, when they are called. */
const KINDS: Readonly<Record<string, string>> = {
  "[object AsyncFunction]": "an async function",
  "[object GeneratorFunction]": "a generator function",
  "[object AsyncGeneratorFunction]": "an async generator function",
};

type Loose = Readonly<Record<string, unknown>>;

function parse<T, A>(definition: Definition<T, A>): ParsedSpec {
  const loose = record(definition, "a spec", "an object with name, state, init and actions");
  const { name } = loose;
  if (typeof name !== "string" || name === "") {
    throw new SpecError(`Cannot make a spec: expected a name, got ${show(name)}`);
  }
  const here = `spec ${show(name)}`;
  refuseUnknown(`Cannot make ${here}`, loose, WORDS);
  const shape = inside(here, () => shapeOf(definition.state, "state"));
  if (shape.kind !== "struct") {
    throw new SpecError(
      `Cannot make ${here}: expected a Struct for its state, got ${article(shape)}`,
    );
  }
  const { init } = definition;
  if (typeof init !== "function" && !Array.isArray(init)) {
    throw new SpecError(
      `Cannot make ${here}: expected init to be an array of states or a function that returns one, got ${
        show(init)
      }`,
    );
  }
  const actions = record(
    loose["actions"],
    `the actions of ${here}`,
    "an object of actions by name",
  );
  return {
    name,
    shape,
    init: () => {
      const states = typeof init === "function" ? init() : init;
      if (Array.isArray(states) && states.length > 0) return states;
      throw new SpecError(
        `Cannot explore ${here}: expected at least one initial state in an array`,
      );
    },
    actions: Object.entries(actions).map(([action, body]) => parseAction(action, body, here)),
    always: parseClaims(loose["always"], "always", here),
    sometimes: parseClaims(loose["sometimes"], "sometimes", here),
    within: optional<Predicate>(loose["within"], "within", here),
    ends: optional<Predicate>(loose["ends"], "ends", here),
  };
}

function parseAction(name: string, body: unknown, spec: string): ParsedAction {
  const here = `action ${show(name)} of ${spec}`;
  const action = record(body, here, "an object with for and do");
  refuseUnknown(`Cannot make ${here}`, action, ACTION_WORDS);
  const params = record(action["for"], `for of ${here}`, "an object of domains ({} for no choice)");
  const act = optional<Step<unknown>>(action["do"], "do", here);
  if (act === undefined) throw new SpecError(`Cannot make ${here}: expected a function do`);
  return {
    name,
    params: Object.entries(params).map(([param, domain]) => ({
      name: param,
      // INVARIANT: domainOf refuses what is no schema.
      values: inside(
        spec,
        () => domainOf(domain as SchemaOf<unknown>, `actions.${name}.for.${param}`),
      ),
    })),
    when: optional<Step<boolean>>(action["when"], "when", here),
    do: act,
    refuse: optional<Step<string | undefined>>(action["refuse"], "refuse", here),
  };
}

/** What is wrong with a schema says of which spec it is: there may be several in a file. */
function inside<T>(spec: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    throw new SpecError(`${error.message} (in ${spec})`);
  }
}

function parseClaims(claims: unknown, word: string, here: string): readonly ParsedClaim[] {
  if (claims === undefined) return [];
  const entries = Object.entries(record(claims, `${word} of ${here}`, "an object of claims"));
  return entries.map(([sentence, holds]) => {
    const claim = optional<Predicate>(holds, `${word} ${show(sentence)}`, here);
    if (claim !== undefined) return { sentence, holds: claim };
    throw new SpecError(`Cannot make ${here}: expected ${word} ${show(sentence)} to be a function`);
  });
}

function record(value: unknown, what: string, expected: string): Loose {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SpecError(`Cannot make ${what}: expected ${expected}, got ${show(value)}`);
  }
  return { ...value };
}

function optional<F>(value: unknown, word: string, here: string): F | undefined {
  if (value !== undefined && typeof value !== "function") {
    throw new SpecError(
      `Cannot make ${here}: expected ${word} to be a function, got ${show(value)}`,
    );
  }
  const kind = Object.prototype.toString.call(value);
  if (kind !== "[object Undefined]" && kind !== "[object Function]") {
    throw new SpecError(
      `Cannot make ${here}: expected ${word} to be a plain function, got ${
        KINDS[kind] ?? show(value)
      }: it must do its work and answer at once`,
    );
  }
  // INVARIANT: a function's parameters cannot be seen at run time; Definition has typed them.
  return value as F | undefined;
}
