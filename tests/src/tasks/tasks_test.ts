import { assert, assertEquals } from "@std/assert";
import { all, type Co, Coroutine, race, type Suspension, VirtualClock } from "@cofn/coroutine";
import {
  codeIn,
  codeOf,
  errorOf,
  outcomeIn,
  start,
  startLogging,
  uncaughtIn,
} from "../_helpers.ts";
import { task, tidy } from "./_tasks.ts";

Deno.test("all() is worth the results in the order of the tasks, which begin in that order", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = start("co", () => all([3, 1, 2].map((n) => task(`${n}`, n, clock, log))));
  assertEquals([log, co.waitingOn], [["3 begins", "1 begins", "2 begins"], "all (3 coroutines)"]);
  clock.advance(2);
  assertEquals([co.status, co.waitingOn], ["suspended", "all (1 coroutine)"]);
  assertEquals(codeOf(() => co.enter()), "waiting");
  clock.advance(1);
  assertEquals(await co.done, ["3", "1", "2"]);
});

Deno.test("all() of nothing is worth nothing, at once", async () => {
  const co = start("co", () => all([]));
  assertEquals(await co.done, []);
});

Deno.test("the tasks of all() begin when the one that starts them suspends", () => {
  const log: unknown[] = [];
  start("co", function* () {
    const tasks = all([function* () {
      log.push("task");
    }]);
    log.push("before");
    yield* tasks;
    log.push("after");
  });
  assertEquals(log, ["before", "task", "after"]);
});

Deno.test("a task that fails cancels the others of all(), which throws that when all have ended", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const boom = new Error("boom");
  const co = start("co", function* () {
    const error: unknown = yield* outcomeIn(() =>
      all([
        tidy("first", 10, clock, log),
        task("fails", 5, clock, log, boom),
        task("late", 7, clock, log),
      ])
    );
    log.push(error === boom);
  });
  clock.advance(5);
  assertEquals([co.status, co.waitingOn], ["suspended", "all (1 coroutine)"]);
  clock.advance(10);
  assertEquals(log.slice(2), [
    "fails ends",
    "fails: Error: boom",
    "late: cancelled",
    "first tidied at 15",
    true,
  ]);
  assertEquals([co.status, clock.alarms], ["terminated", 0]);
});

Deno.test("a task that fails before others have begun keeps them from running", () => {
  const log: unknown[] = [];
  const co = Coroutine.create(function* () {
    yield* all([
      function* (): Co {
        throw "at once";
      },
      function* () {
        log.push("never");
      },
    ]);
  });
  assertEquals([errorOf(() => co.enter()), log], ["at once", []]);
});

Deno.test("several failures of all() are an AggregateError, the first one first", () => {
  const clock = new VirtualClock();
  const co = start("co", () =>
    all([
      tidy("a", 20, clock, [], "a's clean-up"),
      task("b", 5, clock, [], "b"),
      tidy("c", 10, clock, [], "c's clean-up"),
      task("d", 9, clock, [], "never"),
    ]));
  const error = errorOf(() => clock.advance(100)) as AggregateError;
  assertEquals(error.errors, ["b", "c's clean-up", "a's clean-up"]);
  assertEquals([co.status, clock.alarms], ["terminated", 0]);
});

Deno.test("all() of what is no generator function is a TypeError, and nothing has begun", () => {
  const log: unknown[] = [];
  const wrong = [() => {}, undefined, 5, async () => {}] as unknown as (() => Co)[];
  for (const one of wrong) {
    for (const several of [all, race]) {
      const co = Coroutine.create(function* () {
        yield* several([function* () {
          log.push("never");
        }, one]);
      });
      assert(errorOf(() => co.enter()) instanceof TypeError);
    }
  }
  assertEquals(log, []);
});

Deno.test("all() and race() where no coroutine runs are not-in-coroutine", () => {
  assertEquals(codeOf(() => all([])[Symbol.iterator]().next()), "not-in-coroutine");
  assertEquals(codeOf(() => race([function* () {}])[Symbol.iterator]().next()), "not-in-coroutine");
});

Deno.test("one that is cancelled while it waits for all() goes on when all have tidied up", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = startLogging(
    "parent",
    log,
    () => all([tidy("a", 10, clock, log), tidy("b", 20, clock, log), task("c", 5, clock, log)]),
  );
  co.cancel();
  co.cancel();
  assertEquals([co.status, log], ["suspended", ["c begins", "c: cancelled"]]);
  clock.advance(15);
  assertEquals([co.status, co.waitingOn], ["suspended", "all (1 coroutine)"]);
  clock.advance(5);
  assertEquals(log.slice(2), [
    "a tidied at 10",
    "b tidied at 20",
    "parent: cancelled",
    "parent tidies up",
  ]);
  assertEquals([co.status, clock.alarms], ["terminated", 0]);
});

Deno.test("clean-up that fails after the parent was cancelled is what the parent fails with", async () => {
  const clock = new VirtualClock();
  const co = start("parent", () => all([tidy("a", 10, clock, [], "oh")]));
  co.cancel();
  const told = await uncaughtIn(() => assertEquals(errorOf(() => clock.advance(10)), "oh"));
  assertEquals([told, await co.done.catch((e: unknown) => e)], [[], "oh"]);
});

Deno.test("one that was cancelled before it waits for all() has its tasks cancelled where they are", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = startLogging("parent", log, function* () {
    Coroutine.self().cancel();
    yield* all([task("a", 5, clock, log)]);
  });
  assertEquals(co.status, "terminated");
  assertEquals(log, ["a begins", "a: cancelled", "parent: cancelled", "parent tidies up"]);
});

Deno.test("a task of all() that somebody else cancels cancels the others, and all() throws that", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  let first: Coroutine | undefined;
  start("co", function* () {
    log.push(
      yield* outcomeIn(() =>
        all([function* () {
          first = Coroutine.self();
          yield;
        }, task("b", 5, clock, log)])
      ),
    );
  });
  first?.cancel("by somebody");
  assertEquals(log, ["b begins", "b: cancelled", "cancelled"]);
});

Deno.test("all() nests: a failure deep down cancels everything, innermost first", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const nest = (depth: number): () => Suspension<unknown> => () =>
    all([
      tidy(`${depth}`, 1, clock, log),
      depth === 3 ? task("deep", 5, clock, [], "boom") : nest(depth + 1),
    ]);
  const co = start("co", () => outcomeIn(nest(1)));
  clock.advance(100);
  assertEquals(log, ["3 tidied at 6", "2 tidied at 7", "1 tidied at 8"]);
  assertEquals([co.status, clock.alarms], ["terminated", 0]);
});

Deno.test("10,000 tasks of one all() end in any order, or are all cancelled", async () => {
  for (const cancelled of [false, true]) {
    const clock = new VirtualClock();
    const co = start(
      "co",
      () =>
        all(
          Array.from(
            { length: 10_000 },
            (_, i) => task(`${i}`, 1 + (i * 7919) % 10_007, clock, []),
          ),
        ),
    );
    if (cancelled) co.cancel();
    else clock.advance(10_007);
    const outcome = await co.done.catch(codeIn);
    if (cancelled) assertEquals(outcome, "cancelled");
    else assert(Array.isArray(outcome) && outcome.every((name, i) => name === `${i}`));
    assertEquals(clock.alarms, 0);
  }
});
