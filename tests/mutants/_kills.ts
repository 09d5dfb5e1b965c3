/**
 * The tests that `deno task verify` finds planted bugs.
 *
 * @module
 */
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import { needing } from "../_needing.ts";
import { jobs } from "../../model/verify/jobs.ts";
import { type Mutant, testNameOf } from "./_mutant.ts";
import { runMutated } from "./_mutate.ts";

const test = needing("run", "read", "write");

/** What `verify --json` says of one that does not hold. */
interface Death {
  readonly ok: boolean;
  /** Of code that does not do what its spec says. */
  readonly mismatch?: { readonly message: string; readonly calls: readonly string[] };
  /** Of threads. */
  readonly violation?: {
    readonly message: string;
    readonly trace: { readonly token: string } | null;
  };
  /** It hangs, or could not be verified. */
  readonly error?: string;
}

/** Declares a test for each. */
export function testKills(mutants: readonly Mutant[]): void {
  for (const mutant of mutants) {
    test(testNameOf(mutant), async (t) => {
      const at = mutant.at ?? firstOf(mutant.spec);
      const args = ["model/verify.ts", "--only", mutant.spec, "--at", at, "--json"];
      const { code, text } = await runMutated(mutant, args);
      assertEquals(code, 1, `It survives, or verify could not run:\n${text}`);
      const [line = ""] = text.split("\n").filter((line) => line.startsWith('{"spec":'));
      const death: Death = JSON.parse(line);
      assertEquals(death.ok, false, text);
      await t.step(causeOf(death, mutant), () => {});
    });
  }
}

/** Why it died, on one line; throws if that was not the bug. */
function causeOf({ mismatch, violation, error }: Death, { hangs }: Mutant): string {
  // A line that names what is no longer there would be found, too, and show nothing.
  const rotten = /ReferenceError|is not defined/;
  if (hangs === true) {
    assertStringIncludes(error ?? "", "the code did not come back");
    return `${error}`.replaceAll(/\s+/g, " ");
  }
  if (violation !== undefined) {
    assertNotMatch(violation.message, rotten);
    assert(violation.trace !== null, `There is no trace: ${violation.message}`);
    return violation.message;
  }
  if (mismatch === undefined) throw new Error(`It was not the code that failed: ${error}`);
  assertNotMatch(mismatch.message, rotten);
  assert(mismatch.calls.length > 0, `There is no trace: ${mismatch.message}`);
  return `${mismatch.message} <- ${mismatch.calls.join("; ")}`;
}

/** The first scope of a spec. */
function firstOf(spec: string): string {
  const first = jobs.find(({ name }) => name === spec);
  if (first === undefined) throw new Error(`There is no spec ${spec}`);
  return first.scope;
}
