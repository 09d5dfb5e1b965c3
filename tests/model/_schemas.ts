/** Random schemas, values and operations, for the tests of the codec and the views. */
import { Int, type SchemaOf, Seq, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

export type Sketch =
  | { readonly kind: "enum"; readonly values: readonly (string | number | boolean | null)[] }
  | { readonly kind: "int"; readonly min: number; readonly max: number; readonly nullable: boolean }
  | { readonly kind: "struct"; readonly fields: readonly Sketch[] }
  | { readonly kind: "seq"; readonly element: Sketch; readonly max: number }
  | { readonly kind: "table"; readonly keys: readonly unknown[]; readonly value: Sketch }
  | { readonly kind: "maybe"; readonly inner: Sketch };

// deno-lint-ignore no-explicit-any -- values and views of random schemas have no static type
export type Anything = any;

/** Choices read from a list of numbers, so that a failure shrinks; zero when it runs out. */
export class Tape {
  #at = 0;
  constructor(readonly numbers: readonly number[]) {}
  get ended(): boolean {
    return this.#at >= this.numbers.length;
  }
  below(limit: number): number {
    return (this.numbers[this.#at++] ?? 0) % limit;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const ENUMS = [
  [false, true],
  ["a", "b", "c"],
  [null, "a", "b"],
  ["only"],
  [1, "1", true],
  Array.from({ length: 40 }, (_, index) => `v${index}`),
];
const KEYS = [
  ["x", "y", "z"],
  [0, 1],
  [-1, 0, 1, 2],
  [false, true],
  Array.from({ length: 9 }, (_, i) => i),
];

export function sketch(tape: Tape, depth: number): Sketch {
  switch (tape.below(depth > 0 ? 6 : 2)) {
    case 0:
      return { kind: "enum", values: tape.of(ENUMS) };
    case 1: {
      const min = tape.below(100) - 50;
      return {
        kind: "int",
        min,
        max: min + tape.below(tape.of([2, 30, 5000])),
        nullable: tape.below(2) === 1,
      };
    }
    case 2:
      return structSketch(tape, depth - 1);
    case 3:
      return { kind: "seq", element: sketch(tape, depth - 1), max: 1 + tape.below(7) };
    case 4:
      return { kind: "table", keys: tape.of(KEYS), value: sketch(tape, depth - 1) };
    default: {
      const inner = sketch(tape, depth - 1);
      return inner.kind === "enum" || inner.kind === "int" || inner.kind === "maybe"
        ? inner
        : { kind: "maybe", inner };
    }
  }
}

export function structSketch(tape: Tape, depth: number): Sketch & { readonly kind: "struct" } {
  const fields = Array.from({ length: 1 + tape.below(4) }, () => sketch(tape, depth));
  return { kind: "struct", fields };
}

export function schemaOf(sketch: Sketch): Anything {
  switch (sketch.kind) {
    case "enum": {
      const literals = sketch.values.filter((value) => value !== null);
      const schema = Schema.Literals(literals);
      return literals.length === sketch.values.length ? schema : Schema.NullOr(schema);
    }
    case "int": {
      const schema = Int(sketch.min, sketch.max);
      return sketch.nullable ? Schema.NullOr(schema) : schema;
    }
    case "struct":
      return Schema.Struct(
        Object.fromEntries(sketch.fields.map((field, index) => [`f${index}`, schemaOf(field)])),
      );
    case "seq":
      return Seq(schemaOf(sketch.element), sketch.max);
    case "table":
      return Table(domainSchema(sketch.keys), schemaOf(sketch.value));
    case "maybe":
      return Schema.NullOr(schemaOf(sketch.inner));
  }
}

function domainSchema(keys: readonly unknown[]): SchemaOf<unknown> {
  const [first] = keys;
  if (typeof first === "boolean") return Schema.Boolean;
  return typeof first === "number"
    ? Int(first, first + keys.length - 1)
    : Schema.Literals(keys as string[]);
}

export function value(sketch: Sketch, tape: Tape): Anything {
  switch (sketch.kind) {
    case "enum":
      return tape.of(sketch.values);
    case "int":
      return sketch.nullable && tape.below(3) === 0
        ? null
        : sketch.min + tape.below(sketch.max - sketch.min + 1);
    case "struct":
      return Object.fromEntries(
        sketch.fields.map((field, index) => [`f${index}`, value(field, tape)]),
      );
    case "seq":
      return Array.from({ length: tape.below(sketch.max + 1) }, () => value(sketch.element, tape));
    case "table":
      return Object.fromEntries(sketch.keys.map((key) => [String(key), value(sketch.value, tape)]));
    case "maybe":
      return tape.below(3) === 0 ? null : value(sketch.inner, tape);
  }
}

/** Reads a whole part through what a spec sees: fields, `at`, `length`. */
export function readAll(sketch: Sketch, view: Anything): Anything {
  switch (sketch.kind) {
    case "enum":
    case "int":
      return view;
    case "struct":
      return Object.fromEntries(
        sketch.fields.map((field, index) => [`f${index}`, readAll(field, view[`f${index}`])]),
      );
    case "seq":
      return Array.from(
        { length: view.length },
        (_, index) => readAll(sketch.element, view.at(index)),
      );
    case "table":
      return Object.fromEntries(
        sketch.keys.map((key) => [String(key), readAll(sketch.value, view.at(key))]),
      );
    case "maybe":
      return view === null ? null : readAll(sketch.inner, view);
  }
}

/** A view, and the plain value that it stands for. */
export interface Held {
  readonly sketch: Sketch;
  readonly view: Anything;
  readonly plain: Anything;
}

/** Reads some composite part of a composite, as a step does that keeps it in a variable. */
export function hold(held: Held, tape: Tape): Held {
  const { sketch, view, plain } = held;
  const inner: Held | undefined = ((): Held | undefined => {
    switch (sketch.kind) {
      case "struct": {
        const index = tape.below(sketch.fields.length);
        const name = `f${index}`;
        return { sketch: sketch.fields[index] as Sketch, view: view[name], plain: plain[name] };
      }
      case "table": {
        const key = tape.of(sketch.keys);
        return { sketch: sketch.value, view: view.at(key), plain: plain[String(key)] };
      }
      case "seq": {
        if (plain.length === 0) return undefined;
        const index = tape.below(plain.length);
        return { sketch: sketch.element, view: view.at(index), plain: plain[index] };
      }
      default:
        return undefined;
    }
  })();
  if (inner === undefined || isScalar(inner.sketch) || inner.plain === null) return held;
  const there = inner.sketch.kind === "maybe" ? { ...inner, sketch: inner.sketch.inner } : inner;
  return tape.below(2) === 0 ? there : hold(there, tape);
}

const isScalar = (sketch: Sketch) => sketch.kind === "enum" || sketch.kind === "int";

/**
 * Does one random thing to a composite view, and the same to the plain value beside it; returns
 * what it did.
 */
export function mutate(sketch: Sketch, view: Anything, plain: Anything, tape: Tape): string {
  const part = (
    inner: Sketch,
    name: string,
    get: () => Anything,
    set: (value: Anything) => void,
    old: () => Anything,
    put: (value: Anything) => void,
  ): string => {
    const there = inner.kind !== "maybe" || old() !== null;
    if (isScalar(inner) || !there || tape.below(4) === 0) {
      const next = value(inner, tape);
      set(next);
      put(structuredClone(next));
      return `${name} = ${JSON.stringify(next)}`;
    }
    const composite = inner.kind === "maybe" ? inner.inner : inner;
    return `${name}.${mutate(composite, get(), old(), tape)}`;
  };
  switch (sketch.kind) {
    case "struct": {
      const index = tape.below(sketch.fields.length);
      const name = `f${index}`;
      return part(
        sketch.fields[index] as Sketch,
        name,
        () => view[name],
        (next) => view[name] = next,
        () => plain[name],
        (next) => plain[name] = next,
      );
    }
    case "table": {
      const key = tape.of(sketch.keys);
      if (tape.below(6) === 0) {
        const other = tape.of(sketch.keys);
        view.set(key, view.at(other));
        if (other !== key) plain[String(key)] = structuredClone(plain[String(other)]);
        return `set(${key}, at(${other}))`;
      }
      return part(
        sketch.value,
        `[${key}]`,
        () => view.at(key),
        (next) => view.set(key, next),
        () => plain[String(key)],
        (next) => plain[String(key)] = next,
      );
    }
    case "seq":
      return mutateSeq(sketch, view, plain, tape, part);
    default:
      throw new Error("a scalar is not mutated in place");
  }
}

function mutateSeq(
  sketch: Sketch & { readonly kind: "seq" },
  view: Anything,
  plain: Anything[],
  tape: Tape,
  part: (
    inner: Sketch,
    name: string,
    get: () => Anything,
    set: (value: Anything) => void,
    old: () => Anything,
    put: (value: Anything) => void,
  ) => string,
): string {
  const { element, max } = sketch;
  const length = plain.length;
  const op = tape.of([
    "push",
    "unshift",
    "pop",
    "shift",
    "removeAt",
    "at",
    "clear",
    "assign",
    "alias",
  ]);
  const equal = (a: Anything, b: Anything) => {
    if (JSON.stringify(a) !== JSON.stringify(b)) {
      throw new Error(`${op}: expected ${JSON.stringify(b)}, got ${JSON.stringify(a)}`);
    }
  };
  switch (op) {
    case "push":
    case "unshift":
    case "alias": {
      if (length === max) return "full";
      const own = op === "alias" && length > 0 ? tape.below(length) : -1;
      const next = own >= 0 ? view.at(own) : value(element, tape);
      const copy = own >= 0 ? structuredClone(plain[own]) : structuredClone(next);
      const front = op === "unshift" || (op === "alias" && tape.below(2) === 0);
      equal(front ? view.unshift(next) : view.push(next), length + 1);
      if (front) plain.unshift(copy);
      else plain.push(copy);
      equal(view.indexOf(copy), plain.findIndex((x) => JSON.stringify(x) === JSON.stringify(copy)));
      equal(view.includes(value(element, tape)) || true, true);
      return `${front ? "unshift" : "push"}(${own >= 0 ? `at(${own})` : JSON.stringify(copy)})`;
    }
    case "pop":
    case "shift": {
      if (length === 0) return "empty";
      equal(
        readAll(element, op === "pop" ? view.pop() : view.shift()),
        op === "pop" ? plain.pop() : plain.shift(),
      );
      return `${op}()`;
    }
    case "removeAt": {
      if (length === 0) return "empty";
      const index = tape.below(length);
      view.removeAt(index);
      plain.splice(index, 1);
      return `removeAt(${index})`;
    }
    case "at": {
      if (length === 0) return "empty";
      const index = tape.below(length);
      return part(
        element,
        `[${index}]`,
        () => view.at(index),
        (next) => view.set(index, next),
        () => plain[index],
        (next) => plain[index] = next,
      );
    }
    case "clear":
      view.clear();
      plain.length = 0;
      return "clear()";
    default: {
      const next = value(sketch, tape);
      view.assign(next);
      plain.splice(0, length, ...structuredClone(next));
      return `assign(${JSON.stringify(next)})`;
    }
  }
}
