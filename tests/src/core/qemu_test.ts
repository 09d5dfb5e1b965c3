/**
 * What QEMU's test-coroutine checks, and the orders that were measured there. Its orders 3, 9, 11 and
 * 12 are in wake_test.ts and co_mutex_test.ts.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  CoRwLock,
  CoSleep,
  sleep,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { codeIn, start } from "../_helpers.ts";

const leader = Coroutine.self();

// ------------------------------------------------------------------------------------- basic

Deno.test("one that was entered by a coroutine that has ended goes on all the same (/basic/no-dangling-access)", () => {
  const log: string[] = [];
  const inner = Coroutine.create(function* () {
    log.push("inner");
    yield;
    log.push("inner again");
  });
  const outer = start("outer", function* () {
    inner.enter();
  });
  assertEquals([outer.status, inner.status, inner.entered], ["terminated", "suspended", false]);
  inner.enter();
  assertEquals([log, inner.status], [["inner", "inner again"], "terminated"]);
});

Deno.test("a coroutine runs when it is entered, and one made after it has ended does, too (/basic/lifecycle)", () => {
  for (let i = 0; i < 2; i++) {
    let done = false;
    const co = Coroutine.create(function* () {
      done = true;
    });
    assertEquals(done, false);
    co.enter();
    assertEquals([done, co.status], [true, "terminated"]);
  }
});

Deno.test("a coroutine that yields five times is entered six times (/basic/yield)", () => {
  let [entered, done] = [0, false];
  const co = Coroutine.create(function* () {
    for (let i = 0; i < 5; i++) yield;
    done = true;
  });
  for (; !done; entered++) co.enter();
  assertEquals(entered, 6);
});

Deno.test("128 coroutines each make and enter the next, and all return (/basic/nesting)", () => {
  let [entered, returned] = [0, 0];
  function* nest(left: number): Co {
    entered++;
    if (left > 1) Coroutine.create(nest, left - 1).enter();
    returned++;
  }
  Coroutine.create(nest, 128).enter();
  assertEquals([entered, returned], [128, 128]);
});

Deno.test("self() in a coroutine is the one that was made (/basic/self)", () => {
  let self: Coroutine | undefined;
  const co = start("co", function* () {
    self = Coroutine.self();
  });
  assert(self === co);
  assert(Coroutine.self() === leader);
});

Deno.test("who has entered another one is entered still; who has yielded is not (/basic/entered)", () => {
  const inner = Coroutine.create(function* () {
    for (let i = 0; i < 2; i++) {
      assert(outer.entered && inner.entered);
      yield;
    }
  });
  const outer: Coroutine = Coroutine.create(function* () {
    assert(outer.entered && !inner.entered);
    for (let i = 0; i < 3; i++) {
      inner.enter();
      assert(outer.entered && !inner.entered);
    }
  });
  assert(!outer.entered && !inner.entered && leader.entered);
  outer.enter();
  assert(!outer.entered && !inner.entered);
  assertEquals([outer.status, inner.status], ["terminated", "terminated"]);
});

Deno.test("inCoroutine() tells a coroutine from the code outside any (/basic/in_coroutine)", () => {
  assertEquals(Coroutine.inCoroutine(), false);
  const co = start("co", function* () {
    assertEquals(Coroutine.inCoroutine(), true);
    yield;
    assertEquals(Coroutine.inCoroutine(), true);
  });
  assertEquals(Coroutine.inCoroutine(), false);
  co.enter();
  assertEquals([co.status, Coroutine.inCoroutine()], ["terminated", false]);
});

Deno.test("enter, yield, enter, end take turns with the enterer (/basic/order)", () => {
  const records: [who: number, state: number][] = [];
  const co = Coroutine.create(function* () {
    records.push([2, 1]);
    yield;
    records.push([2, 2]);
  });
  for (const state of [1, 2]) {
    records.push([1, state]);
    co.enter();
  }
  records.push([1, 3]);
  assertEquals(records, [[1, 1], [2, 1], [1, 2], [2, 2], [1, 3]]);
});

// ----------------------------------------------------------------------------------- locking

Deno.test("unlock() hands over a mutex whose new holder runs when the old one ends (/locking/co-mutex)", () => {
  const m = new CoMutex("m");
  let done = 0;
  const cos = [1, 2].map((i) =>
    start(`c${i}`, function* () {
      yield* m.lock();
      yield;
      m.unlock();
      done++;
    })
  );
  assertEquals([m.locked, done], [true, 0]);
  cos[0]?.enter();
  assertEquals([done, m.locked, m.holder === cos[1]], [1, true, true]);
  cos[1]?.enter();
  assertEquals([done, m.locked], [2, false]);
});

Deno.test("a guard gives the mutex back at the end of its block, and one of nothing does nothing (/locking/co-mutex/lockable)", () => {
  const m = new CoMutex("m");
  let done = 0;
  const cos = [1, 2].map((i) =>
    start(`c${i}`, function* () {
      using _ = yield* m.lock();
      using _none = null;
      yield;
      done++;
    })
  );
  cos[0]?.enter();
  assertEquals([done, m.locked, m.holder === cos[1]], [1, true, true]);
  cos[1]?.enter();
  assertEquals([done, m.locked], [2, false]);
});

Deno.test("the only reader upgrades behind a writer that waits already (/locking/co-rwlock/upgrade)", () => {
  const lock = new CoRwLock("lock");
  const log: string[] = [];
  const reader = start("reader", function* () {
    yield* lock.readLock();
    yield;
    yield* lock.upgrade();
    log.push("upgraded");
    lock.unlock();
  });
  const writer = start("writer", function* () {
    yield* lock.writeLock();
    yield;
    log.push("written");
    lock.unlock();
  });
  reader.enter();
  assertEquals([log, lock.writer === writer, lock.waiters], [[], true, 1]);
  writer.enter();
  assertEquals([log, lock.locked], [["written", "upgraded"], false]);
  assertEquals(reader.status, "terminated");
});

Deno.test("a writer that downgrades lets the readers in and then the next writer (/locking/co-rwlock/downgrade)", () => {
  const lock = new CoRwLock("lock");
  const log: string[] = [];
  const c1 = start("c1", function* () {
    yield* lock.readLock();
    yield;
    lock.unlock();
    log.push("c1");
  });
  start("c2", function* () {
    yield* lock.writeLock();
    lock.downgrade();
    lock.unlock();
    log.push("c2");
  });
  for (const [name, wait] of [["c3", "readLock"], ["c4", "writeLock"]] as const) {
    start(name, function* () {
      yield* lock[wait]();
      lock.unlock();
      log.push(name);
    });
  }
  c1.enter();
  assertEquals([log, lock.locked], [["c1", "c2", "c3", "c4"], false]);
});

// ------------------------------------------------------------------------------------ orders

function startWaiting(queue: CoQueue, name: string, log: string[], options?: { front: boolean }) {
  return start(name, function* () {
    yield* queue.wait(options);
    log.push(name);
  });
}

/** `r` waits, and waits again as soon as it is let go; `s` waits once. */
function startRewaiting(queue: CoQueue, log: string[]): void {
  start("r", function* () {
    for (let i = 1; i <= 2; i++) {
      yield* queue.wait();
      log.push(`r${i}`);
    }
  });
  startWaiting(queue, "s1", log);
}

