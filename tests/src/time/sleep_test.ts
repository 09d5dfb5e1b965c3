import { assert, assertEquals } from "@std/assert";
import {
  type Clock,
  Coroutine,
  CoSleep,
  monotonic,
  realtime,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";
import { hostClocks } from "../../../src/time/clock.ts";
import { codeOf, errorOf, outcomeIn, picture, start, turn, uncaughtIn } from "../_helpers.ts";

/** One that sleeps, and notes when it wakes. */
function startSleeper(ns: number, clock: VirtualClock, log: unknown[], name = `${ns}`) {
  return start(name, function* () {
    yield* sleep(ns, clock);
    log.push(`${name} at ${clock.now}`);
  });
}

Deno.test("sleep() suspends until its time has come, also for 0 ns", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const cos = [5, 0].map((ns) => startSleeper(ns, clock, log));
  assertEquals([cos.map(({ status }) => status), clock.alarms], [["suspended", "suspended"], 2]);
  clock.advance(0);
  assertEquals(log, ["0 at 0"]);
  clock.advance(4);
  assertEquals([log.length, cos[0]?.status], [1, "suspended"]);
  clock.advance(1);
  assertEquals([log, clock.alarms], [["0 at 0", "5 at 5"], 0]);
});

Deno.test("a sleeper is scheduled by its sleep: nobody can enter or wake it", () => {
  const clock = new VirtualClock(0, "mine");
  const co = startSleeper(5, clock, []);
  assertEquals([co.scheduledBy, co.waitingOn], ["sleep", "sleep(5 ns, mine)"]);
  const before = picture([co]);
  for (const verb of ["enter", "wake", "enterIfInactive"] as const) {
    assertEquals(codeOf(() => co[verb]()), "already-scheduled");
  }
  assertEquals(picture([co]), before);
  clock.advance(5);
  assertEquals(co.status, "terminated");
});

Deno.test("sleep() does nothing before yield* begins it, and may begin more than once", () => {
  const clock = new VirtualClock();
  const nap = sleep(5, clock);
  assertEquals(clock.alarms, 0);
  const cos = [1, 2].map((i) =>
    start(`${i}`, function* () {
      yield* nap;
      yield* nap;
    })
  );
  clock.advance(5);
  assertEquals(clock.alarms, 2);
  clock.advance(5);
  assertEquals(cos.map(({ status }) => status), ["terminated", "terminated"]);
});

Deno.test("sleepers wake in the order of their times, and in that of their coming if those are the same", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  for (const name of ["30a", "10", "30b", "20", "30c"]) {
    startSleeper(parseInt(name), clock, log, name);
  }
  clock.advance(100);
  assertEquals(log, ["10 at 10", "20 at 20", "30a at 30", "30b at 30", "30c at 30"]);
  assertEquals(clock.now, 100);
});

Deno.test("sleep() where no coroutine runs is yield-to-no-one, and sets no alarm", () => {
  const clock = new VirtualClock();
  const before = picture([Coroutine.self()]);
  assertEquals(codeOf(() => sleep(5, clock)[Symbol.iterator]().next()), "yield-to-no-one");
  assertEquals(
    codeOf(() => new CoSleep().sleep(5, clock)[Symbol.iterator]().next()),
    "yield-to-no-one",
  );
  assertEquals([clock.alarms, picture([Coroutine.self()])], [0, before]);
});

Deno.test("a time that is negative or no number is a RangeError, and a clock that is none a TypeError", () => {
  for (const ns of [-1, NaN, -1n, "5", null, {}] as number[]) {
    assert(errorOf(() => sleep(ns)) instanceof RangeError);
    assert(errorOf(() => new CoSleep().sleep(ns)) instanceof RangeError);
    assert(errorOf(() => new VirtualClock().advance(ns)) instanceof RangeError);
    assert(errorOf(() => new VirtualClock(ns)) instanceof RangeError);
  }
  for (const clock of [null, {}, "clock", { now: 5 }] as Clock[]) {
    assert(errorOf(() => sleep(5, clock)) instanceof TypeError);
  }
});

