/**
 * The sentences of the errors for those who misuse a coroutine, and the care that they take with
 * what users have named and thrown.
 *
 * @module
 */
import type { Core } from "./_core.ts";
import type { Co, Coroutine } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
import type { Hold } from "./_holds.ts";
import type { Place } from "./_place.ts";

/** A name that is surely a string: it is read in the middle of a switch, where nothing may throw. */
export function nameOf(label: string | { readonly name: string }): string {
  try {
    const name: unknown = typeof label === "string" ? label : label.name;
    return typeof name === "string" && name !== "" ? name : "anonymous";
  } catch {
    return "anonymous";
  }
}

/** What was thrown, in words: it may be a symbol, an object without a prototype, anything. */
export function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `a value that has no text`;
  }
}

/** What can be done to let a coroutine go on. */
export type Verb = "enter" | "wake" | "schedule";

/** The error for whoever enters, wakes or schedules one that is in `place`. */
export function refused(
  { callerOf, fateIfAny }: Core,
  verb: Verb,
  co: Coroutine<unknown>,
  why: Place,
): CoroutineError {
  const itself = co.status === "running" && callerOf(co) !== null;
  const code = verb === "wake" && itself ? "wake-self" : why.refusal;
  return new CoroutineError(code, `Cannot ${verb} coroutine "${co.name}": ${reason()}`, {
    coroutine: co,
    scheduledBy: why.scheduledBy,
  });

  function reason(): string {
    switch (why.refusal) {
      case "terminated":
        return (fateIfAny(co)?.cancelled ?? null) === null
          ? "it has ended"
          : "it has ended, as it was cancelled";
      case "already-woken":
        return "it was already woken, and runs when the one that woke it yields or ends";
      case "already-scheduled":
        return `it was already scheduled by ${why.scheduledBy}`;
      case "waiting":
        return `it waits for ${why.waitingOn}`;
      default:
        if (callerOf(co) === null) return "it stands for the code outside any coroutine";
        return itself
          ? "it is the one that runs"
          : "it has entered another coroutine and not yielded";
    }
  }
}

/** The error for whoever begins to wait in `place` and cannot; `alive` if it has a body. */
export function cannotPark(co: Coroutine<unknown>, alive: boolean, place: Place): CoroutineError {
  if (!alive) {
    return new CoroutineError(
      "yield-to-no-one",
      `Cannot wait for ${place.waitingOn}: no coroutine runs here that could yield`,
    );
  }
  return new CoroutineError(
    "waiting",
    `Cannot wait for ${place.waitingOn}: coroutine "${co.name}" already waits for ` +
      `${co.waitingOn ?? "another event"} (begin each wait by yield*)`,
    { coroutine: co },
  );
}

/** The error for whoever cancels the leader. */
export function cannotCancel(): CoroutineError {
  return new CoroutineError(
    "not-in-coroutine",
    "Cannot cancel the leader: it stands for the code outside any coroutine",
  );
}

/** The error for whoever takes a lock outside any coroutine. */
export function cannotLock(lock: Hold): CoroutineError {
  return new CoroutineError("not-in-coroutine", `Cannot lock ${lock}: no coroutine runs here`);
}

/** The error for a callee that suspends outside any coroutine. */
export function cannotYield(): CoroutineError {
  return new CoroutineError("yield-to-no-one", "Cannot yield: no coroutine runs here");
}

/** An array or a set has no `throw`; an async generator has no `Symbol.iterator`. */
export function isGenerator(body: Partial<Co<unknown>> | undefined): boolean {
  return typeof body?.throw === "function" && typeof body.next === "function" &&
    typeof body[Symbol.iterator] === "function";
}

/** The error for whoever gives an entry or a callee that returns something else. */
export function notGenerator(
  verb: "create coroutine" | "call",
  entry: unknown,
  got?: unknown,
): TypeError {
  if (typeof entry !== "function") {
    return new TypeError(
      `Cannot ${verb}: expected a generator function (declare it by function*), got ${
        kindOf(entry)
      }`,
    );
  }
  return new TypeError(
    `Cannot ${verb} "${nameOf(entry)}": expected ${
      verb === "call" ? "it" : "its entry"
    } to return a generator (declare it by function*), got ${kindOf(got)}`,
  );
}

/** Throws if there is an option that nobody knows, as one that is misspelt. */
export function refuseUnknown(verb: string, options: object, words: readonly string[]): void {
  const unknown = Object.keys(options).find((word) => !words.includes(word));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot ${verb}: unknown option ${JSON.stringify(unknown)}, expected one of ${
      words.join(", ")
    }`,
  );
}

/** Refuses what is no function; and one that makes a generator, as nobody would run that. */
export function mustBeCallback(verb: string, callback: unknown): void {
  if (typeof callback !== "function") {
    throw new TypeError(`Cannot ${verb}: expected a function, got ${kindOf(callback)}`);
  }
  if (/Generator/.test(Object.prototype.toString.call(callback))) {
    throw new TypeError(
      `Cannot ${verb}: expected a plain function, got a generator function, whose body nobody would ` +
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
  return isGenerator(got as Partial<Co<unknown>>) ? "a generator, already made" : "an object";
}
