import { assert, assertEquals } from "@std/assert";
import { CoMutex, Coroutine, CoroutineError, until } from "@cofn/coroutine";
import { codeOf, outcomeIn, picture, start, startHolder, turn, uncaughtIn } from "../_helpers.ts";

const leader = Coroutine.self();

/** What a coroutine makes of a wait for `value`: ["ok", …] or ["failed", …]. */
function waitFor(value: unknown): Promise<unknown> {
  return start("co", function* () {
    try {
      return ["ok", yield* until(value as PromiseLike<unknown>)];
    } catch (error) {
      return ["failed", error];
    }
  }).done;
}

/** A promise-like whose `then` is `then`. */
function thenable(
  then: (ok: (value: unknown) => void, failed: (error: unknown) => void) => unknown,
): unknown {
  return { then };
}

Deno.test("until() is worth what the promise is fulfilled with, and throws what it is rejected with", async () => {
  const boom = new Error("boom");
  assertEquals(await waitFor(Promise.resolve(41)), ["ok", 41]);
  assertEquals(await waitFor(Promise.resolve()), ["ok", undefined]);
  assertEquals(await waitFor(Promise.reject(boom)), ["failed", boom]);
  assertEquals(await waitFor(Promise.reject(undefined)), ["failed", undefined]);
  assertEquals(await waitFor(Promise.reject(null)), ["failed", null]);
  assertEquals(await waitFor(new Promise((f) => setTimeout(f, 1, "late"))), ["ok", "late"]);
});

Deno.test("until() suspends even for a promise that is settled already", async () => {
  const log: string[] = [];
  const co = start("co", function* () {
    log.push("before");
    yield* until(Promise.resolve());
    log.push("after");
  });
  log.push("leader");
  await co.done;
  assertEquals(log, ["before", "leader", "after"]);
});

Deno.test("whoever waits for a promise is scheduled by until, and nobody else can enter it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const co = start("co", function* () {
    yield* until(promise);
  });
  const before = picture([co]);
  assertEquals([co.status, co.scheduledBy, co.waitingOn], ["suspended", "until", "until(promise)"]);
  for (const verb of ["enter", "wake", "enterIfInactive"] as const) {
    assertEquals(codeOf(() => co[verb]()), "already-scheduled");
  }
  assertEquals(picture([co]), before);
  resolve();
  await co.done;
  assertEquals([co.status, co.scheduledBy, co.waitingOn], ["terminated", undefined, undefined]);
});

Deno.test("until() where no coroutine runs is yield-to-no-one, and asks nothing of the promise", () => {
  let asked = 0;
  const promise = thenable(() => asked++) as PromiseLike<unknown>;
  assertEquals(codeOf(() => until(promise)[Symbol.iterator]().next()), "yield-to-no-one");
  assertEquals(asked, 0);
});

Deno.test("until() does nothing before yield* begins the wait", () => {
  let asked = 0;
  start("co", function* () {
    until(thenable(() => asked++) as PromiseLike<unknown>);
  });
  assertEquals(asked, 0);
});

Deno.test("until() of what is no promise is a TypeError in the coroutine, which may go on", async () => {
  for (const value of [undefined, null, 5, "text", {}, { then: 1 }]) {
    const [how, error] = await waitFor(value) as [string, Error];
    assertEquals(how, "failed");
    assert(error instanceof TypeError);
    assert(error.message.startsWith("Cannot wait until a promise settles: expected one, got "));
  }
});

Deno.test("a thenable may call back at once, and the coroutine goes on by itself", async () => {
  assertEquals(await waitFor(thenable((ok) => ok(1))), ["ok", 1]);
  assertEquals(await waitFor(thenable((_, failed) => failed(2))), ["failed", 2]);
});

Deno.test("one that a thenable calls back at once runs after what it woke before", () => {
  const log: string[] = [];
  const other = Coroutine.create(function* () {
    log.push("other");
  });
  start("co", function* () {
    other.wake();
    yield* until(thenable((ok) => ok(1)) as PromiseLike<unknown>);
    log.push("co");
  });
  assertEquals(log, ["other", "co"]);
});

Deno.test("the first call of a thenable counts, at once or later, whatever it calls afterwards", async () => {
  assertEquals(await waitFor(thenable((ok) => (ok(1), ok(2)))), ["ok", 1]);
  assertEquals(await waitFor(thenable((ok, failed) => (ok(1), failed(2)))), ["ok", 1]);
  assertEquals(await waitFor(thenable((ok, failed) => (failed(1), ok(2)))), ["failed", 1]);
  assertEquals(await waitFor(thenable((_, failed) => (failed(1), failed(2)))), ["failed", 1]);
  const later = thenable((ok, failed) => setTimeout(() => (ok(1), ok(2), failed(3))));
  assertEquals(await waitFor(later), ["ok", 1]);
});

