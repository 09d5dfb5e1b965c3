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

/** What the tests of a file say where nothing is weakened: one that always fails notices nothing. */
const saidOf = new Map<string, Promise<string>>();

/** Throws if a test fails as it is; all of its file that are to notice something are run at once. */
async function mustPass(
  [file, name]: CheckerMutant["noticed"],
  mutants: readonly CheckerMutant[],
): Promise<void> {
  let said = saidOf.get(file);
  if (said === undefined) {
    const names = new Set(
      mutants.map(({ noticed }) => noticed).filter(([of]) => of === file)
        .map(([, name]) => name),
    );
    said = testMutated(NOTHING, [file, ...names]).then(({ text }) => text);
    saidOf.set(file, said);
  }
  const text = await said;
  const line = `^${RegExp.escape(name)}.*`;
  assertMatch(text, new RegExp(`${line} ok`, "m"), `It does not pass as it is:\n${text}`);
  assertNotMatch(text, new RegExp(`${line} FAILED`, "m"), `It fails as it is:\n${text}`);
}

/** Declares a test for each. */
export function testNotices(mutants: readonly CheckerMutant[]): void {
  for (const mutant of mutants) {
    test(testNameOf(mutant), async () => {
      await mustPass(mutant.noticed, mutants);
      const { code, text } = await testMutated(mutant, mutant.noticed);
      assertEquals(code, 1, `Nobody notices:\n${text}`);
      // A line that is no code, or names what is not there, would be noticed, too, and show nothing.
      assertNotMatch(text, /SyntaxError|ReferenceError|is not defined|uncaught error/);
      assertMatch(text, new RegExp(`^${RegExp.escape(mutant.noticed[1])}.* FAILED`, "m"));
    });
  }
}
