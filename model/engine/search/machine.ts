/**
 * A spec made ready to run: one current state, packed in words, and every step that could be tried
 * on it. The search and the conformance walk are both built on this.
 *
 * @module
 */
import { answerOf, truth } from "../language/answers.ts";
import {
  DomainError,
  ImpureError,
  messageOf,
  show,
  SpecError,
  valueOf,
} from "../language/errors.ts";
import { nameOf } from "../language/names.ts";
import { FAULTY, type Layout, layoutOf } from "../language/layout.ts";
import { type Difference, differencesOf } from "../language/difference.ts";
import type { Scalar } from "../language/shape.ts";
import { parsedOf, type ParsedSpec } from "../language/spec.ts";
import type { Plain, Spec, View } from "../language/types.ts";
import { makeView, type RawView } from "../language/view.ts";
import { count } from "../language/words.ts";

/** An action with its parameters chosen. */
export interface Instance {
  readonly action: string;
  /** Frozen; the same object is passed to every call. */
  readonly params: Readonly<Record<string, unknown>>;
  /** As traces print it: `lock(who=a, m=0)`, or `tick` without parameters. */
  readonly label: string;
}

/** The instances of one action: `count` of them from `first` on. */
export interface ActionRange {
  readonly name: string;
  readonly first: number;
  readonly count: number;
}

/** A spec compiled; it holds one current state, on which everything works. */
export interface Machine<T = unknown> {
  readonly name: string;
  /** The current state. */
  readonly words: Int32Array;
  /** Words of a state. */
  readonly wordCount: number;
  /** The current state as the spec's functions see it. */
  readonly view: View<T>;
  /** The initial states, packed. */
  readonly initial: readonly Int32Array[];
  /** Every action with every choice of parameters. */
  readonly instances: readonly Instance[];
  /** Where each action's instances stand. */
  readonly actions: readonly ActionRange[];
  readonly layout: Layout;
  readonly spec: ParsedSpec;
  /** The view with the engine's own methods. */
  readonly raw: RawView;
  /** Throws what a step caught that wrote what the schema has not. */
  again(): never;
  /** Throws that, if a view of the current state has been written so. */
  mustBeSound(): void;
  /** Whether instance `k` can be made in the current state. */
  enabled(k: number): boolean;
  /** Makes instance `k` in place and returns, in plain form, what `do` returns; if that throws, changes nothing. */
  apply(k: number): unknown;
  /** The error code that instance `k` gives where it is not enabled; undefined: no such call. */
  refusal(k: number): string | undefined;
  /** Whether the current state is one that the spec's bound allows to explore. */
  within(): boolean;
  /** The number of an instance, whatever the order of its parameters; throws when there is none such. */
  find(action: string, params: Readonly<Record<string, unknown>>): number;
  /** Copies the current state to `into`. */
  save(into: Int32Array, offset: number): void;
  /** Makes the state in `from` the current one. */
  load(from: Int32Array, offset: number): void;
  /** The current state as plain objects. */
  decode(): Plain<T>;
  /** Makes a plain state the current one. */
  encode(state: unknown): void;
  /** What differs between two packed states; the current state is left as it was. */
  differences(before: Int32Array, after: Int32Array): readonly Difference[];
}

/**
 * The error for what a function of the spec has thrown where no report can tell of it: `what` begins the
 * sentence, as in "Cannot validate"; `where` is the function, as in "do of add(by=1)".
 */
export function faulty(
  machine: Machine<never> | Machine<unknown>,
  what: string,
  where: string,
  state: Int32Array,
  error: unknown,
): SpecError {
  if (error instanceof SpecError) return error;
  machine.load(state, 0);
  return new SpecError(
    `${what}: ${where} of spec ${show(machine.name)} threw ${messageOf(error)}, in state ${
      show(machine.decode())
    }`,
    { cause: error },
  );
}

/** Choices of actions with parameters that a spec may have. */
const MOST = 2 ** 20;

