/**
 * Coroutines that run inside others.
 *
 * @module
 */
import {
  all,
  type Co,
  Coroutine,
  race,
  scope,
  sleep,
  type Suspension,
  TaskPool,
  VirtualClock,
  withTimeout,
} from "../../mod.ts";
import type { Row, Trial } from "../_growth.ts";
import { forever, once, started, waits } from "./_parts.ts";
import { instant } from "./time.ts";

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

/** Whatever becomes of it, it has a result. */
function* stubborn(ns: number, clock: VirtualClock): Co<number> {
  try {
    yield* sleep(ns, clock);
  } catch {
    // It has lost.
  }
  return ns;
}

export const taskRows: readonly Row[] = [
  {
    name: "race of n, of which all have a result",
    prepare(n) {
      const clock = new VirtualClock();
      let lost = 0;
      started(1, function* () {
        yield* race(tasks(n, (i) => stubborn(1 + i, clock)), { lost: () => void lost++ });
      });
      return { run: () => clock.advance(1) };
    },
  },
  {
    name: "waitAll() of n who each wait for one task more",
    prepare(n) {
      const clock = new VirtualClock();
      const pool = new TaskPool(n);
      for (let i = 0; i < n; i++) {
        started(1, function* () {
          yield* pool.start(() => sleep(1, clock));
          yield* pool.waitAll();
        });
      }
      return { run: () => clock.advance(1) };
    },
  },
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
