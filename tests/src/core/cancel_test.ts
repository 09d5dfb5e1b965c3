import { assert, assertEquals } from "@std/assert";
import {
  CoMutex,
  CoQueue,
  Coroutine,
  type CoroutineError,
  CoRwLock,
  CoSemaphore,
  CoSleep,
  sleep,
  until,
  VirtualClock,
} from "@cofn/coroutine";
import { core } from "../../../src/core/coroutine.ts";
import {
  codeOf,
  errorOf,
  picture,
  start,
  startHolder,
  startLogging,
  turn,
  uncaughtIn,
  yieldOnce,
} from "../_helpers.ts";

const leader = Coroutine.self();

// --------------------------------------------------------------------- the table, row by row

Deno.test("cancel() of one that has never run ends it at once, in a coroutine and outside", () => {
  for (const inside of [false, true]) {
    let ran = false;
    const co = Coroutine.create(function* () {
      ran = true;
    });
    const cancel = () => {
      co.cancel("why");
      assertEquals([co.status, codeOf(() => co.enter())], ["terminated", "terminated"]);
    };
    if (inside) {
      start("canceller", function* () {
        cancel();
      });
    } else cancel();
    assertEquals(ran, false);
  }
});

Deno.test("cancel() of one that has never run but was woken ends it at its turn, unrun", () => {
  const log: string[] = [];
  const co = Coroutine.create(function* () {
    log.push("ran");
  });
  start("canceller", function* () {
    co.wake();
    co.cancel();
    assertEquals(codeOf(() => co.enter()), "already-woken");
    yield;
  });
  assertEquals([log, co.status], [[], "terminated"]);
});

Deno.test("cancel() outside any coroutine makes a suspended one go on before it returns", () => {
  const log: unknown[] = [];
  const co = startLogging("co", log, yieldOnce);
  co.cancel();
  assertEquals([log, co.status], [["co: cancelled", "co tidies up"], "terminated"]);
});

Deno.test("cancel() inside a coroutine makes a suspended one go on when that one yields or ends", () => {
  for (const end of [false, true]) {
    const log: unknown[] = [];
    const co = startLogging("co", log, yieldOnce);
    start("canceller", function* () {
      co.cancel();
      log.push(co.status);
      assertEquals(codeOf(() => co.wake()), "already-woken");
      if (!end) yield;
    });
    assertEquals(log, ["suspended", "co: cancelled", "co tidies up"]);
  }
});

Deno.test("one that was woken goes on, and is cancelled when it suspends next", () => {
  const log: unknown[] = [];
  const co = startLogging("co", log, function* () {
    yield;
    log.push("resumed");
    yield;
    log.push("never");
  });
  start("canceller", function* () {
    co.wake();
    co.cancel();
  });
  assertEquals(log, ["resumed", "co: cancelled", "co tidies up"]);
});

Deno.test("one that was handed a lock keeps it, and is cancelled when it suspends next", () => {
  const m = new CoMutex("m");
  const log: unknown[] = [];
  const co: { waiter?: Coroutine } = {};
  const holder = start("holder", function* () {
    using _ = yield* m.lock();
    yield;
    m.unlock();
    co.waiter?.cancel();
  });
  co.waiter = startLogging("waiter", log, function* () {
    using _ = yield* m.lock();
    log.push(m.holder?.name);
    yield;
  });
  holder.enter();
  assertEquals([log, m.locked], [["waiter", "waiter: cancelled", "waiter tidies up"], false]);
});

Deno.test("one that cancels itself goes on until it suspends next", async () => {
  const log: unknown[] = [];
  const co = startLogging("co", log, function* () {
    Coroutine.self().cancel("enough");
    log.push("still here");
    yield;
    log.push("never");
  });
  assertEquals(log, ["still here", "co: cancelled", "co tidies up"]);
  const error: CoroutineError = await co.done.catch((e) => e);
  assertEquals([error.code, error.cause, error.coroutine === co], ["cancelled", "enough", true]);
});

Deno.test("one that cancels itself and ends without suspending has returned", async () => {
  const co = start("co", function* () {
    Coroutine.self().cancel();
    return 1;
  });
  assertEquals(await co.done, 1);
});

Deno.test("one that has entered another is cancelled when it suspends next", () => {
  const log: unknown[] = [];
  startLogging("outer", log, function* () {
    const outer = Coroutine.self();
    start("inner", function* () {
      outer.cancel();
      log.push(outer.status);
    });
    log.push("back");
    yield;
  });
  assertEquals(log, ["normal", "back", "outer: cancelled", "outer tidies up"]);
});

Deno.test("cancel() of one that has ended leaves it as it was", async () => {
  const co = start("co", function* () {
    return 1;
  });
  const before = picture([co, leader]);
  co.cancel();
  assertEquals(picture([co, leader]), before);
  assertEquals([await co.done, co.signal.aborted], [1, false]);
});

Deno.test("cancel() of the leader is not-in-coroutine, and so is cancelOn()", () => {
  const before = picture([leader]);
  assertEquals(codeOf(() => leader.cancel()), "not-in-coroutine");
  assertEquals(codeOf(() => leader.cancelOn(AbortSignal.abort())), "not-in-coroutine");
  assertEquals(codeOf(() => leader.cancelOn(new AbortController().signal)), "not-in-coroutine");
  assertEquals(picture([leader]), before);
});

