/**
 * This module itself. It is imported by path, so that a copy of `bench/` beside another
 * commit's `src/` measures that one: see `vs_head.ts`.
 *
 * @module
 */
import { call, type Co, CoMutex, Coroutine } from "../../mod.ts";
import { type Batch, RING, type Who } from "../_ops.ts";

export const cofn: Who = {
  ops: {
    create: () => (n) => {
      for (let i = 0; i < n; i++) Coroutine.create(empty).enter();
    },
    resume: () => resumeUnder(0),
    call1: () => resumeUnder(1),
    call8: () => resumeUnder(8),
    call64: () => resumeUnder(64),
    lock: () => {
      const mutex = new CoMutex();
      let left = 0;
      const co = Coroutine.create(function* () {
        for (;;) {
          yield* mutex.lock();
          mutex.unlock();
          if (--left <= 0) yield;
        }
      });
      return (n) => {
        left = n;
        co.enter();
      };
    },
    tryLock: () => {
      const mutex = new CoMutex();
      let left = 0;
      const co = Coroutine.create(function* () {
        for (;;) {
          mutex.tryLock();
          mutex.unlock();
          if (--left <= 0) yield;
        }
      });
      return (n) => {
        left = n;
        co.enter();
      };
    },
    handoff2: () => handoff(2),
    handoff100: () => handoff(100),
    wakeChain: () => {
      const ring: Coroutine<void>[] = [];
      let left = 0;
      function* link(next: number): Co {
        for (;;) {
          if (left-- > 0) ring[next]?.wake();
          yield;
        }
      }
      for (let i = 0; i < RING; i++) ring.push(Coroutine.create(link, (i + 1) % RING));
      return (times) => {
        left = times;
        ring[0]?.enter();
      };
    },
  },
  suspend(slots) {
    for (let i = 0; i < slots.length; i++) {
      const co = Coroutine.create(forever);
      co.enter();
      slots[i] = co;
    }
  },
};

function* empty(): Co {}

function* forever(): Co {
  for (;;) yield;
}

function* under(calls: number): Co {
  if (calls > 0) yield* call(under, calls - 1);
  else for (;;) yield;
}

function resumeUnder(calls: number): Batch {
  const co = calls === 0 ? Coroutine.create(forever) : Coroutine.create(under, calls);
  co.enter();
  return (n) => {
    for (let i = 0; i < n; i++) co.enter();
  };
}

/** All but the holder wait. After the last hand-off of a batch, the holder keeps the lock and yields. */
function handoff(tasks: number): Batch {
  const mutex = new CoMutex();
  let left = 0;
  function* contend(): Co {
    for (;;) {
      yield* mutex.lock();
      if (left-- <= 0) yield;
      mutex.unlock();
    }
  }
  const all = Array.from({ length: tasks }, () => Coroutine.create(contend));
  for (const co of all) co.enter();
  return (n) => {
    left = n - 1;
    mutex.holder?.enter();
  };
}
