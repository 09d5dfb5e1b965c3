import { assertEquals, assertMatch } from "@std/assert";
import { needing } from "./_needing.ts";

const test = needing("run", "read");
const ROOT = new URL("../", import.meta.url);

const { tasks } = JSON.parse(await textOf("deno.json")) as { tasks: Record<string, string> };

async function textOf(file: string): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "read", path: new URL(file, ROOT) });
  return state === "granted" ? await Deno.readTextFile(new URL(file, ROOT)) : '{ "tasks": {} }';
}

for (const [name, command] of Object.entries(tasks)) {
  if (!command.startsWith("deno run")) continue;
  test(`deno task ${name} --help says what it does, and warns of nothing`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", name, "--help"],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    assertEquals(code, 0, said);
    assertMatch(said, new RegExp(`deno task ${name}\\b`));
    // Deno itself says which command it runs, and no more.
    const told = new TextDecoder().decode(stderr).trim();
    assertMatch(told, new RegExp(`^Task ${RegExp.escape(`${name} ${command}`)} .--help.$`));
  });
}
