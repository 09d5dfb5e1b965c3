/**
 * `deno task bench:ratio`: what each operation costs, as a multiple of a raw generator's
 * `next()`, here and in other libraries. How and why: README.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { atLeastOne, called, chosen } from "./_arguments.ts";
import { BYTES, type Op, OPS } from "./_ops.ts";
import { WHO, type WhoName } from "./_who.ts";
import { quantile } from "./_measure.ts";
import type { Answer, Job } from "./_worker.ts";

const HELP = `Usage: deno task bench:ratio [options]

Measures each operation in batches between batches of a raw generator's next(), and prints
the ratio of the two: the median of the runs' medians.

  --json         One object a line: {"op","who","x","ns","runs","spread","pairs"}
                 and {"op":"${BYTES}","who","bytes"}
  --runs N       Fresh Workers for each operation (default 3)
  --only OP,…    Only these operations: ${listed([...OPS, BYTES])}
  --who NAME,…   Only these: ${listed(WHO)}
  --help         This text`;

type Row = Op | typeof BYTES;
const ROWS: readonly Row[] = [...OPS, BYTES];

/** What the operations of this module may cost at most: raw `next()`s, and bytes. */
const CEILING: { readonly [R in Row]?: number } = {
  create: 2.8,
  resume: 2,
  call64: 4,
  lock: 0.7,
  tryLock: 0.4,
  handoff2: 2.6,
  handoff100: 5,
  queueWait: 4,
  condvar: 6,
  readLock: 0.6,
  writeLock: 0.6,
  rwHandoff: 5,
  semaphore: 0.8,
  bottomHalf: 1.3,
  schedule: 3.2,
  [BYTES]: 250,
};
/** And `call64`, as a multiple of `call1`. */
const DEPTH_CEILING = 1.3;

/** The result of one operation of one of those who take part. */
type Result =
  | { readonly op: typeof BYTES; readonly who: WhoName; readonly bytes: number }
  | {
    readonly op: Op;
    readonly who: WhoName;
    /** The median of the runs' medians. */
    readonly x: number;
    /** The best time of one. */
    readonly ns: number;
    readonly runs: number;
    /** The medians of the runs' lower and upper quartiles. */
    readonly spread: readonly [number, number];
    /** Batches measured, in all runs. */
    readonly pairs: number;
  };

function inWorker(job: Job): Promise<Answer> {
  const worker = new Worker(import.meta.resolve("./_worker.ts"), { type: "module" });
  return new Promise<Answer>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot measure ${job.op} of ${job.who}: ${event.message}`));
    };
    worker.postMessage(job);
  }).finally(() => worker.terminate());
}

/** Round after round, so that no operation has all its runs in a bad moment of the machine. */
async function measureAll(
  jobs: readonly Job[],
  runs: number,
  tell: (text: string) => void,
): Promise<Result[]> {
  const answers = jobs.map((): NonNullable<Answer>[] => []);
  const missing = new Set<Job>();
  for (let run = 0; run < runs; run++) {
    for (const [i, job] of jobs.entries()) {
      // The heap is the same each time.
      if (missing.has(job) || (job.op === BYTES && run > 0)) continue;
      tell(`run ${run + 1} of ${runs}: ${job.op} of ${job.who}`);
      const answer = await inWorker(job);
      if (answer === null) missing.add(job);
      else answers[i]?.push(answer);
    }
  }
  tell("");
  return jobs.flatMap((job, i) => {
    const all = answers[i] ?? [];
    return all.length === 0 ? [] : [resultOf(job, all)];
  });
}

function resultOf({ op, who }: Job, answers: readonly NonNullable<Answer>[]): Result {
  if (op === BYTES) {
    const [first] = answers;
    return { op, who, bytes: first !== undefined && "bytes" in first ? round(first.bytes, 0) : 0 };
  }
  const all = answers.filter((answer) => "median" in answer);
  const median = (values: number[]) => round(quantile(values, 0.5), 3);
  return {
    op,
    who,
    x: median(all.map((one) => one.median)),
    ns: round(Math.min(...all.map((one) => one.ns)), 2),
    runs: all.length,
    spread: [median(all.map((one) => one.low)), median(all.map((one) => one.high))],
    pairs: all.reduce((sum, one) => sum + one.pairs, 0),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function print(results: readonly Result[], say: (line: string) => void): void {
  const who = WHO.filter((name) => results.some((one) => one.who === name));
  const find = (op: Row, name: WhoName) => results.find((one) => one.op === op && one.who === name);
  const cofn = who.includes("cofn");
  const head = ["operation", ...who, ...(cofn ? ["to reach"] : [])];
  const rows = ROWS.filter((op) => results.some((one) => one.op === op)).map((op) => {
    const ceiling = CEILING[op];
    const reach = ceiling === undefined ? "" : op === BYTES ? `≤ ${ceiling} B` : `≤ ${ceiling}`;
    return [op, ...who.map((name) => cell(find(op, name))), ...(cofn ? [reach] : [])];
  });
  for (const line of table([head, ...rows])) say(line);
  say("");
  say("Multiples of a raw generator's next(): median [quartiles] best ns");
  const [one, deep] = [find("call1", "cofn"), find("call64", "cofn")];
  if (one !== undefined && deep !== undefined && "x" in one && "x" in deep) {
    say(`cofn: call64 is ${(deep.x / one.x).toFixed(2)} x call1; to reach ≤ ${DEPTH_CEILING}`);
  }
}

function cell(result: Result | undefined): string {
  if (result === undefined) return "–";
  if ("bytes" in result) return `${result.bytes} B`;
  const [low, high] = result.spread;
  return `${short(result.x)} [${short(low)}–${short(high)}] ${short(result.ns)}`;
}

function short(value: number): string {
  return value < 100 ? value.toFixed(value < 10 ? 2 : 1) : value.toFixed(0);
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((text, i) => widths[i] = Math.max(widths[i] ?? 0, text.length));
  }
  return rows.map((row) => row.map((text, i) => text.padEnd(widths[i] ?? 0)).join("   ").trimEnd());
}

/** Names for the help, in lines of six. */
function listed(names: readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; i < names.length; i += 6) lines.push(names.slice(i, i + 6).join(", "));
  return lines.join(",\n                 ");
}

async function main(): Promise<void> {
  // deno-lint-ignore no-console -- its output
  const say = (line: string) => console.log(line);
  const { json, runs, only, who } = called(HELP, () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        json: { type: "boolean", default: false },
        runs: { type: "string", default: "3" },
        only: { type: "string" },
        who: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    return {
      ...values,
      runs: atLeastOne("--runs", values.runs),
      only: chosen("--only", values.only, ROWS),
      who: chosen("--who", values.who, WHO),
    };
  });
  const jobs = only.flatMap((op) => who.map((name): Job => ({ op, who: name })));
  const encoder = new TextEncoder();
  const live = Deno.stderr.isTerminal();
  const tell = (text: string) => {
    if (live) Deno.stderr.writeSync(encoder.encode(`\r\x1b[K${text}`));
  };
  const results = await measureAll(jobs, runs, tell);
  if (json) { for (const result of results) say(JSON.stringify(result)); }
  else print(results, say);
}

if (import.meta.main) await main();
