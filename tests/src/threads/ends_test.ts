import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type CoHandle,
  Coroutine,
  CoroutineError,
  handleOf,
  IOThread,
  schedule,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  transfer,
} from "@cofn/coroutine";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { contexts } from "../../../src/shared/_layout.ts";
import { lifeOf, lives } from "../../../src/lockfree/life.ts";
import { LIFE } from "../../../src/lockfree/words.ts";
import { needing } from "../../_needing.ts";
import { codeIn, outcomeIn, turn } from "../_helpers.ts";
import { ask, run } from "./_ask.ts";
import { left, othersCount, seen, spawn, words } from "./_spawn.ts";

const test = needing("read");

test("a thread that is joined gets the locks for which its calls wait", async () => {
  const thread = await spawn();
  const mutex = new SharedCoMutex("m");
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  holder.enter();
  const taking = ask(() => thread.call("take", mutex.handle));
  while (mutex.waiters === 0) await turn();
  const joined = thread.join();
  holder.enter();
  assertEquals([await taking, await joined, mutex.locked], ["taken", undefined, false]);
});

test("a thread that gives up late takes nothing away from whoever waits by then", async () => {
  const thread = await spawn();
  const [first, second] = [new SharedCoMutex("first"), new SharedCoMutex("second")];
  const holders = [first, second].map((mutex) => {
    const co = Coroutine.create(function* () {
      using _ = yield* mutex.lock();
      yield;
    });
    co.enter();
    return co;
  });
  const giveUp = words();
  const late = ask(() => thread.call("takeUntil", first.handle, giveUp));
  while (first.waiters === 0) await turn();
  const joined = thread.join();
  const waiting = run(function* () {
    using _ = yield* second.lock();
    return "has had it";
  });
  Atomics.store(giveUp, 0, 1);
  assertEquals([await late, await joined], ["timeout", undefined]);
  for (const holder of holders) holder.enter();
  assertEquals(await waiting, "has had it");
});

test("with a thread, those end that it has started: what they hold is abandoned", async () => {
  const thread = await spawn();
  const mutex = new SharedCoMutex("m");
  const told = words();
  await ask(() => thread.call("holdInChild", mutex.handle, told));
  await seen(told);
  const waiting = run(() => outcomeIn(() => mutex.lock()));
  await thread.terminate();
  assertEquals(await waiting, "abandoned");
});

test("whoever joins a thread that has crashed meanwhile is told, unless a call was", async () => {
  const thread = await spawn();
  await ask(() => thread.call("crash"));
  while (!thread.ended) await turn();
  const joins = [thread.join(), thread.join()];
  for (const error of await Promise.all(joins.map((join) => join.catch((error) => error)))) {
    assertStringIncludes(`${error}`, "RangeError: crashed");
  }
  // Once.
  await thread.join();
});

test("a thread that was buried does nothing any more, though it may live for a while", async () => {
  const thread = await spawn();
  const commons = commonsNow();
  const lifeAt = (context: number): number => Atomics.load(commons.memory, context + LIFE);
  const others = contexts.filter((at) => at !== commons.context && lives(lifeAt(at)));
  assertEquals(others.length, 1);
  const at = others[0]!;
  commons.lives.bury({ at, life: lifeOf(lifeAt(at)) }, commons.records);
  // It may be looking for calls while it is buried: whatever that look finds is carried out.
  await run(() => outcomeIn(() => thread.call("add", 1, 1)));
  assertEquals(await run(() => outcomeIn(() => thread.call("add", 1, 1))), "closed");
  // It ends by itself.
  await thread.join();
});

for (const what of ["timer", "yield", "sleep", "host", "lock", "holding", "child"]) {
  test(`a thread that is joined ends, though something is left there: ${what}`, async () => {
    const thread = await spawn();
    const mutex = new SharedCoMutex("m");
    const holder = Coroutine.create(function* () {
      using _ = yield* mutex.lock();
      yield;
    });
    if (what !== "holding") holder.enter();
    await ask(() => thread.call("leaveBehind", what, mutex.handle));
    const handle = await ask(() => thread.call("counter", words()));
    while (what === "lock" && mutex.waiters === 0) await turn();
    while (what === "holding" && !mutex.locked) await turn();
    await thread.join();
    if (what !== "holding") holder.enter();
    // Nothing is handed to a thread that is no more: it is free, or is told to be abandoned.
    const next = await run(function* () {
      try {
        using _ = yield* mutex.lock();
        return "has it";
      } catch (error) {
        return codeIn(error);
      }
    });
    assertEquals(next, what === "holding" ? "abandoned" : "has it");
    assertStringIncludes(`${thrownBy(() => schedule(handle))}`, "it has ended");
    // A thread that it has started ends a little later.
    await left(1);
  });
}

test("with a thread that is joined, those end that it has started", async () => {
  const thread = await spawn();
  const counted = words();
  await ask(() => thread.call("countInChild", counted));
  await seen(counted);
  await thread.join();
  const before = Atomics.load(counted, 0);
  await othersCount();
  assertEquals(Atomics.load(counted, 0), before);
  await left(1);
});

test("a start that takes too long can be ended by a signal", async () => {
  const endless = new URL("./_endless.ts", import.meta.url);
  const late = await IOThread.spawn(endless, { signal: AbortSignal.timeout(200) })
    .then(() => undefined, (error) => error);
  assertEquals(late.name, "TimeoutError");
  const early = await IOThread.spawn(endless, { signal: AbortSignal.abort("no") })
    .then(() => undefined, (error) => error);
  assertEquals(early, "no");
});