Deno.test("a time that is none is told with what it is, if it is no number", () => {
  const clock = new VirtualClock();
  const said = (ns: unknown): string => String(errorOf(() => clock.after(ns as number, () => {})));
  const end = "ns: expected a number or bigint from 0 up";
  assertEquals([-1, -2n, NaN, "5"].map((ns) => said(ns).replace(/.* (?=ns: )/, "")), [
    end,
    end,
    end,
    `${end}, got string`,
  ]);
});

// ----------------------------------------------------------------------------------- CoSleep

Deno.test("CoSleep.wake() ends the sleep early, and sleep() tells whether it was", () => {
  const [clock, nap] = [new VirtualClock(), new CoSleep()];
  const log: unknown[] = [];
  start("co", function* () {
    for (let i = 0; i < 2; i++) log.push(yield* nap.sleep(5, clock));
  });
  assertEquals([nap.sleeping, clock.alarms], [true, 1]);
  nap.wake();
  assertEquals([log, nap.sleeping, clock.alarms], [[true], true, 1]);
  clock.advance(5);
  assertEquals([log, nap.sleeping, clock.alarms], [[true, false], false, 0]);
});

Deno.test("CoSleep.wake() where nobody sleeps does nothing: before, after, twice", () => {
  const [clock, nap] = [new VirtualClock(), new CoSleep()];
  const log: unknown[] = [];
  nap.wake();
  start("co", function* () {
    nap.wake();
    log.push(yield* nap.sleep(5, clock));
    yield;
    log.push("entered");
  });
  start("waker", function* () {
    nap.wake();
    assertEquals(nap.sleeping, false);
    nap.wake();
    clock.advance(10);
  });
  nap.wake();
  assertEquals(log, [true]);
});

Deno.test("a CoSleep without a time sleeps until it is woken, and sets no alarm", () => {
  const nap = new CoSleep();
  const co = start("co", () => outcomeIn(() => nap.sleep()));
  assertEquals([co.status, co.waitingOn], ["suspended", "sleep(Infinity ns, monotonic)"]);
  nap.wake();
  assertEquals(co.status, "terminated");
});

Deno.test("a second sleeper in one CoSleep is refused: waiting, and the first is not disturbed", () => {
  const [clock, nap] = [new VirtualClock(), new CoSleep()];
  const log: unknown[] = [];
  start("first", function* () {
    log.push(yield* nap.sleep(5, clock));
  });
  start("second", function* () {
    log.push(yield* outcomeIn(() => nap.sleep(1, clock)));
  });
  assertEquals([log, clock.alarms, nap.sleeping], [["waiting"], 1, true]);
  clock.advance(5);
  assertEquals(log, ["waiting", false]);
});

Deno.test("a sleeper that is cancelled leaves its CoSleep to the next one", () => {
  const [clock, nap] = [new VirtualClock(), new CoSleep()];
  const log: unknown[] = [];
  const first = start("first", () => outcomeIn(() => nap.sleep(5, clock)));
  first.cancel();
  assertEquals([nap.sleeping, clock.alarms], [false, 0]);
  start("second", function* () {
    log.push(yield* nap.sleep(5, clock));
  });
  nap.wake();
  assertEquals(log, [true]);
});

// ------------------------------------------------------------------------------------ clocks

Deno.test("a VirtualClock stands still until it is advanced, from where it was started", () => {
  const clock = new VirtualClock(100n, "mine");
  assertEquals([clock.now, clock.name, clock.alarms, clock.nextAlarm], [100, "mine", 0, undefined]);
  const alarm = clock.after(5, () => {});
  assertEquals([clock.alarms, clock.nextAlarm], [1, 105]);
  alarm.cancel();
  alarm.cancel();
  clock.advance(7n);
  assertEquals([clock.now, clock.alarms, clock.nextAlarm], [107, 0, undefined]);
});

