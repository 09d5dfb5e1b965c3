import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Clock,
  CoMutex,
  CoQueue,
  Coroutine,
  CoSemaphore,
  monotonic,
  VirtualClock,
  type WaitOptions,
  withTimeout,
} from "@cofn/coroutine";
import { errorOf, start } from "./_helpers.ts";

/** The error of a call, in words. */
function wrong(f: () => unknown): string {
  return String(errorOf(f));
}

Deno.test("an alarm in no span of time is refused, and disturbs no other", () => {
  const clock = new VirtualClock();
  for (const ns of [NaN, -1, "5" as unknown as number]) {
    for (const one of [clock, monotonic]) {
      assertStringIncludes(
        wrong(() => one.after(ns, () => {})),
        "RangeError: Cannot set an alarm in",
      );
    }
  }
  const rung: number[] = [];
  clock.after(5, () => rung.push(clock.now));
  clock.advance(10);
  assertEquals([rung, clock.alarms], [[5], 0]);
});

Deno.test("an option that nobody knows is refused, as one that is misspelt", () => {
  const [m, q] = [new CoMutex("m"), new CoQueue("q")];
  const typo = { timout: 5 } as WaitOptions;
  start("co", function* () {
    for (
      const [wait, words] of [
        [() => m.lock(typo), "timeout, signal, clock"],
        [() => q.wait(typo), "timeout, signal, clock, front"],
        [() => new CoSemaphore(1).acquire(1, typo), "timeout, signal, clock"],
      ] as const
    ) {
      assertEquals(
        wrong(wait),
        `TypeError: Cannot wait: unknown option "timout", expected one of ${words}`,
      );
    }
    assertEquals(
      wrong(() => m.lock({ front: true } as WaitOptions)),
      'TypeError: Cannot wait: unknown option "front", expected one of timeout, signal, clock',
    );
    for (
      const [options, words] of [
        [{ clok: monotonic }, 'unknown option "clok", expected one of clock, late, lost'],
        [{ late: 5 }, "expected late to be a function, got number"],
        [{ lost: 5 }, "expected lost to be a function, got number"],
        [null, "expected a clock or { clock, late, lost }, got null"],
      ] as const
    ) {
      const wait = withTimeout(5, function* () {}, options as unknown as Clock);
      assertStringIncludes(
        wrong(() => wait[Symbol.iterator]().next()),
        `TypeError: Cannot wait for so long: ${words}`,
      );
    }
  });
  assertEquals([m.locked, q.empty], [false, true]);
});

Deno.test("what lets others go on under no mutex is refused", () => {
  const q = new CoQueue("q");
  const waiter = Coroutine.create(function* () {
    yield* q.wait();
  });
  waiter.enter();
  for (const none of [null, {}, "m"] as unknown as CoMutex[]) {
    for (const call of [() => q.enterNext(none), () => q.enterAll(none)]) {
      assertStringIncludes(wrong(call), "Cannot let go under a mutex: expected a CoMutex, got ");
    }
  }
  assertEquals(q.waiters, 1);
  q.next();
});
