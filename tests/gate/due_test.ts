import { assertEquals } from "@std/assert";
import { needing } from "../_needing.ts";
import { checkerMutants, codeMutants, modelMutants } from "../mutants/_mutants.ts";
import { dueMutants, mutantsBefore, sampleOf, textOf } from "./_due.ts";
import { Repository } from "./_repository.ts";

const test = needing("read");
const all = [...codeMutants, ...modelMutants, ...checkerMutants];

async function due(...files: string[]) {
  return inTurn(await dueMutants(new Set(files), undefined));
}

function inTurn<M>({ first, then }: { readonly first: readonly M[]; readonly then: readonly M[] }) {
  return [...first, ...then];
}

test("all planted bugs are due where nobody knows what has changed, and none where nothing has", async () => {
  assertEquals(inTurn(await dueMutants(undefined, undefined)), all);
  assertEquals(await due(), []);
  assertEquals(await due("README.md", "tests/mod_test.ts"), []);
});

test("all planted bugs are due when what they are found by has changed", async () => {
  for (
    const file of [
      "model/conformance/pairs.ts",
      "model/conformance/interleavings.ts",
      "tests/mutants/_kills.ts",
      "tests/mutants/_notices.ts",
      "tests/mutants/_mutate.ts",
      "model/verify/pair.ts",
      "model/verify.ts",
      "model/engine/play/conform.ts",
      "model/interleave/_search.ts",
      "deno.json",
    ]
  ) assertEquals((await due(file)).length, all.length, file);
});

test("bugs in a file are due when it has changed", async () => {
  const found = await due("src/core/_wait_list.ts");
  assertEquals(found.length > 0, true);
  assertEquals(found, all.filter(({ file }) => file === "src/core/_wait_list.ts"));
});

test("bugs are due when their binding has changed, or what it uses of bindings", async () => {
  const file = "model/conformance/time/sleep.ts";
  // What weakens the binding comes first, as its own file has changed.
  assertEquals(await due(file), [
    ...checkerMutants.filter((mutant) => mutant.file === file),
    ...codeMutants.filter(({ spec }) => spec === "sleep"),
  ]);
  const more = await due("model/conformance/core/_puppets.ts");
  assertEquals(more.some((mutant) => "spec" in mutant && mutant.spec === "co_rw_lock"), true);
  assertEquals(more.some((mutant) => "spec" in mutant && mutant.spec === "shared_list"), false);
});

test("bugs are due when their spec has changed, those that are planted in it first", async () => {
  const file = "model/specs/tasks/scope.ts";
  const found = await due(file);
  const planted = all.filter((mutant) => mutant.file === file);
  assertEquals(planted.length > 0, true);
  assertEquals(found.slice(0, planted.length), planted);
  const others = found.slice(planted.length);
  assertEquals(
    others.every((one) =>
      "spec" in one ? one.spec === "scope" : "check" in one && one.check[0] === file
    ),
    true,
  );
  assertEquals(
    codeMutants.filter(({ spec }) => spec === "scope").every((one) => found.includes(one)),
    true,
  );
});

test("what weakens a checker is due when the test has changed by which it is noticed", async () => {
  for (
    const file of ["tests/model/interleave/endless_test.ts", "tests/model/interleave/_mutex.ts"]
  ) {
    const found = await due(file);
    assertEquals(found.length > 0, true);
    assertEquals(found.every((one) => "weakness" in one), true);
    assertEquals(
      found.some((one) => "noticed" in one && one.noticed[0] === file),
      !file.includes("/_"),
    );
  }
});

test("bugs are due that were not there before, or were others", async () => {
  const [first, second] = codeMutants;
  if (first === undefined || second === undefined) throw new Error("There are none");
  const before = new Set(all.filter((one) => one !== first).map(textOf));
  assertEquals(
    inTurn(await dueMutants(new Set(["tests/mutants/_mutants_core.ts"]), before)),
    [first],
  );
  before.add(textOf({ ...first, becomes: "another" }));
  assertEquals(inTurn(await dueMutants(new Set(), before)), [first]);
});

needing("run", "read", "write")(
  "the planted bugs of a commit are those that it has, if they may have changed since",
  async () => {
    const repository = new Repository(new URL("../../", import.meta.url));
    const same = { base: "HEAD", files: new Set(["README.md"]) };
    assertEquals(await mutantsBefore(repository, same), undefined);
    const texts = await mutantsBefore(repository, {
      base: "HEAD",
      files: new Set(["tests/mutants/_mutants_core.ts"]),
    });
    const known = all.filter((mutant) => texts?.has(textOf(mutant)) === true);
    assertEquals(known.length > all.length / 2, true, `${known.length} of ${all.length}`);
  },
);

Deno.test("a sample has those that come first, and of the others some of each kind", () => {
  const then = Array.from({ length: 100 }, (_, i) => i);
  assertEquals(sampleOf({ first: [-2, -1], then }, 7), [-2, -1, 0, 20, 40, 60, 80]);
  assertEquals(sampleOf({ first: then, then }, 3), [0, 1, 2]);
  assertEquals(sampleOf({ first: [-1], then: [1, 2] }, 60), [-1, 1, 2]);
  assertEquals(sampleOf({ first: [], then }, 60).length, 60);
});
