import { assertEquals, assertStringIncludes } from "@std/assert";
import { Coroutine, SharedCoRwLock } from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { outcomeIn, turn } from "../_helpers.ts";
import { ask, run } from "../threads/_ask.ts";
import { seen, spawn, words } from "../threads/_spawn.ts";

const test = needing("read");

test("a reader of another thread is counted, and a writer waits for it", async () => {
  const thread = await spawn();
  const lock = new SharedCoRwLock("table");
  const [told, letGo] = [words(), words()];
  const held = ask(() => thread.call("holdRw", lock.handle, "readLock", told, letGo));
  await seen(told, 0);
  const both = await run(function* () {
    using _ = yield* lock.readLock();
    return lock.readers;
  });
  const writer = run(function* () {
    using _ = yield* lock.writeLock();
    return lock.writer === Coroutine.self();
  });
  assertEquals([both, lock.readers, lock.waiters], [2, 1, 1]);
  Atomics.store(letGo, 0, 1);
  assertEquals([await writer, await held], [true, undefined]);
  await thread.join();
});

for (const how of ["readLock", "writeLock"] as const) {
  test(`a thread that dies in a ${how} leaves the lock abandoned: nobody waits for ever`, async () => {
    const thread = await spawn();
    const lock = new SharedCoRwLock("table");
    const told = words();
    const held = run(() =>
      outcomeIn(() => thread.call("holdRw", lock.handle, how, told, Infinity))
    );
    await seen(told, 0);
    const waiting = run(() => outcomeIn(() => lock.writeLock()));
    await thread.terminate();
    assertEquals([await held, await waiting], ["closed", "abandoned"]);
    assertEquals(await run(() => outcomeIn(() => lock.readLock())), "abandoned");
    assertEquals(await run(() => outcomeIn(() => lock.writeLock())), "abandoned");
  });
}

test("a thread that dies while it waits to write leaves the readers behind it their turn", async () => {
  const thread = await spawn();
  const lock = new SharedCoRwLock("table");
  const told = words();
  const done: string[] = [];
  const holder = Coroutine.create(function* () {
    using _ = yield* lock.readLock();
    yield;
    done.push("holder");
  });
  holder.enter();
  const dying = run(() =>
    outcomeIn(() => thread.call("holdRw", lock.handle, "writeLock", told, Infinity))
  );
  await seen(told, 1);
  while (lock.waiters === 0) await turn();
  // It is counted before it stands in the line: when it answers, it does.
  await ask(() => thread.call("add", 1, 1));
  const reader = run(function* () {
    using _ = yield* lock.readLock();
    done.push("reader");
    return lock.readers;
  });
  assertEquals(lock.waiters, 2);
  await thread.terminate();
  // While the first one still reads.
  assertEquals([await dying, await reader, done], ["closed", 2, ["reader"]]);
  holder.enter();
  assertEquals([lock.locked, lock.waiters], [false, 0]);
});

test("what is no handle of such a lock is refused", () => {
  const lock = new SharedCoRwLock("table");
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const wrong: any[] = [null, {}, { kind: "SharedCoRwLock", at: 1, name: "x" }, {
    ...lock.handle,
    kind: "SharedCoMutex",
  }];
  for (const handle of wrong) {
    let error: unknown;
    try {
      SharedCoRwLock.from(handle);
    } catch (thrown) {
      error = thrown;
    }
    assertStringIncludes(String(error), "TypeError: Cannot find a SharedCoRwLock");
  }
});
