/**
 * What all that takes options and words refuses alike: those that mean nothing, which would be
 * ignored, and numbers that are no limits.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";

/** Refuses words that mean nothing: `what` begins the sentence, as in "Cannot check". */
export function refuseUnknown(what: string, given: object, words: readonly string[]): void {
  if (typeof given !== "object" || given === null) {
    throw new SpecError(
      `${what}: expected an object with some of ${words.join(", ")}, got ${show(given)}`,
    );
  }
  const unknown = Object.keys(given).find((name) => !words.includes(name));
  if (unknown === undefined) return;
  throw new SpecError(
    `${what}: unknown word ${show(unknown)}, expected one of ${words.join(", ")}`,
  );
}

/** Refuses a number of things that is no positive integer, nor, where there need be no limit, Infinity. */
export function refuseCount(what: string, name: string, value: unknown, unlimited: boolean): void {
  if ((unlimited && value === Infinity) || (Number.isSafeInteger(value) && Number(value) > 0)) {
    return;
  }
  throw new SpecError(
    `${what}: expected ${name} to be a positive integer, got ${show(value)}`,
  );
}

/** Refuses limits of a search that would be none, who is no function to be asked or told, and what is neither true nor false. */
export function refuseLimits(
  what: string,
  { maxStates = Infinity, maxSeconds = Infinity, memory = Infinity, progressSeconds, ...others }: {
    readonly maxStates?: unknown;
    readonly maxSeconds?: unknown;
    readonly memory?: unknown;
    readonly progressSeconds?: unknown;
    readonly stop?: unknown;
    readonly onProgress?: unknown;
    readonly deadlock?: unknown;
    readonly hashed?: unknown;
    readonly observeAll?: unknown;
    readonly reduce?: unknown;
  },
): void {
  refuseCount(what, "maxStates", maxStates, true);
  refuseCount(what, "memory (in bytes)", memory, true);
  for (const [name, seconds] of Object.entries({ maxSeconds, progressSeconds })) {
    if (seconds === undefined || (typeof seconds === "number" && seconds >= 0)) continue;
    throw new SpecError(
      `${what}: expected ${name} to be a number of seconds, got ${show(seconds)}`,
    );
  }
  for (const name of ["stop", "onProgress"] as const) {
    const value = others[name];
    if (value === undefined || typeof value === "function") continue;
    throw new SpecError(`${what}: expected ${name} to be a function, got ${show(value)}`);
  }
  for (const name of ["deadlock", "hashed", "observeAll", "reduce"] as const) {
    const value = others[name];
    if (value === undefined || typeof value === "boolean") continue;
    throw new SpecError(`${what}: expected ${name} to be true or false, got ${show(value)}`);
  }
}
