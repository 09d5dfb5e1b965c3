/**
 * Coroutines that wake one another, in a chain, beside the raw generator, by `deno bench`. One
 * iteration is 1,000 operations.
 *
 * @module
 */
import { rawBatch } from "./_measure.ts";
import { cofn } from "./who/cofn.ts";

const N = 1_000;

const next = rawBatch();
Deno.bench({ name: "1,000 raw next()", group: "wake", baseline: true, fn: () => next(N) });
for (const op of ["wakeChain"] as const) {
  const batch = await cofn.ops[op]?.();
  if (batch === undefined) continue;
  Deno.bench({ name: `1,000 ${op}`, group: "wake", fn: () => batch(N) });
}
