/** Waits for what threads share that are run by hand, instead of by `yield*`. */
import { assertEquals } from "@std/assert";
import {
  type Co,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  sleep,
  type Suspension,
  VirtualClock,
} from "@cofn/coroutine";
import { codeIn, outcomeIn, start, turns } from "../_helpers.ts";

/** Begins a wait, and does not yield. */
function begin(wait: Suspension<unknown>): Iterator<unknown, unknown, unknown> {
  const begun = wait[Symbol.iterator]();
  begun.next();
  return begun;
}

const locks: Readonly<Record<string, () => readonly [() => Suspension<unknown>, () => void]>> = {
  "SharedCoMutex": () => {
    const m = new SharedCoMutex("m");
    return [() => m.lock(), () => m.unlock()];
  },
  "SharedCoMutex, with a limit": () => {
    const m = new SharedCoMutex("m");
    return [() => m.lock({ timeout: 1, clock: new VirtualClock() }), () => m.unlock()];
  },
  "SharedCoRwLock": () => {
    const l = new SharedCoRwLock("l");
    return [() => l.writeLock(), () => l.unlock()];
  },
};

for (const [name, make] of Object.entries(locks)) {
  Deno.test(`whoever has begun a wait for a shared lock by hand has not got it at the next try: ${name}`, async () => {
    const [lock, unlock] = make();
    const log: unknown[] = [];
    const holder = start("holder", function* () {
      yield* lock();
      yield;
      unlock();
    });
    start("again", function* () {
      begin(lock());
      log.push(codeIn(yield* outcomeIn(lock)));
    });
    start("the same", function* () {
      const begun = begin(lock());
      const same = { [Symbol.iterator]: () => begun } as Suspension<unknown>;
      log.push(codeIn(yield* outcomeIn(() => same)));
    });
    assertEquals(log, ["waiting", "waiting"]);
    holder.enter();
    await turns();
    start("next", function* () {
      yield* lock();
      log.push("next has it");
      unlock();
    });
    await turns();
    assertEquals(log.at(-1), "next has it");
  });
}

Deno.test("one that is refused a wait in a shared queue stands in no one's way", async () => {
  const m = new SharedCoMutex("m");
  const q = new SharedCoQueue(m, "q");
  const log: unknown[] = [];
  start("refused", function* () {
    using _ = yield* m.lock();
    begin(sleep(1, new VirtualClock()));
    log.push(codeIn(yield* outcomeIn(() => q.wait())), q.empty);
  });
  start("waits", function* () {
    using _ = yield* m.lock();
    yield* q.wait();
    log.push("told");
  });
  start("tells", function* () {
    using _ = yield* m.lock();
    q.next();
  });
  await turns();
  assertEquals(log, ["waiting", true, "told"]);
});

Deno.test("one that is refused to upgrade a shared lock reads on", () => {
  const l = new SharedCoRwLock("l");
  const log: unknown[] = [];
  start("reader", function* (): Co {
    yield* l.readLock();
    begin(sleep(1, new VirtualClock()));
    log.push(codeIn(yield* outcomeIn(() => l.upgrade())), l.readers);
    l.unlock();
  });
  assertEquals([...log, l.readers], ["waiting", 1, 0]);
});
