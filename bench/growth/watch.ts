/**
 * What tells what there is.
 *
 * @module
 */
import {
  assertNoDeadlock,
  chromeTrace,
  type Co,
  CoMutex,
  Coroutine,
  CoRwLock,
  dump,
  TaskPool,
  trace,
} from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { once, started, uses } from "./_parts.ts";

export const watchRows: readonly Row[] = [
  {
    name: "dump() of n suspended",
    alone: true,
    prepare(n) {
      const cos = started(n, once);
      return {
        run: () => void `${dump()}`,
        after() {
          for (const co of cos) co.enter();
        },
      };
    },
  },
  {
    name: "dump() of n who write behind n who read",
    alone: true,
    prepare(n) {
      const lock = new CoRwLock();
      const readers = started(n, function* () {
        using _ = yield* lock.readLock();
        yield;
      });
      started(n, uses, () => lock.writeLock());
      return {
        run: () => void `${dump()}`,
        after() {
          for (const co of readers) co.enter();
        },
      };
    },
  },
  {
    name: "dump() of n who wait for all tasks of a pool, n of them",
    alone: true,
    prepare(n) {
      const pool = new TaskPool(n);
      started(n, function* () {
        yield* pool.start(once);
        yield* pool.waitAll();
      });
      return {
        run: () => void `${dump()}`,
        after: () => pool.cancel(),
      };
    },
  },
  {
    name: "assertNoDeadlock() of n circles of n",
    alone: true,
    prepare(n) {
      const lock = new CoRwLock();
      const row = Array.from({ length: n + 1 }, () => new CoMutex());
      const all = row.map((mutex, i) =>
        Coroutine.create(function* () {
          if (i < n) yield* lock.readLock();
          yield* mutex.lock();
          yield;
          if (i < n) yield* row[i + 1]!.lock();
          else yield* lock.writeLock();
        })
      );
      for (const co of [...all, ...all]) co.enter();
      return {
        run() {
          try {
            assertNoDeadlock();
          } catch {
            // As it should.
          }
        },
        after() {
          for (const co of all) {
            try {
              co.cancel();
            } catch {
              // It has held locks.
            }
          }
        },
      };
    },
  },
  {
    name: "assertNoDeadlock() of n who write behind n who read",
    alone: true,
    prepare(n) {
      const lock = new CoRwLock();
      const readers = started(n, function* () {
        using _ = yield* lock.readLock();
        yield;
      });
      started(n, uses, () => lock.writeLock());
      return {
        run: () => assertNoDeadlock(),
        after() {
          for (const co of readers) co.enter();
        },
      };
    },
  },
  {
    name: "assertNoDeadlock() of a circle of n",
    alone: true,
    prepare(n) {
      const locks = Array.from({ length: n }, () => new CoMutex());
      function* both(i: number): Co {
        using _ = yield* locks[i]!.lock();
        yield;
        using __ = yield* locks[(i + 1) % n]!.lock();
      }
      const cos = locks.map((_, i) => Coroutine.create(both, i));
      for (const co of cos) co.enter();
      for (const co of cos) co.enter();
      return {
        run() {
          try {
            assertNoDeadlock();
          } catch {
            // It is one.
          }
        },
        // Its guard gives its lock back, and so on.
        after: () => cos[0]?.cancel(),
      };
    },
  },
  {
    name: "n events of a trace",
    prepare(n) {
      let events = 0;
      return {
        run() {
          using _ = trace(() => events++);
          for (const co of started(n, once)) co.enter();
        },
        after: () => void events,
      };
    },
  },
  {
    name: "n events of a trace for Chrome",
    prepare(n) {
      let length = 0;
      return {
        run() {
          using _ = chromeTrace((text) => length += text.length);
          for (const co of started(n, once)) co.enter();
        },
        after: () => void length,
      };
    },
  },
];
