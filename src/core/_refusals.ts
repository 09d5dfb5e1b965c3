/**
 * The errors for those who misuse a coroutine: nothing has changed then.
 *
 * @module
 */
import { noCoroutine } from "./_copies.ts";
import type { Core } from "./_core.ts";
import type { Coroutine } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
import type { Place } from "./_place.ts";

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
    scheduledBy: code === "already-scheduled" ? why.scheduledBy : undefined,
  });

  function reason(): string {
    switch (code) {
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
        if (itself) return "it is the one that runs";
        return callerOf(co) === null
          ? "it stands for the code outside any coroutine"
          : "it has entered another coroutine and not yielded";
    }
  }
}

/** The error for whoever begins to wait in `place` and cannot; `alive` if it has a body. */
export function cannotPark(co: Coroutine<unknown>, alive: boolean, place: Place): CoroutineError {
  if (!alive) {
    return new CoroutineError(
      "yield-to-no-one",
      `Cannot wait for ${place.waitingOn}: ${noCoroutine()} that could yield`,
    );
  }
  return new CoroutineError(
    "waiting",
    `Cannot wait for ${place.waitingOn}: coroutine "${co.name}" already waits for ` +
      `${co.waitingOn ?? "another event"} (begin each wait by yield*)`,
    { coroutine: co },
  );
}

/**
 * The error for whoever goes on with a wait that another one has begun, or this one before: by hand, or by a generator
 * that two run.
 */
export function cannotRunAgain(what: string, co: Coroutine<unknown> | null): CoroutineError {
  const who = co === null ? "somebody" : `coroutine "${co.name}"`;
  return new CoroutineError(
    "waiting",
    `Cannot wait for ${what}: ${who} has begun this wait (begin each by yield*, and let each ` +
      "generator be run by one coroutine)",
    { coroutine: co ?? undefined },
  );
}

/** The error for whoever cancels the leader. */
export function cannotCancel(): CoroutineError {
  return new CoroutineError(
    "not-in-coroutine",
    "Cannot cancel the leader: it stands for the code outside any coroutine",
  );
}

/** The error for whoever locks or unlocks outside any coroutine. */
export function cannotLock(lock: object, verb: string = "lock"): CoroutineError {
  return new CoroutineError("not-in-coroutine", `Cannot ${verb} ${lock}: ${noCoroutine()}`);
}

/** The error for a callee that suspends outside any coroutine. */
export function cannotYield(): CoroutineError {
  return new CoroutineError("yield-to-no-one", `Cannot yield: ${noCoroutine()}`);
}
