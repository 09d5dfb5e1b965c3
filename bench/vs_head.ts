/**
 * Compares the tree as it is with another commit, both in the same run, batch by batch:
 *
 *     deno run -A bench/vs_head.ts [--base REV] [--only OP,…] [--runs N]
 *
 * The base is `HEAD` unless told. Its runtime is measured by the `bench/` of the tree.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { atLeastOne, called, chosen } from "./_arguments.ts";
import { quantile, type Series } from "./_measure.ts";
import { type Op, OPS } from "./_ops.ts";
import type { PairJob } from "./_pair_worker.ts";

const HELP = `deno run -A bench/vs_head.ts [--base REV] [--only OP,…] [--runs N]

Compares the runtime as it is with that of another commit, both in one run, batch by batch: what each
operation costs, in multiples of one next() of a plain generator.

  --base REV   the other commit (default HEAD)
  --only OP,…  some operations: ${OPS.join(", ")}
  --runs N     the median of so many runs (default 3)
  --help       this text`;

const root = new URL("../", import.meta.url);

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = new Deno.Command(command, { args: [...args], cwd: root, stderr: "inherit" });
  const { success } = await child.output();
  if (!success) throw new Error(`Cannot go on: ${command} ${args.join(" ")} failed`);
}

/** Puts the runtime of `base`, and the benchmarks of the tree, into `directory`. */
async function checkOut(base: string, directory: string): Promise<void> {
  const archive = `${directory}/base.tar`;
  await run("git", ["archive", "--format=tar", "-o", archive, base, "mod.ts", "src"]);
  await run("tar", ["-xf", archive, "-C", directory]);
  await Deno.mkdir(`${directory}/bench/who`, { recursive: true });
  for (const file of ["_ops.ts", "_sockets.ts", "who/cofn.ts"]) {
    await Deno.copyFile(new URL(`bench/${file}`, root), `${directory}/bench/${file}`);
  }
}

function inWorker(job: PairJob): Promise<readonly Series[]> {
  const worker = new Worker(import.meta.resolve("./_pair_worker.ts"), { type: "module" });
  return new Promise<readonly Series[]>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<readonly Series[]>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot measure ${job.op}: ${event.message}`));
    };
    worker.postMessage(job);
  }).finally(() => worker.terminate());
}

async function main(): Promise<void> {
  const { base, only, runs } = called(HELP, () => {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        base: { type: "string", default: "HEAD" },
        only: { type: "string" },
        runs: { type: "string", default: "3" },
        help: { type: "boolean", default: false },
      },
    });
    return {
      ...values,
      runs: atLeastOne("--runs", values.runs),
      only: chosen("--only", values.only, OPS),
    };
  });
  const directory = await Deno.makeTempDir();
  try {
    await checkOut(base, directory);
    const files = [`file://${directory}/bench/who/cofn.ts`, import.meta.resolve("./who/cofn.ts")];
    for (const op of only) {
      const medians: [number[], number[]] = [[], []];
      for (let i = 0; i < runs; i++) {
        // Whoever comes first in one run comes second in the next.
        const order = i % 2 === 0 ? [0, 1] as const : [1, 0] as const;
        const series = await inWorker({ op, files: order.map((which) => files[which] ?? "") });
        series.forEach((one, at) => medians[order[at] ?? 0].push(quantile(one.ratios, 0.5)));
      }
      const [before, after] = medians.map((all) => quantile(all, 0.5));
      report(op, before ?? NaN, after ?? NaN);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function report(op: Op, base: number, tree: number): void {
  const change = (tree / base - 1) * 100;
  const sign = change < 0 ? "" : "+";
  // deno-lint-ignore no-console -- its output
  console.log(
    `${op.padEnd(12)}${values(base)} -> ${values(tree)}  ${sign}${change.toFixed(1)} %`,
  );
}

function values(x: number): string {
  return `${x.toFixed(2)}x`.padStart(7);
}

if (import.meta.main) await main();
