/**
 * How an operation is compared with a raw generator: batches of both, in turn, in one run.
 *
 * @module
 */
import type { Batch } from "./_ops.ts";

/** A series of pairs, from one Worker. */
export interface Series {
  /** Each batch's time, by that of the raw batches on both sides of it, for as much work. */
  readonly ratios: readonly number[];
  /** The best time of one operation. */
  readonly ns: number;
  /** The best time of one raw `next()`. */
  readonly rawNs: number;
}

/** How long things take, in milliseconds. */
export interface Pace {
  readonly warmUp: number;
  /** One batch: long enough to hold its share of garbage collection. */
  readonly batch: number;
  /** All batches. */
  readonly total: number;
}

export const PACE: Pace = { warmUp: 250, batch: 1, total: 600 };

/** Measures one operation, in batches of at least `least`. */
export async function measure(batch: Batch, pace: Pace = PACE, least = 1): Promise<Series> {
  const [series] = await measureAll([batch], pace, least);
  // One batch in, one series out.
  return series as Series;
}

/** Measures several in turn, so that whatever disturbs the machine disturbs them alike. */
export async function measureAll(
  batches: readonly Batch[],
  pace: Pace,
  least = 1,
): Promise<Series[]> {
  const raw = rawBatch();
  await warmUp(raw, pace.warmUp / 2);
  for (const batch of batches) await warmUp(batch, pace.warmUp);
  // Once more: what the others have taught the optimiser must not count.
  const rawSize = await sizeOf(raw, pace.batch);
  const sizes: number[] = [];
  for (const batch of batches) sizes.push(await sizeOf(batch, pace.batch, least));

  const series = batches.map(() => ({ ratios: [] as number[], ns: Infinity, rawNs: Infinity }));
  const until = performance.now() + pace.total * batches.length;
  let before = await nsOf(raw, rawSize);
  while (performance.now() < until) {
    for (const [i, batch] of batches.entries()) {
      const one = series[i];
      const ns = await nsOf(batch, sizes[i] ?? 1);
      const after = await nsOf(raw, rawSize);
      one?.ratios.push(ns / ((before + after) / 2));
      if (one !== undefined) {
        one.ns = Math.min(one.ns, ns);
        one.rawNs = Math.min(one.rawNs, before, after);
      }
      before = after;
    }
  }
  return series;
}

/** The unit of all ratios: what the fastest of all coroutines costs in JavaScript. */
export function rawBatch(): Batch {
  const gen = raw();
  return (n) => {
    for (let i = 0; i < n; i++) gen.next();
  };
}

function* raw(): Generator<void, never> {
  for (;;) yield;
}

/** Nanoseconds for one of `n`. */
async function nsOf(batch: Batch, n: number): Promise<number> {
  const start = performance.now();
  const pending = batch(n);
  // To await what is no promise would cost the synchronous ones a turn of the event loop.
  if (pending !== undefined) await pending;
  return (performance.now() - start) * 1e6 / n;
}

async function warmUp(batch: Batch, ms: number): Promise<void> {
  const until = performance.now() + ms;
  for (let n = 1; performance.now() < until;) {
    const ns = await nsOf(batch, n);
    if (ns * n < 1e6) n *= 2;
  }
}

/** How many fill `ms`. */
async function sizeOf(batch: Batch, ms: number, least = 1): Promise<number> {
  let n = least;
  for (;;) {
    const ns = await nsOf(batch, n);
    if (ns * n > ms * 0.5e6) return Math.max(least, Math.round(ms * 1e6 / ns));
    n *= 2;
  }
}

/** Bytes for each of `count`, kept in slots that were there before. */
export async function bytesEach(
  suspend: (slots: unknown[]) => void | Promise<void>,
  count: number,
): Promise<number> {
  // Once for the code and whatever else is made but once.
  const few = new Array<unknown>(1000).fill(null);
  await suspend(few);
  const slots = new Array<unknown>(count).fill(null);
  const before = await heap();
  await suspend(slots);
  const after = await heap();
  // Both are still needed here, and so are not collected before.
  if (few.length + slots.length === 0) throw new Error("[internal] nothing was kept");
  return (after - before) / count;
}

async function heap(): Promise<number> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Cannot measure the heap: pass --v8-flags=--expose-gc");
  for (let i = 0; i < 4; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return Deno.memoryUsage().heapUsed;
}

/** The value below which the part `q` of the sorted `values` lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}
