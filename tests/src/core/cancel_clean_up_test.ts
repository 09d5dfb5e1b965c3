import { assert, assertEquals } from "@std/assert";
import {
  call,
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  type CoroutineError,
  CoRwLock,
  CoSemaphore,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";
import {
  codeIn,
  misuseOf,
  outcomeIn,
  start,
  startHolder,
  startLogging,
  yieldOnce,
} from "../_helpers.ts";

/** The function at level `n` of four, each of which calls the next in some way. */
function* level(n: number, way: string, log: string[]): Co {
  using stack = new DisposableStack();
  stack.defer(() => log.push(`guard ${n}`));
  try {
    if (n === 4) yield;
    else if (way === "call" || (way === "mixed" && n % 2 === 0)) {
      yield* call(level, n + 1, way, log);
    } else yield* level(n + 1, way, log);
  } finally {
    log.push(`finally ${n}`);
  }
}

Deno.test("finally blocks and guards run innermost first, whatever way functions were called", () => {
  for (const way of ["yield*", "call", "mixed"]) {
    const log: string[] = [];
    const co = Coroutine.create(level, 1, way, log);
    co.enter();
    co.cancel();
    assertEquals(log, [4, 3, 2, 1].flatMap((n) => [`finally ${n}`, `guard ${n}`]));
    assertEquals(co.status, "terminated");
  }
});

Deno.test("clean-up may suspend, at each level, and is not cancelled again", () => {
  const clock = new VirtualClock();
  const log: string[] = [];
  function* level(n: number): Co {
    try {
      if (n < 3) yield* call(level, n + 1);
      else yield;
    } finally {
      yield* sleep(10, clock);
      log.push(`${n} at ${clock.now}`);
    }
  }
  const co = Coroutine.create(level, 1);
  co.enter();
  co.cancel("first");
  co.cancel("second");
  clock.advance(15);
  assertEquals([co.status, co.scheduledBy], ["suspended", "sleep"]);
  co.cancel("third");
  clock.advance(15);
  assertEquals([log, co.status], [["3 at 10", "2 at 20", "1 at 30"], "terminated"]);
});

Deno.test("to cancel one twice does nothing more, and the first reason stands", async () => {
  const co = start("co", yieldOnce);
  start("canceller", function* () {
    co.cancel("first");
    co.cancel("second");
  });
  const error: CoroutineError = await co.done.catch((e) => e);
  assertEquals(error.cause, "first");
});

Deno.test("one that cancels itself in its finally block is not cancelled there any more", () => {
  const log: unknown[] = [];
  const co = start("co", function* () {
    try {
      yield;
    } finally {
      Coroutine.self().cancel("again");
      log.push(yield* outcomeIn(yieldOnce));
    }
  });
  co.cancel("once");
  assertEquals([co.status, log], ["suspended", []]);
  co.enter();
  assertEquals([co.status, log], ["terminated", ["done"]]);
});

Deno.test("one that is cancelled in the finally block of its ordinary end is cancelled there", () => {
  const log: unknown[] = [];
  const co = startLogging("co", log, function* () {
    try {
      log.push("body");
    } finally {
      log.push(yield* outcomeIn(yieldOnce));
    }
  });
  co.cancel();
  assertEquals(log, ["body", "cancelled", "co goes on", "co tidies up"]);
  assertEquals(co.status, "terminated");
});

Deno.test("one that catches its cancellation goes on, waits as ever, and returns", async () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const co = start("co", function* () {
    const outcomes = [yield* outcomeIn(() => m.lock())];
    using _ = yield* m.lock();
    yield;
    outcomes.push(m.holder === Coroutine.self());
    return outcomes;
  });
  co.cancel();
  assertEquals([co.status, co.waitingOn, m.waiters], ["suspended", 'CoMutex "m"', 1]);
  holder.enter();
  co.cancel();
  co.enter();
  assertEquals(await co.done, ["cancelled", true]);
});

Deno.test("clean-up that waits for the lock that it was cancelled out of stands behind all others", () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const holder = startHolder(m);
  const first = start("first", function* () {
    yield* outcomeIn(() => m.lock());
    using _ = yield* m.lock();
    log.push("first");
  });
  start("second", function* () {
    using _ = yield* m.lock();
    log.push("second");
  });
  first.cancel();
  holder.enter();
  assertEquals([log, m.locked], [["second", "first"], false]);
});

