/**
 * The score of what is verified and tested: `deno task mutate` plants mutations by chance, and tells who notices.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { filesIn } from "../_files.ts";
import { copyOf } from "../mutants/_copy.ts";
import { endAll } from "./_child.ts";
import { Judges, wingOf } from "./_judges.ts";
import { addsNothing, explainedAnywhere, explains, type Mark, marksIn, zerosIn } from "./_marks.ts";
import { type Mutation, mutationsIn, nameOf, sampleOf } from "./_mutations.ts";
import {
  BY_VERIFY,
  countsOf,
  type Fate,
  jsonOf,
  type Result,
  sharesOf,
  summaryOf,
  textOf,
  type Told,
  toldIn,
} from "./_score.ts";
import { Knowledge, trial } from "./_trial.ts";
import { refusedOf } from "./_types.ts";

const HELP = `deno task mutate [--sample N] [--seed S] [--only WING|FILE|FILE:LINE …] [--json] …

Plants mutations in the source, one at a time, in a copy of the project: an operator, a literal, a
condition, a call, a block is replaced by another, as Stryker's mutators do it; numbers and
operators on bits, too. Texts are left alone. For each one it runs verify, then the tests, of those
that run the file, the nearest first, and tells what noticed it: the spec or the test.

  --sample N         so many, by chance (300)
  --seed S           which ones: the same for the same seed (1)
  --only WHERE       a folder of src, such as locks, a file, or a line of one, such as
                     src/locks/co_mutex.ts:120; may be given several times
  --scope SIZE       how far verify goes before the tests: quick (default), or small, which is asked
                     after quick, of the specs of the same wing alone; whatever nobody has noticed by
                     then is asked at small in any case
  --list             says which they are, and runs nothing
  --explained        runs those as well which the source explains, and tells which are noticed
  --after FILE       goes on after a run that was ended: what that has printed with --json is in FILE, and
                     counts, and is not run again
  --jobs N           so many at a time; by default as many as there are processors
  --json             one object a line for each: file, line, column, mutator, before, after,
                     status, by (the spec or test that noticed it), at (its scope or file), said,
                     seconds; and in the last line, the counts of all, of each wing and file
  --help             this text

What became of one:
  refused            the compiler refuses it: it does not count
  explained          it changes nothing that anybody could notice, as a comment beside it says:
                     // EQUIVALENT(< -> <=): why; or it takes away what is 0. It does not count
  verify, tests      one of these noticed it
  hung               one of these ran on without an end, and said nothing of it: not noticed
  survived           nobody noticed

What a spec does not run, it is not asked about.

Exits with 0 if verify has noticed ${
  100 * BY_VERIFY
} % of what counts, and with the tests all of it was; with
1 if not; with 2 if it was called wrongly, or ended before it was done.
`;

const ROOT = new URL("../../", import.meta.url);
const COPIED = [
  ...["deno.json", "deno.lock", "mod.ts", "README.md", "CHANGELOG.md", "docs", "src", "model"],
  ...["tests", "examples", "bench"],
];
const PLAIN_SECONDS = 60;

const encoder = new TextEncoder();

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

function tell(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wrong(reason: string): number {
  tell(`${reason}\nSee deno task mutate --help\n`);
  return 2;
}

/** A line that says how far it has come: live on a terminal, and now and then elsewhere. */
class Live {
  readonly #live = Deno.stderr.isTerminal();
  readonly #begin = performance.now();
  readonly #beat = setInterval(() => this.show(), 1000);
  #last = this.#begin;
  text = "";

