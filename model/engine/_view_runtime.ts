/**
 * What generated views call where things are not as they should be, or plain values come in.
 *
 * @module
 */
import { DomainError, show, SpecError } from "./errors.ts";
import { describe, type Scalar, type Shape } from "./shape.ts";

/** The slow paths, called by generated code. */
export const RUNTIME = {
  snapshot,
  domain(path: string, shape: Shape, value: unknown): never {
    throw new DomainError(path, describe(shape), value);
  },
  key(path: string, shape: Shape, key: unknown): never {
    const keys = shape.kind === "table" ? shape.keys.map(show).join(", ") : "";
    throw new SpecError(`Cannot read "${path}" at ${show(key)}: expected one of ${keys}`);
  },
  index(path: string, index: unknown, length: number): never {
    throw new SpecError(
      `Cannot read "${path}" at ${show(index)}: expected an index below its length ${length}`,
    );
  },
  empty(path: string, what: string): never {
    throw new SpecError(`Cannot ${what} "${path}": it is empty`);
  },
  full(path: string, max: number, value: unknown): never {
    throw new DomainError(
      path,
      `a sequence of at most ${max}`,
      value,
      `Cannot add ${show(value)} to "${path}": expected at most ${max} elements, got ${max + 1}`,
    );
  },
  extra(path: string, shape: Shape, name: string, value: unknown): never {
    throw new DomainError(path === "" ? name : `${path}.${name}`, describe(shape), value);
  },
  /** The elements of an array or of a view of a sequence. */
  elements(path: string, shape: Shape, value: unknown): unknown[] {
    if (typeof value !== "object" || value === null || !(Symbol.iterator in value)) {
      return RUNTIME.domain(path, shape, value);
    }
    // INVARIANT: the line above found it iterable.
    return [...value as Iterable<unknown>].map(snapshot);
  },
  /** The values of a table, in the order of its keys. */
  values(path: string, shape: Shape, value: unknown): unknown[] {
    if (shape.kind !== "table" || typeof value !== "object" || value === null) {
      return RUNTIME.domain(path, shape, value);
    }
    const { keys } = shape;
    // INVARIANT: only generated tables have $plain and keys.
    const table = value as { keys?: unknown; at?: (key: Scalar) => unknown; $plain?: unknown };
    if (typeof table.$plain === "function" && typeof table.at === "function") {
      const at = table.at.bind(table);
      return keys.map((key) => snapshot(at(key)));
    }
    if (Array.isArray(value)) {
      if (value.length !== keys.length || keys.some((key) => typeof key !== "number")) {
        RUNTIME.domain(path, shape, value);
      }
      return value.map(snapshot);
    }
    for (const name of Object.keys(value)) {
      if (!keys.some((key) => String(key) === name)) {
        RUNTIME.domain(`${path}[${name}]`, shape, value);
      }
    }
    // INVARIANT: objects can be read by any name; a value that is missing is refused when written.
    return keys.map((key) => snapshot((value as Record<string, unknown>)[String(key)]));
  },
};

/** Views are copied before the state that they look at is overwritten. */
function snapshot(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  // INVARIANT: only generated views have $plain.
  const view = value as { $plain?: () => unknown };
  return typeof view.$plain === "function" ? view.$plain() : value;
}
