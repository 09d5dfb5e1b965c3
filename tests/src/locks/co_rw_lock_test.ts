import { assert, assertEquals } from "@std/assert";
import { CoMutex, Coroutine, CoRwLock, VirtualClock } from "@cofn/coroutine";
import { codeOf, misuseOf, outcomeIn, start } from "../_helpers.ts";

type Kind = "readLock" | "writeLock";

/** One that notes when it has the lock, and gives it back when it is entered again. */
function startOwner(
  name: string,
  lock: CoRwLock,
  log: unknown[] = [],
  kind?: Kind,
): Coroutine<void> {
  return start(name, function* () {
    yield* lock[kind ?? (name.startsWith("r") ? "readLock" : "writeLock")]();
    log.push(`+${name}`);
    yield;
    log.push(`-${name}`);
    lock.unlock();
  });
}

/** All that can be seen of a lock. */
function seen(lock: CoRwLock): unknown[] {
  return [lock.locked, lock.readers, lock.writer?.name, lock.waiters];
}

Deno.test("a new CoRwLock is free, and has the name it was given or a number", () => {
  const lock = new CoRwLock("table");
  assertEquals([lock.name, `${lock}`, ...seen(lock)], [
    "table",
    'CoRwLock "table"',
    false,
    0,
    undefined,
    0,
  ]);
  const [a, b] = [new CoRwLock(), new CoRwLock()];
  assertEquals(Number(b.name), Number(a.name) + 1);
});

Deno.test("a free lock is taken without suspending, and is worth itself", () => {
  const lock = new CoRwLock("lock");
  const co = start("co", function* () {
    assert((yield* lock.readLock()) === lock);
    assertEquals([...seen(lock), Coroutine.self().locksHeld], [true, 1, undefined, 0, 1]);
    assert((yield* lock.upgrade()) === lock);
    assertEquals([...seen(lock), Coroutine.self().locksHeld], [true, 0, "co", 0, 1]);
    lock.downgrade();
    assertEquals(seen(lock), [true, 1, undefined, 0]);
    lock.unlock();
    assert((yield* lock.writeLock()) === lock);
    assertEquals(seen(lock), [true, 0, "co", 0]);
    lock.unlock();
  });
  assertEquals([co.status, ...seen(lock)], ["terminated", false, 0, undefined, 0]);
});

Deno.test("readers share the lock, a writer has it alone", () => {
  const lock = new CoRwLock("lock");
  const [r1, r2] = ["r1", "r2"].map((name) => startOwner(name, lock));
  assertEquals(seen(lock), [true, 2, undefined, 0]);
  const w = startOwner("w", lock);
  assertEquals([w.waitingOn, w.locksHeld, ...seen(lock)], [
    'CoRwLock "lock" (to write)',
    0,
    true,
    2,
    undefined,
    1,
  ]);
  r1?.enter();
  assertEquals(seen(lock), [true, 1, undefined, 1]);
  r2?.enter();
  assertEquals([...seen(lock), w.locksHeld], [true, 0, "w", 0, 1]);
  const r3 = startOwner("r3", lock);
  assertEquals(r3.waitingOn, 'CoRwLock "lock" (to read)');
  w.enter();
  r3.enter();
  assertEquals(seen(lock), [false, 0, undefined, 0]);
});

Deno.test("a reader that comes after a waiting writer does not overtake it", () => {
  const lock = new CoRwLock("lock");
  const log: unknown[] = [];
  const cos = ["r1", "w", "r2"].map((name) => startOwner(name, lock, log));
  start("tries", function* () {
    log.push(lock.tryReadLock(), lock.tryWriteLock());
  });
  for (const co of cos) co.enter();
  assertEquals(log, ["+r1", false, false, "-r1", "+w", "-w", "+r2", "-r2"]);
});

