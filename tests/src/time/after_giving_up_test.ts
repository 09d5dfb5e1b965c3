import { assertEquals, assertThrows } from "@std/assert";
import {
  assertNoDeadlock,
  type Clock,
  CoMutex,
  CoQueue,
  Coroutine,
  CoroutineError,
  DeadlockError,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";
import { outcomeOf, start, startHolder } from "../_helpers.ts";

Deno.test("done of one that was cancelled before it ran is rejected with the cancellation", async () => {
  const co = Coroutine.named("co", function* () {
    return "never";
  });
  const done = co.done;
  co.cancel("too late");
  const error = await done.then(() => undefined, (error: CoroutineError) => error);
  assertEquals([error?.code, error?.cause], ["cancelled", "too late"]);
});

Deno.test("one whose wait with a limit is over counts in a deadlock that it gets into later", () => {
  const [x, y, clock] = [new CoMutex("x"), new CoMutex("y"), new VirtualClock()];
  const holder = startHolder(x);
  const a = start("a", function* () {
    yield* x.lock({ timeout: 5, clock });
    yield;
    yield* y.lock();
  });
  holder.enter();
  const b = start("b", function* () {
    yield* y.lock();
    yield* x.lock();
  });
  assertNoDeadlock();
  a.enter();
  const error: DeadlockError = assertThrows(() => assertNoDeadlock(), DeadlockError);
  assertEquals(error.cycle.map(({ name }) => name).sort(), ["a", "b"]);
  for (const co of [a, b]) outcomeOf(() => co.cancel());
});

Deno.test("an alarm for ever is none", () => {
  const clock = new VirtualClock();
  const co = start("co", function* () {
    yield* sleep(Infinity, clock);
  });
  assertEquals([clock.alarms, clock.nextAlarm], [0, undefined]);
  clock.advance(1e15);
  assertEquals(co.status, "suspended");
  co.cancel();
});

Deno.test("a clock that rings at once is told that its alarm is not needed any more", () => {
  let cancelled = 0;
  const clock: Clock = {
    name: "hasty",
    now: 0,
    after(_ns, ring) {
      ring();
      return { cancel: () => cancelled++ };
    },
  };
  const co = start("co", function* () {
    yield* sleep(5, clock);
  });
  assertEquals([co.status, cancelled], ["terminated", 1]);
});

Deno.test("who has given up and cannot have the mutex again is told both", () => {
  const [m, queue, clock] = [new CoMutex("m"), new CoQueue("queue"), new VirtualClock()];
  let error: unknown;
  start("waiter", function* () {
    yield* m.lock();
    try {
      yield* queue.wait(m, { timeout: 5, clock });
    } catch (thrown) {
      error = thrown;
    }
  });
  outcomeOf(() =>
    start("abandoner", function* () {
      yield* m.lock();
    })
  );
  clock.advance(5);
  const codes: string[] = [];
  for (let one: unknown = error; one instanceof CoroutineError; one = one.cause) {
    codes.push(one.code);
  }
  assertEquals([codes.at(0), codes.at(-1)], ["abandoned", "timeout"]);
});
