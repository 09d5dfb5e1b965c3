/**
 * What a source says of mutations in it that change nothing that anybody could notice: a comment on the line or
 * above it, such as
 *
 *     // EQUIVALENT(< -> <=): once more round changes nothing
 *     // EQUIVALENT(this.empty && … -> false): the long way does the same
 *
 * of what stands there, and what it becomes; `…` is for whatever stands between.
 *
 * @module
 */
import type { Mutation } from "./_mutations.ts";

/** One such comment. */
export interface Mark {
  readonly file: string;
  /** The line of the comment, and the one that it is about. */
  readonly at: number;
  readonly line: number;
  /** As it says. */
  readonly what: string;
  readonly why: string;
}

const MARK = /\/\/ EQUIVALENT\((.+?)\): (\S.*)$/;

/** The comments in a source. */
export function marksIn(file: string, source: string): readonly Mark[] {
  const lines = source.split("\n");
  const isRemark = (line: string | undefined) => line !== undefined && /^\s*\/\//.test(line);
  return lines.flatMap((text, i): Mark[] => {
    const [, what, why] = MARK.exec(text) ?? [];
    if (what === undefined || why === undefined) return [];
    let line = i;
    while (isRemark(lines[line])) line++;
    return [{ file, at: i + 1, line: line + 1, what, why }];
  });
}

/** What sources call 0, such as the place of the first word of several. */
export function zerosIn(sources: Iterable<string>): ReadonlySet<string> {
  const named = [...sources].flatMap((
    source,
  ) => [...source.matchAll(/\bconst ([A-Z_]+) = (\S+);/g)]);
  const others = new Set(named.filter(([, , value]) => value !== "0").map(([, name]) => name));
  return new Set(named.flatMap(([, name = ""]) => others.has(name) ? [] : [name]));
}

/** Why a mutation changes nothing, wherever it is made: what is only asked for speed, as what follows asks again. */
const ANYWHERE: Readonly<Record<string, string>> = {
  "tracing.listener !== null -> true": "whoever emits looks whether anybody listens",
};

/** What explains a mutation in any file; undefined if nothing does. */
export function explainedAnywhere({ before, after }: Mutation): string | undefined {
  return ANYWHERE[`${before} -> ${after}`];
}

/** Whether all that a mutation does is that what is called 0 is taken away, where it was added. */
export function addsNothing(
  { line, column, before, after }: Mutation,
  source: string,
  zeros: ReadonlySet<string>,
): boolean {
  if (before !== "+" || after !== "-") return false;
  const rest = source.split("\n")[line - 1]?.slice(column) ?? "";
  return zeros.has(/^ (\w+)/.exec(rest)?.[1] ?? "");
}

/** Whether a comment is about a mutation. */
export function explains(mark: Mark, { file, line, before, after }: Mutation): boolean {
  if (mark.file !== file || mark.line !== line) return false;
  const pattern = mark.what.replaceAll(/\s+/g, " ").split("…")
    .map((part) => RegExp.escape(part.trim())).join("[^]*");
  return new RegExp(`^${pattern}$`).test(`${before} -> ${after || "nothing"}`);
}
