/**
 * A wait that is run by two, as they run one generator, or once more by the one that has begun it: by mistake. Nobody
 * else is harmed, and nothing is lost. For all waits: see contracts/suspensions_test.ts.
 */
import {
  all,
  type Co,
  CoMutex,
  CoReader,
  Coroutine,
  CoSemaphore,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  sleep,
  type Suspension,
  VirtualClock,
  type WaitOptions,
  withTimeout,
} from "@cofn/coroutine";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { needing } from "../_needing.ts";
import { codeIn, errorOf, outcomeIn, start, turns } from "./_helpers.ts";
import { withThread } from "./threads/_spawn.ts";

/**
 * Two that run one generator of a wait, as they are entered, each of which says what comes of it.
 *
 * @param after What the one does whose wait is over.
 */
function two(
  log: unknown[],
  wait: () => Suspension<unknown>,
  after: () => void = () => {},
): readonly [Coroutine, Coroutine] {
  const both = (function* (): Co<unknown> {
    return yield* wait();
  })();
  const [one, other] = ["one", "other"].map((name) =>
    start(name, function* () {
      const outcome = codeIn(yield* outcomeIn(() => both));
      log.push(name, outcome);
      if (outcome !== "waiting") after();
    })
  );
  return [one!, other!];
}

const locks: Readonly<
  Record<string, () => { lock(options: WaitOptions): Suspension<unknown>; unlock(): void }>
> = {
  SharedCoMutex: () => new SharedCoMutex(),
  "SharedCoRwLock, to write": () => {
    const rw = new SharedCoRwLock();
    return { lock: (options) => rw.writeLock(options), unlock: () => rw.unlock() };
  },
  CoMutex: () => new CoMutex(),
};

for (const [name, make] of Object.entries(locks)) {
  Deno.test(`no second one is let into a lock by a wait that another one has begun: ${name}`, async () => {
    const [lock, clock, log] = [make(), new VirtualClock(), [] as unknown[]];
    const holder = start("holder", function* () {
      yield* lock.lock({});
      yield;
      lock.unlock();
      return "has given it back";
    });
    two(log, () => lock.lock({ timeout: 5, clock }), () => lock.unlock());
    assertEquals(log, ["other", "waiting"]);
    holder.enter();
    await turns();
    assertEquals([log, await holder.done], [
      ["other", "waiting", "one", "done"],
      "has given it back",
    ]);
  });

  Deno.test(`a wait that has given up lets nobody in when it is run once more: ${name}`, async () => {
    const [lock, clock, log] = [make(), new VirtualClock(), [] as unknown[]];
    const holder = start("holder", function* () {
      yield* lock.lock({});
      yield;
      lock.unlock();
    });
    start("again", function* () {
      const wait = lock.lock({ timeout: 5, clock })[Symbol.iterator]();
      const same = { [Symbol.iterator]: () => wait } as Suspension<unknown>;
      log.push(codeIn(yield* outcomeIn(() => same)), codeIn(yield* outcomeIn(() => same)));
    });
    clock.advance(5);
    await turns();
    assertEquals([log, clock.alarms], [["timeout", "waiting"], 0]);
    holder.enter();
    start("next", function* () {
      yield* lock.lock({});
      log.push("next");
      lock.unlock();
    });
    await turns();
    assertEquals(log.at(-1), "next");
  });
}

Deno.test("whoever goes on with another one's wait in a shared queue does not take its mutex", async () => {
  const [m, log] = [new SharedCoMutex("m"), [] as unknown[]];
  const q = new SharedCoQueue(m, "q");
  const both = (function* (): Co {
    yield* q.wait();
  })();
  for (const name of ["one", "other"]) {
    start(name, function* () {
      yield* m.lock();
      log.push(name, codeIn(yield* outcomeIn(() => both)), m.holder?.name);
      if (m.holder === Coroutine.self()) m.unlock();
    });
  }
  assertEquals(log, ["other", "waiting", "other"]);
  const teller = start("teller", function* () {
    yield* m.lock();
    const told = q.next();
    m.unlock();
    return told;
  });
  await turns();
  assertEquals([teller.status, m.locked, log.at(-3)], ["terminated", false, "one"]);
  assertEquals(await teller.done, true);
});

Deno.test("whoever goes on with another one's wait for the mutex of a shared queue does not get in", async () => {
  const [m, log] = [new SharedCoMutex("m"), [] as unknown[]];
  const q = new SharedCoQueue(m, "q");
  const both = (function* (): Co {
    yield* q.wait();
  })();
  const one = start("one", function* () {
    yield* m.lock();
    yield* both;
    log.push("one", m.holder?.name);
    m.unlock();
  });
  const teller = start("teller", function* () {
    yield* m.lock();
    q.next();
    yield;
    m.unlock();
  });
  await turns();
  // It was told, and waits for the mutex.
  start("other", function* () {
    log.push("other", codeIn(yield* outcomeIn(() => both)), m.holder?.name);
  });
  assertEquals(log, ["other", "waiting", "teller"]);
  teller.enter();
  await turns();
  assertEquals([one.status, m.locked, log.slice(3)], ["terminated", false, ["one", "one"]]);
});

