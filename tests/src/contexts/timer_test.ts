import { assert, assertEquals } from "@std/assert";
import { AioContext, type Clock, Timer, VirtualClock } from "@cofn/coroutine";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { errorOf } from "../_helpers.ts";

Deno.test("a timer is due after its time, can be set again from its callback, and waits for its turn", () => {
  const [context, clock, log] = [new AioContext(), new VirtualClock(), [] as number[]];
  const timer: Timer = new Timer(context, () => {
    log.push(clock.now);
    if (log.length === 1) timer.after(750);
    if (log.length === 2) timer.set(0);
  }, { clock });
  timer.after(750);
  clock.advance(749);
  assertEquals([context.poll(), timer.pending, timer.deadline], [false, true, 750]);
  clock.advance(1);
  assertEquals([context.poll(), log], [true, [750]]);
  clock.advance(800);
  assertEquals([context.poll(), log], [true, [750, 1550]]);
  assertEquals([context.poll(), log, context.poll()], [true, [750, 1550, 1550], false]);
  assertEquals(clock.alarms, 0);
  context.close();
});

Deno.test("a clock that fails leaves the context as it was, and the current one", () => {
  const context = new AioContext();
  let broken = false;
  const clock: Clock = {
    name: "broken",
    get now() {
      if (broken) throw "no time";
      return 0;
    },
    after: () => ({ cancel() {} }),
  };
  const timer = new Timer(context, () => {}, { clock });
  timer.after(5);
  broken = true;
  context.oneShot(() => {
    throw "callback";
  });
  const error = errorOf(() => context.poll()) as AggregateError;
  assertEquals(error.errors, ["callback", "no time"]);
  assertEquals(AioContext.current, AioContext.main);
  broken = false;
  assertEquals(context.poll(), false);
  timer.cancel();
  context.close();
});

Deno.test("the alarm of a clock that rings at once is over, and not cancelled when the timer is set again", () => {
  const context = new AioContext();
  let [now, cancelled, rung] = [0, 0, 0];
  const clock: Clock = {
    name: "hasty",
    get now() {
      return now;
    },
    after(ns, ring) {
      now += ns;
      ring();
      return { cancel: () => cancelled++ };
    },
  };
  const timer = new Timer(context, () => rung++, { clock });
  for (let i = 1; i <= 3; i++) {
    timer.after(5);
    assertEquals([context.poll(), rung, cancelled], [true, i, 0]);
  }
  timer.delete();
  context.close();
});

Deno.test("clocks by which nothing is set any more are forgotten, also where there are thousands", () => {
  const context = new AioContext("context");
  const timers = Array.from({ length: 1000 }, () => {
    const timer = new Timer(context, () => {}, { clock: new VirtualClock() });
    timer.set(1);
    return timer;
  });
  const { timers: inside } = loopOf(context);
  assertEquals(inside.clocks.length, 1000);
  for (const timer of timers) timer.cancel();
  const [last] = timers.slice(-1);
  for (let i = 0; i < 2000; i++) {
    using timer = new Timer(context, () => {}, { clock: new VirtualClock() });
    timer.set(1);
  }
  last?.set(1);
  assert(inside.clocks.length <= 32, `${inside.clocks.length} are looked at`);
});