Deno.test("restartAll() lets those go on in the order in which they stand, with the one in front first (QEMU's order 4)", () => {
  const queue = new CoQueue();
  const log: string[] = [];
  for (const name of ["a", "b", "c", "f"]) startWaiting(queue, name, log, { front: name === "f" });
  start("main", function* () {
    queue.restartAll();
    log.push(`all-called empty=${Number(queue.empty)}`);
  });
  assertEquals(log.join(" "), "all-called empty=1 f a b c");
});

Deno.test("restartAll() in a coroutine leaves alone whoever waits again (QEMU's order 5)", () => {
  const queue = new CoQueue();
  const log: string[] = [];
  startRewaiting(queue, log);
  start("main", function* () {
    queue.restartAll();
    log.push(`all-called empty=${Number(queue.empty)}`);
  });
  log.push(`| empty=${Number(queue.empty)}`);
  const found = queue.enterNext();
  log.push(`enter_next=${Number(found)}`);
  assertEquals(log.join(" "), "all-called empty=1 r1 s1 | empty=0 r2 enter_next=1");
});

Deno.test("enterAll() outside a coroutine also leaves alone whoever waits again: QEMU's `r1 s1 r2 | empty=1` may never end (QEMU's order 5b, differs)", () => {
  const queue = new CoQueue();
  const log: string[] = [];
  startRewaiting(queue, log);
  queue.enterAll();
  log.push(`| empty=${Number(queue.empty)}`);
  assertEquals(log.join(" "), "r1 s1 | empty=0");
  queue.enterAll();
  assertEquals([log.at(-1), queue.empty], ["r2", true]);
});

