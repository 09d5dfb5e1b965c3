import { assert, assertEquals } from "@std/assert";
import { CoMutex, Coroutine } from "@cofn/coroutine";
import { errorOf, start, startHolder } from "../_helpers.ts";

Deno.test("using gives the lock back at the end of the block, by return and by error", () => {
  const m = new CoMutex("m");
  const boom = new Error("boom");
  const returns = start("returns", function* () {
    using _ = yield* m.lock();
    yield;
  });
  assertEquals(m.locked, true);
  returns.enter();
  assertEquals([m.locked, returns.status], [false, "terminated"]);
  const throws = start("throws", function* () {
    using _ = yield* m.lock();
    yield;
    throw boom;
  });
  assertEquals(errorOf(() => throws.enter()), boom);
  assertEquals(m.locked, false);
});

Deno.test("using hands the lock over at the end of the block", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const job = (name: string) =>
    start(name, function* () {
      {
        using _ = yield* m.lock();
        log.push(`+${name}`);
        yield;
      }
      log.push(`-${name}`);
    });
  const [a] = [job("a"), job("b")];
  a.enter();
  assertEquals([log, m.holder?.name], [["+a", "-a", "+b"], "b"]);
});

Deno.test("using leaves alone a lock that was given back inside the block, and taken by another one", () => {
  const m = new CoMutex("m");
  const other = Coroutine.create(function* () {
    yield* m.lock();
    yield;
    m.unlock();
  });
  start("early", function* () {
    {
      using _ = yield* m.lock();
      m.unlock();
    }
    {
      using _ = yield* m.lock();
      m.unlock();
      other.enter();
    }
    assert(m.holder === other);
  });
  other.enter();
  assertEquals(m.locked, false);
});

Deno.test("using works with a lock that tryLock() took", () => {
  const m = new CoMutex("m");
  start("co", function* () {
    {
      using guard = m.tryLock() ? m : null;
      assert(guard === m && m.locked);
    }
    assertEquals(m.locked, false);
  });
});

Deno.test("two locks under using are given back in reverse order", () => {
  const [a, b] = [new CoMutex("a"), new CoMutex("b")];
  const log: string[] = [];
  const co = start("co", function* () {
    using _a = yield* a.lock();
    using _b = yield* b.lock();
    yield;
  });
  for (const m of [a, b]) {
    start(`after ${m.name}`, function* () {
      yield* m.lock();
      log.push(m.name);
      m.unlock();
    });
  }
  co.enter();
  assertEquals([log, a.locked, b.locked], [["b", "a"], false, false]);
});

Deno.test("Symbol.dispose outside coroutines, or where another one holds the lock, does nothing", () => {
  const m = new CoMutex("m");
  m[Symbol.dispose]();
  const holder = startHolder(m);
  m[Symbol.dispose]();
  start("other", function* () {
    m[Symbol.dispose]();
  });
  assert(m.holder === holder);
  holder.enter();
  m[Symbol.dispose]();
  assertEquals(m.locked, false);
});
