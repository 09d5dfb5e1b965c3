/**
 * A copy of the project with one line replaced, and what a command says there.
 *
 * @module
 */
import { LONG_MS } from "../_long.ts";
import { copyInto, copyOf } from "./_copy.ts";
import type { AnyMutant, Mutant } from "./_mutant.ts";
import { useSchemaPart } from "./_schema.ts";
import { Verifier } from "./_verifier.ts";

/** What is replaced by what. */
export type Planted = Pick<AnyMutant, "file" | "line" | "nth" | "becomes">;

/** What its commands need; to copy all of the project takes longer than most of them. */
const COMMANDS = ["deno.json", "deno.lock", "mod.ts", "src", "model"];
/** What its tests need besides. */
const TESTS = ["bench", "tests", "examples", "docs", "README.md"];
const SAME_DRAWS = "tests/mutants/_same_draws.ts";
const CHILD = "tests/mutants/_verifier_child.ts";

/** What a command printed, and how it exited; `null` if it had to be ended. */
export interface Said {
  readonly code: number | null;
  readonly text: string;
}

/** Where the copy is: one for all mutants of a test file, so that Deno knows its other files already. */
let project: Promise<string> | undefined;

/** Whether what tests need is there. */
let forTests = false;

/** Where the copy is that has what a command needs. */
async function projectFor(verb: string): Promise<string> {
  const dir = await (project ??= copyOf(COMMANDS));
  if (verb === "test" && !forTests) {
    await copyInto(dir, TESTS);
    forTests = true;
  }
  return dir;
}

/** What verifies there, if anything does. */
let verifier: Promise<Verifier> | undefined;

Deno.test.afterAll(async () => {
  await (await verifier)?.end();
  if (project !== undefined) await Deno.remove(await project, { recursive: true });
});

/** Runs a module of the project, of which one line is replaced: one at a time. */
export function runMutated(
  mutant: Planted,
  args: readonly string[],
): Promise<Said> {
  return sayMutated(mutant, ["run", ...args]);
}

/** Runs tests of the project, of which one line is replaced: those whose names begin so. */
export async function testMutated(
  mutant: Planted,
  [file, ...tests]: readonly [file: string, ...tests: string[]],
): Promise<Said> {
  const names = tests.map((name) => RegExp.escape(name)).join("|");
  const draws = (await Deno.readTextFile(file)).includes("fast-check");
  const before = draws ? ["--preload", SAME_DRAWS] : [];
  return await sayMutated(mutant, ["test", ...before, file, "--filter", `/^(${names})/`]);
}

/** Replaces a line by itself: the project as it is. */
export const NOTHING = { file: "mod.ts", line: "/**", becomes: "/**" } as const;

/** Starts what verifies, for a test file that will need it: once, before its tests. */
export async function startVerifier(): Promise<void> {
  const dir = await projectFor("run");
  await copyInto(dir, [CHILD]);
  const config = await useSchemaPart(dir);
  verifier = Verifier.start(deno(dir, ["run", "--config", config, CHILD], "piped"));
  await verifier;
}

/** What `verify --json` says of the scope at which a planted bug is to be found. */
export async function verifyMutated(mutant: Mutant): Promise<string> {
  const started = await verifier;
  if (started === undefined) throw new Error("[internal] Nothing verifies: startVerifier() first");
  return await planted(mutant, "run", () => started.ask(mutant));
}

/** The same of one that hangs: by a Deno of its own, as a Worker that hangs goes on until Deno ends. */
export async function hangMutated(mutant: Mutant): Promise<string> {
  const { spec, at } = mutant;
  const args = ["model/verify.ts", "--only", spec, "--json", "--patience", "3", "--fail-fast"];
  const { text } = await runMutated(mutant, at === undefined ? args : [...args, "--at", at]);
  return text.split("\n").find((line) => line.startsWith('{"spec":')) ?? text;
}

/** What Deno says. */
function sayMutated(mutant: Planted, [verb = "run", ...args]: readonly string[]): Promise<Said> {
  return planted(mutant, verb, async (dir) => {
    const { code, stdout, stderr } = await outputOf(deno(dir, [verb, ...args], "null"));
    const decoder = new TextDecoder();
    return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
  });
}

/** Deno in the copy of the project. */
function deno(
  dir: string,
  [verb = "run", ...args]: readonly string[],
  stdin: "null" | "piped",
): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [verb, "--no-lock", "--no-check", "--allow-all", ...args],
    cwd: dir,
    env: { NO_COLOR: "1" },
    stdin,
    stdout: "piped",
    stderr: stdin === "null" ? "piped" : "inherit",
  });
}

/** Does something in the copy of the project while one line of it is replaced. */
async function planted<R>(
  mutant: Planted,
  verb: string,
  act: (dir: string) => Promise<R>,
): Promise<R> {
  const dir = await projectFor(verb);
  const path = `${dir}/${mutant.file}`;
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, mutated(source, mutant));
  try {
    return await act(dir);
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
  { file, line, nth = 0, becomes }: Planted,
): string {
  const lines = source.split("\n");
  const found = lines.flatMap((text, i) => text.trim() === line ? [i] : [])[nth];
  if (found === undefined) throw new Error(`Cannot mutate ${file}: it has no such line: ${line}`);
  lines[found] = becomes;
  return lines.join("\n");
}
