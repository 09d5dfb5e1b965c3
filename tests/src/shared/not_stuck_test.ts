import { assertEquals } from "@std/assert";
import { assertNoDeadlock, Coroutine, dump, SharedCoMutex, SharedCoQueue } from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { ask } from "../threads/_ask.ts";
import { withThread, words } from "../threads/_spawn.ts";

const test = needing("read");

test("whoever waits for what another thread has is not stuck, and a dump says so", () =>
  withThread(async (thread) => {
    const [m, flags] = [new SharedCoMutex("m"), words(2)];
    const held = ask(() => thread.call("holdFor", m.handle, flags));
    while (Atomics.load(flags, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const waiter = Coroutine.named("waiter", function* () {
      using _ = yield* m.lock();
    });
    const { done } = waiter;
    waiter.enter();
    assertNoDeadlock();
    const [row] = dump().coroutines.filter(({ name }) => name === "waiter");
    assertEquals([row?.waitingOn, row?.shared], ['SharedCoMutex "m"', true]);
    Atomics.store(flags, 1, 1);
    await Promise.all([held, done]);
  }));

test("whoever waits in a queue that other threads have is not stuck", () => {
  const m = new SharedCoMutex("m");
  const q = new SharedCoQueue(m, "q");
  const waiter = Coroutine.named("waiter", function* () {
    using _ = yield* m.lock();
    yield* q.wait();
  });
  waiter.enter();
  assertNoDeadlock();
  assertEquals(dump().coroutines.map(({ name, shared }) => [name, shared]), [["waiter", true]]);
  waiter.done.catch(() => {});
  waiter.cancel();
});
