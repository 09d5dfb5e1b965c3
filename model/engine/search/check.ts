/**
 * The word `check`.
 *
 * @module
 */
import { DomainError, ImpureError, messageOf, show, SpecError } from "../language/errors.ts";
import { type Exploration, explore, type Failure, pathTo, type Progress } from "./explore.ts";
import { compile, type Machine } from "./machine.ts";
import { refuseLimits, refuseUnknown } from "../language/options.ts";
import type { Report, ReportFacts, TracedViolation, Violation } from "./report.ts";
import { tokenOf, type Trace, traceOf } from "./trace.ts";
import type { AnySpec } from "../language/types.ts";
import { count } from "../language/words.ts";

/**
 * Options of {@linkcode check}.
 *
 * @example A limit
 * ```ts
 * import type { CheckOptions } from "@cofn/coroutine/model";
 *
 * const options: CheckOptions = { maxStates: 1_000_000 };
 * ```
 */
export interface CheckOptions {
  /** Stop after this many distinct states; the report then is incomplete. */
  readonly maxStates?: number;
  /** Stop after this many seconds; the report then is incomplete. */
  readonly maxSeconds?: number;
  /**
   * Bytes that the states may take; the report then is incomplete. What there is, by the limits of the
   * container, the free memory and V8's heap, is a limit always.
   */
  readonly memory?: number;
  /** Asked some times a second; where it answers true, the search stops, and the report is incomplete. */
  readonly stop?: () => boolean;
  /** Whether a state without a step is a violation. Default `true`. */
  readonly deadlock?: boolean;
  /** Test only the claims whose sentences contain one of these texts. Default: all. */
  readonly claims?: readonly string[];
  /** Whether to keep 64 bits of hash even of states that could be kept whole. Default `false`. */
  readonly hashed?: boolean;
  /** Is told now and then how far the search has come. */
  readonly onProgress?: (progress: Progress) => void;
  /** Seconds until the first progress; further ones come four times as often. Default 2. */
  readonly progressSeconds?: number;
}

/**
 * Explores every reachable state of a spec, breadth first, and tests every claim on each.
 *
 * What is wrong with the spec's claims comes back in the report, with a shortest trace to it; what
 * its functions throw does as well. The search ends at the first violation.
 *
 * @example A claim that fails, and how
 * ```ts
 * import { check, Int, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const counter = spec({
 *   name: "counter",
 *   state: Schema.Struct({ n: Int(0, 3) }),
 *   init: [{ n: 0 }],
 *   actions: { step: { for: {}, when: (s) => s.n < 3, do: (s) => s.n++ } },
 *   always: { "n stays below two": (s) => s.n < 2 },
 * });
 * const report = check(counter);
 * if (report.violation?.name !== "n stays below two") throw new Error("it reaches two");
 * if (report.violation.trace?.steps.length !== 2) throw new Error("in two steps");
 * ```
 *
 * @param spec What {@linkcode spec} returned
 * @param options Limits and progress
 * @returns The report; `ok` is true only where everything was explored and every claim holds
 * @throws {SpecError} When an initial state does not fit the schema, no claim has a text of `claims`,
 *   or an option is unknown or out of its range
 */
export function check(spec: AnySpec, options: CheckOptions = {}): Report {
  checkOptions(options);
  const machine = narrowed(compile(spec), options.claims);
  const exploration = explore(machine, {
    maxStates: options.maxStates ?? Infinity,
    maxSeconds: options.maxSeconds ?? Infinity,
    memory: options.memory ?? Infinity,
    stop: options.stop,
    deadlock: options.deadlock ?? true,
    hashed: options.hashed ?? false,
    onProgress: options.onProgress,
    progressSeconds: options.progressSeconds ?? 2,
  });
  const facts = factsOf(machine, exploration, options.deadlock ?? true);
  const { complete, limit, failure } = exploration;
  const violation = failure !== undefined
    ? violationOf(machine, exploration, failure)
    : complete
    ? missing(facts)
    : null;
  if (violation !== null) return { ...facts, outcome: "violated", ok: false, complete, violation };
  if (limit === undefined) {
    return { ...facts, outcome: "holds", ok: true, complete: true, violation: null };
  }
  return { ...facts, outcome: "incomplete", ok: false, complete: false, limit, violation: null };
}

const OPTIONS: readonly string[] = [
  "maxStates",
  "maxSeconds",
  "memory",
  "stop",
  "deadlock",
  "claims",
  "hashed",
  "onProgress",
  "progressSeconds",
];

/** Refuses options that there are not, and limits that would be none. */
function checkOptions(options: CheckOptions): void {
  refuseUnknown("Cannot check", options, OPTIONS);
  const { claims } = options;
  refuseLimits("Cannot check", options);
  if (claims === undefined || (Array.isArray(claims) && claims.length > 0)) return;
  throw new SpecError(`Cannot check: expected claims to be a list of texts, got ${show(claims)}`);
}

/** The machine with the claims that contain one of `texts` alone. */
function narrowed(machine: Machine, texts: readonly string[] | undefined): Machine {
  if (texts === undefined) return machine;
  const { always, sometimes } = machine.spec;
  for (const text of texts) {
    if ([...always, ...sometimes].some(({ sentence }) => sentence.includes(text))) continue;
    throw new SpecError(
      `Cannot test claim ${show(text)}: no claim of ${show(machine.name)} says so`,
    );
  }
  const chosen = ({ sentence }: { readonly sentence: string }): boolean =>
    texts.some((text) => sentence.includes(text));
  return {
    ...machine,
    spec: { ...machine.spec, always: always.filter(chosen), sometimes: sometimes.filter(chosen) },
  };
}

