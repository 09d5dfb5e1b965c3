/**
 * The breadth-first search: level by level, until every reachable state was expanded, a claim
 * failed, or a limit was reached.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { ImpureError, show, SpecError } from "../language/errors.ts";
import type { Machine } from "./machine.ts";
import { Memory, OutOfMemory } from "./memory.ts";
import { CAREFUL, EXACT_WORDS, type Found, makeSearch, type Search, STOP } from "./search.ts";
import { type Limit, Watch } from "./watch.ts";

/**
 * What a long search says about itself now and then.
 *
 * @example Printing the rate
 * ```ts
 * import type { Progress } from "@cofn/coroutine/model";
 *
 * const text = ({ distinct, rate }: Progress) => `${distinct} states, ${rate}/s`;
 * text satisfies (progress: Progress) => string;
 * ```
 */
export interface Progress {
  /** The spec's name. */
  readonly spec: string;
  /** States found so far. */
  readonly distinct: number;
  /** States found that were not expanded yet. */
  readonly frontier: number;
  /** The level being expanded; the initial states are level 1. */
  readonly depth: number;
  /** Seconds since the start. */
  readonly seconds: number;
  /** New states per second since the last time. */
  readonly rate: number;
}

/** Options of the search. */
export interface ExploreOptions {
  readonly maxStates: number;
  readonly maxSeconds: number;
  /** Bytes. */
  readonly memory: number;
  readonly stop: (() => boolean) | undefined;
  readonly deadlock: boolean;
  readonly hashed: boolean;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Seconds until the first word of progress; further ones come four times as often. */
  readonly progressSeconds: number;
}

/** A failure as the search finds it; states are told by number. */
export type Failure =
  | {
    readonly kind: "always";
    readonly claim: number;
    readonly parent: number;
    readonly step: number;
  }
  | { readonly kind: "deadlock"; readonly state: number }
  | {
    readonly kind: "error";
    readonly error: unknown;
    /** What threw: the guard or effect of a step, or a claim. */
    readonly where: "when" | "do" | "always" | "sometimes" | "within" | "ends";
    readonly claim: number;
    /** The state in which it was thrown, or, with `claim` >= 0, the parent of that state. */
    readonly parent: number;
    /** The instance that threw or that led to where it was thrown; -1: none. */
    readonly step: number;
  };

/** What the search found. */
export interface Exploration {
  readonly search: Search;
  readonly found: Found;
  readonly complete: boolean;
  readonly limit: Limit | undefined;
  /** Bytes that the states took, at most. */
  readonly peak: number;
  readonly failure: Failure | undefined;
  readonly depth: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly hashed: boolean;
}

/** Of so many states, one is expanded with care. */
const SLICE = 4096;

/** Explores a machine's reachable states. */
export function explore(machine: Machine, options: ExploreOptions): Exploration {
  const cpuStart = cpuUsage();
  const hashed = options.hashed || machine.wordCount > EXACT_WORDS;
  const memory = new Memory(options.memory);
  /** The level that is expanded, and the number of states up to its end. */
  let level = 0;
  let end = 0;
  let said = 0;
  const { onProgress } = options;
  const watch = new Watch({
    ...options,
    memory,
    tell: onProgress && ((seconds, since) => {
      const { count, next } = search.found();
      tell(onProgress, {
        spec: machine.name,
        distinct: count,
        frontier: count - next,
        depth: level,
        seconds,
        rate: (count - said) / since,
      });
      said = count;
    }),
  });
  const search = makeSearch(machine, { ...options, hashed, memory, watch });
  let failure: Failure | undefined;

  try {
    search.seed(machine.initial);
    let found = search.found();
    while (found.stop === STOP.running && found.next < found.count) {
      level++;
      end = found.count;
      while (found.stop === STOP.running && found.next < end) {
        const careful = found.next < CAREFUL;
        const todo = Math.min(careful ? CAREFUL : SLICE, end - found.next);
        // One state of each slice is looked at with care, too.
        search.expand(careful ? todo : 1, true);
        found = search.found();
        if (!careful && todo > 1 && found.stop === STOP.running) {
          search.expand(todo - 1, false);
          found = search.found();
        }
      }
      if (found.stop === STOP.running) search.flush();
      found = search.found();
    }
    if (found.stop === STOP.running && found.count === 0) failure = nothingWithin();
    if (found.stop === STOP.limit) watch.limit = "maxStates";
    if (found.stop === STOP.violated) failure = failureOf(machine, found);
  } catch (error) {
    if (error instanceof Untold) throw error.cause;
    if (error instanceof OutOfMemory) watch.limit = "memory";
    else failure = thrownBy(machine, search, error);
  }

  const found = search.found();
  const cpu = cpuUsage(cpuStart);
  const { limit, seconds } = watch;
  return {
    search,
    found,
    complete: failure === undefined && limit === undefined,
    limit,
    peak: memory.peak,
    failure,
    depth: found.count > end ? level + 1 : level,
    seconds,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    hashed,
  };
}

