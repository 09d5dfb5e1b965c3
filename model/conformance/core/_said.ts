/**
 * What a refusal says: whom it is about, and why. Held against what can be seen of these, in every state in which a
 * call is refused.
 *
 * @module
 */
import { Coroutine, type CoroutineError, type CoroutineErrorCode } from "../../../mod.ts";
import { core } from "../../../src/core/coroutine.ts";
import { ABORTED } from "./_limit.ts";

const { fateIfAny, leader } = core;

/** Why a coroutine cannot be entered, woken or scheduled. */
const REASONS: Partial<
  Record<CoroutineErrorCode, (co: Coroutine, by: string | undefined) => string>
> = {
  "already-scheduled": (_, by) => `it was already scheduled by ${by}`,
  "already-woken": () => "it was already woken, and runs when the one that woke it yields or ends",
  "recursive-entry": (co) =>
    co === leader
      ? "it stands for the code outside any coroutine"
      : co === Coroutine.self()
      ? "it is the one that runs"
      : "it has entered another coroutine and not yielded",
  "terminated": (co) => {
    const cancelled = fateIfAny(co)?.cancelled ?? null;
    return cancelled === null ? "it has ended" : "it has ended, as it was cancelled";
  },
  "waiting": (co) => `it waits for ${co.waitingOn}`,
  "wake-self": () => "it is the one that runs",
};

/** What an error has only if it is known. */
const EMPTY = ["coroutine", "scheduledBy", "locks", "cause"] as const;
/** What must be told of somebody who has a lock, or has not. */
const HOLDS: ReadonlySet<CoroutineErrorCode> = new Set(["relock", "not-holder"]);
/** Nobody is there whom it could be about. */
const OUTSIDE: ReadonlySet<CoroutineErrorCode> = new Set(["not-in-coroutine", "yield-to-no-one"]);

/**
 * What a refusal says that is not so, if anything is.
 *
 * @param error What a call was refused with.
 * @param co The coroutine that the call was about, if it was about one.
 */
export function misstatedIn(error: CoroutineError, co?: Coroutine): Error | undefined {
  const { code, message, coroutine, scheduledBy } = error;
  const empty = EMPTY.find((detail) => Object.hasOwn(error, detail) && error[detail] === undefined);
  if (empty !== undefined) return new Error(`a refusal has a ${empty} that is none: ${message}`);
  const wrong = (what: string): Error =>
    new Error(`a refusal says of ${what} what is not so: ${code}: ${message}`);
  if ((scheduledBy !== undefined) !== (code === "already-scheduled")) {
    return wrong("who resumes it");
  }
  const reason = REASONS[code];
  if (reason !== undefined && co !== undefined) {
    if (coroutine !== co) return wrong("whom it is about");
    // Of one that runs, what will resume it later is not to be seen.
    const by = co.scheduledBy ?? scheduledBy;
    if (!message.endsWith(`coroutine "${co.name}": ${reason(co, by)}`)) return wrong("why");
  } else if (OUTSIDE.has(code)) {
    if (coroutine !== undefined) return wrong("whom it is about");
    if (!message.includes(": no coroutine runs here")) return wrong("why");
  } else if (HOLDS.has(code)) {
    if (coroutine === undefined) return wrong("whom it is about");
    const { name } = coroutine;
    const itself = coroutine === Coroutine.self();
    const why = code === "relock"
      ? [`coroutine "${name}" holds it already`, `coroutine "${name}" holds it for writing already`]
      : itself
      ? [`coroutine "${name}" does not hold it`, `coroutine "${name}" holds it for reading`]
      : [`coroutine "${name}" holds it, not "${Coroutine.self().name}"`];
    if (code === "relock" && !itself) return wrong("who holds it");
    if (!why.some((reason) => message.endsWith(`: ${reason}`))) return wrong("why");
  } else if (code === "in-coroutine") {
    if (coroutine === undefined) return wrong("whom it is about");
    if (!message.includes(`: coroutine "${coroutine.name}" runs here`)) return wrong("why");
  } else if (code === "not-locked") {
    if (!message.endsWith(": nobody holds it")) return wrong("why");
  }
  return message.startsWith("Cannot ") ? undefined : wrong("what was asked");
}

/** What has taken too long. */
const TOO_LONG = / has (waited for .* for \d+ ns in vain|taken more than \d+ ns)$/;

/** What an error says that is not so with which a wait has ended, that of the one that runs or of a child, if anything is. */
export function misstatedAtEnd(error: CoroutineError): Error | undefined {
  const { code, message, coroutine, cause } = error;
  // The reason of a signal is told as it is.
  if (message === ABORTED) return undefined;
  const who = coroutine === undefined ? "The scope" : `Coroutine "${coroutine.name}"`;
  const says = code === "cancelled"
    ? message === `${who} was cancelled: ${cause}`
    : coroutine !== undefined && message.startsWith(`${who} has `) && TOO_LONG.test(message);
  if (says) return undefined;
  return new Error(`it says what is not so of how a wait has ended: ${code}: ${message}`);
}

/** What an error says that is not so of one that has ended holding locks, if anything is. */
export function misstatedLocks(error: CoroutineError): Error | undefined {
  const { message, coroutine, locks = [], cause } = error;
  const says = locks.length > 0 && coroutine !== undefined && coroutine.status === "terminated" &&
    message.startsWith(`Unlock ${locks.join(", ")} before coroutine "${coroutine.name}" ends: `) &&
    message.includes(
      locks.length === 1 ? "this lock, which is now" : "these locks, which are now",
    ) &&
    message.includes("(it failed: ") === (cause !== undefined);
  return says ? undefined : new Error(`it says what is not so of locks: ${message}`);
}
