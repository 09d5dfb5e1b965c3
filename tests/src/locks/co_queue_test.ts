import { assert, assertEquals } from "@std/assert";
import { CoMutex, CoQueue, Coroutine } from "@cofn/coroutine";
import { codeOf, errorOf, outcomeIn, picture, start, startHolder } from "../_helpers.ts";

/** Waits in `queue`, and notes that it goes on. */
function startWaiter(name: string, queue: CoQueue, log: unknown[], m?: CoMutex): Coroutine<void> {
  return start(name, function* () {
    if (m !== undefined) yield* m.lock();
    yield* queue.wait(m);
    log.push(name);
    m?.unlock();
  });
}

Deno.test("a new CoQueue is empty, and has the name it was given or a number", () => {
  const queue = new CoQueue("filled");
  assertEquals([queue.name, queue.empty, queue.waiters, `${queue}`], [
    "filled",
    true,
    0,
    'CoQueue "filled"',
  ]);
  const [a, b] = [new CoQueue(), new CoQueue()];
  assertEquals(Number(b.name), Number(a.name) + 1);
});

Deno.test("CoQueue.wait() always suspends, and says what it waits for; nobody can enter it then", () => {
  const queue = new CoQueue("q");
  const log: unknown[] = [];
  queue.next();
  queue.restartAll();
  const co = startWaiter("co", queue, log);
  assertEquals([co.status, co.waitingOn, queue.waiters, queue.empty], [
    "suspended",
    'CoQueue "q"',
    1,
    false,
  ]);
  const before = picture([co]);
  for (const verb of ["enter", "wake"] as const) assertEquals(codeOf(() => co[verb]()), "waiting");
  assertEquals(picture([co]), before);
  assertEquals([queue.next(), log], [true, ["co"]]);
});

Deno.test("CoQueue.wait() does nothing before yield* begins the wait", () => {
  const queue = new CoQueue("q");
  const m = new CoMutex("m");
  start("co", function* () {
    using _ = yield* m.lock();
    queue.wait();
    queue.wait(m, { front: true, timeout: 5 });
    assertEquals([queue.waiters, m.locked], [0, true]);
  });
  assertEquals(m.locked, false);
});

Deno.test("CoQueue.next() lets the longest waiter go on, and tells whether anybody waited", () => {
  const queue = new CoQueue();
  const log: unknown[] = [];
  for (const name of ["a", "b", "c"]) startWaiter(name, queue, log);
  for (const name of ["a", "b", "c"]) {
    assertEquals(queue.next(), true);
    assertEquals(log.at(-1), name);
  }
  assertEquals([queue.next(), log.length, queue.empty], [false, 3, true]);
});

Deno.test("inside a coroutine, those who are let go run when it yields or ends, in order", () => {
  const queue = new CoQueue();
  const log: unknown[] = [];
  const cos = ["a", "b", "c", "d"].map((name) => startWaiter(name, queue, log));
  const waker = start("waker", function* () {
    queue.next();
    queue.next();
    log.push(`${queue.waiters} wait`);
    assertEquals(codeOf(() => cos[0]?.enter()), "already-woken");
    yield;
    queue.restartAll();
    log.push(`${queue.waiters} wait`);
  });
  assertEquals(log, ["2 wait", "a", "b"]);
  waker.enter();
  assertEquals(log, ["2 wait", "a", "b", "0 wait", "c", "d"]);
});

Deno.test("CoQueue.restartAll() and enterAll() of an empty queue do nothing", () => {
  const queue = new CoQueue();
  queue.restartAll();
  queue.enterAll();
  assertEquals([queue.enterNext(), queue.waiters], [false, 0]);
});

