import { assert, assertEquals } from "@std/assert";
import { all, type Co, Coroutine, type Scope, scope, sleep, VirtualClock } from "@cofn/coroutine";
import {
  codeIn,
  codeOf,
  errorOf,
  outcomeIn,
  outcomeOf,
  start,
  startLogging,
  yieldOnce,
} from "../_helpers.ts";
import { task, tidy } from "./_tasks.ts";

Deno.test("scope() is worth what its body returns, when all that it has started have ended", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = start("co", () =>
    scope(function* (jobs) {
      const children = [3, 1, 2].map((n) => jobs.start(task(`${n}`, n, clock, log)));
      log.push(jobs.running, children.map(({ status }) => status).join());
      return "worth";
    }));
  assertEquals(log.splice(0), [
    4,
    "created,created,created",
    "3 begins",
    "1 begins",
    "2 begins",
  ]);
  assertEquals(co.waitingOn, "scope (3 coroutines)");
  clock.advance(3);
  assertEquals([log, await co.done], [["1 ends", "2 ends", "3 ends"], "worth"]);
});

Deno.test("Scope.start() passes arguments on and gives the coroutine, whose outcome can be had", async () => {
  const co = start("co", () =>
    scope(function* (jobs) {
      const child = jobs.start(
        function* add(a: number, b: number) {
          yield* sleep(0);
          return a + b;
        },
        40,
        2,
      );
      assertEquals(child.name, "add");
      return child.done;
    }));
  assertEquals(await co.done, 42);
});

Deno.test("Scope.start() outside any coroutine runs the child before it returns", () => {
  const log: unknown[] = [];
  let jobs: Scope | undefined;
  start("co", () =>
    scope(function* (inner) {
      jobs = inner;
      yield;
    }));
  jobs?.start(function* () {
    log.push("child");
  });
  log.push("started");
  assertEquals([log, codeOf(() => jobs?.cancel())], [["child", "started"], "cancelled"]);
});

Deno.test("children may start others in their scope, after its body has ended, too", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = start("co", () =>
    scope(function* (jobs) {
      jobs.start(function* chain(left: number): Co {
        yield* sleep(1, clock);
        log.push(left);
        if (left > 0) jobs.start(chain, left - 1);
      }, 3);
    }));
  clock.advance(10);
  assertEquals([log, co.status], [[3, 2, 1, 0], "terminated"]);
});

Deno.test("a child that fails cancels the body and the others, and scope() throws that when they have ended", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const boom = new Error("boom");
  const co = start("co", function* () {
    const error = yield* outcomeIn(() =>
      scope(function* (jobs) {
        jobs.start(task("fails", 5, clock, [], boom));
        jobs.start(tidy("tidy", 10, clock, log));
        jobs.start(task("other", 9, clock, log));
        yield* tidy("body", 20, clock, log)();
      })
    );
    log.push(error === boom);
  });
  clock.advance(100);
  assertEquals(log, [
    "other begins",
    "other: cancelled",
    "tidy tidied at 15",
    "body tidied at 25",
    true,
  ]);
  assertEquals([co.status, clock.alarms], ["terminated", 0]);
});

Deno.test("a body that fails cancels the children; several failures are an AggregateError, first first", () => {
  const clock = new VirtualClock();
  start("co", () =>
    scope(function* (jobs) {
      jobs.start(tidy("a", 20, clock, [], "a"));
      jobs.start(tidy("b", 10, clock, [], "b"));
      yield* sleep(1, clock);
      throw "body";
    }));
  const error = errorOf(() => clock.advance(100)) as AggregateError;
  assertEquals(error.errors, ["body", "b", "a"]);
});

Deno.test("a child that is cancelled alone has not failed, and the others go on", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = start("co", () =>
    scope(function* (jobs) {
      const child = jobs.start(task("a", 5, clock, log));
      jobs.start(task("b", 5, clock, log));
      yield* sleep(1, clock);
      child.cancel();
      return "worth";
    }));
  clock.advance(5);
  assertEquals([log, await co.done], [["a begins", "b begins", "a: cancelled", "b ends"], "worth"]);
});

Deno.test("Scope.cancel() cancels the body and all children, from inside or outside", async () => {
  for (const inside of [true, false]) {
    const clock = new VirtualClock();
    const log: unknown[] = [];
    let jobs: Scope | undefined;
    const co = start("co", () =>
      scope(function* (inner) {
        jobs = inner;
        jobs.start(tidy("a", 10, clock, log));
        yield* sleep(1, clock);
        if (inside) jobs.cancel("why");
        log.push("body goes on");
        yield* sleep(50, clock);
        log.push("never");
      }));
    co.done.catch(() => {});
    clock.advance(1);
    if (!inside) jobs?.cancel("why");
    clock.advance(100);
    assertEquals(log, ["body goes on", "a tidied at 11"]);
    const error = await co.done.catch((e: unknown) => e) as Error;
    assertEquals([codeIn(error), error.cause], ["cancelled", "why"]);
  }
});

Deno.test("what is started in a scope that is cancelled ends without having run", () => {
  const log: unknown[] = [];
  const co = start("co", () =>
    outcomeIn(() =>
      scope(function* (jobs) {
        jobs.cancel();
        const late = jobs.start(function* () {
          log.push("never");
        });
        try {
          yield;
        } finally {
          log.push(late.status);
        }
      })
    ));
  assertEquals([log, co.status], [["terminated"], "terminated"]);
});

Deno.test("nothing can be started in a scope that has ended, and cancelling it does nothing", async () => {
  let jobs: Scope | undefined;
  const co = start("co", () =>
    scope(function* (inner) {
      jobs = inner;
      return 1;
    }));
  assertEquals(codeOf(() => jobs?.start(yieldOnce)), "terminated");
  jobs?.cancel();
  assertEquals([await co.done, jobs?.running], [1, 0]);
});

