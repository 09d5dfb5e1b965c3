/**
 * The main job: explores every spec of the runtime completely, sees its false claims fail, and
 * carries out on the running code every step and every refusal, in every state; and explores the code
 * that threads share memory by, at every interleaving of its atomic operations.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { SIZES } from "./conformance/sizes.ts";
import { argumentFault } from "./engine/language/arguments.ts";
import { messageOf } from "./engine/language/errors.ts";
import { memoryOf } from "./engine/language/size.ts";
import {
  cutShortBy,
  isRare,
  type Job,
  jobs,
  jobsOf,
  keyOf,
  names,
  type Verdict,
} from "./verify/jobs.ts";
import { PAGE, writePage } from "./verify/page.ts";
import { Progress } from "./verify/progress.ts";
import {
  countsOf,
  differing,
  failsAsKnown,
  isAsExpected,
  type LastRun,
  readRecord,
  RECORD,
  type Recorded,
  RecordError,
  type Row,
  rowOf,
  saysTheSame,
  writeRecord,
} from "./verify/record.ts";
import { PATIENCE_SECONDS, verifyAll } from "./verify/run.ts";
import { digestOf, Sources } from "./verify/sources.ts";
import { HEADER, human, json, summary } from "./verify/text.ts";

const HELP = `deno task verify [--scope quick|small|full] [--only NAME …] [--at SCOPE] [--json] …

Explores the models of the runtime completely, at each scope listed, and carries out every step
and every refused call of them on the running code. Explores the code by which threads share
memory (shared_…) at every interleaving of its atomic operations.

  --scope quick      within a minute (default)
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
  --patience N       code that does not come back from a call for N seconds hangs (${PATIENCE_SECONDS})
  --memory SIZE      stops each when its states take so much, such as 512M or 4G: INCOMPLETE. What
                     there is, by the container, the free memory and V8's heap, is a limit always
  --fail-fast        stops at the first that fails
  --write            writes what was seen into ${RECORD} and ${PAGE}
  --details          says which fields of each spec are compared by their effects alone
  --json             one object a line for each pair of spec and code:
                     spec, scope, ok, states, transitions, replayed, refused, seconds (of the
                     walk on the running code), checkSeconds (of the model alone); for threads:
                     spec, scope, threads, ok, complete, states, operations, seconds; besides,
                     differs (other counts than the last time), known (it is known to fail)
  --help             this text

Ctrl-C stops it, with what was seen until then; a second one ends it at once.

Exits with 0 if everything holds, or is known to fail and does, and all counts are those of the last
time; with 1 if not; with 2 if it was called wrongly, or is INCOMPLETE.
`;

// ----------------------------------------------------------------------------------- what is said

const encoder = new TextEncoder();

function say(text: string): void {
  try {
    Deno.stdout.writeSync(encoder.encode(`${text}\n`));
  } catch (error) {
    // Nobody listens any more, as behind `| head`: that ends programs, and says so by this code.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(141);
    throw error;
  }
}

function tell(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}

function wrong(reason: string): number {
  tell(`${reason}\nSee deno task verify --help\n`);
  return 2;
}

// -------------------------------------------------------------------------------- what is recorded

/** Of those of full alone, by {@linkcode keyOf}: the digest of what they are about, as it is now. */
async function digestsOf(chosen: readonly Job[]): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  if (!import.meta.url.startsWith("file:")) return digests;
  const sources = new Sources();
  for (const job of chosen.filter(isRare)) digests.set(keyOf(job), await digestOf(job, sources));
  return digests;
}

/** Whether one of full is to be run again: something has changed, it was never run, or it failed. */
function isDue(job: Job, row: Row | undefined, digest: string | undefined): boolean {
  return isRare(job) && (row?.sources !== digest || row?.fails !== undefined);
}

/** Whether the files of one of full are others than when it was begun. */
async function hasChanged(job: Job, digest: string | undefined): Promise<boolean> {
  return digest !== undefined && await digestOf(job, new Sources()) !== digest;
}

/** The newest commit, and whether all is committed. */
async function commitNow(): Promise<string> {
  const git = async (...args: string[]): Promise<string> => {
    const cwd = new URL("../", import.meta.url);
    const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : "";
  };
  const changes = await git(
    ...["status", "--porcelain", "--", "src", "model/specs", "model/conformance"],
  );
  return `${await git("rev-parse", "--short=10", "HEAD")}${changes === "" ? "" : "+"}`;
}

// ----------------------------------------------------------------------------------- command line

