import { assert, assertEquals } from "@std/assert";
import {
  Coroutine,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  VirtualClock,
} from "@cofn/coroutine";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { BATCH, FRESH } from "../../../src/lockfree/pool.ts";
import { RECORD } from "../../../src/lockfree/words.ts";
import { needing } from "../../_needing.ts";
import { outcomeIn, start, turn } from "../_helpers.ts";
import { run } from "./_ask.ts";
import { seen, withThread, words } from "./_spawn.ts";

/** How many records were ever used. */
const records = (): number => commonsNow().memory[POOL + FRESH]! / RECORD;
const POOL = 2;

Deno.test("who gives up at once stands in no line: not one of 70,000", async () => {
  const [mutex, rwlock] = [new SharedCoMutex("m"), new SharedCoRwLock("rw")];
  const holder = start("holder", function* () {
    using _m = yield* mutex.lock();
    using _w = yield* rwlock.writeLock();
    yield;
  });
  const before = records();
  const outcomes = await run(function* () {
    const seen = new Set<unknown>();
    for (let i = 0; i < 70_000; i++) {
      seen.add(yield* outcomeIn(() => mutex.lock({ timeout: 0 })));
      seen.add(yield* outcomeIn(() => rwlock.readLock({ timeout: 0 })));
      seen.add(yield* outcomeIn(() => rwlock.writeLock({ timeout: 0 })));
    }
    return [...seen];
  });
  assertEquals(outcomes, ["timeout"]);
  assertEquals([mutex.waiters, rwlock.waiters, records() - before], [0, 0, 0]);
  holder.enter();
  assertEquals([mutex.locked, rwlock.locked], [false, false]);
});

Deno.test("who gives up in a queue is in it no more: not one of 10,000", async () => {
  const mutex = new SharedCoMutex("m");
  const queue = new SharedCoQueue(mutex, "q");
  const waiting = run(function* () {
    using _ = yield* mutex.lock();
    yield* queue.wait();
    return "was told";
  });
  const before = records();
  await run(function* () {
    using _ = yield* mutex.lock();
    for (let i = 0; i < 10_000; i++) {
      assertEquals(yield* outcomeIn(() => queue.wait({ timeout: 0 })), "timeout");
    }
  });
  // As many as are at hand of a thread.
  assert(records() - before < 4 * BATCH);
  await run(function* () {
    using _ = yield* mutex.lock();
    assertEquals([queue.empty, queue.next(), queue.next(), queue.empty], [
      false,
      true,
      false,
      true,
    ]);
  });
  assertEquals(await waiting, "was told");
});

Deno.test("nobody waits for a shared mutex any more that was abandoned", async () => {
  const mutex = new SharedCoMutex("m");
  const bad = Coroutine.create(function* () {
    yield* mutex.lock();
    yield;
  });
  const done = bad.done.catch((error) => error.code);
  bad.enter();
  const waiting = [1, 2].map(() => run(() => outcomeIn(() => mutex.lock())));
  assertEquals(mutex.waiters, 2);
  try {
    bad.enter();
  } catch {
    // It is told that it has not unlocked it.
  }
  assertEquals([await done, ...await Promise.all(waiting)], [
    "locks-held",
    "abandoned",
    "abandoned",
  ]);
  assertEquals(mutex.waiters, 0);
});

/** More than give up before the holder's thread is told. */
const LINE = 2000;

/** Waits for a mutex `n` times, and gives up each time; one waits on. */
async function giveUpOften(mutex: SharedCoMutex, n: number, holder: () => void): Promise<void> {
  const before = records();
  const waiting = run(function* () {
    using _ = yield* mutex.lock();
    return "has had it";
  });
  const clock = new VirtualClock();
  try {
    for (let i = 0; i < n; i++) {
      const outcome = run(() => outcomeIn(() => mutex.lock({ timeout: 1, clock })));
      clock.advance(1);
      assertEquals(await outcome, "timeout");
      // The holder's thread has its turn.
      for (let turns = 0; mutex.waiters > LINE; turns++) {
        assert(turns < 2000, "they stand in the line still");
        await turn();
      }
    }
  } finally {
    holder();
  }
  // Those in the line, and what is at hand of both threads.
  assert(records() - before < LINE + 8 * BATCH);
  assertEquals(await waiting, "has had it");
  assertEquals([mutex.locked, mutex.waiters], [false, 0]);
}

Deno.test("who gives up again and again while one of the same thread has the mutex fills no line", async () => {
  const mutex = new SharedCoMutex("m");
  const holder = start("holder", function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  await giveUpOften(mutex, 70_000, () => holder.enter());
});

needing("read")(
  "who gives up again and again while one of another thread has the mutex fills no line",
  async () => {
    await withThread(async (thread) => {
      const mutex = new SharedCoMutex("m");
      const [held, letGo] = [words(), words()];
      const holding = run(() => outcomeIn(() => thread.call("hold", mutex.handle, held, letGo)));
      await seen(held);
      await giveUpOften(mutex, 20_000, () => {
        Atomics.store(letGo, 0, 1);
        Atomics.notify(letGo, 0);
      });
      await holding;
    });
  },
);