Deno.test("a read-write lock is handed over in order, to readers that stand together at once (QEMU's order 10)", () => {
  const lock = new CoRwLock("lock");
  const log: string[] = [];
  const cos = ["r1", "w1", "r2", "r3", "w2", "r4"].map((name) =>
    start(name, function* () {
      yield* name.startsWith("r") ? lock.readLock() : lock.writeLock();
      log.push(`+${name}`);
      yield;
      log.push(`-${name}`);
      lock.unlock();
    })
  );
  log.push("|");
  for (const co of cos) {
    co.enter();
    log.push("|");
  }
  assertEquals(log.join(" "), "+r1 | -r1 +w1 | -w1 +r2 +r3 | -r2 | -r3 +w2 | -w2 +r4 | -r4 |");
});

Deno.test("sleep(0) gives control back before it is over, and a sleep may be cut short (QEMU's order 13)", () => {
  const [clock, nap] = [new VirtualClock(), new CoSleep()];
  const log: string[] = [];
  start("co", function* () {
    yield* sleep(0, clock);
    log.push("slept0");
    if (yield* nap.sleep(60e9, clock)) log.push("short");
  });
  log.push("back-in-caller");
  clock.advance(0);
  nap.wake();
  assertEquals([log.join(" "), clock.now], ["back-in-caller slept0 short", 0]);
});

/** What withTimeout() comes to, in QEMU's numbers. */
function* ret(ns: number, log: string[], clock: VirtualClock, fn: () => Co): Co {
  try {
    yield* withTimeout(ns, fn, { clock, late: () => log.push("cleanup") });
    log.push(ns === 0 ? "timeout0 ret=0" : "ret=0");
  } catch (error) {
    log.push(codeIn(error) === "timeout" ? "ret=-110" : `${error}`);
  }
}

Deno.test("withTimeout() of what is fast is as a call (QEMU's order 14)", () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  start("co", () =>
    ret(10, log, clock, function* () {
      log.push("entry");
    }));
  assertEquals([log.join(" "), clock.alarms], ["entry ret=0", 0]);
});

Deno.test("withTimeout() of what is slow gives up, and cleans up when that has ended late (QEMU's order 15)", () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  start("co", () =>
    ret(10, log, clock, function* () {
      yield* sleep(50, clock);
      log.push("slow-entry-done");
    }));
  clock.advance(100);
  assertEquals(log.join(" "), "ret=-110 slow-entry-done cleanup");
});

Deno.test("withTimeout() of 0 ns waits for as long as it takes (QEMU's order 16)", () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  start("co", () =>
    ret(0, log, clock, function* () {
      yield* sleep(50, clock);
      log.push("slow-entry-done");
    }));
  assertEquals(clock.alarms, 1);
  clock.advance(100);
  assertEquals(log.join(" "), "slow-entry-done timeout0 ret=0");
});
