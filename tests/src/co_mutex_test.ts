import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Co, CoMutex, Coroutine, CoroutineError, until } from "@cofn/coroutine";
import { codeOf, errorOf, misuseOf, picture, start, startHolder, turn } from "./_helpers.ts";

const leader = Coroutine.self();

/** One that notes when it has the lock, and gives it back when it is entered again. */
function startNoting(name: string, m: CoMutex, log: string[]): Coroutine<void> {
  return start(name, function* () {
    yield* m.lock();
    log.push(`+${name}`);
    yield;
    log.push(`-${name}`);
    m.unlock();
    log.push(`${name}-unlocked`);
  });
}

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

// ------------------------------------------------------------------------------------- using

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

// --------------------------------------------------------------------- locks-held, abandoned

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

// ----------------------------------------------------------------------------------- by hand

Deno.test("a wait begun by hand waits at the next yield, and holds the lock then", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const co = start("co", function* () {
    const result = m.lock()[Symbol.iterator]().next();
    assertEquals([result.done, m.waiters], [false, 1]);
    yield;
    assert(m.holder === Coroutine.self());
    m.unlock();
  });
  assertEquals([co.waitingOn, codeOf(() => co.enter())], ['CoMutex "m"', "waiting"]);
  holder.enter();
  assertEquals([co.status, m.locked], ["terminated", false]);
});

Deno.test("a free lock taken by hand is taken", () => {
  const m = new CoMutex("m");
  start("co", function* () {
    assertEquals(m.lock()[Symbol.iterator]().next(), { done: true, value: m });
    assert(m.holder === Coroutine.self());
    m.unlock();
  });
});

Deno.test("a second wait, while one that was begun by hand goes on, is refused and changes nothing", async () => {
  const [m, other] = [new CoMutex("m"), new CoMutex("other")];
  const holder = start("holder", function* () {
    yield* m.lock();
    yield* other.lock();
    yield;
    m.unlock();
    other.unlock();
  });
  const co = start("co", function* () {
    m.lock()[Symbol.iterator]().next();
    const before = picture([Coroutine.self(), holder], [m, other]);
    assertEquals(codeOf(() => m.lock()[Symbol.iterator]().next()), "waiting");
    assertEquals(codeOf(() => other.lock()[Symbol.iterator]().next()), "waiting");
    assertEquals(codeOf(() => until(Promise.resolve())[Symbol.iterator]().next()), "waiting");
    assertEquals(codeOf(() => [...m.lock()]), "waiting");
    assertEquals(other.tryLock(), false);
    assertEquals(picture([Coroutine.self(), holder], [m, other]), before);
    yield;
    m.unlock();
  });
  await turn();
  assertEquals(co.waitingOn, 'CoMutex "m"');
  holder.enter();
  assertEquals([co.status, m.locked, other.locked], ["terminated", false, false]);
});

Deno.test("one that ends in a wait begun by hand leaves the queue, wherever it stands in it", () => {
  for (const place of [0, 1, 2]) {
    for (const length of [1, 2, 3]) {
      if (place >= length) continue;
      const m = new CoMutex("m");
      const holder = startHolder(m);
      const got: number[] = [];
      const wait = (i: number) =>
        start(`waiter ${i}`, function* () {
          yield* m.lock();
          got.push(i);
          m.unlock();
        });
      for (let i = 0; i < length; i++) {
        if (i === place) {
          start("by hand", function* () {
            m.lock()[Symbol.iterator]().next();
            // Others come while it is in the queue and runs.
            for (let j = i + 1; j < length; j++) wait(j);
          });
        } else if (i < place) wait(i);
      }
      assertEquals(m.waiters, length - 1);
      holder.enter();
      assertEquals(got, Array.from({ length }, (_, i) => i).filter((i) => i !== place));
      assertEquals(m.locked, false);
    }
  }
});

Deno.test("a lock that comes before its waiter has suspended is its own, and it goes on by itself", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const log: string[] = [];
  const other = Coroutine.create(function* () {
    log.push("other");
  });
  const co = start("co", function* () {
    other.wake();
    m.lock()[Symbol.iterator]().next();
    holder.enter();
    assert(m.holder === Coroutine.self());
    log.push("co yields");
    yield;
    log.push("co goes on");
    m.unlock();
  });
  assertEquals([log, co.status, m.locked], [
    ["co yields", "other", "co goes on"],
    "terminated",
    false,
  ]);
});

Deno.test("a wait begun by hand that fails before the body ends does not hide what the body returned", async () => {
  const m = new CoMutex("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  const co = start("co", function* () {
    m.lock()[Symbol.iterator]().next();
    codeOf(() => holder.enter());
    return 7;
  });
  assertEquals([co.status, await co.done], ["terminated", 7]);
});

Deno.test("an iterator of a lock may be shared: each who runs it takes or waits for itself", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  let shared: Iterable<void> | undefined;
  const job = (name: string) =>
    start(name, function* () {
      const lock = shared ??= m.lock() as Iterable<void>;
      yield* lock as ReturnType<CoMutex["lock"]>;
      log.push(`${name} ${m.holder?.name}`);
      yield;
      m.unlock();
    });
  const [a, b, c] = [job("a"), job("b"), job("c")];
  for (const co of [a, b, c]) co.enter();
  assertEquals([log, m.locked], [["a a", "b b", "c c"], false]);
});

