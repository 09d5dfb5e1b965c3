/**
 * An interleaving as it is explored: the words of its memory, its threads, its claims.
 *
 * @module
 */
import { show, SpecError } from "../engine/language/errors.ts";
import { refuseUnknown } from "../engine/language/options.ts";
import { History } from "./_history.ts";
import type { Growth } from "./_touches.ts";
import type { Interleaving, ThreadCall } from "./types.ts";

/** More threads have more interleavings than anybody can wait for. */
const MOST_THREADS = 8;

/** A claim about states as it was given. */
export type StateClaim = (memory: Int32Array, at: readonly (string | null)[]) => boolean;

/** An interleaving that was looked at. */
export interface Plan {
  readonly name: string;
  readonly initial: Int32Array;
  readonly names: readonly string[];
  readonly histories: readonly History[];
  readonly growth: Growth;
  readonly always: readonly (readonly [string, StateClaim])[];
  readonly sometimes: readonly (readonly [string, StateClaim])[];
  readonly finally: readonly (readonly [string, (memory: Int32Array) => boolean])[];
  readonly spurious: boolean;
  readonly weak: boolean;
  readonly deadlock: boolean;
  /** How many operations a call may make. */
  readonly maxOperations: number;
}

const WORDS = [
  "name",
  "memory",
  "threads",
  "local",
  "always",
  "sometimes",
  "finally",
  "spurious",
  "weak",
  "deadlock",
];

function wrong(what: string): never {
  throw new SpecError(`Cannot interleave: ${what}`);
}

/** Looks at an interleaving; throws a {@linkcode SpecError} that says what is wrong with it. */
export function planOf(given: Interleaving, maxOperations: number): Plan {
  if (typeof given !== "object" || given === null) wrong("expected { memory, threads, … }");
  refuseUnknown("Cannot interleave", given, WORDS);
  const { name = "interleaving", local = 0, spurious = false, weak = false, deadlock = true } =
    given;
  const { initial, names } = memoryOf(given.memory);
  if (!(Number.isSafeInteger(local) && local >= 0)) {
    wrong(`expected local to be a number of words, got ${show(local)}`);
  }
  const { threads } = given;
  if (!Array.isArray(threads) || threads.length === 0 || threads.length > MOST_THREADS) {
    wrong(`expected threads to be a list of 1 to ${MOST_THREADS}, got ${show(threads)}`);
  }
  const growth: Growth = {
    places: new Set(),
    claims: false,
    plain: new Uint8Array(initial.length),
  };
  const histories = threads.map((thread, id) => {
    const calls: readonly ThreadCall[] = Array.isArray(thread) ? thread : [thread as ThreadCall];
    const none = calls.find((call) => typeof call !== "function");
    if (none !== undefined) {
      wrong(`expected thread ${id} to be a function or a list of them, got ${show(none)}`);
    }
    return new History(id, calls, initial.length, local, maxOperations, growth);
  });
  return {
    name: `${name}`.toWellFormed(),
    initial,
    names,
    histories,
    growth,
    always: claimsOf("always", given.always),
    sometimes: claimsOf("sometimes", given.sometimes),
    finally: claimsOf("finally", given.finally),
    spurious,
    weak,
    deadlock,
    maxOperations,
  };
}

function memoryOf(
  memory: Interleaving["memory"],
): { initial: Int32Array; names: readonly string[] } {
  if (memory instanceof Int32Array) {
    return { initial: memory.slice(), names: Array.from(memory, (_, i) => `[${i}]`) };
  }
  if (typeof memory === "number") {
    if (!(Number.isSafeInteger(memory) && memory > 0)) {
      wrong(`expected memory to have a positive number of words, got ${show(memory)}`);
    }
    return {
      initial: new Int32Array(memory),
      names: Array.from({ length: memory }, (_, i) => `[${i}]`),
    };
  }
  if (typeof memory !== "object" || memory === null) {
    wrong(
      `expected memory to be an object of words, an Int32Array or a number, got ${show(memory)}`,
    );
  }
  const entries = Object.entries(memory);
  if (entries.length === 0) wrong("expected memory to have a word");
  for (const [word, value] of entries) {
    if ((value | 0) !== value) {
      wrong(`expected ${word} to be an integer of 32 bits, got ${show(value)}`);
    }
    // JavaScript puts those before all others.
    if (/^\d+$/.test(word)) wrong(`expected a name for each word, got ${show(word)}`);
  }
  return {
    initial: Int32Array.from(entries, ([, value]) => value),
    names: entries.map(([word]) => word),
  };
}

function claimsOf<F>(
  kind: string,
  claims: Readonly<Record<string, F>> | undefined,
): readonly (readonly [string, F])[] {
  if (claims !== undefined && Object.getPrototypeOf(claims ?? 0) !== Object.prototype) {
    wrong(`expected ${kind} to be an object of claims, got ${show(claims)}`);
  }
  const entries = Object.entries(claims ?? {});
  for (const [sentence, holds] of entries) {
    if (typeof holds !== "function") {
      wrong(`expected the claim ${show(sentence)} of ${kind} to be a function, got ${show(holds)}`);
    }
  }
  return entries;
}
