import { assert, assertEquals } from "@std/assert";
import {
  all,
  assertNoDeadlock,
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  CoroutineError,
  CoRwLock,
  CoSemaphore,
  DeadlockError,
  race,
  scope,
  sleep,
  type Suspension,
  TaskPool,
  until,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { errorOf, outcomeOf, startHolder } from "../_helpers.ts";

/** Those of this test: each test ends them all, so that the next one sees its own only. */
const mine: Coroutine[] = [];

function begin(name: string, body: () => Co<unknown>): Coroutine<unknown> {
  const co = Coroutine.named(name, body);
  mine.push(co);
  co.enter();
  return co;
}

function test(name: string, body: () => void | Promise<void>): void {
  Deno.test(name, async () => {
    try {
      await body();
    } finally {
      for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
    }
    assertNoDeadlock();
  });
}

/** One that takes several locks in turn, and yields after each. */
function beginTaking(name: string, ...locks: (() => Suspension<Disposable>)[]): Coroutine<unknown> {
  return begin(name, function* () {
    using stack = new DisposableStack();
    for (const lock of locks) {
      stack.use(yield* lock());
      yield;
    }
  });
}

/** Who waits for what in the deadlock that there must be. */
function circle(): string[] {
  const error = errorOf(assertNoDeadlock);
  if (!(error instanceof DeadlockError)) throw error;
  return error.cycle.map(({ name, waitingOn }) => `${name}: ${waitingOn}`);
}

/** Whoever is the first of a circle is as good as any other. */
function sameCircle(found: string[], expected: string[]): void {
  const at = found.indexOf(expected[0] ?? "");
  assertEquals([...found.slice(at), ...found.slice(0, at)], expected);
}

test("assertNoDeadlock() is content where nobody is, and in a coroutine that is alone", () => {
  assertNoDeadlock();
  const co = begin("alone", function* () {
    assertNoDeadlock();
  });
  assertEquals(co.status, "terminated");
});

test("two that lock two mutexes in the opposite order are a deadlock", () => {
  const [x, y] = [new CoMutex("x"), new CoMutex("y")];
  const a = beginTaking("a", () => x.lock(), () => y.lock());
  const b = beginTaking("b", () => y.lock(), () => x.lock());
  assertNoDeadlock();
  a.enter();
  assertNoDeadlock();
  b.enter();
  sameCircle(circle(), ['a: CoMutex "y"', 'b: CoMutex "x"']);
});

test("the error names the circle, with what each holds, and has the whole dump", () => {
  const [x, y] = [new CoMutex("x"), new CoMutex("y")];
  const cos = [
    beginTaking("a", () => x.lock(), () => y.lock()),
    beginTaking("b", () => y.lock(), () => x.lock()),
  ];
  for (const co of cos) co.enter();
  const error = errorOf(assertNoDeadlock);
  assert(error instanceof DeadlockError && error instanceof CoroutineError);
  const { message, code, cycle, dump, name } = error as DeadlockError;
  assertEquals([code, name, cycle.length], ["deadlock", "DeadlockError", 2]);
  for (const part of ['a holds CoMutex "x" and waits for CoMutex "y", held by b', `${dump}`]) {
    assert(message.includes(part), part);
  }
});

test("a circle of a hundred mutexes is found, also while others run, sleep or wait for it", () => {
  const locks = Array.from({ length: 100 }, (_, i) => new CoMutex(`${i}`));
  const clock = new VirtualClock();
  begin("sleeper", function* () {
    yield* sleep(5, clock);
  });
  begin("yields", function* () {
    yield;
  });
  const cos = locks.map((lock, i) =>
    beginTaking(`co ${i}`, () => lock.lock(), () => (locks[(i + 1) % 100] ?? lock).lock())
  );
  for (const co of cos.slice(1)) co.enter();
  assertNoDeadlock();
  cos[0]?.enter();
  beginTaking("behind", () => (locks[7] ?? new CoMutex()).lock());
  assertEquals(circle().length, 100);
  begin("inside", function* () {
    assertEquals(circle().length, 100);
  });
});

test("a writer that waits for several readers is in a circle if any of them waits for it", () => {
  for (const guilty of [0, 1, 2]) {
    const [rw, m] = [new CoRwLock("rw"), new CoMutex("m")];
    const writer = beginTaking("w", () => m.lock(), () => rw.writeLock());
    const readers = [0, 1, 2].map((i) =>
      beginTaking(`r${i}`, () => rw.readLock(), ...i === guilty ? [() => m.lock()] : [])
    );
    writer.enter();
    assertNoDeadlock();
    readers[guilty]?.enter();
    sameCircle(circle(), ['w: CoRwLock "rw" (to write)', `r${guilty}: CoMutex "m"`]);
    for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
    assertEquals([rw.locked, m.locked], [false, false]);
  }
});

test("a reader and a writer of two read-write locks may be in a circle; two readers are not", () => {
  for (const second of ["writeLock", "readLock"] as const) {
    const [x, y] = [new CoRwLock("x"), new CoRwLock("y")];
    const cos = [
      beginTaking("a", () => x.readLock(), () => y[second]()),
      beginTaking("b", () => y.readLock(), () => x[second]()),
    ];
    for (const co of cos) co.enter();
    if (second === "readLock") assertNoDeadlock();
    else {
      sameCircle(circle(), ['a: CoRwLock "y" (to write)', 'b: CoRwLock "x" (to write)']);
    }
    for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
  }
});

test("one that waits for tasks that wait for what it holds is in a circle with each of them", () => {
  const m = new CoMutex("m");
  const groups = {
    all: (task: () => Co) => all([task]),
    race: (task: () => Co) => race([task]),
    scope: (task: () => Co) =>
      scope(function* (jobs) {
        jobs.start(task);
      }),
  };
  for (const [what, run] of Object.entries(groups)) {
    begin("parent", function* () {
      using _ = yield* m.lock();
      yield* run(function* child() {
        using _ = yield* m.lock();
      });
    });
    sameCircle(circle(), [`parent: ${what} (1 coroutine)`, 'child: CoMutex "m"']);
    for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
    assertEquals(m.locked, false);
  }
});

test("one that waits for a pool whose task waits for what it holds is in a circle", () => {
  const [m, pool] = [new CoMutex("m"), new TaskPool(2, "pool")];
  begin("parent", function* () {
    using _ = yield* m.lock();
    yield* pool.start(function* child() {
      using _ = yield* m.lock();
    });
    yield* pool.waitAll();
  });
  sameCircle(circle(), ['parent: TaskPool "pool"', 'child: CoMutex "m"']);
});

test("one in a queue of one's own lock is no circle, but stuck if nobody is left", () => {
  const [m, queue] = [new CoMutex("m"), new CoQueue("q")];
  begin("waiter", function* () {
    using _ = yield* m.lock();
    yield* queue.wait(m);
  });
  const error = errorOf(assertNoDeadlock) as DeadlockError;
  assertEquals([error.code, error.cycle], ["deadlock", []]);
  assert(error.message.startsWith("Deadlock: nobody is left who could let waiter go on"));
  begin("running", function* () {
    assertNoDeadlock();
    queue.next();
  });
  assertEquals(m.locked, false);
});

test("those who wait are not stuck as long as another may be entered, sleeps, or waits for a promise", async () => {
  const [queue, clock] = [new CoQueue("q"), new VirtualClock()];
  const promised = Promise.withResolvers<void>();
  const others: (() => Co)[] = [
    function* () {
      yield;
    },
    function* () {
      yield* sleep(5, clock);
    },
    function* () {
      yield* until(promised.promise);
    },
  ];
  begin("waiter", function* () {
    yield* queue.wait();
  });
  for (const other of others) {
    const co = begin("other", other);
    assertNoDeadlock();
    co.cancel();
    assertEquals(circle(), []);
  }
  promised.resolve();
  await promised.promise;
});

test("one that waits for permits that it has taken itself is stuck", () => {
  const [sem, m] = [new CoSemaphore(1, "sem"), new CoMutex("m")];
  begin("waiter", function* () {
    using _ = yield* m.lock();
    yield* sem.acquire();
    yield* sem.acquire();
  });
  assertEquals(circle(), []);
});

// ------------------------------------------------------------------------------ no false alarm

test("a circle that a time-out or a signal will end is no deadlock", () => {
  const controller = new AbortController();
  const clock = new VirtualClock();
  for (const limit of [{ timeout: 5, clock }, { signal: controller.signal }]) {
    const [x, y] = [new CoMutex("x"), new CoMutex("y")];
    const cos = [
      beginTaking("a", () => x.lock(), () => y.lock(limit)),
      beginTaking("b", () => y.lock(), () => x.lock()),
    ];
    for (const co of cos) co.enter();
    assertNoDeadlock();
    for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
  }
});

test("one that waits alone, but not for ever, is not stuck", () => {
  const [queue, clock] = [new CoQueue("q"), new VirtualClock()];
  begin("waiter", function* () {
    yield* queue.wait({ timeout: 5, clock });
  });
  assertNoDeadlock();
  assertEquals(clock.alarms, 1);
});

test("a race that another may win is no deadlock", () => {
  const [m, clock] = [new CoMutex("m"), new VirtualClock()];
  const co = begin("parent", function* () {
    using _ = yield* m.lock();
    yield* race([function* () {
      using _ = yield* m.lock();
    }, function* () {
      yield* sleep(5, clock);
    }]);
  });
  assertNoDeadlock();
  clock.advance(5);
  assertEquals([co.status, m.locked], ["terminated", false]);
});

test("who waits for one that waits is stuck only if all are who could fail and so end that", () => {
  const clock = new VirtualClock();
  for (const [what, run] of Object.entries({ all, race })) {
    for (const ends of [true, false]) {
      const m = new CoMutex("m");
      const waits = function* () {
        using _ = yield* m.lock();
      };
      const last = function* () {
        if (!ends) return yield* waits();
        yield* sleep(5, clock);
        throw "enough";
      };
      const co = begin("parent", function* () {
        using _ = yield* m.lock();
        yield* run([waits, last]);
      });
      co.done.catch(() => {});
      // One of no such group, who waits for the one that does.
      begin("other", waits);
      if (!ends) {
        assertEquals(circle().length, 2);
        for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
      } else {
        assertNoDeadlock();
        outcomeOf(() => clock.advance(5));
      }
      assertEquals([what, co.status, m.locked], [what, "terminated", false]);
      mine.length = 0;
    }
  }
});

test("a writer that waits for several readers is stuck with one of them, also where some wait for tasks", () => {
  const [m, rw, clock] = [new CoMutex("m"), new CoRwLock("rw"), new VirtualClock()];
  begin("parent", function* () {
    yield* all([() => sleep(5, clock)]);
  });
  beginTaking("free", () => rw.readLock());
  const stuck = beginTaking("stuck", () => rw.readLock(), () => m.lock());
  const writer = beginTaking("writer", () => m.lock(), () => rw.writeLock());
  writer.enter();
  stuck.enter();
  sameCircle(circle(), ['stuck: CoMutex "m"', 'writer: CoRwLock "rw" (to write)']);
  for (const co of mine.splice(0)) outcomeOf(() => co.cancel());
});

test("10,000 in the queue of one lock are no deadlock as long as its holder may go on", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  for (let i = 0; i < 10_000; i++) beginTaking(`${i}`, () => m.lock());
  assertNoDeadlock();
  for (const co of mine) co.cancel();
  holder.enter();
  assertEquals(m.locked, false);
});

