/**
 * What a spec or its author did wrong, as opposed to a claim that fails.
 *
 * @module
 */

import { types } from "node:util";
import { nameOf, quoted } from "./names.ts";

/**
 * A spec that cannot be used as it is written: an unbounded schema, a value outside its domain, a
 * token of another spec. The message says what to write instead.
 *
 * @example A schema without a bound
 * ```ts
 * import { spec, SpecError } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * try {
 *   spec({ name: "n", state: Schema.Struct({ n: Schema.Int }), init: [{ n: 0 }], actions: {} });
 *   throw new Error("an unbounded field was accepted");
 * } catch (error) {
 *   if (!(error instanceof SpecError)) throw error;
 * }
 * ```
 */
export class SpecError extends Error {
  /** The class's name. */
  override readonly name: string = "SpecError";
}

/** A value that left the domain of the field at `path`. */
export class DomainError extends SpecError {
  /** The class's name. */
  override readonly name: string = "DomainError";
  /** The field, as in `queue[a]`. */
  readonly path: string;
  /** What should have been written there. */
  readonly expected: string;
  /** What was written there. */
  readonly value: unknown;

  constructor(path: string, expected: string, value: unknown, what?: string) {
    super(
      what ?? `Cannot set "${path}" to ${show(value)}: expected ${expected}, got ${show(value)}`,
    );
    this.path = path;
    this.expected = expected;
    this.value = value;
  }
}

/** A guard that changed the state, or a guard or step that did one thing, then another. */
export class ImpureError extends SpecError {
  /** The class's name. */
  override readonly name: string = "ImpureError";
  /** What it was. */
  readonly where: "when" | "do";
  /** The number of the instance. */
  readonly step: number;

  constructor(where: "when" | "do", step: number, message: string) {
    super(message);
    this.where = where;
    this.step = step;
  }

  /** Of the guard of instance `step`, or what else must only look: it has changed the state. */
  static meddling(word: string, label: string, step: number): ImpureError {
    const message = `${word} of ${label} changed the state, expected it only to look`;
    return new ImpureError("when", step, message);
  }
}

/** A value as error messages and traces print it. */
export function show(value: unknown): string {
  try {
    return shown(value, []);
  } catch {
    // A getter, a proxy or a toString of somebody's own has thrown.
    return "a value that cannot be shown";
  }
}

function shown(value: unknown, around: readonly object[]): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (around.includes(value)) return "itself";
  const inside = [...around, value];
  if (Array.isArray(value)) return `[${value.map((part) => shown(part, inside)).join(", ")}]`;
  // INVARIANT: a view has a method `$plain`; only generated views have fields with a dollar sign.
  const view = value as { $plain?: () => unknown };
  if (typeof view.$plain === "function") return shown(view.$plain(), inside);
  if (types.isPromise(value)) return "a promise";
  if (isIterator(value)) return "an iterator";
  if (value instanceof Date || value instanceof RegExp) return String(value);
  if (value instanceof Map || value instanceof Set) {
    return `${value.constructor.name} ${shown([...value], inside)}`;
  }
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  const fields = Object.entries(value).map(([name, field]) =>
    `${nameOf(name)}: ${shown(field, inside)}`
  );
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const prefix = kind === "Object" ? "" : `${kind} `;
  return fields.length === 0 ? `${prefix}{}` : `${prefix}{ ${fields.join(", ")} }`;
}

/** A parameter or a key as labels print it: a string in quotes where it would look like another value. */
export function valueOf(value: unknown): string {
  if (typeof value !== "string") return show(value);
  const other = /^(null|true|false|undefined|NaN|-?Infinity|[-+]?\d.*)$/s.test(value);
  return other ? quoted(value) : nameOf(value);
}

/** What stands at `key` of the table or the sequence at `path`, as in `queue[0]`. */
export function keyPath(path: string, key: unknown): string {
  return `${path}[${valueOf(key)}]`;
}

/** Whether it is a generator, or another iterator. */
export function isIterator(value: object): boolean {
  return Symbol.iterator in value && "next" in value && typeof value.next === "function";
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : show(error);
  } catch {
    return "an error that cannot be shown";
  }
}
