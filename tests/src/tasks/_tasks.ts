/**
 * Tasks for the tests of what runs tasks.
 *
 * @module
 */
import { type Co, sleep, type VirtualClock } from "@cofn/coroutine";
import { codeIn } from "../_helpers.ts";

/** A task that takes so long, and notes how it ends. */
export function task(
  name: string,
  ns: number,
  clock: VirtualClock,
  log: unknown[],
  error?: unknown,
) {
  return function* (): Co<string> {
    log.push(`${name} begins`);
    try {
      yield* sleep(ns, clock);
      log.push(`${name} ends`);
      if (error !== undefined) throw error;
      return name;
    } catch (error) {
      log.push(`${name}: ${codeIn(error)}`);
      throw error;
    }
  };
}

/** A task that waits for long, whose clean-up takes so long, and then fails if there is an error for it. */
export function tidy(
  name: string,
  ns: number,
  clock: VirtualClock,
  log: unknown[],
  error?: unknown,
) {
  return function* (): Co<string> {
    try {
      yield* sleep(1e6, clock);
    } finally {
      yield* sleep(ns, clock);
      log.push(`${name} tidied at ${clock.now}`);
      fail(error);
    }
    return name;
  };
}

function fail(error: unknown): void {
  if (error !== undefined) throw error;
}
