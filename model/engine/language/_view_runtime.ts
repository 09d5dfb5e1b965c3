/**
 * What generated views call where things are not as they should be, or plain values come in.
 *
 * @module
 */
import { truth } from "./answers.ts";
import { DomainError, keyPath, show, SpecError } from "./errors.ts";
import { nameOf } from "./names.ts";
import { article, describe, type Scalar, type Shape } from "./shape.ts";

/** A view, for the slow paths. */
type Placed = object;

/** What they know of one: the view around it, and what it is called there. Of what is no view, nothing. */
interface Places {
  upOf(view: Placed): Placed | null | undefined;
  labelOf(view: Placed): string | undefined;
}

/** The slow paths, called by generated code. `fault` is told that a step wrote what it must not. */
export function runtimeOf(fault: () => void) {
  let last: SpecError | undefined;
  const fail = (error: SpecError): never => {
    fault();
    last = error;
    throw error;
  };
  let places: Places = { upOf: () => undefined, labelOf: () => undefined };
  /** The names of a table's keys, which is asked for them again and again. */
  const names = new Map<Shape, readonly string[]>();
  const namesOf = (shape: Shape, keys: readonly Scalar[]): readonly string[] => {
    let known = names.get(shape);
    if (known === undefined) names.set(shape, known = keys.map(String));
    return known;
  };

  /** Where a view stands in the state, as in `queue[a][0].who`; of what is called `name` in it, if given. */
  const path = (view: Placed, name?: string): string => {
    const up = places.upOf(view);
    const at = joined(up == null ? "" : path(up), places.labelOf(view) ?? "");
    return name === undefined ? at : joined(at, name);
  };
  /** That place in a sentence. */
  const named = (view: Placed): string => {
    const at = path(view);
    return at === "" ? "the state" : show(at);
  };

  const runtime = {
    path,
    /** Is told how to find out where a view stands. */
    placed(upOf: Places["upOf"], labelOf: Places["labelOf"]): void {
      places = { upOf, labelOf };
    },
    /** The prototype of a class of views: reading or writing what the schema has not is an error. */
    guard(shape: Shape): object {
      const fail = (what: string, name: string | symbol, view: Placed): never => {
        throw new SpecError(
          `Cannot ${what} ${show(String(name))} of ${named(view)}: ${wordsOf(shape)}`,
        );
      };
      return new Proxy(COMMON, {
        get: (target, name, view) =>
          typeof name === "symbol" || name === "then" || name in target
            ? Reflect.get(target, name, view)
            : fail("read", name, view),
        set: (_, name, __, view) => fail("set", name, view),
        // Only for…in gets here: it asks the prototypes as well.
        ownKeys(target) {
          if (shape.kind === "struct") return Reflect.ownKeys(target);
          throw new SpecError(
            `Cannot enumerate ${article(shape)} by for…in: ${wordsOf(shape)}`,
          );
        },
      });
    },
    /**
     * What a view of such a shape shows to whoever asks for its keys: a struct its fields, as an object would. A
     * table shows its keys, and a sequence one that says what it is: to read them is an error.
     */
    own(prototype: object, shape: Shape): PropertyDescriptorMap {
      if (shape.kind === "struct") {
        return Object.fromEntries(shape.fields.map(({ name }) => [name, {
          ...Object.getOwnPropertyDescriptor(prototype, name),
          enumerable: true,
        }]));
      }
      const keys = shape.kind === "table" && shape.keys.length <= MOST_SHOWN
        ? shape.keys.map(String)
        : [`(${wordsOf(shape)})`];
      return Object.fromEntries(keys.map((key) => [key, {
        enumerable: true,
        configurable: true,
        get(this: Placed): never {
          throw new SpecError(
            `Cannot read ${show(key)} of ${named(this)}, nor spread or enumerate it: ${
              wordsOf(shape)
            }`,
          );
        },
        set(this: Placed): never {
          throw new SpecError(`Cannot set ${show(key)} of ${named(this)}: ${wordsOf(shape)}`);
        },
      }]));
    },
    /** The length of a sequence and the size of a table are no more than read. */
    unset(view: Placed, name: string, instead: string): never {
      throw new SpecError(`Cannot set ${show(name)} of ${named(view)}: ${instead}`);
    },
    /** What the function given to every, some or count answers. */
    truth: (answer: unknown): boolean =>
      answer === true ||
      (answer !== false && truth(answer, "the function of every, some or count")),
    /** Throws the last error again: a step that has caught it cannot go on, for it wrote a part. */
    again(): never {
      throw last;
    },
    domain(path: string, shape: Shape, value: unknown): never {
      return fail(new DomainError(path === "" ? "state" : path, describe(shape), value));
    },
    key(view: Placed, shape: Shape, key: unknown, what: string): never {
      const keys = shape.kind === "table" ? shape.keys.map(show).join(", ") : "";
      throw new SpecError(
        `Cannot ${what} "${path(view)}" at ${show(key)}: expected one of ${keys}`,
      );
    },
    index(view: Placed, index: unknown, length: number, what: string): never {
      const expected = length === 0
        ? "it is empty"
        : `expected an index below its length ${length}`;
      throw new SpecError(`Cannot ${what} "${path(view)}" at ${show(index)}: ${expected}`);
    },
    empty(view: Placed, what: string): never {
      throw new SpecError(`Cannot ${what} "${path(view)}": it is empty`);
    },
    full(view: Placed, max: number, value: unknown): never {
      const at = path(view);
      return fail(
        new DomainError(
          at,
          `a sequence of at most ${max}`,
          value,
          `Cannot add ${show(value)} to "${at}": expected at most ${max} elements, got ${max + 1}`,
        ),
      );
    },
    crowded(view: Placed): never {
      return fail(
        new SpecError(
          `Cannot take another value out of "${path(view)}": too many were taken out in one step`,
        ),
      );
    },
    extra(view: Placed, shape: Shape, name: string, value: unknown): never {
      const at = path(view, nameOf(name));
      const message = `Cannot set "${at}": there is no such field, ${wordsOf(shape)}`;
      return fail(new DomainError(at, describe(shape), value, message));
    },
    /** The elements of an array or of a view of a sequence. */
    elements(view: Placed, shape: Shape, value: unknown, max: number): unknown[] {
      if (typeof value !== "object" || value === null || !(Symbol.iterator in value)) {
        return runtime.domain(path(view), shape, value);
      }
      // INVARIANT: the line above found it iterable.
      const list = [...value as Iterable<unknown>];
      return list.length > max ? runtime.domain(path(view), shape, value) : list;
    },
    /** The values of a table, in the order of its keys. */
    values(view: Placed, shape: Shape, value: unknown): unknown[] {
      if (shape.kind !== "table" || typeof value !== "object" || value === null) {
        return runtime.domain(path(view), shape, value);
      }
      const { keys } = shape;
      if (isTable(value)) return keys.map((key) => value.at(key));
      if (Array.isArray(value)) {
        if (value.length !== keys.length || keys.some((key) => typeof key !== "number")) {
          runtime.domain(path(view), shape, value);
        }
        return value;
      }
      const known = namesOf(shape, keys);
      const given = Object.keys(value);
      // Most are in the order of the keys: then there is nothing to look for.
      if (given.length > known.length || given.some((name, i) => name !== known[i])) {
        const all = new Set(known);
        const extra = given.find((name) => !all.has(name));
        if (extra !== undefined) runtime.domain(keyPath(path(view), extra), shape, value);
      }
      // INVARIANT: objects can be read by any name; a value that is missing is refused when written.
      return known.map((name) => (value as Record<string, unknown>)[name]);
    },
  };
  return runtime;
}

