/**
 * The tests that `deno task verify` finds planted bugs.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { needing } from "../_needing.ts";
import { jobs } from "../../model/verify/jobs.ts";
import { type Mutant, testNameOf } from "./_mutant.ts";
import { runMutated } from "./_mutate.ts";

const test = needing("run", "read", "write");

/** Declares a test for each. */
export function testKills(mutants: readonly Mutant[]): void {
  for (const mutant of mutants) {
    test(testNameOf(mutant), async (t) => {
      const at = mutant.at ?? firstOf(mutant.spec);
      const args = ["model/verify.ts", "--only", mutant.spec, "--at", at];
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

/** The first scope of a spec. */
function firstOf(spec: string): string {
  const first = jobs.find(({ name }) => name === spec);
  if (first === undefined) throw new Error(`There is no spec ${spec}`);
  return first.scope;
}

/** The reason and the calls, on one line. */
function killedBy(text: string): string {
  const [, reason = ""] = text.match(/does not conform: (.*)/) ?? [];
  const calls = [...text.matchAll(/^ +\d+ {2}(\w.*)$/gm)].map(([, call]) => call);
  return `${reason} <- ${calls.join("; ")}`;
}
