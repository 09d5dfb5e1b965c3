/**
 * Schemas for what Effect has no word for: sequences and tables of bounded size. At run time each is
 * an Effect schema, so Effect's own words take them.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { show, SpecError } from "./errors.ts";
import { astOf, domainOf, KEYS } from "./shape.ts";
import type { ModelSchema, SchemaOf, SeqOf, TableOf } from "./types.ts";

/**
 * A schema for the integers from `min` to `max`.
 *
 * @example A dice
 * ```ts
 * import { Int } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * Schema.Struct({ dice: Int(1, 6) });
 * ```
 *
 * @param min The least value
 * @param max The greatest value
 * @returns A schema of the integers between them, both included
 * @throws {SpecError} When the bounds are not integers in order
 */
export function Int(min: number, max: number): ModelSchema<number> {
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    throw new SpecError(`Cannot make Int(${min}, ${max}): expected two integers in order`);
  }
  return branded(Schema.Int.check(Schema.isBetween({ minimum: min, maximum: max })));
}

/**
 * A schema for sequences of at most `maxLength` elements.
 *
 * @example Who waits, first come first served
 * ```ts
 * import { Seq } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * Schema.Struct({ waiters: Seq(Schema.Literals(["a", "b"]), 2) });
 * ```
 *
 * @param element The schema of one element
 * @param maxLength The greatest length
 * @returns A schema of the sequences
 * @throws {SpecError} When `maxLength` is not a positive integer
 */
export function Seq<E>(element: SchemaOf<E>, maxLength: number): ModelSchema<SeqOf<E>> {
  if (!Number.isSafeInteger(maxLength) || maxLength < 1) {
    throw new SpecError(`Cannot make Seq: expected a positive length, got ${maxLength}`);
  }
  return branded(Schema.Array(effect(element)).check(Schema.isMaxLength(maxLength)));
}

/**
 * A schema for tables: a value for every key of a domain.
 *
 * @example A status for everybody
 * ```ts
 * import { Table } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const Who = Schema.Literals(["a", "b"]);
 * Schema.Struct({ status: Table(Who, Schema.Literals(["idle", "busy"])) });
 * ```
 *
 * @param domain The keys: literals, a bounded integer or a boolean
 * @param value The schema of one value
 * @returns A schema of the tables
 * @throws {SpecError} When the domain is not finite
 */
export function Table<K, V>(
  domain: SchemaOf<K>,
  value: SchemaOf<V>,
): ModelSchema<TableOf<K, V>> {
  const keys = domainOf(domain, "the domain of a Table");
  const fields = Object.fromEntries(keys.map((key) => [String(key), effect(value)]));
  if (Object.keys(fields).length !== keys.length || keys.includes("__proto__")) {
    throw new SpecError(
      `Cannot make Table: expected keys that differ as text, none of them __proto__, got ${
        keys.map(show).join(", ")
      }`,
    );
  }
  return branded(Schema.Struct(fields).annotate({ [KEYS]: keys }));
}

/**
 * A plain table over a domain, for `init`.
 *
 * @example Nobody has started
 * ```ts
 * import { fill } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const started = fill(Schema.Literals(["a", "b"]), false);
 * if (started.a || started.b) throw new Error("nobody has started");
 * ```
 *
 * @param domain The keys
 * @param value The value of every key, or a function from a key to its value
 * @returns A record with a value for every key
 */
export function fill<K, const V>(
  domain: SchemaOf<K>,
  value: V | ((key: K) => V),
): Filled<K, V> {
  const entries = domainOf(domain, "the domain of fill").map((key) => [
    String(key),
    // INVARIANT: the values of the domain's shape are those of its type K; plain states hold no
    // functions, so a function is never itself a value.
    typeof value === "function" ? (value as (key: K) => V)(key as K) : value,
  ]);
  return Object.fromEntries(entries);
}

/**
 * What {@linkcode fill} makes: a value for every key, the keys as text.
 *
 * @example The type of a filled table
 * ```ts
 * import type { Filled } from "@cofn/coroutine/model";
 *
 * const table: Filled<"a" | "b", number> = { a: 1, b: 2 };
 * ```
 */
export type Filled<K, V> = [K] extends [boolean] ? { readonly true: V; readonly false: V }
  : { readonly [P in K & (string | number)]: V };

// INVARIANT: the brand says the same type as Effect's own; only the name of the type differs.
function branded<T>(schema: { readonly ast: unknown }): ModelSchema<T> {
  return schema as unknown as ModelSchema<T>;
}

// INVARIANT: whatever has a `Type` here was made by Effect; `astOf` refuses the rest at run time.
function effect(schema: SchemaOf<unknown>): Schema.Schema<unknown> {
  astOf(schema, "a schema");
  return schema as unknown as Schema.Schema<unknown>;
}
