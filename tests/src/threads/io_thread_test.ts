import process from "node:process";
import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import {
  all,
  type Co,
  Coroutine,
  CoroutineError,
  handleOf,
  IOThread,
  schedule,
  SharedCoMutex,
  sleep,
  type Suspension,
  transfer,
  VirtualClock,
} from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { codeIn, codeOf, outcomeIn, turn } from "../_helpers.ts";
import { ask, run } from "./_ask.ts";
import type * as module from "./_module.ts";
import { depthOf, nested } from "./_module.ts";
import { LONG_MS } from "../../_long.ts";
import { seen, spawn, taken, withThread, words } from "./_spawn.ts";

const test = needing("read");

test("plain, async and coroutine functions are called in the thread, in its context", () =>
  withThread(async (thread) => {
    assertEquals(
      await run(function* () {
        return [
          yield* thread.call("add", 1, 2),
          yield* thread.call("later", 2),
          yield* thread.call("nap", 1e6),
          thread.name,
          `${thread}`,
        ];
      }),
      [3, "later", "disk", "disk", 'IOThread "disk"'],
    );
    assert(await ask(() => thread.call("both")) >= 3);
  }));

test("a thread that waits for its host goes on with what its context has to do", () =>
  withThread(async (thread) => {
    assertEquals(await ask(() => thread.call("inTurn", 5)), 5);
  }));

test("however many threads have been, the end of the program is listened for once", async () => {
  const count = (): number => process.listenerCount("beforeExit");
  await withThread(async () => {});
  const before = count();
  await withThread(async () => {});
  assertEquals([before > 0, count()], [true, before]);
});

test("a thread that has nothing to do stops itself a few times, and waits by its host then", () =>
  withThread(async (thread) => {
    await ask(() => thread.call("noteNaps"));
    // It has had as much to do as comes by now; how much time it has had for that does not matter.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    let naps: readonly number[] = [];
    while (naps.length === 0) naps = await ask(() => thread.call("napsNoted"));
    // 4 times, and when it was asked whether it works; if it went on so, it would be 200 times more.
    assert(naps.length > 0 && naps.length < 16, `${naps}`);
    // What the module does by a timer of its own comes late by as much at most.
    assertEquals(Math.max(...naps), 8);
  }));

test("calls run side by side, and answer as they end", () =>
  withThread(async (thread) => {
    const [order, told] = [[] as number[], words()];
    await run(function* () {
      yield* all([2, 0, 1].map((turn) =>
        function* () {
          yield* thread.call("whenTold", told, turn);
          order.push(turn);
          Atomics.add(told, 0, 1);
        }
      ));
    });
    assertEquals(order, [0, 1, 2]);
  }));

test("errors come back: their codes, their classes, whatever they are", () =>
  withThread(async (thread) => {
    const thrown = function* (kind: string): Co<unknown> {
      try {
        yield* thread.call("fail", kind);
      } catch (error) {
        return error;
      }
    };
    const code = await run(() => thrown("code"));
    assertInstanceOf(code, CoroutineError);
    assertEquals([codeIn(code), String(code)], ["closed", "CoroutineError: it is closed"]);
    assertInstanceOf(await run(() => thrown("type")), TypeError);
    assertEquals(await run(() => thrown("text")), "text");
    assertStringIncludes(String(await run(() => thrown("unsendable"))), "cannot be sent");
    // deno-lint-ignore no-explicit-any -- what is wrong is tried
    const wrong = thread as IOThread<any>;
    for (const name of ["nobody", "notCallable", "toString"]) {
      const error = await run(() => outcomeIn(() => wrong.call(name)));
      assertStringIncludes(String(error), "it exports no such function");
    }
    // The thread is not asked: it could not say who is meant.
    for (const name of [undefined, 5, null, Symbol("s"), {}]) {
      const error = await run(() => outcomeIn(() => wrong.call(name as unknown as string)));
      assertStringIncludes(String(error), "TypeError: Cannot call IOThread");
      assertStringIncludes(String(error), "expected the name of an export, a string, got ");
    }
    assertStringIncludes(String(await run(() => outcomeIn(() => wrong.call("trap")))), "trap");
    assertEquals(await ask(() => wrong.call("moveMany")), 200_000);
    const clone = await run(() => outcomeIn(() => wrong.call("add", () => {})));
    assertEquals((clone as DOMException).name, "DataCloneError");
    assertStringIncludes(
      String(await run(() => outcomeIn(() => thread.call("unsendable")))),
      "could not be cloned",
    );
    assertEquals(await ask(() => thread.call("add", 2, 2)), 4);
    assertEquals(
      codeOf(() => void [...thread.call("add", 1, 1) as Iterable<unknown>]),
      "yield-to-no-one",
    );
  }));

