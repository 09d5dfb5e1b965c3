/**
 * The tests that `deno task verify` finds planted bugs.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { needing } from "../_needing.ts";
import type { Mutant } from "./_mutant.ts";
import { runMutated } from "./_mutate.ts";

const test = needing("run", "read", "write");

/** Declares a test for each. */
export function testKills(mutants: readonly Mutant[]): void {
  for (const mutant of mutants) {
    test(`verify kills the mutant: ${mutant.name}`, async (t) => {
      const args = ["model/verify.ts", "--only", mutant.spec, "--fail-fast"];
      const { code, text } = await runMutated(mutant, args);
      assertEquals(code, 1, `It survives, or verify could not run:\n${text}`);
      const threads = /is VIOLATED: (.*)/.exec(text);
      if (threads !== null) {
        assertStringIncludes(text, "replay: ", `There is no trace:\n${text}`);
        return void await t.step(threads[1] ?? "", () => {});
      }
      assertStringIncludes(text, "does not conform");
      const trace = text.slice(text.indexOf(`${mutant.spec} does not conform`)).trim();
      const first = text.match(/^ {4,}1 {2}\w.*$/m);
      assert(first !== null || !/\n {2,}\d/.test(trace), `There is no trace:\n${text}`);
      await t.step(killedBy(text), () => {});
    });
  }
}

/** The reason and the calls, on one line. */
function killedBy(text: string): string {
  const [, reason = ""] = text.match(/does not conform: (.*)/) ?? [];
  const calls = [...text.matchAll(/^ +\d+ {2}(\w.*)$/gm)].map(([, call]) => call);
  return `${reason} <- ${calls.join("; ")}`;
}
