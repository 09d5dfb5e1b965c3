/**
 * Reports and traces as text for people.
 *
 * @module
 */
import { show } from "../engine/errors.ts";
import type { Report } from "../engine/report.ts";
import type { Trace } from "../engine/trace.ts";

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

/** A report as text: its outcome, the trace to what is wrong, and the facts. */
export function textOf(report: Report, paint: Paint = PLAIN): string {
  const lines = [...outcomeLines(report, paint), `  ${factsLine(report)}`];
  if (report.keys === "hashed") {
    lines.push(
      `  states were kept by 64 bits of hash: one was missed with probability ${
        report.collisionProbability.toExponential(1)
      }`,
    );
  }
  if (report.outside > 0) {
    lines.push(`  ${count(report.outside)} steps led outside "within" and were not followed`);
  }
  for (const warning of report.warnings) lines.push(`  ${paint.doubtful("warning")}: ${warning}`);
  return lines.join("\n");
}

function outcomeLines(report: Report, paint: Paint): string[] {
  const name = paint.strong(report.spec);
  switch (report.outcome) {
    case "holds":
      return [`${name}: ${paint.good("holds")}`];
    case "incomplete":
      return [
        `${name}: ${paint.doubtful("INCOMPLETE")}: ${LIMITS[report.limit]}`,
        `  nothing wrong was found so far, which proves nothing about the states that are left`,
      ];
    case "violated": {
      const { violation } = report;
      const head = `${name}: ${paint.bad("VIOLATED")}: ${violation.message}`;
      if (violation.trace === null) return [head];
      return [
        head,
        "",
        traceText(violation.trace, paint),
        "",
        `  token:  ${violation.token}`,
        `  replay: replay(spec, ${JSON.stringify(violation.token)})`,
        `  hint:   ${HINTS[violation.kind]}`,
      ];
    }
  }
}

const LIMITS = {
  maxStates: "the limit on states was reached",
  maxSeconds: "the limit on time was reached",
  memory: "the memory ran out",
} as const;

const HINTS = {
  always:
    "the trace is a shortest one; look at what its last step should not have been allowed to do",
  deadlock: "if it is proper to end there, say so by ends: (s) => …",
  domain: "give the field more room in the schema, or the action a guard",
  error:
    "the function threw, or changed what it was only to look at; replay the trace to see where",
} as const;

/** A trace as steps and what each changed. */
export function traceText(trace: Trace, paint: Paint = PLAIN): string {
  const lines = [`  ${paint.quiet("initial state")}`, ...fieldLines(trace.states[0])];
  for (const [index, step] of trace.steps.entries()) {
    lines.push(`  ${String(index + 1).padStart(3)}. ${paint.strong(step.label)}`);
    for (const { path, from, to } of step.differences) {
      lines.push(`         ${path}: ${paint.quiet(show(from))} → ${show(to)}`);
    }
    if (step.error !== undefined) lines.push(`         ${paint.bad(step.error)}`);
    else if (step.differences.length === 0) {
      lines.push(`         ${paint.quiet("changes nothing")}`);
    }
  }
  return lines.join("\n");
}

function fieldLines(state: unknown): string[] {
  if (typeof state !== "object" || state === null) return [];
  return Object.entries(state).map(([name, value]) => `         ${name}: ${show(value)}`);
}

function factsLine(report: Report): string {
  return [
    `${count(report.distinct)} states`,
    `${count(report.generated)} generated`,
    `depth ${report.depth}`,
    `${report.seconds.toFixed(2)} s`,
    `${report.bytesPerState.toFixed(0)} B/state`,
  ].join(", ");
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
