/**
 * What a binding shows of the state: what it does not is not compared.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";
import type { Machine } from "./machine.ts";
import type { Binding } from "./play.ts";
import { scalarAt, type Shape, sizeOf } from "./shape.ts";
import type { Plain } from "./types.ts";

/**
 * The parts of the state, as in `status[a]`, that the view of a new object leaves as they were,
 * whatever that was: each is given another value, and the view written over it. Where all parts of
 * a field are left, it is the field. A binding that shows nothing at all is refused, unless calls
 * have `answered` something: nothing would have been compared.
 */
export function unobservedFields<T, A, R>(
  machine: Machine<T>,
  binding: Binding<T, A, R>,
  answered: boolean,
): readonly string[] {
  const [first] = machine.initial;
  if (first === undefined) return [];
  machine.load(first, 0);
  const start = machine.decode();
  const real = binding.create(start);
  const seenOver = (state: unknown): Int32Array => {
    machine.encode(state);
    binding.view(real, machine.view);
    return machine.words.slice();
  };
  const seen = seenOver(start);
  const fields = machine.spec.shape.fields.flatMap((field) => {
    const value = member(start, field.name);
    const parts = partsOf(field.shape, value, field.name);
    const unseen = parts.filter(({ other }) => {
      try {
        const after = seenOver({ ...(start as object), [field.name]: other });
        return after.some((word, index) => word !== seen[index]);
      } catch {
        return false; // a view that looks at this part: no real state is like that
      }
    });
    return parts.length === 0
      ? []
      : [{ name: field.name, unseen: unseen.map(({ path }) => path), all: parts.length }];
  });
  if (!answered && fields.length > 0 && fields.every(({ unseen, all }) => unseen.length === all)) {
    throw new SpecError(
      `Cannot conform to spec ${show(machine.name)}: the binding's view shows none of ${
        fields.map(({ name }) => name).join(", ")
      }: write into s what can be seen of the real thing`,
    );
  }
  return fields.flatMap(({ name, unseen, all }) => unseen.length === all ? [name] : unseen);
}

/** A part of a field, and the field with that part changed. */
interface Part {
  readonly path: string;
  readonly other: unknown;
}

/** The parts of a value that can be given another value, each by itself. */
function partsOf(shape: Shape, value: unknown, path: string): readonly Part[] {
  switch (shape.kind) {
    case "enum":
    case "int": {
      const found = [0, 1].filter((index) => index < sizeOf(shape))
        .map((index) => scalarAt(shape, index)).find((other) => other !== value);
      return found === undefined ? [] : [{ path, other: found }];
    }
    case "struct":
      return shape.fields.flatMap(({ name, shape }) =>
        partsOf(shape, member(value, name), `${path}.${name}`)
          .map((part) => within(part, value, name))
      );
    case "table":
      return shape.keys.flatMap((key) =>
        partsOf(shape.value, member(value, String(key)), `${path}[${key}]`)
          .map((part) => within(part, value, String(key)))
      );
    case "seq": {
      // INVARIANT: the plain form of a sequence is an array.
      const list = value as readonly unknown[];
      return [{ path, other: list.length > 0 ? [] : [leastOf(shape.element)] }];
    }
    case "maybe":
      return [{ path, other: value === null ? leastOf(shape.inner) : null }];
  }
}

function within(part: Part, value: unknown, name: string): Part {
  return { ...part, other: { ...(value as object), [name]: part.other } };
}

/** Some value of a shape, in plain form. */
function leastOf(shape: Shape): unknown {
  switch (shape.kind) {
    case "enum":
    case "int":
      return scalarAt(shape, 0);
    case "struct":
      return Object.fromEntries(shape.fields.map(({ name, shape }) => [name, leastOf(shape)]));
    case "table":
      return Object.fromEntries(shape.keys.map((key) => [String(key), leastOf(shape.value)]));
    case "seq":
      return [];
    case "maybe":
      return null;
  }
}

function member<T>(value: Plain<T> | unknown, name: string): unknown {
  // INVARIANT: plain states are made by $plain, where structs and tables are objects.
  return (value as Readonly<Record<string, unknown>>)[name];
}
