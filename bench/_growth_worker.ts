/**
 * A fresh isolate for one row: what the others have left behind cannot reach it.
 *
 * @module
 */
import { measureGrowth, type Pace, type Point } from "./_growth.ts";
import { rows } from "./growth/_rows.ts";

/** What a Worker is told to measure. */
export interface GrowthJob {
  readonly name: string;
  readonly pace: Pace;
}

/** The part of a Worker's scope that is used here. */
interface Scope {
  onmessage: ((event: MessageEvent<GrowthJob>) => void) | null;
  postMessage(points: readonly Point[]): void;
}
// INVARIANT: only Workers load this file for its effects, and this is a Worker's scope.
const scope = globalThis as unknown as Scope;
// What an error notes of its stack costs the same for each, and more than all else.
Error.stackTraceLimit = 0;
scope.onmessage = async ({ data: { name, pace } }) => {
  const row = rows.find((one) => one.name === name);
  if (row === undefined) throw new Error(`[internal] There is no row ${name}`);
  scope.postMessage(await measureGrowth(row, pace));
};
