/**
 * Threads under load for so many seconds:
 *
 *     deno task soak --seconds 60
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  killing,
  lifecycle,
  locking,
  lockingPlainly,
  readingAndWriting,
  scheduling,
} from "./_soak.ts";

const HELP =
  "Usage: deno task soak [--seconds N]\n\nRuns threads under load, eight ways in turn, for N seconds in all.";

async function main(args: readonly string[]): Promise<number> {
  const { log: say, error: complain } = console;
  let seconds: number;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { seconds: { type: "string", default: "30" }, help: { type: "boolean" } },
    });
    seconds = Number(values.seconds);
    if (values.help) {
      say(HELP);
      return 0;
    }
    if (!(seconds > 0)) throw new Error(`Expected a number of seconds, got ${values.seconds}`);
  } catch (error) {
    complain(`${error instanceof Error ? error.message : error}\n\n${HELP}`);
    return 2;
  }
  const rss = (): string => `${Math.round(Deno.memoryUsage().rss / 2 ** 20)} MiB`;
  const end = performance.now() + seconds * 1000;
  const ms = Math.min(5000, seconds * 1000 / 8);
  for (let round = 1; performance.now() < end; round++) {
    const load: readonly (readonly [string, () => Promise<number>])[] = [
      ["threads that came and went", () => lifecycle(5, ms)],
      ["coroutines scheduled among 5 threads", () => scheduling(5, 4, ms)],
      ["a shared mutex locked by 5 threads", () => locking(5, ms)],
      ["a shared mutex locked by 2 threads", () => locking(2, ms)],
      ["a shared read-write lock locked by 3 threads", () => readingAndWriting(3, ms)],
      ["a spin-lock locked by 2 threads", () => lockingPlainly(2, ms, true)],
      ["an Atomics.wait mutex locked by 5 threads", () => lockingPlainly(5, ms, false)],
      ["threads that were killed", () => killing(ms)],
    ];
    for (const [what, run] of load) {
      const n = await run();
      say(`${`${round}`.padStart(3)}  ${n.toLocaleString("en").padStart(12)}  ${what}`);
    }
    say(`     memory: ${rss()}`);
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