Deno.test("alarms ring at their own times, those too that are set by others meanwhile", () => {
  const clock = new VirtualClock();
  const log: number[] = [];
  const note = () => log.push(clock.now);
  clock.after(10, () => {
    note();
    clock.after(0, note);
    clock.after(5, note);
    clock.after(50, note);
  });
  const dropped = clock.after(30, note);
  clock.after(20, () => dropped.cancel());
  clock.advance(40);
  assertEquals([log, clock.now, clock.alarms], [[10, 10, 15], 40, 1]);
});

Deno.test("what alarms throw is thrown when all have rung: one as it is, several together", () => {
  const clock = new VirtualClock();
  const boom = (error: unknown) => () => {
    throw error;
  };
  const rung: number[] = [];
  clock.after(1, boom("one"));
  clock.after(2, () => rung.push(clock.now));
  assertEquals([errorOf(() => clock.advance(5)), rung, clock.now], ["one", [2], 5]);
  clock.after(1, boom("one"));
  clock.after(2, boom("two"));
  assertEquals((errorOf(() => clock.advance(5)) as AggregateError).errors, ["one", "two"]);
});

Deno.test("a loop that sleeps for 0 ns without end is a RangeError, and so is an infinite advance()", () => {
  const clock = new VirtualClock();
  let rounds = 0;
  const co = start("loop", function* () {
    for (;; rounds++) yield* sleep(0, clock);
  });
  assert(errorOf(() => clock.advance(1)) instanceof RangeError);
  assert(rounds >= 1000);
  co.cancel();
  assert(errorOf(() => clock.advance(Infinity)) instanceof RangeError);
  clock.advance(1);
  assertEquals([clock.alarms, co.status], [0, "terminated"]);
});

Deno.test("150,000 alarms that were set before may be due at the same instant", () => {
  const clock = new VirtualClock();
  let rung = 0;
  for (let i = 0; i < 150_000; i++) clock.after(5, () => rung++);
  clock.advance(5);
  assertEquals([rung, clock.alarms], [150_000, 0]);
});

Deno.test("10,000 alarms ring in order, whichever of them were cancelled", () => {
  const clock = new VirtualClock();
  const rung: number[] = [];
  const times = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_007);
  const alarms = times.map((ns) => clock.after(ns, () => rung.push(ns)));
  alarms.forEach((alarm, i) => i % 3 === 0 && alarm.cancel());
  clock.advance(20_000);
  assertEquals(rung, times.filter((_, i) => i % 3 !== 0).sort((a, b) => a - b));
});

Deno.test("monotonic and realtime tell the host's time", () => {
  for (const [clock, ms] of [[monotonic, () => performance.now()], [realtime, Date.now]] as const) {
    const before = ms();
    const now = clock.now;
    assert(before <= now / 1e6 + 1e-3 && now / 1e6 <= ms() + 1e-3);
  }
  assertEquals([monotonic.name, realtime.name], ["monotonic", "realtime"]);
});

/** How many timers of the host are set meanwhile, and how many of them are at most at once. */
async function timersIn(f: () => Promise<unknown>): Promise<{ set: number; most: number }> {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const timers = new Set<unknown>();
  const found = { set: 0, most: 0 };
  globalThis.setTimeout = ((ring: () => void, ms?: number) => {
    const timer = set(() => (timers.delete(timer), ring()), ms);
    timers.add(timer);
    found.set++;
    found.most = Math.max(found.most, timers.size);
    return timer;
  }) as typeof set;
  globalThis.clearTimeout =
    ((timer?: number) => (timers.delete(timer), clear(timer))) as typeof clear;
  try {
    await f();
    assertEquals(timers.size, 0);
  } finally {
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  }
  return found;
}

