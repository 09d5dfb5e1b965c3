/**
 * Plants a mutation in a copy of the project, and sees who notices: `verify`, the nearest spec first, then the tests.
 *
 * @module
 */
import { RECORD } from "../../model/verify/record.ts";
import { type Limits, type Ran, runDeno } from "./_child.ts";
import type { Judge, Judges } from "./_judges.ts";
import { type Mutation, planted } from "./_mutations.ts";
import { reachedBy } from "./_reach.ts";

/** What became of a mutation. */
export interface Outcome {
  readonly status: "verify" | "tests" | "hung" | "survived";
  /** The spec, or the test, that noticed it. */
  readonly by?: string;
  /** At which scope; or in which file. */
  readonly at?: string;
  /** What it said; or where it hung. */
  readonly said?: string;
}

/** A command that may notice, and what it says then. */
interface Stage {
  readonly command: readonly string[];
  /** What it is asked about: each an argument of its own. */
  readonly targets: readonly string[];
  /** What fails once fails always. */
  readonly sure: boolean;
  readonly limits: Limits;
  readonly verdict: (ran: Ran) => Outcome;
  /** The target that a verdict is by; undefined if nobody knows. */
  readonly targetOf: (outcome: Outcome) => string | undefined;
}

/** More than each of them takes. */
const LIMITS = {
  quick: { cpuSeconds: 300, idleSeconds: 200 },
  // A test that hangs has a limit of its own, and says where it stood.
  long: { cpuSeconds: 600, idleSeconds: 400 },
};

/** What is known of the project as it stands: for all copies of it. */
export class Knowledge {
  readonly judges: Judges;
  readonly size: "quick" | "small";
  readonly limits: Readonly<Record<"quick" | "long", Limits>>;
  /** What came of commands without any mutation. */
  readonly clean = new Map<string, Promise<Ran>>();
  /** The tests and specs that fail without any mutation, or now and then: nothing is known by these. */
  readonly broken = new Set<string>();
  /** The specs of which other counts are recorded than are seen now. */
  readonly outdated = new Set<string>();

  constructor(
    judges: Judges,
    { size = "quick", limits = LIMITS }: {
      /** How far verify goes before the tests: at small, for the specs of the same wing. */
      readonly size?: Knowledge["size"];
      /** How long something may take: verify at quick, and all else. */
      readonly limits?: Knowledge["limits"];
    } = {},
  ) {
    this.judges = judges;
    this.size = size;
    this.limits = limits;
  }
}

/** Sees what becomes of a mutation in the project in `dir`, where nobody else changes anything. */
export async function trial(mutation: Mutation, dir: string, known: Knowledge): Promise<Outcome> {
  const path = `${dir}/${mutation.file}`;
  const source = await Deno.readTextFile(path);
  const mutated = async (args: readonly string[], limits: Limits): Promise<Ran> => {
    await Deno.writeTextFile(path, planted(source, mutation));
    try {
      return await runDeno(args, dir, limits);
    } finally {
      await Deno.writeTextFile(path, source);
    }
  };
  await forgetCounts(dir, known.outdated);
  for await (const stage of stagesOf(mutation, dir, known)) {
    for (;;) {
      const targets = stage.targets.filter((target) => !known.broken.has(target));
      if (targets.length === 0) break;
      const ran = await mutated([...stage.command, ...targets], stage.limits);
      if (ran.code === 0) break;
      const outcome = stage.verdict(ran);
      const target = stage.targetOf(outcome);
      const alone = [...stage.command, ...target === undefined ? targets : [target]];
      const clean = await withoutAny(alone, stage.limits, dir, known);
      if (clean.code !== 0) {
        const because = stage.verdict(clean);
        if (because.said?.startsWith(OTHER_COUNTS) === true) {
          // What was seen the last time is no measure: the spec is asked again without.
          known.outdated.add(because.by ?? "");
          known.clean.delete(alone.join(" "));
          await forgetCounts(dir, known.outdated);
          continue;
        }
        // By what fails anyhow, nothing is known: the others are asked again.
        const broken = stage.targetOf(because);
        for (const one of broken === undefined ? targets : [broken]) known.broken.add(one);
        continue;
      }
      // A test that fails now and then says nothing: it must fail again.
      const isSure = stage.sure || target === undefined || outcome.status === "hung";
      if (isSure || (await mutated(alone, stage.limits)).code !== 0) return outcome;
      known.broken.add(target);
    }
  }
  return { status: "survived" };
}

/** Has `verify` compare the counts of some specs with none. */
async function forgetCounts(dir: string, specs: ReadonlySet<string>): Promise<void> {
  if (specs.size === 0) return;
  const rows: { readonly spec: string }[] = JSON.parse(
    await Deno.readTextFile(`${dir}/${RECORD}`),
  );
  const kept = rows.filter(({ spec }) => !specs.has(spec));
  await Deno.writeTextFile(`${dir}/${RECORD}`, JSON.stringify(kept));
}

/** What comes of a command without any mutation. */
async function withoutAny(
  args: readonly string[],
  limits: Limits,
  dir: string,
  { clean }: Knowledge,
): Promise<Ran> {
  const key = args.join(" ");
  let ran = clean.get(key);
  if (ran === undefined) {
    ran = runDeno(args, dir, limits);
    clean.set(key, ran);
  }
  return await ran;
}

