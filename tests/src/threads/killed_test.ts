/** Threads that go on after they were killed: a host ends none before it has computed what it is at. */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { Coroutine, IOThread, SharedCoMutex, SharedCoRwLock } from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { outcomeIn } from "../_helpers.ts";
import { ask, run } from "./_ask.ts";
import { AT, UNTIL } from "./_module.ts";
import { left, othersCount, seen, spawn, taken, words } from "./_spawn.ts";

const test = needing("read");

test("one that computes on keeps its place, and who waits for what it locks is told", async () => {
  const [mutex, rwlock] = [new SharedCoMutex("m"), new SharedCoRwLock("rw")];
  const killed = await spawn();
  const told = words();
  const call = run(() =>
    outcomeIn(() => killed.call("computeOn", told, mutex.handle, rwlock.handle))
  );
  await seen(told, AT, 1);
  await killed.terminate();
  assertEquals([await call, killed.ended, taken()], ["closed", true, 2]);
  // Another one has another place.
  const next = await spawn();
  assertEquals(taken(), 3);
  Atomics.store(told, UNTIL, 1);
  await seen(told, AT, 2);
  assertEquals(
    await run(function* () {
      return [
        yield* outcomeIn(() => mutex.lock()),
        yield* outcomeIn(() => rwlock.readLock()),
      ];
    }),
    ["abandoned", "abandoned"],
  );
  assertEquals([await ask(() => next.call("add", 1, 2)), taken()], [3, 3]);
  Atomics.store(told, UNTIL, 2);
  await left(2);
  await next.join();
  assertEquals(taken(), 1);
});

test("one that computes on gives back what it has locked and unlocked, and gets nothing handed", async () => {
  const [mutex, held, rwlock] = [
    new SharedCoMutex("m"),
    new SharedCoMutex("held"),
    new SharedCoRwLock("rw"),
  ];
  const killed = await spawn();
  const told = words();
  const call = run(() =>
    outcomeIn(() => killed.call("computeOn", told, held.handle, rwlock.handle))
  );
  await seen(told, AT, 1);
  const counted = words(1);
  const counting = run(() => outcomeIn(() => killed.call("count", mutex.handle, counted, 10)));
  await killed.terminate();
  const holder = Coroutine.create(function* () {
    using _ = yield* held.lock();
    yield;
  });
  holder.enter();
  // It waits for the lock, so it computes no longer, and ends.
  Atomics.store(told, UNTIL, 2);
  await left(1);
  holder.enter();
  const next = await run(function* () {
    using _h = yield* held.lock();
    using _m = yield* mutex.lock();
    return held.waiters;
  });
  assertEquals([await call, await counting, counted[0], next], ["closed", "closed", 0, 0]);
});

test("with one that computes on, those end that it has started, and what it holds is abandoned", async () => {
  const parent = await spawn();
  const [mutex, free, rwlock] = [
    new SharedCoMutex("m"),
    new SharedCoMutex("free"),
    new SharedCoRwLock("rw"),
  ];
  const [counted, held, told] = [words(), words(), words()];
  await ask(() => parent.call("countInChild", counted));
  const holding = run(() => outcomeIn(() => parent.call("hold", mutex.handle, held, Infinity)));
  await Promise.all([seen(counted), seen(held)]);
  const call = run(() =>
    outcomeIn(() => parent.call("computeOn", told, free.handle, rwlock.handle))
  );
  await seen(told, AT, 1);
  const waiting = run(() => outcomeIn(() => mutex.lock()));
  await parent.terminate();
  assertEquals([await call, await holding, await waiting], ["closed", "closed", "abandoned"]);
  assertEquals(Atomics.load(told, AT), 1, "they were told when it had computed");
  // The child is gone, and its place is free, though its parent lives.
  await left(2);
  const before = Atomics.load(counted, 0);
  await othersCount();
  assertEquals(Atomics.load(counted, 0), before);
  Atomics.store(told, UNTIL, 2);
  await left(1);
});

test("one that is killed before it has begun ends when it has, and its place is free then", async () => {
  for (const ms of [0, 1, 5, 20]) {
    const endless = new URL("./_endless.ts", import.meta.url);
    const error = await IOThread.spawn(endless, { signal: AbortSignal.timeout(ms) })
      .then(() => undefined, (error) => error);
    assertEquals(error.name, "TimeoutError");
    await left(1);
  }
});

test("one that could not be started takes those with it that its module has started", async () => {
  const late = new URL("./_fails_late.ts", import.meta.url);
  const failed = await IOThread.spawn(late).then(() => undefined, (error) => error);
  assertInstanceOf(failed, RangeError);
  await left(1);
});

test("one whose parent computes when it starts another one: with the first, all are gone", async () => {
  const top = await spawn();
  const told = words();
  await ask(() => top.call("startParent"));
  const call = run(() => outcomeIn(() => top.call("computeWhileStarting", told)));
  await seen(told);
  await top.terminate();
  assertEquals(await call, "closed");
  await left(1);
});

Deno.test({
  name: "where nobody may read modules, no thread is started, and no place is taken",
  permissions: { read: false },
  // Deno counts one port more when it has refused a Worker.
  sanitizeResources: false,
  fn: async () => {
    const error = await spawn().then(() => undefined, (error) => error);
    assertInstanceOf(error, Deno.errors.NotCapable);
    await left(1);
  },
});