Deno.test("a thenable that calls back after its coroutine has ended or waits elsewhere disturbs nobody", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  let again = () => {};
  const co = start("co", function* () {
    const value = yield* until(
      thenable((ok) => {
        ok(1);
        again = () => ok(2);
      }) as PromiseLike<unknown>,
    );
    assertEquals(value, 1);
    yield* m.lock();
    m.unlock();
  });
  const before = picture([co, holder], [m]);
  again();
  assertEquals(picture([co, holder], [m]), before);
  holder.enter();
  again();
  assertEquals([co.status, m.locked], ["terminated", false]);
});

Deno.test("a thenable that throws is rejected, unless it has called back before", async () => {
  const throws = (before?: (ok: (v: unknown) => void, failed: (e: unknown) => void) => void) =>
    thenable((ok, failed) => {
      before?.(ok, failed);
      throw "thrown";
    });
  assertEquals(await waitFor(throws()), ["failed", "thrown"]);
  assertEquals(await waitFor(throws((ok) => ok(1))), ["ok", 1]);
  assertEquals(await waitFor(throws((_, failed) => failed(1))), ["failed", 1]);
});

Deno.test("a getter of then that throws is an error in the coroutine", async () => {
  const hostile = {
    get then() {
      throw "getter";
    },
  };
  assertEquals(await waitFor(hostile), ["failed", "getter"]);
});

Deno.test("a promise that another coroutine settles resumes the one that waits after that one", () => {
  const log: string[] = [];
  let settle = (_: unknown) => {};
  const waiter = start("waiter", function* () {
    yield* until(thenable((ok) => (settle = ok)) as PromiseLike<unknown>);
    log.push("waiter");
  });
  start("settler", function* () {
    settle(1);
    assertEquals([waiter.status, waiter.scheduledBy], ["suspended", undefined]);
    assertEquals(codeOf(() => waiter.enter()), "already-woken");
    log.push("settler");
  });
  assertEquals(log, ["settler", "waiter"]);
});

Deno.test("what the host resumes runs in order, each with all that it woke", async () => {
  const log: string[] = [];
  const promise = Promise.resolve();
  const cos = ["a", "b"].map((name) => {
    const woken = Coroutine.create(function* () {
      log.push(`woken by ${name}`);
    });
    return start(name, function* () {
      yield* until(promise);
      assert(Coroutine.self().name === name);
      woken.wake();
      log.push(name);
    });
  });
  await Promise.all(cos.map((co) => co.done));
  assertEquals(log, ["a", "woken by a", "b", "woken by b"]);
  assert(Coroutine.self() === leader);
});

Deno.test("a rejection that nobody catches fails the coroutine alone, and is handled by that", async () => {
  const told = await uncaughtIn(async () => {
    const co = start("co", function* () {
      yield* until(Promise.reject("no"));
    });
    assertEquals(await co.done.catch((e: unknown) => `done ${e}`), "done no");
  });
  assertEquals(told, []);
});

Deno.test("10,000 coroutines wait at once, for promises of their own or for the same one", async () => {
  const order: number[] = [];
  const promises = Array.from({ length: 10_000 }, () => Promise.withResolvers<number>());
  const same = Promise.resolve(1);
  const cos = promises.map(({ promise }, i) =>
    start("co", function* () {
      const n = yield* until(promise);
      order.push(i);
      return n + (yield* until(same));
    })
  );
  promises.toReversed().forEach(({ resolve }, i) => resolve(9_999 - i));
  const sums = await Promise.all(cos.map((co) => co.done));
  assert(sums.every((sum, i) => sum === i + 1));
  assert(order.every((n, i) => n === 9_999 - i));
});

Deno.test("half of 10,000 promises are rejected, and the other half is not", async () => {
  const cos = Array.from(
    { length: 10_000 },
    (_, i) =>
      start("co", function* () {
        return yield* until(i % 2 === 0 ? Promise.resolve(i) : Promise.reject(i));
      }),
  );
  const settled = await Promise.allSettled(cos.map((co) => co.done));
  assert(settled.every(({ status }, i) => status === (i % 2 === 0 ? "fulfilled" : "rejected")));
});

Deno.test("a coroutine awaits another one by until(co.done)", async () => {
  const inner = start("inner", function* () {
    yield* until(turn());
    return "inner";
  });
  const outer = start("outer", function* () {
    return `${yield* until(inner.done)} and outer`;
  });
  assertEquals(await outer.done, "inner and outer");
});

Deno.test("locks are held and waited for across promises", async () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const cos = ["a", "b", "c"].map((name) =>
    start(name, function* () {
      using _ = yield* m.lock();
      log.push(`+${name}`);
      yield* until(turn());
      log.push(`-${name}`);
    })
  );
  await Promise.all(cos.map((co) => co.done));
  assertEquals(log, ["+a", "-a", "+b", "-b", "+c", "-c"]);
});

