import { assert, assertEquals, assertThrows } from "@std/assert";
import { call, type Co, CoMutex, Coroutine, type CoroutineError, trace } from "@cofn/coroutine";
import { codeOf, errorOf, misuseOf, start, startHolder } from "../_helpers.ts";

const leader = Coroutine.self();
// ------------------------------------------------------------------- generators of the user's

Deno.test("entering a coroutine whose generator runs already fails that one only", () => {
  const g: Co = (function* (): Co {
    const error = errorOf(() => second.enter());
    assert(error instanceof TypeError);
    yield;
  })();
  const first = Coroutine.named("first", () => g);
  const second: Coroutine = Coroutine.named("second", () => g);
  first.enter();
  assertEquals([first.status, second.status], ["suspended", "terminated"]);
  first.enter();
  assertEquals(first.status, "terminated");
});

Deno.test("a generator that its owner has closed ends its coroutine at the next enter()", async () => {
  const body = (function* (): Co<number> {
    yield;
    return 1;
  })();
  const co = start("co", () => body);
  body.return(5);
  co.enter();
  assertEquals([co.status, await co.done], ["terminated", undefined]);
});

Deno.test("a generator that its owner closes while it waits for a lock leaves the queue whole", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const body = (function* (): Co {
    yield* m.lock();
    m.unlock();
  })();
  const closed = start("closed", () => body);
  const next = start("next", function* () {
    yield* m.lock();
    m.unlock();
  });
  body.return();
  // It was handed the lock, and ended with it; those behind it must know.
  const { errors } = errorOf(() => holder.enter()) as AggregateError;
  assertEquals(errors.map((error) => error.code), ["locks-held", "abandoned"]);
  assertEquals([closed.status, next.status, m.waiters], ["terminated", "terminated", 0]);
});

Deno.test("throw() by the owner of a suspended generator is an error in the body, where it may go on", () => {
  const log: unknown[] = [];
  const body = (function* (): Co {
    try {
      yield;
    } catch (error) {
      log.push(error);
    }
    yield;
    log.push("end");
  })();
  const co = start("co", () => body);
  body.throw("oh");
  assertEquals(co.status, "suspended");
  co.enter();
  assertEquals([log, co.status], [["oh", "end"], "terminated"]);
});

Deno.test("a resumed yield is worth a token that says nothing and cannot be changed", () => {
  let token: unknown;
  const co = Coroutine.create(function* () {
    token = yield;
  });
  co.enter();
  co.enter();
  assertEquals([typeof token, `${token}`, Object.isFrozen(token)], ["object", "resumed", true]);
});

Deno.test("a coroutine that runs others by hand, passing the token on, is as one of its own", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const log: string[] = [];
  function* job(): Co {
    yield;
    yield* m.lock();
    log.push(`job holds, ${m.holder?.name}`);
    m.unlock();
  }
  const co = start("driver", function* () {
    const inner = job();
    for (let r = inner.next(); !r.done;) r = inner.next(yield r.value);
  });
  co.enter();
  assertEquals([co.waitingOn, log], ['CoMutex "m"', []]);
  holder.enter();
  assertEquals([log, co.status, m.locked], [["job holds, driver"], "terminated", false]);
});

// --------------------------------------------------------------------- hostile users' code

Deno.test("frozen coroutines and locks work as others do", () => {
  const m = Object.freeze(new CoMutex("m"));
  const co = Object.freeze(Coroutine.create(function* () {
    yield* m.lock();
    yield;
    m.unlock();
  }));
  co.enter();
  assertEquals(m.locked, true);
  co.enter();
  assertEquals([co.status, m.locked], ["terminated", false]);
});

Deno.test("a proxy of a coroutine or a lock is refused and breaks nothing", () => {
  const co = Coroutine.create(function* () {});
  assertThrows(() => new Proxy(co, {}).enter(), TypeError);
  assertThrows(() => new Proxy(new CoMutex("m"), {}).unlock(), TypeError);
  assertEquals(co.status, "created");
  co.enter();
});

