/**
 * What was seen when everything was last verified: the table in `verified.json`, a row for each job. A
 * run whose counts are others than those there says so, and of what takes long it tells which sources it
 * was run on.
 *
 * @module
 */
import { type Job, keyOf, type Verdict } from "./jobs.ts";

/** Where it is, from the root of the project. */
export const RECORD = "model/verified.json";
const URL_OF_RECORD = new URL("../verified.json", import.meta.url);

/** What is counted. */
export interface Counts {
  readonly states: number;
  /** Of a spec: the steps between its states. */
  readonly transitions?: number;
  /** Of a spec: calls that it allows, carried out on the code. */
  readonly replayed?: number;
  /** Of a spec: calls that it forbids, carried out on the code. */
  readonly refused?: number;
  /** Of threads: the atomic operations that were explored. */
  readonly operations?: number;
}

/** When a job of `full` alone was last run: the others are each time. */
export interface LastRun {
  /** The newest commit then; with a `+`, not all was committed. */
  readonly commit: string;
  /** A digest of the spec, the binding and the source: while it is the same, nothing has changed. */
  readonly sources: string;
  /** How long it took. */
  readonly seconds: number;
}

/** A row of the table. */
export interface Row extends Counts, Partial<LastRun> {
  readonly spec: string;
  readonly scope: string;
  /** What was false, if anything was. */
  readonly fails?: string;
}

/** The table, by {@linkcode keyOf}. */
export type Recorded = ReadonlyMap<string, Row>;

/** The table cannot be read. */
export class RecordError extends Error {}

/**
 * Reads the table; it is empty where there is none, as outside a clone.
 *
 * @throws {RecordError} If it is no such table.
 */
export async function readRecord(): Promise<Recorded> {
  if (URL_OF_RECORD.protocol !== "file:") return new Map();
  let text: string;
  try {
    text = await Deno.readTextFile(URL_OF_RECORD);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
  try {
    const rows: readonly Row[] = JSON.parse(text);
    return new Map(rows.map((row) => [keyOf({ name: row.spec, scope: row.scope }), row]));
  } catch (error) {
    throw new RecordError(
      `Cannot read ${RECORD}: ${error instanceof Error ? error.message : error} ` +
        "(have git restore it, or delete it and write it anew by --write)",
    );
  }
}

/** Writes rows into the table, in place of those that there were: a line for each job that there is. */
export async function writeRecord(rows: Recorded, jobs: readonly Job[]): Promise<Recorded> {
  // Read again: somebody else may have written meanwhile.
  const all = new Map([...await readRecord(), ...rows]);
  const lines = jobs.flatMap((job) => all.get(keyOf(job)) ?? [])
    .map((row) => `  ${JSON.stringify(row)}`);
  await writeWhole(URL_OF_RECORD, `[\n${lines.join(",\n")}\n]\n`);
  return all;
}

/** Writes a file so that it is the old one or the new one, whatever ends the program. */
export async function writeWhole(file: URL, text: string): Promise<void> {
  const half = new URL(`${file.href}.${crypto.randomUUID()}`);
  await Deno.writeTextFile(half, text);
  await Deno.rename(half, file);
}

/** The row of what was seen; undefined if the code did not get so far that there is anything to count. */
export function rowOf(verdict: Verdict, last: LastRun | undefined): Row | undefined {
  const { name: spec, scope } = verdict;
  const counts = countsOf(verdict);
  if (counts === null) return undefined;
  const fails = failureOf(verdict);
  return { spec, scope, ...counts, ...last, ...(fails === undefined ? {} : { fails }) };
}

/** Whether a row would tell nothing new: it was run before on the same sources, and has come to the same. */
export function saysTheSame(row: Row, before: Row | undefined): boolean {
  return before !== undefined && before.sources === row.sources && before.fails === row.fails &&
    differing(before, row).length === 0;
}

/** What a verdict has counted; null where the code did not get so far. */
export function countsOf(verdict: Verdict): Counts | null {
  if (verdict.kind === "threads") {
    const { states, operations } = verdict.explored;
    return { states, operations };
  }
  const { checked, conformed: { transitions, replayed, refused } } = verdict;
  return checked === null ? null : { states: checked.distinct, transitions, replayed, refused };
}

/** What is false in a verdict, in a few words; undefined if it holds. */
function failureOf(verdict: Verdict): string | undefined {
  if (verdict.ok) return undefined;
  if (verdict.unrefuted.length > 0) return `should refute "${verdict.unrefuted[0]}"`;
  if (verdict.kind === "pair" && verdict.unstated.length > 0) {
    return `does not show ${verdict.unstated[0]}`;
  }
  const violation = verdict.kind === "threads"
    ? verdict.explored.violation
    : verdict.checked?.violation;
  return violation?.name ?? "it is not complete";
}

/** Whether a job fails in just the way in which it is known to. */
export function failsAsKnown({ knownToFail }: Job, verdict: Verdict): boolean {
  return knownToFail !== undefined && verdict.kind === "threads" && !verdict.ok &&
    verdict.unrefuted.length === 0 && verdict.explored.violation?.name === knownToFail;
}

/** Whether all is as it must be: it holds, or it fails in just the way in which it is known to. */
export function isAsExpected(job: Job, verdict: Verdict): boolean {
  return job.knownToFail === undefined ? verdict.ok : failsAsKnown(job, verdict);
}

/** Which counts are others than in a row, as `states 12, not 10`; none if there is no row, or none was counted. */
export function differing(row: Row | undefined, counts: Counts | null): readonly string[] {
  if (row === undefined || counts === null) return [];
  const words = ["states", "transitions", "replayed", "refused", "operations"] as const;
  const n = (count: number | undefined) => count?.toLocaleString("en") ?? "none";
  return words.filter((word) => row[word] !== counts[word])
    .map((word) => `${word} ${n(counts[word])}, not ${n(row[word])}`);
}