/** Only views of tables and sequences have $plain and at. */
function isTable(value: object): value is { at(key: Scalar): unknown } {
  return "$plain" in value && "at" in value;
}

/** A place in another one: a field of it, or what stands in brackets. */
function joined(at: string, label: string): string {
  return label === "" || label.startsWith("[") || at === "" ? `${at}${label}` : `${at}.${label}`;
}

/** A table of more keys shows them as one: to show each takes time whenever a view is made. */
const MOST_SHOWN = 64;

/** What a view has beside its fields, for people who print it. */
const COMMON = hidden({
  toJSON(this: { $plain(): unknown }): unknown {
    return this.$plain();
  },
  [Symbol.for("Deno.customInspect")](
    this: { $plain(): unknown },
    inspect: (value: unknown, options: unknown) => string,
    options: unknown,
  ): string {
    return inspect(this.$plain(), options);
  },
});

/** The object, with nothing to be enumerated. */
function hidden(object: object): object {
  const properties = Object.getOwnPropertyDescriptors(object);
  for (const key of Reflect.ownKeys(properties)) {
    Object.defineProperty(object, key, { enumerable: false });
  }
  return object;
}

/** What a view of such a shape can be asked. */
function wordsOf(shape: Shape): string {
  switch (shape.kind) {
    case "struct":
      return `expected one of ${shape.fields.map(({ name }) => nameOf(name)).join(", ")}`;
    case "table":
      return "a table has at, set, assign, every, some, count, keys and size";
    default:
      return "a sequence has length, at, set, push, pop, shift, unshift, removeAt, clear, assign, " +
        "includes, indexOf, every and some; spread it, [...it], for what else arrays have";
  }
}