Deno.test("coroutines and async functions take turns", async () => {
  const log: string[] = [];
  const co = start("co", function* () {
    for (let i = 0; i < 3; i++) {
      log.push(`co ${i} ${Coroutine.self().name}`);
      yield* until(Promise.resolve());
    }
  });
  for (let i = 0; i < 3; i++) {
    log.push(`async ${i} ${Coroutine.self().name}`);
    await null;
  }
  await co.done;
  assertEquals(
    log,
    [0, 1, 2].flatMap((i) =>
      i === 0 ? ["co 0 co", "async 0 leader"] : [`co ${i} co`, `async ${i} leader`]
    ),
  );
});

Deno.test("one that ends in a wait begun by hand is left alone when the promise settles", async () => {
  let co: Coroutine | undefined;
  const told = await uncaughtIn(() => {
    co = start("co", function* () {
      until(Promise.resolve())[Symbol.iterator]().next();
      return 1;
    });
  });
  assertEquals([told, co?.status, await co?.done], [[], "terminated", 1]);
});

Deno.test("an iterator of until() that two coroutines share loses neither of them", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const iterator = until(promise)[Symbol.iterator]();
  const shared = { [Symbol.iterator]: () => iterator };
  const a = start("a", function* () {
    return yield* shared;
  });
  const b = Coroutine.named("b", function* () {
    return yield* shared;
  });
  let refused: unknown;
  try {
    b.enter();
  } catch (error) {
    refused = error;
  }
  resolve(1);
  await turn();
  assertEquals([a.status, b.status], ["terminated", "terminated"]);
  assert(refused === undefined || refused instanceof CoroutineError);
});

Deno.test("waits that were given up leave what they asked the promise by to those that come later", async () => {
  const promises = [new Promise<number>(() => {}), Promise.withResolvers<number>()] as const;
  for (const promise of [promises[0], promises[1].promise]) {
    let asked = 0;
    const own = Promise.prototype.then;
    // deno-lint-ignore no-explicit-any -- all that `then` takes
    Promise.prototype.then = function (this: Promise<unknown>, ...args: any[]) {
      if (this === promise) asked++;
      return own.apply(this, args as []);
    } as typeof own;
    try {
      for (let i = 0; i < 100; i++) {
        const cos = [1, 2, 3].map((n) => start(`${n}`, () => outcomeIn(() => until(promise))));
        for (const co of cos) co.cancel();
      }
      assertEquals(asked, 3);
    } finally {
      Promise.prototype.then = own;
    }
  }
  const cos = [1, 2, 3, 4].map((n) => start(`${n}`, () => until(promises[1].promise)));
  const late = start("late", () => outcomeIn(() => until(promises[1].promise)));
  late.cancel();
  promises[1].resolve(5);
  assertEquals(await Promise.all(cos.map((co) => co.done)), [5, 5, 5, 5]);
  const after = start("after", () => until(promises[1].promise));
  assertEquals(await after.done, 5);
});

Deno.test("a thenable is asked by each wait, as it may do something each time", () => {
  let asked = 0;
  const thenable = { then: () => asked++ } as unknown as PromiseLike<void>;
  for (let i = 0; i < 3; i++) start("co", () => outcomeIn(() => until(thenable))).cancel();
  assertEquals(asked, 3);
});

Deno.test("a promise that was rejected tells all who wait for it later, each in its turn", async () => {
  const promise = Promise.reject("in vain");
  promise.catch(() => {});
  let told = 0;
  for (let i = 0; i < 5; i++) {
    const co = Coroutine.create(function* () {
      try {
        yield* until(promise);
      } catch (error) {
        assertEquals(error, "in vain");
        told++;
      }
    });
    // One in between gives up.
    const other = Coroutine.create(function* () {
      yield* until(promise);
    });
    other.enter();
    if (i === 2) other.cancel();
    else other.done.catch(() => {});
    co.enter();
    await turn();
    assertEquals([co.status, told], ["terminated", i + 1]);
  }
});

Deno.test("who waits for a promise that fails when it is looked at is cancelled like any other", () => {
  const log: string[] = [];
  const trap = (): never => {
    throw new Error("trap");
  };
  for (const handler of [{ getPrototypeOf: trap }, { getOwnPropertyDescriptor: trap }]) {
    const never = new Promise(() => {});
    const promise = new Proxy(never, { ...handler, get: () => never.then.bind(never) });
    const co = start("co", function* () {
      try {
        yield* until(promise);
      } finally {
        log.push("cleans up");
      }
    });
    co.cancel();
    assertEquals([co.status, co.waitingOn], ["terminated", undefined]);
  }
  assertEquals(log, ["cleans up", "cleans up"]);
});
