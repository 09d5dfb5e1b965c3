/**
 * async-mutex. Its tasks are async functions, so it has only the locks.
 *
 * @module
 */
import { Mutex, Semaphore } from "async-mutex";
import type { Batch, Who } from "../_ops.ts";

export const asyncMutex: Who = {
  ops: {
    lock: () => {
      const mutex = new Mutex();
      return async (n) => {
        for (let i = 0; i < n; i++) (await mutex.acquire())();
      };
    },
    handoff2: () => handoff(2),
    handoff100: () => handoff(100),
    semaphore: () => {
      const semaphore = new Semaphore(1);
      return async (n) => {
        for (let i = 0; i < n; i++) {
          const [, release] = await semaphore.acquire();
          release();
        }
      };
    },
  },
};

function handoff(tasks: number): Batch {
  return async (n) => {
    const mutex = new Mutex();
    let left = n;
    async function contend(): Promise<void> {
      while (left > 0) {
        const unlock = await mutex.acquire();
        left--;
        unlock();
      }
    }
    await Promise.all(Array.from({ length: tasks }, contend));
  };
}
