/**
 * What users give, told in words whatever it is, and refused where it is of another kind than it must be.
 *
 * @module
 */
import { Afresh } from "./_afresh.ts";
import type { Co, Suspension } from "./coroutine.ts";

/** A name that is surely a string: it is read in the middle of a switch, where nothing may throw. */
export function nameOf(label: string | { readonly name: string }): string {
  try {
    const name: unknown = typeof label === "string" ? label : label.name;
    return typeof name === "string" && name !== "" ? name : "anonymous";
  } catch {
    return "anonymous";
  }
}

/** A name that users give: what is no text would be told as none. */
export function givenName(verb: string, name: unknown): string {
  if (typeof name === "string") return name;
  throw new TypeError(`Cannot ${verb}: expected its name to be a string, got ${kindOf(name)}`);
}

/** A number that users give, in words, also if it is none. */
export function amountOf(given: unknown): string {
  if (typeof given === "string") return JSON.stringify(given);
  return typeof given === "number" || typeof given === "bigint" ? `${given}` : kindOf(given);
}

/** What was thrown, in words: it may be a symbol, an object without a prototype, anything. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `a value that has no text`;
  }
}

/** Says what an error comes from, unless it says so itself. One that is frozen stays as it is, and so does a proxy that fails. */
export function addCause(error: unknown, cause: unknown): void {
  try {
    if (error instanceof Error) error.cause ??= cause;
  } catch {
    // Whoever is told of it is told of it as it is.
  }
}

/** Whether it is a promise whose `then` is the host's own: another one may do something each time. */
export function isPlain(promise: unknown): promise is Promise<unknown> {
  try {
    return Object.getPrototypeOf(promise) === Promise.prototype && !Object.hasOwn(promise!, "then");
  } catch {
    // A proxy that fails when it is looked at.
    return false;
  }
}

/** Waits have no `return`; an async generator has no `Symbol.iterator`. */
export function isGenerator<T>(made: Suspension<T> | null | undefined): made is Co<T> {
  const body = made as Partial<Co<T>> | null | undefined;
  return typeof body?.return === "function" && typeof body.next === "function" &&
    typeof body[Symbol.iterator] === "function";
}

/** What a function has made that was to return a generator, or else a wait, of which one is made. */
export function bodyOf<T>(verb: RunVerb, entry: unknown, made: Suspension<T>): Co<T> {
  if (isGenerator(made)) return made;
  if (isWait(made)) return waitBy(made);
  throw notGenerator(verb, entry, made);
}

function* waitBy<T>(wait: Suspension<T>): Co<T> {
  return yield* wait;
}

/** Whether it is a wait: what goes through a collection has no `throw`. */
export function isWait(made: unknown): made is Suspension<unknown> {
  if (made instanceof Afresh) return true;
  if (typeof made !== "object" || made === null) return false;
  const begin = (made as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (typeof begin !== "function") return false;
  const wait: Partial<Iterator<unknown>> | undefined = begin.call(made);
  return typeof wait?.next === "function" && typeof wait.throw === "function";
}

/** The same of what may fail when it is looked at. A generator is told as one. */
function isWaitSurely(made: unknown): boolean {
  try {
    return isWait(made) && !isGenerator(made);
  } catch {
    return false;
  }
}

type RunVerb = "create coroutine" | "call" | "start a task";

/** The error for whoever gives an entry or a callee that returns something else. */
export function notGenerator(verb: RunVerb, entry: unknown, got?: unknown): TypeError {
  if (typeof entry !== "function") {
    const hint = isWaitSurely(entry)
      ? "a wait (give a function that makes it: () => …)"
      : kindOf(entry);
    return new TypeError(
      `Cannot ${verb}: expected a generator function (declare it by function*), got ${hint}`,
    );
  }
  return new TypeError(
    `Cannot ${verb} "${nameOf(entry)}": expected ${
      verb === "call" ? "it" : "its entry"
    } to return a generator (declare it by function*), got ${kindOf(got)}`,
  );
}

/** Refuses options that are none: what is no object, and any with a word that nobody knows, as one that is misspelt. */
export function mustBeOptions(verb: string, options: unknown, words: readonly string[]): void {
  const none = typeof options !== "object" || options === null;
  const clock = !none && "after" in options && words.includes("clock");
  if (none || clock) {
    throw new TypeError(
      `Cannot ${verb}: expected { ${words.join(", ")} }, got ${
        clock ? "a clock (give it as { clock })" : kindOf(options)
      }`,
    );
  }
  const unknown = unknownIn(options, words);
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot ${verb}: unknown option ${JSON.stringify(unknown)}, expected one of ${
      words.join(", ")
    }`,
  );
}

/** Refuses a signal that is none. */
export function mustBeSignal(verb: string, signal: unknown): asserts signal is AbortSignal {
  if (signal instanceof AbortSignal) return;
  throw new TypeError(
    `Cannot ${verb}: expected signal to be an AbortSignal, got ${kindOf(signal)}`,
  );
}

/** A word that is none of these; an instance has those of its class too: it may be no options at all. */
function unknownIn(options: object, words: readonly string[]): string | undefined {
  let unknown = Object.keys(options).find((word) => !words.includes(word));
  let shape: object | null = Object.getPrototypeOf(options);
  for (let depth = 0; unknown === undefined && shape !== null && depth < DEEPEST; depth++) {
    // What all objects have is no word, in whatever realm they were made.
    if (Object.hasOwn(shape, "isPrototypeOf")) break;
    unknown = Object.getOwnPropertyNames(shape).find((word) =>
      word !== "constructor" && !words.includes(word)
    );
    shape = Object.getPrototypeOf(shape);
  }
  return unknown;
}

/** No class has so many above it; a proxy may answer itself for ever. */
const DEEPEST = 100;

/** Refuses what is no function; and one that makes a generator, as nobody would run that. */
export function mustBeCallback(verb: string, callback: unknown, name?: string): void {
  const expected = name === undefined ? "expected" : `expected ${name} to be`;
  if (typeof callback !== "function") {
    throw new TypeError(`Cannot ${verb}: ${expected} a function, got ${kindOf(callback)}`);
  }
  if (/Generator/.test(Object.prototype.toString.call(callback))) {
    throw new TypeError(
      `Cannot ${verb}: ${expected} a plain function, got a generator function, whose body nobody would ` +
        "run (start a coroutine in it: Coroutine.create(body).enter())",
    );
  }
}

/** What kind of value it is, in words. */
export function kindOf(got: unknown): string {
  if (got === null) return "null";
  if (got instanceof Promise) return "a promise";
  if (Array.isArray(got)) return "an array";
  if (typeof got !== "object") return typeof got;
  if (Symbol.asyncIterator in got) return "an async generator";
  return isGenerator(got as Suspension<unknown>) ? "a generator, already made" : "an object";
}
