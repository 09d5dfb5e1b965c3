/**
 * What differs between two plain states, field by field.
 *
 * @module
 */
import { same } from "./answers.ts";
import { keyPath } from "./errors.ts";
import { fieldPath } from "./names.ts";
import type { Shape } from "./shape.ts";

/**
 * A field that differs, and both of its values in plain form.
 *
 * @example A field that was set
 * ```ts
 * import type { Difference } from "@cofn/coroutine/model";
 *
 * const set: Difference = { path: "status[a]", from: "idle", to: "busy" };
 * ```
 */
export interface Difference {
  /** The field, as in `status[a]`. */
  readonly path: string;
  /** Its value before. */
  readonly from: unknown;
  /** Its value after. */
  readonly to: unknown;
}

/** The fields that differ; sequences are compared as wholes, since that is how one reads them. */
export function differencesOf(shape: Shape, from: unknown, to: unknown): readonly Difference[] {
  const found: Difference[] = [];
  visit(shape, from, to, "");
  return found;

  function visit(shape: Shape, from: unknown, to: unknown, path: string): void {
    if (shape.kind === "struct") {
      for (const { name, shape: part } of shape.fields) {
        visit(part, member(from, name), member(to, name), fieldPath(path, name));
      }
    } else if (shape.kind === "table") {
      for (const key of shape.keys) {
        const name = String(key);
        visit(shape.value, member(from, name), member(to, name), keyPath(path, key));
      }
    } else if (shape.kind === "maybe" && from !== null && to !== null) {
      visit(shape.inner, from, to, path);
    } else if (!same(from, to)) {
      found.push({ path, from, to });
    }
  }
}

function member(value: unknown, name: string): unknown {
  // INVARIANT: plain states are made by $plain, where structs and tables are objects.
  return (value as Readonly<Record<string, unknown>>)[name];
}
