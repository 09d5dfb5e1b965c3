/**
 * Sleeps, alarms and time-outs.
 *
 * @module
 */
import { type Clock, Coroutine, CoSleep, monotonic, realtime, VirtualClock } from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { orders, shuffled, started, waits } from "./_parts.ts";
import { sleeps } from "./contexts.ts";

/** Rings at once. */
export const instant: Clock = {
  name: "instant",
  now: 0,
  after(_, ring) {
    ring();
    return { cancel() {} };
  },
};

const hosts: Readonly<Record<string, Clock>> = { monotonic, realtime };

export const timeRows: readonly Row[] = [
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
    atRandom: true,
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
    atRandom: how === "at random",
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