Deno.test("one that is cancelled while it waits for a scope goes on when all in it have tidied up", () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  const co = startLogging("parent", log, () =>
    scope(function* (jobs) {
      jobs.start(tidy("a", 10, clock, log));
      yield* tidy("body", 20, clock, log)();
    }));
  co.cancel();
  clock.advance(10);
  assertEquals(co.status, "suspended");
  clock.advance(10);
  assertEquals(log, [
    "a tidied at 10",
    "body tidied at 20",
    "parent: cancelled",
    "parent tidies up",
  ]);
  assertEquals([co.status, clock.alarms], ["terminated", 0]);
});

Deno.test("a scope that is cancelled throws that, even if its body catches its cancellation or has returned", () => {
  for (const body of [() => outcomeIn(yieldOnce), yieldlessly]) {
    const log: unknown[] = [];
    let jobs: Scope | undefined;
    start("co", function* () {
      log.push(
        yield* outcomeIn(() =>
          scope(function* (inner) {
            jobs = inner;
            jobs.start(yieldOnce);
            yield* body();
          })
        ),
      );
    });
    jobs?.cancel();
    assertEquals(log, ["cancelled"]);
  }
});

function* yieldlessly(): Co {}

Deno.test("scope() and Scope.start() of what is no generator function are a TypeError and start nothing", async () => {
  const wrong = (() => {}) as unknown as () => Co;
  assert(errorOf(() => Coroutine.create(() => scope(wrong)).enter()) instanceof TypeError);
  await start("co", () =>
    scope(function* (jobs) {
      assert(errorOf(() => jobs.start(wrong)) instanceof TypeError);
      assertEquals(jobs.running, 1);
    })).done;
  assertEquals(codeOf(() => scope(function* () {})[Symbol.iterator]().next()), "not-in-coroutine");
});

/** Counts those who have begun and ended, in scopes of ten that nest. */
function* nest(depth: number, clock: VirtualClock, count: { begun: number; ended: number }): Co {
  yield* scope(function* (jobs) {
    for (let i = 0; i < 10; i++) {
      jobs.start(function* () {
        count.begun++;
        try {
          if (depth === 4) yield* sleep(1 + i, clock);
          else yield* nest(depth + 1, clock, count);
        } finally {
          count.ended++;
        }
      });
    }
  });
}

Deno.test("10,000 children in nested scopes all end before their scopes do, in either way", async () => {
  for (const cancelled of [false, true]) {
    const clock = new VirtualClock();
    const count = { begun: 0, ended: 0 };
    const co = Coroutine.create(nest, 1, clock, count);
    co.enter();
    if (cancelled) co.cancel();
    else clock.advance(10);
    assertEquals(co.status, "terminated");
    assertEquals(await co.done.catch(codeIn), cancelled ? "cancelled" : undefined);
    assertEquals([count, clock.alarms], [{ begun: 11_110, ended: 11_110 }, 0]);
  }
});

Deno.test("whatever a child throws is a failure, nothing at all too", () => {
  for (const nothing of [null, undefined, 0, "", false, NaN]) {
    const { threw, error } = startedIn(function* () {
      yield* scope(function* (s) {
        s.start(function* () {
          throw nothing;
        });
        yield;
      });
    });
    assertEquals([threw, error], [true, nothing]);
  }
});

/** What comes of a coroutine that runs this. */
function startedIn(body: () => Co): { threw: boolean; error: unknown } {
  return outcomeOf(() => Coroutine.create(body).enter());
}

for (const failing of ["the first", "the last", "each"]) {
  for (const how of ["all", "scope"]) {
    Deno.test(`of 30,000 in ${how}(), ${failing} fails: all have ended then, and what is thrown says it`, async () => {
      const N = 30_000;
      const clock = new VirtualClock();
      let ended = 0;
      const fails = (i: number) =>
        failing === "each" || i === (failing === "the first" ? 0 : N - 1);
      function* job(i: number): Co {
        try {
          yield* sleep(fails(i) && failing !== "each" ? 1 : 2, clock);
        } catch (error) {
          // Of those that all fail, only the first does so before it is cancelled.
          if (!fails(i)) throw error;
        } finally {
          ended++;
        }
        if (fails(i)) throw i;
      }
      const co = start("co", function* () {
        const jobs = Array.from({ length: N }, (_, i) => () => job(i));
        if (how === "all") yield* all(jobs);
        else {
          yield* scope(function* (those) {
            for (const one of jobs) those.start(one);
          });
        }
      });
      const end = co.done.catch((thrown) => thrown);
      clock.advance(2);
      const error = await end;
      const told = error instanceof AggregateError ? error.errors.length : error;
      assertEquals([ended, told], [
        N,
        failing === "each" ? N : failing === "the first" ? 0 : N - 1,
      ]);
    });
  }
}

Deno.test("nothing is started in a scope that has ended, however it has", () => {
  const clock = new VirtualClock();
  const kept: Scope[] = [];
  const inScope = (body: () => Co) =>
    start("co", () =>
      scope(function* (jobs) {
        kept.push(jobs);
        yield* body();
      }));
  inScope(function* () {});
  errorOf(() =>
    inScope(function* () {
      throw new Error("failed");
    })
  );
  inScope(function* () {
    yield* sleep(5, clock);
  }).cancel();
  assertEquals(
    kept.map((jobs) => codeOf(() => jobs.start(yieldOnce))),
    Array(3).fill("terminated"),
  );
});
