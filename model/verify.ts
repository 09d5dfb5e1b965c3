/**
 * The main job: explores every spec of the runtime completely, sees its false claims fail, and
 * carries out on the running code every step and every refusal, in every state; and explores the code
 * that threads share memory by, at every interleaving of its atomic operations.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { SIZES } from "./conformance/sizes.ts";
import { isRare, type Job, jobs, jobsOf, keyOf, names, type Verdict } from "./verify/jobs.ts";
import { PAGE, writePage } from "./verify/page.ts";
import { Progress } from "./verify/progress.ts";
import {
  countsOf,
  differing,
  failureOf,
  type LastRun,
  readRecord,
  RECORD,
  type Recorded,
  type Row,
  writeRecord,
} from "./verify/record.ts";
import { verifyAll } from "./verify/run.ts";
import { Sources, subjectOf } from "./verify/sources.ts";
import { HEADER, human, json, summary } from "./verify/text.ts";

const HELP = `deno task verify [--scope quick|small|full] [--only NAME …] [--at SCOPE] [--json] …

Explores the models of the runtime completely, at each scope listed, and carries out every step
and every refused call of them on the running code. Explores the code by which threads share
memory (shared_…) at every interleaving of its atomic operations.

  --scope quick      about half a minute (default)
  --scope small      some minutes: more coroutines and locks
  --scope full       the better part of an hour: larger ones still
  --only NAME        one spec alone, such as co_mutex; may be given several times
  --at SCOPE         one scope alone, as its row has it, such as "4 coroutines, 1 mutex"
  --due              with --scope full: of its own rows those alone of which the spec, the
                     binding or the source has changed since they were last run
  --max-seconds N    begins no more after N seconds, and none of full that took longer the last
                     time than is left; says INCOMPLETE, and which those are
  --jobs N           so many at a time; by default as many as there are processors for quick,
                     and 1 for the others, as times are exact then
  --fail-fast        stops at the first that fails
  --write            writes what was seen into ${RECORD} and ${PAGE}
  --details          says which fields of each spec are compared by their effects alone
  --json             one object a line for each pair of spec and code:
                     spec, scope, ok, states, transitions, replayed, refused, seconds (of the
                     walk on the running code), checkSeconds (of the model alone); for threads:
                     spec, scope, threads, ok, complete, states, operations, seconds; besides,
                     differs (other counts than the last time), known (it is known to fail)
  --help             this text

Exits with 0 if everything holds, or is known to fail and does, and all counts are those of the last
time; with 1 if not; with 2 if it was called wrongly, or is INCOMPLETE.
`;

// ----------------------------------------------------------------------------------- what is said

const encoder = new TextEncoder();

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

function tell(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

function wrong(reason: string): number {
  tell(`${reason}\nSee deno task verify --help\n`);
  return 2;
}

// -------------------------------------------------------------------------------- what is recorded

/** What is known of those of full alone, by {@linkcode keyOf}: the digest of their sources now. */
async function digestsOf(chosen: readonly Job[]): Promise<ReadonlyMap<string, string>> {
  if (!import.meta.url.startsWith("file:")) return new Map();
  const sources = new Sources();
  const digests = new Map<string, string>();
  for (const job of chosen) {
    if (!isRare(job)) continue;
    digests.set(keyOf(job), await sources.digest(await subjectOf(job, sources)));
  }
  return digests;
}

/** The newest commit, and whether there are changes besides. */
async function commitNow(): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const cwd = new URL("../", import.meta.url);
    const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  };
  const changes = await git(
    "status",
    "--porcelain",
    "--",
    "src",
    "model/specs",
    "model/conformance",
  );
  return `${await git("rev-parse", "--short=10", "HEAD")}${changes === "" ? "" : "+"}`;
}

/** The row of what was seen. */
function rowOf(verdict: Verdict, known: Row | undefined, last: LastRun | undefined): Row {
  const { name: spec, scope } = verdict;
  const counts = countsOf(verdict) ?? known ?? { states: 0 };
  const fails = failureOf(verdict);
  return { spec, scope, ...counts, ...last, ...(fails === undefined ? {} : { fails }) };
}

// ----------------------------------------------------------------------------------- command line

