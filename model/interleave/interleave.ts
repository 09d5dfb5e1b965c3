/**
 * Every interleaving of the atomic operations of threads that share memory: the words `interleave` and
 * `assertInterleaves`.
 *
 * @module
 */
import { SpecError } from "../engine/language/errors.ts";
import type { Progress } from "../engine/search/explore.ts";
import { refuseCount, refuseUnknown } from "../engine/language/options.ts";
import { interleavingText } from "../reporters/interleaving.ts";
import type { InterleaveReport } from "./report.ts";
import { compilePlan, type Plan } from "./_plan.ts";
import { explore } from "./_search.ts";

/**
 * The operations of `Atomics` on an Int32Array that a thread may use. `Atomics` itself is one: code that
 * is to be explored takes it as a parameter.
 *
 * @example A lock that can be explored, and runs as it is
 * ```ts
 * import type { Atomics32 } from "@cofn/coroutine/model";
 *
 * function tryLock(memory: Int32Array, atomics: Atomics32 = Atomics): boolean {
 *   return atomics.compareExchange(memory, 0, 0, 1) === 0;
 * }
 * if (!tryLock(new Int32Array(new SharedArrayBuffer(4)))) throw new Error("it was free");
 * ```
 */
export interface Atomics32 {
  /** As `Atomics.load`. */
  load(view: Int32Array, index: number): number;
  /** As `Atomics.store`. */
  store(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.add`. */
  add(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.sub`. */
  sub(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.and`. */
  and(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.or`. */
  or(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.xor`. */
  xor(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.exchange`. */
  exchange(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.compareExchange`. */
  compareExchange(view: Int32Array, index: number, expected: number, value: number): number;
  /** As `Atomics.wait`, for a number of milliseconds. */
  wait(
    view: Int32Array,
    index: number,
    value: number,
    timeout?: number,
  ): "ok" | "not-equal" | "timed-out";
  /** As `Atomics.notify`. */
  notify(view: Int32Array, index: number, count?: number): number;
}

/**
 * What a thread knows of itself.
 *
 * @example A call that remembers something for a later call of the same thread
 * ```ts
 * import type { ThreadCall } from "@cofn/coroutine/model";
 *
 * const take: ThreadCall = (memory, atomics, self) => {
 *   self.local[0] = atomics.add(memory, 0, 1);
 * };
 * take satisfies ThreadCall;
 * ```
 */
export interface Self {
  /** Its number, from 0 up. */
  readonly id: number;
  /** Words of its own: see {@linkcode Interleaving.local}. */
  readonly local: Int32Array;
}

/**
 * One call of a thread: an ordinary function that reaches shared memory by what it is given alone. What
 * it does must depend on nothing else, as it is run again and again. Its name is in the traces.
 *
 * @example
 * ```ts
 * import type { ThreadCall } from "@cofn/coroutine/model";
 *
 * const unlock: ThreadCall = (memory, atomics) => {
 *   atomics.store(memory, 0, 0);
 *   atomics.notify(memory, 0, 1);
 * };
 * unlock satisfies ThreadCall;
 * ```
 */
export type ThreadCall = (memory: Int32Array, atomics: Atomics32, self: Self) => unknown;

/**
 * What is explored: memory, threads, and what is claimed of them.
 *
 * @example Two threads that count
 * ```ts
 * import type { Interleaving, ThreadCall } from "@cofn/coroutine/model";
 *
 * const increment: ThreadCall = (memory, atomics) => atomics.add(memory, 0, 1);
 * const counting: Interleaving = {
 *   memory: { counter: 0 },
 *   threads: [increment, increment],
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * };
 * counting satisfies Interleaving;
 * ```
 */
export interface Interleaving {
  /** What reports call it; "interleaving" by default. */
  readonly name?: string;
  /** The shared words and their values at the beginning: by name, in order; as they are; or how many, all zero. */
  readonly memory: Readonly<Record<string, number>> | Int32Array | number;
  /**
   * What each thread does: one call after the other. Where one ends and the next begins, nothing is left
   * of the first but the memory and the local words. So a thread that is written as several calls has
   * fewer states than one that does the same in one call.
   */
  readonly threads: readonly (ThreadCall | readonly ThreadCall[])[];
  /** How many words each thread has to itself; 0 by default. */
  readonly local?: number;
  /** Claims about every state: of the memory, and of the names of the calls that the threads are in, null for one at its end. */
  readonly always?: Readonly<
    Record<string, (memory: Int32Array, at: readonly (string | null)[]) => boolean>
  >;
  /** Claims of which each must hold in some state: that the exploration gets that far. */
  readonly sometimes?: Readonly<
    Record<string, (memory: Int32Array, at: readonly (string | null)[]) => boolean>
  >;
  /** Claims about the memory when all threads have ended. */
  readonly finally?: Readonly<Record<string, (memory: Int32Array) => boolean>>;
  /**
   * Whether a `wait` may end though nobody has notified it; false by default, as JavaScript's never does. As
   * often as it likes: then loops around one must be bounded.
   */
  readonly spurious?: boolean;
  /** Whether a `compareExchange` may fail though it has found what it expected; false by default, as JavaScript's never does. Then loops around one must be bounded. */
  readonly weak?: boolean;
  /** Whether it is wrong that threads wait for ever; true by default. */
  readonly deadlock?: boolean;
}

/**
 * Options of {@linkcode interleave}.
 *
 * @example A limit
 * ```ts
 * import type { InterleaveOptions } from "@cofn/coroutine/model";
 *
 * const options: InterleaveOptions = { maxStates: 1_000_000 };
 * options satisfies InterleaveOptions;
 * ```
 */
export interface InterleaveOptions {
  /** Stop after this many distinct states; the report then is incomplete. */
  readonly maxStates?: number;
  /** Stop after this many seconds; the report then is incomplete. */
  readonly maxSeconds?: number;
  /** How many operations one call may make; more are a violation, as a loop without bound has no end. 1,000 by default. */
  readonly maxOperations?: number;
  /**
   * Whether operations whose order makes no difference are tried in one order alone; true by default. The
   * verdict is the same either way; with it, fewer states are visited.
   */
  readonly reduce?: boolean;
  /**
   * Is told now and then how far a long exploration has come. When something is wrong, a shortest trace is
   * looked for, from the beginning again: its progress says so in `spec`.
   */
  readonly onProgress?: (progress: Progress) => void;
  /** Seconds until the first progress; further ones come four times as often. Default 2. */
  readonly progressSeconds?: number;
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
const OPTIONS = [
  "maxStates",
  "maxSeconds",
  "maxOperations",
  "reduce",
  "onProgress",
  "progressSeconds",
];

/**
 * Explores every interleaving of the operations that threads make on shared memory, breadth first: the
 * very code that runs on real threads. Atomic operations, plain reads and writes, sleeping in `wait`,
 * its time-outs, and deadlocks are all in it. Two accesses to a word by two threads, of which at least
 * one is plain and one writes, with nothing to order them, are reported as a data race.
 *
 * A loop that waits for another thread without sleeping must be bounded, as there is an order in which it
 * goes on for ever: `for (let i = 0; i < 3; i++)`. Claims are asked once for each list of values that they
 * read: they must depend on nothing else.
 *
 * Exploration is exhaustive for the threads that are given: that says nothing of more of them.
 *
 * @example A counter that is not atomic
 * ```ts
 * import { interleave } from "@cofn/coroutine/model";
 *
 * const report = interleave({
 *   memory: { counter: 0 },
 *   threads: [0, 1].map(() => function increment(memory, atomics) {
 *     atomics.store(memory, 0, atomics.load(memory, 0) + 1);
 *   }),
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * });
 * if (report.violation?.name !== "both were counted") throw new Error("one may be lost");
 * if (report.violation.trace?.steps.length !== 4) throw new Error("in four operations");
 * ```
 *
 * @param interleaving What to explore
 * @param options Limits
 * @returns The report; `ok` is true only where everything was explored and nothing is wrong
 * @throws {SpecError} When the interleaving or an option is not what it must be
 */
export function interleave(
  interleaving: Interleaving,
  options: InterleaveOptions = {},
): InterleaveReport {
  const {
    maxStates = Infinity,
    maxSeconds = Infinity,
    maxOperations = 1000,
    reduce = true,
    onProgress,
    progressSeconds = 2,
  } = options;
  refuseUnknown("Cannot interleave", options, OPTIONS);
  refuseCount("Cannot interleave", "maxStates", maxStates, true);
  refuseCount("Cannot interleave", "maxOperations", maxOperations, false);
  if (!(typeof maxSeconds === "number" && maxSeconds >= 0)) {
    throw new SpecError(
      `Cannot interleave: expected maxSeconds to be a number of seconds, got ${maxSeconds}`,
    );
  }
  return explore(planOf(interleaving, maxOperations), {
    ...{ maxStates, maxSeconds, reduce, onProgress, progressSeconds },
  });
}

/** The plan of an interleaving whose words are all known. */
export function planOf(interleaving: Interleaving, maxOperations: number): Plan {
  if (typeof interleaving !== "object" || interleaving === null) {
    throw new SpecError("Cannot interleave: expected { memory, threads, … }");
  }
  refuseUnknown("Cannot interleave", interleaving, WORDS);
  return compilePlan(interleaving, maxOperations);
}

/**
 * Throws unless a report says that everything was explored and nothing is wrong. The message has the
 * trace, and the token that replays it.
 *
 * @example In a test
 * ```ts
 * import { assertInterleaves, interleave } from "@cofn/coroutine/model";
 *
 * assertInterleaves(interleave({
 *   memory: { counter: 0 },
 *   threads: [0, 1].map(() => (memory, atomics) => atomics.add(memory, 0, 1)),
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * }));
 * ```
 *
 * @param report What {@linkcode interleave} returned
 * @throws {Error} When the report is violated or incomplete
 */
export function assertInterleaves(report: InterleaveReport): void {
  if (!report.ok) throw new Error(interleavingText(report));
}
