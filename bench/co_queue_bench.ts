/**
 * The queue, alone and with a mutex, beside the raw generator, by `deno bench`. One iteration is
 * 1,000 operations.
 *
 * @module
 */
import { rawBatch } from "./_measure.ts";
import { cofn } from "./who/cofn.ts";

const N = 1_000;

const next = rawBatch();
Deno.bench({ name: "1,000 raw next()", group: "queue", baseline: true, fn: () => next(N) });
for (const op of ["queueWait", "condvar"] as const) {
  const batch = await cofn.ops[op]?.();
  if (batch === undefined) continue;
  Deno.bench({ name: `1,000 ${op}`, group: "queue", fn: () => batch(N) });
}