Deno.test("a permit that was granted to one that cannot go on with it is given back when that ends", async () => {
  const [sem, log] = [new CoSemaphore(1, "s"), [] as unknown[]];
  const holder = start("holder", function* () {
    using _ = yield* sem.acquire();
    yield;
  });
  const [one, other] = two(log, () => sem.acquire());
  one.done.catch(() => {});
  const { done } = other;
  one.cancel();
  const last = start("last", function* () {
    using _ = yield* sem.acquire();
    log.push("last");
  });
  assertEquals(other.locksHeld, 0);
  const thrown = errorOf(() => holder.enter());
  assertEquals(codeIn(thrown), "locks-held");
  assertStringIncludes(`${thrown}`, 'it has ended before it could go on with CoSemaphore "s"');
  assertEquals([sem.available, last.status, log.at(-1)], [1, "terminated", "last"]);
  assertEquals(await done.then(() => {}, codeIn), "locks-held");
});

Deno.test("a guard that is disposed of twice gives nobody else's permits back, though others have failed", () => {
  const [sem, log] = [new CoSemaphore(2, "s"), [] as unknown[]];
  let guard: Disposable | undefined;
  start("first", function* () {
    guard = yield* sem.acquire();
  });
  const innocent = start("innocent", function* () {
    using _ = yield* sem.acquire();
    yield;
  });
  start("fails", function* () {
    using _ = yield* sem.acquire();
    throw "others' own affair";
  });
  for (const _ of ["once", "twice"]) {
    try {
      guard?.[Symbol.dispose]();
    } catch (error) {
      log.push(error);
    }
  }
  assertEquals([log, sem.available], [["others' own affair"], 1]);
  innocent.enter();
  assertEquals([innocent.status, sem.available], ["terminated", 2]);
});

Deno.test("a guard of permits that were given back by other means is refused, and is as it was", () => {
  const sem = new CoSemaphore(1, "s");
  let guard: Disposable | undefined;
  start("one", function* () {
    guard = yield* sem.acquire();
  });
  sem.release();
  const codes = ["once", "twice"].map(() => {
    try {
      guard?.[Symbol.dispose]();
      return "given back";
    } catch (error) {
      return codeIn(error);
    }
  });
  assertEquals([codes, sem.available], [["not-acquired", "not-acquired"], 1]);
});

Deno.test("children of all() are waited for by the one that has begun that, though another one has run it", async () => {
  const [clock, log] = [new VirtualClock(), [] as unknown[]];
  const [one] = two(log, () => all([() => sleep(5, clock)]));
  assertEquals(log, ["other", "waiting"]);
  clock.advance(5);
  await turns();
  assertEquals(one.status, "terminated");
});

Deno.test("a time limit stays, though another one has run what it is set for", async () => {
  const [clock, log] = [new VirtualClock(), [] as unknown[]];
  const [one] = two(log, () => withTimeout(5, () => sleep(Infinity, clock), { clock }));
  assertEquals([log, clock.alarms], [["other", "waiting"], 1]);
  clock.advance(5);
  await turns();
  assertEquals(one.status, "terminated");
});

Deno.test("readers have their turn, though one that was let go on has lost what it has waited by", async () => {
  const [asked, log] = [[] as ((n: number) => void)[], [] as unknown[]];
  const reader = new CoReader({ read: () => new Promise((resolve) => asked.push(resolve)) });
  const [one, other] = two(log, () => reader.readExactly(1));
  const last = start("last", function* () {
    log.push((yield* reader.readExactly(1)).length);
  });
  asked.shift()?.(1);
  await turns();
  assertEquals([one.status, other.status], ["terminated", "suspended"]);
  // The second one is let go on with this byte, and has nothing to take it by.
  asked.shift()?.(1);
  await turns();
  assertEquals([other.status, last.status, log.at(-1)], ["terminated", "terminated", 1]);
});

needing("read")(
  "a call to a thread is answered to the one that has made it, though another one has run it",
  () =>
    withThread(async (thread) => {
      const log: unknown[] = [];
      const [one, other] = two(log, () => thread.call("nap", 20e6));
      assertEquals(log, ["other", "waiting"]);
      assertEquals([one.status, other.status], ["suspended", "terminated"]);
      await one.done;
    }),
);
