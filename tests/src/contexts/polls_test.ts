/** Who drives a context: polls by hand, polls that wait, and the host. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  BottomHalf,
  type Clock,
  Coroutine,
  EventNotifier,
  monotonic,
  sleep,
  Timer,
  VirtualClock,
} from "@cofn/coroutine";
import { codeOf, errorOf, noting, turn, turns, uncaughtIn } from "../_helpers.ts";
import { loopOf } from "../../../src/contexts/aio_context.ts";

Deno.test("a poll that waits ends with the timer, and not before", async () => {
  const context = new AioContext();
  const timer = new Timer(context, () => {});
  timer.after(20e6);
  const { deadline = Infinity } = timer;
  assertEquals([await context.poll(true), timer.pending], [true, false]);
  assert(monotonic.now >= deadline);
});

Deno.test("a poll that waits is told of work, and answers false if it was only notified", async () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log)("bh");
  const first = context.poll(true);
  assertEquals(codeOf(() => context.poll()), "context-busy");
  assertEquals(codeOf(() => void context.poll(true)), "context-busy");
  bh.schedule();
  assertEquals([await first, log], [true, ["bh"]]);
  const second = context.poll(true);
  context.notify();
  assertEquals(await second, false);
  context.notify();
  assertEquals(await context.poll(true), false);
  const third = context.poll(true);
  bh.delete();
  context.close();
  assertEquals(await third, false);
});

Deno.test("nobody polls: the host does, and its own timers have their turn", async () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh: BottomHalf = noting(context, log)("bh", () => bh.schedule());
  bh.schedule();
  while (log.length < 2) await turn();
  bh.delete();
  const { length } = log;
  await turns();
  assertEquals(log.length, length);
});

Deno.test("an error of a callback is thrown by the poll, when all the others have run", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const fail = (name: string): void => {
    throw name;
  };
  for (const name of ["a", "b"]) bh(name, () => fail(name)).schedule();
  bh("c").schedule();
  const error = errorOf(() => context.poll());
  assert(error instanceof AggregateError);
  assertEquals([(error as AggregateError).errors, log.splice(0)], [["a", "b"], ["a", "b", "c"]]);
  bh("d", () => fail("d")).schedule();
  assertEquals(errorOf(() => context.poll()), "d");
  assertEquals(loopOf(context).errors, []);
  assertEquals(context.poll(), false);
});

Deno.test("an error in a round of the host's is uncaught, unless somebody asked for `done`", async () => {
  const context = new AioContext();
  const fails = (error: string) =>
    Coroutine.create(function* () {
      yield* context.switchTo();
      throw error;
    });
  const errors = await uncaughtIn(async () => {
    const asked = fails("asked");
    const done = asked.done.catch((error: unknown) => error);
    asked.enter();
    fails("not asked").enter();
    context.oneShot(() => {
      throw "callback";
    });
    assertEquals(await done, "asked");
    await turns();
  });
  assertEquals(errors.length, 1);
  assertEquals((errors[0] as AggregateError).errors, ["not asked", "callback"]);
});

Deno.test("the host leaves timers to a poll that waits for them", async () => {
  const clock = { name: "by hand", now: 0, ring: () => {} };
  const byHand: Clock = {
    name: clock.name,
    get now() {
      return clock.now;
    },
    after(_ns, ring) {
      clock.ring = ring;
      return { cancel() {} };
    },
  };
  const context = new AioContext();
  const timer = new Timer(context, () => {}, { clock: byHand });
  timer.after(5);
  context.oneShot(() => {});
  assertEquals(context.poll(), true);
  const waits = context.poll(true);
  clock.now = 5;
  await turns();
  assertEquals(timer.pending, true);
  clock.ring();
  assertEquals([await waits, timer.pending], [true, false]);
});

Deno.test("work without end is found out", () => {
  const context = new AioContext("c");
  const bh: BottomHalf = new BottomHalf(context, () => bh.schedule());
  bh.schedule();
  const error = String(errorOf(() => context.runUntilStalled()));
  assertStringIncludes(error, 'RangeError: Cannot run AioContext "c" until it stalls');
  bh.delete();
});

Deno.test("run() goes on until nothing is left: no timer, no handler, nobody who sleeps", async () => {
  const [context, log] = [new AioContext("c"), [] as string[]];
  Coroutine.create(function* () {
    yield* context.switchTo();
    yield* sleep(2e6);
    log.push("slept");
    new Timer(context, () => log.push("timer")).after(1e6);
  }).enter();
  await context.run();
  assertEquals(log, ["slept", "timer"]);
  const event = new EventNotifier();
  context.setHandler(event, () => {
    event.testAndClear();
    log.push("event");
    context.setHandler(event, null);
  });
  const runs = context.run();
  setTimeout(() => event.set(), 1);
  await runs;
  assertEquals(log.at(-1), "event");
  await context.run();
  context.close();
});

Deno.test("run() ends when its signal is aborted, or the context is closed", async () => {
  const [context, event] = [new AioContext(), new EventNotifier()];
  context.setHandler(event, () => {});
  const controller = new AbortController();
  const runs = context.run({ signal: controller.signal });
  assertEquals(codeOf(() => context.poll()), "context-busy");
  controller.abort();
  await runs;
  const again = context.run();
  context.setHandler(event, null);
  context.close();
  await again;
});

Deno.test("pollSync() stops the thread until a timer is due, or for as long as it may", () => {
  const context = new AioContext("c");
  let rung = 0;
  const timer = new Timer(context, () => rung++);
  const before = monotonic.now;
  // However slow the machine is, that is not due before the poll is over.
  timer.after(1e15);
  assertEquals([context.pollSync(1e6), rung], [false, 0]);
  assert(monotonic.now - before >= 1e6);
  timer.after(5e6);
  const { deadline = Infinity } = timer;
  while (rung === 0) context.pollSync();
  assert(monotonic.now >= deadline);
  context.notify();
  assertEquals(context.pollSync(), false);
  const bh = new BottomHalf(context, () => rung++);
  bh.schedule();
  assertEquals([context.pollSync(), rung], [true, 2]);
  bh.idle();
  assertEquals([context.pollSync(), rung], [false, 3]);
  const virtual = new Timer(context, () => {}, { clock: new VirtualClock() });
  virtual.after(5);
  const error = String(errorOf(() => context.pollSync()));
  assertStringIncludes(
    error,
    'Cannot wait until AioContext "c" has something to do: no alarm is set',
  );
  assert(errorOf(() => context.pollSync(-1)) instanceof RangeError);
  context.close({ drain: true });
});

Deno.test("the host's loop does the same (aio-gsource): bottom halves, events, timers, coroutines", async () => {
  const [context, log] = [new AioContext("c"), [] as string[]];
  const bh = noting(context, log);
  const [once, cancelled, deleted] = [bh("once"), bh("cancelled"), bh("deleted")];
  const ten: BottomHalf = bh("ten", () => {
    if (log.filter((name) => name === "ten").length < 10) ten.schedule();
  });
  for (const one of [once, once, cancelled, deleted, ten]) one.schedule();
  cancelled.cancel();
  deleted.delete();
  assertEquals(log, []);
  while (ten.scheduled) await turn();
  assertEquals(log.splice(0), ["once", ...Array(10).fill("ten")]);

  const event = new EventNotifier();
  context.setHandler(event, () => {
    event.testAndClear();
    log.push("event");
  });
  for (let i = 0; i < 3; i++) {
    event.set();
    await turns();
  }
  context.setHandler(event, null);
  event.set();
  await turns();
  assertEquals(log.splice(0), ["event", "event", "event"]);

  const timer: Timer = new Timer(context, () => {
    log.push("timer");
    if (log.length === 1) timer.after(1e6);
  });
  timer.after(1e6);
  while (log.length < 2) await turn();
  assertEquals([log.splice(0), timer.pending], [["timer", "timer"], false]);

  const co = Coroutine.create(function* () {
    for (let i = 0; i < 3; i++) {
      yield* context.reschedule();
      log.push(AioContext.current.name);
    }
  });
  context.schedule(co);
  await co.done;
  assertEquals(log, ["c", "c", "c"]);
  for (const one of [once, cancelled, ten]) one.delete();
  context.close();
});

Deno.test("run() does not wait for a coroutine that has gone into another context", async () => {
  const [a, b] = [new AioContext("a"), new AioContext("b")];
  const co = Coroutine.create(function* () {
    yield* a.switchTo();
    yield* b.switchTo();
    yield;
  });
  co.enter();
  a.poll();
  assertEquals([co.context, co.scheduledBy], [a, "AioContext.schedule"]);
  await a.run();
  await turns();
  assertEquals(co.context, b);
  co.cancel();
  await co.done.catch(() => {});
  for (const context of [a, b]) context.close();
});
