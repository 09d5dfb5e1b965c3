/** How many locks and queues threads may share. */
import { assertEquals, assertThrows } from "@std/assert";
import { SharedCoMutex, SharedCoQueue, SharedCoRwLock } from "@cofn/coroutine";

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
