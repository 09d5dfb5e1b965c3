import { assert, assertEquals } from "@std/assert";
import { type Co, Coroutine, until } from "@cofn/coroutine";
import { errorOf, outcomeOf, start, uncaughtIn } from "../_helpers.ts";

const leader = Coroutine.self();
// ---------------------------------------------------------------------------------- failures

Deno.test("an error that leaves the body reaches whoever entered last, as it is", () => {
  for (const thrown of [new Error("e"), "text", 0, null, undefined, Symbol("s"), { then: 1 }]) {
    const co = Coroutine.create(function* () {
      yield;
      throw thrown;
    });
    co.enter();
    const { threw, error } = outcomeOf(() => co.enter());
    assert(threw && Object.is(error, thrown));
    assertEquals([co.status, Coroutine.self() === leader], ["terminated", true]);
  }
});

Deno.test("an error reaches the coroutine that entered, which may catch it and go on", () => {
  const inner = Coroutine.create(function* () {
    throw new Error("inner");
  });
  const outer: Coroutine<string> = Coroutine.create(function* () {
    const error = errorOf(() => inner.enter());
    assert(Coroutine.self() === outer);
    yield;
    return (error as Error).message;
  });
  outer.enter();
  assertEquals(outer.status, "suspended");
  outer.enter();
  assertEquals(outer.status, "terminated");
});

Deno.test("an error that nobody catches goes through every enterer", () => {
  const boom = new Error("boom");
  let make = () => {
    throw boom;
  };
  const cos: Coroutine[] = [];
  for (let i = 0; i < 20; i++) {
    const below = make;
    const co = Coroutine.create(function* () {
      below();
    });
    cos.push(co);
    make = () => co.enter() as never;
  }
  assertEquals(errorOf(make), boom);
  assert(cos.every((co) => co.status === "terminated"));
});

Deno.test("the failure of a woken one is thrown after all the others have run", () => {
  const log: string[] = [];
  const say = (name: string) =>
    Coroutine.named(name, function* () {
      log.push(name);
      yield;
    });
  const bad = Coroutine.named("bad", function* () {
    deep.wake();
    log.push("bad");
    throw new Error("bad");
  });
  const [before, deep, after] = [say("before"), say("deep"), say("after")];
  const waker = Coroutine.create(function* () {
    for (const co of [before, bad, after]) co.wake();
    yield;
  });
  const error = errorOf(() => waker.enter());
  assertEquals((error as Error).message, "bad");
  assertEquals(log, ["before", "bad", "deep", "after"]);
  assertEquals([waker, before, after].map((co) => co.status), Array(3).fill("suspended"));
});

Deno.test("several failures are an AggregateError, in the order in which they happened", async () => {
  const failing = (name: string) =>
    Coroutine.named(name, function* () {
      throw name;
    });
  const [a, b] = [failing("a"), failing("b")];
  const waker = Coroutine.named("waker", function* (): Co {
    a.wake();
    b.wake();
    throw "waker";
  });
  const error = errorOf(() => waker.enter()) as AggregateError;
  assert(error instanceof AggregateError);
  assertEquals(error.errors, ["waker", "a", "b"]);
  assertEquals(error.message, '3 coroutines failed: "waker", "a", "b"');
  for (const [co, reason] of [[a, "a"], [b, "b"], [waker, "waker"]] as const) {
    assertEquals(await co.done.catch((e: unknown) => e), reason);
  }
});

Deno.test("failures of a nested enter() stay apart from those of the outer one", () => {
  const seen: unknown[] = [];
  const bad = (name: string) =>
    Coroutine.named(name, function* () {
      throw name;
    });
  const outer = Coroutine.create(function* () {
    bad("later").wake();
    seen.push(errorOf(() => bad("nested").enter()));
    yield;
  });
  seen.push(errorOf(() => outer.enter()));
  assertEquals(seen, ["nested", "later"]);
  assertEquals(outer.status, "suspended");
});

Deno.test("no error is lost among 1,000 that fail under one enter()", () => {
  const waker = Coroutine.create(function* () {
    for (let i = 0; i < 1000; i++) {
      Coroutine.create(function* () {
        if (i % 2 === 1) throw i;
      }).wake();
    }
  });
  const error = errorOf(() => waker.enter()) as AggregateError;
  assertEquals(error.errors, Array.from({ length: 500 }, (_, i) => 2 * i + 1));
});

// -------------------------------------------------------------------------------------- done

