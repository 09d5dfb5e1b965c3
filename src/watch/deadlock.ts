/**
 * The error for programs in which nobody can go on.
 *
 * @module
 */
import { type CoroutineInfo, type Dump, dump, holdersIn } from "./dump.ts";
import { CoroutineError } from "../core/errors.ts";

/**
 * Nobody of some coroutines can ever go on: thrown by {@linkcode assertNoDeadlock}.
 *
 * @example
 * ```ts
 * import { assertNoDeadlock, CoMutex, Coroutine, DeadlockError } from "@cofn/coroutine";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const x = new CoMutex("x");
 * const y = new CoMutex("y");
 * function* both(first: CoMutex, second: CoMutex) {
 *   yield* first.lock();
 *   yield;
 *   yield* second.lock();
 * }
 * const a = Coroutine.named("a", both, x, y);
 * const b = Coroutine.named("b", both, y, x);
 * for (const co of [a, b, a, b]) co.enter();
 * const error: DeadlockError = assertThrows(() => assertNoDeadlock(), DeadlockError);
 * assertEquals(error.cycle.map(({ name, waitingOn }) => `${name}: ${waitingOn}`), [
 *   'a: CoMutex "y"',
 *   'b: CoMutex "x"',
 * ]);
 * ```
 */
export class DeadlockError extends CoroutineError {
  /**
   * Those who wait for one another, each for the next one and the last one for the first, with what
   * each holds and waits for. Empty if there is no such circle: then nobody is left who could let
   * those go on who wait.
   */
  readonly cycle: readonly CoroutineInfo[];
  /** All that there is: as a string, a table for people. */
  readonly dump: Dump;

  static {
    this.prototype.name = "DeadlockError";
  }

  /**
   * Makes the error; {@linkcode assertNoDeadlock} is the one that does.
   *
   * @param message The sentence for people.
   * @param cycle Those who wait for one another.
   * @param dump All that there is.
   */
  constructor(message: string, cycle: readonly CoroutineInfo[], dump: Dump) {
    super("deadlock", `${message}\n\n${dump}`);
    this.cycle = cycle;
    this.dump = dump;
  }
}

/**
 * Throws if some coroutines can never go on. That is so if they wait for one another in a circle,
 * whatever the others do. It is also so if, outside any coroutine, some wait in the queue of a lock
 * and nobody is left who could change that: each of the others has ended or waits in a queue, too.
 * Not so if one has just yielded (somebody may enter it), sleeps, waits for a promise or for a lock
 * that other threads share, or gives up after a time. What callbacks will do, of the host or of a
 * {@linkcode Timer}, a bottom half or a handler, such as an alarm of your own that releases a permit,
 * is not known here: ask when none is outstanding.
 *
 * A coroutine that nothing refers to any more is counted among those who wait, until the garbage
 * collector has taken it.
 *
 * @throws {DeadlockError} It names the circle, with what each holds and what it waits for.
 */
export function assertNoDeadlock(): void {
  const found = dump();
  const [names] = found.deadlocks;
  if (names !== undefined) {
    const byName = new Map(found.coroutines.map((one) => [one.name, one]));
    const cycle = names.flatMap((name) => byName.get(name) ?? []);
    const sentences = cycle.map((one) => sentence(one, holdersIn(found, one.name)));
    throw new DeadlockError(`Deadlock: ${sentences.join("; ")}`, cycle, found);
  }
  if (found.coroutines.length === 0 || found.coroutines.some(mayRun)) return;
  throw new DeadlockError(
    `Deadlock: nobody is left who could let ${
      found.coroutines.map(({ name }) => name).join(", ")
    } go on`,
    [],
    found,
  );
}

function mayRun(co: CoroutineInfo): boolean {
  return co.status !== "suspended" || co.woken || co.limited || co.shared ||
    co.scheduledBy !== undefined ||
    co.waitingOn === undefined;
}

function sentence({ name, holds, waitingOn }: CoroutineInfo, heldBy: string): string {
  const has = holds.length === 0 ? "holds nothing" : `holds ${holds.join(", ")}`;
  return `${name} ${has} and waits for ${waitingOn}, held by ${heldBy}`;
}
