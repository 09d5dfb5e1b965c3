import { assertEquals, assertStringIncludes } from "@std/assert";
import { pairs } from "../../model/conformance/pairs.ts";
import { needing } from "../_needing.ts";
import { runMutated } from "../mutants/_mutate.ts";

const test = needing("run", "read", "write");
/** Replaces a line by itself: the project as it is. */
const nothing = { file: "mod.ts", line: "/**", becomes: "/**" };

test("verify --json prints an object for each pair of spec and code, in order, and exits with 0", async () => {
  const args = ["model/verify.ts", "--json", "--only", "co_writer", "--jobs", "2"];
  const { code, text } = await runMutated(nothing, args);
  assertEquals(code, 0, text);
  const pairs = text.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  assertEquals(pairs.map(({ spec, scope }) => `${spec}: ${scope}`), [
    "co_writer: 2 coroutines, 4 bytes, 1 cancelled, 1 timed",
    // It is done first.
    "co_writer: 3 coroutines, 2 bytes, 1 timed, not nested",
  ]);
  for (const pair of pairs) {
    assertEquals(pair.ok, true);
    assertEquals(pair.replayed >= pair.transitions && pair.refused > 0, true);
  }
});

test("each file of model/specs that is no part of another has a pair, and a binding in the same wing", async () => {
  const specs = await filesIn("model/specs/");
  const bindings = await filesIn("model/conformance/");
  assertEquals([...new Set(pairs.map(({ name }) => name))].sort(), specs.map(nameOf).sort());
  assertEquals(specs.filter((path) => !bindings.includes(path)), []);
});

/** The public files of the wings of a folder, such as `locks/co_mutex.ts`. */
async function filesIn(folder: string): Promise<string[]> {
  const root = new URL(`../../${folder}`, import.meta.url);
  const found: string[] = [];
  for await (const wing of Deno.readDir(root)) {
    if (!wing.isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(`${wing.name}/`, root))) {
      if (!name.startsWith("_")) found.push(`${wing.name}/${name}`);
    }
  }
  return found;
}

function nameOf(path: string): string {
  return path.replace(/.*\//, "").replace(".ts", "");
}

test("verify stops code that hangs, and shows the calls after which it does", async () => {
  const { code, text } = await runMutated({
    file: "src/core/_wait_list.ts",
    line: "for (let co = nextOf(last); co !== null && co !== last; co = nextOf(co)) n++;",
    becomes: "for (let co = nextOf(last); co !== null && co !== last;) n++;",
  }, ["model/verify.ts", "--only", "co_mutex"]);
  assertEquals(code, 1, text);
  assertStringIncludes(text, "did not come back");
  assertStringIncludes(text, "lock(m=m1)");
});

const wrong: readonly (readonly [args: readonly string[], says: string])[] = [
  [["--scope", "huge"], "expected small or full"],
  [["--only", "nobody"], "expected one of coroutine, co_mutex"],
  [["--jobs", "0"], "expected an integer from 1 up"],
  [["--bogus"], "--bogus"],
];

for (const [args, says] of wrong) {
  test(`verify ${args.join(" ")} exits with 2 and says what it expected`, async () => {
    const { code, text } = await runMutated(nothing, ["model/verify.ts", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(text, says);
  });
}
