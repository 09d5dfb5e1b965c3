/**
 * What `check` returns.
 *
 * @module
 */
import type { Trace } from "./trace.ts";
import type { Limit } from "./watch.ts";

/**
 * How often an action was made.
 *
 * @example An action that does nothing new
 * ```ts
 * import type { ActionCoverage } from "@cofn/coroutine/model";
 *
 * const idle: ActionCoverage = { action: "retry", fired: 12, fresh: 0 };
 * ```
 */
export interface ActionCoverage {
  /** The action's name. */
  readonly action: string;
  /** How many times it was made. */
  readonly fired: number;
  /** How many states were first reached by it. */
  readonly fresh: number;
}

/**
 * A claim of `sometimes`, and the token of a shortest trace to a state where it holds.
 *
 * @example A claim that no state showed
 * ```ts
 * import type { Witness } from "@cofn/coroutine/model";
 *
 * const none: Witness = { name: "all wait", token: null };
 * ```
 */
export interface Witness {
  /** The sentence. */
  readonly name: string;
  /** Replays to a state where it holds; null where none was found. */
  readonly token: string | null;
}

/**
 * What went wrong. The kind says what `name` names: the sentence of a claim, or the step that left
 * the domain of the state's schema or threw.
 *
 * @example Telling kinds apart
 * ```ts
 * import type { Violation } from "@cofn/coroutine/model";
 *
 * const isBug = (violation: Violation) => violation.kind === "error";
 * isBug satisfies (violation: Violation) => boolean;
 * ```
 */
export type Violation =
  | TracedViolation
  | {
    /** A claim of `sometimes` that no reachable state shows. */
    readonly kind: "sometimes";
    /** The sentence. */
    readonly name: string;
    /** What is wrong, in one sentence. */
    readonly message: string;
    /** There is no trace to what does not happen. */
    readonly trace: null;
    /** There is no trace to what does not happen. */
    readonly token: null;
  };

/**
 * A violation that a trace leads to: a shortest one.
 *
 * @example The number of steps to it
 * ```ts
 * import type { TracedViolation } from "@cofn/coroutine/model";
 *
 * const length = (violation: TracedViolation) => violation.trace.steps.length;
 * length satisfies (violation: TracedViolation) => number;
 * ```
 */
export interface TracedViolation {
  /** A false claim, a state without a step, a value outside the schema, or an error thrown. */
  readonly kind: "always" | "deadlock" | "domain" | "error";
  /** The sentence of the claim, or the step. */
  readonly name: string;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** A shortest trace that leads there. */
  readonly trace: Trace;
  /** The token of that trace. */
  readonly token: string;
  /** What was thrown, where the kind is `error` or `domain`; else undefined. */
  readonly thrown: unknown;
}

/**
 * What all reports say.
 *
 * @example States per second
 * ```ts
 * import type { ReportFacts } from "@cofn/coroutine/model";
 *
 * const rate = (report: ReportFacts) => report.distinct / report.seconds;
 * rate satisfies (report: ReportFacts) => number;
 * ```
 */
export interface ReportFacts {
  /** The spec's name. */
  readonly spec: string;
  /** Distinct states found. */
  readonly distinct: number;
  /** Steps made, and the initial states. */
  readonly generated: number;
  /** Levels, the initial states being the first. */
  readonly depth: number;
  /** Steps that led outside `within`. */
  readonly outside: number;
  /** Seconds that passed. */
  readonly seconds: number;
  /** Seconds of processor time, of all threads. */
  readonly cpuSeconds: number;
  /** Bytes of the visited set, the queue and the parents, at their largest, per distinct state. */
  readonly bytesPerState: number;
  /** Whether states were kept whole, or 64 bits of hash of each. */
  readonly keys: "exact" | "hashed";
  /** How probable it is that hashing hid a state: 0 with exact keys. */
  readonly collisionProbability: number;
  /** Each action, in the order of the spec. */
  readonly coverage: readonly ActionCoverage[];
  /** How many claims were tested, and whether states without a step were looked for. */
  readonly tested: {
    /** Claims of `always`. */
    readonly always: number;
    /** Claims of `sometimes`. */
    readonly sometimes: number;
    /** Whether a state without a step that is no proper end is a violation. */
    readonly deadlock: boolean;
  };
  /** Each claim of `sometimes`, in the order of the spec. */
  readonly witnesses: readonly Witness[];
  /** What is no violation but looks like a mistake. */
  readonly warnings: readonly string[];
}

/**
 * Every reachable state was explored, and every claim holds.
 *
 * @example The outcome
 * ```ts
 * import type { Holds } from "@cofn/coroutine/model";
 *
 * const outcome: Holds["outcome"] = "holds";
 * ```
 */
export interface Holds extends ReportFacts {
  /** Tells the outcomes apart. */
  readonly outcome: "holds";
  /** Whether all claims hold in all states. */
  readonly ok: true;
  /** Whether every reachable state was explored. */
  readonly complete: true;
  /** There is none. */
  readonly violation: null;
}

/**
 * Something is wrong, and `violation` says what.
 *
 * @example The outcome
 * ```ts
 * import type { Violated } from "@cofn/coroutine/model";
 *
 * const outcome: Violated["outcome"] = "violated";
 * ```
 */
export interface Violated extends ReportFacts {
  /** Tells the outcomes apart. */
  readonly outcome: "violated";
  /** Whether all claims hold in all states. */
  readonly ok: false;
  /** Whether every reachable state was explored; a search ends at the first violation. */
  readonly complete: boolean;
  /** What is wrong. */
  readonly violation: Violation;
}

/**
 * A limit stopped the search: nothing wrong was found so far, which proves nothing.
 *
 * @example The limits
 * ```ts
 * import type { Incomplete } from "@cofn/coroutine/model";
 *
 * const limit: Incomplete["limit"] = "maxStates";
 * ```
 */
export interface Incomplete extends ReportFacts {
  /** Tells the outcomes apart. */
  readonly outcome: "incomplete";
  /** Whether all claims hold in all states: nobody knows. */
  readonly ok: false;
  /** Whether every reachable state was explored. */
  readonly complete: false;
  /** What stopped the search. */
  readonly limit: Limit;
  /** There is none so far. */
  readonly violation: null;
}

/**
 * What `check` returns.
 *
 * @example A switch over the outcomes
 * ```ts
 * import type { Report } from "@cofn/coroutine/model";
 *
 * function exitCode(report: Report): number {
 *   switch (report.outcome) {
 *     case "holds":
 *       return 0;
 *     case "violated":
 *       return 1;
 *     case "incomplete":
 *       return 2;
 *   }
 * }
 * exitCode satisfies (report: Report) => number;
 * ```
 */
export type Report = Holds | Violated | Incomplete;