  show(): void {
    const now = performance.now();
    if (!this.#live && now - this.#last < 1000 * PLAIN_SECONDS) return;
    this.#last = now;
    const line = `${this.text}, ${((now - this.#begin) / 1000).toFixed(0)} s`;
    tell(this.#live ? `\r\x1b[2K${line}` : `${line}\n`);
  }

  clear(): void {
    if (this.#live) tell("\r\x1b[2K");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#beat);
    this.clear();
  }
}

interface Settings {
  readonly sample: number;
  readonly seed: number;
  readonly jobs: number;
  readonly scope: "quick" | "small";
  readonly json: boolean;
  readonly list: boolean;
  readonly explained: boolean;
  readonly only: readonly string[];
  /** What became of some of them in an earlier run, by their names. */
  readonly before: ReadonlyMap<string, Told>;
}

function settingsOf(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      sample: { type: "string", default: "300" },
      seed: { type: "string", default: "1" },
      only: { type: "string", multiple: true, default: [] },
      jobs: { type: "string", default: `${navigator.hardwareConcurrency}` },
      scope: { type: "string", default: "quick" },
      list: { type: "boolean", default: false },
      explained: { type: "boolean", default: false },
      after: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;
}

async function main(args: readonly string[]): Promise<number> {
  let values: ReturnType<typeof settingsOf>;
  try {
    values = settingsOf(args);
  } catch (error) {
    return wrong(messageOf(error));
  }
  if (values.help) {
    say(HELP);
    return 0;
  }
  const counts: Record<string, number> = {};
  for (const [name, least] of [["sample", 1], ["seed", 0], ["jobs", 1]] as const) {
    const value = Number(values[name].trim() || NaN);
    if (!Number.isSafeInteger(value) || value < least) {
      return wrong(
        `Cannot mutate with --${name} ${values[name]}: expected an integer from ${least} up`,
      );
    }
    counts[name] = value;
  }
  const scope = (["quick", "small"] as const).find((size) => size === values.scope);
  if (scope === undefined) {
    return wrong(`Cannot mutate at --scope ${values.scope}: expected quick or small`);
  }
  const { sample = 0, seed = 0, jobs = 0 } = counts;
  const sources = await sourcesOf();
  const unknown = values.only.find((where) =>
    ![...sources.keys()].some((file) => isAt(where, file))
  );
  if (unknown !== undefined) {
    const wings = new Set([...sources.keys()].map(wingOf));
    return wrong(
      `Cannot mutate --only ${unknown}: expected ${[...wings].join(", ")}, or a file in src`,
    );
  }
  let before: ReadonlyMap<string, Told> = new Map();
  try {
    if (values.after !== undefined) before = toldIn(await Deno.readTextFile(values.after));
  } catch (error) {
    return wrong(`Cannot go on --after ${values.after}: ${messageOf(error)}`);
  }
  return await mutate(sources, { ...values, scope, sample, seed, jobs, before });
}

/** Whether a file, or a line of it, is where somebody has asked for. */
function isAt(where: string, file: string, line?: number): boolean {
  const [, path = where, at] = /^(.*):(\d+)$/.exec(where) ?? [];
  if (at !== undefined && line !== undefined && Number(at) !== line) return false;
  return path === file || path === wingOf(file);
}

/** All files of src, and what they say. */
async function sourcesOf(): Promise<ReadonlyMap<string, string>> {
  const files = (await filesIn(ROOT, "src")).filter((file) => file.endsWith(".ts"));
  const texts = files.map((file) => Deno.readTextFile(new URL(file, ROOT)));
  return new Map((await Promise.all(texts)).map((text, i) => [files[i] ?? "", text]));
}

async function mutate(
  sources: ReadonlyMap<string, string>,
  { only, sample, seed, scope, jobs, json, list, explained, before }: Settings,
): Promise<number> {
  using live = new Live();
  live.text = "Looking for places";
  const all: Mutation[] = [];
  const marks: Mark[] = [];
  for (const [file, source] of sources) {
    if (only.length > 0 && !only.some((where) => isAt(where, file))) continue;
    live.show();
    marks.push(...marksIn(file, source));
    all.push(
      ...(await mutationsIn(file, source)).filter(({ line }) =>
        only.length === 0 || only.some((where) => isAt(where, file, line))
      ),
    );
  }
  const zeros = zerosIn(sources.values());
  /** Why a mutation changes nothing, if that is known. */
  const whyOf = (one: Mutation): string | undefined =>
    addsNothing(one, sources.get(one.file) ?? "", zeros)
      ? "what is added is 0"
      : explainedAnywhere(one) ?? marks.find((mark) => explains(mark, one))?.why;
  const chosen = sampleOf(all, sample, seed);
  if (list) {
    live.clear();
    for (const one of chosen) {
      const why = whyOf(one);
      say(`${nameOf(one)}${why === undefined ? "" : `  EQUIVALENT: ${why}`}`);
    }
    return 0;
  }
  const results: Result[] = chosen.flatMap((mutation) => {
    const told = before.get(nameOf(mutation));
    return told === undefined ? [] : [{ mutation, ...told }];
  });
  const left = chosen.filter((one) => !before.has(nameOf(one)));
  const dirs: string[] = [];
  let stopped = false;
  const stop = () => {
    // A second time, at once.
    if (stopped) Deno.exit(130);
    stopped = true;
    endAll();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);
  const show = () => {
    const { verify, tests, hung, survived, refused, explained } = countsOf(results);
    const far = `${results.length} of ${chosen.length}`;
    live.text = `${far}: ${verify} noticed by verify, ${tests} by tests, ${survived} survived, ` +
      `${hung} hung, ${refused + explained} do not count`;
    live.show();
  };
  const report = (mutation: Mutation, fate: Fate, seconds: number) => {
    if (stopped) return;
    const result: Result = { mutation, fate, seconds };
    results.push(result);
    live.clear();
    say(json ? JSON.stringify(jsonOf(result)) : textOf(result));
    show();
  };
  try {
    while (dirs.length < Math.min(jobs, left.length)) dirs.push(await copyOf(COPIED));
    const why = new Map<Mutation, string>();
    for (const one of left) {
      const known = whyOf(one);
      if (known !== undefined) why.set(one, known);
    }
    const counting = left.filter((one) => explained || !why.has(one));
    const refused = await refusedOf(counting, dirs, {
      told(done) {
        live.text = `${done} of ${counting.length} compiled`;
        live.show();
      },
      stopped: () => stopped,
    });
    const queue: Mutation[] = [];
    for (const one of left) {
      const said = refused.get(one);
      const reason = why.get(one);
      if (said !== undefined) report(one, { status: "refused", said }, 0);
      else if (reason !== undefined && !explained) {
        report(one, { status: "explained", said: reason }, 0);
      } else queue.push(one);
    }
    const known = new Knowledge(await Judges.in(fileURLToPath(ROOT)), { size: scope });
    const lane = async (dir: string): Promise<void> => {
      for (let one; !stopped && (one = queue.shift()) !== undefined;) {
        const begin = performance.now();
        const outcome = await trial(one, dir, known);
        const reason = why.get(one);
        const fate: Fate = reason !== undefined && outcome.status === "survived"
          ? { status: "explained", said: reason }
          : outcome;
        if (reason !== undefined && fate.status !== "explained" && !stopped) {
          tell(`${nameOf(one)} is explained, but noticed\n`);
        }
        report(one, fate, (performance.now() - begin) / 1000);
      }
    };
    await Promise.all(dirs.map(lane));
    if (known.broken.size > 0) {
      tell(
        `Without any mutation these fail, or now and then, and were not asked: ${
          [...known.broken].join(", ")
        }\n`,
      );
    }
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.removeSignalListener(signal, stop);
    for (const dir of dirs) await Deno.remove(dir, { recursive: true });
  }
  live.clear();
  const counts = countsOf(results);
  const { byVerify, byAll } = sharesOf(counts);
  const complete = results.length === chosen.length;
  if (json) {
    const by = (key: (one: Mutation) => string) =>
      Object.fromEntries(
        [...Map.groupBy(results, ({ mutation }) => key(mutation))]
          .map(([name, those]) => [name, countsOf(those)]),
      );
    say(JSON.stringify({
      ...{ seed, sample, scope, of: all.length, complete, ...counts, byVerify, byAll },
      wings: by(({ file }) => wingOf(file)),
      files: by(({ file }) => file),
    }));
  } else {
    say(`\n${summaryOf(results)}`);
    say(`${chosen.length} of ${all.length} mutations, by --seed ${seed}`);
    if (!complete) say(`INCOMPLETE: ${chosen.length - results.length} were not tried`);
  }
  if (!complete) return 2;
  return byVerify >= BY_VERIFY && byAll === 1 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
