import { assert, assertEquals, assertMatch } from "@std/assert";
import { needing } from "../_needing.ts";

const test = needing("run", "read");

const COMMANDS = ["ratio.ts", "growth.ts", "threads.ts", "vs_head.ts", "nbd.ts"];

/** How a benchmark ends that is called so, and what it says. */
async function call(command: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `bench/${command}`, ...args],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout), complained: decoder.decode(stderr) };
}

test("each benchmark has a help, and measures nothing where it is called wrongly", async () => {
  await Promise.all(COMMANDS.map(async (command) => {
    const { code, said } = await call(command, "--help");
    assertEquals(code, 0, command);
    for (const option of said.match(/--\w+/g) ?? []) {
      assert(said.includes(`  ${option}`), `${command} says what ${option} is`);
    }
    const wrong = await call(command, "--nonsense");
    assertEquals([wrong.code, wrong.said], [2, ""], command);
    assertMatch(wrong.complained, /'--nonsense'.*\nTry --help\n$/s);
  }));
});

test("how many rounds there are is a number, and what is measured has a name", async () => {
  for (
    const [command, option, text, complaint] of [
      ["vs_head.ts", "--runs", "0", "expected an integer from 1 up"],
      ["vs_head.ts", "--runs", "many", "expected an integer from 1 up"],
      ["ratio.ts", "--only", "lock,sleep", "Cannot take --only sleep: expected some of create"],
      ["nbd.ts", "--only", "disk", "expected some of memory, file"],
    ] as const
  ) {
    const { code, complained } = await call(command, option, text);
    assertEquals(code, 2);
    assert(complained.includes(complaint), complained);
  }
});
