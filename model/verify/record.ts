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
  /** The newest commit then; with a `+`, there were changes besides. */
  readonly commit: string;
  /** A digest of the spec, the binding and the source: while it is the same, nothing has changed. */
  readonly sources: string;
  /** How long it took. */
  readonly seconds: number;
  /** What was false, if anything was. */
  readonly fails?: string;
}

/** A row of the table. */
export interface Row extends Counts, Partial<LastRun> {
  readonly spec: string;
  readonly scope: string;
}

/** The table, by {@linkcode keyOf}. */
export type Recorded = ReadonlyMap<string, Row>;

/** Reads the table; it is empty where there is none, as outside a clone. */
export async function readRecord(): Promise<Recorded> {
  if (URL_OF_RECORD.protocol !== "file:") return new Map();
  let text: string;
  try {
    text = await Deno.readTextFile(URL_OF_RECORD);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
  // INVARIANT: writeRecord has written it.
  const rows: readonly Row[] = JSON.parse(text);
  return new Map(rows.map((row) => [keyOf({ name: row.spec, scope: row.scope }), row]));
}

/** Writes the table: a line for each job that there is and was ever seen. */
export async function writeRecord(recorded: Recorded, jobs: readonly Job[]): Promise<void> {
  const rows = jobs.flatMap((job) => recorded.get(keyOf(job)) ?? []);
  const text = rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n");
  await Deno.writeTextFile(URL_OF_RECORD, `[\n${text}\n]\n`);
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
export function failureOf(verdict: Verdict): string | undefined {
  if (verdict.ok) return undefined;
  const { unrefuted } = verdict;
  if (unrefuted.length > 0) return `should refute "${unrefuted[0]}"`;
  if (verdict.kind === "threads") return verdict.explored.violation?.name ?? "it is not complete";
  return verdict.conformed.mismatch?.message ?? verdict.checked?.violation?.name ??
    "it is not complete";
}

/** Which counts are others than in a row, as `states 12, not 10`; none if there is no row, or none was counted. */
export function differing(row: Row | undefined, counts: Counts | null): readonly string[] {
  if (row === undefined || counts === null || row.fails !== undefined) return [];
  const words = ["states", "transitions", "replayed", "refused", "operations"] as const;
  return words.filter((word) => row[word] !== counts[word])
    .map((word) =>
      `${word} ${counts[word]?.toLocaleString("en")}, not ${row[word]?.toLocaleString("en")}`
    );
}
