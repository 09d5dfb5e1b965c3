/**
 * A copy of the project with one line replaced, and what a command says there.
 *
 * @module
 */
import type { Mutant, SpecMutant } from "./_mutants.ts";

const root = new URL("../../", import.meta.url);
const COPIED = ["deno.json", "mod.ts", "src", "model"];

/** What a command printed, and how it exited; `null` if it had to be ended. */
export interface Said {
  readonly code: number | null;
  readonly text: string;
}

/** Runs a module of the project, of which one line is replaced. */
export async function runMutated(
  mutant: Pick<Mutant | SpecMutant, "file" | "line" | "nth" | "becomes">,
  args: readonly string[],
): Promise<Said> {
  const dir = await Deno.makeTempDir();
  try {
    for (const name of COPIED) await copy(new URL(name, root), `${dir}/${name}`);
    const path = `${dir}/${mutant.file}`;
    await Deno.writeTextFile(path, mutated(await Deno.readTextFile(path), mutant));
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "--no-check", "--allow-all", ...args],
      cwd: dir,
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The source with one line replaced; an error if the line is not there (any more). */
export function mutated(
  source: string,
  { file, line, nth = 0, becomes }: Pick<Mutant, "file" | "line" | "nth" | "becomes">,
): string {
  const lines = source.split("\n");
  const found = lines.flatMap((text, i) => text.trim() === line ? [i] : [])[nth];
  if (found === undefined) throw new Error(`Cannot mutate ${file}: it has no such line: ${line}`);
  lines[found] = becomes;
  return lines.join("\n");
}

async function copy(from: URL, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href.replace(/\/$/, "")}/${name}`), `${to}/${name}`);
  }
}