const OPTIONS = {
  scope: { type: "string", default: "quick" },
  only: { type: "string", multiple: true, default: [] as string[] },
  at: { type: "string" },
  due: { type: "boolean", default: false },
  "max-seconds": { type: "string", default: "Infinity" },
  jobs: { type: "string" },
  patience: { type: "string", default: `${PATIENCE_SECONDS}` },
  memory: { type: "string" },
  "fail-fast": { type: "boolean", default: false },
  write: { type: "boolean", default: false },
  details: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

function settingsOf(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

async function main(args: readonly string[]): Promise<number> {
  let values: ReturnType<typeof settingsOf>;
  try {
    values = settingsOf(args);
  } catch (error) {
    return wrong(`Cannot verify: ${argumentFault(error, OPTIONS)}`);
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
  const patience = Number(values.patience);
  if (!(patience > 0)) {
    return wrong(
      `Cannot verify with --patience ${values.patience}: expected a number of seconds, more than 0`,
    );
  }
  let memory: number | undefined;
  try {
    ({ memory } = memoryOf(values.memory));
  } catch (error) {
    return wrong(messageOf(error));
  }
  const limit = values["max-seconds"].trim();
  const maxSeconds = limit === "" ? NaN : Number(limit);
  if (!(maxSeconds >= 0)) {
    return wrong(
      `Cannot verify for --max-seconds ${values["max-seconds"]}: expected a number of seconds`,
    );
  }
  const named = (at === undefined ? jobsOf(size) : jobs)
    .filter(({ name }) => only.length === 0 || only.includes(name));
  const chosen = at === undefined ? named : named.filter(({ scope }) => scope === at);
  if (at !== undefined && chosen.length === 0) {
    const scopes = [...new Set(named.map(({ scope }) => JSON.stringify(scope)))];
    const expected = only.length === 0
      ? "with --only NAME, it says which there are"
      : `expected one of ${scopes.join(", ")}`;
    return wrong(`Cannot verify --at ${JSON.stringify(at)}: ${expected}`);
  }
  let recorded: Recorded;
  try {
    recorded = await readRecord();
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    tell(`${error.message}\n`);
    return 2;
  }
  const digests = await digestsOf(chosen);
  const due = chosen.filter((job) =>
    !values.due || isDue(job, recorded.get(keyOf(job)), digests.get(keyOf(job)))
  );
  return await verify(due, {
    ...values,
    extent: at ?? `--scope ${size}`,
    alone: at !== undefined,
    atATime,
    patience,
    memory,
    maxSeconds,
    recorded,
    digests,
  });
}

interface Settings {
  /** How far to explore, in words. */
  readonly extent: string;
  /** One was asked for by its scope. */
  readonly alone: boolean;
  readonly details: boolean;
  readonly atATime: number;
  readonly patience: number;
  readonly memory: number | undefined;
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
  const verdicts: Verdict[] = [];
  const rows = new Map<string, Row>();
  const unwritten: string[] = [];
  const left: Job[] = [];
  const cut = new Map<Job, string>();
  let known = 0;
  let good = true;
  const commit = settings.write ? await commitNow() : "";
  const lastRunOf = (job: Job, seconds: number): LastRun | undefined => {
    const sources = digests.get(keyOf(job));
    return sources === undefined ? undefined : { commit, sources, seconds: Math.ceil(seconds) };
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  // The first one stops it, and what was seen until then is told; the second one ends it at once.
  Deno.addSignalListener("SIGINT", () => signal.aborted ? Deno.exit(130) : stopping.abort());
  if (!settings.json && chosen.length > 0) say(HEADER);
  using progress = new Progress(tell, Deno.stderr.isTerminal(), chosen.length);
  const outcomes = verifyAll(chosen, {
    atATime: settings.atATime,
    patience: settings.patience,
    memory: settings.memory,
    signal,
    begins(job) {
      if (signal.aborted) return false;
      const seconds = recorded.get(keyOf(job))?.seconds ?? 0;
      const begins = (performance.now() - begin) / 1000 + seconds <= settings.maxSeconds;
      if (begins) progress.begin(job);
      return begins;
    },
    onProgress: (job, done) => progress.tell(job, done),
  });
  for await (const { job, verdict, seconds, error } of outcomes) {
    progress.done();
    const { name: spec, scope } = job;
    const key = keyOf(job);
    const before = recorded.get(key);
    if (verdict !== null) {
      say(
        settings.json ? json(job, verdict, before) : human(job, verdict, before, settings.alone),
      );
      const limit = cutShortBy(verdict);
      if (limit !== null) {
        cut.set(job, limit);
        continue;
      }
      verdicts.push(verdict);
      if (failsAsKnown(job, verdict)) known++;
      const differs = differing(before, countsOf(verdict)).length > 0;
      if (!isAsExpected(job, verdict) || differs && !settings.write) good = false;
      const row = rowOf(verdict, lastRunOf(job, seconds));
      // What fails is known of what is rare alone: all else must hold.
      if (row === undefined || !verdict.ok && !isRare(job)) unwritten.push(`${spec} (${scope})`);
      else if (settings.write && await hasChanged(job, digests.get(key))) {
        unwritten.push(`${spec} (${scope}), which has changed meanwhile`);
      } else if (!saysTheSame(row, before)) {
        rows.set(key, row);
        // What took long is not lost, whatever ends this later.
        if (settings.write && isRare(job)) await writeRecord(rows, jobs);
      }
    } else if (error !== undefined) {
      good = false;
      unwritten.push(`${spec} (${scope})`);
      const { message } = error;
      say(settings.json ? JSON.stringify({ spec, scope, ok: false, error: message }) : message);
    } else left.push(job);
    if (!good && settings["fail-fast"]) break;
  }
  if (settings.json) {
    for (const { name: spec, scope } of left) say(JSON.stringify({ spec, scope, complete: false }));
  } else if (chosen.length === 0) say("There is nothing to verify: nothing of it has changed.");
  else {
    if (verdicts.length > 0) say(`\n${summary(verdicts, { ...settings, known })}`);
    if (left.length > 0) {
      const why = signal.aborted ? "it was stopped, without" : "there was no time for";
      say(`INCOMPLETE: ${why} ${left.length} of ${chosen.length}`);
      for (const { name, scope } of left) say(`Due still: ${name} (${scope})`);
    }
    if (cut.size > 0) {
      say(`INCOMPLETE: ${cut.size} of ${chosen.length} did not come to its end`);
      for (const [{ name, scope }, limit] of cut) {
        say(`Due still: ${name} (${scope}), stopped by ${limit}`);
      }
    }
  }
  if (settings.write) {
    await writePage(await writeRecord(rows, jobs), jobs);
    tell(`${RECORD} and ${PAGE} say what was seen\n`);
    for (const one of unwritten) tell(`Not written: ${one}\n`);
  }
  return !good ? 1 : left.length + cut.size > 0 ? 2 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
