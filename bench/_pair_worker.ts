/**
 * A fresh isolate for one operation of two copies of the module.
 *
 * @module
 */
import { measureAll, PACE, type Series } from "./_measure.ts";
import { type Batch, LEAST, type Op, type Who } from "./_ops.ts";

/** What a Worker is told to measure, and in which copies of `who/cofn.ts`. */
export interface PairJob {
  readonly op: Op;
  readonly files: readonly string[];
}

/** The part of a Worker's scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<PairJob>) => void) | null;
  postMessage(answer: readonly Series[]): void;
}
// INVARIANT: only Workers load this file for its effects, and this is a Worker's scope.
const scope = globalThis as unknown as Scope;
scope.onmessage = async ({ data: { op, files } }) => {
  const batches: Batch[] = [];
  for (const file of files) {
    const { cofn } = (await import(file)) as { readonly cofn: Who };
    const prepare = cofn.ops[op];
    if (prepare !== undefined) batches.push(await prepare());
  }
  scope.postMessage(await measureAll(batches, PACE, LEAST[op]));
};