Deno.test("done settles with what the body returned, asked for before or after the end", async () => {
  const make = () =>
    Coroutine.create(function* () {
      yield;
      return 7;
    });
  const [early, late] = [make(), make()];
  const promise = early.done;
  for (const co of [early, late, early, late]) co.enter();
  assert(early.done === promise && late.done === late.done);
  assertEquals([await early.done, await late.done], [7, 7]);
});

Deno.test("done is made of undefined, null, promises, thenables and proxies as a promise would be", async () => {
  const returned = async (value: unknown, early: boolean) => {
    const co = Coroutine.create(function* () {
      return value;
    });
    if (early) co.done.catch(() => {});
    co.enter();
    return await co.done.then((v: unknown) => ["ok", v], (e: unknown) => ["failed", e]);
  };
  for (const early of [true, false]) {
    assertEquals(await returned(undefined, early), ["ok", undefined]);
    assertEquals(await returned(null, early), ["ok", null]);
    assertEquals(await returned(Promise.resolve(3), early), ["ok", 3]);
    assertEquals(await returned({ then: (f: (v: number) => void) => f(4) }, early), ["ok", 4]);
    assertEquals(await returned({ then: (_: unknown, f: (v: number) => void) => f(5) }, early), [
      "failed",
      5,
    ]);
    assertEquals(await returned(new Proxy({ a: 1 }, {}), early), ["ok", { a: 1 }]);
    const hostile = {
      get then() {
        throw "no";
      },
    };
    assertEquals(await returned(hostile, early), ["failed", "no"]);
  }
});

Deno.test("done of a coroutine that returned or threw a revoked proxy settles", async () => {
  for (const fails of [false, true]) {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const co = Coroutine.create(function* () {
      if (fails) throw proxy;
      return proxy;
    });
    const { threw, error } = outcomeOf(() => co.enter());
    assert(threw === fails && (!fails || error === proxy));
    const settled = await co.done.then(() => "ok", () => "failed");
    assertEquals(settled, "failed");
  }
});

Deno.test("a failure that was thrown to an enterer is no unhandled rejection, if done is taken or not", async () => {
  const told = await uncaughtIn(() => {
    for (const when of ["never", "before", "after"]) {
      const co = Coroutine.create(function* () {
        throw when;
      });
      if (when === "before") co.done;
      assertEquals(errorOf(() => co.enter()), when);
      if (when === "after") co.done;
    }
    const woken = Coroutine.create(function* () {
      throw "woken";
    });
    woken.done;
    assertEquals(
      errorOf(() =>
        start("waker", function* () {
          woken.wake();
        })
      ),
      "woken",
    );
  });
  assertEquals(told, []);
});

Deno.test("a failure of one that the host resumed goes to done if it is taken, else is uncaught", async () => {
  const failing = (taken: boolean) => {
    const co = start(`${taken}`, function* () {
      yield* until(Promise.resolve());
      throw taken ? "taken" : "not taken";
    });
    return taken ? co.done.catch((e: unknown) => `caught ${e}`) : undefined;
  };
  const caught: unknown[] = [];
  const told = await uncaughtIn(async () => {
    failing(false);
    caught.push(await failing(true));
  });
  assertEquals([caught, told], [["caught taken"], ["not taken"]]);
});

Deno.test("a done that was taken but that nobody awaits is uncaught when the host resumed the one that failed", async () => {
  const told = await uncaughtIn(() => {
    start("co", function* () {
      yield* until(Promise.resolve());
      throw "nobody listens";
    }).done;
  });
  assertEquals(told, ["nobody listens"]);
});

Deno.test("among those who fail under the host, only those whose done is not taken are uncaught", async () => {
  const bad = (name: string) =>
    Coroutine.named(name, function* () {
      throw name;
    });
  const [a, b, c] = [bad("a"), bad("b"), bad("c")];
  const caught = b.done.catch((e: unknown) => e);
  const told = await uncaughtIn(() =>
    start("waker", function* () {
      yield* until(Promise.resolve());
      for (const co of [a, b, c]) co.wake();
    })
  );
  assertEquals(told.map((e) => (e as AggregateError).errors), [["a", "c"]]);
  assertEquals(await caught, "b");
});

Deno.test("done that is first asked for after a failure rejects with it", async () => {
  const co = Coroutine.create(function* () {
    throw "late";
  });
  assertEquals(errorOf(() => co.enter()), "late");
  assertEquals(
    await co.done.then(() => "fulfilled", (error) => `rejected: ${error}`),
    "rejected: late",
  );
});
