/**
 * What a spec or its author did wrong, as opposed to a claim that fails.
 *
 * @module
 */

/**
 * A spec that cannot be used as it is written: an unbounded schema, a value outside its domain, a
 * token of another spec. The message says what to write instead.
 *
 * @example A schema without a bound
 * ```ts
 * import { spec, SpecError } from "@cofn/coroutine/model";
 * import * as Schema from "@effect/schema";
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

/** A value as error messages and traces print it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (typeof value === "function") return `a function`;
  if (typeof value === "object" && value !== null) {
    // INVARIANT: a view has a method `$plain`; only generated views have fields with a dollar sign.
    const view = value as { $plain?: () => unknown };
    if (typeof view.$plain === "function") return show(view.$plain());
    if (value instanceof Promise) return "a promise";
    if ("next" in value && Symbol.iterator in value) return "an iterator";
    const fields = Object.entries(value).map(([name, field]) => `${name}: ${show(field)}`);
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }
  return String(value);
}
