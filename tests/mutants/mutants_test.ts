import { assert, assertEquals } from "@std/assert";
import { testKills } from "./_kills.ts";
import { contextSpecMutants, coreMutants, specMutants, taskSpecMutants } from "./_mutants.ts";
import { needing } from "../_needing.ts";
import { runMutated } from "./_mutate.ts";

const test = needing("run", "read", "write");

testKills(coreMutants);

for (
  const { claim, check, ...mutant } of [...specMutants, ...taskSpecMutants, ...contextSpecMutants]
) {
  test(`the model can break its claim: ${claim} (${check[0]})`, async () => {
    const { code, text } = await runMutated(mutant, [
      "model/cli.ts",
      ...check,
      "--claim",
      claim,
      "--json",
    ]);
    assertEquals(code, 1, text);
    // INVARIANT: with exit code 1, one of the lines is a report with a violation.
    const names = text.split("\n").filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line).violation?.name);
    assert(names.includes(claim), `Another claim noticed: ${names}`);
  });
}
