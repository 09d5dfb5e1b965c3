import { assert, assertEquals } from "@std/assert";
import {
  AioContext,
  BottomHalf,
  CoMutex,
  Coroutine,
  EventNotifier,
  sleep,
  Timer,
  trace,
  VirtualClock,
} from "@cofn/coroutine";
import { codeOf, errorOf, noting, start } from "../_helpers.ts";

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
      "(poll it, delete them, or close it with { drain: true })",
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
