import { assert, assertEquals } from "@std/assert";
import { Coroutine, CoSemaphore, VirtualClock } from "@cofn/coroutine";
import { codeOf, errorOf, misuseOf, outcomeIn, picture, start, yieldOnce } from "../_helpers.ts";

/** One that takes `n`, notes it, and gives them back when it is entered again. */
function startTaker(sem: CoSemaphore, n: number, log: unknown[] = [], name = `${n}`) {
  return start(name, function* () {
    using _ = yield* sem.acquire(n);
    log.push(name);
    yield;
  });
}

Deno.test("a new CoSemaphore has all its permits, and the name it was given or a number", () => {
  const sem = new CoSemaphore(3, "memory");
  assertEquals([sem.name, `${sem}`, sem.total, sem.available, sem.waiters], [
    "memory",
    'CoSemaphore "memory"',
    3,
    3,
    0,
  ]);
  const [a, b] = [new CoSemaphore(1), new CoSemaphore(1)];
  assertEquals(Number(b.name), Number(a.name) + 1);
});

Deno.test("CoSemaphore.acquire() takes permits that are there without suspending", () => {
  const sem = new CoSemaphore(5);
  const co = start("co", function* () {
    using _two = yield* sem.acquire(2);
    assertEquals(sem.available, 3);
    using _one = yield* sem.acquire();
    assertEquals([sem.available, Coroutine.self().locksHeld], [2, 0]);
  });
  assertEquals([co.status, sem.available], ["terminated", 5]);
});

Deno.test("CoSemaphore.acquire() does nothing before yield* begins the wait", () => {
  const sem = new CoSemaphore(2);
  start("co", function* () {
    sem.acquire();
    sem.acquire(2, { timeout: 5 });
    assertEquals([sem.available, sem.waiters], [2, 0]);
  });
  assertEquals(sem.available, 2);
});

Deno.test("whoever finds too few permits waits, and says for how many", () => {
  const sem = new CoSemaphore(3, "sem");
  const log: unknown[] = [];
  const holder = startTaker(sem, 2, log);
  const big = startTaker(sem, 3, log);
  const small = startTaker(sem, 1, log);
  assertEquals([big.waitingOn, small.waitingOn, sem.waiters, sem.available], [
    'CoSemaphore "sem" (3 permits)',
    'CoSemaphore "sem"',
    2,
    1,
  ]);
  assertEquals(codeOf(() => big.enter()), "waiting");
  for (const co of [holder, big, small]) co.enter();
  assertEquals([log, sem.available], [["2", "3", "1"], 3]);
});

Deno.test("a small request does not overtake a big one, by acquire() or tryAcquire()", () => {
  const sem = new CoSemaphore(4);
  const log: unknown[] = [];
  const holder = startTaker(sem, 2, log, "holder");
  const big = startTaker(sem, 4, log, "big");
  const small = startTaker(sem, 1, log, "small");
  assertEquals([sem.available, sem.tryAcquire(), sem.available], [2, false, 2]);
  holder.enter();
  assertEquals([log, sem.available], [["holder", "big"], 0]);
  big.enter();
  assertEquals([log, sem.available], [["holder", "big", "small"], 3]);
  small.enter();
  assertEquals([sem.tryAcquire(4), sem.tryAcquire(), sem.available], [true, false, 0]);
  sem.release(4);
  assertEquals(sem.available, 4);
});

Deno.test("one release() lets all go on for whom there is enough, in order, up to the first that must wait", () => {
  const sem = new CoSemaphore(6);
  const log: unknown[] = [];
  const holder = startTaker(sem, 6, log, "holder");
  const rest = ["1", "2", "4", "3"].map((n) => startTaker(sem, Number(n), log));
  start("releaser", function* () {
    holder.enter();
    assertEquals([sem.waiters, sem.available], [2, 3]);
  });
  assertEquals(log, ["holder", "1", "2"]);
  for (const co of rest) co.enter();
  assertEquals([log.slice(3), sem.available], [["4", "3"], 6]);
});