/** Compiles a spec; each call makes a machine with a state of its own. */
export function compile<T, A>(spec: Spec<T, A>): Machine<T> {
  const parsed = parsedOf(spec);
  const layout = layoutOf(parsed.shape);
  const { wordCount, top } = layout;
  const { memory, words, raw, again } = makeView(layout);
  const instances: Instance[] = [];
  const owners: ParsedSpec["actions"][number][] = [];
  const finders = new Map<string, Finder>();
  const actions = parsed.actions.map((action): ActionRange => {
    const first = instances.length;
    finders.set(action.name, finderOf(action.params, first));
    const choices = action.params.reduce((product, { values }) => product * values.length, 1);
    if (first + choices > MOST) {
      throw new SpecError(
        `Cannot use ${show(parsed.name)}: with action ${show(action.name)} it has ${
          count(first + choices, "choice")
        } of actions and parameters, expected at most ${count(MOST, "choice")}`,
      );
    }
    for (const params of product(action.params)) {
      instances.push({ action: action.name, params, label: labelOf(action.name, params) });
      owners.push(action);
    }
    return { name: action.name, first, count: instances.length - first };
  });

  const owner = (k: number): ParsedSpec["actions"][number] => {
    const action = owners[k];
    if (action === undefined) throw new RangeError(`[internal] There is no instance ${k}`);
    return action;
  };
  const params = (k: number): unknown => instances[k]?.params;
  const paramsOf = (action: string) =>
    parsed.actions.find(({ name }) => name === action)?.params ?? [];
  const labelAt = (k: number): string => instances[k]?.label ?? "";
  const encode = (state: unknown): void => {
    words.fill(0);
    memory[top] = top + 1;
    words[layout.mark.word] = 1 << layout.mark.shift;
    raw.$assign(state);
  };
  const save = (into: Int32Array, offset: number): void => into.set(words, offset);
  const load = (from: Int32Array, offset: number): void => {
    for (let index = 0; index < wordCount; index++) {
      // INVARIANT: callers pass room for a state at `offset`, so every word is there.
      words[index] = from[offset + index] as number;
    }
    memory[top] = top + 1;
  };
  /** What a function answers that must only look at the state. */
  const look = (ask: (s: unknown, p: unknown) => unknown, k: number, word: string): unknown => {
    save(looked, 0);
    memory[top] = top + 1;
    const answer = ask(raw, params(k));
    for (let index = 0; index < wordCount; index++) {
      if (words[index] !== looked[index]) throw ImpureError.meddling(word, labelAt(k), k);
    }
    return answer;
  };
  const plainOf = (state: Int32Array): unknown => {
    load(state, 0);
    return raw.$plain();
  };
  const before = new Int32Array(wordCount);
  const looked = new Int32Array(wordCount);
  const initial = statesOf(parsed).map((state, index) => {
    try {
      encode(state);
    } catch (error) {
      throw new SpecError(
        `Cannot use initial state ${index} of ${show(parsed.name)}: ${lower(messageOf(error))}`,
        { cause: error },
      );
    }
    return words.slice();
  });
  const [start] = initial;
  if (start !== undefined) load(start, 0);

  return {
    name: parsed.name,
    words,
    wordCount,
    // INVARIANT: makeView generates the view of this spec's schema, whose type is T.
    view: raw as unknown as View<T>,
    initial,
    instances,
    actions,
    layout,
    spec: parsed,
    raw,
    again,
    mustBeSound() {
      if (memory[top] === FAULTY) again();
    },
    enabled(k) {
      const { when } = owner(k);
      return when === undefined ||
        truth(look(when, k, "when"), `when of ${labelAt(k)}`);
    },
    apply(k) {
      save(before, 0);
      memory[top] = top + 1;
      try {
        const answer = owner(k).do(raw, params(k));
        if (memory[top] === FAULTY) again();
        return answerOf(answer, `do of ${labelAt(k)}`);
      } catch (error) {
        load(before, 0);
        if (!(error instanceof DomainError)) throw error;
        throw decorated(error, labelAt(k), raw.$plain());
      }
    },
    refusal(k) {
      const { refuse } = owner(k);
      const code = refuse === undefined ? undefined : look(refuse, k, "refuse");
      if (code === undefined || typeof code === "string") return code;
      throw new SpecError(
        `Cannot use what refuse of ${labelAt(k)} returned: expected an error code or nothing, got ${
          show(code)
        }`,
      );
    },
    within: () => parsed.within === undefined || truth(parsed.within(raw), "within"),
    find(action, wanted) {
      const found = finders.get(action)?.(wanted);
      if (found !== undefined) return found;
      throw new SpecError(
        finders.has(action)
          ? `Cannot find a step: ${labelOf(action, wanted)} is outside the domains of ${
            nameOf(action)
          }: ${whyOutside(paramsOf(action), wanted)}`
          : `Cannot find a step: expected one of ${
            actions.map(({ name }) => nameOf(name)).join(", ")
          }, got ${show(action)}`,
      );
    },
    save,
    load,
    // INVARIANT: $plain is the plain form of the schema's type.
    decode: () => raw.$plain() as Plain<T>,
    encode,
    differences(before, after) {
      const kept = words.slice();
      const from = plainOf(before);
      const to = plainOf(after);
      load(kept, 0);
      return differencesOf(parsed.shape, from, to);
    },
  };
}

