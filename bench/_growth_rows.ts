/**
 * What users can have thousands of, and what is done with it.
 *
 * @module
 */
import {
  AioContext,
  all,
  assertNoDeadlock,
  BottomHalf,
  call,
  chromeTrace,
  type Clock,
  type Co,
  CoMutex,
  CoQueue,
  CoReader,
  Coroutine,
  CoRwLock,
  CoSemaphore,
  CoSleep,
  CoWriter,
  dump,
  EventNotifier,
  handleOf,
  IOThread,
  monotonic,
  race,
  readable,
  realtime,
  schedule,
  scope,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  sleep,
  type Suspension,
  TaskPool,
  Timer,
  trace,
  until,
  VirtualClock,
  type WaitOptions,
  withTimeout,
} from "../mod.ts";
import { keep, type Row, type Trial } from "./_growth.ts";

// What many do.

function* once(): Co {
  yield;
}

function* forever(): Co {
  for (;;) yield;
}

function* waits(wait: () => Suspension<unknown>): Co {
  try {
    yield* wait();
  } catch {
    // It has given up, or was cancelled.
  }
}

/** As `waits`, and gives back at once what it has got. */
function* uses(wait: () => Suspension<unknown>): Co {
  using _ = (yield* wait()) as Disposable | undefined;
}

function started<A extends unknown[]>(
  n: number,
  body: (...args: A) => Suspension<unknown>,
  ...args: A
): Coroutine<unknown>[] {
  const cos = keep(new Array<Coroutine<unknown>>(n));
  for (let i = 0; i < n; i++) {
    const co = Coroutine.create(body, ...args);
    co.enter();
    cos[i] = co;
  }
  return cos;
}

/** One coroutine that does all of it, and has ended when all is done. */
function one(body: () => Suspension<unknown>): Promise<unknown> {
  const co = Coroutine.create(body);
  const { done } = co;
  co.enter();
  return done;
}