test("a circle through withTimeout() is no deadlock: it opens when the time is over", () => {
  const [x, clock] = [new CoMutex("x"), new VirtualClock()];
  const co = begin("co", function* () {
    using _ = yield* x.lock();
    try {
      yield* withTimeout(5, function* () {
        using _ = yield* x.lock();
      }, clock);
    } catch {
      // It gives up.
    }
  });
  assertNoDeadlock();
  clock.advance(5);
  assertEquals([co.status, x.locked], ["terminated", false]);
});

test("a reader that waits behind a writer that will give up is in no deadlock with other readers", () => {
  const [m, rw, clock] = [new CoMutex("m"), new CoRwLock("rw"), new VirtualClock()];
  const reader = begin("reader", function* () {
    using _ = yield* rw.readLock();
    yield;
    using __ = yield* m.lock();
  });
  begin("writer", function* () {
    try {
      using _ = yield* rw.writeLock({ timeout: 5, clock });
    } catch {
      // It gives up.
    }
  });
  const other = begin("other", function* () {
    using _ = yield* m.lock();
    using __ = yield* rw.readLock();
  });
  reader.enter();
  assertNoDeadlock();
  clock.advance(5);
  assertEquals([reader.status, other.status], ["terminated", "terminated"]);
});

Deno.test("a task that waits for a slot in its own full pool waits for itself", () => {
  const idle = Coroutine.create(function* () {
    yield;
  });
  idle.enter();
  const pool = new TaskPool(1, "pool");
  const parent = Coroutine.create(function* () {
    yield* pool.start(function* task() {
      yield* pool.start(function* () {});
    });
  });
  parent.enter();
  const error = errorOf(assertNoDeadlock);
  const cycle = error instanceof DeadlockError ? error.cycle : [];
  assertEquals(cycle.map(({ name }) => name), ["task"]);
  for (const co of [parent, idle]) co.cancel();
  pool.cancel();
});
