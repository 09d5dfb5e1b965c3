/**
 * @rocicorp/lock: a lock and a read-write lock. Its tasks are async functions.
 *
 * @module
 */
import { Lock, RWLock } from "@rocicorp/lock";
import type { Batch, Who } from "../_ops.ts";

export const rocicorpLock: Who = {
  ops: {
    lock: () => {
      const lock = new Lock();
      return async (n) => {
        for (let i = 0; i < n; i++) (await lock.lock())();
      };
    },
    handoff2: () => handoff(2, () => new Lock()),
    handoff100: () => handoff(100, () => new Lock()),
    readLock: () => async (n) => {
      // One for each batch: it keeps a promise for each reader until the next one writes.
      const rwlock = new RWLock();
      for (let i = 0; i < n; i++) (await rwlock.read())();
    },
    writeLock: () => {
      const rwlock = new RWLock();
      return async (n) => {
        for (let i = 0; i < n; i++) (await rwlock.write())();
      };
    },
    rwHandoff: () =>
      handoff(2, () => {
        const rwlock = new RWLock();
        return { lock: () => rwlock.write() };
      }),
  },
};

function handoff(tasks: number, make: () => Pick<Lock, "lock">): Batch {
  return async (n) => {
    const lock = make();
    let left = n;
    async function contend(): Promise<void> {
      while (left > 0) {
        const unlock = await lock.lock();
        left--;
        unlock();
      }
    }
    await Promise.all(Array.from({ length: tasks }, contend));
  };
}