/** The same order each time. */
function shuffled<T>(some: readonly T[]): T[] {
  const all = [...some];
  let seed = 1;
  for (let i = all.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

const orders: Readonly<Record<string, <T>(all: T[]) => T[]>> = {
  "oldest first": (all) => all,
  "newest first": (all) => all.reverse(),
  "at random": shuffled,
};

// Queues of all kinds.

/** What one can stand in line for: nobody has it before `letGo`. */
interface Line {
  wait(options?: WaitOptions): Suspension<unknown>;
  letGo(): void;
}

function mutexLine(): Line {
  const m = new CoMutex();
  const [holder] = started(1, function* () {
    using _ = yield* m.lock();
    yield;
  });
  return { wait: (options) => m.lock(options), letGo: () => holder?.enter() };
}

function rwLine(as: "read" | "write"): Line {
  const lock = new CoRwLock();
  const [holder] = started(1, function* () {
    using _ = yield* lock.writeLock();
    yield;
  });
  return {
    wait: (options) => as === "read" ? lock.readLock(options) : lock.writeLock(options),
    letGo: () => holder?.enter(),
  };
}

const lines: Readonly<Record<string, () => Line>> = {
  "CoMutex.lock": mutexLine,
  "CoRwLock.readLock": () => rwLine("read"),
  "CoRwLock.writeLock": () => rwLine("write"),
  "CoSemaphore.acquire": () => {
    const s = new CoSemaphore(1);
    s.tryAcquire();
    return { wait: (options) => s.acquire(1, options), letGo: () => s.release() };
  },
  "CoQueue.wait": () => {
    const q = new CoQueue();
    return { wait: (options) => q.wait(options), letGo: () => q.restartAll() };
  },
  "CoQueue.wait with a mutex": () => {
    const [q, m] = [new CoQueue(), new CoMutex()];
    return {
      *wait(options) {
        using _ = yield* m.lock();
        yield* q.wait(m, options);
      },
      letGo: () => q.restartAll(),
    };
  },
  "CoQueue.wait in front": () => {
    const q = new CoQueue();
    return { wait: (options) => q.wait({ ...options, front: true }), letGo: () => q.restartAll() };
  },
  "TaskPool.waitAll": () => {
    const pool = new TaskPool(1);
    let task: Coroutine<void> | undefined;
    started(1, function* () {
      task = yield* pool.start(once);
    });
    return { wait: (options) => pool.waitAll(options), letGo: () => task?.enter() };
  },
};

const lineRows: readonly Row[] = Object.entries(lines).flatMap(([name, make]): Row[] => [
  {
    name: `${name}: n wait, and go on`,
    prepare(n) {
      const line = make();
      return {
        run() {
          started(n, uses, () => line.wait());
          line.letGo();
        },
      };
    },
  },
  ...Object.entries(orders).map(([how, order]): Row => ({
    name: `${name}: n wait, and are cancelled, ${how}`,
    prepare(n) {
      const line = make();
      const all = order(started(n, waits, () => line.wait()));
      return {
        run() {
          for (const co of all) co.cancel();
        },
      };
    },
  })),
  {
    name: `${name}: n wait with time-outs, and give up, newest first`,
    prepare(n) {
      const line = make();
      const clock = new VirtualClock();
      let left = n;
      started(n, waits, () => line.wait({ timeout: left--, clock }));
      return { run: () => clock.advance(n) };
    },
  },
  {
    name: `${name}: n wait with one signal, which is aborted`,
    prepare(n) {
      const line = make();
      const controller = new AbortController();
      const options = { signal: controller.signal };
      return {
        run() {
          started(n, waits, () => line.wait(options));
          controller.abort("enough");
        },
      };
    },
  },
  {
    name: `${name}: n wait with one signal, and are cancelled, newest first`,
    prepare(n) {
      const line = make();
      const { signal } = new AbortController();
      const all = started(n, waits, () => line.wait({ signal })).reverse();
      return {
        run() {
          for (const co of all) co.cancel();
        },
      };
    },
  },
]);

const lockRows: readonly Row[] = [
  {
    name: "waiters of a lock, where n wait",
    prepare(n) {
      const m = new CoMutex();
      started(n + 1, waits, () => m.lock());
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
];

const coreRows: readonly Row[] = [
  {
    name: "coroutines: made, run and ended",
    prepare: (n) => ({
      run() {
        for (let i = 0; i < n; i++) keep(Coroutine.create(function* () {})).enter();
      },
    }),
  },
  {
    name: "coroutines: n made, suspended and ended, all at once",
    prepare: (n) => ({
      run() {
        for (const co of started(n, once)) co.enter();
      },
    }),
  },
  {
    name: "coroutines: n suspended, each resumed",
    prepare(n) {
      const cos = started(n, forever);
      return {
        run() {
          for (const co of cos) co.enter();
        },
      };
    },
  },
  {
    name: "coroutines: one wakes n",
    prepare(n) {
      const cos = started(n, forever);
      return {
        run() {
          started(1, function* () {
            for (const co of cos) co.wake();
          });
        },
      };
    },
  },
  {
    name: "coroutines: each wakes the next, n in a row",
    prepare(n) {
      const cos: Coroutine[] = [];
      for (let i = 0; i < n; i++) {
        cos.push(Coroutine.create(function* () {
          cos[i + 1]?.wake();
        }));
      }
      return { run: () => cos[0]?.enter() };
    },
  },
  {
    name: "coroutines: n fail, which one has woken",
    prepare(n) {
      const cos = started(n, function* () {
        yield;
        throw new Error("as planned");
      });
      const waker = Coroutine.create(function* () {
        for (const co of cos) co.wake();
      });
      return {
        run() {
          try {
            waker.enter();
          } catch {
            // All of them.
          }
        },
      };
    },
  },
  {
    name: "coroutines: n calls in a row, of one",
    prepare: (n) => ({
      run() {
        started(1, function* () {
          for (let i = 0; i < n; i++) yield* call(function* () {});
        });
      },
    }),
  },
  ...Object.entries(orders).map(([how, order]): Row => ({
    name: `coroutines: n suspended, cancelled, ${how}`,
    prepare(n) {
      const all = order(started(n, forever));
      return {
        run() {
          for (const co of all) co.cancel();
        },
      };
    },
  })),
  {
    name: "done of n",
    prepare(n) {
      const cos = started(n, once);
      return {
        async run() {
          const all = Promise.all(cos.map(({ done }) => done));
          for (const co of cos) co.enter();
          await all;
        },
      };
    },
  },
  {
    name: "cancelOn: n follow one signal, and end, newest first",
    prepare(n) {
      const { signal } = new AbortController();
      return {
        run() {
          const cos = started(n, once);
          for (const co of cos) co.cancelOn(signal);
          for (const co of cos.reverse()) co.enter();
        },
      };
    },
  },
  {
    name: "cancelOn: n follow one signal, which is aborted",
    prepare(n) {
      const controller = new AbortController();
      return {
        run() {
          for (const co of started(n, once)) co.cancelOn(controller.signal);
          controller.abort("enough");
        },
      };
    },
  },
  {
    name: "cancelOn: n follow a signal each, which are aborted",
    prepare(n) {
      const all = Array.from({ length: n }, () => new AbortController());
      return {
        run() {
          started(n, once).forEach((co, i) => co.cancelOn(all[i]!.signal));
          for (const controller of all) controller.abort("enough");
        },
      };
    },
  },
  {
    name: "until: n wait for one promise",
    prepare(n) {
      const { promise, resolve } = Promise.withResolvers<void>();
      return {
        async run() {
          started(n, waits, () => until(promise));
          resolve();
          await promise;
        },
      };
    },
  },
  {
    name: "until: n wait for a promise each",
    prepare: (n) => ({
      async run() {
        await Promise.all(
          started(n, function* () {
            yield* until(Promise.resolve());
          }).map(({ done }) => done),
        );
      },
    }),
  },
];

const tasks = (n: number, body: (i: number) => Suspension<unknown>) =>
  Array.from({ length: n }, (_, i) => () => body(i));

/** A coroutine that gathers n others by `gather`, where those sleep; and what lets them go on. */
function gathering(
  n: number,
  gather: (tasks: (() => Suspension<unknown>)[]) => Suspension<unknown>,
  fails: (i: number) => boolean,
): Trial {
  const clock = new VirtualClock();
  const co = Coroutine.create(function* () {
    yield* gather(tasks(n, function* (i) {
      yield* sleep(fails(i) ? 1 : 2, clock);
      if (fails(i)) throw i;
    }));
  });
  co.done.catch(() => {});
  co.enter();
  return { run: () => clock.advance(2) };
}

function* scoped(all: (() => Suspension<unknown>)[]): Co {
  yield* scope(function* (jobs) {
    for (const one of all) jobs.start(one);
  });
}

const gatherings = { all, scope: scoped };
const failures: Readonly<Record<string, (n: number) => (i: number) => boolean>> = {
  "none fails": () => () => false,
  "the first fails": () => (i) => i === 0,
  "the last fails": (n) => (i) => i === n - 1,
  "all fail": () => () => true,
};

const taskRows: readonly Row[] = [
  ...Object.entries(gatherings).flatMap(([name, gather]) =>
    Object.entries(failures).map(([how, fails]): Row => ({
      name: `${name} of n: ${how}`,
      prepare: (n) => gathering(n, gather, fails(n)),
    }))
  ),
  {
    name: "all of n: the one that waits for them is cancelled",
    prepare(n) {
      const clock = new VirtualClock();
      const [co] = started(1, waits, () =>
        all(tasks(n, function* () {
          yield* sleep(1, clock);
        })));
      return { run: () => co?.cancel() };
    },
  },
  {
    name: "race of n",
    prepare: (n) => gathering(n, race, () => false),
  },
  {
    name: "scope: n started and ended, ten at once",
    prepare: (n) => ({
      run() {
        started(1, function* () {
          yield* scope(function* (jobs) {
            for (let i = 0; i < n; i += 10) {
              const some = Array.from({ length: 10 }, () => jobs.start(once));
              yield* sleep(1, instant);
              for (const co of some) co.enter();
            }
          });
        });
      },
    }),
  },
  {
    name: "a pool: n tasks, ten at once",
    prepare(n) {
      const clock = new VirtualClock();
      const pool = new TaskPool(10);
      started(1, function* () {
        for (let i = 0; i < n; i++) {
          yield* pool.start(function* () {
            yield* sleep(1, clock);
          });
        }
      });
      return { run: () => clock.advance(n) };
    },
  },
  {
    name: "a pool: n tasks, all at once",
    prepare(n) {
      const clock = new VirtualClock();
      const pool = new TaskPool(n);
      return {
        run() {
          started(1, function* () {
            for (let i = 0; i < n; i++) {
              yield* pool.start(function* () {
                yield* sleep(1, clock);
              });
            }
            yield* pool.waitAll();
          });
          clock.advance(1);
        },
      };
    },
  },
  {
    name: "a pool: n tasks, cancelled",
    prepare(n) {
      const pool = new TaskPool(n);
      started(1, function* () {
        for (let i = 0; i < n; i++) yield* pool.start(forever);
      });
      return { run: () => pool.cancel() };
    },
  },
  {
    name: "a pool: n who want to start a task, one at once",
    prepare(n) {
      const pool = new TaskPool(1);
      return {
        run() {
          started(n, function* () {
            yield* pool.start(function* () {});
          });
        },
      };
    },
  },
  {
    name: "withTimeout: n at once, in time",
    prepare(n) {
      const clock = new VirtualClock();
      return {
        run() {
          started(n, function* () {
            yield* withTimeout(9, function* () {
              yield* sleep(1, clock);
            }, clock);
          });
          clock.advance(1);
        },
      };
    },
  },
  {
    name: "withTimeout: n at once, too late",
    prepare(n) {
      const clock = new VirtualClock();
      started(n, waits, () => withTimeout(1, forever, clock));
      return { run: () => clock.advance(1) };
    },
  },
];

/** Rings at once. */
const instant: Clock = {
  name: "instant",
  now: 0,
  after(_, ring) {
    ring();
    return { cancel() {} };
  },
};

const hosts: Readonly<Record<string, Clock>> = { monotonic, realtime };

const timeRows: readonly Row[] = [
  {
    name: "sleep: n at once, for as long",
    prepare(n) {
      const clock = new VirtualClock();
      return {
        run() {
          started(n, () => sleeps(1, clock));
          clock.advance(1);
        },
      };
    },
  },
  {
    name: "sleep: n at once, each for another time",
    prepare(n) {
      const clock = new VirtualClock();
      const spans = shuffled(Array.from({ length: n }, (_, i) => i + 1));
      return {
        run() {
          for (const ns of spans) Coroutine.create(sleeps, ns, clock).enter();
          clock.advance(n);
        },
      };
    },
  },
  ...Object.entries(orders).map(([how, order]): Row => ({
    name: `sleep: n at once, cancelled, ${how}`,
    prepare(n) {
      const clock = new VirtualClock();
      let ns = 0;
      const cos = order(started(n, () => sleeps(++ns, clock)));
      return {
        run() {
          for (const co of cos) co.cancel();
        },
      };
    },
  })),
  {
    name: "CoSleep: n at once, woken",
    prepare(n) {
      const naps = Array.from({ length: n }, () => new CoSleep());
      for (const nap of naps) started(1, waits, () => nap.sleep());
      return {
        run() {
          for (const nap of naps) nap.wake();
        },
      };
    },
  },
  ...Object.entries(hosts).flatMap(([name, clock]): Row[] => [
    {
      alone: true,
      name: `${name}: n alarms set and cancelled, newest first`,
      prepare: (n) => ({
        run() {
          const alarms = Array.from({ length: n }, (_, i) => clock.after(1e15 + i, () => {}));
          for (const alarm of alarms.reverse()) alarm.cancel();
        },
      }),
    },
    {
      alone: true,
      name: `${name}: n alarms set and cancelled, oldest first`,
      prepare: (n) => ({
        run() {
          const alarms = Array.from({ length: n }, (_, i) => clock.after(1e15 + i, () => {}));
          for (const alarm of alarms) alarm.cancel();
        },
      }),
    },
    {
      alone: true,
      name: `${name}: n alarms that ring at once`,
      prepare: (n) => ({
        run: () =>
          new Promise<void>((resolve) => {
            let left = n;
            for (let i = 0; i < n; i++) {
              clock.after(1e6, () => {
                if (--left === 0) resolve();
              });
            }
          }),
      }),
    },
  ]),
];

function* sleeps(ns: number, clock: Clock): Co {
  yield* sleep(ns, clock);
}

const contextRows: readonly Row[] = [
  {
    name: "a context: n scheduled, and one round",
    prepare(n) {
      const context = new AioContext();
      const cos = started(n, forever);
      return {
        run() {
          for (const co of cos) context.schedule(co);
          context.poll();
        },
      };
    },
  },
  {
    name: "a context: n that reschedule, ten rounds",
    prepare(n) {
      const context = new AioContext();
      started(n, function* () {
        for (let i = 0; i < 10; i++) yield* context.reschedule();
      });
      return { run: () => void context.runUntilStalled() };
    },
  },
  {
    name: "two contexts: n that go to and fro between them",
    prepare(n) {
      const [a, b] = [new AioContext(), new AioContext()];
      return {
        run() {
          started(n, function* () {
            yield* a.switchTo();
            yield* b.switchTo();
            yield* a.switchTo();
            yield;
          });
          for (const context of [a, b, a]) context.poll();
        },
      };
    },
  },
  {
    name: "a context: n bottom halves, scheduled and called",
    prepare(n) {
      const context = new AioContext();
      const all = Array.from({ length: n }, () => new BottomHalf(context, () => {}));
      return {
        run() {
          for (const bh of all) bh.schedule();
          context.poll();
        },
      };
    },
  },
  {
    name: "a context: n bottom halves, scheduled and cancelled, newest first",
    prepare(n) {
      const context = new AioContext();
      const all = Array.from({ length: n }, () => new BottomHalf(context, () => {}));
      return {
        run() {
          for (const bh of all) bh.schedule();
          for (const bh of all.reverse()) bh.cancel();
        },
      };
    },
  },
  {
    name: "a context: n bottom halves, made and deleted",
    prepare(n) {
      const context = new AioContext();
      return {
        run() {
          const all = Array.from({ length: n }, () => new BottomHalf(context, () => {}));
          for (const bh of all) bh.delete();
        },
      };
    },
  },
  {
    name: "a context: n callbacks, once each",
    prepare(n) {
      const context = new AioContext();
      return {
        run() {
          for (let i = 0; i < n; i++) context.oneShot(() => {});
          context.poll();
        },
      };
    },
  },
  {
    name: "a context: n timers, set and called",
    prepare(n) {
      const [context, clock] = [new AioContext(), new VirtualClock()];
      const all = shuffled(
        Array.from({ length: n }, (_, i) => ({
          ns: i + 1,
          timer: new Timer(context, () => {}, { clock }),
        })),
      );
      return {
        run() {
          for (const { timer, ns } of all) timer.set(ns);
          clock.advance(n);
          context.poll();
        },
      };
    },
  },
  {
    name: "a context: n timers, set and cancelled, newest first",
    prepare(n) {
      const [context, clock] = [new AioContext(), new VirtualClock()];
      const all = Array.from({ length: n }, () => new Timer(context, () => {}, { clock }));
      return {
        run() {
          all.forEach((timer, i) => timer.set(i + 1));
          for (const timer of all.reverse()) timer.cancel();
        },
      };
    },
  },
  {
    name: "a context: n timers, the first of which is set again and again",
    prepare(n) {
      const [context, clock] = [new AioContext(), new VirtualClock()];
      const all = Array.from({ length: n }, () => new Timer(context, () => {}, { clock }));
      all.forEach((timer, i) => timer.set(1e9 + i));
      return {
        times: 1_000,
        run() {
          for (let i = 0; i < 1_000; i++) all[0]?.set(1 + i);
        },
      };
    },
  },
  {
    name: "n contexts, each with a round",
    prepare(n) {
      return {
        run() {
          for (let i = 0; i < n; i++) {
            using context = new AioContext();
            const [co] = started(1, forever);
            context.schedule(co!);
            context.poll();
          }
        },
      };
    },
  },
  {
    name: "a context: 300 sleeps, while n are suspended in it",
    async prepare(n) {
      const context = new AioContext();
      for (const co of started(n, forever)) context.schedule(co);
      context.poll();
      await undefined;
      return {
        times: 300,
        run() {
          for (let i = 0; i < 300; i++) context.schedule(Coroutine.create(sleeps, 0, monotonic));
          return context.run();
        },
      };
    },
  },
  {
    name: "a context: 100 sleeps one by one, while n are suspended in it",
    prepare(n) {
      const context = new AioContext();
      for (const co of started(n, forever)) context.schedule(co);
      context.poll();
      return {
        times: 100,
        run() {
          context.schedule(Coroutine.create(function* () {
            for (let i = 0; i < 100; i++) yield* sleep(0);
          }));
          return context.run();
        },
      };
    },
  },
  {
    name: "n notifiers with handlers, set, called and let go of",
    prepare(n) {
      const context = new AioContext();
      return {
        run() {
          const all = Array.from({ length: n }, () => new EventNotifier());
          for (const event of all) {
            context.setHandler(event, () => void event.testAndClear());
          }
          for (const event of all) event.set();
          context.poll();
          for (const event of all) context.setHandler(event, null);
        },
      };
    },
  },
  {
    name: "readable: n wait for one notifier",
    prepare(n) {
      const event = new EventNotifier();
      return {
        run() {
          started(n, waits, () => readable(event));
          event.set();
        },
      };
    },
  },
  {
    name: "readable: n wait for one notifier, cancelled, newest first",
    prepare(n) {
      const event = new EventNotifier();
      const cos = started(n, waits, () => readable(event)).reverse();
      return {
        run() {
          for (const co of cos) co.cancel();
        },
      };
    },
  },
];

const watchRows: readonly Row[] = [
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

function bytesOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

const ioRows: readonly Row[] = [
  {
    name: "a reader: n lines",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          const reader = new CoReader(bytesOf("a line of some bytes\n".repeat(n)));
          while ((yield* reader.readLine()) !== null);
        }) as Promise<void>,
    }),
  },
  {
    name: "a reader: one line of 10 n bytes",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          yield* new CoReader(bytesOf("0123456789".repeat(n))).readLine();
        }) as Promise<void>,
    }),
  },
  {
    name: "a reader: n who wait for a byte each",
    prepare(n) {
      const { promise, resolve } = Promise.withResolvers<Uint8Array>();
      const reader = new CoReader(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(await promise);
          },
        }),
      );
      const all = started(n, function* () {
        yield* reader.readExactly(1);
      }).map(({ done }) => done);
      return {
        async run() {
          resolve(new Uint8Array(n));
          await Promise.all(all);
        },
      };
    },
  },
  {
    name: "a reader: n who wait, cancelled, newest first",
    prepare(n) {
      const reader = new CoReader(new ReadableStream());
      const cos = started(n, waits, () => reader.fill(1)).reverse();
      return {
        run() {
          for (const co of cos) co.cancel();
        },
      };
    },
  },
  {
    name: "a writer: n pieces of its own",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          const writer = new CoWriter(new WritableStream());
          for (let i = 0; i < n; i++) writer.reserve(10);
          yield* writer.flush();
        }) as Promise<void>,
    }),
  },
  {
    name: "a writer: n pieces lent",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          const writer = new CoWriter(new WritableStream());
          const piece = new Uint8Array(10);
          for (let i = 0; i < n; i++) writer.lend(piece);
          yield* writer.flush();
        }) as Promise<void>,
    }),
  },
  {
    name: "a writer: n who write and flush",
    prepare(n) {
      const writer = new CoWriter(new WritableStream());
      return {
        async run() {
          const all = started(n, function* () {
            writer.reserve(10);
            yield* writer.flush();
          });
          await Promise.all(all.map(({ done }) => done));
        },
      };
    },
  },
  {
    name: "a writer: n who lend and flush",
    prepare(n) {
      const writer = new CoWriter(new WritableStream());
      const piece = new Uint8Array(10);
      return {
        async run() {
          const all = started(n, function* () {
            writer.lend(piece);
            yield* writer.flush();
          });
          await Promise.all(all.map(({ done }) => done));
        },
      };
    },
  },
  {
    name: "a writer: n who wait to be flushed, cancelled, newest first",
    prepare(n) {
      const writer = new CoWriter(
        new WritableStream({ write: () => new Promise<void>(() => {}) }),
      );
      writer.reserve(10);
      const cos = started(n, waits, () => writer.flush()).reverse();
      return {
        run() {
          for (const co of cos) co.cancel();
        },
      };
    },
  },
];

