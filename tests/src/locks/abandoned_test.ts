import { assert, assertEquals } from "@std/assert";
import { type Co, CoMutex, Coroutine, type CoroutineError, until } from "@cofn/coroutine";
import { codeOf, errorOf, misuseOf, picture, start, startHolder } from "../_helpers.ts";

const leader = Coroutine.self();

Deno.test("a coroutine that returns holding locks has failed: locks-held names them in order", async () => {
  const [a, b, c] = [new CoMutex("a"), new CoMutex("b"), new CoMutex("c")];
  const co = Coroutine.named("careless", function* () {
    yield* b.lock();
    yield* c.lock();
    yield* a.lock();
    c.unlock();
    return 1;
  });
  co.done.catch(() => {});
  const error = misuseOf(() => co.enter());
  assertEquals([error.code, error.locks, error.coroutine === co, "cause" in error], [
    "locks-held",
    ['CoMutex "b"', 'CoMutex "a"'],
    true,
    false,
  ]);
  assertEquals(
    error.message,
    'Unlock CoMutex "b", CoMutex "a" before coroutine "careless" ends: it has ended holding ' +
      "these locks, which are now abandoned",
  );
  assertEquals([co.status, co.locksHeld], ["terminated", 0]);
  assert(await co.done.catch((e: unknown) => e) === error);
  assertEquals([a.holder === co, b.holder === co, c.holder, c.locked], [
    true,
    true,
    undefined,
    false,
  ]);
});

Deno.test("a coroutine that fails holding a lock has its error as the cause of locks-held", () => {
  const m = new CoMutex("m");
  const boom = new Error("boom");
  const co = Coroutine.named("co", function* () {
    yield* m.lock();
    throw boom;
  });
  const error = misuseOf(() => co.enter());
  assertEquals([error.code, error.cause === boom], ["locks-held", true]);
  assertEquals(
    error.message,
    'Unlock CoMutex "m" before coroutine "co" ends: it has ended holding this lock, which is now ' +
      "abandoned (it failed: Error: boom)",
  );
});

Deno.test("a lock that was handed over to one that never learns of it is abandoned when that one ends", () => {
  const m = new CoMutex("m");
  const body = (function* (): Co {
    yield* m.lock();
  })();
  const holder = startHolder(m);
  const co = start("co", () => body);
  body.return();
  assertEquals(codeOf(() => holder.enter()), "locks-held");
  assertEquals([co.status, m.holder === co], ["terminated", true]);
});

Deno.test("an abandoned lock refuses all who come later, in every way, and changes nothing", () => {
  const m = new CoMutex("m");
  const dead = Coroutine.named("dead", function* () {
    yield* m.lock();
  });
  codeOf(() => dead.enter());
  start("later", function* () {
    const before = picture([dead, Coroutine.self()], [m]);
    for (let i = 0; i < 2; i++) {
      const error = misuseOf(() => m.lock()[Symbol.iterator]().next());
      assertEquals(
        [error.code, error.message],
        ["abandoned", 'Cannot lock CoMutex "m": coroutine "dead" ended without unlocking it'],
      );
      assertEquals(codeOf(() => m.tryLock()), "abandoned");
      assertEquals(codeOf(() => m.unlock()), "not-holder");
      m[Symbol.dispose]();
    }
    assertEquals(picture([dead, Coroutine.self()], [m]), before);
    yield;
  }).enter();
  assertEquals([m.locked, m.holder === dead, m.waiters], [true, true, 0]);
  assertEquals(codeOf(() => m.lock()), "not-in-coroutine");
});

