/**
 * The main job: explores every spec of the runtime completely, sees its false claims fail, and
 * carries out on the running code every step and every refusal, in every state.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Pair, pairs } from "./conformance/pairs.ts";
import type { Verdict } from "./conformance/verify_pair.ts";
import { conformText, journalCalls, numbered } from "./engine/conform.ts";
import { textOf } from "./reporters/text.ts";

const HELP = `deno task verify [--scope small|full] [--only NAME …] [--json]

Explores the models of the runtime completely, at each scope listed, and carries out every step
and every refused call of them on the running code.

  --scope small   what takes seconds (default)
  --scope full    larger numbers of coroutines and locks as well: minutes
  --only NAME     one spec alone, such as co_mutex; may be given several times
  --jobs N        so many pairs of spec and code at a time (default 1: times are exact then)
  --fail-fast     stops at the first pair of spec and code that fails
  --json          one object a line for each pair of spec and code:
                  spec, scope, ok, states, transitions, replayed, refused, seconds (of the
                  walk on the running code), checkSeconds (of the model alone)
  --help          this text

Exits with 0 if everything holds, 1 if anything does not, 2 if it was called wrongly.
`;

type Message =
  | { readonly verdict: Verdict }
  | { readonly progress: { readonly transitions: number; readonly of: number } };

/** Code that answers no call for so long hangs. */
const PATIENCE_MS = 10_000;

/**
 * Verifies in a Worker of its own: code that has run other specs before is slower, and code that
 * hangs can be stopped.
 */
