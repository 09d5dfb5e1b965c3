/**
 * Reports and traces as text for people.
 *
 * @module
 */
import { show } from "../engine/language/errors.ts";
import { nameOf, visible, visibleLines } from "../engine/language/names.ts";
import type { Report, TracedViolation } from "../engine/search/report.ts";
import type { Trace } from "../engine/search/trace.ts";
import { count, placeOf } from "../engine/language/words.ts";

/** How parts of the text are coloured; by default not at all. */
export interface Paint {
  bad(text: string): string;
  good(text: string): string;
  doubtful(text: string): string;
  strong(text: string): string;
  quiet(text: string): string;
}

const PLAIN: Paint = {
  bad: (text) => text,
  good: (text) => text,
  doubtful: (text) => text,
  strong: (text) => text,
  quiet: (text) => text,
};

/** What a text says beside what all of them say. */
export interface TextOptions {
  /** How it is coloured. */
  readonly paint?: Paint;
  /** Whether to list how often each action was made, and a trace to each claim of `sometimes`. */
  readonly details?: boolean;
  /** How a token is replayed. */
  readonly replay?: (token: string) => string;
}

/** A report as text: its outcome, the trace to what is wrong, and the facts. */
export function textOf(report: Report, options: TextOptions = {}): string {
  const {
    paint = PLAIN,
    details = false,
    replay = (token) => `replay(spec, ${JSON.stringify(token)})`,
  } = options;
  const lines = [...outcomeLines(report, paint, replay), `  ${factsLine(report)}`];
  if (details) lines.push(...detailLines(report, paint));
  if (report.keys === "hashed") {
    lines.push(
      `  states were kept by 64 bits of hash: one was missed with probability ${
        report.collisionProbability.toExponential(1)
      }`,
    );
  }
  if (report.outside > 0) {
    lines.push(`  ${count(report.outside, "step")} led outside "within" and not further`);
  }
  for (const warning of report.warnings) lines.push(`  ${paint.doubtful("warning")}: ${warning}`);
  return lines.join("\n");
}

function outcomeLines(
  report: Report,
  paint: Paint,
  replay: (token: string) => string,
): string[] {
  const name = paint.strong(visible(report.spec));
  switch (report.outcome) {
    case "holds":
      return [`${name}: ${paint.good("holds")}: ${testedText(report)}`];
    case "incomplete":
      return [
        `${name}: ${paint.doubtful("INCOMPLETE")}: ${LIMITS[report.limit]}`,
        `  nothing wrong was found so far, which proves nothing about the states that are left`,
      ];
    case "violated": {
      const { violation } = report;
      const head = `${name}: ${paint.bad("VIOLATED")}`;
      if (violation.trace === null) return [`${head}: ${visibleLines(violation.message)}`];
      return [
        `${head}: ${whatText(violation)}`,
        "",
        traceText(violation.trace, paint),
        "",
        `  token:  ${violation.token}`,
        `  replay: ${replay(violation.token)}`,
        `  hint:   ${HINTS[hintFor(violation.kind, violation.trace)]}`,
      ];
    }
  }
}

/** What is wrong; where something was thrown, by what, and at which place of the source. */
function whatText({ kind, name, message, thrown }: TracedViolation): string {
  if (kind !== "error") return visibleLines(message);
  const place = placeOf(thrown);
  return `in ${show(name)}: ${visibleLines(message)}${
    place === undefined ? "" : `\n  at ${place}`
  }`;
}

/** What was found to hold. */
function testedText({ tested: { always, sometimes, deadlock } }: Report): string {
  const parts = [
    ...(always > 0 ? [`${always} always`] : []),
    ...(sometimes > 0 ? [`${sometimes} sometimes`] : []),
    ...(deadlock ? ["no deadlock"] : []),
  ];
  const claims = parts.length === 0 ? "nothing was asked" : parts.join(", ");
  return always + sometimes > 0 ? claims : `${claims} (it claims nothing else)`;
}

/** Coverage, and how to see each claim of `sometimes` come true. */
function detailLines(report: Report, paint: Paint): string[] {
  const width = Math.max(0, ...report.coverage.map(({ action }) => nameOf(action).length));
  return [
    `  ${paint.quiet("action: times made, states first reached by it")}`,
    ...report.coverage.map(({ action, fired, fresh }) =>
      `    ${nameOf(action).padEnd(width)}  ${number(fired).padStart(12)}  ${
        number(fresh).padStart(12)
      }`
    ),
    ...report.witnesses.map(({ name, token }) =>
      `  sometimes ${show(name)}: ${token ?? "not seen"}`
    ),
  ];
}

const LIMITS = {
  maxStates: "the limit on states was reached",
  maxSeconds: "the limit on time was reached",
  memory: "there is no memory for more states",
  stopped: "it was stopped",
} as const;

/** A trace without a step is an initial state. */
function hintFor(kind: TracedViolation["kind"], { steps }: Trace): keyof typeof HINTS {
  return kind === "always" && steps.length === 0 ? "initial" : kind;
}

const HINTS = {
  initial: "the spec begins like this: look at its init, or at the claim",
  always:
    "the trace is a shortest one; look at what its last step should not have been allowed to do",
  deadlock: "if it is proper to end there, say so by ends: (s) => …",
  domain: "give the field more room in the schema, or the action a guard",
  error: "a function of the spec did what it must not, in the last state of the trace",
} as const;

/** A trace as steps and what each changed. */
export function traceText(trace: Trace, paint: Paint = PLAIN): string {
  const lines = [`  ${paint.quiet("initial state")}`, ...fieldLines(trace.states[0])];
  for (const [index, step] of trace.steps.entries()) {
    lines.push(`  ${String(index + 1).padStart(3)}. ${paint.strong(step.label)}`);
    for (const { path, from, to } of step.differences) {
      lines.push(`         ${path}: ${paint.quiet(show(from))} → ${show(to)}`);
    }
    if (step.error !== undefined) lines.push(`         ${paint.bad(visibleLines(step.error))}`);
    else if (step.differences.length === 0) {
      lines.push(`         ${paint.quiet("changes nothing")}`);
    }
  }
  return lines.join("\n");
}

function fieldLines(state: unknown): string[] {
  if (typeof state !== "object" || state === null) return [];
  return Object.entries(state).map(([name, value]) => `         ${nameOf(name)}: ${show(value)}`);
}

/** Below so many states, what is allocated beforehand says nothing about one of them. */
const MANY = 10_000;

function factsLine(report: Report): string {
  return [
    count(report.distinct, "state"),
    `${number(report.generated)} generated`,
    `depth ${report.depth}`,
    `${report.seconds.toFixed(2)} s`,
    ...(report.distinct < MANY ? [] : [`${report.bytesPerState.toFixed(0)} B/state`]),
  ].join(", ");
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