Deno.test("between unlock() and their turn, the next ones own the lock already", () => {
  const lock = new CoRwLock("lock");
  const log: unknown[] = [];
  const holder = start("holder", function* () {
    yield* lock.writeLock();
    yield;
    lock.unlock();
    log.push(...seen(lock), lock.tryReadLock());
    lock.unlock();
    log.push(lock.tryWriteLock());
  });
  const readers = ["r1", "r2"].map((name) => startOwner(name, lock));
  holder.enter();
  assertEquals(log, [true, 2, undefined, 0, true, false]);
  for (const co of readers) co.enter();
  assertEquals(lock.locked, false);
});

Deno.test("tryReadLock() and tryWriteLock() take what takes no wait, and answer false otherwise", () => {
  const lock = new CoRwLock("lock");
  start("a", function* () {
    assertEquals([lock.tryReadLock(), lock.tryReadLock(), lock.tryWriteLock()], [
      true,
      false,
      false,
    ]);
    start("b", function* () {
      assertEquals([lock.tryWriteLock(), lock.tryReadLock(), lock.readers], [false, true, 2]);
      lock.unlock();
    });
    lock.unlock();
    assertEquals([lock.tryWriteLock(), lock.tryWriteLock(), lock.tryReadLock()], [
      true,
      false,
      false,
    ]);
    start("c", function* () {
      assertEquals([lock.tryWriteLock(), lock.tryReadLock()], [false, false]);
    });
    lock.unlock();
  });
  assertEquals(seen(lock), [false, 0, undefined, 0]);
});

Deno.test("using gives the lock back, and does nothing where it was given back before", () => {
  const lock = new CoRwLock("lock");
  for (const kind of ["readLock", "writeLock"] as const) {
    start("co", function* () {
      {
        using _ = yield* lock[kind]();
        assertEquals(lock.locked, true);
      }
      assertEquals(lock.locked, false);
      using guard = yield* lock[kind]();
      guard.unlock();
    });
    assertEquals(lock.locked, false);
  }
});

// ---------------------------------------------------------------------- upgrade and downgrade

Deno.test("upgrade() among readers waits until they have gone, and others may write before", () => {
  const lock = new CoRwLock("lock");
  const log: unknown[] = [];
  const r1 = startOwner("r1", lock, log);
  const up = start("up", function* () {
    yield* lock.readLock();
    yield;
    yield* lock.upgrade();
    log.push("+up");
    lock.unlock();
  });
  const w = startOwner("w", lock, log);
  up.enter();
  assertEquals([up.waitingOn, up.locksHeld, ...seen(lock)], [
    'CoRwLock "lock" (to upgrade)',
    0,
    true,
    1,
    undefined,
    2,
  ]);
  r1.enter();
  w.enter();
  assertEquals(log, ["+r1", "-r1", "+w", "-w", "+up"]);
  assertEquals(lock.locked, false);
});

Deno.test("two readers that upgrade write one after the other", () => {
  const lock = new CoRwLock("lock");
  const log: unknown[] = [];
  const cos = ["a", "b"].map((name) =>
    start(name, function* () {
      yield* lock.readLock();
      yield;
      yield* lock.upgrade();
      log.push(`${name} ${lock.writer?.name}`);
      yield;
      lock.unlock();
    })
  );
  for (const co of [...cos, ...cos]) co.enter();
  assertEquals([log, lock.locked], [["a a", "b b"], false]);
});

Deno.test("upgrade() that gives up reads again, after a writer if there is one by then", () => {
  for (const writing of [false, true]) {
    const [lock, clock] = [new CoRwLock("lock"), new VirtualClock()];
    const log: unknown[] = [];
    const r1 = startOwner("r1", lock);
    const up = start("up", function* () {
      yield* lock.readLock();
      yield;
      log.push(yield* outcomeIn(() => lock.upgrade({ timeout: 5, clock })), ...seen(lock));
      lock.unlock();
    });
    const w = startOwner("w", lock);
    up.enter();
    if (writing) r1.enter();
    clock.advance(5);
    // The writer came before the one that has given up, so it still goes first.
    assertEquals([log, up.waitingOn], [[], 'CoRwLock "lock" (to read)']);
    if (!writing) r1.enter();
    w.enter();
    assertEquals([log, up.status], [["timeout", true, 1, undefined, 0], "terminated"]);
    assertEquals(lock.locked, false);
  }
});

