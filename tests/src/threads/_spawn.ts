/**
 * Threads of `_module.ts`, and words to see what they do.
 *
 * @module
 */
import { IOThread } from "../../../mod.ts";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { contexts } from "../../../src/shared/_layout.ts";
import { isTaken } from "../../../src/lockfree/life.ts";
import { LIFE } from "../../../src/lockfree/words.ts";
import { LONG_MS } from "../../_long.ts";
import { ask } from "./_ask.ts";
import { turn } from "../_helpers.ts";
import type * as module from "./_module.ts";

/** A thread of the tests. */
export type Thread = IOThread<typeof module>;

/** Starts one. */
export const spawn = (name?: string): Promise<Thread> =>
  IOThread.spawn<typeof module>(new URL("./_module.ts", import.meta.url), { name });

/** With one that is called "disk", which is joined. */
export async function withThread(use: (thread: Thread) => Promise<void>): Promise<void> {
  await using thread = await spawn("disk");
  await use(thread);
}

/** Memory for threads. */
export const words = (n = 2): Int32Array => new Int32Array(new SharedArrayBuffer(4 * n));

/** Settles when a word has come to that: 1 by default. */
export async function seen(words: Int32Array, i = 0, n = 1): Promise<void> {
  while (Atomics.load(words, i) < n) await turn();
}

/** Settles when a thread that counts by a timer would have counted on: another one has. */
export async function othersCount(): Promise<void> {
  await withThread(async (thread) => {
    const counted = words();
    await ask(() => thread.call("countOn", counted));
    await seen(counted, 0, 20);
  });
}

/** How many threads there are, this one included, as far as their places go. */
export const taken = (): number =>
  contexts.filter((at) => isTaken(Atomics.load(commonsNow().memory, at + LIFE))).length;

/** Settles when there are only so many threads. */
export async function left(n: number): Promise<void> {
  const begin = performance.now();
  while (taken() > n) {
    if (performance.now() - begin > LONG_MS) throw new Error(`${taken()} threads are left`);
    await turn();
  }
}
