/**
 * Queues of all kinds, and those who stand in them.
 *
 * @module
 */
import {
  CoMutex,
  CoQueue,
  type Coroutine,
  CoRwLock,
  CoSemaphore,
  type Suspension,
  TaskPool,
  VirtualClock,
  type WaitOptions,
} from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { once, orders, started, uses, waits } from "./_parts.ts";

/** What one can stand in line for: nobody has it before `letGo`. */
export interface Line {
  wait(options?: WaitOptions): Suspension<unknown>;
  letGo(): void;
}

export function mutexLine(): Line {
  const m = new CoMutex();
  const [holder] = started(1, function* () {
    using _ = yield* m.lock();
    yield;
  });
  return { wait: (options) => m.lock(options), letGo: () => holder?.enter() };
}

function rwLine(as: "read" | "write"): Line {
  const lock = new CoRwLock();
  const [holder] = started(1, function* () {
    using _ = yield* lock.writeLock();
    yield;
  });
  return {
    wait: (options) => as === "read" ? lock.readLock(options) : lock.writeLock(options),
    letGo: () => holder?.enter(),
  };
}

export const lines: Readonly<Record<string, () => Line>> = {
  "CoMutex.lock": mutexLine,
  "CoRwLock.readLock": () => rwLine("read"),
  "CoRwLock.writeLock": () => rwLine("write"),
  "CoSemaphore.acquire": () => {
    const s = new CoSemaphore(1);
    s.tryAcquire();
    return { wait: (options) => s.acquire(1, options), letGo: () => s.release() };
  },
  "CoQueue.wait": () => {
    const q = new CoQueue();
    return { wait: (options) => q.wait(options), letGo: () => q.restartAll() };
  },
  "CoQueue.wait with a mutex": () => {
    const [q, m] = [new CoQueue(), new CoMutex()];
    return {
      *wait(options) {
        using _ = yield* m.lock();
        yield* q.wait(m, options);
      },
      letGo: () => q.restartAll(),
    };
  },
  "CoQueue.wait in front": () => {
    const q = new CoQueue();
    return { wait: (options) => q.wait({ ...options, front: true }), letGo: () => q.restartAll() };
  },
  "TaskPool.waitAll": () => {
    const pool = new TaskPool(1);
    let task: Coroutine<void> | undefined;
    started(1, function* () {
      task = yield* pool.start(once);
    });
    return { wait: (options) => pool.waitAll(options), letGo: () => task?.enter() };
  },
};

export const lineRows: readonly Row[] = Object.entries(lines).flatMap(([name, make]): Row[] => [
  {
    name: `${name}: n wait, and go on`,
    prepare(n) {
      const line = make();
      return {
        run() {
          started(n, uses, () => line.wait());
          line.letGo();
        },
      };
    },
  },
  ...Object.entries(orders).map(([how, order]): Row => ({
    name: `${name}: n wait, and are cancelled, ${how}`,
    atRandom: how === "at random",
    prepare(n) {
      const line = make();
      const all = order(started(n, waits, () => line.wait()));
      return {
        run() {
          for (const co of all) co.cancel();
        },
      };
    },
  })),
  {
    name: `${name}: n wait with time-outs, and give up, newest first`,
    prepare(n) {
      const line = make();
      const clock = new VirtualClock();
      let left = n;
      started(n, waits, () => line.wait({ timeout: left--, clock }));
      return { run: () => clock.advance(n) };
    },
  },
  {
    name: `${name}: n wait with one signal, which is aborted`,
    prepare(n) {
      const line = make();
      const controller = new AbortController();
      const options = { signal: controller.signal };
      return {
        run() {
          started(n, waits, () => line.wait(options));
          controller.abort("enough");
        },
      };
    },
  },
  {
    name: `${name}: n wait with one signal, and are cancelled, newest first`,
    prepare(n) {
      const line = make();
      const { signal } = new AbortController();
      const all = started(n, waits, () => line.wait({ signal })).reverse();
      return {
        run() {
          for (const co of all) co.cancel();
        },
      };
    },
  },
]);
