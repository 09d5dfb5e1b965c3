/**
 * The main job: explores every spec of the runtime completely, sees its false claims fail, and
 * carries out on the running code every step and every refusal, in every state.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type Pair, pairs } from "./conformance/pairs.ts";
import { conform, type ConformReport, conformText } from "./engine/conform.ts";
import { check, type Report } from "./mod.ts";
import { textOf } from "./reporters/text.ts";

const HELP = `deno task verify [--scope small|full] [--only NAME] [--json]

Explores the models of the runtime completely, at each scope listed, and carries out every step
and every refused call of them on the running code.

  --scope small   what takes seconds (default)
  --scope full    larger numbers of coroutines and locks as well: minutes
  --only NAME     one spec alone, such as co_mutex
  --json          one object a line for each pair of spec and code:
                  spec, scope, ok, states, transitions, replayed, refused, seconds
  --help          this text

Exits with 0 if everything holds, 1 if anything does not, 2 if it was called wrongly.
`;

/** What became of one pair. */
interface Verdict {
  readonly pair: Pair;
  readonly checked: Report;
  /** False claims that the model did not refute. */
  readonly unrefuted: readonly string[];
  readonly conformed: ConformReport | undefined;
  readonly ok: boolean;
  readonly seconds: number;
}

function verify(pair: Pair): Verdict {
  const started = performance.now();
  const spec = pair.spec();
  const checked = check(spec);
  const unrefuted = [...pair.wrong].filter(([claim, make]) => {
    const { violation } = check(make());
    return violation?.kind !== "always" || violation.name !== claim;
  }).map(([claim]) => claim);
  const conformed = checked.ok
    ? conform(spec, pair.binding(), { onProgress: progress(pair) })
    : undefined;
  clearLine();
  const ok = checked.ok && unrefuted.length === 0 && conformed?.ok === true;
  const seconds = (performance.now() - started) / 1000;
  return { pair, checked, unrefuted, conformed, ok, seconds };
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

function json({ pair, checked, conformed, ok, seconds, unrefuted }: Verdict): string {
  return JSON.stringify({
    spec: pair.name,
    scope: pair.scope,
    ok,
    states: checked.distinct,
    transitions: conformed?.transitions ?? 0,
    replayed: conformed?.replayed ?? 0,
    refused: conformed?.refused ?? 0,
    seconds: Number(seconds.toFixed(3)),
    ...(unrefuted.length > 0 ? { unrefuted } : {}),
    ...(checked.ok ? {} : { violation: checked.violation }),
    ...(conformed?.mismatch === undefined ? {} : { mismatch: conformed.mismatch }),
  });
}

const COLUMNS = [12, 26, 9, 13, 13, 11, 8] as const;

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => i < 2 ? cell.padEnd(COLUMNS[i]!) : cell.padStart(COLUMNS[i]!))
    .join(" ").trimEnd();
}

function human({ pair, checked, conformed, ok, seconds, unrefuted }: Verdict): string {
  const lines = [
    row([
      pair.name,
      pair.scope,
      n(checked.distinct),
      n(conformed?.transitions ?? 0),
      n(conformed?.replayed ?? 0),
      n(conformed?.refused ?? 0),
      `${seconds.toFixed(1)} s`,
    ]) + (ok ? "  ok" : "  FAILED"),
  ];
  if (!checked.ok) lines.push("", textOf(checked), "");
  if (conformed?.ok === false) lines.push("", conformText(conformed), "");
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
    `${n(sum((v) => v.conformed?.replayed ?? 0))} calls did what the model says,`,
    `and ${
      n(sum((v) => v.conformed?.refused ?? 0))
    } calls that it forbids threw the error that it ` +
    "names and changed nothing.",
    `${
      n(sum((v) => v.pair.wrong.size))
    } false claims were refuted. This is exhaustive at the scopes ` +
    "above, and says nothing of larger ones.",
  ].join("\n");
}

// ----------------------------------------------------------------------------------- command line

function main(args: string[]): number {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        scope: { type: "string", default: "small" },
        only: { type: "string" },
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
    (scope === "full" || pair.size === "small") && (only === undefined || pair.name === only)
  );
  if (chosen.length === 0) {
    const all = [...new Set(pairs.map(({ name }) => name))].join(", ");
    return wrong(`Cannot verify --only ${only}: expected one of ${all}`);
  }
  if (!values.json) {
    say(row(["spec", "scope", "states", "transitions", "carried out", "refused", "time"]));
  }
  const verdicts = chosen.map((pair) => {
    const verdict = verify(pair);
    say(values.json ? json(verdict) : human(verdict));
    return verdict;
  });
  if (!values.json) say(`\n${summary(verdicts)}`);
  return verdicts.every(({ ok }) => ok) ? 0 : 1;
}

function wrong(reason: string): number {
  Deno.stderr.writeSync(encoder.encode(`${reason}\n\n${HELP}`));
  return 2;
}

if (import.meta.main) Deno.exit(main(Deno.args));
