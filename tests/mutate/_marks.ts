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

/** Whether a comment is about a mutation. */
export function explains(mark: Mark, { file, line, before, after }: Mutation): boolean {
  if (mark.file !== file || mark.line !== line) return false;
  const pattern = mark.what.replaceAll(/\s+/g, " ").split("…")
    .map((part) => RegExp.escape(part.trim())).join("[^]*");
  return new RegExp(`^${pattern}$`).test(`${before} -> ${after || "nothing"}`);
}
