/**
 * What became of a sample of mutations, in numbers and in words.
 *
 * @module
 */
import { bold, green, red, yellow } from "@std/fmt/colors";
import { wingOf } from "./_judges.ts";
import { type Mutation, nameOf } from "./_mutations.ts";
import type { Outcome } from "./_trial.ts";

/** What became of a mutation. */
export type Fate =
  | Outcome
  /** The compiler refuses it. */
  | { readonly status: "refused"; readonly said: string }
  /** The source explains why nobody could notice it. */
  | { readonly status: "explained"; readonly said: string };

/** A mutation, and what became of it. */
export interface Result {
  readonly mutation: Mutation;
  readonly fate: Fate;
  readonly seconds: number;
}

/** How many of each. */
export interface Counts {
  readonly planted: number;
  readonly refused: number;
  readonly explained: number;
  readonly verify: number;
  readonly tests: number;
  readonly hung: number;
  readonly survived: number;
}

/** The share that must be noticed by `verify` alone; with the tests, it is all. */
export const BY_VERIFY = 0.85;

/** Counts them. */
export function countsOf(results: readonly Result[]): Counts {
  const of = (status: Fate["status"]) =>
    results.filter(({ fate }) => fate.status === status).length;
  return {
    planted: results.length,
    refused: of("refused"),
    explained: of("explained"),
    verify: of("verify"),
    tests: of("tests"),
    hung: of("hung"),
    survived: of("survived"),
  };
}

/** The shares of those that change anything which `verify` has noticed, and which anybody has. */
export function sharesOf({ verify, tests, hung, survived }: Counts): {
  readonly byVerify: number;
  readonly byAll: number;
} {
  const all = verify + tests + hung + survived;
  return all === 0
    ? { byVerify: 1, byAll: 1 }
    : { byVerify: verify / all, byAll: (verify + tests) / all };
}

/** One of them, as an object of JSON. */
export function jsonOf({ mutation, fate, seconds }: Result): object {
  const { file, line, column, mutator, before, after } = mutation;
  return { file, line, column, mutator, before, after, ...fate, seconds: Math.round(seconds) };
}

/** What became of one. */
export type Told = Pick<Result, "fate" | "seconds">;

/** What became of those of which a run has told, line by line, as {@linkcode jsonOf} has it: by their names. */
export function toldIn(lines: string): ReadonlyMap<string, Told> {
  const told = new Map<string, Told>();
  for (const line of lines.split("\n")) {
    // The last line is of another kind, and one that was being written may not be whole.
    if (!line.startsWith('{"file"') || !line.endsWith("}")) continue;
    // INVARIANT: jsonOf has written it.
    const { file, line: at, column, mutator: _, before, after, seconds, ...fate } = JSON.parse(
      line,
    );
    told.set(nameOf({ file, line: at, column, before, after }), { fate, seconds });
  }
  return told;
}

/** One of them on a line, or two. */
export function textOf({ mutation, fate }: Result): string {
  const name = nameOf(mutation);
  const { status } = fate;
  if (status === "refused") return `refused   ${name}`;
  if (status === "explained") return `explained ${name}\n            ${fate.said}`;
  if (status === "survived") return `${red("SURVIVED")}  ${name}`;
  const { by = "", at, said = "" } = fate;
  const who = `${by}${at === undefined ? "" : ` (${at})`}${said === "" ? "" : `: ${said}`}`;
  const word = status === "hung"
    ? red("HUNG     ")
    : status === "verify"
    ? green("verify   ")
    : yellow("tests    ");
  return `${word} ${name}\n            ${who.slice(0, 160)}`;
}

const COLUMNS: readonly (keyof Counts)[] = [
  ...["planted", "refused", "explained", "verify", "tests", "hung", "survived"] as const,
];

/** All of them: by wing and file, and in a sentence. */
export function summaryOf(results: readonly Result[]): string {
  const rows: string[] = [rowOf("", COLUMNS)];
  for (const [wing, ofWing] of groups(results, ({ mutation }) => `${wingOf(mutation.file)}/`)) {
    rows.push(rowOf(wing, numbers(ofWing)));
    for (const [file, ofFile] of groups(ofWing, ({ mutation }) => mutation.file)) {
      rows.push(rowOf(`  ${file.replace(/.*\//, "")}`, numbers(ofFile)));
    }
  }
  const counts = countsOf(results);
  rows.push(rowOf("all", numbers(results)), "");
  const { byVerify, byAll } = sharesOf(counts);
  const left = results.filter(({ fate }) => fate.status === "hung" || fate.status === "survived");
  const all = counts.planted - counts.refused - counts.explained;
  rows.push(
    bold(
      `Of ${all} that change anything, verify notices ${percent(byVerify)}; ` +
        `with the tests, ${percent(byAll)} are noticed.`,
    ),
  );
  if (left.length > 0) rows.push("", "Left:", ...left.map(textOf));
  return rows.join("\n");
}

function groups<T>(all: readonly T[], key: (one: T) => string): readonly [string, T[]][] {
  return [...Map.groupBy(all, key)].sort(([a], [b]) => a < b ? -1 : 1);
}

function numbers(results: readonly Result[]): readonly string[] {
  const counts = countsOf(results);
  return COLUMNS.map((column) => counts[column] === 0 ? "" : `${counts[column]}`);
}

function rowOf(name: string, cells: readonly string[]): string {
  return [name.padEnd(26), ...cells.map((cell) => cell.padStart(10))].join("").trimEnd();
}

function percent(share: number): string {
  // Not quite all is not all.
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
