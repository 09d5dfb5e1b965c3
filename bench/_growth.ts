/**
 * How a cost grows: what is measured, and the arithmetic.
 *
 * @module
 */
import process from "node:process";

/** So many of something. */
export const SIZES: readonly number[] = [1_000, 10_000, 100_000];

/** With this exponent or a smaller one a cost counts as linear: a heap's logarithm and the caches of a processor fit in. */
export const MOST = 1.15;

/** One go of a row, made ready: only `run` is timed. */
export interface Trial {
  /** Does it. */
  run(): void | Promise<void>;
  /** How many times that does what is measured; by default as many as there are of them. */
  readonly times?: number;
  /** Tidies up. */
  readonly after?: () => void | Promise<void>;
}

/** Something that users can have thousands of, and what is done with that. */
export interface Row {
  /** What it is. */
  readonly name: string;
  /** How many there are; {@linkcode SIZES} by default. */
  readonly sizes?: readonly number[];
  /** What one go does concerns all others: they cannot be there at once. */
  readonly alone?: boolean;
  /** Makes one go with `n` of them ready. */
  prepare(n: number): Trial | Promise<Trial>;
}

/** What one costs where there are so many. */
export interface Point {
  readonly n: number;
  /** The least that one has taken of this process's own time, in nanoseconds: others may be busy, too. */
  readonly ns: number;
}

/**
 * The exponent of the time of all: `n` to that power. 1 is linear, 2 quadratic; by least squares over the logarithms.
 * It is one more than that of the time of one.
 */
export function exponentOf(points: readonly Point[]): number {
  const xs = points.map(({ n }) => Math.log(n));
  const ys = points.map(({ ns }) => Math.log(ns));
  const [x, y] = [mean(xs), mean(ys)];
  const over = xs.reduce((sum, one, i) => sum + (one - x) * ((ys[i] ?? NaN) - y), 0);
  const under = xs.reduce((sum, one) => sum + (one - x) ** 2, 0);
  return 1 + over / under;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** The best of both, size by size. */
export function best(a: readonly Point[], b: readonly Point[]): Point[] {
  return a.map(({ n, ns }) => ({
    n,
    ns: Math.min(ns, b.find((one) => one.n === n)?.ns ?? Infinity),
  }));
}

/** How often, and for how long, in milliseconds. */
export interface Pace {
  readonly rounds: number;
  readonly warmUp: number;
  /** A size that takes longer than this is followed by no larger one in that round. */
  readonly patience: number;
}

/** Measures a row: the best of several rounds, in each of which all sizes have their turn. */
export async function measureGrowth(row: Row, pace: Pace): Promise<Point[]> {
  const sizes = row.sizes ?? SIZES;
  const points = new Map<number, number>();
  const until = performance.now() + pace.warmUp;
  do await measureSize(row, sizes[0] ?? 1, 10); while (performance.now() < until);
  const most = Math.max(...sizes);
  for (let round = 0; round < pace.rounds; round++) {
    for (const n of sizes) {
      const { ns, ms } = await measureSize(row, n, row.alone === true ? 1 : Math.ceil(most / n));
      points.set(n, Math.min(points.get(n) ?? Infinity, ns));
      if (ms > pace.patience) break;
    }
  }
  return [...points].map(([n, ns]) => ({ n, ns }));
}

/**
 * So many groups of `n`, one after the other. All are there at once, so that in all there are as many at each size:
 * otherwise the few would find all that they need in the caches of the processor, and would be no more when the
 * garbage collector comes, and the many not.
 */
async function measureSize(
  row: Row,
  n: number,
  groups: number,
): Promise<{ readonly ns: number; readonly ms: number }> {
  const trials: Trial[] = [];
  for (let i = 0; i < groups; i++) trials.push(await row.prepare(n));
  collect();
  let times = 0;
  let ms = 0;
  for (const trial of trials) {
    const start = process.cpuUsage();
    const pending = trial.run();
    // To await what is no promise would cost the synchronous ones a turn of the event loop.
    if (pending !== undefined) await pending;
    const { user, system } = process.cpuUsage(start);
    ms += (user + system) / 1e3;
    times += trial.times ?? n;
  }
  for (const { after } of trials) await after?.();
  kept.length = 0;
  return { ns: Math.max(ms, 1e-3) * 1e6 / times, ms };
}

/** What must not be collected before all groups have had their turn. */
const kept: unknown[] = [];

/** Keeps something until all groups have had their turn. */
export function keep<T>(some: T): T {
  kept.push(some);
  return some;
}

/** What the others have left behind must not be collected in the next one's time. */
function collect(): void {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
}
