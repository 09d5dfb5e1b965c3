import { assert, assertEquals } from "@std/assert";
import { CoMutex, Coroutine, type CoroutineError } from "@cofn/coroutine";
import { codeOf, misuseOf, picture, start, startHolder, startNoting } from "../_helpers.ts";

const leader = Coroutine.self();

Deno.test("a new CoMutex is free, and has the name it was given or a number", () => {
  const m = new CoMutex("disk");
  assertEquals([m.name, m.locked, m.holder, m.waiters, `${m}`], [
    "disk",
    false,
    undefined,
    0,
    'CoMutex "disk"',
  ]);
  const [a, b] = [new CoMutex(), new CoMutex()];
  assertEquals(Number(b.name), Number(a.name) + 1);
});

Deno.test("CoMutex.lock() takes a free lock without suspending, and is worth the mutex", () => {
  const m = new CoMutex("m");
  const co = start("co", function* () {
    assert((yield* m.lock()) === m);
    assert(m.locked && m.holder === Coroutine.self() && m.waiters === 0);
    assertEquals(Coroutine.self().locksHeld, 1);
    m.unlock();
    assertEquals([m.locked, m.holder, Coroutine.self().locksHeld], [false, undefined, 0]);
  });
  assertEquals(co.status, "terminated");
});

Deno.test("CoMutex.lock() does nothing before yield* begins the wait", () => {
  const m = new CoMutex("m");
  start("co", function* () {
    m.lock();
    m.lock();
    assertEquals(m.locked, false);
  });
  const holder = startHolder(m);
  const other = start("other", function* () {
    m.lock();
    yield;
  });
  assertEquals([m.waiters, other.waitingOn], [0, undefined]);
  holder.enter();
});

Deno.test("CoMutex.lock() suspends whoever finds it taken, who says what it waits for", () => {
  const m = new CoMutex("disk");
  const holder = startHolder(m);
  const waiter = start("waiter", function* () {
    assert((yield* m.lock()) === m);
    m.unlock();
  });
  assertEquals([waiter.status, waiter.waitingOn, waiter.scheduledBy, m.waiters, waiter.locksHeld], [
    "suspended",
    'CoMutex "disk"',
    undefined,
    1,
    0,
  ]);
  holder.enter();
  assertEquals([waiter.status, waiter.waitingOn, m.waiters], ["terminated", undefined, 0]);
});

Deno.test("CoMutex.unlock() hands the lock to the one that has waited longest (QEMU's order 11)", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const cos = ["a", "b", "c", "d"].map((name) => startNoting(name, m, log));
  for (const co of cos) {
    co.enter();
    log.push("|");
  }
  assertEquals(
    log.join(" "),
    "+a -a a-unlocked +b | -b b-unlocked +c | -c c-unlocked +d | -d d-unlocked |",
  );
});

Deno.test("CoMutex.unlock() lets nobody overtake, not even the one that unlocked (QEMU's order 12)", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const a = start("a", function* () {
    yield* m.lock();
    log.push("+a");
    yield;
    log.push("-a,relock");
    m.unlock();
    yield* m.lock();
    log.push("+a again");
    m.unlock();
  });
  const b = startNoting("b", m, log);
  a.enter();
  log.push("|");
  b.enter();
  assertEquals(log.join(" "), "+a -a,relock +b | -b b-unlocked +a again");
});

Deno.test("between unlock() and its turn, the next one is the holder already", () => {
  const m = new CoMutex("m");
  const next: { co?: Coroutine } = {};
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
    m.unlock();
    assert(m.holder === next.co);
    assertEquals([next.co?.status, next.co?.locksHeld, m.waiters, m.tryLock()], [
      "suspended",
      1,
      0,
      false,
    ]);
    assertEquals(codeOf(() => next.co?.enter()), "already-woken");
    assertEquals(codeOf(() => m.unlock()), "not-holder");
  });
  next.co = start("next", function* () {
    yield* m.lock();
    m.unlock();
  });
  holder.enter();
  assertEquals([next.co.status, m.locked], ["terminated", false]);
});

Deno.test("CoMutex.tryLock() takes a free lock and answers false where somebody holds it", () => {
  const m = new CoMutex("m");
  start("co", function* () {
    assertEquals([m.tryLock(), m.tryLock(), m.holder === Coroutine.self()], [true, false, true]);
    start("other", function* () {
      assertEquals([m.tryLock(), Coroutine.self().locksHeld], [false, 0]);
    });
    m.unlock();
    assertEquals([m.tryLock(), Coroutine.self().locksHeld], [true, 1]);
    m.unlock();
  });
});

