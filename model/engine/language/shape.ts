/**
 * From Effect's syntax tree to a shape of ours. This is the only file that reads Effect's tree.
 *
 * @module
 */
import { keyPath, show, SpecError } from "./errors.ts";
import { fieldPath, nameOf } from "./names.ts";
import type { SchemaOf } from "./types.ts";

/** A value that a field of few bits holds. */
export type Scalar = string | number | boolean | null;

/** One of finitely many values, by their place in `values`. */
export interface EnumShape {
  readonly kind: "enum";
  readonly values: readonly Scalar[];
}

/** An integer from `min` to `max`, or null where it may be. */
export interface IntShape {
  readonly kind: "int";
  readonly min: number;
  readonly max: number;
  readonly nullable: boolean;
}

/** Fields by name, in the order of the schema. */
export interface StructShape {
  readonly kind: "struct";
  readonly fields: readonly { readonly name: string; readonly shape: Shape }[];
}

/** Up to `max` elements. */
export interface SeqShape {
  readonly kind: "seq";
  readonly element: Shape;
  readonly max: number;
}

/** A value for each key. */
export interface TableShape {
  readonly kind: "table";
  readonly keys: readonly Scalar[];
  readonly value: Shape;
}

/** A struct, sequence or table that may be absent. */
export interface MaybeShape {
  readonly kind: "maybe";
  readonly inner: Shape;
}

/** Everything that a state is made of. */
export type Shape = EnumShape | IntShape | StructShape | SeqShape | TableShape | MaybeShape;

/** The largest domain that a table or a parameter is enumerated over. */
const MAX_DOMAIN = 4096;
/** The longest sequence. */
const MAX_LENGTH = 4096;
/** Where a table keeps its keys among Effect's annotations. */
export const KEYS = "~cofn/keys";

// What is read of Effect's tree, in types of ours. INVARIANT: effect is pinned in the import map,
// and the tests of every schema kind fail where a new version says it differently.
interface Check {
  readonly _tag: string;
  readonly checks?: readonly Check[];
  readonly annotations?: {
    readonly expected?: string;
    readonly representation?: { readonly id: string; readonly payload: unknown };
  };
}
interface Ast {
  readonly _tag: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly checks?: readonly Check[];
  readonly context?: { readonly isOptional?: boolean };
  readonly literal?: unknown;
  readonly enums?: readonly (readonly [string, string | number])[];
  readonly types?: readonly Ast[];
  readonly elements?: readonly Ast[];
  readonly rest?: readonly Ast[];
  readonly propertySignatures?: readonly { readonly name: PropertyKey; readonly type: Ast }[];
  readonly indexSignatures?: readonly unknown[];
}

/** The shape of a schema; refuses what has no bound by a sentence that names the field. */
export function shapeOf(schema: SchemaOf<unknown>, path: string): Shape {
  return read(astOf(schema, path), path);
}

/** The values of a schema that serves as a domain: of a table's keys, or of a parameter. */
export function domainOf(schema: SchemaOf<unknown>, path: string): readonly Scalar[] {
  const shape = shapeOf(schema, path);
  if (shape.kind !== "enum" && shape.kind !== "int") {
    throw new SpecError(
      `Cannot choose from ${path}: expected Literals, a bounded Int, a Boolean or NullOr of those, got ${
        article(shape)
      }`,
    );
  }
  if (sizeOf(shape) > MAX_DOMAIN) {
    throw new SpecError(
      `Cannot choose from ${path}: expected at most ${MAX_DOMAIN} values, got ${sizeOf(shape)}`,
    );
  }
  return Array.from({ length: sizeOf(shape) }, (_, index) => scalarAt(shape, index));
}

/** How many values a scalar has. */
export function sizeOf(shape: EnumShape | IntShape): number {
  return shape.kind === "enum"
    ? shape.values.length
    : shape.max - shape.min + 1 + (shape.nullable ? 1 : 0);
}

/** The value of a scalar that stands at `index` of its domain. */
export function scalarAt(shape: EnumShape | IntShape, index: number): Scalar {
  // INVARIANT: callers keep `index` below sizeOf(shape), so the value is there.
  if (shape.kind === "enum") return shape.values[index] as Scalar;
  if (!shape.nullable) return shape.min + index;
  return index === 0 ? null : shape.min + index - 1;
}

/** The kind of a shape, in words. */
export function article(shape: Shape): string {
  switch (shape.kind) {
    case "enum":
      return "literals";
    case "int":
      return "an Int";
    case "struct":
      return "a Struct";
    case "seq":
      return "a Seq";
    case "table":
      return "a Table";
    case "maybe":
      return `NullOr of ${article(shape.inner)}`;
  }
}