function factsOf(machine: Machine, exploration: Exploration, deadlock: boolean): ReportFacts {
  const { search, found, complete, hashed } = exploration;
  const { fired, fresh } = search;
  const coverage = machine.actions.map(({ name, first, count }, index) => ({
    action: name,
    fired: fired[index] ?? 0,
    fresh: fresh.subarray(first, first + count).reduce((sum, states) => sum + states, 0),
  }));
  const initial = machine.initial.length;
  return {
    spec: machine.name,
    distinct: found.count,
    generated: coverage.reduce((sum, action) => sum + action.fired, initial),
    depth: exploration.depth,
    outside: found.outside,
    seconds: exploration.seconds,
    cpuSeconds: exploration.cpuSeconds,
    bytesPerState: found.count === 0 ? 0 : exploration.peak / found.count,
    keys: hashed ? "hashed" : "exact",
    collisionProbability: hashed ? 1 - Math.exp(-(found.count ** 2) / 2 ** 65) : 0,
    tested: {
      always: machine.spec.always.length,
      sometimes: machine.spec.sometimes.length,
      deadlock,
    },
    coverage,
    witnesses: machine.spec.sometimes.map(({ sentence }, index) => ({
      name: sentence,
      token: witnessToken(machine, exploration, search.witness[index] ?? -1),
    })),
    warnings: complete ? warningsOf(coverage) : [],
  };
}

function warningsOf(coverage: ReportFacts["coverage"]): readonly string[] {
  if (coverage.length === 0) return ["there is no action: only initial states were looked at"];
  const never = coverage.filter((action) => action.fired === 0);
  return never.map(({ action }) => `action ${show(action)} is never enabled`);
}

function witnessToken(
  machine: Machine,
  { search }: Exploration,
  state: number,
): string | null {
  if (state < 0) return null;
  const { initial, steps } = pathTo(search, state);
  return tokenOf(machine, initial, steps);
}

function missing(facts: ReportFacts): Violation | null {
  const [first, ...others] = facts.witnesses.filter(({ token }) => token === null);
  if (first === undefined) return null;
  const more = others.length === 0
    ? ""
    : `, nor ${others.map(({ name }) => show(name)).join(", ")}`;
  return {
    kind: "sometimes",
    name: first.name,
    message: `sometimes ${show(first.name)} holds in none of ${
      count(facts.distinct, "state")
    }${more}`,
    trace: null,
    token: null,
  };
}

function violationOf(
  machine: Machine,
  exploration: Exploration,
  failure: Failure,
): TracedViolation {
  const { search } = exploration;
  const make = (
    kind: TracedViolation["kind"],
    name: string,
    message: string,
    state: number,
    step: number,
  ): TracedViolation => {
    const { initial, steps } = state < 0
      ? { initial: -1 - state, steps: [] }
      : pathTo(search, state);
    const trace = retraced(machine, initial, state < 0 || step < 0 ? steps : [...steps, step]);
    return { kind, name, message, trace, token: trace.token, thrown: undefined };
  };
  switch (failure.kind) {
    case "always": {
      const name = machine.spec.always[failure.claim]?.sentence ?? "";
      return make("always", name, `always ${show(name)} is false`, failure.parent, failure.step);
    }
    case "deadlock":
      return make(
        "deadlock",
        "deadlock",
        "no step can be made, and ends does not say that this is a proper end",
        failure.state,
        -1,
      );
    case "error":
      return errorOf(machine, failure, make);
  }
}

/** The trace; of a spec that does not do the same thing twice, as far as it can be made again. */
function retraced(machine: Machine, initial: number, steps: readonly number[]): Trace {
  for (let length = steps.length; length > 0; length--) {
    try {
      return traceOf(machine, initial, steps.slice(0, length));
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
    }
  }
  return traceOf(machine, initial, []);
}

function errorOf(
  machine: Machine,
  failure: Failure & { readonly kind: "error" },
  make: (
    kind: TracedViolation["kind"],
    name: string,
    message: string,
    state: number,
    step: number,
  ) => TracedViolation,
): TracedViolation {
  const { error, where, claim, parent, step } = failure;
  const label = machine.instances[step]?.label ?? "";
  const message = error instanceof Error ? messageOf(error) : `it threw ${show(error)}`;
  const thrown = (
    kind: TracedViolation["kind"],
    name: string,
    text: string,
    at: number,
    by: number,
  ): TracedViolation => ({ ...make(kind, name, text, at, by), thrown: error });
  switch (where) {
    case "do": {
      const kind = error instanceof DomainError ? "domain" : "error";
      // What depends on more than the state need not throw again where the trace is made.
      if (error instanceof ImpureError) return thrown(kind, label, message, parent, -1);
      const made = thrown(kind, label, message, parent, step);
      // The last step of the trace tells the state as well.
      return { ...made, message: made.trace.steps.at(-1)?.error ?? message };
    }
    case "when":
      return thrown("error", label === "" ? "when" : `when of ${label}`, message, parent, -1);
    case "always":
    case "sometimes": {
      const name = machine.spec[where][claim]?.sentence ?? where;
      return thrown("error", name, message, parent, step);
    }
    case "within":
      return thrown("error", "within", message, parent, step);
    case "ends":
      return thrown("error", "ends", message, parent, -1);
  }
}
