/**
 * Threads, and what they are asked for.
 *
 * @module
 */
import { IOThread } from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { one, started, waits } from "./_parts.ts";

let thread: Promise<IOThread<typeof import("../_growth_module.ts")>> | undefined;
/** How many are suspended there. */
let there = 0;

/** A thread in which so many are suspended. */
async function threadWith(n: number): Promise<IOThread<typeof import("../_growth_module.ts")>> {
  if (there > n) {
    await (await thread)?.terminate();
    thread = undefined;
    there = 0;
  }
  thread ??= IOThread.spawn(new URL("../_growth_module.ts", import.meta.url));
  const its = await thread;
  const more = n - there;
  there = n;
  await one(function* () {
    yield* its.call("crowd", more);
  });
  return its;
}

export const threadRows: readonly Row[] = [
  {
    name: "an IOThread: 100 calls one by one, while n are suspended there",
    alone: true,
    async prepare(n) {
      const its = await threadWith(n);
      return {
        times: 100,
        run: () =>
          one(function* () {
            for (let i = 0; i < 100; i++) yield* its.call("echo", i);
          }) as Promise<void>,
      };
    },
  },
  {
    name: "an IOThread: 20 calls that sleep, one by one, while n are suspended there",
    alone: true,
    async prepare(n) {
      const its = await threadWith(n);
      return {
        times: 20,
        run: () =>
          one(function* () {
            for (let i = 0; i < 20; i++) yield* its.call("nap", 1);
          }) as Promise<void>,
      };
    },
  },
  {
    name: "an IOThread: n calls at once",
    alone: true,
    async prepare(n) {
      const its = await threadWith(0);
      return {
        async run() {
          const all = started(n, function* () {
            yield* its.call("echo", 1);
          });
          await Promise.all(all.map(({ done }) => done));
        },
      };
    },
  },
  {
    name: "an IOThread: n calls at once, cancelled, newest first",
    alone: true,
    async prepare(n) {
      const its = await threadWith(0);
      const cos = started(n, waits, () => its.call("nap", 1e18)).reverse();
      await one(() => waits(() => its.call("echo", 1)));
      return {
        async run() {
          for (const co of cos) co.cancel();
          await one(() => waits(() => its.call("echo", 1)));
        },
      };
    },
  },
];
