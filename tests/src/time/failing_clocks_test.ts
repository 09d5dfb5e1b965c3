import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  BottomHalf,
  type Clock,
  CoMutex,
  CoSleep,
  dump,
  sleep,
  Timer,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { loopOf } from "../../../src/contexts/aio_context.ts";
import { errorOf, outcomeIn, start, startHolder, uncaughtIn, yieldOnce } from "../_helpers.ts";

const BROKEN = new Error("broken");

/** A clock whose alarms cannot be cancelled: they fail then, and ring all the same. */
class Failing extends VirtualClock {
  /** How many were set. */
  set = 0;

  override after(ns: number, ring: () => void) {
    this.set++;
    super.after(ns, ring);
    return {
      cancel(): void {
        throw BROKEN;
      },
    };
  }
}

Deno.test("a sleep ends, is ended early and is cancelled, though its alarm cannot be cancelled", async () => {
  const [clock, nap, log] = [new Failing(), new CoSleep(), [] as unknown[]];
  const told = await uncaughtIn(() => {
    start("one", function* () {
      log.push(yield* nap.sleep(5, clock));
    });
    nap.wake();
    assertEquals([log, nap.sleeping], [[true], false]);
    nap.wake();
    start("two", function* () {
      log.push(yield* nap.sleep(5, clock));
    });
    clock.advance(5);
    const co = start("three", () => sleep(5, clock));
    co.cancel();
    assertEquals([log, co.status, nap.sleeping], [[true, false], "terminated", false]);
    clock.advance(5);
  });
  assertEquals(told, [BROKEN, BROKEN, BROKEN]);
});

Deno.test("a wait with a limit succeeds, gives up and is cancelled, though its alarm cannot be cancelled", async () => {
  const told = await uncaughtIn(() => {
    for (const how of ["done", "timeout", "cancelled"]) {
      const [clock, m, log] = [new Failing(), new CoMutex("m"), [] as unknown[]];
      const holder = startHolder(m);
      const co = start("co", function* () {
        log.push(
          yield* outcomeIn(function* () {
            using _ = yield* m.lock({ timeout: 5, clock });
          }),
        );
      });
      if (how === "timeout") clock.advance(5);
      if (how === "cancelled") co.cancel();
      holder.enter();
      clock.advance(10);
      assertEquals([log, co.status, m.locked, m.waiters], [[how], "terminated", false, 0]);
    }
  });
  assertEquals(told, [BROKEN, BROKEN, BROKEN]);
});

Deno.test("withTimeout() is worth what it is, though its alarm cannot be cancelled", async () => {
  const [clock, log] = [new Failing(), [] as unknown[]];
  const told = await uncaughtIn(() => {
    start("co", function* () {
      log.push(yield* outcomeIn(() => withTimeout(5, function* () {}, clock)));
      log.push(yield* outcomeIn(() => withTimeout(5, () => sleep(9, new VirtualClock()), clock)));
    });
    clock.advance(10);
  });
  assertEquals([log, told], [["done", "timeout"], [BROKEN, BROKEN]]);
});

Deno.test("timers are set anew and cancelled, though the alarm of their context cannot be cancelled", async () => {
  const [clock, context, rung] = [new Failing(), new AioContext(), [] as string[]];
  const told = await uncaughtIn(() => {
    const a = new Timer(context, () => rung.push("a"), { clock });
    const b = new Timer(context, () => rung.push("b"), { clock });
    a.set(9);
    b.set(5);
    b.cancel();
    assertEquals([a.pending, b.pending], [true, false]);
    clock.advance(9);
    context.poll();
    context.close();
  });
  // That of b rings, too, and nobody has another one set for that.
  assertEquals([rung, told, clock.set], [["a"], [BROKEN, BROKEN], 3]);
});

Deno.test("a timer that is cancelled is, though the clock takes no alarm for the next one", () => {
  const context = new AioContext();
  let fails = false;
  const clock = new class extends VirtualClock {
    override after(ns: number, ring: () => void) {
      if (fails) throw BROKEN;
      return super.after(ns, ring);
    }
  }();
  const [first, second] = [5, 9].map((at) => {
    const timer = new Timer(context, () => {}, { clock });
    timer.set(at);
    return timer;
  });
  fails = true;
  assertEquals(errorOf(() => second?.set(3)), BROKEN);
  assertEquals([second?.deadline, clock.alarms], [9, 1], "It is set as it was");
  first?.cancel();
  assertEquals([first?.pending, loopOf(context).live.has(first!)], [false, false]);
  fails = false;
  // The alarm of the one that was cancelled sees to the next one.
  clock.advance(9);
  assertEquals([context.poll(), second?.pending, clock.alarms], [true, false, 0]);
  context.close();
});

