/**
 * The sentences of the errors for those who misuse a coroutine, and the care that they take with
 * what users have named and thrown.
 *
 * @module
 */
import { type Co, core, type Coroutine } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
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

/** The error for whoever enters or wakes one that is in `place`. */
export function refused(
  verb: "enter" | "wake",
  co: Coroutine<unknown>,
  why: Place,
): CoroutineError {
  const itself = co.status === "running" && core.callerOf(co) !== null;
  const code = verb === "wake" && itself ? "wake-self" : why.refusal;
  return new CoroutineError(code, `Cannot ${verb} coroutine "${co.name}": ${reason()}`, {
    coroutine: co,
    scheduledBy: why.scheduledBy,
  });

  function reason(): string {
    switch (why.refusal) {
      case "terminated":
        return core.cancelledOf(co) === null ? "it has ended" : "it has ended, as it was cancelled";
      case "already-woken":
        return "it was already woken, and runs when the one that woke it yields or ends";
      case "already-scheduled":
        return `it was already scheduled by ${why.scheduledBy}`;
      case "waiting":
        return `it waits for ${why.waitingOn}`;
      default:
        if (core.callerOf(co) === null) return "it stands for the code outside any coroutine";
        return itself
          ? "it is the one that runs"
          : "it has entered another coroutine and not yielded";
    }
  }
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

/** What kind of value it is, in words. */
export function kindOf(got: unknown): string {
  if (got === null) return "null";
  if (got instanceof Promise) return "a promise";
  if (Array.isArray(got)) return "an array";
  if (typeof got !== "object") return typeof got;
  if (Symbol.asyncIterator in got) return "an async generator";
  return isGenerator(got as Partial<Co<unknown>>) ? "a generator, already made" : "an object";
}
