import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  assertNoDeadlock,
  BottomHalf,
  type Clock,
  CoMutex,
  CoQueue,
  Coroutine,
  CoSemaphore,
  DeadlockError,
  dump,
  EventNotifier,
  monotonic,
  sleep,
  type Source,
  Timer,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { errorOf, start, turn, uncaughtIn } from "../_helpers.ts";

Deno.test("a function that makes a generator is no callback: nobody would run it", () => {
  const context = new AioContext();
  const body = function* () {};
  for (
    const make of [
      () => context.oneShot(body),
      () => new Timer(context, body),
      () => new BottomHalf(context, body),
      () => context.setHandler(new EventNotifier(), body),
    ]
  ) {
    const error = String(errorOf(make));
    assertStringIncludes(error, "TypeError: Cannot");
    assertStringIncludes(error, "Coroutine.create(body).enter()");
  }
  context.close();
});

Deno.test("what is no context is refused in words", () => {
  for (const wrong of [undefined, null, {}, "main"]) {
    // deno-lint-ignore no-explicit-any -- what is wrong is tried
    const context = wrong as any;
    for (
      const make of [() => new Timer(context, () => {}), () => new BottomHalf(context, () => {})]
    ) {
      assertStringIncludes(String(errorOf(make)), "TypeError: Cannot use it as a context");
    }
  }
});

Deno.test("poll(true) is a promise for TypeScript, too", async () => {
  const context = new AioContext();
  context.oneShot(() => {});
  const polled: Promise<boolean> = context.poll(true);
  assertEquals(await polled, true);
  context.close();
});

Deno.test("run() waits for those who will give up by themselves", async () => {
  for (
    const wait of [
      () => new CoQueue().wait({ timeout: 2e6 }),
      () => new CoSemaphore(0).acquire(1, { timeout: 2e6 }),
      () =>
        withTimeout(2e6, function* () {
          yield* new CoQueue().wait();
        }),
      () => new CoQueue().wait({ signal: AbortSignal.timeout(2) }),
    ]
  ) {
    const context = new AioContext();
    const co = Coroutine.create(function* () {
      yield* context.switchTo();
      try {
        yield* wait();
      } catch {
        return AioContext.current.name;
      }
    });
    co.done.catch(() => {});
    co.enter();
    await context.run();
    assertEquals([co.status, await co.done], ["terminated", context.name]);
    context.close();
  }
});

Deno.test("pollSync() rings the alarms of those who sleep, as the host cannot", () => {
  const context = new AioContext();
  const co = start("co", function* () {
    yield* context.switchTo();
    yield* sleep(1e6);
    yield* sleep(1e6);
    return AioContext.current.name;
  });
  context.poll();
  for (let i = 0; co.status !== "terminated"; i++) {
    assert(i < 10, "it never goes on");
    context.pollSync(1e9);
  }
  assertStringIncludes(String(errorOf(() => context.pollSync())), "no alarm is set");
  context.close();
});

Deno.test("a timer whose alarm rings too early, or whose clock is set back, is called all the same", async () => {
  let offset = 0;
  const back: Clock = {
    name: "back",
    get now() {
      return monotonic.now + offset;
    },
    after: (ns, ring) => monotonic.after(ns, ring),
  };
  const context = new AioContext();
  let calls = 0;
  const timer = new Timer(context, () => calls++, { clock: back });
  timer.after(1e6);
  offset = -5e6;
  while (calls === 0) await turn();
  assertEquals([calls, timer.pending], [1, false]);

  const virtual = new VirtualClock(100923039.14285715);
  const rounded = new Timer(context, () => calls++, { clock: virtual });
  rounded.set(249896996.66666666);
  virtual.advance(10e9);
  await turn();
  await turn();
  assertEquals([calls, rounded.pending], [2, false]);
  context.close();
});

Deno.test("a clock that takes no alarm leaves the timer as it was", () => {
  let broken = false;
  const clock: Clock = {
    name: "broken",
    now: 0,
    after() {
      if (broken) throw "no alarm";
      return { cancel() {} };
    },
  };
  const context = new AioContext();
  const timer = new Timer(context, () => {}, { clock });
  broken = true;
  assertEquals(errorOf(() => timer.set(5)), "no alarm");
  assertEquals([timer.pending, timer.deadline, context.busy], [false, undefined, false]);
  broken = false;
  timer.set(7);
  assertEquals([timer.pending, timer.deadline], [true, 7]);
  timer.set(Infinity);
  assertEquals([timer.pending, timer.deadline], [false, undefined]);
  context.close();
});

