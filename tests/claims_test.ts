/** Each claim of the specs says one thing, and there is a bug that it alone must notice. */
import { assertEquals } from "@std/assert";
import { pairs } from "../model/conformance/pairs.ts";
import { parsedOf } from "../model/engine/language/spec.ts";
import { modelMutants } from "./mutants/_mutants.ts";

/** Claims of which the text has an "and", and which say one thing all the same. */
const ONE_THING: readonly string[] = [
  // One way out of several, of which each will do.
  "the host is asked for what is armed, or is about to be",
  "as long as somebody waits for the end, it comes",
  "no wake-up is lost: nobody waits for what is there, unless another one is on its way to it",
  // That one can be told: of the same line, and at the same time.
  "whoever watches is suspended, and not woken",
  "whoever stands in the line is suspended, and not woken",
  "nobody waits for what is over",
];

/** All claims, each once, with the specs that have it. */
async function allClaims(): Promise<
  Map<string, { readonly specs: Set<string>; readonly text: string }>
> {
  const all = new Map<string, { specs: Set<string>; text: string }>();
  for (const { name, load } of pairs) {
    const { spec } = await load();
    for (const { sentence, holds } of parsedOf(spec()).always) {
      const known = all.get(sentence);
      if (known === undefined) all.set(sentence, { specs: new Set([name]), text: `${holds}` });
      else known.specs.add(name);
    }
  }
  return all;
}

Deno.test("for each claim, a bug is planted in a spec that it must notice", async () => {
  const noticed = new Set(modelMutants.map(({ claim }) => claim));
  const claims = await allClaims();
  assertEquals(claims.size > 100, true, `${claims.size} claims`);
  const never = [...claims].filter(([claim]) => !noticed.has(claim))
    .map(([claim, { specs }]) => `${[...specs].join(", ")}: ${claim}`);
  assertEquals(never, []);
});

Deno.test("no claim has parts of which one could be lost", async () => {
  const several = [...await allClaims()].filter(([claim, { text }]) =>
    text.includes("&&") && !ONE_THING.includes(claim)
  );
  assertEquals(several.map(([claim]) => claim), []);
});
