/**
 * Locks, and those who use them.
 *
 * @module
 */
import { CoMutex, CoRwLock, CoSemaphore, trace } from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { shuffled, started, uses, waits } from "./_parts.ts";
import { mutexLine } from "./lines.ts";

export const lockRows: readonly Row[] = [
  {
    name: "waiters of a lock, where n wait",
    prepare(n) {
      const m = new CoMutex();
      started(1, function* () {
        using _ = yield* m.lock();
        yield;
      });
      started(n, uses, () => m.lock());
      let sum = 0;
      return {
        times: 1_000,
        run() {
          for (let i = 0; i < 1_000; i++) sum += m.waiters;
        },
        after: () => void sum,
      };
    },
  },
  {
    name: "a traced lock, for which n wait, handed on",
    prepare(n) {
      const line = mutexLine();
      let seen = 0;
      started(n, uses, () => line.wait());
      return {
        run() {
          using _ = trace((event) => {
            if (event.type === "unlock") seen += event.waiters;
          });
          line.letGo();
        },
        after: () => void seen,
      };
    },
  },
  {
    name: "a read-write lock with n readers",
    atRandom: true,
    prepare(n) {
      const lock = new CoRwLock();
      return {
        run() {
          const all = started(n, function* () {
            using _ = yield* lock.readLock();
            yield;
          });
          for (const co of shuffled(all)) co.enter();
        },
      };
    },
  },
  {
    name: "n upgrades of readers, one by one",
    prepare(n) {
      const lock = new CoRwLock();
      return {
        run() {
          const all = started(n, function* () {
            using _ = yield* lock.readLock();
            yield;
            yield* lock.upgrade();
          });
          for (const co of all) co.enter();
        },
      };
    },
  },
  {
    name: "n locks held by one coroutine",
    atRandom: true,
    prepare(n) {
      const locks = Array.from({ length: n }, () => new CoMutex());
      const back = shuffled(locks);
      return {
        run() {
          started(1, function* () {
            for (const m of locks) yield* m.lock();
            for (const m of back) m.unlock();
          });
        },
      };
    },
  },
  {
    name: "a lock of which n wait, abandoned",
    prepare(n) {
      const m = new CoMutex();
      const [holder] = started(1, function* () {
        yield* m.lock();
        yield;
      });
      started(n, waits, () => m.lock());
      return {
        run() {
          try {
            holder?.enter();
          } catch {
            // It has ended holding the lock.
          }
        },
      };
    },
  },
  {
    name: "n permits, taken one by one and given back",
    prepare(n) {
      const s = new CoSemaphore(n);
      return {
        run() {
          const all = started(n, function* () {
            using _ = yield* s.acquire();
            yield;
          });
          for (const co of all) co.enter();
        },
      };
    },
  },
  {
    name: "n who wait for any number of permits",
    prepare(n) {
      const s = new CoSemaphore(10);
      s.tryAcquire(10);
      let i = 0;
      started(n, uses, () => s.acquire(1 + i++ % 10));
      return { run: () => s.release(10) };
    },
  },
  {
    name: "setTotal() gives n permits to those who wait",
    prepare(n) {
      const s = new CoSemaphore(0);
      started(n, uses, () => s.acquire());
      return { run: () => s.setTotal(n) };
    },
  },
  {
    name: "setTotal() tells n who wait for more than there are",
    prepare(n) {
      const s = new CoSemaphore(10);
      s.tryAcquire(10);
      started(n, waits, () => s.acquire(5));
      return { run: () => s.setTotal(1) };
    },
  },
];