test("what is transferred is moved, there and back", () =>
  withThread(async (thread) => {
    const bytes = new Uint8Array([7, 8]);
    const [first, filled] = await run(function* () {
      return [
        yield* thread.call("firstOf", transfer(bytes, [bytes.buffer])),
        yield* thread.call("filled", 3, 9),
      ] as const;
    });
    assertEquals([first, bytes.length, [...filled]], [7, 0, [9, 9, 9]]);
  }));

test("whoever is cancelled or gives up cancels the call", () =>
  withThread(async (thread) => {
    const told = words();
    const co = Coroutine.create(() => outcomeIn(() => thread.call("forEver", told)));
    co.enter();
    await seen(told);
    assertEquals(co.waitingOn, 'IOThread "disk" (forEver)');
    co.cancel();
    assertEquals(await co.done, "cancelled");
    await seen(told, 1);
  }));

test("a thread whose module fails, or is not there, is not started", async () => {
  const missing = await IOThread.spawn(new URL("./not_there.ts", import.meta.url)).catch(String);
  assertStringIncludes(String(missing), "not_there.ts");
  const data = "data:text/javascript,throw new RangeError('at once')";
  const failed = await IOThread.spawn(data).catch((error) => error);
  assertInstanceOf(failed, RangeError);
  assertInstanceOf(await IOThread.spawn("no url").catch((error) => error), TypeError);
});

test("a thread that crashes fails the calls that are under way with its error; it is closed for later ones", async () => {
  const thread = await spawn();
  const pending = run(() => outcomeIn(() => thread.call("nap", Infinity)));
  await ask(() => thread.call("crash"));
  assertInstanceOf(await pending, RangeError);
  // A call was told: so this need not be.
  await thread.join();
  for (let i = 0; i < 2; i++) {
    const later = await run(function* () {
      try {
        return yield* thread.call("add", 1, 1);
      } catch (error) {
        return error;
      }
    });
    if (!(later instanceof CoroutineError)) throw later;
    assertEquals([later.code, thread.ended], ["closed", true]);
    assertInstanceOf(later.cause, RangeError);
  }
});

test("a thread that crashes tells whoever joins it, if it has only calls left that nobody waits for", async () => {
  const [thread, told] = [await spawn(), words()];
  const co = Coroutine.create(() => outcomeIn(() => thread.call("heedless", told)));
  co.enter();
  await seen(told);
  co.cancel();
  assertEquals(await co.done, "cancelled");
  await seen(told, 1);
  await ask(() => thread.call("crash"));
  assertInstanceOf(await thread.join().catch((error) => error), RangeError);
});

test("one that has started another thread can be joined, whatever others do meanwhile", async () => {
  const busy = await spawn();
  // Longer than anything takes; it is ended below.
  const done = run(() => outcomeIn(() => busy.call("nap", LONG_MS * 1e6)));
  const thread = await spawn();
  await ask(() => thread.call("startIdle"));
  let joined = false;
  await Promise.race([thread.join().then(() => joined = true), done]);
  assert(joined, "it waits until the other thread has nothing to do");
  await busy.terminate();
  await done;
});

test("join() lets the calls end that are under way, and takes no more", async () => {
  const thread = await spawn();
  const last = ask(() => thread.call("later", 20));
  const joined = thread.join();
  assertEquals(await run(() => outcomeIn(() => thread.call("add", 1, 1))), "closed");
  assertEquals(await last, "later");
  await joined;
  await thread.join();
  assertEquals(thread.ended, true);
});

test("terminate() ends a thread that sleeps, and one that computes when it has done so", async () => {
  const asleep = await spawn();
  const call = run(() => outcomeIn(() => asleep.call("nap", Infinity)));
  await turn();
  await asleep.terminate();
  assertEquals(await call, "closed");
  const busy = await spawn();
  const told = words();
  const spinning = run(() => outcomeIn(() => busy.call("spin", told)));
  await seen(told);
  const ended = busy.terminate();
  assertEquals([await spinning, busy.ended], ["closed", true]);
  assertEquals(taken(), 2);
  Atomics.store(told, 1, 1);
  await ended;
  assertEquals(taken(), 1);
});

