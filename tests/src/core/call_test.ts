// deno-lint-ignore-file no-inner-declarations -- bodies are declared beside what is asked of them
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { call, type Co, CoMutex, Coroutine, trace, until } from "@cofn/coroutine";
import { codeOf, errorOf, outcomeOf, start, startHolder } from "../_helpers.ts";

Deno.test("call() is worth what the callee returns, whether it suspends or not", async () => {
  function* half(n: number, times: number): Co<number> {
    for (let i = 0; i < times; i++) yield;
    return n / 2;
  }
  const co = Coroutine.create(function* () {
    const a: number = yield* call(half, 84, 0);
    const b: number = yield* call(half, 8, 2);
    return a + b;
  });
  for (let i = 0; i < 3; i++) co.enter();
  assertEquals([co.status, await co.done], ["terminated", 46]);
});

Deno.test("call() is worth undefined, null, promises and thenables, untouched", () => {
  for (const value of [undefined, null, 0, "", Promise.resolve(1), { then: 1 }, { done: false }]) {
    for (const suspends of [false, true]) {
      function* give() {
        if (suspends) yield;
        return value;
      }
      let got: unknown = "nothing";
      const co = start("co", function* () {
        got = yield* call(give);
      });
      if (suspends) co.enter();
      assert(Object.is(got, value));
    }
  }
});

Deno.test("call() runs nothing before yield* begins, and each yield* of it runs the callee again", () => {
  let ran = 0;
  function* callee(): Co<number> {
    return ++ran;
  }
  start("co", function* () {
    const calls = call(callee);
    assertEquals(ran, 0);
    assertEquals([yield* calls, yield* calls], [1, 2]);
  });
});

Deno.test("an error of the callee goes from caller to caller, each of which may catch it", () => {
  for (const suspends of [false, true]) {
    for (const thrown of [new Error("e"), undefined, null, "text"]) {
      const log: string[] = [];
      function* bottom(): Co {
        if (suspends) yield;
        throw thrown;
      }
      function* middle(): Co {
        try {
          yield* call(bottom);
        } finally {
          log.push("finally");
          yield;
          log.push("after a yield");
        }
      }
      const co = start("co", function* () {
        try {
          yield* call(middle);
        } catch (error) {
          log.push(`caught ${Object.is(error, thrown)}`);
        }
        yield;
        log.push("end");
      });
      while (co.status !== "terminated") co.enter();
      assertEquals(log, ["finally", "after a yield", "caught true", "end"]);
    }
  }
});

Deno.test("an error that no caller catches fails the coroutine", () => {
  for (const suspends of [false, true]) {
    function* down(n: number): Co {
      if (n > 0) yield* call(down, n - 1);
      else {
        if (suspends) yield;
        throw "deep";
      }
    }
    const co = Coroutine.create(down, 50);
    if (suspends) co.enter();
    assertEquals([errorOf(() => co.enter()), co.status], ["deep", "terminated"]);
  }
});

Deno.test("a caller that replaces the error, or returns in spite of it, is what its own caller sees", async () => {
  function* bottom(): Co {
    yield;
    throw "first";
  }
  function* replaces(): Co {
    try {
      yield* call(bottom);
    } catch {
      throw "second";
    }
  }
  function* forgives(): Co<unknown> {
    try {
      yield* call(replaces);
    } catch (error) {
      return [error];
    }
  }
  const co = start("co", function* () {
    return yield* call(forgives);
  });
  co.enter();
  assertEquals(await co.done, ["second"]);
});

Deno.test("call() and plain yield* may be mixed at any depth", async () => {
  function* down(n: number): Co<number> {
    if (n === 0) {
      yield;
      yield;
      return 0;
    }
    const below = n % 3 === 0 ? yield* down(n - 1) : yield* call(down, n - 1);
    yield;
    return below + 1;
  }
  const co = Coroutine.create(down, 30);
  let enters = 0;
  while (co.status !== "terminated") {
    co.enter();
    enters++;
  }
  assertEquals([await co.done, enters], [30, 33]);
});

Deno.test("one coroutine makes 100,000 calls that suspend, one after the other", async () => {
  function* one(): Co<number> {
    yield;
    return 1;
  }
  const co = Coroutine.create(function* () {
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += yield* call(one);
    return sum;
  });
  while (co.status !== "terminated") co.enter();
  assertEquals(await co.done, 100_000);
});

Deno.test("calls grown one level a resume, 100,000 deep, return through all levels", async () => {
  function* down(n: number): Co<number> {
    yield;
    return n === 0 ? 0 : 1 + (yield* call(down, n - 1));
  }
  const co = Coroutine.create(down, 100_000);
  while (co.status !== "terminated") co.enter();
  assertEquals(await co.done, 100_000);
});

