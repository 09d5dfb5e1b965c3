import { assert, assertEquals } from "@std/assert";
import {
  type Clock,
  type Co,
  CoMutex,
  Coroutine,
  type CoroutineError,
  sleep,
  trace,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import {
  codeOf,
  errorOf,
  outcomeIn,
  start,
  startLogging,
  uncaughtIn,
  yieldOnce,
} from "../_helpers.ts";
import { task, tidy } from "./_tasks.ts";

Deno.test("withTimeout() is worth what its function returns in time, and leaves no alarm behind", async () => {
  const clock = new VirtualClock();
  for (const fn of [task("a", 4, clock, []), yieldlessly]) {
    const co = start("co", () => withTimeout<string>(5, fn, { clock }));
    clock.advance(4);
    assertEquals([await co.done, clock.alarms], ["a", 0]);
  }
});

function* yieldlessly(): Co<string> {
  return "a";
}

Deno.test("withTimeout() throws the time-out when its function has cleaned up", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = start("co", () => withTimeout(5n, tidy("a", 10, clock, log), { clock }));
  clock.advance(14);
  assertEquals([co.status, co.waitingOn], ["suspended", "withTimeout (1 coroutine)"]);
  const error = errorOf(() => clock.advance(1)) as CoroutineError;
  assertEquals([error.code, log, clock.alarms], ["timeout", ["a tidied at 15"], 0]);
  assertEquals(error.message, 'Coroutine "withTimeout 1" has taken more than 5 ns');
  assert(await co.done.catch((e: unknown) => e) === error);
});

Deno.test("the time-out comes first if the function would end at the same instant", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  start("co", function* () {
    log.push(yield* outcomeIn(() => withTimeout(5, task("a", 5, clock, log), { clock })));
  });
  clock.advance(5);
  assertEquals([log, clock.alarms], [["a begins", "a: cancelled", "timeout"], 0]);
});

Deno.test("a function that returns or fails in spite of its cancellation has the last word", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  start("co", function* () {
    const stubborn = function* () {
      return yield* outcomeIn(() => sleep(10, clock));
    };
    log.push(yield* withTimeout(5, stubborn, { clock }));
    log.push(yield* outcomeIn(() => withTimeout(5, tidy("a", 1, clock, [], "oh"), { clock })));
  });
  clock.advance(100);
  assertEquals(log, ["cancelled", "oh"]);
});

Deno.test("the cause of the cancellation is the time-out", () => {
  const clock = new VirtualClock();
  const causes: unknown[] = [];
  start("co", function* () {
    yield* outcomeIn(() =>
      withTimeout(5, function* () {
        try {
          yield;
        } catch (error) {
          causes.push((error as CoroutineError).cause);
          throw error;
        }
      }, { clock })
    );
  });
  clock.advance(5);
  assertEquals(causes.map((cause) => (cause as CoroutineError).code), ["timeout"]);
});

Deno.test("one that is cancelled while it waits goes on when its function has cleaned up, without a time-out", () => {
  const log: unknown[] = [];
  for (const late of [undefined, () => log.push("late")]) {
    const clock = new VirtualClock();
    const co = startLogging(
      "co",
      log,
      () => withTimeout(50, tidy("a", 10, clock, log), { clock, late }),
    );
    co.cancel();
    assertEquals(co.status, "suspended");
    clock.advance(10);
    assertEquals(log.splice(0), ["a tidied at 10", "co: cancelled", "co tidies up"]);
    assertEquals(clock.alarms, 0);
  }
});

Deno.test("with `late` the function is not cancelled, and its failure is not lost", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const late = () => log.push("late");
  start("co", function* () {
    const fn = task("a", 10, clock, log, "oh");
    log.push(yield* outcomeIn(() => withTimeout(5, fn, { clock, late })));
  });
  clock.advance(9);
  assertEquals(log, ["a begins", "timeout"]);
  const told = await uncaughtIn(() => assertEquals(errorOf(() => clock.advance(1)), "oh"));
  assertEquals([told, log.slice(2)], [[], ["a ends", "a: oh", "late"]]);
});