Deno.test("downgrade() lets the readers at the head of the queue in, and no writer", () => {
  const lock = new CoRwLock("lock");
  const log: unknown[] = [];
  const w1 = start("w1", function* () {
    yield* lock.writeLock();
    yield;
    lock.downgrade();
    log.push(lock.readers);
    yield;
    lock.unlock();
  });
  const [r1, r2, w2, r3] = ["r1", "r2", "w2", "r3"].map((name) => startOwner(name, lock, log));
  w1.enter();
  assertEquals([log, lock.waiters], [[3, "+r1", "+r2"], 2]);
  for (const co of [r1, w1, r2, w2, r3]) co?.enter();
  assertEquals(log.slice(3), ["-r1", "-r2", "+w2", "-w2", "+r3", "-r3"]);
});

// ------------------------------------------------------------------------------ those who leave

Deno.test("readers behind a writer that gives up join those who read", () => {
  const [lock, clock] = [new CoRwLock("lock"), new VirtualClock()];
  const log: unknown[] = [];
  const r1 = startOwner("r1", lock, log);
  start("w", function* () {
    log.push(yield* outcomeIn(() => lock.writeLock({ timeout: 5, clock })));
  });
  const [r2, r3, w2] = ["r2", "r3", "w2"].map((name) => startOwner(name, lock, log));
  clock.advance(5);
  assertEquals([[...log].sort(), lock.waiters], [["+r1", "+r2", "+r3", "timeout"], 1]);
  for (const co of [r3, r1, r2, w2]) co?.enter();
  assertEquals([log.slice(4), lock.locked], [["-r3", "-r1", "-r2", "+w2", "-w2"], false]);
});

Deno.test("readers give back in any order, whoever of them came first", () => {
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    const [lock, m] = [new CoRwLock("lock"), new CoMutex("m")];
    const readers = [0, 1, 2].map((i) =>
      start(`r${i}`, function* () {
        yield* lock.readLock();
        if (i === 1) yield* m.lock();
        yield;
        lock.unlock();
        if (i === 1) m.unlock();
      })
    );
    const w = startOwner("w", lock);
    for (const i of order) {
      assert(lock.writer === undefined);
      readers[i]?.enter();
      assertEquals(readers[i]?.locksHeld, 0);
    }
    assert(lock.writer === w);
    w.enter();
    assertEquals([lock.locked, m.locked], [false, false]);
  }
});

Deno.test("a holder that ends abandons the lock: those who wait and those who come later are told", () => {
  for (const kind of ["readLock", "writeLock"] as const) {
    const lock = new CoRwLock("lock");
    const log: unknown[] = [];
    const dead = startEnding(lock, kind);
    const write = start("write", () => outcomeIn(() => lock.writeLock()));
    start("both", function* () {
      log.push(yield* outcomeIn(() => lock.readLock()));
      log.push(yield* outcomeIn(() => lock.writeLock()));
      log.push(codeOf(() => lock.tryReadLock()), codeOf(() => lock.tryWriteLock()));
    });
    const error = misuseOf(() => dead.enter());
    assertEquals([error.code, error.locks], ["locks-held", ['CoRwLock "lock"']]);
    assertEquals(log, Array(4).fill("abandoned"));
    assertEquals([write.status, lock.locked, lock.waiters], ["terminated", true, 0]);
  }
});

/** One that takes the lock, and ends with it when it is entered again. */
function startEnding(lock: CoRwLock, kind: Kind): Coroutine<void> {
  return start("dead", function* () {
    yield* lock[kind]();
    yield;
  });
}