Deno.test("one that is woken in vain waits again in front, and does not lose its place", () => {
  const queue = new CoQueue();
  const log: unknown[] = [];
  let ready = false;
  start("first", function* () {
    yield* queue.wait();
    while (!ready) yield* queue.wait({ front: true });
    log.push("first");
  });
  startWaiter("second", queue, log);
  queue.next();
  assertEquals([log, queue.waiters], [[], 2]);
  ready = true;
  queue.next();
  queue.next();
  assertEquals(log, ["first", "second"]);
});

Deno.test("those who wait in front stand in the reverse order, each before all others", () => {
  const queue = new CoQueue();
  const log: unknown[] = [];
  const places: [string, boolean][] = [["a", true], ["b", false], ["c", true], ["d", false]];
  for (const [name, front] of places) {
    start(name, function* () {
      yield* queue.wait({ front });
      log.push(name);
    });
  }
  queue.restartAll();
  assertEquals(log, ["c", "a", "b", "d"]);
});

// -------------------------------------------------------------------------------- with a mutex

Deno.test("the mutex is free while one waits, and its own again when it goes on", () => {
  const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
  const log: unknown[] = [];
  const co = start("co", function* () {
    yield* m.lock();
    yield* queue.wait(m);
    log.push(m.holder?.name, Coroutine.self().locksHeld);
    m.unlock();
  });
  assertEquals([m.locked, co.locksHeld, queue.waiters], [false, 0, 1]);
  queue.next();
  assertEquals([log, m.locked], [["co", 1], false]);
});

Deno.test("waiting hands the mutex to the next one, which is in time to find it in the queue", () => {
  const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
  const log: unknown[] = [];
  const waiter = start("waiter", function* () {
    using _ = yield* m.lock();
    yield;
    log.push("waits");
    yield* queue.wait(m);
    log.push("goes on");
  });
  const waker = start("waker", function* () {
    using _ = yield* m.lock();
    log.push(queue.next());
    yield;
    log.push("unlocks");
  });
  waiter.enter();
  assertEquals([log, waiter.waitingOn], [["waits", true], 'CoMutex "m"']);
  waker.enter();
  assertEquals(log, ["waits", true, "unlocks", "goes on"]);
});

Deno.test("those who go on together take the mutex again one after the other, in order", () => {
  const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
  const log: unknown[] = [];
  for (const name of ["a", "b", "c"]) startWaiter(name, queue, log, m);
  const holder = startHolder(m);
  queue.restartAll();
  assertEquals([log, m.waiters, queue.waiters], [[], 3, 0]);
  holder.enter();
  assertEquals([log, m.locked], [["a", "b", "c"], false]);
});

Deno.test("one queue may be waited in with several mutexes, and with none", () => {
  const queue = new CoQueue("q");
  const [m, n] = [new CoMutex("m"), new CoMutex("n")];
  const log: unknown[] = [];
  for (const [name, mutex] of [["a", m], ["b", n], ["c", undefined], ["d", m]] as const) {
    startWaiter(name, queue, log, mutex);
  }
  assertEquals([queue.waiters, m.locked, n.locked], [4, false, false]);
  queue.restartAll();
  assertEquals([log, m.locked, n.locked], [["a", "b", "c", "d"], false, false]);
});

Deno.test("enterNext() and enterAll() leave the mutex with its holder", () => {
  const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
  const log: unknown[] = [];
  for (const name of ["a", "b", "c"]) startWaiter(name, queue, log, m);
  start("waker", function* () {
    using _ = yield* m.lock();
    assertEquals(queue.enterNext(m), true);
    assert(m.holder === Coroutine.self());
    queue.enterAll(m);
    assert(m.holder === Coroutine.self());
    log.push(queue.enterNext(m), queue.waiters);
  });
  assertEquals([log, m.locked], [[false, 0, "a", "b", "c"], false]);
});

