/**
 * What `interleave` returns.
 *
 * @module
 */
import type { Limit } from "../engine/search/watch.ts";

/**
 * One operation of a thread, in a trace.
 *
 * @example As people read it
 * ```ts
 * import type { InterleaveStep } from "@cofn/coroutine/model";
 *
 * const line = (step: InterleaveStep) => `thread ${step.thread}, ${step.call}: ${step.label}`;
 * line satisfies (step: InterleaveStep) => string;
 * ```
 */
export interface InterleaveStep {
  /** The thread, by its number. */
  readonly thread: number;
  /** The name of the call that it was in. */
  readonly call: string;
  /** The operation and its answer: `compareExchange(locked, 0, 1) = 0`. */
  readonly label: string;
  /** The words that it changed, by name, with their values afterwards. */
  readonly changes: Readonly<Record<string, number>>;
}

/**
 * How a state was reached: an interleaving of operations.
 *
 * @example Its last operation
 * ```ts
 * import type { InterleaveTrace } from "@cofn/coroutine/model";
 *
 * const last = (trace: InterleaveTrace) => trace.steps.at(-1)?.label;
 * last satisfies (trace: InterleaveTrace) => string | undefined;
 * ```
 */
export interface InterleaveTrace {
  /** The operations, in order. */
  readonly steps: readonly InterleaveStep[];
  /** The memory at the end, by the names of its words. */
  readonly memory: Readonly<Record<string, number>>;
  /** What each thread would do next. */
  readonly next: readonly string[];
  /** The text from which {@linkcode replayInterleaving} makes this trace again. */
  readonly token: string;
}

/**
 * What went wrong: a claim that is false in some state, at the end, or in every state; threads that wait
 * for ever; a data race; or what a thread has thrown.
 *
 * @example Telling kinds apart
 * ```ts
 * import type { InterleaveViolation } from "@cofn/coroutine/model";
 *
 * const isRace = (violation: InterleaveViolation) => violation.kind === "race";
 * isRace satisfies (violation: InterleaveViolation) => boolean;
 * ```
 */
export interface InterleaveViolation {
  /** What kind of thing. */
  readonly kind: "always" | "finally" | "sometimes" | "deadlock" | "race" | "error";
  /** The sentence of the claim; else the kind. */
  readonly name: string;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /**
   * A trace that leads there: a shortest one, unless that would take many times longer to find; null for
   * what never happens.
   */
  readonly trace: InterleaveTrace | null;
  /** What was thrown, where a thread or a claim has thrown. */
  readonly thrown: unknown;
}

/**
 * What {@linkcode interleave} returns.
 *
 * @example Operations per second
 * ```ts
 * import type { InterleaveReport } from "@cofn/coroutine/model";
 *
 * const rate = (report: InterleaveReport) => report.operations / report.seconds;
 * rate satisfies (report: InterleaveReport) => number;
 * ```
 */
export interface InterleaveReport {
  /** The name of the interleaving. */
  readonly name: string;
  /** How many threads. */
  readonly threads: number;
  /** Whether everything was explored and nothing is wrong. */
  readonly ok: boolean;
  /** In a word. */
  readonly outcome: "holds" | "violated" | "incomplete";
  /** Whether everything was explored. */
  readonly complete: boolean;
  /** The limit that ended it; null if none did. */
  readonly limit: Limit | null;
  /** Distinct states that were visited: the memory, and where each thread is. */
  readonly states: number;
  /** Operations that were explored. */
  readonly operations: number;
  /** Operations that were put off, as nothing tells whether they come now or later. */
  readonly reduced: number;
  /** How many times a call was run to see what it does next. */
  readonly runs: number;
  /** The longest shortest way to a state, in operations. */
  readonly depth: number;
  /** Seconds that passed. */
  readonly seconds: number;
  /** What is wrong; null if nothing is known to be. */
  readonly violation: InterleaveViolation | null;
}
