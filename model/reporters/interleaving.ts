/**
 * Reports of interleavings as text for people.
 *
 * @module
 */
import { nameOf, visible, visibleLines } from "../engine/language/names.ts";
import { count } from "../engine/language/words.ts";
import type { InterleaveReport, InterleaveTrace } from "../interleave/report.ts";

/** A report as text: its outcome, the trace to what is wrong, and the facts. */
export function interleavingText(report: InterleaveReport): string {
  const { violation, threads, states, operations, seconds, limit } = report;
  const name = visible(report.name);
  const facts = `  ${count(threads, "thread")}: ${count(states, "state")}, ` +
    `${count(operations, "operation")}, ${seconds.toFixed(1)} s`;
  if (violation !== null) {
    const { message, trace } = violation;
    return [
      `${name} is VIOLATED: ${visibleLines(message)}`,
      ...(trace === null ? [] : ["", ...traceLines(trace)]),
      facts,
    ].join("\n");
  }
  return limit === null
    ? `${name} holds, at every interleaving of ${count(threads, "thread")}\n${facts}`
    : `${name} is INCOMPLETE: it was stopped by ${limit}, and nothing was found until then\n${facts}`;
}

/** The operations, a line each: the thread's column, its call, the operation, what has changed. */
function traceLines({ steps, next, token }: InterleaveTrace): string[] {
  const calls = Math.max(...steps.map(({ call }) => visible(call).length), 0);
  const labels = Math.max(...steps.map(({ label }) => visible(label).length), 0);
  const digits = Math.max(3, `${steps.length}`.length);
  const lines = steps.map(({ thread, call, label, changes }) => {
    const changed = Object.entries(changes).map(([word, value]) => `${nameOf(word)}: ${value}`);
    return `${" ".repeat(2 * thread)}${thread}${
      " ".repeat(Math.max(0, 2 * (next.length - thread - 1)))
    }  ${visible(call).padEnd(calls)}  ${visible(label).padEnd(labels)}  ${changed.join(", ")}`
      .trimEnd();
  });
  return [
    ...(lines.length === 0 ? ["  at the beginning"] : withoutMiddle(numbered(lines, digits))),
    "",
    ...next.map((text, thread) => `  thread ${thread}  ${visible(text)}`),
    "",
    `  replay: replayInterleaving(…, ${JSON.stringify(token)})`,
  ];
}

/** So many lines that are the same are told one by one; of more, how many there are. */
const SAME = 3;

/** With their numbers; what happens again and again is told once. */
function numbered(lines: readonly string[], digits: number): string[] {
  const told: string[] = [];
  for (let i = 0; i < lines.length;) {
    let end = i + 1;
    while (lines[end] === lines[i]) end++;
    if (end - i > SAME) {
      told.push(`  ${`${i + 1}`.padStart(digits)}  ${lines[i]}`);
      told.push(`  ${"…".padStart(digits)}  the same, up to ${end}`);
      i = end;
    } else {
      told.push(`  ${`${i + 1}`.padStart(digits)}  ${lines[i]}`);
      i++;
    }
  }
  return told;
}

/** The first and the last lines of a trace that is too long to be read are shown. */
const SHOWN = 50;

function withoutMiddle(lines: readonly string[]): readonly string[] {
  const hidden = lines.length - 2 * SHOWN;
  if (hidden <= 1) return lines;
  return [...lines.slice(0, SHOWN), `    …  (${hidden} more)`, ...lines.slice(-SHOWN)];
}