Deno.test("whoever cannot have its mutex again, as it is abandoned, is told, and does not hold it", () => {
  const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
  const log: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    start(`${i}`, function* () {
      yield* m.lock();
      log.push(yield* outcomeIn(() => queue.wait(m)), m.holder === Coroutine.self());
    });
  }
  const dead = start("dead", function* () {
    yield* m.lock();
    yield;
  });
  queue.next();
  assertEquals([m.waiters, queue.waiters], [1, 1]);
  assertEquals(codeOf(() => dead.enter()), "locks-held");
  assertEquals(log, ["abandoned", false]);
  queue.next();
  assertEquals(log, ["abandoned", false, "abandoned", false]);
});

// ------------------------------------------------------------------------------------ misuse

Deno.test("CoQueue.wait() outside coroutines is not-in-coroutine and changes nothing", () => {
  const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
  const co = startWaiter("co", queue, []);
  const before = [picture([co, Coroutine.self()], [m]), queue.waiters];
  for (const options of [undefined, { front: true }, { timeout: 1 }]) {
    assertEquals(codeOf(() => queue.wait(options)), "not-in-coroutine");
    assertEquals(codeOf(() => queue.wait(m, options)), "not-in-coroutine");
  }
  for (const f of [() => queue.enterNext(m), () => queue.enterAll(m)]) {
    assertEquals(codeOf(f), "not-in-coroutine");
  }
  assertEquals([picture([co, Coroutine.self()], [m]), queue.waiters], before);
  queue.next();
});

Deno.test("waiting or waking with a mutex that one does not hold is refused and changes nothing", async () => {
  const [queue, held, free] = [new CoQueue("q"), new CoMutex("held"), new CoMutex("free")];
  const holder = startHolder(held);
  const waiter = startWaiter("waiter", queue, []);
  await start("co", function* () {
    const all = () => [picture([Coroutine.self(), holder, waiter], [held, free]), queue.waiters];
    const before = all();
    for (const [m, code] of [[held, "not-holder"], [free, "not-locked"]] as const) {
      for (const front of [true, false]) {
        assertEquals(yield* outcomeIn(() => queue.wait(m, { front })), code);
        assertEquals(yield* outcomeIn(() => queue.wait(m, { front, timeout: 1 })), code);
      }
      assertEquals(codeOf(() => queue.enterNext(m)), code);
      assertEquals(codeOf(() => queue.enterAll(m)), code);
      assertEquals(all(), before);
    }
  }).done;
  holder.enter();
  queue.next();
  assertEquals([waiter.status, held.locked], ["terminated", false]);
});

Deno.test("CoQueue.wait() of what is no mutex is a TypeError", async () => {
  const queue = new CoQueue("q");
  await start("co", function* () {
    for (const wrong of [5, "m", true] as unknown[]) {
      assert(errorOf(() => queue.wait(wrong as CoMutex)) instanceof TypeError);
      assert(errorOf(() => queue.wait(wrong as CoMutex, {})) instanceof TypeError);
    }
    assert(errorOf(() => queue.wait({} as CoMutex, {})) instanceof TypeError);
  }).done;
  assertEquals(queue.waiters, 0);
});

// -------------------------------------------------------------------------------------- many

Deno.test("10,000 waiters go on in their order, by one call or one at a time", () => {
  for (const one of [true, false]) {
    const [queue, m] = [new CoQueue("q"), new CoMutex("m")];
    const log: unknown[] = [];
    for (let i = 0; i < 10_000; i++) startWaiter(`${i}`, queue, log, i % 2 === 0 ? m : undefined);
    assertEquals(queue.waiters, 10_000);
    if (one) queue.restartAll();
    else while (queue.next());
    assertEquals(log.length, 10_000);
    assert(log.every((name, i) => name === `${i}`));
  }
});

Deno.test("a failure of one that goes on is thrown to whoever let it go, after the others have run", () => {
  const queue = new CoQueue("q");
  const log: unknown[] = [];
  const boom = new Error("boom");
  start("fails", function* () {
    yield* queue.wait();
    throw boom;
  });
  startWaiter("other", queue, log);
  assert(errorOf(() => queue.restartAll()) === boom);
  assertEquals(log, ["other"]);
});
