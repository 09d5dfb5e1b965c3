/** The tests of the network block device find planted bugs. */
import { assertEquals, assertNotMatch } from "@std/assert";
import { needing } from "../_needing.ts";
import { mutated } from "./_mutate.ts";
import { nbdMutants } from "./_mutants_nbd.ts";

const root = new URL("../../", import.meta.url);
const COPIED = [
  "deno.json",
  "mod.ts",
  "src",
  "examples/nbd",
  "tests/_needing.ts",
  "tests/examples",
];
/** Longer than any of them takes: one that hangs has been noticed, too. */
const LONG_MS = 60_000;

const test = needing("run", "read", "write");

let project: Promise<string> | undefined;

async function copyProject(): Promise<string> {
  const dir = await Deno.makeTempDir();
  for (const name of COPIED) {
    await Deno.mkdir(`${dir}/${name}/..`.replace(/[^/]*\/\.\.$/, ""), { recursive: true });
    await copy(new URL(name, root).pathname, `${dir}/${name}`);
  }
  return dir;
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}

Deno.test.afterAll(async () => {
  if (project !== undefined) await Deno.remove(await project, { recursive: true });
});

for (const mutant of nbdMutants) {
  test(`the tests kill the mutant: ${mutant.name}`, async () => {
    const dir = await (project ??= copyProject());
    const path = `${dir}/examples/nbd/${mutant.file}`;
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, mutated(source, mutant));
    try {
      const child = new Deno.Command(Deno.execPath(), {
        args: ["test", "-A", "-q", "--no-lock", "--no-check", `tests/examples/nbd/${mutant.test}`],
        cwd: dir,
        env: { NO_COLOR: "1" },
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const timer = setTimeout(() => child.kill("SIGKILL"), LONG_MS);
      const { success, stdout, stderr } = await child.output();
      clearTimeout(timer);
      const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      assertEquals(success, false, `It survives:\n${text}`);
      // A line that names what is no longer there would be found, too, and show nothing.
      assertNotMatch(text, /ReferenceError|SyntaxError|is not defined|Module not found/);
    } finally {
      await Deno.writeTextFile(path, source);
    }
  });
}