Deno.test("permits are taken from release() on, before their new owners run", () => {
  const sem = new CoSemaphore(2);
  sem.tryAcquire(2);
  const log: unknown[] = [];
  const co = startTaker(sem, 2, log);
  start("releaser", function* () {
    sem.release(2);
    assertEquals([sem.available, sem.waiters, sem.tryAcquire(), log], [0, 0, false, []]);
    assertEquals(codeOf(() => co.enter()), "already-woken");
  });
  assertEquals(log, ["2"]);
  co.enter();
  assertEquals(sem.available, 2);
});

Deno.test("outside coroutines, tryAcquire() and release() work, and whoever goes on runs before release() returns", () => {
  const sem = new CoSemaphore(1);
  const log: unknown[] = [];
  assertEquals([sem.tryAcquire(), sem.tryAcquire()], [true, false]);
  const co = startTaker(sem, 1, log);
  sem.release();
  assertEquals(log, ["1"]);
  co.enter();
  assertEquals(sem.available, 1);
});

Deno.test("permits may be given back by another one, in other portions", () => {
  const sem = new CoSemaphore(4);
  start("taker", function* () {
    yield* sem.acquire(4);
  });
  assertEquals(sem.available, 0);
  start("giver", function* () {
    sem.release();
    sem.release(3);
  });
  assertEquals(sem.available, 4);
});

Deno.test("a big one that gives up or is cancelled lets those behind it go on", () => {
  for (const cancelled of [true, false]) {
    const [sem, clock] = [new CoSemaphore(3), new VirtualClock()];
    const log: unknown[] = [];
    const holder = startTaker(sem, 1, log, "holder");
    const big = start("big", () => outcomeIn(() => sem.acquire(3, { timeout: 5, clock })));
    const rest = ["a", "b", "c"].map((name) => startTaker(sem, 1, log, name));
    if (cancelled) big.cancel();
    else clock.advance(5);
    assertEquals([log, big.status, sem.waiters], [["holder", "a", "b"], "terminated", 1]);
    for (const co of [holder, ...rest]) co.enter();
    assertEquals([log, sem.available], [["holder", "a", "b", "c"], 3]);
  }
});

Deno.test("one that was granted its permits and then cancelled has them, and its guard gives them back", () => {
  const sem = new CoSemaphore(2);
  sem.tryAcquire(2);
  const co = startTaker(sem, 2);
  start("releaser", function* () {
    sem.release(2);
    co.cancel();
    assertEquals(sem.available, 0);
  });
  assertEquals([co.status, sem.available], ["terminated", 2]);
});

// ------------------------------------------------------------------------------------ misuse

Deno.test("a number of permits that is no integer from 1 up is a RangeError and changes nothing", async () => {
  const sem = new CoSemaphore(3);
  sem.tryAcquire();
  await start("co", function* () {
    for (const n of [0, -1, 1.5, NaN, Infinity, 2 ** 53, "1", null, 1n] as number[]) {
      for (const f of [() => sem.acquire(n), () => sem.tryAcquire(n), () => sem.release(n)]) {
        assert(errorOf(f) instanceof RangeError, `${n}`);
      }
      for (const f of [() => new CoSemaphore(n), () => sem.setTotal(n)]) {
        if (n !== 0) assert(errorOf(f) instanceof RangeError, `${n}`);
      }
      assertEquals([sem.available, sem.waiters], [2, 0]);
    }
  }).done;
});

Deno.test("to take more than there are at all is too-many, at once and without effect", () => {
  const sem = new CoSemaphore(3, "sem");
  const co = start("co", function* () {
    const before = picture([Coroutine.self()]);
    assertEquals(codeOf(() => sem.acquire(4)), "too-many");
    assertEquals(picture([Coroutine.self()]), before);
    yield;
  });
  assertEquals(codeOf(() => sem.tryAcquire(4)), "too-many");
  assertEquals(
    misuseOf(() => sem.tryAcquire(4)).message,
    'Cannot acquire 4 permits of CoSemaphore "sem": it has 3 at all',
  );
  assertEquals([sem.available, sem.waiters, co.status], [3, 0, "suspended"]);
});