Deno.test("an error goes up through 100,000 levels that were grown one a resume", () => {
  let finallies = 0;
  function* down(n: number): Co {
    yield;
    try {
      if (n === 0) throw "bottom";
      yield* call(down, n - 1);
    } finally {
      finallies++;
    }
  }
  const co = Coroutine.create(down, 100_000);
  let error: unknown;
  while (co.status !== "terminated") ({ error } = outcomeOf(() => co.enter()));
  assertEquals([error, finallies], ["bottom", 100_001]);
});

Deno.test("locks are taken, waited for and given back at any depth of calls", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const log: string[] = [];
  function* locked(): Co {
    using _ = yield* m.lock();
    log.push("locked");
    yield* call(pause);
    log.push("resumed");
  }
  function* pause(): Co {
    yield;
  }
  const co = start("co", function* () {
    yield* call(locked);
    log.push(`free ${!m.locked}`);
  });
  assertEquals(co.waitingOn, 'CoMutex "m"');
  holder.enter();
  assertEquals([log, m.holder === co], [["locked"], true]);
  co.enter();
  assertEquals(log, ["locked", "resumed", "free true"]);
});

Deno.test("a rejection and an abandonment arrive at the depth where the wait is", async () => {
  const log: string[] = [];
  function* rejected(): Co {
    try {
      yield* until(Promise.reject("no"));
    } catch (error) {
      log.push(`caught ${error}`);
      throw "on";
    }
  }
  const co = start("co", function* () {
    try {
      yield* call(rejected);
    } catch (error) {
      log.push(`above ${error}`);
    }
  });
  await co.done;
  assertEquals(log, ["caught no", "above on"]);
});

Deno.test("call() outside coroutines works as long as nothing suspends, else it is yield-to-no-one", () => {
  const log: string[] = [];
  function* quick(n: number): Co<number> {
    return n;
  }
  function* slow(): Co {
    try {
      yield;
    } finally {
      log.push("finally");
    }
  }
  function* caller() {
    return (yield* call(quick, 1)) + (yield* call(quick, 2));
  }
  assertEquals(caller().next(), { done: true, value: 3 });
  assertEquals(codeOf(() => call(slow)[Symbol.iterator]().next()), "yield-to-no-one");
  assertEquals(log, ["finally"]);
  assertEquals(errorOf(() => call(fails)[Symbol.iterator]().next()), "fails");
  function* fails(): Co {
    throw "fails";
  }
});

Deno.test("call() of what returns no generator is an error in the caller, which may go on", () => {
  for (const value of [undefined, null, 5, [1], Promise.resolve()]) {
    const co = start("co", function* () {
      const error = errorOf(() =>
        call((() => value) as unknown as () => Co)[Symbol.iterator]().next()
      );
      assert(error instanceof TypeError);
      assertStringIncludes(`${error}`, 'Cannot call "anonymous": expected it to return a gen');
      yield;
    });
    assertEquals(co.status, "suspended");
    co.enter();
    assertEquals(co.status, "terminated");
  }
});

Deno.test("call() of what is no function is an error at once", () => {
  for (const value of [undefined, null, 5, {}, (function* () {})()]) {
    assertThrows(
      () => call(value as unknown as () => Co),
      TypeError,
      "Cannot call: expected a generator function (declare it by function*), got ",
    );
  }
});

Deno.test("call() lets an error of the function itself through, before there is a generator", () => {
  const co = start("co", function* () {
    try {
      yield* call((): Co => {
        throw "early";
      });
    } catch (error) {
      assertEquals(error, "early");
    }
    yield;
  });
  co.enter();
  assertEquals(co.status, "terminated");
});

Deno.test("a callee that enters and wakes others has its own coroutine back afterwards", () => {
  const log: string[] = [];
  const other = Coroutine.create(function* () {
    for (;;) {
      log.push("other");
      yield* call(function* () {
        yield;
      });
    }
  });
  function* callee(): Co {
    other.enter();
    assert(Coroutine.self() === co);
    yield;
    other.wake();
    log.push("callee ends");
  }
  const co: Coroutine = Coroutine.create(function* () {
    yield* call(callee);
    log.push("caller ends");
  });
  co.enter();
  co.enter();
  assertEquals(log, ["other", "callee ends", "caller ends", "other"]);
});

Deno.test("a trace sees one enter and one yield a resume, at any depth of calls", () => {
  function* down(n: number): Co {
    if (n === 0) yield;
    else yield* call(down, n - 1);
  }
  const seen: string[] = [];
  {
    using _ = trace(({ type }) => seen.push(type));
    const co = Coroutine.create(down, 10);
    co.enter();
    co.enter();
  }
  assertEquals(seen, ["create", "enter", "yield", "enter", "terminate"]);
});