/** What the one who is told of progress has thrown: no fault of the spec. */
class Untold extends Error {}

function tell(onProgress: (progress: Progress) => void, progress: Progress): void {
  try {
    onProgress(progress);
  } catch (error) {
    throw new Untold("", { cause: error });
  }
}

/** A search that has nowhere to begin proves nothing. */
function nothingWithin(): Failure {
  const error = new SpecError("no initial state is inside within: there is nothing to explore");
  return { kind: "error", error, where: "within", claim: -1, parent: -1, step: -1 };
}

function failureOf(machine: Machine, found: Found): Failure {
  if (found.impure !== "") return impureFailure(machine, found);
  if (found.claim < 0) return { kind: "deadlock", state: found.parent };
  return { kind: "always", claim: found.claim, parent: found.parent, step: found.step };
}

/** A claim that changed the state which it was to look at. */
function impureFailure(machine: Machine, found: Found): Failure {
  const { always, sometimes } = machine.spec;
  const ends = found.impure === "ends";
  const what = ends
    ? "ends"
    : `a claim (${
      [...always, ...sometimes].slice(0, Number(found.impure) + 1)
        .map(({ sentence }) => show(sentence)).join(", ")
    })`;
  const error = new SpecError(`${what} changed the state, expected it only to look`);
  return ends
    ? { kind: "error", error, where: "ends", claim: -1, parent: found.next, step: -1 }
    : { kind: "error", error, where: "always", claim: 0, parent: found.parent, step: found.step };
}

/** Finds out what threw, by doing the same again one step at a time. */
function thrownBy(machine: Machine, search: Search, thrown: unknown): Failure {
  try {
    return culprit(machine, search, thrown);
  } catch {
    // A spec that does not do the same thing twice threw elsewhere this time.
    const parent = search.found().next;
    return { kind: "error", error: thrown, where: "when", claim: -1, parent, step: -1 };
  }
}

function culprit(machine: Machine, search: Search, thrown: unknown): Failure {
  const found = search.found();
  const { always, sometimes } = machine.spec;
  if (found.claiming) {
    const where = found.claim < always.length
      ? "always"
      : found.claim < always.length + sometimes.length
      ? "sometimes"
      : "within";
    const claim = where === "always" ? found.claim : found.claim - always.length;
    return { kind: "error", error: thrown, where, claim, parent: found.parent, step: found.step };
  }
  const parent = found.next;
  if (thrown instanceof ImpureError) {
    const { where, step } = thrown;
    return { kind: "error", error: thrown, where, claim: -1, parent, step };
  }
  if (parent < found.count) {
    const state = statePath(machine, search, parent);
    for (let k = 0; k < machine.instances.length; k++) {
      for (const where of ["when", "do"] as const) {
        machine.load(state, 0);
        try {
          if (where === "when") machine.enabled(k);
          else if (machine.enabled(k)) machine.apply(k);
        } catch (error) {
          return { kind: "error", error, where, claim: -1, parent, step: k };
        }
      }
    }
  }
  return { kind: "error", error: thrown, where: "ends", claim: -1, parent, step: -1 };
}

/** The steps from an initial state to a state: its initial state, then instances. */
export function pathTo(search: Search, state: number): { initial: number; steps: number[] } {
  const steps: number[] = [];
  let at = state;
  while (at >= 0) {
    const parent = search.parentOf(at);
    if (parent >= 0) steps.push(search.stepOf(at));
    at = parent;
  }
  return { initial: -1 - at, steps: steps.reverse() };
}

function statePath(machine: Machine, search: Search, state: number): Int32Array {
  const { initial, steps } = pathTo(search, state);
  // INVARIANT: parents of initial states are the numbers of machine.initial.
  machine.load(machine.initial[initial] as Int32Array, 0);
  for (const step of steps) machine.apply(step);
  return machine.words.slice();
}
