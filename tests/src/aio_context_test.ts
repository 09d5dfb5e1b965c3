import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  BottomHalf,
  type Clock,
  CoMutex,
  Coroutine,
  EventNotifier,
  sleep,
  Timer,
  trace,
  VirtualClock,
} from "@cofn/coroutine";
import { codeOf, errorOf, start, turn, uncaughtIn } from "./_helpers.ts";

/** Bottom halves that note their calls, and then do what they are told. */
function noting(context: AioContext, log: string[]) {
  return (name: string, then: () => void = () => {}) =>
    new BottomHalf(context, () => {
      log.push(name);
      then();
    }, name);
}

/** Lets the host have enough turns for whatever it drives. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

Deno.test("a bottom half runs in a round, not when it is scheduled (bh/schedule, bh/flush)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log)("bh");
  bh.schedule();
  assertEquals([log, bh.scheduled], [[], true]);
  assertEquals([context.poll(), log, bh.scheduled], [true, ["bh"], false]);
  assertEquals([context.poll(), log], [false, ["bh"]]);
});

Deno.test("one that schedules itself runs once in each round (bh/schedule10)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh: BottomHalf = noting(context, log)("bh", () => {
    if (log.length < 10) bh.schedule();
  });
  bh.schedule();
  for (let i = 1; i <= 10; i++) {
    assertEquals([context.poll(), log.length], [true, i]);
  }
  assertEquals([context.poll(), log.length], [false, 10]);
});

Deno.test("one that was cancelled or deleted never runs (bh/cancel, bh/delete)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const [cancelled, deleted] = [bh("cancelled"), bh("deleted")];
  cancelled.schedule();
  deleted.schedule();
  cancelled.cancel();
  deleted.delete();
  assertEquals([context.poll(), log, deleted.deleted], [false, [], true]);
  cancelled.schedule();
  assertEquals([context.poll(), log], [true, ["cancelled"]]);
  assertEquals(codeOf(() => deleted.schedule()), "closed");
  assertEquals(codeOf(() => deleted.idle()), "closed");
});

Deno.test("callbacks delete themselves, each after so many runs (bh/callback-delete)", () => {
  const context = new AioContext();
  const runs = [0, 0, 0, 0];
  const most = [1, 3, 2, 4];
  const all = most.map((max, i) => {
    const bh: BottomHalf = new BottomHalf(context, () => {
      const n = runs[i] = (runs[i] ?? 0) + 1;
      if (n === max) bh.delete();
      else bh.schedule();
    });
    return bh;
  });
  for (const bh of all) bh.schedule();
  assertEquals(context.poll(), true);
  assertEquals([runs, all.map(({ deleted }) => deleted)], [[1, 1, 1, 1], [
    true,
    false,
    false,
    false,
  ]]);
  assertEquals([context.runUntilStalled(), runs], [true, most]);
  context.close();
});

Deno.test("bottom halves run first in, first out; one that comes meanwhile waits (a.9 1, 6)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const n = bh("N");
  for (const one of [bh("A", () => n.schedule()), bh("B"), bh("C")]) one.schedule();
  context.poll();
  assertEquals(log.splice(0), ["A", "B", "C"]);
  context.poll();
  assertEquals(log, ["N"]);
});

Deno.test("a poll inside a callback first finishes the round around it (a.9 7)", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log);
  const fresh = bh("NEW");
  const nest = bh("nest", () => {
    fresh.schedule();
    log.push("{");
    context.poll();
    log.push("}");
  });
  for (const one of [bh("A"), nest, bh("B")]) one.schedule();
  context.poll();
  assertEquals(log, ["A", "nest", "{", "B", "NEW", "}"]);
});

Deno.test("one round: bottom halves, then what is ready, then timers (a.9 8)", () => {
  const [context, clock, log] = [new AioContext(), new VirtualClock(), [] as string[]];
  const event = new EventNotifier();
  context.setHandler(event, () => {
    event.testAndClear();
    log.push("event");
  });
  const timer = new Timer(context, () => log.push("timer"), { clock });
  timer.after(1);
  clock.advance(1);
  event.set();
  noting(context, log)("bh").schedule();
  assertEquals([context.poll(), log], [true, ["bh", "event", "timer"]]);
});

Deno.test("coroutines run in the order in which they were scheduled (a.9 2)", () => {
  const [context, log] = [new AioContext("c"), [] as string[]];
  for (const name of ["1", "2", "3"]) {
    context.schedule(Coroutine.create(function* () {
      log.push(`${name} in ${AioContext.current.name}`);
    }));
  }
  assertEquals([context.poll(), log], [true, ["1 in c", "2 in c", "3 in c"]]);
});

Deno.test("a handler runs as long as its source is ready (event/wait, flush, add-remove)", () => {
  const [context, event] = [new AioContext(), new EventNotifier("e")];
  let calls = 0;
  const handler = (): void => {
    event.testAndClear();
    if (++calls < 10) event.set();
  };
  context.setHandler(event, handler);
  assertEquals([context.poll(), calls], [false, 0]);
  event.set();
  assertEquals([context.poll(), calls], [true, 1]);
  assertEquals([context.runUntilStalled(), calls], [true, 10]);
  let seen = 0;
  context.setHandler(event, () => {
    if (++seen === 3) event.testAndClear();
  });
  event.set();
  for (const n of [1, 2, 3, 3]) {
    context.poll();
    assertEquals(seen, n);
  }
  context.setHandler(event, null);
  event.set();
  assertEquals([context.poll(), calls, seen], [false, 10, 3]);
  context.setHandler(event, null);
  context.close();
});

Deno.test("a handler may remove others that are ready, and itself", () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const events = ["a", "b", "c"].map((name) => new EventNotifier(name));
  const [a, b] = events;
  for (const event of events) {
    context.setHandler(event, () => {
      log.push(event.name);
      if (event !== a || b === undefined) return void event.testAndClear();
      context.setHandler(a, null);
      context.setHandler(b, null);
    });
    event.set();
  }
  context.runUntilStalled();
  assertEquals(log, ["a", "c"]);
});

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

Deno.test("a poll that waits ends with the timer, and not before", async () => {
  const context = new AioContext();
  const timer = new Timer(context, () => {});
  const before = performance.now();
  timer.after(20e6);
  assertEquals([await context.poll(true), timer.pending], [true, false]);
  assert(performance.now() - before >= 19);
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

Deno.test("what is idle is no progress, and is done when nothing else has come for a while", async () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh = noting(context, log)("bh");
  bh.idle();
  assertEquals([context.poll(), log.splice(0)], [false, ["bh"]]);
  bh.idle();
  assertEquals([await context.poll(true), log.splice(0)], [false, ["bh"]]);
  bh.idle();
  bh.schedule();
  assertEquals([context.poll(), log.splice(0)], [true, ["bh"]]);
  bh.idle();
  while (log.length === 0) await turn();
  assertEquals(log, ["bh"]);
});

Deno.test("nobody polls: the host does, and its own timers have their turn", async () => {
  const [context, log] = [new AioContext(), [] as string[]];
  const bh: BottomHalf = noting(context, log)("bh", () => bh.schedule());
  bh.schedule();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert(log.length > 1);
  bh.delete();
  const { length } = log;
  await turns();
  assertEquals(log.length, length);
});

Deno.test("a chain of 25,000 wake-ups takes no stack (coroutine/queue-chaining)", () => {
  const context = new AioContext();
  const count = [0, 0];
  const pair: Coroutine[] = [0, 1].map((i) =>
    Coroutine.create(function* () {
      while ((count[i] ?? 0) < 25_000) {
        count[i] = (count[i] ?? 0) + 1;
        const other = pair[1 - i];
        if (other?.status !== "terminated" && other !== undefined) context.enter(other);
        yield;
      }
    })
  );
  context.oneShot(() => pair[0]?.enter());
  context.poll();
  // Inside the context the two wake each other; outside, each is scheduled in it.
  context.runUntilStalled();
  assertEquals(count, [25_000, 25_000]);
  for (const co of pair) co.cancel();
});

Deno.test("a lock goes from context to context, and each holder runs in its own", () => {
  const [a, b] = [new AioContext("a"), new AioContext("b")];
  const [m, log] = [new CoMutex("m"), [] as string[]];
  function* worker(context: AioContext) {
    yield* context.switchTo();
    for (let i = 0; i < 2; i++) {
      using _ = yield* m.lock();
      log.push(AioContext.current.name);
      yield* context.reschedule();
    }
  }
  for (const context of [a, b]) Coroutine.create(worker, context).enter();
  for (let i = 0; i < 20; i++) [a, b][i % 2]?.poll();
  assertEquals(log, ["a", "b", "a", "b"]);
});

Deno.test("who sleeps goes on in its context", () => {
  const [context, clock] = [new AioContext("c"), new VirtualClock()];
  const log: string[] = [];
  const co = start("co", function* () {
    yield* context.switchTo();
    yield* sleep(5, clock);
    log.push(AioContext.current.name);
  });
  context.poll();
  clock.advance(5);
  assertEquals([log, co.scheduledBy], [[], "AioContext.schedule"]);
  context.poll();
  assertEquals([log, co.status], [["c"], "terminated"]);
});

Deno.test("whoever waits in a context that was closed goes on where it is woken", () => {
  const context = new AioContext("c");
  const co = start("co", function* () {
    yield* context.switchTo();
    yield;
    return AioContext.current.name;
  });
  context.poll();
  context.close();
  assertEquals(co.context, context);
  co.wake();
  assertEquals(co.status, "terminated");
});

Deno.test("a context that has something left is not closed, and says what", () => {
  const context = new AioContext("c");
  const bh = new BottomHalf(context, () => {}, "bh");
  const timer = new Timer(context, () => {}, { clock: new VirtualClock(), name: "timer" });
  timer.after(5);
  const event = new EventNotifier("e");
  context.setHandler(event, () => {});
  context.oneShot(() => {}, "shot");
  context.schedule(Coroutine.named("co", function* () {}));
  assertEquals(
    String(errorOf(() => context.close())),
    'CoroutineError: Cannot close AioContext "c": it still has coroutine "co", BottomHalf "bh", ' +
      'Timer "timer", the handler of EventNotifier "e", BottomHalf "shot" ' +
      "(delete them, or close it with { drain: true })",
  );
  assertEquals(context.closed, false);
  context.close({ drain: true });
  assertEquals([context.closed, bh.deleted, timer.pending, context.busy], [
    true,
    true,
    false,
    false,
  ]);
  for (
    const call of [
      () => context.poll(),
      () => context.runUntilStalled(),
      () => context.oneShot(() => {}),
      () => context.schedule(Coroutine.create(function* () {})),
      () => new BottomHalf(context, () => {}),
      () => new Timer(context, () => {}),
      () => timer.set(5),
      () => context.setHandler(event, () => {}),
    ]
  ) assertEquals(codeOf(call), "closed");
  context.close();
  context.notify();
});

Deno.test("using closes a context, and await using drains it", async () => {
  let context: AioContext;
  const log: string[] = [];
  {
    await using c = context = new AioContext();
    noting(c, log)("bh").schedule();
  }
  assertEquals([context.closed, log], [true, ["bh"]]);
  {
    using c = context = new AioContext();
    assert(!c.closed);
  }
  assert(context.closed);
  assertEquals(codeOf(() => AioContext.main.close()), "context-busy");
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

Deno.test("contexts refuse what is no coroutine, no function, no source", () => {
  const context = new AioContext();
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const nothing = {} as any;
  for (
    const call of [
      () => context.schedule(nothing),
      () => context.enter(nothing),
      () => context.oneShot(nothing),
      () => new BottomHalf(context, nothing),
      () => new Timer(context, nothing),
      () => new Timer(context, () => {}, { clock: nothing }),
      () => context.setHandler(nothing, () => {}),
      () => context.setHandler(new EventNotifier(), nothing),
    ]
  ) assert(errorOf(call) instanceof TypeError);
});

Deno.test("the listener is told of what is scheduled", () => {
  const context = new AioContext("c");
  const seen: string[] = [];
  const co = Coroutine.named("co", function* () {});
  {
    using _ = trace((event) => {
      if (event.type === "schedule") {
        seen.push(`${event.coroutine.name} by ${event.by.name} in ${event.context.name}`);
      }
    });
    context.schedule(co);
  }
  context.poll();
  assertEquals(seen, ["co by leader in c"]);
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
  timer.after(5e6);
  const before = performance.now();
  assertEquals([context.pollSync(1e6), rung], [false, 0]);
  assert(performance.now() - before >= 1);
  while (rung === 0) context.pollSync();
  assert(performance.now() - before >= 5);
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
    'Cannot wait until AioContext "c" has something to do: no timer is set',
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
  await a.run();
  await turns();
  assertEquals(co.context, b);
  co.cancel();
  await co.done.catch(() => {});
  for (const context of [a, b]) context.close();
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
