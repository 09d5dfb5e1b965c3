/**
 * What there is to verify, and what somebody has asked for.
 *
 * @module
 */
import { interleavings, type Threads } from "../conformance/interleavings.ts";
import { type Pair, pairs } from "../conformance/pairs.ts";
import type { Size } from "../conformance/sizes.ts";
import type { PairVerdict } from "./pair.ts";
import type { ThreadsVerdict } from "./threads.ts";

/** One exploration: a spec and the code that it is about, or threads on shared memory. */
export type Job = Pair | Threads;

/** What became of one. */
export type Verdict = PairVerdict | ThreadsVerdict;

/** Whether it is a spec and its code. */
export const isPair = (job: Job): job is Pair => "load" in job;

/** All of them. */
export const jobs: readonly Job[] = [...pairs, ...interleavings];

/** The names of all specs, each once. */
export const names: readonly string[] = [...new Set(jobs.map(({ name }) => name))];

/** Whether it is in no size but full: what takes long, and is not verified each time. */
export function isRare({ sizes }: Job): boolean {
  return sizes.every((size) => size === "full");
}

/** Those of a size; what takes long comes last. */
export function jobsOf(size: Size): readonly Job[] {
  const those = jobs.filter(({ sizes }) => sizes.includes(size));
  return [...those.filter((job) => !isRare(job)), ...those.filter(isRare)];
}

/** By what the search of a verdict was cut short, if nothing is wrong as far as it came; null if it was not. */
export function cutShortBy(verdict: Verdict): string | null {
  if (verdict.kind === "threads") {
    const { limit, violation } = verdict.explored;
    return violation === null ? limit : null;
  }
  const { checked, conformed } = verdict;
  if (conformed.limit !== null) return conformed.limit;
  return checked?.outcome === "incomplete" ? checked.limit ?? null : null;
}

/** The same for two jobs only if they are the same one. */
export function keyOf({ name, scope }: Pick<Job, "name" | "scope">): string {
  return `${name}: ${scope}`;
}
