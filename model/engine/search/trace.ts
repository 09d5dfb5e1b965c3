/**
 * Traces: how a state was reached, as steps and what each changed; and tokens, the short text from
 * which a trace is made again.
 *
 * @module
 */
import type { Difference } from "../language/difference.ts";
import { messageOf, show, SpecError } from "../language/errors.ts";
import { compile, faulty, type Machine } from "./machine.ts";
import type { AnySpec, Plain, Spec } from "../language/types.ts";

/**
 * One step of a trace.
 *
 * @example A step without parameters
 * ```ts
 * import type { TraceStep } from "@cofn/coroutine/model";
 *
 * const step: TraceStep = {
 *   action: "tick",
 *   params: {},
 *   label: "tick",
 *   differences: [{ path: "n", from: 0, to: 1 }],
 *   answer: undefined,
 *   error: undefined,
 * };
 * ```
 */
export interface TraceStep {
  /** The action's name. */
  readonly action: string;
  /** The parameters chosen. */
  readonly params: Readonly<Record<string, unknown>>;
  /** As it is printed: `lock(who=a)`. */
  readonly label: string;
  /** What the step changed, field by field. */
  readonly differences: readonly Difference[];
  /** What `do` returned. */
  readonly answer: unknown;
  /** What `do` threw, for a last step that could not be made. */
  readonly error: string | undefined;
}

/**
 * How a state was reached.
 *
 * @example The last state of a trace
 * ```ts
 * import type { Trace } from "@cofn/coroutine/model";
 *
 * const last = <T>(trace: Trace<T>) => trace.states[trace.states.length - 1];
 * last satisfies (trace: Trace<number>) => unknown;
 * ```
 */
export interface Trace<T = unknown> {
  /** The spec's name. */
  readonly spec: string;
  /** The states in plain form: the initial one, then one after each step that was made. */
  readonly states: readonly Plain<T>[];
  /** The steps. */
  readonly steps: readonly TraceStep[];
  /** The text from which {@linkcode replay} makes this trace again. */
  readonly token: string;
}

/** Makes the trace of an initial state and steps; a last step that throws ends it. */
export function traceOf<T>(
  machine: Machine<T>,
  initial: number,
  steps: readonly number[],
): Trace<T> {
  const start = machine.initial[initial];
  if (start === undefined) {
    throw new SpecError(
      `Cannot replay from initial state ${initial}: expected a number below ${machine.initial.length}`,
    );
  }
  machine.load(start, 0);
  const states = [machine.decode()];
  const made: TraceStep[] = [];
  let before = machine.words.slice();
  for (const [index, k] of steps.entries()) {
    // INVARIANT: the search and the token's parser give numbers of instances.
    const { action, params, label } = machine.instances[k] as Machine["instances"][number];
    let enabled: boolean;
    try {
      enabled = machine.enabled(k);
    } catch (error) {
      throw faulty(machine, "Cannot replay", `when of ${label}`, before, error);
    }
    if (!enabled) {
      throw new SpecError(`Cannot replay step ${index + 1}, ${label}: it is not enabled there`);
    }
    machine.load(before, 0);
    try {
      const answer = machine.apply(k);
      const after = machine.words.slice();
      const differences = machine.differences(before, after);
      made.push({ action, params, label, differences, answer, error: undefined });
      states.push(machine.decode());
      before = after;
    } catch (error) {
      if (index !== steps.length - 1) {
        throw faulty(machine, "Cannot replay", `do of ${label}`, before, error);
      }
      const text = messageOf(error);
      made.push({ action, params, label, differences: [], answer: undefined, error: text });
    }
  }
  return { spec: machine.name, states, steps: made, token: tokenOf(machine, initial, steps) };
}

/** The token of a trace: `spec@initial/action.value.value/…`, safe in a shell and in a URL. */
export function tokenOf(machine: Machine, initial: number, steps: readonly number[]): string {
  const parts = steps.map((k) => stepToken(machine, k));
  return [`${escape(nameToken(machine.name))}@${initial}`, ...parts].join("/");
}

/**
 * Makes a trace again from its token.
 *
 * @example From a report to the states
 * ```ts
 * import { check, Int, replay, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const counter = spec({
 *   name: "counter",
 *   state: Schema.Struct({ n: Int(0, 3) }),
 *   init: [{ n: 0 }],
 *   actions: { add: { for: { by: Int(1, 3) }, when: (s, { by }) => s.n + by <= 3, do: (s, { by }) => s.n += by } },
 *   always: { "n stays below two": (s) => s.n < 2 },
 *   ends: (s) => s.n === 3,
 * });
 * const token = check(counter).violation?.token ?? "";
 * const trace = replay(counter, token);
 * if (trace.states[1]?.n !== 2) throw new Error("one step of 2 violates the claim");
 * ```
 *
 * @param spec The spec that the token was made for
 * @param token What a report printed
 * @returns The trace, with every state in plain form
 * @throws {SpecError} When the token is malformed, of another spec, or makes a step that is not enabled
 */
export function replay<T, A>(spec: Spec<T, A>, token: string): Trace<T> {
  const machine = compile(spec);
  if (typeof token !== "string") {
    throw new SpecError(`Cannot replay ${show(token)}: expected a token as reports print it`);
  }
  const [head = "", ...parts] = token.trim().split("/");
  const match = /^([^@]+)@(\d+)$/.exec(head);
  if (match === null) {
    throw new SpecError(`Cannot replay ${show(token)}: expected a token as reports print it`);
  }
  const [, name = "", initial = "0"] = match;
  if (name !== escape(nameToken(machine.name))) {
    throw new SpecError(
      `Cannot replay a token of ${show(unescape(name))}: expected one of ${show(machine.name)}`,
    );
  }
  const known = new Map(machine.instances.map((_, k) => [stepToken(machine, k), k]));
  const steps = parts.map((part, index) => {
    const k = known.get(part);
    if (k !== undefined) return k;
    throw new SpecError(
      `Cannot replay step ${index + 1}: ${show(machine.name)} has no step ${show(unescape(part))}`,
    );
  });
  return traceOf(machine, Number(initial), steps);
}

/** Whether a token begins with the name of a spec. */
export function isTokenOf(spec: AnySpec, token: string): boolean {
  return token.trim().startsWith(`${escape(nameToken(spec.name))}@`);
}

function stepToken(machine: Machine, k: number): string {
  const instance = machine.instances[k];
  if (instance === undefined) throw new RangeError(`[internal] There is no instance ${k}`);
  const values = Object.values(instance.params).map((value) => escape(valueToken(value)));
  return [escape(nameToken(instance.action)), ...values].join(".");
}

/** A value for a token: strings that could be taken for another value are quoted. */
function valueToken(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return /^(null|true|false|-?[\d.e+-]+|)$/.test(value) ? JSON.stringify(value) : nameToken(value);
}

/** A name for a token: quoted where it has no form in a URL, or looks as if it were quoted. */
function nameToken(name: string): string {
  return name.startsWith('"') || !name.isWellFormed() ? JSON.stringify(name) : name;
}

function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
