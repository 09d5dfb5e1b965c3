/**
 * This module itself. It is imported by path, so that a copy of `bench/` beside another
 * commit's `src/` measures that one: see `vs_head.ts`.
 *
 * @module
 */
import { call, type Co, CoMutex, Coroutine } from "../../mod.ts";
import * as mod from "../../mod.ts";
import { type Batch, RING, SLEEPERS, type Who } from "../_ops.ts";
import { socketPair } from "../_sockets.ts";

// Not imported by name: where a commit has none of them, its other operations can be measured.
const {
  AioContext,
  BottomHalf,
  CoReader,
  CoWriter,
  CoQueue,
  CoRwLock,
  CoSemaphore,
  readable,
  sleep,
  Timer,
  VirtualClock,
} = mod;

export const cofn: Who = {
  ops: {
    create: () => (n) => {
      for (let i = 0; i < n; i++) Coroutine.create(empty).enter();
    },
    createInline: () => (n) => {
      for (let i = 0; i < n; i++) Coroutine.create(function* () {}).enter();
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
    lockUsing: () => {
      const mutex = new CoMutex();
      let left = 0;
      const co = Coroutine.create(function* () {
        for (;;) {
          {
            using _ = yield* mutex.lock();
          }
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
    queueWait: () => {
      const queue = new CoQueue();
      Coroutine.create(function* () {
        for (;;) yield* queue.wait();
      }).enter();
      return (n) => {
        for (let i = 0; i < n; i++) queue.next();
      };
    },
    condvar,
    readLock: () => {
      const rwlock = new CoRwLock();
      let left = 0;
      const co = Coroutine.create(function* () {
        for (;;) {
          yield* rwlock.readLock();
          rwlock.unlock();
          if (--left <= 0) yield;
        }
      });
      return (n) => {
        left = n;
        co.enter();
      };
    },
    writeLock: () => {
      const rwlock = new CoRwLock();
      let left = 0;
      const co = Coroutine.create(function* () {
        for (;;) {
          yield* rwlock.writeLock();
          rwlock.unlock();
          if (--left <= 0) yield;
        }
      });
      return (n) => {
        left = n;
        co.enter();
      };
    },
    rwHandoff,
    semaphore: () => {
      const semaphore = new CoSemaphore(1);
      let left = 0;
      const co = Coroutine.create(function* () {
        for (;;) {
          yield* semaphore.acquire();
          semaphore.release();
          if (--left <= 0) yield;
        }
      });
      return (n) => {
        left = n;
        co.enter();
      };
    },
    sleepVirtual: () => {
      const clock = new VirtualClock();
      function* sleeper(): Co {
        for (;;) yield* sleep(1, clock);
      }
      for (let i = 0; i < SLEEPERS; i++) Coroutine.create(sleeper).enter();
      // What one batch has run too many, the next one has the less to do.
      let left = 0;
      return (n) => {
        for (left += n; left > 0; left -= SLEEPERS) clock.advance(1);
      };
    },
    bottomHalf: () => {
      const context = new AioContext();
      const bh = new BottomHalf(context, () => {});
      return (n) => {
        for (let i = 0; i < n; i++) {
          bh.schedule();
          context.poll();
        }
      };
    },
    schedule: () => {
      const context = new AioContext();
      const co = Coroutine.create(forever);
      return (n) => {
        for (let i = 0; i < n; i++) {
          context.schedule(co);
          context.poll();
        }
      };
    },
    timerVirtual: () => {
      const clock = new VirtualClock();
      const context = new AioContext();
      for (let i = 0; i < SLEEPERS; i++) {
        const timer = new Timer(context, () => timer.after(1), { clock });
        timer.after(1);
      }
      let left = 0;
      return (n) => {
        for (left += n; left > 0; left -= SLEEPERS) {
          clock.advance(1);
          context.poll();
        }
      };
    },
    readableSocket: async () => {
      const { here, there } = await socketPair();
      Coroutine.create(function* () {
        const [reader, writer] = [new CoReader(there), new CoWriter(there)];
        for (;;) {
          yield* readable(reader);
          reader.skip(reader.buffered);
          writer.reserve(1);
        }
      }).enter();
      const reader = new CoReader(here);
      const writer = new CoWriter(here);
      return (n) => {
        const co = Coroutine.create(function* () {
          for (let i = 0; i < n; i++) {
            writer.reserve(1);
            yield* readable(reader);
            reader.skip(reader.buffered);
          }
        });
        const { done } = co;
        co.enter();
        return done;
      };
    },
    cancel: () => (n) => {
      for (let i = 0; i < n; i++) {
        const co = Coroutine.create(cleansUp);
        co.enter();
        co.cancel();
      }
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

let cleanedUp = 0;

function* cleansUp(): Co {
  try {
    yield;
  } finally {
    cleanedUp++;
  }
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

/** As {@linkcode handoff}, with two who write. */
function rwHandoff(): Batch {
  const rwlock = new CoRwLock();
  let left = 0;
  function* contend(): Co {
    for (;;) {
      yield* rwlock.writeLock();
      if (left-- <= 0) yield;
      rwlock.unlock();
    }
  }
  for (let i = 0; i < 2; i++) Coroutine.create(contend).enter();
  return (n) => {
    left = n - 1;
    rwlock.writer?.enter();
  };
}

/** The producer yields after each item: before it is entered again, the consumer has taken that one, and waits. */
function condvar(): Batch {
  const mutex = new CoMutex();
  const filled = new CoQueue();
  let ready = false;
  const consumer = Coroutine.create(function* () {
    for (;;) {
      yield* mutex.lock();
      while (!ready) yield* filled.wait(mutex);
      ready = false;
      mutex.unlock();
    }
  });
  const producer = Coroutine.create(function* () {
    for (;;) {
      yield* mutex.lock();
      ready = true;
      filled.next();
      mutex.unlock();
      yield;
    }
  });
  consumer.enter();
  return (n) => {
    for (let i = 0; i < n; i++) producer.enter();
  };
}