test("to join or to end a thread that has crashed does nothing to another one", async () => {
  const crashed = await Promise.all([spawn(), spawn()]);
  for (const thread of crashed) {
    await ask(() => thread.call("crash"));
    while (!thread.ended) await turn();
  }
  // They are buried for good by then, and others have their places.
  await left(1);
  const others = await Promise.all([spawn(), spawn()]);
  const [one, two] = crashed;
  await one!.join().catch(() => {});
  await two!.terminate();
  for (const other of others) {
    assertEquals(await ask(() => other.call("later", 20)), "later");
    assertEquals([other.ended, await ask(() => other.call("add", 1, 2))], [false, 3]);
    await other.join();
  }
});

/** The messages of an error and its causes. */
function causesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...causesOf(error.cause)] : [];
}

test("errors come with their causes, and with those that they stand for", async () => {
  const thread = await spawn();
  const thrownBy = (kind: string): Promise<unknown> =>
    ask(() => thread.call("fail", kind)).then(() => undefined, (error) => error);
  const outer = await thrownBy("cause");
  if (!(outer instanceof CoroutineError)) throw outer;
  const inner = outer.cause;
  if (!(inner instanceof RangeError)) throw inner;
  assertEquals([inner.message, { ...inner }], ["inner", { code: "EINNER" }]);
  const several = await thrownBy("several");
  if (!(several instanceof AggregateError)) throw several;
  const [one, two] = several.errors;
  assert(one instanceof CoroutineError && two instanceof TypeError);
  assertEquals([several.message, one.code, two.message], ["both", "timeout", "two"]);
  const twice = await thrownBy("suppressed");
  if (!(twice instanceof SuppressedError)) throw twice;
  assert(twice.error instanceof RangeError && twice.suppressed instanceof CoroutineError);
  assertEquals([twice.error.message, twice.suppressed.message], ["clean-up", "body"]);
  const shared = await thrownBy("shared cause");
  if (!(shared instanceof AggregateError)) throw shared;
  assertEquals(shared.errors[0].cause, { reason: "one" });
  assert(shared.errors[0].cause === shared.errors[1].cause);
  // What fails where it is looked at is left out, and nothing else.
  const disk = await thrownBy("one getter");
  if (!(disk instanceof Error)) throw disk;
  assertEquals([disk.message, disk.cause, { ...disk }], [
    "disk",
    "worn",
    { code: "EIO", at: [1, "x"] },
  ]);
  assertEquals(`${await thrownBy("no list")}`, "AggregateError: none");
  const locks = await thrownBy("locks");
  assertEquals(locks instanceof CoroutineError && locks.locks, ["a", "b"]);
  assertEquals(`${await thrownBy("deadlock")}`.slice(0, 26), "DeadlockError: Deadlock: a");
  const itself = await thrownBy("itself");
  assertStringIncludes(`${itself}`, "itself");
  assert(itself instanceof Error && itself.cause === itself);
  // Whatever is in one another, each comes once, and is the same wherever it is.
  const knot = await thrownBy("knot");
  if (!(knot instanceof AggregateError)) throw knot;
  const { errors } = knot;
  assertEquals([errors.length, new Set(errors).size, knot.message], [22, 11, "knot"]);
  assertEquals(errors.indexOf(knot), 20);
  assert(knot.cause === errors[10] && errors.slice(0, 20).every(({ cause }) => cause === knot));
  const chain = causesOf(await thrownBy("chain"));
  assertEquals([chain[0], chain.length > 50, chain.length < 1000], ["99999", true, true]);
  assert(await thrownBy("getters") instanceof Error);
  // Nothing has become of the thread.
  assertEquals(await ask(() => thread.call("add", 1, 2)), 3);
  await thread.join();
});

test("handles that nobody has given are refused, and change nothing", async () => {
  const mutex = new SharedCoMutex("m");
  const [rwlock, queue] = [new SharedCoRwLock("rw"), new SharedCoQueue(mutex, "q")];
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const list: any = undefined;
  assertStringIncludes(
    `${thrownBy(() => transfer(1, list))}`,
    "TypeError: Cannot move: expected a",
  );
  const co = Coroutine.create(function* () {
    yield;
  });
  const { generation, at: own } = handleOf(co);
  const at = [mutex.handle.at, rwlock.handle.at, 0, 16, -1, 1.5, 2 ** 40, 2 ** 21, NaN, own + 1];
  for (const place of at) {
    const handle: CoHandle = { kind: "Coroutine", at: place, generation, name: "forged" };
    const error = thrownBy(() => schedule(handle));
    assertStringIncludes(`${error}`, "TypeError: Cannot schedule: expected the handle");
  }
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const wrong: any[] = [null, {}, [], mutex, rwlock.handle, queue.handle, {
    ...mutex.handle,
    at: `${mutex.handle.at}`,
  }, { ...mutex.handle, kind: "SharedCoRwLock" }];
  for (const handle of wrong) {
    assertStringIncludes(`${thrownBy(() => new SharedCoMutex(handle))}`, "expected its handle");
    assertStringIncludes(`${thrownBy(() => SharedCoMutex.from(handle))}`, "expected its handle");
  }
  for (const place of [queue.handle.at, rwlock.handle.at + 1, rwlock.handle.at + 0.5]) {
    const handle = { ...rwlock.handle, at: place };
    assertStringIncludes(`${thrownBy(() => SharedCoRwLock.from(handle))}`, "expected its handle");
  }
  assertEquals([mutex.locked, rwlock.locked, queue.empty], [false, false, true]);
  co.enter();
  co.enter();
  await co.done;
});

function thrownBy(f: () => unknown): unknown {
  try {
    return f();
  } catch (error) {
    return error;
  }
}