Deno.test("to give back more than are taken is not-acquired and changes nothing", () => {
  const sem = new CoSemaphore(3, "sem");
  sem.tryAcquire(2);
  const waiter = startTaker(sem, 3);
  const before = picture([waiter]);
  assertEquals(codeOf(() => sem.release(3)), "not-acquired");
  assertEquals(
    misuseOf(() => sem.release(4)).message,
    'Cannot release 4 permits of CoSemaphore "sem": 2 of 3 are taken',
  );
  assertEquals([sem.available, sem.waiters, picture([waiter])], [1, 1, before]);
  sem.release(2);
  waiter.enter();
  assertEquals([codeOf(() => sem.release()), sem.available], ["not-acquired", 3]);
});

Deno.test("CoSemaphore.acquire() outside coroutines is not-in-coroutine and changes nothing", () => {
  const sem = new CoSemaphore(3);
  for (const n of [1, 2]) {
    assertEquals(codeOf(() => sem.acquire(n)), "not-in-coroutine");
    assertEquals(codeOf(() => sem.acquire(n, { timeout: 1 })), "not-in-coroutine");
  }
  assertEquals([sem.available, sem.waiters], [3, 0]);
});

// -------------------------------------------------------------------------------------- many

Deno.test("10,000 that take any number of permits go in their order, and never have more than there are", () => {
  const sem = new CoSemaphore(7);
  const log: number[] = [];
  let taken = 0;
  let cos = Array.from({ length: 10_000 }, (_, i) =>
    start(`${i}`, function* () {
      const n = 1 + (i * 31) % 7;
      using _ = yield* sem.acquire(n);
      log.push(i);
      taken += n;
      assert(taken <= 7 && taken <= 7 - sem.available);
      yield* yieldOnce();
      taken -= n;
    }));
  while (cos.length > 0) {
    for (const co of cos) if (co.waitingOn === undefined) co.enter();
    cos = cos.filter((co) => co.status !== "terminated");
  }
  assertEquals([log.length, sem.available, taken], [10_000, 7, 0]);
  assert(log.every((n, i) => n === i));
});

Deno.test("a guard that is disposed of twice gives back its own permits, and nobody else's", () => {
  const sem = new CoSemaphore(2);
  const guards: Disposable[] = [];
  for (const name of ["a", "b"]) {
    start(name, function* () {
      guards.push(yield* sem.acquire());
    });
  }
  guards[0]![Symbol.dispose]();
  guards[0]![Symbol.dispose]();
  assertEquals(sem.available, 1);
  guards[1]![Symbol.dispose]();
  assertEquals(sem.available, 2);
});

Deno.test("setTotal() gives more permits to those who wait, and fewer when they come back", () => {
  const sem = new CoSemaphore(0, "sem");
  const log: string[] = [];
  for (const name of ["a", "b", "c"]) {
    start(name, function* () {
      yield* sem.acquire();
      log.push(name);
    });
  }
  assertEquals([sem.waiters, sem.total], [3, 0]);
  sem.setTotal(2);
  assertEquals([log.join(), sem.available, sem.waiters], ["a,b", 0, 1]);
  sem.setTotal(1);
  assertEquals([sem.available, sem.total], [0, 1]);
  sem.release();
  assertEquals([log.join(), sem.available], ["a,b", 0]);
  sem.release();
  assertEquals(log.join(), "a,b,c");
  assertEquals(codeOf(() => sem.release(2)), "not-acquired");
});

Deno.test("whoever waits for more permits than there are since is told so, and those behind it move up", () => {
  const sem = new CoSemaphore(3, "sem");
  const log: unknown[] = [];
  sem.tryAcquire(2);
  for (const n of [3, 2, 1]) {
    start(`${n}`, function* () {
      log.push([n, yield* outcomeIn(() => sem.acquire(n))]);
    });
  }
  assertEquals(log, []);
  const keeps = start("keeps a wait", function* () {
    const wait = sem.acquire(3);
    yield;
    log.push(["kept", yield* outcomeIn(() => wait)]);
  });
  sem.setTotal(2);
  assertEquals(log, [[3, "too-many"]]);
  sem.release(2);
  assertEquals(log, [[3, "too-many"], [2, "done"]]);
  keeps.enter();
  assertEquals(log.at(-1), ["kept", "too-many"]);
});
