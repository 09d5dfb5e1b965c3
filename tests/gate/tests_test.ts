import { assert, assertEquals } from "@std/assert";
import { Sources } from "../../model/verify/sources.ts";
import { needing } from "../_needing.ts";
import { dueTests, runBy } from "./_tests.ts";

const test = needing("read");

/** Of files that are there by these texts alone. */
function sourcesOf(files: Readonly<Record<string, string>>): Sources {
  return new Sources((file) =>
    Object.hasOwn(files, file) ? Promise.resolve(files[file]!) : Promise.reject(new Error(file))
  );
}

const files = {
  "mod.ts": 'export { one } from "./src/one.ts";\nexport { two } from "./src/two.ts";\n',
  "src/one.ts": "export const one = 1;\n",
  "src/two.ts": 'import { three } from "./three.ts";\nexport const two = three;\n',
  "src/three.ts": "export const three = 3;\n",
  "examples/server.ts": 'import { one } from "../mod.ts";\n',
  "examples/other.ts": "",
  "README.md": "A page\n",
  "tests/whole_test.ts": "",
  "tests/one/one_test.ts": 'import { one } from "@cofn/coroutine";\n',
  "tests/one/two_test.ts": 'import { two } from "@cofn/coroutine";\n',
  "tests/one/server_test.ts": 'import { start } from "./_start.ts";\n',
  "tests/one/_start.ts": 'const command = ["run", "examples/server.ts"];\n',
  "tests/gate/tool_test.ts": 'import { tool } from "./_tool.ts";\nconst named = "README.md";\n',
  "tests/gate/_tool.ts": 'import { one } from "@cofn/coroutine";\n',
  "tests/one/page_test.ts": 'const url = new URL("../../README.md", import.meta.url);\n',
};
const tests = Object.keys(files).filter((file) => file.endsWith("_test.ts"));

async function due(...changed: string[]): Promise<readonly string[]> {
  return await dueTests(new Set(changed), tests, sourcesOf(files));
}

test("all tests are due where nobody knows what has changed, or what all are run by has", async () => {
  assertEquals(await dueTests(undefined, tests, sourcesOf(files)), tests);
  assertEquals(await due("deno.json"), tests);
  assertEquals(await due("tests/limit/_limit.ts"), tests);
});

test("all tests are due where a file is there no longer", async () => {
  assertEquals(await due("src/one.ts", "src/four.ts"), tests);
});

test("no test is due where nothing has changed", async () => {
  assertEquals(await due(), []);
});

test("tests are due that import what has changed, or what uses it; those of the whole project always", async () => {
  assertEquals(await due("src/three.ts"), ["tests/whole_test.ts", "tests/one/two_test.ts"]);
  assertEquals(await due("tests/one/one_test.ts"), [
    "tests/whole_test.ts",
    "tests/one/one_test.ts",
  ]);
  assertEquals(await due("examples/other.ts"), ["tests/whole_test.ts"]);
});

test("tests are due that name a file that has changed, or one that uses it, themselves or by what helps them", async () => {
  assertEquals(await due("src/one.ts"), [
    "tests/whole_test.ts",
    "tests/one/one_test.ts",
    "tests/one/server_test.ts",
  ]);
  assertEquals(await due("README.md"), ["tests/whole_test.ts", "tests/one/page_test.ts"]);
});

test("tests of tools are due for the tools alone, and not for what those look at", async () => {
  const tool = "tests/gate/tool_test.ts";
  for (const changed of ["src/one.ts", "README.md"]) {
    assert(!(await due(changed)).includes(tool), `${changed} is material`);
  }
  assertEquals(await due("tests/gate/_tool.ts"), ["tests/whole_test.ts", tool]);
});

test("the tests of the project run what they are about", async () => {
  const sources = new Sources();
  for (
    const [test, file] of [
      ["tests/src/locks/co_mutex_test.ts", "src/locks/co_mutex.ts"],
      // A command.
      ["tests/model/verify/verify_test.ts", "model/verify.ts"],
      // A thread.
      ["tests/src/threads/io_thread_test.ts", "tests/src/threads/_module.ts"],
      // A server.
      ["tests/examples/nbd/clients_test.ts", "examples/nbd/main.ts"],
    ] as const
  ) assert((await runBy(test, sources)).includes(file), `${test} runs ${file}`);
});
