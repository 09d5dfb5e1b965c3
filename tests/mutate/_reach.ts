/**
 * Which lines a spec has its binding run: what it does not run, it cannot notice.
 *
 * @module
 */
import { tmpdir } from "node:os";
import { relative } from "node:path";
import { runDeno } from "./_child.ts";
import type { Judges } from "./_judges.ts";
import type { Mutation } from "./_mutations.ts";

/** The lines of each file. */
type Reach = Readonly<Record<string, readonly number[]>>;

const LIMITS = { cpuSeconds: 1200, idleSeconds: 120 };
/** What was found is kept here, by what it was found of. */
const kept = (): string => `${tmpdir()}/coroutine-mutate`;

const known = new Map<string, Promise<Reach>>();

/** Whether a spec, verified at quick, runs what a mutation changes. */
export async function reachedBy(
  spec: string,
  { file, line, lines }: Mutation,
  dir: string,
  judges: Judges,
): Promise<boolean> {
  let reach = known.get(spec);
  if (reach === undefined) {
    reach = reachOf(spec, dir, judges);
    known.set(spec, reach);
  }
  const reached = (await reach)[file] ?? [];
  return reached.some((one) => one >= line && one < line + lines);
}

async function reachOf(
  spec: string,
  dir: string,
  judges: Judges,
): Promise<Reach> {
  const file = `${kept()}/lines-${spec}-${await judges.digestOf(spec)}.json`;
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const counts = await Deno.makeTempDir();
  try {
    const ran = await runDeno(
      ["run", "-A", "--no-check", `--coverage=${counts}`, "tests/mutate/_walk.ts", spec],
      dir,
      LIMITS,
    );
    if (ran.code !== 0) throw new Error(`verify fails as it stands: ${spec}\n${ran.text}`);
    const told = await runDeno(
      ["coverage", "--lcov", `--output=${counts}/all.lcov`, "--include=/src/", counts],
      dir,
      LIMITS,
    );
    if (told.code !== 0) throw new Error(`Cannot tell what ${spec} reaches:\n${told.text}`);
    const reach = linesIn(await Deno.readTextFile(`${counts}/all.lcov`), dir);
    await Deno.mkdir(kept(), { recursive: true });
    await Deno.writeTextFile(file, JSON.stringify(reach));
    return reach;
  } finally {
    await Deno.remove(counts, { recursive: true });
  }
}

/**
 * The lines that were run, by what `deno coverage --lcov` says. It says 0 of a line of which a part was not run, as of
 * `if (late) giveUp();`: that something of it was, its branches tell.
 */
export function linesIn(lcov: string, dir: string): Reach {
  const reach: Record<string, number[]> = {};
  let lines: number[] = [];
  for (const text of lcov.split("\n")) {
    if (text.startsWith("SF:")) lines = reach[relative(dir, text.slice("SF:".length))] ??= [];
    const [, line, count] = /^DA:(\d+),(\d+)$/.exec(text) ??
      /^BRDA:(\d+),\d+,\d+,(\d+)$/.exec(text) ?? [];
    if (line !== undefined && Number(count) > 0) lines.push(Number(line));
  }
  return reach;
}
