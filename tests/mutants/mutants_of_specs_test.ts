import { assert, assertEquals } from "@std/assert";
import { needing } from "../_needing.ts";
import { testNameOf } from "./_mutant.ts";
import { modelMutants } from "./_mutants.ts";
import { runMutated } from "./_mutate.ts";

const test = needing("run", "read", "write");

for (const mutant of modelMutants) {
  const { claim, check } = mutant;
  test(testNameOf(mutant), async () => {
    const args = ["model/cli.ts", ...check, "--claim", claim, "--json"];
    const { code, text } = await runMutated(mutant, args);
    assertEquals(code, 1, text);
    // INVARIANT: with exit code 1, one of the lines is a report with a violation.
    const names = text.split("\n").filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line).violation?.name);
    assert(names.includes(claim), `Another claim noticed: ${names}`);
  });
}