function settingsOf(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      scope: { type: "string", default: "quick" },
      only: { type: "string", multiple: true, default: [] },
      at: { type: "string" },
      due: { type: "boolean", default: false },
      "max-seconds": { type: "string", default: "Infinity" },
      jobs: { type: "string" },
      "fail-fast": { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      details: { type: "boolean", default: false },
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
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help) {
    say(HELP);
    return 0;
  }
  const { only, at } = values;
  const size = SIZES.find((size) => size === values.scope);
  if (size === undefined) {
    return wrong(`Cannot verify at --scope ${values.scope}: expected ${SIZES.join(", ")}`);
  }
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return wrong(`Cannot verify --only ${unknown}: expected one of ${names.join(", ")}`);
  }
  if (values.due && size !== "full") {
    return wrong(`Cannot verify --due at --scope ${size}: expected --scope full`);
  }
  const byDefault = size === "quick" ? navigator.hardwareConcurrency : 1;
  const atATime = Number(values.jobs ?? byDefault);
  if (!Number.isSafeInteger(atATime) || atATime < 1) {
    return wrong(`Cannot verify with --jobs ${values.jobs}: expected an integer from 1 up`);
  }
  const maxSeconds = Number(values["max-seconds"]);
  if (!(maxSeconds >= 0)) {
    return wrong(
      `Cannot verify for --max-seconds ${values["max-seconds"]}: expected a number of seconds`,
    );
  }
  const named = (at === undefined ? jobsOf(size) : jobs)
    .filter(({ name }) => only.length === 0 || only.includes(name));
  const chosen = at === undefined ? named : named.filter(({ scope }) => scope === at);
  if (at !== undefined && chosen.length === 0) {
    const scopes = named.map(({ scope }) => JSON.stringify(scope));
    return wrong(`Cannot verify --at ${JSON.stringify(at)}: expected one of ${scopes.join(", ")}`);
  }
  const recorded = await readRecord();
  const digests = await digestsOf(chosen);
  const due = chosen.filter((job) =>
    !values.due || isRare(job) && recorded.get(keyOf(job))?.sources !== digests.get(keyOf(job))
  );
  return await verify(due, {
    ...values,
    extent: at ?? `--scope ${size}`,
    atATime,
    maxSeconds,
    recorded,
    digests,
  });
}

interface Settings {
  /** How far to explore, in words. */
  readonly extent: string;
  readonly details: boolean;
  readonly atATime: number;
  readonly maxSeconds: number;
  readonly recorded: Recorded;
  readonly digests: ReadonlyMap<string, string>;
  readonly json: boolean;
  readonly write: boolean;
  readonly "fail-fast": boolean;
}

async function verify(chosen: readonly Job[], settings: Settings): Promise<number> {
  const { recorded, digests } = settings;
  const begin = performance.now();
  using progress = new Progress(tell, Deno.stderr.isTerminal(), chosen.length);
  const verdicts: Verdict[] = [];
  const rows = new Map(recorded);
  const left: Job[] = [];
  const commit = settings.write ? await commitNow() : "";
  const lastRunOf = (job: Job, seconds: number): LastRun | undefined => {
    const sources = digests.get(keyOf(job));
    return sources === undefined ? undefined : { commit, sources, seconds: Math.ceil(seconds) };
  };
  let good = true;
  if (!settings.json && chosen.length > 0) say(HEADER);
  const outcomes = verifyAll(chosen, {
    atATime: settings.atATime,
    begins(job) {
      const seconds = recorded.get(keyOf(job))?.seconds ?? 0;
      const begins = (performance.now() - begin) / 1000 + seconds <= settings.maxSeconds;
      if (begins) progress.begin(job);
      return begins;
    },
    onProgress: (job, done) => progress.tell(job, done),
  });
  for await (const { job, verdict, seconds, error } of outcomes) {
    progress.done();
    if (error !== undefined) {
      const { name: spec, scope } = job;
      say(
        settings.json
          ? JSON.stringify({ spec, scope, ok: false, error: error.message })
          : error.message,
      );
      return 1;
    }
    if (verdict === null) {
      left.push(job);
      continue;
    }
    const key = keyOf(job);
    const known = recorded.get(key);
    say(settings.json ? json(verdict, known) : human(verdict, known));
    verdicts.push(verdict);
    const differs = !settings.write && differing(known, countsOf(verdict)).length > 0;
    const fails = !verdict.ok && failureOf(verdict) !== known?.fails;
    if (fails || differs) good = false;
    rows.set(key, rowOf(verdict, known, lastRunOf(job, seconds)));
    if (!verdict.ok && settings["fail-fast"]) break;
  }
  if (!settings.json) {
    if (verdicts.length > 0) say(`\n${summary(verdicts, settings)}`);
    if (chosen.length === 0) say("There is nothing to verify: nothing of it has changed.");
    if (left.length > 0) {
      say(`INCOMPLETE: there was no time for ${left.length} of ${chosen.length}`);
      for (const job of left) say(`Due still: ${job.name} (${job.scope})`);
    }
  } else if (left.length > 0) {
    for (const { name: spec, scope } of left) say(JSON.stringify({ spec, scope, complete: false }));
  }
  if (settings.write) {
    // What fails can be known of what is rare alone: all else must hold.
    if (verdicts.some((verdict) => !verdict.ok && !digests.has(keyOf(verdict)))) {
      tell("Nothing was written, as not all holds\n");
      return 1;
    }
    await writeRecord(rows, jobs);
    await writePage(rows, jobs);
    tell(`${RECORD} and ${PAGE} say what was seen\n`);
  }
  // Others may still be under way.
  return !good ? 1 : left.length > 0 ? 2 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
