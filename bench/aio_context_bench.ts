/**
 * Rounds of a context beside the raw generator, by `deno bench`. One iteration is 1,000
 * operations.
 *
 * @module
 */
import { rawBatch } from "./_measure.ts";
import { cofn } from "./who/cofn.ts";

const N = 1_000;

const next = rawBatch();
Deno.bench({ name: "1,000 raw next()", group: "context", baseline: true, fn: () => next(N) });
for (const op of ["bottomHalf", "schedule", "timerVirtual"] as const) {
  const batch = await cofn.ops[op]?.();
  if (batch === undefined) continue;
  Deno.bench({ name: `1,000 ${op}`, group: "context", fn: () => batch(N) });
}
