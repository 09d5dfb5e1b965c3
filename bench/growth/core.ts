/**
 * Coroutines, and how they go on.
 *
 * @module
 */
import { call, Coroutine, keepAsyncContext, until } from "../../mod.ts";
import { keep, type Row } from "../_growth.ts";
import { forever, once, orders, started, waits } from "./_parts.ts";

export const coreRows: readonly Row[] = [
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
    name: "coroutines: n that keep their async context, each resumed",
    prepare(n) {
      keepAsyncContext();
      const cos = started(n, forever);
      keepAsyncContext(false);
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
    atRandom: how === "at random",
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
    name: "until: n wait for one promise, and are cancelled, newest first",
    prepare(n) {
      const { promise } = Promise.withResolvers<void>();
      const cos = started(n, waits, () => until(promise)).reverse();
      return {
        run() {
          for (const co of cos) co.cancel();
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
