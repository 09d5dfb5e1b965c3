/**
 * What `verify` says: a row for each job, what is wrong, and a summary; or a line of JSON for each.
 *
 * @module
 */
import { conformText } from "../engine/play/conform.ts";
import { interleavingText } from "../reporters/interleaving.ts";
import { textOf } from "../reporters/text.ts";
import { cutShortBy, type Job, type Verdict } from "./jobs.ts";
import type { PairVerdict } from "./pair.ts";
import { countsOf, differing, failsAsKnown, type Row } from "./record.ts";
import type { ThreadsVerdict } from "./threads.ts";

const COLUMNS = [15, 59, 9, 13, 13, 11, 8] as const;

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => i < 2 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!))
    .join(" ").trimEnd();
}

/** Above the rows. */
export const HEADER = row([
  "spec",
  "scope",
  "states",
  "transitions",
  "carried out",
  "refused",
  "time",
]);

/** That a job fails in just the way in which it is known to. */
function asKnown({ knownToFail }: Job): string {
  return `  "${knownToFail}" is false, as is known, and nothing else is`;
}

/** The row of a verdict, and what is wrong; `known` is what was seen the last time. */
export function human(
  job: Job,
  verdict: Verdict,
  known: Row | undefined,
  alone: boolean,
): string {
  // How it fails is known: to see it once more, one asks for it alone.
  if (!alone && failsAsKnown(job, verdict)) {
    return `${rowOf(verdict)}\n${asKnown(job)}: --at ${JSON.stringify(job.scope)} has the trace`;
  }
  const lines = [rowOf(verdict), ...troubleOf(verdict)];
  // What was not explored shows nothing, and has refuted nothing.
  if (cutShortBy(verdict) !== null) return lines.join("\n");
  const { name, unrefuted } = verdict;
  for (const claim of unrefuted) lines.push(`  ${name} should refute "${claim}", and does not`);
  for (const field of unstatedOf(verdict)) {
    lines.push(`  the binding of ${name} does not show ${field}: see model/conformance/hidden.ts`);
  }
  const differs = differing(known, countsOf(verdict));
  if (differs.length > 0) {
    lines.push(`  other counts than the last time: ${differs.join("; ")} (see --write)`);
  }
  if (failsAsKnown(job, verdict)) lines.push(asKnown(job));
  else if (job.knownToFail !== undefined && verdict.ok) {
    lines.push(`  "${job.knownToFail}" was known to fail, and holds: say so in interleavings.ts`);
  }
  return lines.join("\n");
}

/** What the binding hides, though nobody says so. */
function unstatedOf(verdict: Verdict): readonly string[] {
  return verdict.kind === "pair" ? verdict.unstated : [];
}

/** The counts of a verdict, and whether it holds, on a line. */
function rowOf(verdict: Verdict): string {
  const { name, scope, ok } = verdict;
  const counts = verdict.kind === "pair"
    ? [
      statesOf(verdict),
      verdict.conformed.transitions,
      verdict.conformed.replayed,
      verdict.conformed.refused,
    ].map(n)
    : [n(verdict.explored.states), n(verdict.explored.operations), "", ""];
  const seconds = verdict.kind === "pair"
    ? (verdict.checked?.seconds ?? 0) + verdict.conformed.seconds
    : verdict.explored.seconds;
  return row([name, scope, ...counts, `${seconds.toFixed(1)} s`]) +
    (ok ? "  ok" : cutShortBy(verdict) !== null ? "  INCOMPLETE" : "  FAILED");
}

/** What was found to be wrong, with its trace. */
function troubleOf(verdict: Verdict): string[] {
  if (verdict.kind === "threads") {
    return verdict.explored.ok ? [] : ["", interleavingText(verdict.explored), ""];
  }
  const { checked, conformed } = verdict;
  return [
    ...(checked?.ok === false ? ["", textOf(checked), ""] : []),
    ...(conformed.ok ? [] : ["", conformText(conformed), ""]),
  ];
}

/** Of the model; where it was not explored by itself, those that the walk went by. */
function statesOf({ checked, conformed }: PairVerdict): number {
  return checked?.distinct ?? conformed.states;
}