Deno.test("a thousand sleepers by one clock of the host set one timer of the host", async () => {
  for (const clock of [monotonic, realtime]) {
    const sleepers = (ns: (i: number) => number) =>
      timersIn(() =>
        Promise.all(Array.from({ length: 1000 }, (_, i) =>
          start("sleeper", function* () {
            yield* sleep(ns(i), clock);
          }).done))
      );
    assertEquals((await sleepers((i) => 1e6 + i * 10)).most, 1);
    assertEquals((await sleepers((i) => 2e6 - i * 10)).most, 1);
    const cancelled = await timersIn(() => {
      const cos = Array.from(
        { length: 1000 },
        () => start("co", () => outcomeIn(() => sleep(1e15, clock))),
      );
      for (const co of cos) co.cancel();
      return Promise.resolve();
    });
    assertEquals(cancelled, { set: 1, most: 1 });
  }
});

Deno.test("what a sleeper by the host's clock fails with is uncaught, and the others wake all the same", async () => {
  const log: unknown[] = [];
  const told = await uncaughtIn(async () => {
    start("fails", function* () {
      yield* sleep(0);
      throw "boom";
    });
    await start("other", function* () {
      yield* sleep(0);
      log.push("other");
    }).done;
    await turn();
  });
  assertEquals([told, log], [["boom"], ["other"]]);
});

Deno.test("100,001 sleepers at one instant may all sleep once more: that is no endless loop", () => {
  const clock = new VirtualClock();
  let done = 0;
  for (let i = 0; i < 100_001; i++) {
    start("sleeper", function* () {
      yield* sleep(5, clock);
      yield* sleep(0, clock);
      done++;
    });
  }
  clock.advance(10);
  assertEquals([done, clock.alarms, clock.now], [100_001, 0, 10]);
});

Deno.test("a sleep of CoSleep that is kept is worth each time how that one ended", async () => {
  const clock = new VirtualClock();
  const nap = new CoSleep();
  const co = start("co", function* () {
    const wait = nap.sleep(5, clock);
    return [yield* wait, yield* wait];
  });
  nap.wake();
  clock.advance(5);
  assertEquals(await co.done, [true, false]);
});

Deno.test("clocks take bigints wherever they take numbers", () => {
  const clock = new VirtualClock();
  for (const one of [clock, monotonic, realtime]) {
    one.after(5n as unknown as number, () => {}).cancel();
  }
  assertEquals(clock.alarms, 0);
});

Deno.test("realtime is looked at each second: it may be set meanwhile, forward or back", () => {
  const { now } = Date;
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  let [time, timer, due] = [1e12, () => {}, Infinity];
  const log: string[] = [];
  Date.now = () => time;
  globalThis.setTimeout = ((ring: () => void, ms: number) => {
    [timer, due] = [ring, ms];
    return 1;
  }) as unknown as typeof set;
  globalThis.clearTimeout = (() => {}) as typeof clear;
  try {
    const hour = realtime.after(3600e9, () => log.push("an hour later"));
    assertEquals(due, 1000);
    time -= 7200e3;
    realtime.after(2e9, () => log.push("two seconds later"));
    time += 1000;
    timer();
    assertEquals([log.splice(0), due], [[], 1000]);
    time += 1000;
    timer();
    assertEquals([log.splice(0), due], [["two seconds later"], 1000]);
    time += 24 * 3600e3;
    timer();
    assertEquals(log, ["an hour later"]);
    hour.cancel();
  } finally {
    Date.now = now;
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
  }
});

Deno.test("a thread that stands still looks at the host's clocks when their first alarm is due, or in a second at those that may be set", () => {
  const left = () => hostClocks.map((clock) => clock.left);
  assertEquals(left(), [Infinity, Infinity]);
  const alarms = [monotonic, realtime].flatMap((clock) =>
    [Infinity, 3600e9].map((ns) => clock.after(ns, () => {}))
  );
  const [mine = 0, day = 0] = left();
  assert(mine > 3599e9 && mine <= 3600e9, `${mine}`);
  assertEquals(day, 1e9);
  for (const alarm of alarms.slice().reverse()) alarm.cancel();
  assertEquals(left(), [Infinity, Infinity]);
  const never = monotonic.after(Infinity, () => {});
  assertEquals(left(), [Infinity, Infinity]);
  never.cancel();
});