Deno.test("those who wait for a lock that is abandoned are all told, in order, and may go on", () => {
  const [m, other] = [new CoMutex("m"), new CoMutex("other")];
  const log: string[] = [];
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  const waiters = ["a", "b", "c"].map((name) =>
    start(name, function* () {
      yield* other.lock();
      other.unlock();
      try {
        yield* m.lock();
      } catch (error) {
        log.push(`${name}: ${(error as CoroutineError).code}`);
      }
      yield* other.lock();
      log.push(`${name} goes on`);
      other.unlock();
      yield;
    })
  );
  assertEquals(m.waiters, 3);
  assertEquals(codeOf(() => holder.enter()), "locks-held");
  assertEquals(log, ["a", "b", "c"].flatMap((n) => [`${n}: abandoned`, `${n} goes on`]));
  assertEquals(m.waiters, 0);
  assert(waiters.every((co) => co.status === "suspended" && co.waitingOn === undefined));
});

Deno.test("those who do not catch that the lock is abandoned fail together with its holder", () => {
  const m = new CoMutex("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  const lock = (name: string) =>
    start(name, function* () {
      yield* m.lock();
    });
  lock("a");
  lock("b");
  const { errors } = errorOf(() => holder.enter()) as AggregateError;
  assertEquals(errors.map(({ code }) => code), ["locks-held", "abandoned", "abandoned"]);
});

Deno.test("waiters of several abandoned locks are told in the order in which the locks were taken", () => {
  const [a, b] = [new CoMutex("a"), new CoMutex("b")];
  const log: string[] = [];
  const holder = start("holder", function* () {
    yield* b.lock();
    yield* a.lock();
    yield;
  });
  const wait = (name: string, m: CoMutex) =>
    start(name, function* () {
      try {
        yield* m.lock();
      } catch {
        log.push(name);
      }
    });
  wait("a1", a);
  wait("b1", b);
  wait("a2", a);
  codeOf(() => holder.enter());
  assertEquals(log, ["b1", "a1", "a2"]);
});

Deno.test("a chain of abandonments runs to its end: whoever fails for one lock abandons the next", () => {
  const locks = Array.from({ length: 50 }, (_, i) => new CoMutex(`${i}`));
  const cos = locks.map((own, i) =>
    start(`co${i}`, function* () {
      yield* own.lock();
      const before = locks[i - 1];
      if (before === undefined) yield;
      else yield* before.lock();
    })
  );
  const { errors } = errorOf(() => cos[0]?.enter()) as AggregateError;
  assertEquals(errors.length, 50);
  assert(cos.every((co) => co.status === "terminated" && co.locksHeld === 0));
  assert(Coroutine.self() === leader);
});

Deno.test("after an abandonment under the host, the waiters are told too", async () => {
  const m = new CoMutex("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield* until(Promise.resolve());
  });
  const failed = holder.done.catch((e: CoroutineError) => e.code);
  let code = "";
  const waiter = start("waiter", function* () {
    try {
      yield* m.lock();
    } catch (error) {
      code = (error as CoroutineError).code;
    }
  });
  assertEquals([await failed, code, waiter.status], ["locks-held", "abandoned", "terminated"]);
});

Deno.test("those who wait are told that their lock is abandoned, whatever its toString does", () => {
  class Hostile extends CoMutex {
    override toString(): string {
      throw new Error("no text");
    }
  }
  const m = new Hostile("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  const told: unknown[] = [];
  const waiting = start("waiting", function* () {
    try {
      yield* m.lock();
    } catch (error) {
      told.push((error as CoroutineError).code);
    }
  });
  assertEquals(codeOf(() => holder.enter()), "locks-held");
  assertEquals([told, waiting.status], [["abandoned"], "terminated"]);
});

Deno.test("one that has ended cannot wait any more, whatever its error's toString tries", () => {
  const mine = new CoMutex("mine");
  const other = new CoMutex("other");
  startHolder(other);
  let code: unknown;
  const co = start("co", function* () {
    yield* mine.lock();
    yield;
    throw {
      toString() {
        code = codeOf(() => other.lock()[Symbol.iterator]().next());
        return "text";
      },
    };
  });
  assertEquals(codeOf(() => co.enter()), "locks-held");
  assertEquals([code, other.waiters, co.status], ["yield-to-no-one", 0, "terminated"]);
});