/** What may stand in a place of this shape, in words. */
export function describe(shape: Shape): string {
  switch (shape.kind) {
    case "enum":
      return shape.values.length === 1
        ? show(shape.values[0])
        : `one of ${shape.values.map(show).join(", ")}`;
    case "int":
      return `${shape.nullable ? "null or " : ""}an integer between ${shape.min} and ${shape.max}`;
    case "struct":
      return `a struct of ${shape.fields.map((field) => nameOf(field.name)).join(", ")}`;
    case "seq":
      return `a sequence of at most ${shape.max}`;
    case "table":
      return `a table over ${shape.keys.map(show).join(", ")}`;
    case "maybe":
      return `null or ${describe(shape.inner)}`;
  }
}

/** Effect's syntax tree of a schema; refuses what is none. */
export function astOf(schema: SchemaOf<unknown>, path: string): Ast {
  // INVARIANT: whatever has no `ast` is refused below.
  const ast = (schema as { readonly ast?: unknown } | null | undefined)?.ast;
  if (typeof ast !== "object" || ast === null || !("_tag" in ast)) {
    throw new SpecError(`Cannot use ${path}: expected an Effect schema, got ${show(schema)}`);
  }
  // INVARIANT: Effect's trees have these members; see `Ast`.
  return ast as Ast;
}

function read(ast: Ast, path: string): Shape {
  if (ast.context?.isOptional === true) {
    throw refuseAs(
      path,
      "an optional field",
      "may be missing",
      "NullOr(…), which has a value for absence",
    );
  }
  switch (ast._tag) {
    case "Literal":
    case "Null":
    case "Boolean":
    case "Enum":
    case "Union":
      return readUnion(ast, path);
    case "Number":
      return readInt(ast, path);
    case "Arrays":
      return readSeq(ast, path);
    case "Objects":
      return readStruct(ast, path);
    case "String":
      throw refuse(path, "String", "Literals([…]) with the values it takes");
    case "Undefined":
      throw refuseAs(path, "Undefined", "is no value of a field", "NullOr(…)");
    default:
      throw refuse(path, ast._tag, "Struct, Literals, Boolean, Int, NullOr, Seq or Table");
  }
}

function refuse(path: string, got: string, instead: string): SpecError {
  return new SpecError(
    `Cannot bound the state: field "${path}" is ${got}, which has no bound here; write ${instead}`,
  );
}

/** What has a bound, and is refused for another reason: `why` goes on after "which". */
function refuseAs(path: string, got: string, why: string, instead: string): SpecError {
  return new SpecError(
    `Cannot lay out the state: field "${path}" is ${got}, which ${why}; write ${instead}`,
  );
}

function refuseChecks(ast: Ast, path: string): void {
  for (const check of filters(ast)) {
    const expected = check.annotations?.expected ?? "of its own";
    throw new SpecError(
      `Cannot bound the state: field "${path}" has a check (${expected}) that the model would ignore; write it as a claim in always`,
    );
  }
}

function readUnion(ast: Ast, path: string): Shape {
  const values: Scalar[] = [];
  let int: IntShape | undefined;
  let composite: Shape | undefined;
  const add = (value: unknown): void => {
    if (
      typeof value !== "string" && typeof value !== "boolean" && value !== null &&
      !(typeof value === "number" && Number.isFinite(value))
    ) {
      throw refuseAs(
        path,
        `the literal ${show(value)}`,
        "cannot be held",
        "a string, a number or a boolean",
      );
    }
    if (!values.includes(value)) values.push(value);
  };
  const visit = (part: Ast): void => {
    switch (part._tag) {
      case "Union":
        refuseChecks(part, path);
        (part.types ?? []).forEach(visit);
        break;
      case "Literal":
        add(part.literal);
        break;
      case "Null":
        add(null);
        break;
      case "Boolean":
        refuseChecks(part, path);
        [false, true].forEach(add);
        break;
      case "Enum":
        (part.enums ?? []).forEach(([, value]) => add(value));
        break;
      case "Number":
        if (int !== undefined) {
          throw refuseAs(path, "a union of integers", "cannot be held", "one Int(min, max)");
        }
        int = readInt(part, path);
        break;
      default:
        if (composite !== undefined) {
          throw refuseAs(
            path,
            "a union of structs",
            "cannot be held",
            "one Struct with a tag and NullOr fields",
          );
        }
        composite = read(part, path);
    }
  };
  visit(ast);
  const nullable = values.includes(null);
  const others = values.length - (nullable ? 1 : 0);
  if (composite !== undefined) {
    if (others > 0 || int !== undefined || !nullable) {
      throw refuseAs(
        path,
        "a union of a struct with something else",
        "cannot be held",
        "NullOr(…)",
      );
    }
    return { kind: "maybe", inner: composite };
  }
  if (int !== undefined) {
    if (others > 0) {
      throw refuseAs(path, "a union of integers and literals", "cannot be held", "Literals([…])");
    }
    return { ...int, nullable };
  }
  if (values.length === 0) throw refuseAs(path, "empty", "has no value", "at least one literal");
  // Null stands first, so that a state of nulls is a state of zero bits.
  return {
    kind: "enum",
    values: nullable ? [null, ...values.filter((value) => value !== null)] : values,
  };
}