/** A verdict as an object on one line. */
export function json(job: Job, verdict: Verdict, known: Row | undefined): string {
  const limit = cutShortBy(verdict);
  const about = verdict.kind === "pair" ? pairFields(verdict) : threadsFields(verdict);
  if (limit !== null) return JSON.stringify({ ...about, complete: false, limit });
  const differs = differing(known, countsOf(verdict));
  return JSON.stringify({
    ...about,
    ...(verdict.unrefuted.length > 0 ? { unrefuted: verdict.unrefuted } : {}),
    ...(unstatedOf(verdict).length > 0 ? { unstated: unstatedOf(verdict) } : {}),
    ...(differs.length > 0 ? { differs } : {}),
    ...(job.knownToFail === undefined ? {} : { knownToFail: job.knownToFail }),
  });
}

function threadsFields({ name, scope, explored, ok }: ThreadsVerdict): object {
  const { threads, complete, states, operations, seconds, violation } = explored;
  return {
    spec: name,
    scope,
    threads,
    ok,
    complete,
    states,
    operations,
    seconds: Number(seconds.toFixed(3)),
    ...(violation === null ? {} : { violation }),
  };
}

function pairFields(verdict: PairVerdict): object {
  const { name, scope, checked, conformed, ok } = verdict;
  return {
    spec: name,
    scope,
    ok,
    states: statesOf(verdict),
    transitions: conformed.transitions,
    replayed: conformed.replayed,
    refused: conformed.refused,
    seconds: Number(conformed.seconds.toFixed(3)),
    ...(checked === null ? {} : { checkSeconds: Number(checked.seconds.toFixed(3)) }),
    ...(checked === null || checked.ok ? {} : { violation: checked.violation }),
    ...(conformed.mismatch === undefined ? {} : { mismatch: conformed.mismatch }),
  };
}

/** What all of them come to, at the extent that was asked for. */
export function summary(
  verdicts: readonly Verdict[],
  { extent, details, known }: {
    readonly extent: string;
    readonly details: boolean;
    /** How many have failed in just the way in which they are known to. */
    readonly known: number;
  },
): string {
  const failed = verdicts.filter(({ ok }) => !ok).length;
  if (failed > 0) {
    const told = known > 0 ? `, ${known} of them as is known` : "";
    return `${failed} of ${verdicts.length} FAILED${told} (${extent})`;
  }
  const walked = verdicts.filter((verdict) => verdict.kind === "pair");
  const threads = verdicts.filter((verdict) => verdict.kind === "threads");
  const lines = [
    `${verdicts.length === 1 ? "It holds" : `All ${verdicts.length} hold`} (${extent}).`,
  ];
  if (walked.length > 0) {
    lines.push(
      `In ${n(sum(walked, statesOf))} states, each of them reached on the running ` +
        `code, ${n(sum(walked, (v) => v.conformed.replayed))} calls did what the model says,`,
      `and ${
        n(sum(walked, (v) => v.conformed.refused))
      } calls that it forbids threw the error that ` +
        "it names and changed nothing.",
    );
  }
  if (threads.length > 0) {
    lines.push(
      `Threads on shared memory: ${
        n(sum(threads, (v) => v.explored.operations))
      } atomic operations ` +
        `led to ${n(sum(threads, (v) => v.explored.states))} states, by every interleaving.`,
    );
  }
  lines.push(
    `${n(sum(verdicts, (v) => v.refuted))} false claims were refuted. This is exhaustive at the ` +
      "scopes above, and says nothing of larger ones.",
  );
  if (walked.length > 0 && details) {
    lines.push(`Fields that show in the code by their effects alone: ${unobserved(walked)}.`);
  }
  return lines.join("\n");
}

function sum<V>(verdicts: readonly V[], of: (verdict: V) => number): number {
  return verdicts.reduce((total, verdict) => total + of(verdict), 0);
}

/** What the bindings do not show, by spec: the model keeps it, and the code's own is not compared. */
function unobserved(verdicts: readonly PairVerdict[]): string {
  const fields = new Map<string, Set<string>>();
  for (const { name, conformed } of verdicts) {
    const own = fields.get(name) ?? new Set<string>();
    for (const path of conformed.unobserved) own.add(path.replace(/[[.].*/, ""));
    fields.set(name, own);
  }
  return [...fields].map(([name, own]) => `${[...own].sort().join(", ") || "none"} (${name})`)
    .join("; ");
}

function n(count: number): string {
  return count.toLocaleString("en");
}
