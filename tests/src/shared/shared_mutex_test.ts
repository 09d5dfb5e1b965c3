import { assertEquals, assertStringIncludes } from "@std/assert";
import { Coroutine, SharedCoMutex, sleep } from "@cofn/coroutine";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { HEAD } from "../../../src/lockfree/words.ts";
import { needing } from "../../_needing.ts";
import { codeIn, codeOf, outcomeIn } from "../_helpers.ts";
import { ask, run } from "../threads/_ask.ts";
import { seen, spawn, withThread, words } from "../threads/_spawn.ts";

const test = needing("read");

test("a shared mutex excludes coroutines of all threads, and no wake-up is lost", async () => {
  const threads = await Promise.all(
    [1, 2].map((i) => spawn(`${i}`)),
  );
  const mutex = new SharedCoMutex("counter");
  const counter = words(1);
  const here = run(function* () {
    for (let i = 0; i < 3000; i++) {
      using _ = yield* mutex.lock();
      counter[0]!++;
    }
  });
  await Promise.all([
    here,
    ...threads.map((thread) => ask(() => thread.call("count", mutex.handle, counter, 3000))),
  ]);
  assertEquals([counter[0], mutex.locked, mutex.waiters], [9000, false, 0]);
  await Promise.all(threads.map((thread) => thread.join()));
});

test("whoever waits for a shared mutex may give up, or be cancelled: the next one has it", () =>
  withThread(async (thread) => {
    const mutex = new SharedCoMutex("m");
    const [told, letGo] = [words(), words()];
    const held = ask(() => thread.call("hold", mutex.handle, told, letGo));
    await seen(told);
    const late = Coroutine.create(() => outcomeIn(() => mutex.lock({ timeout: 5e6 })));
    const cancelled = Coroutine.create(() => outcomeIn(() => mutex.lock()));
    const last = Coroutine.create(function* () {
      using _ = yield* mutex.lock();
      return mutex.holder?.name;
    });
    for (const co of [late, cancelled, last]) co.enter();
    assertEquals([late.waitingOn, mutex.waiters], ['SharedCoMutex "m"', 3]);
    cancelled.cancel();
    assertEquals([await late.done, await cancelled.done], ["timeout", "cancelled"]);
    Atomics.store(letGo, 0, 1);
    await held;
    assertEquals([await last.done, mutex.locked], [last.name, false]);
  }));

test("a thread that dies with a shared mutex leaves it abandoned: nobody waits for ever", async () => {
  const thread = await spawn();
  const mutex = new SharedCoMutex("m");
  const told = words();
  const held = run(() => outcomeIn(() => thread.call("hold", mutex.handle, told, Infinity)));
  await seen(told);
  const waiting = run(() => outcomeIn(() => mutex.lock()));
  await thread.terminate();
  assertEquals([await held, await waiting], ["closed", "abandoned"]);
  assertEquals(await run(() => outcomeIn(() => mutex.lock())), "abandoned");
});

test("a coroutine that ends with a shared mutex leaves it abandoned", async () => {
  const mutex = new SharedCoMutex("m");
  const bad = Coroutine.create(function* () {
    yield* mutex.lock();
    yield* sleep(1e6);
  });
  const done = bad.done.catch(codeIn);
  bad.enter();
  const waiting = run(() => outcomeIn(() => mutex.lock()));
  assertEquals([await done, await waiting], ["locks-held", "abandoned"]);
});

test("misuse of a shared mutex is refused as that of a local one", async () => {
  const mutex = new SharedCoMutex("m");
  for (const act of [() => void mutex.lock(), () => mutex.tryLock(), () => mutex.unlock()]) {
    assertEquals([codeOf(act), mutex.locked], ["not-in-coroutine", false]);
  }
  const outcomes = await run(function* () {
    const unlock = codeOf(() => mutex.unlock());
    yield* mutex.lock();
    const again = yield* outcomeIn(() => mutex.lock());
    const other = Coroutine.create(function* () {
      return [codeOf(() => mutex.unlock()), mutex.tryLock()];
    });
    other.enter();
    const others = [mutex.locked, mutex.tryLock(), mutex.holder === Coroutine.self()];
    mutex.unlock();
    return [unlock, again, ...others, mutex.locked];
  });
  assertEquals(outcomes, ["not-locked", "relock", true, false, true, false]);
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const wrong: any[] = [
    null,
    {},
    { kind: "SharedCoMutex", at: 1, name: "x" },
    { ...mutex.handle, at: mutex.handle.at - 1 },
  ];
  for (const handle of wrong) {
    let error: unknown;
    try {
      SharedCoMutex.from(handle);
    } catch (thrown) {
      error = thrown;
    }
    assertStringIncludes(String(error), "TypeError: Cannot find a SharedCoMutex");
  }
});

test("one that gives up when it was granted a shared mutex leaves nothing behind, and the next one has it", async () => {
  const mutex = new SharedCoMutex("m");
  const { mourners } = commonsNow();
  const before = mourners.size;
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  const gone = Coroutine.create(() => outcomeIn(() => mutex.lock()));
  const { done } = gone;
  for (const co of [holder, gone]) co.enter();
  const next = run(function* () {
    using _ = yield* mutex.lock();
  });
  // It has the mutex from then on, and its thread has not looked.
  holder.enter();
  gone.cancel();
  assertEquals(await done, "cancelled");
  await next;
  assertEquals(mourners.size, before);
});

test("one that gives up when it was granted a shared mutex by who died then leaves nothing behind, either", async () => {
  const mutex = new SharedCoMutex("m");
  const { atomics, context, lives, memory, mourners } = commonsNow();
  const before = mourners.size;
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  const gone = Coroutine.create(() => outcomeIn(() => mutex.lock()));
  const { done } = gone;
  for (const co of [holder, gone]) co.enter();
  const next = run(function* () {
    using _ = yield* mutex.lock();
  });
  holder.enter();
  // It has the mutex, and nobody has been told: as if that had been done by a thread that was killed in between.
  atomics.store(memory, context + HEAD, 0);
  gone.cancel();
  assertEquals(await done, "cancelled");
  lives.tellAll();
  await next;
  assertEquals(mourners.size, before);
});
