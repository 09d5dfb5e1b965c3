/**
 * What the threads of `bench/growth.ts` run.
 *
 * @module
 */
import { AioContext, type Co, CoQueue, Coroutine, sleep } from "../mod.ts";

const queue = new CoQueue();

/** Suspends so many, which nobody lets go on: some wait in a queue, some yield. */
export function crowd(n: number): void {
  for (let i = 0; i < n; i++) {
    AioContext.main.schedule(Coroutine.create(i % 2 === 0 ? stands : yields));
  }
}

function* stands(): Co {
  yield* queue.wait();
}

function* yields(): Co {
  yield;
}

/** Answers. */
export function echo(n: number): number {
  return n;
}

/** Answers when some time has passed. */
export function* nap(ns: number): Co<number> {
  yield* sleep(ns);
  return ns;
}