Deno.test("CoMutex.tryLock() gets nothing before those who wait", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const a = startNoting("a", m, log);
  const b = startNoting("b", m, log);
  const tries = () =>
    start("tries", function* () {
      if (m.tryLock()) log.push("taken"), m.unlock();
      else log.push("busy");
    });
  tries();
  a.enter();
  tries();
  b.enter();
  tries();
  assertEquals(log.join(" "), "+a busy -a a-unlocked +b busy -b b-unlocked taken");
});

Deno.test("a lock that tryLock() took is handed over like any other", () => {
  const m = new CoMutex("m");
  const a = start("a", function* () {
    m.tryLock();
    yield;
    m.unlock();
  });
  const b = start("b", function* () {
    yield* m.lock();
    m.unlock();
  });
  a.enter();
  assertEquals([b.status, m.locked], ["terminated", false]);
});

// ------------------------------------------------------------------------------------ misuse

Deno.test("locking or unlocking outside coroutines is not-in-coroutine and changes nothing", () => {
  const [free, held] = [new CoMutex("free"), new CoMutex("held")];
  const holder = startHolder(held);
  const waiter = start("waiter", function* () {
    yield* held.lock();
    held.unlock();
  });
  const iterable = startAndGet(() => free.lock());
  const before = picture([leader, holder, waiter], [free, held]);
  for (const m of [free, held]) {
    assertEquals(codeOf(() => m.lock()), "not-in-coroutine");
    assertEquals(codeOf(() => m.tryLock()), "not-in-coroutine");
    assertEquals(codeOf(() => m.unlock()), "not-in-coroutine");
  }
  assertEquals(codeOf(() => iterable[Symbol.iterator]().next()), "not-in-coroutine");
  assertEquals(picture([leader, holder, waiter], [free, held]), before);
  holder.enter();
  assertEquals([waiter.status, held.locked], ["terminated", false]);
});

function startAndGet<T>(get: () => T): T {
  let got: T | undefined;
  start("get", function* () {
    got = get();
  });
  return got as T;
}

Deno.test("relock, not-holder and not-locked change nothing, with or without waiters", () => {
  for (const waiters of [0, 1, 2]) {
    const [m, free] = [new CoMutex("m"), new CoMutex("free")];
    const cos: Coroutine[] = [];
    const all = () => picture([...cos, Coroutine.self()], [m, free]);
    const holder = start("holder", function* () {
      yield* m.lock();
      yield;
      const before = all();
      const relock = (function* () {
        yield* m.lock();
      })();
      assertEquals(codeOf(() => relock.next()), "relock");
      assertEquals(m.tryLock(), false);
      assertEquals(codeOf(() => free.unlock()), "not-locked");
      assertEquals(all(), before);
      start("other", function* () {
        const before = all();
        assertEquals(codeOf(() => m.unlock()), "not-holder");
        assertEquals(all(), before);
      });
      m.unlock();
    });
    cos.push(holder);
    for (let i = 0; i < waiters; i++) {
      cos.push(start(`waiter ${i}`, function* () {
        yield* m.lock();
        m.unlock();
      }));
    }
    assertEquals(m.waiters, waiters);
    holder.enter();
    assert(cos.every((co) => co.status === "terminated"));
    assertEquals(m.locked, false);
  }
});

Deno.test("a body that relocks gets the error where it locks, and still holds the lock", () => {
  const m = new CoMutex("m");
  let code = "";
  start("co", function* () {
    yield* m.lock();
    try {
      yield* m.lock();
    } catch (error) {
      code = (error as CoroutineError).code;
    }
    assertEquals([m.holder === Coroutine.self(), Coroutine.self().locksHeld], [true, 1]);
    m.unlock();
  });
  assertEquals([code, m.locked], ["relock", false]);
});

Deno.test("the sentences of refused locks say who holds what", () => {
  const m = new CoMutex("disk");
  assertEquals(
    misuseOf(() => m.lock()).message,
    'Cannot lock CoMutex "disk": no coroutine runs here',
  );
  start("me", function* () {
    assertEquals(
      misuseOf(() => m.unlock()).message,
      'Cannot unlock CoMutex "disk": nobody holds it',
    );
    yield* m.lock();
    start("you", function* () {
      const error = misuseOf(() => m.unlock());
      assertEquals(
        error.message,
        'Cannot unlock CoMutex "disk": coroutine "me" holds it, not "you"',
      );
      assertEquals(error.coroutine?.name, "me");
    });
    assertEquals(
      misuseOf(() => m.lock()[Symbol.iterator]().next()).message,
      'Cannot lock CoMutex "disk": coroutine "me" holds it already',
    );
    m.unlock();
  });
});
