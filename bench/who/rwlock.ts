/**
 * rwlock: a read-write lock that calls back those who have it. It calls them at once, from the call
 * that takes it or from the one that gives it back: no task ever suspends.
 *
 * @module
 */
import ReadWriteLock from "rwlock";
import type { Who } from "../_ops.ts";

/** What is used of it here: it comes without types. */
interface Rwlock {
  readLock(callback: (release: () => void) => void): void;
  writeLock(callback: (release: () => void) => void): void;
}

export const rwlock: Who = {
  ops: {
    readLock: () => {
      const lock = make();
      return (n) => {
        for (let i = 0; i < n; i++) lock.readLock(giveBack);
      };
    },
    writeLock: () => {
      const lock = make();
      return (n) => {
        for (let i = 0; i < n; i++) lock.writeLock(giveBack);
      };
    },
    rwHandoff: () => {
      const lock = make();
      let unlock = (): void => {};
      const hold = (release: () => void): void => {
        unlock = release;
      };
      lock.writeLock(hold);
      // From a loop: writers who unlock where they are called back would nest without end.
      return (n) => {
        for (let i = 0; i < n; i++) {
          // It waits, as the one before has the lock, until that one gives it back.
          lock.writeLock(hold);
          unlock();
        }
      };
    },
  },
};

function make(): Rwlock {
  return new ReadWriteLock();
}

function giveBack(release: () => void): void {
  release();
}