function filters(ast: Ast): readonly Check[] {
  return (ast.checks ?? []).flatMap((check) => check.checks ?? [check]);
}

function payloadOf(
  check: Check,
): { readonly id: string; readonly bounds: Readonly<Record<string, unknown>> } {
  const representation = check.annotations?.representation;
  const payload = representation?.payload;
  return {
    id: (representation?.id ?? "").split("/").at(-1) ?? "",
    bounds: typeof payload === "object" && payload !== null ? { ...payload } : {},
  };
}

function readInt(ast: Ast, path: string): IntShape {
  let integer = false;
  let min = -Infinity;
  let max = Infinity;
  for (const check of filters(ast)) {
    const { id, bounds } = payloadOf(check);
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = bounds;
    switch (id) {
      case "isInt":
        integer = true;
        break;
      case "isBetween":
      case "isGreaterThan":
      case "isGreaterThanOrEqualTo":
      case "isLessThan":
      case "isLessThanOrEqualTo": {
        const above = exclusiveMinimum === true ? minimum : exclusiveMinimum;
        const below = exclusiveMaximum === true ? maximum : exclusiveMaximum;
        if (typeof minimum === "number") min = Math.max(min, Math.ceil(minimum));
        if (typeof maximum === "number") max = Math.min(max, Math.floor(maximum));
        if (typeof above === "number") min = Math.max(min, Math.floor(above) + 1);
        if (typeof below === "number") max = Math.min(max, Math.ceil(below) - 1);
        break;
      }
      default:
        throw refuseAs(
          path,
          `a number with a check (${check.annotations?.expected ?? "of its own"})`,
          "the model would ignore",
          "Literals([…]) with the values it takes, or Int(min, max)",
        );
    }
  }
  if (!integer) throw refuse(path, "Number", "Int(min, max)");
  if (min === -Infinity || max === Infinity) {
    const missing = min === -Infinity && max === Infinity
      ? "Int"
      : min === -Infinity
      ? "an Int without a least value"
      : "an Int without a greatest value";
    throw refuse(path, missing, "Int(min, max)");
  }
  if (min > max) {
    throw refuseAs(
      path,
      `an empty Int (${min} to ${max})`,
      "has no value",
      "Int(min, max) in order",
    );
  }
  if (max - min >= 2 ** 31 - 1 || min < -(2 ** 31) || max >= 2 ** 31) {
    throw refuseAs(
      path,
      `an Int from ${min} to ${max}`,
      "is too wide",
      "Int(min, max) of less than 31 bits, between -(2 ** 31) and 2 ** 31 - 1",
    );
  }
  return { kind: "int", min, max, nullable: false };
}

function readSeq(ast: Ast, path: string): SeqShape {
  const element = ast.rest?.[0];
  if ((ast.elements ?? []).length > 0 || element === undefined || ast.rest?.length !== 1) {
    throw refuseAs(path, "a tuple", "cannot be held", "Struct({ … }), or Seq(element, maxLength)");
  }
  let max = Infinity;
  for (const check of filters(ast)) {
    const { id, bounds } = payloadOf(check);
    if (id !== "isMaxLength" || typeof bounds["maxLength"] !== "number") {
      throw refuseAs(
        path,
        `an Array with a check (${check.annotations?.expected ?? "of its own"})`,
        "the model would ignore",
        "Seq(element, maxLength), and the rest as a claim in always",
      );
    }
    max = Math.min(max, bounds["maxLength"]);
  }
  if (max === Infinity) {
    throw refuse(path, "an Array without a greatest length", "Seq(element, maxLength)");
  }
  if (max > MAX_LENGTH) {
    throw refuseAs(path, `a Seq of ${max}`, "is too long", `at most ${MAX_LENGTH} elements`);
  }
  return { kind: "seq", element: read(element, `${path}[…]`), max };
}

function readStruct(ast: Ast, path: string): Shape {
  if ((ast.indexSignatures ?? []).length > 0) {
    throw refuse(path, "a Record over an unbounded key", "Table(Literals([…]), value)");
  }
  refuseChecks(ast, path);
  const signatures = ast.propertySignatures ?? [];
  const keys = ast.annotations?.[KEYS];
  if (Array.isArray(keys) && signatures[0] !== undefined) {
    return { kind: "table", keys, value: read(signatures[0].type, keyPath(path, keys[0])) };
  }
  const fields = signatures.map(({ name, type }) => {
    const field = fieldPath(path === "state" ? "" : path, String(name));
    if (typeof name !== "string" || name.startsWith("$") || FORBIDDEN.has(name)) {
      throw new SpecError(
        `Cannot name a field "${field}": expected a string that is no ${
          [...FORBIDDEN].join(", ")
        } and has no dollar sign in front, got ${nameOf(String(name))}`,
      );
    }
    return { name, shape: read(type, field) };
  });
  return { kind: "struct", fields };
}

/** Names that every JavaScript object has a meaning for. */
const FORBIDDEN: ReadonlySet<string> = new Set(["constructor", "__proto__", "prototype", "toJSON"]);
