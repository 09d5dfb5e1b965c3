/**
 * What generated views call where things are not as they should be, or plain values come in.
 *
 * @module
 */
import { truth } from "./answers.ts";
import { DomainError, show, SpecError } from "./errors.ts";
import { describe, type Scalar, type Shape } from "./shape.ts";

/** What the slow paths know of a view: the one around it, and what it is called there. */
interface Placed {
  readonly $up: Placed | null;
  readonly $label: string;
}

/** The slow paths, called by generated code. `fault` is told that a step wrote what it must not. */
export function runtimeOf(fault: () => void) {
  let last: SpecError | undefined;
  const fail = (error: SpecError): never => {
    fault();
    last = error;
    throw error;
  };
  const runtime = {
    path,
    guard,
    /** What the function given to every, some or count answers. */
    truth: (answer: unknown): boolean =>
      answer === true ||
      (answer !== false && truth(answer, "the function of every, some or count")),
    whole(view: Placed): never {
      const at = path(view);
      throw new SpecError(
        `Cannot spread or enumerate ${
          at === "" ? "the state" : show(at)
        }: a view has no fields of ` +
          `its own; name them one by one, or copy it whole by writing it to its new place`,
      );
    },
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
      const at = path(view, name);
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
      for (const name of Object.keys(value)) {
        if (!keys.some((key) => String(key) === name)) {
          runtime.domain(`${path(view)}[${name}]`, shape, value);
        }
      }
      // INVARIANT: objects can be read by any name; a value that is missing is refused when written.
      return keys.map((key) => (value as Record<string, unknown>)[String(key)]);
    },
  };
  return runtime;
}

/** Only views of tables and sequences have $plain and at. */
function isTable(value: object): value is { at(key: Scalar): unknown } {
  return "$plain" in value && "at" in value;
}

/** Where a view stands in the state, as in `queue[a][0].who`; of the field `name` in it, if given. */
function path(view: Placed, name?: string): string {
  const up = view.$up === null ? "" : path(view.$up);
  const own = view.$label;
  const at = own === "" || own.startsWith("[") || up === "" ? `${up}${own}` : `${up}.${own}`;
  if (name === undefined) return at;
  return at === "" || name.startsWith("[") ? `${at}${name}` : `${at}.${name}`;
}

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

/** The prototype of a class of views: reading or writing what the schema has not is an error. */
function guard(shape: Shape): object {
  const fail = (what: string, name: string | symbol, view: Placed): never => {
    const at = view.$label === undefined ? "" : path(view);
    throw new SpecError(
      `Cannot ${what} ${show(String(name))} of ${at === "" ? "the state" : show(at)}: ${
        wordsOf(shape)
      }`,
    );
  };
  return new Proxy(COMMON, {
    get: (target, name, view) =>
      typeof name === "symbol" || name === "then" || name in target
        ? Reflect.get(target, name, view)
        : fail("read", name, view),
    set: (_, name, __, view) => fail("set", name, view),
  });
}

/** What a view of such a shape can be asked. */
function wordsOf(shape: Shape): string {
  switch (shape.kind) {
    case "struct":
      return `expected one of ${shape.fields.map(({ name }) => name).join(", ")}`;
    case "table":
      return "a table has at, set, assign, every, some, count, keys and size";
    default:
      return "a sequence has length, at, set, push, pop, shift, unshift, removeAt, clear, assign, " +
        "includes, indexOf, every and some; spread it, [...it], for what else arrays have";
  }
}
