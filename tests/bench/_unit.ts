/**
 * A program that prints how many bytes one of the unit's plain generators takes, for what is asked for.
 *
 * @module
 */
import process from "node:process";
import { type Trial, unitOf } from "../../bench/_growth.ts";

const N = 10_000;

/** What most goes take: in one of them the engine may make something of its own. */
async function bytes(given: number): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { run } = await unitOf(false, given).prepare(N) as Trial;
    const before = process.memoryUsage().heapUsed;
    void run();
    all.push((process.memoryUsage().heapUsed - before) / N);
  }
  return all.sort((a, b) => a - b)[2] ?? NaN;
}

// deno-lint-ignore no-console -- its output
console.log(JSON.stringify([await bytes(0), await bytes(700), await bytes(10_000)]));
