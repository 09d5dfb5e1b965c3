/** How many locks and queues threads may share. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { SharedCoMutex, SharedCoQueue, SharedCoRwLock } from "@cofn/coroutine";
import { IDLE } from "../../../src/lockfree/words.ts";
import { commonsNow } from "../../../src/shared/_commons.ts";
import { Records } from "../../../src/shared/_records.ts";
import { turns, uncaughtIn } from "../_helpers.ts";

/** How many can be made until there is no memory left, and what is said then. */
function most(make: () => unknown): readonly [number, string] {
  for (let made = 0;; made++) {
    try {
      make();
    } catch (error) {
      const { message } = assertThrows(() => {
        throw error;
      }, RangeError);
      return [made, message];
    }
  }
}

Deno.test("what a thread had at hand when it has ended, others have", () => {
  const { context, ground, memory } = commonsNow();
  const records = () => new Records(memory, context, { ...ground, atHand: [] });
  const first = records();
  const one = first.take(IDLE, 0, () => {});
  first.discard(one);
  first.end();
  const second = records();
  const taken = Array.from({ length: 1000 }, () => second.take(IDLE, 0, () => {}));
  for (const record of taken) second.discard(record);
  second.end();
  assert(taken.includes(one));
});

Deno.test("as many locks and queues can be made as their documentation says, and then none", () => {
  const mutex = new SharedCoMutex("first");
  // Six queues take as much as five read-write locks do: so there may be 120,000 of them.
  for (let i = 0; i < 6; i++) new SharedCoQueue(mutex, `${i}`);
  assertEquals(most(() => new SharedCoMutex("m")), [
    99_999,
    "Cannot make another SharedCoMutex: there is no memory left for it",
  ]);
  assertEquals(most(() => new SharedCoRwLock("l")), [
    99_995,
    "Cannot make another SharedCoRwLock: there is no memory left for it",
  ]);
  assertThrows(() => new SharedCoQueue(mutex, "q"), RangeError, "another SharedCoQueue");
});

Deno.test("whatever one thing that has come fails with is told, and what comes next is looked at", async () => {
  const commons = commonsNow();
  const seen: number[] = [];
  const inbox = (): boolean => {
    if (seen.push(seen.length) === 1) throw "it has failed";
    return false;
  };
  commons.inboxes.add(inbox);
  commons.listen();
  try {
    const uncaught = await uncaughtIn(async () => {
      for (const n of [1, 2]) {
        commons.notify(commons.context);
        while (seen.length < n) await turns();
      }
    });
    assertEquals(uncaught, ["it has failed"]);
  } finally {
    commons.inboxes.delete(inbox);
  }
});
