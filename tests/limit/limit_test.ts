import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { LONG_MS } from "../_long.ts";
import { needing } from "../_needing.ts";

const test = needing("run", "read");

/** Runs tests of which some hang, by a limit that is soon over: how that ends, and what it says. */
async function hanging(...args: readonly string[]): Promise<{ code: number; said: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--no-check", "--no-prompt", "--preload", "tests/limit/_short.ts"],
      ...["tests/limit/_hanging.ts", "--allow-all", "--", ...args],
    ],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(LONG_MS),
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

test("a test that waits for ever fails, and says where its coroutines stand", async () => {
  const { code, said } = await hanging();
  assertEquals(code, 1, said);
  assertMatch(said, /it waits for what never comes \.\.\. FAILED/);
  assertStringIncludes(said, "It has not ended in 1 s");
  assertStringIncludes(said, 'waiter -> CoMutex "disk" -> holder');
  // The others are as they were.
  assertMatch(said, /it ends \.\.\. ok/);
  assertMatch(said, /it is ignored \.\.\. ignored/);
  assertStringIncludes(said, "Error: as it should");
  assertMatch(said, /FAILED \| 1 passed \| 2 failed \| 1 ignored/);
});

test("a test whose thread does not come back is named, and ends the run", async () => {
  const { code, said } = await hanging("--thread");
  assertEquals(code === 0, false, said);
  assertStringIncludes(said, 'The thread of the test "itDoesNotComeBack" has not come back');
});

test("each way to run all tests has the limit", async () => {
  for (const file of ["deno.json", ".ci/run", "tests/gate/gate.ts"]) {
    const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    for (const line of text.split("\n")) {
      if (/\bdeno test\b|"test", "-A"/.test(line)) {
        assertStringIncludes(line, "tests/limit/preload.ts", file);
      }
    }
  }
});
