/**
 * `deno task bench:growth`: how what an operation costs grows with how many others there are. How and why:
 * README.md.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { atLeastOne, called } from "./_arguments.ts";
import {
  best,
  complaintOf,
  isLinear,
  MOST,
  MOST_IN_TIME,
  type Point,
  type Result,
  resultOf,
  SIZES,
} from "./_growth.ts";
import { rows } from "./growth/_rows.ts";
import type { GrowthJob } from "./_growth_worker.ts";

const HELP = `Usage: deno task bench:growth [options]

Does each thing that a program can do with thousands of something with ${
  SIZES.map((n) => n.toLocaleString("en")).join(", ")
}
of them, and prints the exponent of what all cost: 1 is linear, 2 quadratic. Up to ${MOST} counts as
linear. The unit is what as many plain generators with as much memory cost; in time alone, up to ${MOST_IN_TIME}
counts. What is above is measured again, by twice and by four times as many rounds, before it is believed.

  --json         One object a line: {"row","exponent","inTime","ok","points":[{"n","ns","unit"}, …]}:
                 the exponents in units and in time; nanoseconds of this process for one, and for one
                 plain generator
  --rounds N     The best of so many (default 2)
  --only TEXT    Only the rows whose names have this in them; may be given several times
  --list         The names of the rows, and no more
  --help         This text

Exits with 0 if all are linear, with 1 if not, with 2 if it was called wrongly.`;

function inWorker(job: GrowthJob): Promise<readonly Point[]> {
  const worker = new Worker(import.meta.resolve("./_growth_worker.ts"), { type: "module" });
  return new Promise<readonly Point[]>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<readonly Point[]>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot measure ${job.name}: ${event.message}`));
    };
    worker.postMessage(job);
  }).finally(() => worker.terminate());
}

/** How often a row that is above is measured again. */
const AGAIN = 2;

async function measure(name: string, rounds: number): Promise<Result> {
  const times = (rounds: number) =>
    inWorker({ name, pace: { warmUp: 300, patience: 20_000, rounds } });
  let points = await times(rounds);
  for (let i = 1; i <= AGAIN && !isLinear(points); i++) {
    points = best(points, await times(rounds * 2 ** i));
  }
  return resultOf(name, points);
}

function line({ row, exponent, ok, points }: Result): string {
  const times = points.map(({ ns }) => nanoseconds(ns).padStart(9)).join(" ");
  return `${row.padEnd(58)} ${exponent.toFixed(2).padStart(5)} ${ok ? " " : "!"} ${times}`;
}

function nanoseconds(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}

async function main(): Promise<number> {
  // deno-lint-ignore no-console -- its output
  const say = (text: string) => console.log(text);
  // deno-lint-ignore no-console -- its output
  const complain = (text: string) => console.error(text);
  const { json, rounds, names, list } = called(HELP, () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        json: { type: "boolean", default: false },
        rounds: { type: "string", default: "2" },
        only: { type: "string", multiple: true, default: [] },
        list: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { only } = values;
    const all = rows.map(({ name }) => name);
    for (const text of only) {
      if (!all.some((name) => name.includes(text))) {
        throw new RangeError(
          `Cannot take --only ${text}: no row has that in its name (see --list)`,
        );
      }
    }
    return {
      ...values,
      rounds: atLeastOne("--rounds", values.rounds),
      names: all.filter((name) => only.length === 0 || only.some((text) => name.includes(text))),
    };
  });
  if (list) {
    for (const name of names) say(name);
    return 0;
  }
  const results: Result[] = [];
  for (const name of names) {
    const result = await measure(name, rounds);
    say(json ? JSON.stringify(result) : line(result));
    results.push(result);
  }
  const complaint = complaintOf(results);
  if (complaint === undefined) return 0;
  complain(complaint);
  return 1;
}

if (import.meta.main) Deno.exit(await main());
