/**
 * What is given to the words that throw unless a report is good: the report of another word, or none, would pass
 * for a good one, or be told in words of the host's.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";

/** By the word that makes a report: what it has, that no other report has. */
const MARKS = {
  check: "distinct",
  // It has what one of conform has, too.
  wander: "seed",
  conform: "replayed",
  interleave: "operations",
  validate: "stuck",
} as const;

/** A word that makes reports. */
export type Maker = keyof typeof MARKS;

/**
 * Refuses what is no report of one of these words.
 *
 * @param word To what it was given.
 * @throws {SpecError} That says what to give.
 */
export function mustBeReport(
  word: string,
  report: unknown,
  makers: readonly [Maker, ...Maker[]],
): void {
  const is = (maker: Maker): boolean =>
    typeof report === "object" && report !== null && "ok" in report && MARKS[maker] in report;
  if (makers.some(is)) return;
  const other = (Object.keys(MARKS) as Maker[]).find(is);
  const got = other === undefined ? show(report) : `one of ${other}()`;
  throw new SpecError(
    `Cannot ${word}: expected the report of ${
      makers.map((maker) => `${maker}()`).join(" or ")
    }, got ${got.length > 200 ? `${got.slice(0, 200)}…` : got} (such as ${word}(${makers[0]}(…)))`,
  );
}