// ------------------------------------------------------------------------------------- locks

Deno.test("a cancelled holder hands its locks on, by guards or by finally", () => {
  const [m, rw, sem] = [new CoMutex("m"), new CoRwLock("rw"), new CoSemaphore(1, "sem")];
  const log: string[] = [];
  const holders = [
    start("guards", function* () {
      using _m = yield* m.lock();
      using _rw = yield* rw.writeLock();
      using _sem = yield* sem.acquire();
      yield;
    }),
    start("finally", function* () {
      yield* m.lock();
      try {
        yield* rw.writeLock();
        try {
          yield* sem.acquire();
          try {
            yield;
          } finally {
            sem.release();
          }
        } finally {
          rw.unlock();
        }
      } finally {
        m.unlock();
      }
    }),
  ];
  start("next", function* () {
    using _m = yield* m.lock();
    using _rw = yield* rw.readLock();
    using _sem = yield* sem.acquire();
    log.push("next");
  });
  assertEquals(m.waiters, 2);
  for (const holder of holders) holder.cancel();
  assertEquals([log, m.locked, rw.locked, sem.available], [["next"], false, false, 1]);
});

Deno.test("a lock that a cancelled one does not give back is abandoned, and the canceller is told", async () => {
  const [m, rw] = [new CoMutex("m"), new CoRwLock("rw")];
  const log: unknown[] = [];
  const holder = start("holder", function* () {
    yield* m.lock();
    yield* rw.readLock();
    yield;
  });
  start("waiter", function* () {
    log.push(yield* outcomeIn(() => m.lock()));
    log.push(yield* outcomeIn(() => rw.writeLock()));
  });
  const error = misuseOf(() => holder.cancel());
  assertEquals([error.code, error.locks], ["locks-held", ['CoMutex "m"', 'CoRwLock "rw"']]);
  assertEquals(codeIn(error.cause), "cancelled");
  assertEquals([log, m.locked, rw.locked], [["abandoned", "abandoned"], true, true]);
  assert(await holder.done.catch((e: unknown) => e) === error);
});

Deno.test("one cancelled in a queue with a mutex has the mutex again in its clean-up", () => {
  for (const front of [false, true]) {
    const m = new CoMutex("m");
    const queue = new CoQueue("q");
    const log: unknown[] = [];
    const co = start("co", function* () {
      using _ = yield* m.lock();
      try {
        yield* queue.wait(m, { front });
      } finally {
        log.push(m.holder?.name);
      }
    });
    const holder = startHolder(m);
    assertEquals([m.holder === holder, queue.waiters], [true, 1]);
    co.cancel();
    assertEquals([queue.waiters, m.waiters, co.waitingOn, log], [0, 1, 'CoMutex "m"', []]);
    holder.enter();
    assertEquals([log, co.status, m.locked], [["co"], "terminated", false]);
  }
});

Deno.test("one cancelled while it takes its mutex again has it before it learns of that", () => {
  const m = new CoMutex("m");
  const queue = new CoQueue("q");
  const log: unknown[] = [];
  const co = start("co", function* () {
    using _ = yield* m.lock();
    log.push(yield* outcomeIn(() => queue.wait(m)), m.holder?.name);
    log.push(yield* outcomeIn(yieldOnce), m.holder?.name);
  });
  const holder = startHolder(m);
  queue.next();
  assertEquals([co.waitingOn, queue.waiters], ['CoMutex "m"', 0]);
  co.cancel();
  assertEquals([co.status, co.waitingOn, log, m.waiters], ["suspended", 'CoMutex "m"', [], 1]);
  holder.enter();
  assertEquals([log, co.status, m.locked], [
    ["done", "co", "cancelled", "co"],
    "terminated",
    false,
  ]);
});

Deno.test("one cancelled while it upgrades reads again in its clean-up", () => {
  const rw = new CoRwLock("rw");
  const log: unknown[] = [];
  const other = start("other", function* () {
    using _ = yield* rw.readLock();
    yield;
  });
  const co = start("co", function* () {
    using _ = yield* rw.readLock();
    log.push(yield* outcomeIn(() => rw.upgrade()), rw.readers, rw.writer);
  });
  assertEquals([rw.readers, rw.waiters], [1, 1]);
  co.cancel();
  assertEquals([log, co.status, rw.readers], [["cancelled", 2, undefined], "terminated", 1]);
  other.enter();
  assertEquals(rw.locked, false);
});
