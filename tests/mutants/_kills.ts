/**
 * The tests that `deno task verify` finds planted bugs.
 *
 * @module
 */
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "@std/assert";
import { lacking, needing } from "../_needing.ts";
import { type Mutant, testNameOf } from "./_mutant.ts";
import { hangMutated, startVerifier, verifyMutated } from "./_mutate.ts";

const NEEDED = ["run", "read", "write"] as const;
const test = needing(...NEEDED);

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
  if (lacking(NEEDED).length === 0) Deno.test.beforeAll(startVerifier);
  for (const mutant of mutants) {
    test(testNameOf(mutant), async (t) => {
      const said = await (mutant.hangs === true ? hangMutated : verifyMutated)(mutant);
      const death: Death = JSON.parse(said);
      assertEquals(death.ok, false, `It survives: ${said}`);
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
