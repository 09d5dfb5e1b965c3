import { assert, assertEquals } from "@std/assert";
import { Coroutine, SharedCoMutex, SharedCoRwLock, type Suspension } from "@cofn/coroutine";
import fc from "fast-check";
import { marksOf } from "./_marks.ts";
import { codeOf, outcomeIn, start } from "../src/_helpers.ts";
import { type Deed, deeds, kinds, Stage } from "./_stage.ts";

/** One thing that happens. */
interface Event {
  readonly who: number;
  readonly what: number;
  readonly timeout: number | undefined;
}

const event: fc.Arbitrary<Event> = fc.record({
  who: fc.nat(3),
  what: fc.nat(99),
  timeout: fc.constantFrom(undefined, undefined, 0, 5, 15),
});

/** What comes of some events, with locks of one kind. */
function play(
  kind: keyof typeof kinds,
  names: readonly (readonly [string, Deed])[],
  events: readonly Event[],
  codes: Set<string>,
): unknown[] {
  const stage = new Stage(kinds[kind](), 4);
  const seen: unknown[] = [];
  for (const { who, what, timeout } of events) {
    const [name, deed] = what < 90
      ? names[what % names.length]!
      : ([["cancel"], ["end", "end"], ["advance"]] as const)[what % 3]!;
    let could = true;
    if (name === "cancel") stage.cancel(who);
    else if (name === "advance") stage.advance();
    else could = stage.tell(who, deed!, timeout);
    assert(stage.isMarkedRightly(), `the mark is wrong after ${name} of ${who}`);
    seen.push([name, who, timeout, could, stage.seen()]);
  }
  stage.end();
  seen.push(stage.seen());
  for (const line of stage.log.flat()) codes.add(line);
  return [...seen, stage.log];
}

for (const [what, all] of Object.entries(deeds)) {
  Deno.test(`a shared ${what} does on one thread what a local one does, whatever happens`, () => {
    const names = Object.entries<Deed>(all);
    const codes = new Set<string>();
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 25 }), (events) => {
        const local = play("local", names, events, codes);
        assertEquals(play("shared", names, events, new Set()), local);
      }),
      { numRuns: 1000 },
    );
    // INVARIANT of the test: it has seen waits that succeed, give up, are cancelled and abandoned.
    for (const code of ["true", "timeout", "cancelled", "abandoned", "relock", "not-holder"]) {
      assert(codes.has(code) || (what === "queue" && code === "relock"), `never: ${code}`);
    }
  });
}

for (const how of ["lock", "readLock", "writeLock"] as const) {
  Deno.test(`what was handed to one that gives up meanwhile goes to the next (${how})`, async () => {
    const [mutex, rwlock] = [new SharedCoMutex(), new SharedCoRwLock()];
    const take = (): Suspension<unknown> => how === "lock" ? mutex.lock() : rwlock[how]();
    const giveBack = (): void => (how === "lock" ? mutex : rwlock).unlock();
    const holder = start("holder", function* () {
      yield* how === "lock" ? mutex.lock() : rwlock.writeLock();
      yield;
      giveBack();
    });
    const [first, next] = ["first", "next"].map((name) =>
      start(name, function* () {
        yield* take();
        giveBack();
        return "has had it";
      })
    );
    holder.enter();
    // It was handed over, and nobody here has looked.
    first!.cancel();
    assertEquals(await first!.done.catch((error) => error.code), "cancelled");
    assertEquals(await next!.done, "has had it");
    assertEquals([mutex.locked, rwlock.locked, rwlock.waiters], [false, false, 0]);
    assertEquals(marksOf(rwlock.handle.at), 0);
  });
}

for (const [kind, locks] of Object.entries(kinds)) {
  Deno.test(`a reader that ends without unlocking abandons the lock for all: ${kind}`, async () => {
    const { rwlock } = locks();
    start("other", function* () {
      yield* rwlock.readLock();
      yield;
      rwlock.unlock();
    });
    const bad = Coroutine.named("bad", function* () {
      yield* rwlock.readLock();
    });
    bad.done.catch(() => {});
    assertEquals(codeOf(() => bad.enter()), "locks-held");
    const outcomes = ["readLock", "writeLock"] as const;
    for (const how of outcomes) {
      const co = start(how, () => outcomeIn(() => rwlock[how]() as Suspension<unknown>));
      assertEquals([co.status, await co.done], ["terminated", "abandoned"]);
    }
    start("tries", function* () {
      assertEquals(codeOf(() => rwlock.tryReadLock()), "abandoned");
      assertEquals(codeOf(() => rwlock.tryWriteLock()), "abandoned");
    });
  });
}
