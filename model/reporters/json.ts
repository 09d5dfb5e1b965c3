/**
 * Reports as JSON, one line each.
 *
 * @module
 */
import { visible } from "../engine/language/names.ts";
import type { Report } from "../engine/search/report.ts";

/** A report as one line of JSON; the names of its members do not change. */
export function jsonOf(report: Report): string {
  const { spec, ok, complete, distinct, generated, depth, seconds, cpuSeconds } = report;
  const { violation } = report;
  return visible(JSON.stringify({
    spec,
    ok,
    complete,
    distinct,
    generated,
    depth,
    seconds: round(seconds),
    cpuSeconds: round(cpuSeconds),
    bytesPerState: round(report.bytesPerState),
    violation: violation === null ? null : {
      kind: violation.kind,
      name: violation.name,
      message: violation.message,
      trace: violation.trace === null ? null : violation.trace.steps.map((step, index) => ({
        step: step.label,
        differences: step.differences,
        state: violation.trace.states[index + 1] ?? null,
      })),
      initial: violation.trace?.states[0] ?? null,
      token: violation.token,
    },
    outcome: report.outcome,
    ...(report.outcome === "incomplete" ? { limit: report.limit } : {}),
    outside: report.outside,
    tested: report.tested,
    keys: report.keys,
    collisionProbability: report.collisionProbability,
    coverage: report.coverage,
    witnesses: report.witnesses,
    warnings: report.warnings,
  }));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