/** As many as there are records for. */
const SHARED_SIZES = [1_000, 8_000, 64_000];

const sharedLines: Readonly<Record<string, () => Line>> = {
  "SharedCoMutex.lock": () => {
    const m = new SharedCoMutex();
    const [holder] = started(1, function* () {
      using _ = yield* m.lock();
      yield;
    });
    return { wait: (options) => m.lock(options), letGo: () => holder?.enter() };
  },
  "SharedCoRwLock.readLock": () => {
    const lock = new SharedCoRwLock();
    const [holder] = started(1, function* () {
      using _ = yield* lock.writeLock();
      yield;
    });
    return { wait: (options) => lock.readLock(options), letGo: () => holder?.enter() };
  },
  "SharedCoRwLock.writeLock": () => {
    const lock = new SharedCoRwLock();
    const [holder] = started(1, function* () {
      using _ = yield* lock.writeLock();
      yield;
    });
    return { wait: (options) => lock.writeLock(options), letGo: () => holder?.enter() };
  },
  "SharedCoQueue.wait": () => {
    const m = new SharedCoMutex();
    const q = new SharedCoQueue(m);
    return {
      *wait(options) {
        using _ = yield* m.lock();
        yield* q.wait(options);
      },
      letGo() {
        started(1, function* () {
          using _ = yield* m.lock();
          q.restartAll();
        });
      },
    };
  },
};

