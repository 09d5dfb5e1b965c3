/**
 * The gates: `deno task ok`, before each commit, and `deno task ok:all`, before anything is landed.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { bold, green, red } from "@std/fmt/colors";
import { filesIn } from "../_files.ts";
import { testNameOf } from "../mutants/_mutant.ts";
import { dueMutants, mutantsBefore, sampleOf } from "./_due.ts";
import { Repository } from "./_repository.ts";
import { run } from "./_run.ts";
import { dueTests } from "./_tests.ts";

/** So many planted bugs fit in the quick gate. */
const MOST_MUTANTS = 60;
/** So long the rows of full may take. */
const FULL_MINUTES = 30;

const HELP = `deno task ok        before each commit: some minutes
deno task ok:all    everything, some ten minutes of it planted bugs, and what is due of verify --scope full

ok runs: format, lint, documentation, types, a trial publish, verify at the scope quick, and of the
tests (but for long walks) and the planted bugs those that concern what has changed since a gate has
last passed here, or since what origin has: the tests that run or name a file that has, and the bugs
whose file, spec or binding has, or that have changed themselves; all, if what they are run or found
by has changed. If there are more than ${MOST_MUTANTS} of these bugs, it runs as many, and says how many are due
still.

ok:all runs: the same, with all tests, all planted bugs, verify at the scope small, and those rows of
--scope full whose spec, binding or source has changed since they were last run, for ${FULL_MINUTES} minutes at
most: it says which are due still. What it has seen of these is in docs/verified.md then.

  --all     as deno task ok:all
  --help    this text
`;

const DENO = Deno.execPath();
const ROOT = new URL("../../", import.meta.url);
const repository = new Repository(ROOT);

/** Something that must pass. */
interface Step {
  readonly name: string;
  readonly args: readonly string[];
  /** What it prints is of interest though it passes. */
  readonly tells?: boolean;
  /** So many tests must have passed. */
  readonly tests?: number;
  /** It may end before all is done, if it says so. */
  readonly mayBeIncomplete?: boolean;
}

/** The pages, whose code is checked as well. */
const PAGES = ["README.md"];
for (const folder of ["docs", "examples", "bench"]) {
  PAGES.push(...(await filesIn(ROOT, folder)).filter((file) => file.endsWith(".md")));
}

const CHEAP: readonly Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "documentation", args: ["doc", "--lint", "mod.ts", "model/mod.ts"] },
  // What comments and pages show, too: so the tests need not be checked once more.
  { name: "types", args: ["check", "--doc", ".", ...PAGES] },
  { name: "publish", args: ["publish", "--dry-run", "--allow-dirty", "--no-check"] },
];

/** No test hangs in silence: each has a limit. */
const TEST = ["test", "-A", "--no-check", "--parallel", "--preload", "tests/limit/preload.ts"];
const VERIFY = ["run", "-A", "model/verify.ts"];
const MUTANTS = "tests/mutants";
/** Walks of a thousand calls on the code: what verify does, by chance and for longer. */
const WALKS = "tests/model/conformance";

/** Where code is shown that runs. */
const SHOWN = ["mod.ts", "src", "model", ...PAGES];

const ALL: readonly Step[] = [
  ...CHEAP,
  { name: "tests", args: [...TEST, "--doc", `--ignore=${MUTANTS}`] },
  { name: "planted bugs", args: [...TEST, MUTANTS] },
  {
    name: "verify at small",
    args: [...VERIFY, "--scope", "small", "--jobs", `${navigator.hardwareConcurrency}`],
  },
  {
    name: "verify what is due of full",
    args: [
      ...[...VERIFY, "--scope", "full", "--due", "--write"],
      // One at a time: the largest one takes most of the memory that a machine has.
      ...["--max-seconds", `${60 * FULL_MINUTES}`, "--jobs", "1"],
    ],
    tells: true,
    mayBeIncomplete: true,
  },
];

