import { assertEquals, assertThrows } from "@std/assert";
import {
  Coroutine,
  CoroutineError,
  SharedCoMutex,
  SharedCoQueue,
  VirtualClock,
} from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { codeOf, outcomeIn, turn } from "../_helpers.ts";
import { ask, run } from "../threads/_ask.ts";
import { seen, spawn, withThread, words } from "../threads/_spawn.ts";

const test = needing("read");

test("a thread that dies with the mutex of a shared queue: those who wait there are told", async () => {
  const thread = await spawn();
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const waiting = run(function* () {
    yield* mutex.lock();
    return yield* outcomeIn(() => queue.wait());
  });
  const told = words();
  const held = run(() => outcomeIn(() => thread.call("hold", mutex.handle, told, Infinity)));
  await seen(told);
  await thread.terminate();
  assertEquals([await held, await waiting], ["closed", "abandoned"]);
});

test("a coroutine that ends with the mutex of a shared queue: those who wait there are told", () =>
  withThread(async (thread) => {
    const mutex = new SharedCoMutex("m");
    const queue = new SharedCoQueue(mutex, "q");
    const there = run(() => outcomeIn(() => thread.call("takeMany", queue.handle, words(), 1)));
    while (queue.empty) await turn();
    const here = run(function* () {
      yield* mutex.lock();
      return yield* outcomeIn(() => queue.wait());
    });
    while (mutex.locked) await turn();
    const bad = Coroutine.create(function* () {
      yield* mutex.lock();
    });
    const failed = bad.done.catch((error) => error.code);
    assertThrows(() => bad.enter(), CoroutineError, "before");
    assertEquals(await Promise.all([failed, here, there]), [
      "locks-held",
      "abandoned",
      "abandoned",
    ]);
  }));

test("a thread that dies when it was told to go on in a shared queue takes no wake-up along", async () => {
  const thread = await spawn();
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const [stock, busy] = [words(), words()];
  const taking = run(() => outcomeIn(() => thread.call("takeMany", queue.handle, stock, 1)));
  while (queue.empty) await turn();
  const spinning = run(() => outcomeIn(() => thread.call("spin", busy)));
  await seen(busy);
  const waiting = run(function* () {
    yield* mutex.lock();
    return yield* outcomeIn(() => queue.wait());
  });
  await run(function* () {
    using _ = yield* mutex.lock();
    stock[0]!++;
    queue.next();
  });
  const ended = thread.terminate();
  assertEquals([await taking, await spinning, await waiting], ["closed", "closed", "abandoned"]);
  Atomics.store(busy, 1, 1);
  await ended;
});

test("what one thread brings, others take: nobody waits for what is there", async () => {
  const threads = await Promise.all([1, 2].map(() => spawn()));
  const mutex = new SharedCoMutex("stock");
  const queue = new SharedCoQueue(mutex, "arrivals");
  const stock = words();
  const takers = threads.map((thread) =>
    ask(() => thread.call("takeMany", queue.handle, stock, 500))
  );
  await run(function* () {
    for (let i = 0; i < 1000; i++) {
      using _ = yield* mutex.lock();
      stock[0]!++;
      if (i % 3 === 0) queue.restartAll();
      else queue.next();
    }
  });
  assertEquals([await Promise.all(takers), [...stock], queue.empty, mutex.locked], [
    [500, 500],
    [0, 1000],
    true,
    false,
  ]);
  await Promise.all(threads.map((thread) => thread.join()));
});

test("who waits in a shared queue goes on in order, has the mutex again, and may give up", async () => {
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const log: string[] = [];
  const waits = (name: string, timeout?: number) =>
    run(function* () {
      using _ = yield* mutex.lock();
      const outcome = yield* outcomeIn(() =>
        queue.wait(timeout === undefined ? undefined : { timeout })
      );
      log.push(`${name} ${outcome} ${mutex.holder === Coroutine.self()}`);
    });
  const all = [waits("a"), waits("b", 5e6), waits("c"), waits("d")];
  await all[1];
  await run(function* () {
    using _ = yield* mutex.lock();
    assertEquals([queue.next(), queue.empty], [true, false]);
  });
  await all[0];
  await run(function* () {
    using _ = yield* mutex.lock();
    queue.restartAll();
    assertEquals([queue.empty, queue.next()], [true, false]);
  });
  await Promise.all(all);
  assertEquals(log, ["b timeout true", "a done true", "c done true", "d done true"]);
  assertEquals([codeOf(() => void queue.next()), mutex.locked], ["not-in-coroutine", false]);
  const codes = await run(function* () {
    const free = yield* outcomeIn(() => queue.wait());
    return [free, codeOf(() => void queue.next())];
  });
  assertEquals(codes, ["not-locked", "not-locked"]);
});

test("a wake-up that comes to one that has given up meanwhile goes to the next one", async () => {
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const waiting = [1, 2].map(() => {
    const co = Coroutine.create(function* () {
      using _ = yield* mutex.lock();
      return yield* outcomeIn(() => queue.wait());
    });
    co.enter();
    return co;
  });
  await run(function* () {
    using _ = yield* mutex.lock();
    queue.next();
    // It was told, and does not know yet.
    waiting[0]?.cancel();
  });
  assertEquals(await Promise.all(waiting.map((co) => co.done)), ["cancelled", "done"]);
});

test("one that was told in a queue whose mutex is abandoned, and gives up, ends no program", async () => {
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const clock = new VirtualClock();
  const waits = Coroutine.create(function* () {
    yield* mutex.lock();
    return yield* outcomeIn(() => queue.wait({ timeout: 1, clock }));
  });
  waits.enter();
  const tells = Coroutine.create(function* () {
    yield* mutex.lock();
    queue.next();
  });
  tells.done.catch(() => {});
  assertEquals(codeOf(() => tells.enter()), "locks-held");
  // It was told, and does not know yet. An error of whoever tells the next one would be reported.
  clock.advance(1);
  assertEquals(await waits.done, "abandoned");
  await turn();
});