const sharedRows: readonly Row[] = [
  ...Object.entries(sharedLines).flatMap(([name, make]): Row[] => [
    {
      name: `${name}: n wait, and go on`,
      sizes: SHARED_SIZES,
      prepare(n) {
        const line = make();
        return {
          async run() {
            const all = started(n, uses, () => line.wait()).map(({ done }) => done);
            line.letGo();
            await Promise.all(all);
          },
        };
      },
    },
    {
      name: `${name}: n wait, and are cancelled, newest first`,
      sizes: SHARED_SIZES,
      prepare(n) {
        const line = make();
        const cos = started(n, waits, () => line.wait()).reverse();
        const all = cos.map(({ done }) => done.catch(() => {}));
        return {
          async run() {
            for (const co of cos) co.cancel();
            await Promise.all(all);
          },
          async after() {
            line.letGo();
            await one(() => uses(() => line.wait()));
          },
        };
      },
    },
  ]),
  {
    name: "handles of n coroutines, scheduled by them",
    sizes: SHARED_SIZES,
    prepare: (n) => ({
      async run() {
        const cos = started(n, once);
        const all = cos.map(({ done }) => done);
        for (const handle of cos.map(handleOf)) schedule(handle);
        await Promise.all(all);
      },
    }),
  },
];

let thread: Promise<IOThread<typeof import("./_growth_module.ts")>> | undefined;
/** How many are suspended there. */
let there = 0;