Deno.test("clocks come and go, and are forgotten", () => {
  const context = new AioContext();
  for (let i = 0; i < 100; i++) {
    const timer = new Timer(context, () => {}, { clock: new VirtualClock() });
    timer.after(1);
    timer.cancel();
  }
  const [kept, clock] = [new VirtualClock(), new VirtualClock()];
  let calls = 0;
  for (const one of [kept, clock]) new Timer(context, () => calls++, { clock: one }).after(1);
  assertEquals(loopOf(context).timers.clocks.length, 2);
  for (const one of [kept, clock]) one.advance(1);
  assertEquals([context.poll(), calls], [true, 2]);
  context.close();
});

Deno.test("those who are suspended are found, however many contexts come and go", () => {
  // It has come and gone: what is left of it must not be forgotten.
  start("first", function* () {
    yield;
  }).enter();
  const contexts = Array.from({ length: 130 }, () => new AioContext());
  const waiting = contexts.map((context, i) =>
    start(`waiting ${i}`, function* () {
      yield* context.switchTo();
      yield;
    })
  );
  for (const context of contexts) context.poll();
  const [x, y] = [new CoMutex("x"), new CoMutex("y")];
  const both = function* (one: CoMutex, two: CoMutex) {
    yield* one.lock();
    yield;
    yield* two.lock();
  };
  const [a, b] = [Coroutine.named("a", both, x, y), Coroutine.named("b", both, y, x)];
  for (const co of [a, b, a, b]) co.enter();
  assertInstanceOf(errorOf(assertNoDeadlock), DeadlockError);
  const names = dump().coroutines.map(({ name }) => name);
  assert(waiting.every(({ name }) => names.includes(name)), "some are not found");
  for (const co of [a, b, ...waiting]) {
    co.done.catch(() => {});
    errorIfAny(() => co.cancel());
  }
  contexts.forEach((context) => context.close({ drain: true }));
});

Deno.test("a context survives the end of the stack", () => {
  const contexts = Array.from({ length: 50 }, (_, i) => new AioContext(`${i}`));
  // Of code that is compiled, other frames are the last ones.
  const warm = new AioContext();
  for (let i = 0; i < 1000; i++) {
    warm.oneShot(() => {});
    warm.poll();
  }
  for (const context of contexts) {
    const bh: BottomHalf = new BottomHalf(context, () => {
      bh.schedule();
      context.poll();
    });
    bh.schedule();
    errorOf(() => context.poll());
    bh.delete();
    context.close({ drain: true });
    assertEquals(context.closed, true);
  }
});

function errorIfAny(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

Deno.test("a source that fails when it is looked at: nothing of its handler is left, and no error is lost", async () => {
  const [context, watchers] = [new AioContext(), new Set<() => void>()];
  let state: "idle" | "ready" | "fails" = "fails";
  const source: Source = {
    get ready() {
      if (state === "fails") throw "the look";
      return state === "ready";
    },
    watch(changed) {
      watchers.add(changed);
      return () => {
        watchers.delete(changed);
        if (state === "fails") throw "the end";
      };
    },
    toString: () => "source",
  };
  const told = await uncaughtIn(() => {
    // It is not watched any more, though that has failed as well.
    assertEquals(errorOf(() => context.setHandler(source, () => {})), "the look");
    assertEquals([watchers.size, loopOf(context).live.size, loopOf(context).handlers.size], [
      0,
      0,
      0,
    ]);
    state = "ready";
    let calls = 0;
    context.setHandler(source, () => calls++);
    state = "fails";
    assertEquals(errorOf(() => context.setHandler(source, () => {})), "the look");
    assertEquals([watchers.size, loopOf(context).handlers.size], [1, 1], "the one that was is");
    state = "ready";
    assertEquals([context.poll(), calls], [true, 1]);
    // Both what the handler throws and what the look after it throws are told.
    context.setHandler(source, () => {
      state = "fails";
      throw "the handler";
    });
    const error = errorOf(() => context.poll());
    assertInstanceOf(error, AggregateError);
    assertEquals((error as AggregateError).errors, ["the handler", "the look"]);
    context.setHandler(source, null);
    assertEquals([watchers.size, loopOf(context).handlers.size], [0, 0]);
    context.close();
  });
  assertEquals(told, ["the end", "the end", "the end"]);
});
