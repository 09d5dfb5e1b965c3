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
/** That of the nanoseconds alone: memory excuses no more, however little one has to do. */
export const MOST_IN_TIME = 1.45;

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
  /** They are gone through in another order than that in which they were made. */
  readonly atRandom?: boolean;
  /** Makes one go with `n` of them ready. */
  prepare(n: number): Trial | Promise<Trial>;
}

/** What one costs where there are so many. */
export interface Point {
  readonly n: number;
  /** The least that one has taken of this process's own time, in nanoseconds: others may be busy, too. */
  readonly ns: number;
  /** What one of as many plain generators with as much memory has taken: see {@linkcode unitOf}. */
  readonly unit: number;
}

/**
 * The exponent of what all cost: `n` to that power. 1 is linear, 2 quadratic; by least squares over the logarithms. It is
 * one more than that of what one costs, in units.
 */
export function exponentOf(points: readonly Point[]): number {
  return slopeOf(points, ({ ns, unit }) => ns / unit);
}

/** The same of the nanoseconds, whatever memory costs. */
export function exponentInTime(points: readonly Point[]): number {
  return slopeOf(points, ({ ns }) => ns);
}

function slopeOf(points: readonly Point[], costOf: (point: Point) => number): number {
  const xs = points.map(({ n }) => Math.log(n));
  const ys = points.map((point) => Math.log(costOf(point)));
  const [x, y] = [mean(xs), mean(ys)];
  const over = xs.reduce((sum, one, i) => sum + (one - x) * ((ys[i] ?? NaN) - y), 0);
  const under = xs.reduce((sum, one) => sum + (one - x) ** 2, 0);
  return 1 + over / under;
}

/** Whether all cost grows no faster than their number. */
export function isLinear(points: readonly Point[]): boolean {
  return exponentOf(points) <= MOST && exponentInTime(points) <= MOST_IN_TIME;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** What came out for a row. */
export interface Result {
  readonly row: string;
  /** That of the cost in units, … */
  readonly exponent: number;
  /** … and in nanoseconds. */
  readonly inTime: number;
  readonly ok: boolean;
  readonly points: readonly Point[];
}

/** Whether a row is linear. */
export function resultOf(row: string, points: readonly Point[]): Result {
  return {
    row,
    exponent: round(exponentOf(points), 3),
    inTime: round(exponentInTime(points), 3),
    ok: isLinear(points),
    points: points.map(({ n, ns, unit }) => ({ n, ns: round(ns, 1), unit: round(unit, 1) })),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** What is to be said in the end; undefined if all are linear. */
export function complaintOf(results: readonly Result[]): string | undefined {
  const above = results.filter(({ ok }) => !ok).map(({ row }) => row);
  if (above.length === 0) return undefined;
  return `${above.length} of ${results.length} grow faster than n to the ${MOST} (in time, ${MOST_IN_TIME}): ${
    above.join("; ")
  }`;
}

/** The best of both, size by size. */
export function best(a: readonly Point[], b: readonly Point[]): Point[] {
  const all = new Map<number, Point>();
  for (const { n, ns, unit } of [...a, ...b]) {
    const before = all.get(n);
    all.set(n, {
      n,
      ns: Math.min(ns, before?.ns ?? Infinity),
      unit: Math.min(unit, before?.unit ?? Infinity),
    });
  }
  return [...all.values()];
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
  const least = sizes[0] ?? 1;
  let points: Point[] = [];
  const until = performance.now() + pace.warmUp;
  do await measureSize(row, least, 10); while (performance.now() < until);
  const unitRow = unitOf(row.atRandom === true, await bytesOf(row, least));
  const warm = performance.now() + pace.warmUp;
  do await measureSize(unitRow, least, 10); while (performance.now() < warm);
  const most = Math.max(...sizes);
  for (let round = 0; round < pace.rounds; round++) {
    for (const n of sizes) {
      const groups = row.alone === true ? 1 : Math.ceil(most / n);
      const { ns: unit } = await measureSize(unitRow, n, groups);
      const { ns, ms } = await measureSize(row, n, groups);
      points = best(points, [{ n, ns, unit }]);
      if (ms > pace.patience) break;
    }
  }
  return points;
}

/** How much memory each of `n` takes in all, garbage too: so much comes between one and the next. */
async function bytesOf(row: Row, n: number): Promise<number> {
  collect();
  const before = process.memoryUsage().heapUsed;
  const { run, after } = await row.prepare(n);
  await run();
  const bytes = (process.memoryUsage().heapUsed - before) / n;
  await after?.();
  kept.length = 0;
  return bytes;
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
  const each: number[] = [];
  let ms = 0;
  for (const trial of trials) {
    const start = process.cpuUsage();
    const pending = trial.run();
    // To await what is no promise would cost the synchronous ones a turn of the event loop.
    if (pending !== undefined) await pending;
    const { user, system } = process.cpuUsage(start);
    const taken = Math.max((user + system) / 1e3, 1e-3);
    ms += taken;
    each.push(taken * 1e6 / (trial.times ?? n));
  }
  for (const { after } of trials) await after?.();
  kept.length = 0;
  return { ns: median(each), ms };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** What a plain generator takes, in a set and with what it has; and what each thing more that it has does. */
const [PLAIN, THING] = [400, 56];
/** It has no more of these, so that memory excuses no more than it costs those who have a kilobyte. */
const MOST_THINGS = 10;

/** Something that takes as much memory as objects do. */
interface Thing {
  readonly next: Thing | null;
  readonly a: number;
  readonly b: number;
  c: number;
}

interface Plain {
  readonly body: Generator<void, void>;
  due: boolean;
}

/**
 * The unit: as many plain generators, made, kept in a set, marked as due, resumed, and taken out. It grows with the time that the
 * memory takes, and the garbage collector: however little an algorithm does with each, it must fetch it from where it is.
 *
 * @param atRandom Whether they are resumed in another order than that in which they were made.
 * @param bytes How much memory one is to take, with objects that it looks at when it is resumed.
 */
export function unitOf(atRandom: boolean, bytes = 0): Row {
  const things = Math.min(Math.max(0, Math.round((bytes - PLAIN) / THING)), MOST_THINGS);
  return {
    name: "plain generators",
    prepare(n) {
      const order = new Uint32Array(n).map((_, i) => i);
      let seed = 1;
      for (let i = n - 1; atRandom && i > 0; i--) {
        seed = (seed * 48271) % 2147483647;
        const j = seed % (i + 1);
        [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
      }
      return {
        run() {
          const all: Plain[] = keep([]);
          const there = new Set<Plain>();
          for (let i = 0; i < n; i++) {
            let has: Thing | null = null;
            for (let k = 0; k < things; k++) has = { next: has, a: i, b: k, c: 0 };
            const one: Plain = { body: plain(has), due: false };
            one.body.next();
            all.push(one);
            there.add(one);
          }
          // INVARIANT: each is a place in the array.
          for (const i of order) all[i]!.due = true;
          for (const i of order) {
            const one = all[i]!;
            if (one.due) one.body.next();
            there.delete(one);
          }
        },
      };
    },
  };
}

function* plain(has: Thing | null): Generator<void, void> {
  yield;
  for (let thing = has; thing !== null; thing = thing.next) thing.c++;
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
