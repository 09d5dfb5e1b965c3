import { assertEquals } from "@std/assert";
import { needing } from "./_needing.ts";
import { checkerMutants, codeMutants, modelMutants } from "./mutants/_mutants.ts";
import { nbdMutants } from "./mutants/_mutants_nbd.ts";
import { mutated } from "./mutants/_mutate.ts";
import { testNameOf } from "./mutants/_mutant.ts";

const root = new URL("../", import.meta.url);

needing("read")("each planted bug finds its line in what it is planted in", async () => {
  const all = [
    ...[...codeMutants, ...modelMutants, ...checkerMutants].map((mutant) => ({
      ...mutant,
      title: testNameOf(mutant),
    })),
    ...nbdMutants.map((mutant) => ({
      ...mutant,
      file: `examples/nbd/${mutant.file}`,
      title: mutant.name,
    })),
  ];
  const sources = new Map<string, string>();
  const lost: string[] = [];
  for (const mutant of all) {
    const source = sources.get(mutant.file) ??
      await Deno.readTextFile(new URL(mutant.file, root));
    sources.set(mutant.file, source);
    try {
      mutated(source, mutant);
    } catch (error) {
      lost.push(`${mutant.title}: ${error instanceof Error ? error.message : error}`);
    }
  }
  assertEquals(lost, []);
});
