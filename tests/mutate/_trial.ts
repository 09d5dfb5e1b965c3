/**
 * Plants a mutation in a copy of the project, and sees who notices: `verify`, the nearest spec first, then the tests.
 *
 * @module
 */
import { type Limits, type Ran, runDeno } from "./_child.ts";
import type { Judges } from "./_judges.ts";
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
  readonly args: readonly string[];
  readonly limits: Limits;
  readonly verdict: (ran: Ran) => Outcome;
  /** What must pass without the mutation, or nothing is known by it. */
  readonly alone: (outcome: Outcome) => readonly string[];
}

const IDLE_SECONDS = 90;
const QUICK: Limits = { cpuSeconds: 180, idleSeconds: IDLE_SECONDS };
const LONG: Limits = { cpuSeconds: 600, idleSeconds: IDLE_SECONDS };

/** What is known of the project as it stands: for all copies of it. */
export class Knowledge {
  readonly judges: Judges;
  /** Commands that have passed without any mutation, or have not. */
  readonly passes = new Map<string, Promise<boolean>>();
  /** The tests and specs that fail without any mutation: nothing is known by these. */
  readonly broken = new Set<string>();

  constructor(judges: Judges) {
    this.judges = judges;
  }
}

/** Sees what becomes of a mutation in the project in `dir`, where nobody else changes anything. */
export async function trial(mutation: Mutation, dir: string, known: Knowledge): Promise<Outcome> {
  const path = `${dir}/${mutation.file}`;
  const source = await Deno.readTextFile(path);
  const restore = () => Deno.writeTextFile(path, source);
  try {
    for await (const stage of stagesOf(mutation, dir, known)) {
      // Without those that are known to fail anyhow.
      for (;;) {
        const args = stage.args.filter((arg) => !known.broken.has(arg));
        await Deno.writeTextFile(path, planted(source, mutation));
        const ran = await runDeno(args, dir, stage.limits);
        await restore();
        if (ran.code === 0) break;
        const outcome = stage.verdict(ran);
        const alone = stage.alone(outcome);
        if (await passes(alone, stage.limits, dir, known)) return outcome;
        // Of several, one less; of one alone, nothing is known by it.
        const broken = alone.at(-1) ?? "";
        if (!args.includes(broken) || known.broken.has(broken)) break;
        known.broken.add(broken);
      }
    }
    return { status: "survived" };
  } finally {
    await restore();
  }
}

async function passes(
  args: readonly string[],
  limits: Limits,
  dir: string,
  { passes }: Knowledge,
): Promise<boolean> {
  const key = args.join(" ");
  let answer = passes.get(key);
  if (answer === undefined) {
    answer = runDeno(args, dir, limits).then(({ code }) => code === 0);
    passes.set(key, answer);
  }
  return await answer;
}

async function* stagesOf(
  mutation: Mutation,
  dir: string,
  { judges }: Knowledge,
): AsyncGenerator<Stage> {
  const specs = await judges.specsOf(mutation.file);
  const [nearest] = specs;
  const at = async (names: readonly string[], size: "quick" | "small"): Promise<Stage[]> => {
    const reaching: string[] = [];
    for (const name of names) {
      if (await reachedBy(name, mutation, size, dir, judges)) reaching.push(name);
    }
    return reaching.length === 0 ? [] : [ofSpecs(reaching, size)];
  };
  if (nearest !== undefined) {
    yield* await at([nearest.spec], "quick");
    yield* await at(specs.slice(1).map(({ spec }) => spec), "quick");
    yield* await at(specs.filter(({ near }) => near).map(({ spec }) => spec), "small");
  }
  for (const files of await judges.testsOf(mutation.file)) yield ofTests(files);
}

function ofSpecs(names: readonly string[], size: "quick" | "small"): Stage {
  const argsFor = (specs: readonly string[]) => [
    ...["run", "-A", "--no-check", "model/verify.ts", "--json", "--fail-fast", "--jobs", "1"],
    ...["--scope", size],
    ...specs.map((spec) => `--only=${spec}`),
  ];
  return {
    args: argsFor(names),
    limits: size === "quick" ? QUICK : LONG,
    verdict: (ran) => verdictOfVerify(ran, names, size),
    alone: ({ by }) => argsFor(by === undefined || !names.includes(by) ? names : [by]),
  };
}

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
    return { status: "verify", at: size, said: firstError(text), ...by(names[0]) };
  }
  const { mismatch, violation, error, unrefuted, differs } = row;
  const said = mismatch?.message ?? violation?.message ?? error ??
    (unrefuted ?? differs ?? []).join("; ");
  return { status: "verify", by: row.spec, at: row.scope, said: firstLine(said) };
}

function by(name: string | undefined): { by?: string } {
  return name === undefined ? {} : { by: name };
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

function firstError(text: string): string {
  return /^error: .*$/m.exec(text)?.[0] ?? text.trim().split("\n").at(-1) ?? "";
}

const TEST = ["test", "-A", "--no-check", "--doc", "--fail-fast"];

function ofTests(files: readonly string[]): Stage {
  return {
    args: [...TEST, ...files],
    limits: LONG,
    verdict: (ran) => verdictOfTests(ran, files),
    alone: ({ at }) => [...TEST, ...at === undefined ? files : [at]],
  };
}

function verdictOfTests({ text, hung }: Ran, files: readonly string[]): Outcome {
  if (hung !== undefined) {
    const [, pending = ""] = text.split("The following tests were pending:");
    const [, name = "", at = ""] = /^(.*) => \.\/([^:]+):/m.exec(pending) ?? [];
    const last = [...text.matchAll(/^running \d+ tests? from \.\/(.*)$/gm)].at(-1)?.[1];
    const file = at || last;
    return {
      status: "hung",
      by: name || "tests",
      said: hung,
      ...file === undefined ? {} : { at: file },
    };
  }
  const [, failed = ""] = text.split(/^ ERRORS $/m);
  const [, name, at] = /^(.*) => \.\/([^:\s]+)(?::\d+)+$/m.exec(failed) ?? [];
  const whole = /^\.\/(\S+) \(uncaught error\)/m.exec(text)?.[1];
  const file = files.find((one) => one === (at ?? whole) || at?.startsWith(`${one}$`) === true);
  return {
    status: "tests",
    said: firstError(failed || text),
    ...by(name ?? whole),
    ...file === undefined ? {} : { at: file },
  };
}