/** The initial states as they are written; whatever their function throws is the spec's fault. */
function statesOf(spec: ParsedSpec): readonly unknown[] {
  try {
    return spec.init();
  } catch (error) {
    if (error instanceof SpecError) throw error;
    throw new SpecError(`Cannot use init of ${show(spec.name)}: it threw ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** A domain error that says which step made it, and in which state. */
function decorated(error: DomainError, label: string, state: unknown): DomainError {
  const message = `Cannot do ${label} in state ${show(state)}: ${lower(error.message)}`;
  return Object.assign(
    new DomainError(error.path, error.expected, error.value, message),
    { cause: error },
  );
}

function lower(message: string): string {
  return message.slice(0, 1).toLowerCase() + message.slice(1);
}

function product(
  params: readonly { readonly name: string; readonly values: readonly Scalar[] }[],
): readonly Readonly<Record<string, unknown>>[] {
  let all: Record<string, unknown>[] = [{}];
  for (const { name, values } of params) {
    all = all.flatMap((chosen) => values.map((value) => ({ ...chosen, [name]: value })));
  }
  return all.map((chosen) => Object.freeze(chosen));
}

/** Finds the number of an instance by its parameters, or undefined. */
type Finder = (params: Readonly<Record<string, unknown>>) => number | undefined;

/** By the place of each value in its domain: `product` has the last parameter go round first. */
function finderOf(params: Parameters<typeof product>[0], first: number): Finder {
  const domains = params.map(({ name, values }) => ({
    name,
    size: values.length,
    places: new Map<unknown, number>(values.map((value, place) => [value, place])),
  }));
  return (wanted) => {
    if (Object.keys(wanted).length !== domains.length) return undefined;
    let at = 0;
    for (const { name, size, places } of domains) {
      const place = Object.hasOwn(wanted, name) ? places.get(wanted[name]) : undefined;
      if (place === undefined) return undefined;
      at = at * size + place;
    }
    return first + at;
  };
}

/** Values that are written out. */
const WRITTEN = 8;

/** Why there is no instance with these parameters. */
function whyOutside(
  params: Parameters<typeof product>[0],
  wanted: Readonly<Record<string, unknown>>,
): string {
  const lacks = params.find(({ name }) => !Object.hasOwn(wanted, name));
  if (lacks !== undefined) return `there is no ${nameOf(lacks.name)}`;
  const extra = Object.keys(wanted).find((name) => params.every((one) => one.name !== name));
  if (extra !== undefined) return `it has no parameter ${nameOf(extra)}`;
  const wrong = params.find(({ name, values }) => !values.some((value) => value === wanted[name]));
  if (wrong === undefined) throw new Error("[internal] It is inside the domains");
  const some = wrong.values.slice(0, WRITTEN).map(valueOf).join(", ");
  const more = wrong.values.length > WRITTEN ? ", …" : "";
  return `${nameOf(wrong.name)} is one of ${some}${more}`;
}

/** A step as traces print it: no two steps of a spec look the same. */
export function labelOf(action: string, params: Readonly<Record<string, unknown>>): string {
  const list = Object.entries(params).map(([name, value]) => `${nameOf(name)}=${valueOf(value)}`);
  return list.length === 0 ? nameOf(action) : `${nameOf(action)}(${list.join(", ")})`;
}