Deno.test("a clock that rings at once and then fails has ended the wait: that is told by itself", async () => {
  const clock: Clock = {
    name: "own",
    now: 0,
    after(_ns, ring) {
      ring();
      throw BROKEN;
    },
  };
  const [m, log] = [new CoMutex("m"), [] as unknown[]];
  const holder = startHolder(m);
  const told = await uncaughtIn(() => {
    const co = start("co", function* () {
      yield* sleep(5, clock);
      log.push("slept");
      log.push(yield* outcomeIn(() => m.lock({ timeout: 5, clock })));
      yield* yieldOnce();
    });
    assertEquals([log, co.scheduledBy, m.waiters], [["slept", "timeout"], undefined, 0]);
    co.enter();
  });
  assertEquals(told, [BROKEN, BROKEN]);
  holder.enter();
});

Deno.test("a clock whose name cannot be read has no name", () => {
  const clock = {
    get name(): string {
      throw BROKEN;
    },
    now: 0,
    after: () => ({ cancel() {} }),
  };
  const co = start("co", () => sleep(5, clock));
  assertEquals(co.waitingOn, "sleep(5 ns, anonymous)");
  assertStringIncludes(`${dump()}`, "sleep(5 ns, anonymous)");
  co.cancel();
});

Deno.test("a signal that cannot be listened to ends the wait that has begun", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const { signal } = new AbortController();
  signal.addEventListener = () => {
    throw BROKEN;
  };
  let error: unknown;
  const co = start("co", function* () {
    try {
      yield* m.lock({ signal });
    } catch (thrown) {
      error = thrown;
    }
    yield;
  });
  assertEquals([error, m.waiters, co.waitingOn], [BROKEN, 0, undefined]);
  co.enter();
  holder.enter();
});

Deno.test("a clock by which nothing is set any more is not looked at: it may fail as it likes", () => {
  const clock = new class extends VirtualClock {
    fails = false;
    override get now(): number {
      if (this.fails) throw BROKEN;
      return super.now;
    }
  }();
  const context = new AioContext("context");
  let rung = 0;
  const timer = new Timer(context, () => rung++, { clock });
  timer.set(5);
  clock.advance(5);
  assertEquals([context.poll(), rung], [true, 1]);
  timer.set(10);
  timer.cancel();
  clock.fails = true;
  const work = new BottomHalf(context, () => {});
  work.schedule();
  assertEquals([context.poll(), context.poll(), rung], [true, false, 1]);
  work.delete();
  context.close();
});

Deno.test("a clock that fails when a timer is due is told of once, and disturbs no timer of another clock", () => {
  const context = undriven();
  const [log, good] = [[] as string[], new VirtualClock()];
  const clock = new class extends VirtualClock {
    asked = 0;
    fails = false;
    override get now(): number {
      if (!this.fails) return super.now;
      this.asked++;
      throw BROKEN;
    }
    /** The clock itself knows what time it is. */
    override advance(ns: number): void {
      this.fails = false;
      super.advance(ns - 1);
      super.after(1, () => this.fails = true);
      super.advance(1);
    }
  }();
  const first = new Timer(context, () => log.push("first"), { clock });
  const other = new Timer(context, () => log.push("other"), { clock: good });
  const late = new Timer(context, () => log.push("late"), { clock });
  first.set(5);
  late.set(20);
  other.set(5);
  good.advance(5);
  clock.advance(5);
  assertEquals([errorOf(() => context.poll()), log, context.busy], [BROKEN, ["other"], false]);
  const { asked } = clock;
  // Whoever polls asks it again, and is told no more.
  assertEquals([context.poll(), context.poll(), clock.asked - asked, first.pending], [
    false,
    false,
    2,
    true,
  ]);
  other.set(10);
  good.advance(5);
  assertEquals([context.poll(), log], [true, ["other", "other"]]);
  // It works again, which a timer finds that is set by it, and so is the one that is due still.
  clock.fails = false;
  late.set(30);
  assertEquals([context.poll(), log], [true, ["other", "other", "first"]]);
  clock.advance(25);
  clock.fails = false;
  assertEquals([context.poll(), log.at(-1), first.pending, late.pending], [
    true,
    "late",
    false,
    false,
  ]);
  context.close();
});

