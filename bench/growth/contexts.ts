/**
 * Contexts, and what they call.
 *
 * @module
 */
import {
  AioContext,
  BottomHalf,
  type Clock,
  type Co,
  Coroutine,
  EventNotifier,
  monotonic,
  readable,
  sleep,
  Timer,
  VirtualClock,
} from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { forever, shuffled, started, waits } from "./_parts.ts";

export function* sleeps(ns: number, clock: Clock): Co {
  yield* sleep(ns, clock);
}

export const contextRows: readonly Row[] = [
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
    atRandom: true,
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
    name: "a context: n timers, each by a clock of its own, set and called",
    prepare(n) {
      const context = new AioContext();
      const all = Array.from({ length: n }, () => {
        const clock = new VirtualClock();
        return { clock, timer: new Timer(context, () => {}, { clock }) };
      });
      return {
        run() {
          for (const { timer } of all) timer.set(1);
          for (const { clock } of all) clock.advance(1);
          context.poll();
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
    name: "a context: 3,000 sleeps, while n are suspended in it",
    alone: true,
    async prepare(n) {
      const context = new AioContext();
      for (const co of started(n, forever)) context.schedule(co);
      context.poll();
      await undefined;
      return {
        times: 3_000,
        run() {
          for (let i = 0; i < 3_000; i++) context.schedule(Coroutine.create(sleeps, 0, monotonic));
          return context.run();
        },
      };
    },
  },
  {
    name: "a context: 100 sleeps one by one, while n are suspended in it",
    alone: true,
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
