import process from "node:process";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  all,
  type Co,
  Coroutine,
  CoroutineError,
  handleOf,
  IOThread,
  schedule,
  SharedCoMutex,
  SharedCoQueue,
  sleep,
  transfer,
} from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { ask, run } from "./_ask.ts";
import type * as module from "./_module.ts";
import { codeIn, codeOf, outcomeIn, turn } from "../_helpers.ts";

const test = needing("read");
const URL_OF_MODULE = new URL("./_module.ts", import.meta.url);

const spawn = (): Promise<IOThread<typeof module>> => IOThread.spawn<typeof module>(URL_OF_MODULE);

/** With a thread, which is joined. */
async function withThread(use: (thread: IOThread<typeof module>) => Promise<void>): Promise<void> {
  await using thread = await IOThread.spawn<typeof module>(URL_OF_MODULE, { name: "disk" });
  await use(thread);
}

const words = (n = 2): Int32Array => new Int32Array(new SharedArrayBuffer(4 * n));

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
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const naps = await ask(() => thread.call("napsNoted"));
    // 4 times, and when it was asked whether it works; if it went on so, it would be 200 times more.
    assert(naps.length > 0 && naps.length < 16, `${naps}`);
    // What the module does by a timer of its own comes late by as much at most.
    assertEquals(Math.max(...naps), 8);
  }));

test("calls run side by side, and answer as they end", () =>
  withThread(async (thread) => {
    const order: number[] = [];
    await run(function* () {
      yield* all([30, 1, 15].map((ms) =>
        function* () {
          yield* thread.call("later", ms);
          order.push(ms);
        }
      ));
    });
    assertEquals(order, [1, 15, 30]);
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
    const seen = words();
    const co = Coroutine.create(() => outcomeIn(() => thread.call("forEver", seen)));
    co.enter();
    while (Atomics.load(seen, 0) === 0) await turn();
    assertEquals(co.waitingOn, 'IOThread "disk" (forEver)');
    co.cancel();
    assertEquals(await co.done, "cancelled");
    while (Atomics.load(seen, 1) === 0) await turn();
  }));

test("a thread whose module fails, or is not there, is not started", async () => {
  const missing = await IOThread.spawn(new URL("./not_there.ts", import.meta.url)).catch(String);
  assertStringIncludes(String(missing), "not_there.ts");
  const data = "data:text/javascript,throw new RangeError('at once')";
  const failed = await IOThread.spawn(data).catch((error) => error);
  assertInstanceOf(failed, RangeError);
  assertInstanceOf(await IOThread.spawn("no url").catch((error) => error), TypeError);
});

test("a thread that crashes fails the calls that are under way with its error, and later ones", async () => {
  const thread = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const pending = run(() => outcomeIn(() => thread.call("nap", Infinity)));
  await ask(() => thread.call("crash"));
  assertInstanceOf(await pending, RangeError);
  // A call was told: so this need not be.
  await thread.join();
  assertInstanceOf(await run(() => outcomeIn(() => thread.call("add", 1, 1))), RangeError);
  assertEquals(thread.ended, true);
});

test("one that has started another thread can be joined, whatever others do meanwhile", async () => {
  await using busy = await spawn();
  const done = ask(() => busy.call("nap", 1e9));
  const thread = await spawn();
  await ask(() => thread.call("startIdle"));
  let joined = false;
  await Promise.race([thread.join().then(() => joined = true), done]);
  assert(joined, "it waits until the other thread has nothing to do");
  await done;
});

test("join() lets the calls end that are under way, and takes no more", async () => {
  const thread = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const last = ask(() => thread.call("later", 20));
  const joined = thread.join();
  assertEquals(await run(() => outcomeIn(() => thread.call("add", 1, 1))), "closed");
  assertEquals(await last, "later");
  await joined;
  await thread.join();
  assertEquals(thread.ended, true);
});

test("terminate() ends a thread that sleeps, or that never comes back", async () => {
  const asleep = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const call = run(() => outcomeIn(() => asleep.call("nap", Infinity)));
  await turn();
  await asleep.terminate();
  assertEquals(await call, "closed");
  const busy = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const seen = words();
  const spinning = run(() => outcomeIn(() => busy.call("spin", seen)));
  while (Atomics.load(seen, 0) === 0) await turn();
  const ended = busy.terminate();
  // Deno ends it at its next step; where a host cannot, this lets it go.
  const letGo = setTimeout(() => Atomics.store(seen, 1, 1), 200);
  await ended;
  clearTimeout(letGo);
  assertEquals(["closed", "done"].includes(`${await spinning}`), true);
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

test("a shared mutex excludes coroutines of all threads, and no wake-up is lost", async () => {
  const threads = await Promise.all(
    [1, 2].map((i) => IOThread.spawn<typeof module>(URL_OF_MODULE, { name: `${i}` })),
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
    const seen = words();
    const held = ask(() => thread.call("hold", mutex.handle, seen, 50e6));
    while (Atomics.load(seen, 0) === 0) await turn();
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
    await held;
    assertEquals([await last.done, mutex.locked], [last.name, false]);
  }));

test("a thread that dies with a shared mutex leaves it abandoned: nobody waits for ever", async () => {
  const thread = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const mutex = new SharedCoMutex("m");
  const seen = words();
  const held = run(() => outcomeIn(() => thread.call("hold", mutex.handle, seen, Infinity)));
  while (Atomics.load(seen, 0) === 0) await turn();
  const waiting = run(() => outcomeIn(() => mutex.lock()));
  await thread.terminate();
  assertEquals([await held, await waiting], ["closed", "abandoned"]);
  assertEquals(await run(() => outcomeIn(() => mutex.lock())), "abandoned");
});

test("a thread that dies with the mutex of a shared queue: those who wait there are told", async () => {
  const thread = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const waiting = run(function* () {
    yield* mutex.lock();
    return yield* outcomeIn(() => queue.wait());
  });
  const seen = words();
  const held = run(() => outcomeIn(() => thread.call("hold", mutex.handle, seen, Infinity)));
  while (Atomics.load(seen, 0) === 0) await turn();
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
  const thread = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const [stock, busy] = [words(), words()];
  const taking = run(() => outcomeIn(() => thread.call("takeMany", queue.handle, stock, 1)));
  while (queue.empty) await turn();
  const spinning = run(() => outcomeIn(() => thread.call("spin", busy)));
  while (Atomics.load(busy, 0) === 0) await turn();
  const waiting = run(function* () {
    yield* mutex.lock();
    return yield* outcomeIn(() => queue.wait());
  });
  await run(function* () {
    using _ = yield* mutex.lock();
    stock[0]!++;
    queue.next();
  });
  await thread.terminate();
  assertEquals([await taking, await spinning, await waiting], ["closed", "closed", "abandoned"]);
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
  assertEquals([codeOf(() => void mutex.lock()), codeOf(() => mutex.unlock())], [
    "not-in-coroutine",
    "not-in-coroutine",
  ]);
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

test("a coroutine of a thread that was killed can be scheduled no more", async () => {
  const thread = await IOThread.spawn<typeof module>(URL_OF_MODULE);
  const handle = await ask(() => thread.call("counter", words()));
  await thread.terminate();
  assertEquals(codeOfSchedule(handle), "terminated");
});

test("what one thread brings, others take: nobody waits for what is there", async () => {
  const threads = await Promise.all([1, 2].map(() => IOThread.spawn<typeof module>(URL_OF_MODULE)));
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