/** A context that nobody polls but the test. */
function undriven(): AioContext {
  const context = new AioContext("context");
  loopOf(context).host = () => {};
  return context;
}

/** A clock that can be made to fail, in what it is asked or told. */
class Switched extends VirtualClock {
  fails: "now" | "after" | "nothing" | "no number" = "nothing";
  override get now(): number {
    if (this.fails === "now") throw BROKEN;
    return this.fails === "no number" ? NaN : super.now;
  }
  override after(ns: number, ring: () => void) {
    if (this.fails === "after") throw BROKEN;
    return super.after(ns, ring);
  }
  /** It knows what time it is, whatever it says. */
  override advance(ns: number): void {
    const { fails } = this;
    this.fails = "nothing";
    super.advance(ns - 1);
    super.after(1, () => this.fails = fails);
    super.advance(1);
  }
}

Deno.test("a timer that cannot be set takes none along that is", () => {
  for (const fails of ["now", "after"] as const) {
    const [context, clock, log] = [new AioContext(), new Switched(), [] as string[]];
    const [a, b] = ["a", "b"].map((name) => new Timer(context, () => log.push(name), { clock }));
    a?.set(30);
    clock.fails = fails;
    assertEquals(errorOf(() => b?.set(10)), BROKEN);
    clock.fails = "nothing";
    assertEquals(clock.alarms, 1, "That of the first one is set");
    clock.advance(30);
    assertEquals([context.busy, context.poll(), log, b?.pending], [true, true, ["a"], false]);
    context.close();
  }
});

Deno.test("one whose clock fails as it is due is called when the clock works again: whoever polls, or the host", async () => {
  for (const fails of ["now", "no number"] as const) {
    const [context, clock, log] = [undriven(), new Switched(), [] as string[]];
    const timer = new Timer(context, () => log.push("rung"), { clock });
    timer.set(10);
    clock.fails = fails;
    clock.advance(10);
    assertStringIncludes(
      String(errorOf(() => context.poll())),
      fails === "now" ? "broken" : "expected now to be a number",
    );
    clock.fails = "nothing";
    assertEquals([context.poll(), log, timer.pending], [true, ["rung"], false]);

    timer.set(20);
    clock.fails = fails;
    clock.advance(10);
    errorOf(() => context.poll());
    assertEquals(context.busy, false, "Nobody is told again");
    clock.fails = "nothing";
    // It is asked again after a second; by nobody, a hundred times as long would be too short.
    for (let i = 0; i < 300 && !context.busy; i++) await new Promise((go) => setTimeout(go, 10));
    assertEquals([context.busy, context.poll(), log.length, timer.pending], [true, true, 2, false]);
    context.close();
  }
});

Deno.test("what a clock has failed with is told though nobody polls before it is asked again", async () => {
  const [context, clock] = [undriven(), new Switched()];
  const timer = new Timer(context, () => {}, { clock });
  timer.set(10);
  clock.fails = "now";
  clock.advance(10);
  assertEquals(context.busy, true, "Whoever polls is to be told");
  let asked = 0;
  Object.defineProperty(clock, "now", {
    get() {
      asked++;
      throw BROKEN;
    },
  });
  for (let i = 0; i < 1000 && asked === 0; i++) await new Promise((go) => setTimeout(go, 10));
  assertEquals([asked > 0, errorOf(() => context.poll())], [true, BROKEN]);
  timer.delete();
  context.close();
});

Deno.test("of two timers, the second one is not lost if the clock takes no alarm for it when the first has rung", () => {
  const [context, clock, log] = [undriven(), new Switched(), [] as string[]];
  const [a, b] = ["a", "b"].map((name) => new Timer(context, () => log.push(name), { clock }));
  a?.set(10);
  b?.set(20);
  clock.advance(10);
  clock.fails = "after";
  assertEquals([errorOf(() => context.poll()), log], [BROKEN, ["a"]]);
  clock.fails = "nothing";
  context.poll();
  clock.advance(10);
  assertEquals([context.poll(), log, b?.pending], [true, ["a", "b"], false]);
  context.close();
});

Deno.test("a context is drained and closed though a clock takes no alarm any more", () => {
  const [context, clock, good] = [new AioContext(), new Switched(), new VirtualClock()];
  const timers = [clock, clock, good].map((clock, i) => {
    const timer = new Timer(context, () => {}, { clock });
    timer.set(10 + i);
    return timer;
  });
  clock.fails = "after";
  context.close({ drain: true });
  assertEquals([context.closed, timers.map(({ pending }) => pending)], [true, [
    false,
    false,
    false,
  ]]);
});
