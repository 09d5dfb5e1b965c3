/**
 * Locks and queues of several threads.
 *
 * @module
 */
import { handleOf, schedule, SharedCoMutex, SharedCoQueue, SharedCoRwLock } from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { once, started, uses, waits } from "./_parts.ts";
import type { Line } from "./lines.ts";

/** As many as there are records for. */
const SHARED_SIZES = [1_000, 8_000, 64_000];

const sharedLines: Readonly<Record<string, () => Line>> = {
  "SharedCoMutex.lock": () => {
    const m = new SharedCoMutex();
    const [holder] = started(1, function* () {
      using _ = yield* m.lock();
      yield;
    });
    return { wait: (options) => m.lock(options), letGo: () => holder?.enter() };
  },
  "SharedCoRwLock.readLock": () => {
    const lock = new SharedCoRwLock();
    const [holder] = started(1, function* () {
      using _ = yield* lock.writeLock();
      yield;
    });
    return { wait: (options) => lock.readLock(options), letGo: () => holder?.enter() };
  },
  "SharedCoRwLock.writeLock": () => {
    const lock = new SharedCoRwLock();
    const [holder] = started(1, function* () {
      using _ = yield* lock.writeLock();
      yield;
    });
    return { wait: (options) => lock.writeLock(options), letGo: () => holder?.enter() };
  },
  "SharedCoQueue.wait": () => {
    const m = new SharedCoMutex();
    const q = new SharedCoQueue(m);
    return {
      *wait(options) {
        using _ = yield* m.lock();
        yield* q.wait(options);
      },
      letGo() {
        started(1, function* () {
          using _ = yield* m.lock();
          q.restartAll();
        });
      },
    };
  },
};

export const sharedRows: readonly Row[] = [
  ...Object.entries(sharedLines).flatMap(([name, make]): Row[] => [
    {
      name: `${name}: n wait, and go on`,
      sizes: SHARED_SIZES,
      prepare(n) {
        const line = make();
        return {
          async run() {
            const all = started(n, uses, () => line.wait()).map(({ done }) => done);
            line.letGo();
            await Promise.all(all);
          },
        };
      },
    },
    {
      name: `${name}: n wait, and are cancelled, newest first`,
      sizes: SHARED_SIZES,
      prepare(n) {
        const line = make();
        const cos = started(n, waits, () => line.wait()).reverse();
        const all = cos.map(({ done }) => done.catch(() => {}));
        return {
          async run() {
            for (const co of cos) co.cancel();
            await Promise.all(all);
          },
          // Whoever hands on takes out of the line what was given up.
          async after() {
            line.letGo();
            await new Promise((resolve) => setTimeout(resolve, 0));
          },
        };
      },
    },
  ]),
  {
    name: "handles of n coroutines, scheduled by them",
    sizes: SHARED_SIZES,
    prepare: (n) => ({
      async run() {
        const cos = started(n, once);
        const all = cos.map(({ done }) => done);
        for (const handle of cos.map(handleOf)) schedule(handle);
        await Promise.all(all);
      },
    }),
  },
];