// ------------------------------------------------------------------------ out of every wait

Deno.test("cancel() takes one out of every kind of wait, which then forgets it", async () => {
  const clock = new VirtualClock();
  const [m, queue, rw, sem] = [new CoMutex(), new CoQueue(), new CoRwLock(), new CoSemaphore(1)];
  const nap = new CoSleep();
  const promised = Promise.withResolvers<void>();
  const holder = start("holder", function* () {
    using _m = yield* m.lock();
    using _w = yield* rw.writeLock();
    using _s = yield* sem.acquire();
    yield;
  });
  const waits = {
    yield: yieldOnce,
    mutex: () => m.lock(),
    queue: () => queue.wait(),
    front: () => queue.wait({ front: true }),
    read: () => rw.readLock(),
    write: () => rw.writeLock(),
    semaphore: () => sem.acquire(),
    sleep: () => sleep(5, clock),
    nap: () => nap.sleep(5, clock),
    until: () => until(promised.promise),
    done: () => until(holder.done),
  };
  for (const [name, wait] of Object.entries(waits)) {
    const log: unknown[] = [];
    const co = startLogging(name, log, function* () {
      yield* wait();
    });
    assertEquals(co.status, "suspended");
    co.cancel();
    assertEquals([co.status, log], ["terminated", [`${name}: cancelled`, `${name} tidies up`]]);
  }
  assertEquals([m.waiters, queue.waiters, rw.waiters, sem.waiters], [0, 0, 0, 0]);
  assertEquals([clock.alarms, nap.sleeping], [0, false]);
  promised.resolve();
  holder.enter();
  await turn();
  assertEquals([m.locked, rw.locked, sem.available], [false, false, 1]);
});

Deno.test("those behind a cancelled waiter lose no turn, whichever place it had", () => {
  for (const gone of [0, 1, 2]) {
    const m = new CoMutex("m");
    const log: unknown[] = [];
    const holder = startHolder(m);
    const waiters = [0, 1, 2].map((i) =>
      start(`${i}`, function* () {
        using _ = yield* m.lock();
        log.push(i);
      })
    );
    waiters[gone]?.cancel();
    assertEquals(m.waiters, 2);
    holder.enter();
    assertEquals([log, m.locked], [[0, 1, 2].filter((i) => i !== gone), false]);
  }
});

Deno.test("several that one cancels run in the order in which it did", () => {
  const log: unknown[] = [];
  const cos = ["a", "b", "c"].map((name) => startLogging(name, log, yieldOnce));
  start("canceller", function* () {
    for (const co of cos.toReversed()) co.cancel();
    log.push("cancelled all");
  });
  assertEquals(log, [
    "cancelled all",
    ...["c", "b", "a"].flatMap((name) => [`${name}: cancelled`, `${name} tidies up`]),
  ]);
});

// -------------------------------------------------------------------------- who gets to know

Deno.test("done is rejected with the error, whose cause is the reason, and nobody else is told", async () => {
  const reason = { any: "value" };
  for (const ask of ["before", "after", "never"]) {
    const co = Coroutine.named("co", yieldOnce);
    const told = await uncaughtIn(async () => {
      if (ask === "before") co.done.catch(() => {});
      co.enter();
      co.cancel(reason);
      if (ask === "never") return;
      const error: CoroutineError = await co.done.catch((e) => e);
      assertEquals([error.code, error.cause === reason], ["cancelled", true]);
      assertEquals(error.message, 'Coroutine "co" was cancelled: [object Object]');
    });
    assertEquals(told, []);
  }
});

Deno.test("a done that somebody has asked for and never looks at is no unhandled rejection", async () => {
  const told = await uncaughtIn(() => {
    const [suspended, created] = [start("s", yieldOnce), Coroutine.create(yieldOnce)];
    for (const co of [suspended, created]) {
      co.done;
      co.cancel();
      co.done;
    }
  });
  assertEquals(told, []);
});

function fail(error: unknown): never {
  throw error;
}

Deno.test("clean-up that fails is thrown to whoever cancels, with the other failures", () => {
  const [first, second] = [new Error("first"), new Error("second")];
  const failing = (error: Error) =>
    start("failing", function* () {
      try {
        yield;
      } finally {
        fail(error);
      }
    });
  const co = failing(first);
  assert(errorOf(() => co.cancel()) === first);
  assertEquals(co.status, "terminated");
  const both = [failing(first), failing(second)];
  const canceller = Coroutine.create(function* () {
    for (const one of both) one.cancel();
  });
  const error = errorOf(() => canceller.enter()) as AggregateError;
  assertEquals(error.errors, [first, second]);
});

Deno.test("one that ends in what listens to its own cancellation ends once", () => {
  const co = start("co", function* () {
    yield;
    return "by itself";
  });
  const fate = core.fateOf(co);
  let ends = 0;
  fate.whenEnded(() => ends++);
  co.signal.addEventListener("abort", () => co.enter());
  co.cancel();
  assertEquals([co.status, ends, fate.outcome], ["terminated", 1, "by itself"]);
});