/** A thread in which so many are suspended. */
async function threadWith(n: number): Promise<IOThread<typeof import("./_growth_module.ts")>> {
  if (there > n) {
    await (await thread)?.terminate();
    thread = undefined;
    there = 0;
  }
  thread ??= IOThread.spawn(new URL("./_growth_module.ts", import.meta.url));
  const its = await thread;
  const more = n - there;
  there = n;
  await one(function* () {
    yield* its.call("crowd", more);
  });
  return its;
}

const threadRows: readonly Row[] = [
  {
    name: "an IOThread: 100 calls one by one, while n are suspended there",
    alone: true,
    async prepare(n) {
      const its = await threadWith(n);
      return {
        times: 100,
        run: () =>
          one(function* () {
            for (let i = 0; i < 100; i++) yield* its.call("echo", i);
          }) as Promise<void>,
      };
    },
  },
  {
    name: "an IOThread: 20 calls that sleep, one by one, while n are suspended there",
    alone: true,
    async prepare(n) {
      const its = await threadWith(n);
      return {
        times: 20,
        run: () =>
          one(function* () {
            for (let i = 0; i < 20; i++) yield* its.call("nap", 1);
          }) as Promise<void>,
      };
    },
  },
  {
    name: "an IOThread: n calls at once",
    alone: true,
    async prepare(n) {
      const its = await threadWith(0);
      return {
        async run() {
          const all = started(n, function* () {
            yield* its.call("echo", 1);
          });
          await Promise.all(all.map(({ done }) => done));
        },
      };
    },
  },
  {
    name: "an IOThread: n calls at once, cancelled, newest first",
    alone: true,
    async prepare(n) {
      const its = await threadWith(0);
      const cos = started(n, waits, () => its.call("nap", 1e18)).reverse();
      await one(() => waits(() => its.call("echo", 1)));
      return {
        async run() {
          for (const co of cos) co.cancel();
          await one(() => waits(() => its.call("echo", 1)));
        },
      };
    },
  },
];

/** All rows. */
export const rows: readonly Row[] = [
  ...coreRows,
  ...lockRows,
  ...lineRows,
  ...taskRows,
  ...timeRows,
  ...contextRows,
  ...watchRows,
  ...ioRows,
  ...sharedRows,
  ...threadRows,
];
