/**
 * A copy of the project with one line replaced, and what a command says there.
 *
 * @module
 */
import { LONG_MS } from "../_long.ts";
import { copyOf } from "./_copy.ts";
import type { AnyMutant, Mutant } from "./_mutant.ts";

const COPIED = [
  "deno.json",
  "deno.lock",
  "mod.ts",
  "src",
  "model",
  "tests",
  "examples",
  "docs",
  "README.md",
];

/** What a command printed, and how it exited; `null` if it had to be ended. */
export interface Said {
  readonly code: number | null;
  readonly text: string;
}

/** Where the copy is: one for all mutants of a test file, so that Deno knows its other files already. */
let project: Promise<string> | undefined;

Deno.test.afterAll(async () => {
  if (project !== undefined) await Deno.remove(await project, { recursive: true });
});

/** Runs a module of the project, of which one line is replaced: one at a time. */
export function runMutated(
  mutant: Pick<AnyMutant, "file" | "line" | "nth" | "becomes">,
  args: readonly string[],
): Promise<Said> {
  return sayMutated(mutant, ["run", ...args]);
}

/** Runs a test of the project, of which one line is replaced: the one whose name begins so. */
export function testMutated(
  mutant: Pick<AnyMutant, "file" | "line" | "nth" | "becomes">,
  [file, test]: readonly [file: string, test: string],
): Promise<Said> {
  return sayMutated(mutant, ["test", file, "--filter", `/^${RegExp.escape(test)}/`]);
}

/** Replaces a line by itself: the project as it is. */
export const NOTHING = { file: "mod.ts", line: "/**", becomes: "/**" } as const;

/** What Deno says. */
async function sayMutated(
  mutant: Pick<AnyMutant, "file" | "line" | "nth" | "becomes">,
  [verb = "run", ...args]: readonly string[],
): Promise<Said> {
  const dir = await (project ??= copyOf(COPIED));
  const path = `${dir}/${mutant.file}`;
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, mutated(source, mutant));
  try {
    const command = new Deno.Command(Deno.execPath(), {
      args: [verb, "--no-lock", "--no-check", "--allow-all", ...args],
      cwd: dir,
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await outputOf(command);
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  } finally {
    await Deno.writeTextFile(path, source);
  }
}

/**
 * What a command has printed. Deno has been seen to wait for ever for one that had ended, as nothing else happened in
 * its event loop: so something does, each second; and if that does not help, the test fails.
 */
async function outputOf(command: Deno.Command): Promise<Deno.CommandOutput> {
  const child = command.spawn();
  const last = Date.now() + LONG_MS;
  let beat: ReturnType<typeof setInterval> | undefined;
  const late = new Promise<never>((_, reject) => {
    beat = setInterval(() => {
      if (Date.now() <= last) return;
      child.kill("SIGKILL");
      reject(new Error(`Nothing has come of it in ${LONG_MS / 1000} s`));
    }, 1000);
  });
  try {
    return await Promise.race([child.output(), late]);
  } finally {
    clearInterval(beat);
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
