import { assert, assertEquals } from "@std/assert";
import { CoMutex, CoroutineError } from "../../../mod.ts";
import { bareErrors } from "../../../model/verify/bare_errors.ts";

/** What the runtime throws. */
function refused(): CoroutineError {
  try {
    new CoMutex("disk").unlock();
  } catch (error) {
    if (error instanceof CoroutineError) return error;
  }
  throw new Error("It was not refused as it should be");
}

/** All that an error says of itself, but for where it was made. */
function saidBy(error: CoroutineError) {
  const { name, message, code, coroutine, locks, scheduledBy, cause } = error;
  return { name, message, code, coroutine, locks, scheduledBy, cause, text: `${error}` };
}

Deno.test("errors without a stack say the same as those with one", () => {
  const whole = refused();
  const caused = () => new CoroutineError("timeout", "Too late", { cause: whole, locks: ["a"] });
  const other = caused();
  {
    using _ = bareErrors();
    for (const [bare, was] of [[refused(), whole], [caused(), other]] as const) {
      assert(bare instanceof CoroutineError && bare instanceof Error);
      assertEquals(saidBy(bare), saidBy(was));
      assertEquals(Object.keys(bare), Object.keys(was));
      assertEquals(bare.stack, undefined);
    }
  }
  // And then they have one again.
  assert(refused().stack?.includes("unlock"));
});

Deno.test("an error has a cause without a stack just if it has one with it", () => {
  using _ = bareErrors();
  assertEquals("cause" in new CoroutineError("timeout", "Too late"), false);
  assertEquals("cause" in new CoroutineError("timeout", "Too late", { cause: null }), true);
});