test("a coroutine is scheduled by its handle, once at a time, until it has ended", () =>
  withThread(async (thread) => {
    const runs = words();
    const handle = await ask(() => thread.call("counter", runs));
    for (let n = 1; n <= 100; n++) {
      schedule(handle);
      while (Atomics.load(runs, 0) < n) await turn();
    }
    assertEquals(Atomics.load(runs, 0), 100);
    Atomics.store(runs, 0, -1);
    schedule(handle);
    while (Atomics.load(runs, 0) < 0) await turn();
    for (let i = 0; i < 50 && codeOfSchedule(handle) !== "terminated"; i++) await turn();
    assertEquals(codeOfSchedule(handle), "terminated");
    const own = Coroutine.create(function* () {
      yield;
    });
    own.enter();
    const mine = handleOf(own);
    assertEquals([handleOf(own) === mine, codeOfSchedule(mine)], [true, undefined]);
    assertEquals(codeOfSchedule(mine), "already-scheduled");
    await own.done;
    assertEquals(await ask(() => thread.call("endOf", mine)), "terminated");
    assertEquals(handleOf(own), mine);
    const ended = Coroutine.create(function* () {});
    ended.enter();
    assertEquals(codeOf(() => void handleOf(ended)), "terminated");
  }));

type module_CoHandle = ReturnType<typeof module.counter>;

function codeOfSchedule(handle: module_CoHandle): unknown {
  try {
    schedule(handle);
    return undefined;
  } catch (error) {
    return codeIn(error);
  }
}

test("two coroutines on two threads schedule each other, and none is lost", () =>
  withThread(async (thread) => {
    const rounds = await run(function* () {
      const ponger = yield* thread.call("ponger", handleOf(Coroutine.self()));
      let n = 0;
      for (; n < 2000; n++) {
        schedule(ponger);
        yield;
      }
      return n;
    });
    assertEquals(rounds, 2000);
  }));

test("a coroutine of a thread that was killed can be scheduled no more", async () => {
  const thread = await spawn();
  const handle = await ask(() => thread.call("counter", words()));
  await thread.terminate();
  assertEquals(codeOfSchedule(handle), "terminated");
});

test("what is nested too deep to be read fails its own call alone, to the thread and back", async () => {
  const [thread, other] = [await spawn(), await spawn()];
  const mutex = new SharedCoMutex("m");
  const seen = new Set<string>();
  for (let depth = 500; depth <= 4_000; depth += 125) {
    const outcomes = [
      await tried(() => thread.call("nested", depth), depthOf),
      await tried(() => thread.call("depthOf", nested(depth)), Number),
    ];
    for (const outcome of outcomes) {
      if (outcome === depth) continue;
      seen.add(`${outcome}`.replace(/IOThread "\d+"/, "a thread"));
      // Others are called, and go on, as if nothing had been.
      assertEquals([
        await ask(() => thread.call("add", 1, 2)),
        await ask(() => other.call("add", 3, 4)),
      ], [3, 7]);
    }
  }
  assert(
    seen.has("DataCloneError: What a thread has answered could not be read: it is nested too deep"),
    `${[...seen]}`,
  );
  assert(
    seen.has("DataCloneError: What the call was given could not be read: it is nested too deep"),
    `${[...seen]}`,
  );
  await ask(() => thread.call("take", mutex.handle));
  await Promise.all([thread.join(), other.join()]);
});

/** What a call comes to, by `by`; or the error. */
async function tried(
  call: () => Suspension<unknown>,
  by: (result: unknown) => unknown,
): Promise<unknown> {
  try {
    return by(await ask(call));
  } catch (error) {
    return error;
  }
}

test("a call that is cancelled does not end its thread, whatever others there fail with because of that", async () => {
  const [thread, told] = [await spawn(), words()];
  const co = Coroutine.create(() => outcomeIn(() => thread.call("holdsShelf", told)));
  co.enter();
  await seen(told);
  co.cancel();
  assertEquals(await co.done, "cancelled");
  let found = "undefined";
  while (found === "undefined") found = await ask(() => thread.call("whatWasFound"));
  assertEquals([found, thread.ended], ["RangeError: of the waiter", false]);
  await thread.join();
});

test("a call that is refused as its coroutine waits already is not carried out", async () => {
  const [thread, counted] = [await spawn(), words()];
  const clock = new VirtualClock();
  const co = Coroutine.create(function* () {
    // A wait that was begun by hand.
    sleep(5, clock)[Symbol.iterator]().next();
    const code = yield* outcomeIn(() => thread.call("countOnce", counted));
    yield;
    return code;
  });
  co.enter();
  clock.advance(5);
  assertEquals(await co.done, "waiting");
  await ask(() => thread.call("add", 1, 1));
  assertEquals(counted[0], 0);
  await thread.join();
});