/** The quick gate: and how many planted bugs it leaves out. */
async function quick(
  tree: string | undefined,
): Promise<{ readonly steps: readonly Step[]; readonly left: number }> {
  const change = tree === undefined ? undefined : await repository.lastGreen(tree);
  const before = change === undefined ? undefined : await mutantsBefore(repository, change);
  const due = await dueMutants(change?.files, before);
  const all = due.first.length + due.then.length;
  const chosen = sampleOf(due, MOST_MUTANTS);
  const names = chosen.map((mutant) => RegExp.escape(testNameOf(mutant))).join("|");
  const since = change === undefined ? "as nothing is known to be green" : `since ${change.name}`;
  const tests = (await filesIn(ROOT, "tests")).filter((file) =>
    file.endsWith("_test.ts") && ![MUTANTS, WALKS].some((folder) => file.startsWith(`${folder}/`))
  );
  const dueOnes = await dueTests(change?.files, tests);
  // What comments and pages show is made of all that there is.
  const shown = change === undefined ||
    [...change.files].some((file) => !file.startsWith("tests/"));
  const about = [...dueOnes, ...shown && dueOnes.length > 0 ? SHOWN : []];
  say(
    `${dueOnes.length} of ${tests.length} test files and ${all} planted bugs concern what has changed ${since}`,
  );
  return {
    left: all - chosen.length,
    steps: [
      ...CHEAP,
      ...about.length === 0 ? [] : [{ name: "tests", args: [...TEST, "--doc", ...about] }],
      { name: "verify at quick", args: VERIFY },
      ...chosen.length === 0 ? [] : [{
        name: "planted bugs",
        args: [...TEST, MUTANTS, "--filter", `/^(${names})$/`],
        tests: chosen.length,
      }],
    ],
  };
}

function say(text: string): void {
  // deno-lint-ignore no-console -- its output
  console.log(text);
}

async function main(args: string[]): Promise<number> {
  let values: { readonly all: boolean; readonly help: boolean };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        all: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    say(`${error instanceof Error ? error.message : error}\nTry --help`);
    return 2;
  }
  if (values.help) {
    say(HELP);
    return 0;
  }
  const begin = performance.now();
  const tree = await repository.treeNow();
  const { steps, left } = values.all ? { steps: ALL, left: 0 } : await quick(tree);
  const failed: string[] = [];
  for (const step of steps) {
    const { code, text, seconds } = await run(step.name, DENO, step.args);
    const ended = code === 0 ||
      step.mayBeIncomplete === true && code === 2 && /^INCOMPLETE/m.test(text);
    const passed = ended && (step.tests === undefined || step.tests === passedOf(text));
    const time = `${seconds.toFixed(0)} s`;
    say([passed ? green("ok    ") : red("FAILED"), step.name, countOf(text), time].join(" "));
    if (step.tells === true) say(text);
    else if (!passed) say(await failureIn(text));
    if (!passed) failed.push(step.name);
  }
  const minutes = (performance.now() - begin) / 60_000;
  if (left > 0) say(`${left} planted bugs are due still: deno task ok:all runs them`);
  // What it has written itself is no change: that is what was seen.
  if (failed.length === 0 && left === 0 && tree !== undefined) await repository.markGreen(tree);
  say(
    `\n${bold(failed.length === 0 ? green("ok") : red("FAILED"))} in ${
      minutes.toFixed(1)
    } minutes` +
      (failed.length === 0 ? "" : `: ${failed.join(", ")}`),
  );
  say(`${steps.length - failed.length} passed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

/** What went wrong; where that stands among a thousand lines, those are in a file. */
async function failureIn(text: string): Promise<string> {
  const at = text.lastIndexOf("\n ERRORS \n");
  if (at < 0) return text;
  const file = await Deno.makeTempFile({ prefix: "gate-", suffix: ".txt" });
  await Deno.writeTextFile(file, text);
  // What tests have written to stderr comes after what Deno has to say.
  const [errors = ""] = text.slice(at).split(/(?<=^FAILED \|.*$)/m);
  return `${errors.trim()}\n(all of its output: ${file})`;
}

/** How many tests have passed. */
function passedOf(text: string): number {
  return Number(/\| (\d+) passed/.exec(text)?.[1] ?? 0);
}

/** What a test run comes to. */
function countOf(text: string): string {
  return /\| (\d+ passed[^(\n]*)/.exec(text)?.[1] ?? "";
}

if (import.meta.main) Deno.exit(await main(Deno.args));