Deno.test("with `late` a function that is in time is not tidied up after", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  start("co", function* () {
    for (const error of [undefined, "oh"]) {
      const fn = task("a", 3, clock, [], error);
      const late = () => log.push("late");
      log.push(yield* outcomeIn(() => withTimeout(5, fn, { clock, late })));
    }
  });
  clock.advance(100);
  assertEquals([log, clock.alarms], [["done", "oh"], 0]);
});

Deno.test("withTimeout(0) runs the function where it is, without a limit", async () => {
  const clock = new VirtualClock();
  const co = start("co", () =>
    withTimeout(0, function* () {
      yield* sleep(1e9, clock);
      return Coroutine.self().name;
    }, { clock }));
  assertEquals([co.scheduledBy, clock.alarms], ["sleep", 1]);
  clock.advance(1e9);
  assertEquals(await co.done, "co");
});

Deno.test("time-outs nest, and the outer one ends the inner one", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  start("co", function* () {
    const inner = () => withTimeout(10, tidy("a", 1, clock, log), { clock });
    log.push(yield* outcomeIn(() => withTimeout(5, inner, { clock })));
    log.push(yield* outcomeIn(() => withTimeout(50, inner, { clock })));
  });
  clock.advance(100);
  assertEquals(log, ["a tidied at 6", "timeout", "a tidied at 17", "timeout"]);
  assertEquals(clock.alarms, 0);
});

Deno.test("a function that is too slow to get a lock leaves its queue", () => {
  const [clock, m] = [new VirtualClock(), new CoMutex("m")];
  const log: unknown[] = [];
  start("co", function* () {
    using _ = yield* m.lock();
    const lock = () => outcomeOfLock(m);
    log.push(yield* outcomeIn(() => withTimeout(5, lock, { clock })));
    log.push(m.waiters);
  });
  clock.advance(5);
  assertEquals([log, m.locked], [["timeout", 0], false]);
});

function* outcomeOfLock(m: CoMutex): Co {
  using _ = yield* m.lock();
}

Deno.test("withTimeout() with wrong arguments, or where no coroutine runs, starts nothing", async () => {
  const clock = new VirtualClock();
  await start("co", function* () {
    for (const ns of [-1, NaN, "5"] as number[]) {
      assert(
        errorOf(() => withTimeout(ns, yieldOnce, { clock })[Symbol.iterator]().next()) instanceof
          RangeError,
      );
    }
    const wrong = (() => {}) as unknown as () => Co;
    assert(
      errorOf(() => withTimeout(5, wrong, { clock })[Symbol.iterator]().next()) instanceof
        TypeError,
    );
    const none = {} as VirtualClock;
    assert(
      errorOf(() => withTimeout(5, yieldOnce, { clock: none })[Symbol.iterator]().next()) instanceof
        TypeError,
    );
  }).done;
  assertEquals(
    codeOf(() => withTimeout(5, yieldOnce, { clock })[Symbol.iterator]().next()),
    "not-in-coroutine",
  );
  assertEquals(clock.alarms, 0);
});

Deno.test("withTimeout() by a clock that rings at once never begins, and ends once", () => {
  const ended: string[] = [];
  using _ = trace((event) => {
    if (event.type === "terminate" || event.type === "enter") {
      ended.push(`${event.type} ${event.coroutine.name}`);
    }
  });
  const clock = {
    name: "now",
    now: 0,
    after(_ns: number, ring: () => void) {
      ring();
      return { cancel() {} };
    },
  };
  let code: unknown;
  start("co", function* () {
    try {
      yield* withTimeout(5, function* late() {
        yield;
      }, clock);
    } catch (error) {
      code = (error as CoroutineError).code;
    }
  });
  assertEquals([code, ended], ["timeout", ["enter co", "terminate late", "terminate co"]]);
});

Deno.test("with `late` the function goes on by itself, though the clock rings at once", async () => {
  const clock = new VirtualClock();
  const atOnce: Clock = {
    name: "at once",
    now: 0,
    after(_, ring) {
      ring();
      return { cancel() {} };
    },
  };
  const log: unknown[] = [];
  const co = start("co", function* () {
    log.push(
      yield* outcomeIn(() =>
        withTimeout(5, function* () {
          yield* sleep(1, clock);
          return "result";
        }, { clock: atOnce, late: () => log.push("late"), lost: (what) => log.push(what) })
      ),
    );
  });
  clock.advance(1);
  await co.done;
  assertEquals(log, ["timeout", "result", "late"]);
});