Deno.test("two coroutines that share a generator never get a lock that another one holds", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const holders: (string | undefined)[] = [];
  const body = (function* (): Co {
    yield* m.lock();
    holders.push(`${m.holder?.name} as ${Coroutine.self().name}`);
    m.unlock();
  })();
  start("a", () => body);
  codeOf(() => start("b", () => body));
  try {
    holder.enter();
  } catch {
    // One of the two has nothing left to run, and ends with what it was handed.
  }
  for (const text of holders) {
    const [holds, runs] = `${text}`.split(" as ");
    assertEquals(holds, runs);
  }
  assertEquals(Coroutine.self() === leader, true);
});

Deno.test("the token of an earlier yield does not open a lock that another one holds", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  let done: boolean | undefined;
  const co = start("co", function* (): Co {
    const token = yield;
    done = m.lock()[Symbol.iterator]().next(token as unknown as undefined).done ?? false;
    yield;
    if (m.holder === Coroutine.self()) m.unlock();
  });
  co.enter();
  assertEquals([done, m.holder === holder, m.waiters], [false, true, 1]);
  holder.enter();
  assertEquals([co.status, m.locked], ["terminated", false]);
});

Deno.test("a name that is no string makes no trouble later", () => {
  const name = { toString: () => "object" } as unknown as string;
  const m = new CoMutex(name);
  assertEquals([typeof m.name, `${m}`], ["string", 'CoMutex "object"']);
  assertThrows(() => new CoMutex(Symbol("s") as unknown as string), TypeError);
});

// ------------------------------------------------------------------------------- many of them

Deno.test("100,000 waiters get one lock in the order in which they came", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const got: number[] = [];
  function* job(i: number): Co {
    yield* m.lock();
    got.push(i);
    m.unlock();
  }
  for (let i = 0; i < 100_000; i++) Coroutine.create(job, i).enter();
  assertEquals(m.waiters, 100_000);
  holder.enter();
  assert(got.length === 100_000 && got.every((n, i) => n === i));
  assertEquals([m.locked, m.waiters], [false, 0]);
});

Deno.test("100,000 waiters are all told that their lock is abandoned", () => {
  const m = new CoMutex("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  let told = 0;
  function* job(): Co {
    try {
      yield* m.lock();
    } catch {
      told++;
    }
  }
  for (let i = 0; i < 100_000; i++) Coroutine.create(job).enter();
  assertEquals(codeOf(() => holder.enter()), "locks-held");
  assertEquals([told, m.waiters], [100_000, 0]);
});

Deno.test("100,000 locks held by one coroutine are given back in any order", () => {
  const locks = Array.from({ length: 100_000 }, () => new CoMutex("m"));
  let seed = 1;
  const shuffled = [...locks];
  for (let i = shuffled.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j] as CoMutex, shuffled[i] as CoMutex];
  }
  const orders = [locks, locks.toReversed(), shuffled];
  const co = start("co", function* () {
    for (const order of orders) {
      for (const m of locks) yield* m.lock();
      yield;
      for (const m of order) m.unlock();
      assertEquals(Coroutine.self().locksHeld, 0);
    }
  });
  for (const _ of orders) {
    assertEquals(co.locksHeld, 100_000);
    co.enter();
  }
  assertEquals([co.status, locks.some((m) => m.locked)], ["terminated", false]);
});

Deno.test("locks-held names 100,000 locks", () => {
  const locks = Array.from({ length: 100_000 }, (_, i) => new CoMutex(`${i}`));
  const error = misuseOf(() =>
    start("co", function* () {
      for (const m of locks) yield* m.lock();
    })
  );
  assert(error instanceof CoroutineError);
  assertEquals(error.locks?.length, 100_000);
  assertEquals(error.locks?.[99_999], 'CoMutex "99999"');
});

Deno.test("after any mixture of locking, yielding and unlocking everybody has had every lock and all are free", () => {
  let seed = 3;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 30; round++) {
    const locks = [0, 1, 2].map((i) => new CoMutex(`${i}`));
    const inside = [0, 0, 0];
    const cos = Array.from({ length: 8 }, (_, id) =>
      Coroutine.named(`co${id}`, function* () {
        for (let k = 0; k < 20; k++) {
          const from = random(3);
          // In one order, so that there is no deadlock.
          for (let i = from; i < 3; i++) {
            yield* (locks[i] as CoMutex).lock();
            assertEquals(inside[i] = (inside[i] ?? 0) + 1, 1);
            if (random(2) === 0) yield;
          }
          const mine = [0, 1, 2].slice(from);
          while (mine.length > 0) {
            const [i] = mine.splice(random(mine.length), 1) as [number];
            inside[i] = (inside[i] ?? 0) - 1;
            locks[i]?.unlock();
            if (random(3) === 0) yield;
          }
        }
      }));
    let left = 100_000;
    while (cos.some((co) => co.status !== "terminated") && left-- > 0) {
      for (const co of cos) {
        if (co.status !== "terminated" && co.waitingOn === undefined) co.enter();
      }
    }
    assert(left > 0, "nobody waits for ever");
    assertEquals(locks.map((m) => [m.locked, m.waiters]), [[false, 0], [false, 0], [false, 0]]);
  }
});
