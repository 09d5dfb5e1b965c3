/**
 * async-sema: a semaphore, of one where others have a mutex. Its tasks are async functions, so it has only the locks.
 *
 * @module
 */
import { Sema } from "async-sema";
import type { Batch, Who } from "../_ops.ts";

export const asyncSema: Who = {
  ops: {
    lock: () => lock(),
    tryLock: () => {
      const sema = new Sema(1);
      return (n) => {
        for (let i = 0; i < n; i++) {
          sema.tryAcquire();
          sema.release();
        }
      };
    },
    handoff2: () => handoff(2),
    handoff100: () => handoff(100),
    semaphore: () => lock(),
  },
};

function lock(): Batch {
  const sema = new Sema(1);
  return async (n) => {
    for (let i = 0; i < n; i++) {
      await sema.acquire();
      sema.release();
    }
  };
}

function handoff(tasks: number): Batch {
  return async (n) => {
    const sema = new Sema(1, { capacity: tasks });
    let left = n;
    async function contend(): Promise<void> {
      while (left > 0) {
        await sema.acquire();
        left--;
        sema.release();
      }
    }
    await Promise.all(Array.from({ length: tasks }, contend));
  };
}
