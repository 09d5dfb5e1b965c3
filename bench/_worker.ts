/**
 * A fresh isolate for one operation of one of those who take part: what V8 has learnt from
 * the others cannot reach it.
 *
 * @module
 */
import { bytesEach, measure, PACE, quantile } from "./_measure.ts";
import { BYTES, LEAST, type Op } from "./_ops.ts";
import { load, type WhoName } from "./_who.ts";

/** What a Worker is told to measure. */
export interface Job {
  readonly who: WhoName;
  readonly op: Op | typeof BYTES;
}

/** What it answers; null if that one has no such operation. */
export type Answer =
  | { readonly bytes: number }
  | {
    readonly median: number;
    readonly low: number;
    readonly high: number;
    readonly ns: number;
    readonly pairs: number;
  }
  | null;

const SUSPENDED = 100_000;

async function answer({ who, op }: Job): Promise<Answer> {
  const { ops, suspend } = await load(who);
  if (op === BYTES) {
    return suspend === undefined ? null : { bytes: await bytesEach(suspend, SUSPENDED) };
  }
  const prepare = ops[op];
  if (prepare === undefined) return null;
  const { ratios, ns } = await measure(await prepare(), PACE, LEAST[op]);
  const [low, median, high] = [0.25, 0.5, 0.75].map((q) => quantile(ratios, q));
  return { median: median ?? NaN, low: low ?? NaN, high: high ?? NaN, ns, pairs: ratios.length };
}

/** The part of a Worker's scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(answer: Answer): void;
}
// INVARIANT: only Workers load this file for its effects, and this is a Worker's scope.
const scope = globalThis as unknown as Scope;
scope.onmessage = async ({ data }) => scope.postMessage(await answer(data));
