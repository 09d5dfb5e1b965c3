/** What the memory is good for that threads share: what is over makes room, and a lack of it changes nothing. */
import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  Coroutine,
  handleOf,
  IOThread,
  schedule,
  SharedCoMutex,
  SharedCoQueue,
} from "@cofn/coroutine";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { POOL, RECORDS } from "../../../src/shared/_layout.ts";
import { FRESH } from "../../../src/lockfree/pool.ts";
import { needing } from "../../_needing.ts";
import { ask, run } from "./_ask.ts";
import { left, spawn } from "./_spawn.ts";

const test = needing("read");

/** How many words of records were ever used. */
const used = (): number => Atomics.load(commonsNow().memory, POOL + FRESH) - RECORDS;

test("the records of coroutines that nobody ended go back when their thread has", async () => {
  const afterwards: number[] = [];
  for (let i = 0; i < 4; i++) {
    const thread = await spawn();
    await ask(() => thread.call("nameMany", 1000));
    await thread.join();
    afterwards.push(used());
  }
  const [first = 0] = afterwards;
  // What a thread has at hand when it ends is given to all, and is taken by another one sooner or later.
  assert(afterwards.every((words) => words < 1.5 * first), `${afterwards}`);
});

test("threads that have ended, could not be started, or were started by others, make room", async () => {
  const mutex = new SharedCoMutex("m");
  const round = async (): Promise<void> => {
    const missing = new URL("./not_there.ts", import.meta.url);
    const error = await IOThread.spawn(missing).then(() => undefined, (error) => error);
    assertInstanceOf(error, Error);
    const thread = await spawn();
    assertEquals(await ask(() => thread.call("startMany", 2)), 2);
    // One that it leaves running ends with it.
    await ask(() => thread.call("holdInChild", mutex.handle, new Int32Array(2)));
    await thread.terminate();
  };
  for (let i = 0; i < 3; i++) await round();
  // This one's own is left.
  await left(1);
});

Deno.test("where as many wait as can be counted, the next one is refused, and takes nothing", async () => {
  const mutex = new SharedCoMutex("m");
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  holder.enter();
  const wait = (): Promise<unknown> =>
    run(function* () {
      try {
        using _ = yield* mutex.lock();
        return "has had it";
      } catch (error) {
        return error;
      }
    });
  const waiting: Promise<unknown>[] = [];
  do waiting.push(wait()); while (mutex.waiters === waiting.length);
  const error = await waiting.pop();
  assertEquals(`${error}`, "RangeError: Cannot wait: 65535 have it or wait for it already");
  const words = used();
  for (let i = 0; i < 1000; i++) assertInstanceOf(await wait(), RangeError);
  assertEquals([used(), mutex.waiters], [words, waiting.length]);
  holder.enter();
  assertEquals([...new Set(await Promise.all(waiting))], ["has had it"]);
  assertEquals(mutex.locked, false);
});

Deno.test("where no memory is left, what needs it is refused, and all else goes on", async () => {
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const co = Coroutine.create(function* () {
    yield;
    using _ = yield* mutex.lock();
    return mutex.holder?.name;
  });
  co.enter();
  const handle = handleOf(co);
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  holder.enter();
  const waiting = run(function* () {
    using _ = yield* mutex.lock();
    return "has had it";
  });

  const kept: Coroutine[] = [];
  const takeAll = (): Error =>
    assertThrows(() => {
      for (;;) {
        const one = Coroutine.create(function* () {});
        kept.push(one);
        handleOf(one);
      }
    }, RangeError);
  assertEquals(takeAll().message, "Cannot share: there is no memory left for it");
  const words = used();
  for (let i = 0; i < 1000; i++) assertThrows(() => handleOf(kept.at(-1)!), RangeError);
  assertEquals(used(), words);
  // Whoever would have to wait cannot, and nobody is in the line then.
  const refused = await run(function* () {
    try {
      yield* mutex.lock();
    } catch (error) {
      return [error instanceof RangeError, mutex.waiters];
    }
  });
  assertEquals(refused, [true, 1]);
  schedule(handle);
  holder.enter();
  assertEquals(await waiting, "has had it");
  assertEquals(await co.done, co.name);
  // What those had is free again.
  takeAll();
  const alone = await run(function* () {
    using _ = yield* mutex.lock();
    try {
      yield* queue.wait();
    } catch (error) {
      return [error instanceof RangeError, queue.empty, mutex.holder === Coroutine.self()];
    }
  });
  assertEquals([alone, mutex.locked], [[true, true, true], false]);

  // One that ends makes room for one.
  kept[0]!.enter();
  handleOf(kept.at(-1)!);
  for (const one of kept) if (one.status !== "terminated") one.enter();
  const free = await run(function* () {
    using _ = yield* mutex.lock();
    return mutex.waiters === 0;
  });
  assert(free);
});
