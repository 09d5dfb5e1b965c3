import { assert, assertEquals } from "@std/assert";
import { type Co, Coroutine, type CoroutineError, race, VirtualClock } from "@cofn/coroutine";
import { errorOf, outcomeIn, outcomeOf, start, startLogging } from "../_helpers.ts";
import { task, tidy } from "./_tasks.ts";

Deno.test("race() is worth what the first one to end returns, when the others have tidied up", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = start(
    "co",
    () => race([tidy("a", 10, clock, log), task("b", 5, clock, log), task("c", 6, clock, log)]),
  );
  clock.advance(5);
  assertEquals(co.waitingOn, "race (1 coroutine)");
  clock.advance(10);
  assertEquals(await co.done, "b");
  assertEquals(log.slice(2), ["b ends", "c: cancelled", "a tidied at 15"]);
});

Deno.test("race() throws what the first one to end has failed with, and what clean-up has failed with", () => {
  const clock = new VirtualClock();
  const outcomes: unknown[] = [];
  const runs = [
    [task("a", 5, clock, [], "a"), task("b", 6, clock, [])],
    [task("a", 5, clock, []), tidy("b", 6, clock, [], "b's clean-up")],
  ];
  for (const tasks of runs) {
    start("co", function* () {
      outcomes.push(yield* outcomeIn(() => race(tasks)));
    });
    clock.advance(100);
  }
  assertEquals(outcomes, ["a", "b's clean-up"]);
  start("co", () => race([task("a", 5, clock, [], "a"), tidy("b", 6, clock, [], "b's clean-up")]));
  const error = errorOf(() => clock.advance(100)) as AggregateError;
  assertEquals(error.errors, ["a", "b's clean-up"]);
});

Deno.test("in race(), one that ends at once wins before the others have begun", async () => {
  const log: unknown[] = [];
  const co = start("co", () =>
    race([function* () {
      return "first";
    }, function* () {
      log.push("never");
    }]));
  assertEquals([await co.done, log], ["first", []]);
});

Deno.test("race() of nothing is a TypeError", () => {
  assert(errorOf(() => Coroutine.create(() => race([])).enter()) instanceof TypeError);
});

Deno.test("one that is cancelled while it waits for race() goes on when all have ended", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = startLogging(
    "parent",
    log,
    () => race([tidy("a", 10, clock, log), task("b", 5, clock, log)]),
  );
  co.cancel();
  clock.advance(10);
  assertEquals(log, [
    "b begins",
    "b: cancelled",
    "a tidied at 10",
    "parent: cancelled",
    "parent tidies up",
  ]);
});

Deno.test("a task of race() that somebody else cancels has not won; if all are, race() is cancelled", () => {
  for (const both of [false, true]) {
    const tasks: Coroutine[] = [];
    const log: unknown[] = [];
    const one = function* (): Co<string> {
      tasks.push(Coroutine.self());
      yield;
      return "won";
    };
    start("co", function* () {
      try {
        log.push(yield* race([one, one]));
      } catch (error) {
        log.push((error as CoroutineError).cause);
      }
    });
    tasks[0]?.cancel("first");
    assertEquals(log, []);
    if (both) tasks[1]?.cancel("second");
    else tasks[1]?.enter();
    assertEquals(log, [both ? "first" : "won"]);
  }
});

Deno.test("race() is won by whoever ends first, with whatever it ends: nothing at all too", () => {
  const never = function* (): Co {
    yield;
  };
  for (const nothing of [null, undefined, 0, "", false]) {
    const co = Coroutine.create(function* () {
      return yield* race([never, function* () {
        return nothing;
      }]);
    });
    co.enter();
    assertEquals(co.status, "terminated");
    const loser = outcomeOf(() =>
      Coroutine.create(function* () {
        yield* race([never, function* () {
          throw nothing;
        }]);
      }).enter()
    );
    assertEquals(loser, { threw: true, error: nothing });
  }
});
