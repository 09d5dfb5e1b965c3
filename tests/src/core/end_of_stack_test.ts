import { assertEquals } from "@std/assert";
import { CoMutex, Coroutine, type Scope, scope } from "@cofn/coroutine";
import { atEndOfStack, outcomeOf, start } from "../_helpers.ts";

const leader = Coroutine.self();
const PLACES = 200;

/** Acts on a fresh `make()` at each of the last places on the stack; hands back those that were used. */
function eachAtEndOfStack<T>(make: () => T, act: (one: T) => void): T[] {
  const all = Array.from({ length: PLACES }, make);
  let used = 0;
  atEndOfStack(PLACES, () => {
    const one = all[used];
    if (one === undefined) return;
    used++;
    act(one);
  });
  return all.slice(0, used);
}

Deno.test("enter() at the very end of the stack: afterwards the leader runs, and nobody is entered", () => {
  const cos = eachAtEndOfStack(
    () =>
      Coroutine.create(function* () {
        yield;
      }),
    (co) => co.enter(),
  );
  assertEquals(Coroutine.self() === leader, true);
  assertEquals(cos.filter((co) => co.entered).length, 0);
});

Deno.test(
  "unlock() at the very end of the stack loses no waiter",
  () => {
    const all = eachAtEndOfStack(() => {
      const m = new CoMutex("m");
      const holder = start("holder", function* () {
        yield* m.lock();
        yield;
        m.unlock();
      });
      const waiter = start("waiter", function* () {
        yield* m.lock();
        m.unlock();
      });
      return { m, holder, waiter };
    }, ({ holder }) => holder.enter());
    for (const { m, holder } of all) {
      if (holder.status === "suspended") holder.enter();
      assertEquals([m.locked, m.waiters], [false, 0]);
    }
  },
);

Deno.test("a scope that is cancelled at the very end of the stack, and then once more, leaves nobody out", () => {
  const all = eachAtEndOfStack(() => {
    let jobs: Scope | undefined;
    let ended = 0;
    const co = start("co", () =>
      scope(function* (those) {
        jobs = those;
        for (let i = 0; i < 20; i++) {
          those.start(function* () {
            try {
              yield;
            } finally {
              ended++;
            }
          });
        }
        yield;
      }));
    return { co, jobs, ended: () => ended };
  }, ({ jobs }) => jobs?.cancel());
  for (const { co, jobs, ended } of all) {
    outcomeOf(() => jobs?.cancel());
    assertEquals([co.status, ended()], ["terminated", 20]);
  }
});
