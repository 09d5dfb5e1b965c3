import { assertEquals, assertThrows } from "@std/assert";
import {
  AioContext,
  CoMutex,
  Coroutine,
  CoroutineError,
  handleOf,
  schedule,
} from "@cofn/coroutine";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { codeOf, turns, uncaughtIn } from "../_helpers.ts";

Deno.test("a program of one thread does not end before those have gone on that it has scheduled, however often", async () => {
  for (let round = 0; round < 3; round++) {
    const cos = Array.from({ length: 10 }, (_, i) => {
      const co = Coroutine.create(function* () {
        yield;
        return i;
      });
      co.enter();
      return co;
    });
    const all = cos.map(({ done }) => done);
    for (const handle of cos.map(handleOf)) schedule(handle);
    assertEquals(await Promise.all(all), cos.map((_, i) => i));
  }
  await turns();
});

Deno.test("a coroutine that ends before its turn can be scheduled no more, and leaves nothing behind", async () => {
  const { records } = commonsNow();
  await turns();
  const before = records.receivers.size;
  const late = Coroutine.create(function* () {});
  const first = Coroutine.create(function* () {
    late.cancel();
  });
  const handle = handleOf(late);
  schedule(handleOf(first));
  schedule(handle);
  const again = assertThrows(() => schedule(handle), CoroutineError, "it was already scheduled");
  assertEquals([again.code, again.scheduledBy], ["already-scheduled", "schedule"]);
  await first.done;
  await turns();
  assertEquals([late.status, codeOf(() => schedule(handle))], ["terminated", "terminated"]);
  const error = assertThrows(() => schedule(handle), CoroutineError, "it has ended");
  assertEquals(error.scheduledBy, undefined);
  assertEquals(records.receivers.size, before);
});

Deno.test("a coroutine whose context was closed goes on in the main one when it is scheduled", async () => {
  const context = new AioContext("closed soon");
  const co = Coroutine.create(function* () {
    yield* context.switchTo();
    yield;
    return Coroutine.self().context?.name;
  });
  co.enter();
  context.poll();
  const handle = handleOf(co);
  context.close();
  const uncaught = await uncaughtIn(() => {
    schedule(handle);
    return turns();
  });
  assertEquals([uncaught, co.status], [[], "terminated"]);
  assertEquals(await co.done, "main");
});

Deno.test("that it cannot go on in its context is told to the host, and it can be scheduled again", async () => {
  const mutex = new CoMutex("m");
  const holder = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
  });
  const co = Coroutine.create(function* () {
    using _ = yield* mutex.lock();
    yield;
    return "went on";
  });
  for (const one of [holder, co]) one.enter();
  const handle = handleOf(co);
  for (const _ of ["once", "twice"]) {
    const uncaught = await uncaughtIn(() => {
      schedule(handle);
      return turns();
    });
    assertEquals(uncaught.map((error) => (error as CoroutineError).code), ["waiting"]);
  }
  holder.enter();
  schedule(handle);
  assertEquals(await co.done, "went on");
});

Deno.test("what is no coroutine, and the leader, has no handle", () => {
  const { records } = commonsNow();
  const before = records.receivers.size;
  for (const wrong of [{ enter() {} }, null, undefined, 1] as unknown as Coroutine[]) {
    assertThrows(() => handleOf(wrong), TypeError, "Cannot share: expected a coroutine");
    assertThrows(() => AioContext.main.schedule(wrong), TypeError, "expected a coroutine");
  }
  assertEquals(codeOf(() => handleOf(Coroutine.self())), "not-in-coroutine");
  assertEquals(records.receivers.size, before);
});
