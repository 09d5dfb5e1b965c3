/**
 * The tests that the tests of the checkers notice when these are weakened.
 *
 * @module
 */
import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { needing } from "../_needing.ts";
import { type CheckerMutant, testNameOf } from "./_mutant.ts";
import { NOTHING, testMutated } from "./_mutate.ts";

const test = needing("run", "read", "write");

/** The tests that were seen to pass where nothing is weakened: one that always fails notices nothing. */
const passing = new Set<string>();

async function mustPass(noticed: CheckerMutant["noticed"]): Promise<void> {
  const key = noticed.join(": ");
  if (passing.has(key)) return;
  const { code, text } = await testMutated(NOTHING, noticed);
  assertEquals(code, 0, `It fails as it is:\n${text}`);
  passing.add(key);
}

/** Declares a test for each. */
export function testNotices(mutants: readonly CheckerMutant[]): void {
  for (const mutant of mutants) {
    test(testNameOf(mutant), async () => {
      await mustPass(mutant.noticed);
      const { code, text } = await testMutated(mutant, mutant.noticed);
      assertEquals(code, 1, `Nobody notices:\n${text}`);
      // A line that is no code, or names what is not there, would be noticed, too, and show nothing.
      assertNotMatch(text, /SyntaxError|ReferenceError|is not defined|uncaught error/);
      assertMatch(text, new RegExp(`^${RegExp.escape(mutant.noticed[1])}.* FAILED`, "m"));
    });
  }
}