function verifyApart(pair: Pair): Promise<Verdict> {
  const worker = new Worker(import.meta.resolve("./_verify_worker.ts"), { type: "module" });
  const journal = new Int32Array(new SharedArrayBuffer(4 * 10_000));
  let watch: ReturnType<typeof setInterval> | undefined;
  return new Promise<Verdict>((resolve, reject) => {
    const tell = progress(pair);
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if ("verdict" in data) resolve(data.verdict);
      else tell(data.progress);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot verify ${pair.name}: ${event.message}`));
    };
    let seen = 0;
    let since = performance.now();
    watch = setInterval(() => {
      if (journal[0] !== seen) {
        seen = journal[0] ?? 0;
        since = performance.now();
      } else if (seen > 0 && performance.now() - since > PATIENCE_MS) {
        reject(new Hang(pair, journalCalls(pair.spec(), journal)));
      }
    }, 1000);
    worker.postMessage({ index: pairs.indexOf(pair), journal });
  }).finally(() => {
    clearInterval(watch);
    worker.terminate();
    clearLine();
  });
}

/** Verifies some at a time, and answers in their order. */
function abreast(chosen: readonly Pair[], jobs: number): { next(): Promise<Verdict> } {
  const running: Promise<Verdict>[] = [];
  let started = 0;
  const start = (): void => {
    const pair = chosen[started++];
    if (pair === undefined) return;
    const verdict = verifyApart(pair);
    running.push(verdict);
    // Whoever is asked for it in its turn is told of a failure.
    verdict.then(start, () => {});
  };
  for (let i = 0; i < jobs; i++) start();
  return {
    next() {
      const verdict = running.shift();
      if (verdict === undefined) throw new Error("[internal] Nothing is being verified");
      return verdict;
    },
  };
}

/** The code under test did not come back from a call. */
class Hang extends Error {
  constructor(pair: Pair, calls: readonly string[]) {
    super(
      `${pair.name} (${pair.scope}) does not conform: the code did not come back from the last of ` +
        `these calls within ${PATIENCE_MS / 1000} s\n\n${numbered(calls).join("\n")}`,
    );
  }
}

// ----------------------------------------------------------------------------------- what is said

const encoder = new TextEncoder();

function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

const live = Deno.stderr.isTerminal();

/** How far a long walk has come: a live line on a terminal, one every ten seconds elsewhere. */
function progress(pair: Pair): (done: { transitions: number; of: number }) => void {
  let last = performance.now();
  return ({ transitions, of }) => {
    const now = performance.now();
    if (now - last < (live ? 200 : 10_000)) return;
    last = now;
    const text = `${pair.name} (${pair.scope}): ${n(transitions)} of ${n(of)} transitions`;
    Deno.stderr.writeSync(encoder.encode(live ? `\r\x1b[2K${text}` : `${text}\n`));
  };
}

function clearLine(): void {
  if (live) Deno.stderr.writeSync(encoder.encode("\r\x1b[2K"));
}

function n(count: number): string {
  return count.toLocaleString("en");
}

function json({ name, scope, checked, conformed, ok, unrefuted }: Verdict): string {
  return JSON.stringify({
    spec: name,
    scope,
    ok,
    states: checked.distinct,
    transitions: conformed.transitions,
    replayed: conformed.replayed,
    refused: conformed.refused,
    seconds: Number(conformed.seconds.toFixed(3)),
    checkSeconds: Number(checked.seconds.toFixed(3)),
    ...(unrefuted.length > 0 ? { unrefuted } : {}),
    ...(checked.ok ? {} : { violation: checked.violation }),
    ...(conformed.mismatch === undefined ? {} : { mismatch: conformed.mismatch }),
  });
}

const COLUMNS = [14, 48, 9, 13, 13, 11, 8] as const;

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => i < 2 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!))
    .join(" ").trimEnd();
}

function human({ name, scope, checked, conformed, ok, unrefuted }: Verdict): string {
  const lines = [
    row([
      name,
      scope,
      n(checked.distinct),
      n(conformed.transitions),
      n(conformed.replayed),
      n(conformed.refused),
      `${(checked.seconds + conformed.seconds).toFixed(1)} s`,
    ]) + (ok ? "  ok" : "  FAILED"),
  ];
  if (!checked.ok) lines.push("", textOf(checked), "");
  if (!conformed.ok) lines.push("", conformText(conformed), "");
  for (const claim of unrefuted) {
    lines.push(`  The model should refute "${claim}", and does not`);
  }
  return lines.join("\n");
}

function summary(verdicts: readonly Verdict[]): string {
  const sum = (of: (v: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0);
  const failed = verdicts.filter(({ ok }) => !ok).length;
  if (failed > 0) return `${failed} of ${verdicts.length} pairs of spec and code FAILED`;
  return [
    `All hold. In ${
      n(sum((v) => v.checked.distinct))
    } states, each of them reached on the running code, ` +
    `${n(sum((v) => v.conformed.replayed))} calls did what the model says,`,
    `and ${n(sum((v) => v.conformed.refused))} calls that it forbids threw the error that it ` +
    "names and changed nothing.",
    `${n(sum((v) => v.refuted))} false claims were refuted. This is exhaustive at the scopes ` +
    "above, and says nothing of larger ones.",
    `Fields that show in the code by their effects alone: ${unobserved(verdicts)}.`,
  ].join("\n");
}

/** What the bindings do not show, by spec: the model keeps it, and the code's own is not compared. */
function unobserved(verdicts: readonly Verdict[]): string {
  const fields = new Map<string, Set<string>>();
  for (const { name, conformed } of verdicts) {
    const own = fields.get(name) ?? new Set<string>();
    for (const path of conformed.unobserved) own.add(path.replace(/[[.].*/, ""));
    fields.set(name, own);
  }
  return [...fields].map(([name, own]) => `${[...own].sort().join(", ") || "none"} (${name})`)
    .join("; ");
}

// ----------------------------------------------------------------------------------- command line

async function main(args: string[]): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        scope: { type: "string", default: "small" },
        only: { type: "string", multiple: true, default: [] },
        jobs: { type: "string", default: "1" },
        "fail-fast": { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  const { scope, only } = values;
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (scope !== "small" && scope !== "full") {
    return wrong(`Cannot verify at --scope ${scope}: expected small or full`);
  }
  const chosen = pairs.filter((pair) =>
    (scope === "full" || pair.size === "small") && (only.length === 0 || only.includes(pair.name))
  );
  const names = [...new Set(pairs.map(({ name }) => name))];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return wrong(`Cannot verify --only ${unknown}: expected one of ${names.join(", ")}`);
  }
  if (!values.json) {
    say(row(["spec", "scope", "states", "transitions", "carried out", "refused", "time"]));
  }
  const jobs = Number(values.jobs);
  if (!Number.isSafeInteger(jobs) || jobs < 1) {
    return wrong(`Cannot verify with --jobs ${values.jobs}: expected an integer from 1 up`);
  }
  const verdicts: Verdict[] = [];
  const pending = abreast(chosen, jobs);
  for (const pair of chosen) {
    let verdict: Verdict;
    try {
      verdict = await pending.next();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { name: spec, scope } = pair;
      say(values.json ? JSON.stringify({ spec, scope, ok: false, error: message }) : message);
      return 1;
    }
    say(values.json ? json(verdict) : human(verdict));
    verdicts.push(verdict);
    if (!verdict.ok && values["fail-fast"]) break;
  }
  if (!values.json) say(`\n${summary(verdicts)}`);
  // Others may still be under way.
  return verdicts.every(({ ok }) => ok) ? 0 : 1;
}

function wrong(reason: string): number {
  Deno.stderr.writeSync(encoder.encode(`${reason}\n\n${HELP}`));
  return 2;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