Deno.test("a getter of what a body returns may enter and wake others", () => {
  const log: string[] = [];
  const other = Coroutine.create(function* () {
    log.push("entered");
    yield;
    log.push("woken");
  });
  const co = Coroutine.create(function* () {
    return {
      get then() {
        other.enter();
        other.wake();
        return undefined;
      },
    };
  });
  co.done;
  co.enter();
  assertEquals(log, ["entered", "woken"]);
  assert(Coroutine.self() === leader);
});

Deno.test("a getter of what a body returns can take no lock, as nobody would give it back", () => {
  const m = new CoMutex("m");
  let code = "";
  const co = Coroutine.create(function* () {
    return {
      get then() {
        code = codeOf(() => m.tryLock());
        return undefined;
      },
    };
  });
  co.done;
  co.enter();
  assertEquals([code, m.locked, co.locksHeld], ["not-in-coroutine", false, 0]);
});

Deno.test("a listener that is told of a holder's end can take no lock for it", () => {
  const [m, other] = [new CoMutex("m"), new CoMutex("other")];
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  const waiter = start("waiter", function* () {
    try {
      yield* m.lock();
    } catch {
      // Abandoned.
    }
  });
  let code = "";
  {
    using _ = trace((event) => {
      if (event.type === "wake") code = codeOf(() => other.tryLock());
    });
    errorOf(() => holder.enter());
  }
  assertEquals([code, other.locked, waiter.status], ["not-in-coroutine", false, "terminated"]);
});

Deno.test("anything may be thrown by one that holds a lock: symbols, objects without a prototype", () => {
  const hostile = {
    toString() {
      throw new Error("toString");
    },
  };
  for (const thrown of [Symbol("s"), Object.create(null), hostile, undefined, null, 1n]) {
    const m = new CoMutex("m");
    const holder = start("holder", function* () {
      yield* m.lock();
      yield;
      throw thrown;
    });
    let told: unknown;
    const waiter = start("waiter", function* () {
      try {
        yield* m.lock();
      } catch (error) {
        told = (error as CoroutineError).code;
      }
    });
    let error: unknown;
    try {
      error = misuseOf(() => holder.enter());
    } finally {
      assert(Coroutine.self() === leader, "the leader runs");
    }
    assertEquals((error as CoroutineError).code, "locks-held");
    assert(Object.is((error as CoroutineError).cause, thrown));
    assertEquals([holder.status, waiter.status, told], ["terminated", "terminated", "abandoned"]);
  }
});

Deno.test("a function whose name cannot be read or is no string makes an anonymous coroutine", () => {
  const named = (descriptor: PropertyDescriptor) =>
    Object.defineProperty(
      function* (m: CoMutex): Co {
        yield* m.lock();
      },
      "name",
      descriptor,
    );
  const getter = {
    get() {
      throw new Error("name");
    },
  };
  for (const descriptor of [getter, { value: Symbol("n") }, { value: 5 }, { value: {} }]) {
    const m = new CoMutex("m");
    const co = Coroutine.create(named(descriptor), m);
    assertEquals(co.name, "anonymous");
    assertEquals(codeOf(() => co.enter()), "locks-held");
    assert(Coroutine.self() === leader);
  }
});

Deno.test("a call() that was begun by hand does not take the place of the body's own end", async () => {
  const log: string[] = [];
  function* callee(): Co<string> {
    yield;
    log.push("callee");
    return "callee";
  }
  const co = start("co", function* () {
    call(callee)[Symbol.iterator]().next();
    return 7;
  });
  assertEquals([co.status, await co.done, log], ["terminated", 7, []]);
  const failing = Coroutine.named("failing", function* () {
    call(callee)[Symbol.iterator]().next();
    throw "own";
  });
  assertEquals(errorOf(() => failing.enter()), "own");
});
