/**
 * What differs between two plain states, field by field.
 *
 * @module
 */
import { show } from "./errors.ts";
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
    if (shape.kind === "struct" || shape.kind === "table") {
      const parts = shape.kind === "struct"
        ? shape.fields
        : shape.keys.map((key) => ({ name: String(key), shape: shape.value }));
      for (const part of parts) {
        const inner = shape.kind === "table"
          ? `${path}[${part.name}]`
          : path === ""
          ? part.name
          : `${path}.${part.name}`;
        visit(part.shape, member(from, part.name), member(to, part.name), inner);
      }
    } else if (shape.kind === "maybe" && from !== null && to !== null) {
      visit(shape.inner, from, to, path);
    } else if (show(from) !== show(to)) {
      found.push({ path, from, to });
    }
  }
}

function member(value: unknown, name: string): unknown {
  // INVARIANT: plain states are made by $plain, where structs and tables are objects.
  return (value as Readonly<Record<string, unknown>>)[name];
}