/** The commands that may notice a mutation, in the order in which they are asked. */
export async function* stagesOf(
  mutation: Mutation,
  dir: string,
  { judges, limits, size }: Knowledge,
): AsyncGenerator<Stage> {
  const reaching: Judge[] = [];
  for (const judge of await judges.specsOf(mutation.file)) {
    if (await reachedBy(judge.spec, mutation, dir, judges)) reaching.push(judge);
  }
  const [nearest, ...others] = reaching.map(({ spec }) => spec);
  if (nearest !== undefined) yield ofSpecs([nearest], "quick", limits);
  if (others.length > 0) yield ofSpecs(others, "quick", limits);
  // What is larger may run more.
  const near = (await judges.specsOf(mutation.file)).filter(({ near }) => near);
  const larger = near.length === 0 ? [] : [ofSpecs(near.map(({ spec }) => spec), "small", limits)];
  if (size === "small") yield* larger;
  for (const files of await judges.testsOf(mutation.file)) yield ofTests(files, limits.long);
  if (size === "quick") yield* larger;
}

const VERIFY = [
  ...["run", "-A", "--no-check", "model/verify.ts", "--json", "--fail-fast", "--jobs", "1"],
];

function ofSpecs(
  names: readonly string[],
  size: "quick" | "small",
  limits: Knowledge["limits"],
): Stage {
  return {
    command: [...VERIFY, "--scope", size],
    targets: names.map((name) => `--only=${name}`),
    sure: true,
    limits: size === "quick" ? limits.quick : limits.long,
    verdict: (ran) => verdictOfVerify(ran, names, size),
    targetOf: ({ by = "" }) => names.includes(by) ? `--only=${by}` : undefined,
  };
}

const OTHER_COUNTS = "other counts than the last time";

/** What `verify --json` says of one row. */
interface Row {
  readonly spec: string;
  readonly scope: string;
  readonly ok: boolean;
  readonly mismatch?: { readonly message: string };
  readonly violation?: { readonly message: string };
  readonly error?: string;
  readonly unrefuted?: readonly string[];
  readonly differs?: readonly string[];
}

function verdictOfVerify({ text, hung }: Ran, names: readonly string[], size: string): Outcome {
  const rows = text.split("\n").filter((line) => line.startsWith('{"spec":'))
    .map((line): Row => JSON.parse(line));
  if (hung !== undefined) {
    const place = /^\d+ of \d+ done, \d+ s · (.*)$/gm;
    const where = [...text.matchAll(place)].at(-1)?.[1] ?? `${names.join(", ")} at ${size}`;
    return { status: "hung", by: "verify", at: size, said: `${where}: ${hung}` };
  }
  const row = rows.find(({ ok, differs }) => !ok || differs !== undefined);
  if (row === undefined) {
    return { status: "verify", by: names.join(", "), at: size, said: firstError(text) };
  }
  const { mismatch, violation, error, unrefuted, differs } = row;
  const said = mismatch?.message ?? violation?.message ?? error ??
    (unrefuted !== undefined
      ? `it should refute ${unrefuted.join("; ")}`
      : `${OTHER_COUNTS}: ${differs?.join("; ")}`);
  return { status: "verify", by: row.spec, at: row.scope, said: firstLine(said) };
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

function firstError(text: string): string {
  return /^error: .*$/m.exec(text)?.[0] ?? text.trim().split("\n").at(-1) ?? "";
}

const LIMIT = ["--preload", "tests/limit/_two_minutes.ts"];
const TEST = ["test", "-A", "--no-check", "--doc", "--fail-fast", ...LIMIT];

function ofTests(files: readonly string[], limits: Limits): Stage {
  return {
    command: TEST,
    targets: files,
    sure: false,
    limits,
    verdict: (ran) => verdictOfTests(ran, files),
    targetOf: ({ at }) => at,
  };
}

function verdictOfTests({ text, hung }: Ran, files: readonly string[]): Outcome {
  if (hung !== undefined) {
    const [, pending = ""] = text.split("The following tests were pending:");
    const name = /^(.*) => \.\//m.exec(pending)?.[1] ?? "tests";
    return { status: "hung", by: name, said: hung, ...at(fileIn(text, files)) };
  }
  // Where a test was declared is no matter: by then, its file was under way.
  const failed = /^(.*) \.\.\. .*\bFAILED\b.*$/m.exec(text) ??
    /^The thread of the test "(.*)" has not come back in .*$/m.exec(text);
  const whole = /^\.\/(\S+) \(uncaught error\)/m.exec(text)?.[1];
  const [, said = text] = text.split(/^ ERRORS $/m);
  return {
    status: "tests",
    // An example in a comment is called by its place.
    by: (failed?.[1] ?? whole ?? "tests").replace(/^file:.*\/(?=src\/)/, ""),
    said: firstError(said),
    ...at(whole ?? fileIn(text.slice(0, failed?.index), files)),
  };
}

function at(file: string | undefined): { at?: string } {
  return file === undefined ? {} : { at: file };
}

/** The file whose tests a text says were under way at its end; of what comments show, the one with these. */
function fileIn(text: string, files: readonly string[]): string | undefined {
  const last = [...text.matchAll(/^running \d+ tests? from \.\/(.*)$/gm)].at(-1)?.[1];
  return files.find((file) => last === file || last?.startsWith(`${file}#`) === true);
}
