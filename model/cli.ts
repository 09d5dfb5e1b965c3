/**
 * The command `deno task check`: checks the specs that a module exports.
 *
 * Exit codes: 0, all hold; 1, one is violated; 2, one was not explored completely, or the command
 * cannot be carried out. What ends with 2 says which on standard error.
 *
 * @module
 */
import * as colors from "@std/fmt/colors";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type LoadedSpec, loadSpecs, parseSettings, type Settings, settingText } from "./_load.ts";
import { check } from "./engine/search/check.ts";
import { argumentFault } from "./engine/language/arguments.ts";
import { messageOf, show, SpecError } from "./engine/language/errors.ts";
import { visible, visibleLines } from "./engine/language/names.ts";
import { Interrupt } from "./interrupt/interrupt.ts";
import type { Report } from "./engine/search/report.ts";
import { memoryOf } from "./engine/language/size.ts";
import { parsedOf } from "./engine/language/spec.ts";
import { isTokenOf, replay, type Trace } from "./engine/search/trace.ts";
import type { AnySpec } from "./engine/language/types.ts";
import { dotOf } from "./reporters/dot.ts";
import { jsonOf } from "./reporters/json.ts";
import { progressLine } from "./reporters/progress.ts";
import { type Paint, textOf, traceText } from "./reporters/text.ts";

const HELP = `Checks the specs that a module exports: explores every reachable state of each.

usage: deno task check FILE [--set name=value …] [options]

FILE is a module that exports specs, or functions that take settings and return specs.

  --set NAME=VALUE   gives the module's functions a setting; may be repeated
  --only NAME        checks only the spec exported as NAME, or named so; may be repeated
  --claim TEXT       tests only the claims that contain TEXT, and the specs that have one; may be
                     repeated
  --max-states N     stops after N states: INCOMPLETE
  --max-seconds N    stops after N seconds: INCOMPLETE
  --memory SIZE      stops when the states take so much, such as 512M or 4G: INCOMPLETE. What there
                     is, by the container, the free memory and V8's heap, is a limit always
  --json             prints one object per spec, one line each
  --details          prints coverage, and a token for each claim of sometimes
  --dot FILE         writes the state graph of the one spec as Graphviz text
  --replay TOKEN     prints the trace of a token instead of checking
  --help             prints this

Ctrl-C stops a search, which says INCOMPLETE and what it has found; a second one ends at once.

exit codes: 0 all hold, 1 one is violated, 2 one is incomplete or the command cannot be carried out
`;

/** The exit codes. */
const EXIT = { holds: 0, violated: 1, incomplete: 2, unusable: 2 } as const;

const PAINT: Paint = {
  bad: (text) => colors.bold(colors.red(text)),
  good: (text) => colors.green(text),
  doubtful: (text) => colors.yellow(text),
  strong: (text) => colors.bold(text),
  quiet: (text) => colors.dim(text),
};

/** Carries out the command and returns its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await run(args);
  } catch (error) {
    const text = error instanceof SpecError
      ? error.message
      : `[internal] ${error instanceof Error ? error.stack : show(error)}`;
    write(Deno.stderr, `error: ${visibleLines(text)}\n`);
    return EXIT.unusable;
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help === true) {
    write(Deno.stdout, HELP);
    return EXIT.holds;
  }
  const [file, ...rest] = positionals;
  if (file === undefined) throw new SpecError("Cannot check: expected a FILE; see --help");
  const stray = rest.find((argument) => !argument.includes("="));
  if (stray !== undefined) {
    throw new SpecError(`Cannot check ${show(stray)} as well: expected one FILE; see --help`);
  }
  const settings = parseSettings([...values.set ?? [], ...rest]);
  const limits = {
    ...limitOf("maxStates", "--max-states", values["max-states"]),
    ...limitOf("maxSeconds", "--max-seconds", values["max-seconds"]),
    ...memoryOf(values.memory),
  };
  const meant = pathsFor(file);
  const { specs, failures } = await loadSpecs(meant(file), settings, values.only ?? []);
  if (!Deno.stdout.isTerminal() || Deno.noColor) colors.setColorEnabled(false);
  if (values.replay !== undefined) return replayOne(specs, values.replay);

  for (const failure of failures) write(Deno.stderr, `error: ${visibleLines(failure.message)}\n`);
  const outcomes: Outcome[] = failures.map(() => "unusable");
  const drawn = values.dot === undefined ? undefined : onlyOne(specs);
  const live = Deno.stderr.isTerminal();
  const progress = progressLine((text) => write(Deno.stderr, text), live);
  const interrupt = await Interrupt.begin();
  for (const { spec, ...claims } of withClaims(specs, values.claim)) {
    if (interrupt.stopped) {
      write(Deno.stderr, `INCOMPLETE: ${show(spec.name)} was not begun\n`);
      outcomes.push("incomplete");
      continue;
    }
    let report: Report;
    try {
      report = interrupt.during(() =>
        check(spec, {
          ...limits,
          ...claims,
          stop: () => interrupt.stopped,
          onProgress: (news) => progress.update(news),
        })
      );
    } catch (error) {
      if (!(error instanceof SpecError) || specs.length === 1) throw error;
      write(Deno.stderr, `error: ${visibleLines(error.message)}\n`);
      outcomes.push("unusable");
      continue;
    }
    progress.clear();
    write(
      Deno.stdout,
      values.json === true ? `${jsonOf(report)}\n` : `${
        textOf(report, {
          paint: PAINT,
          details: values.details === true,
          replay: (token) => replayCommand(file, settings, token),
        })
      }\n`,
    );
    if (report.outcome === "incomplete") {
      write(Deno.stderr, `INCOMPLETE: ${show(report.spec)} was not explored to its end\n`);
    }
    outcomes.push(report.outcome);
  }
  if (drawn !== undefined && values.dot !== undefined) {
    try {
      if (outcomes.includes("incomplete")) {
        throw new SpecError(
          `${
            show(drawn.name)
          } was not explored to its end; choose larger limits, or smaller constants`,
        );
      }
      await Deno.writeTextFile(meant(values.dot), dotOf(drawn));
    } catch (error) {
      write(
        Deno.stderr,
        `error: Cannot draw ${show(values.dot)}: ${visibleLines(messageOf(error))}\n`,
      );
      outcomes.push("unusable");
    }
  }
  return exitOf(outcomes);
}

/** The specs that have a claim with one of the texts, and which of the texts: others have nothing to be tested. */
function withClaims(
  specs: readonly LoadedSpec[],
  texts: readonly string[] | undefined,
): readonly { readonly spec: AnySpec; readonly claims?: readonly string[] }[] {
  if (texts === undefined) return specs.map(({ spec }) => ({ spec }));
  const chosen = specs.map(({ spec }) => {
    const { always, sometimes } = parsedOf(spec);
    const sentences = [...always, ...sometimes].map(({ sentence }) => sentence);
    const claims = texts.filter((text) => sentences.some((sentence) => sentence.includes(text)));
    return { spec, claims };
  });
  for (const text of texts) {
    if (chosen.some(({ claims }) => claims.includes(text))) continue;
    throw new SpecError(`Cannot test claim ${show(text)}: no spec has one that says so`);
  }
  return chosen.filter(({ claims }) => claims.length > 0);
}

/** What became of a spec. */
type Outcome = keyof typeof EXIT;

/** How this command was called: as a task of the project, or as a module of somebody else's. */
function commandHere(): string {
  if (envOf("INIT_CWD") !== undefined) return "deno task check";
  const config = ["deno.json", "deno.jsonc"].find((file) => existsSync(file));
  const by = config === undefined ? "" : ` --config ${config}`;
  return `deno run -A${by} ${import.meta.url.replace(/^file:\/\//, "")}`;
}

/** The command that shows the trace of a token. */
function replayCommand(file: string, settings: Settings, token: string): string {
  const quoted = (text: string) =>
    /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const sets = [...settings].map(([name, value]) => ` --set ${quoted(settingText(name, value))}`);
  return `${commandHere()} ${quoted(file)}${sets.join("")} --replay ${quoted(token)}`;
}

/** A variable of the environment, where that may be read. */
function envOf(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/**
 * How the user's paths are meant. A task runs in the folder of the project, wherever it was called:
 * where `file` is not there, they are meant from the folder where the task was called.
 */
function pathsFor(file: string): (path: string) => string {
  const start = envOf("INIT_CWD");
  if (start === undefined || existsSync(file) || !existsSync(resolve(start, file))) {
    return (path) => path;
  }
  return (path) => resolve(start, path);
}

function exitOf(outcomes: readonly Outcome[]): number {
  if (outcomes.includes("violated")) return EXIT.violated;
  return outcomes.every((outcome) => outcome === "holds") ? EXIT.holds : EXIT.incomplete;
}

const OPTIONS = {
  set: { type: "string", multiple: true },
  only: { type: "string", multiple: true },
  claim: { type: "string", multiple: true },
  json: { type: "boolean" },
  details: { type: "boolean" },
  "max-states": { type: "string" },
  "max-seconds": { type: "string" },
  memory: { type: "string" },
  dot: { type: "string" },
  replay: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new SpecError(
      `Cannot read the command line: ${argumentFault(error, OPTIONS)}; see --help`,
    );
  }
}

function limitOf(name: string, option: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  const value = Number(text.replaceAll("_", ""));
  if (value > 0 && (name !== "maxStates" || Number.isSafeInteger(value))) return { [name]: value };
  throw new SpecError(
    `Cannot use ${option}: expected ${
      name === "maxStates" ? "an integer" : "a number"
    } above 0, got ${show(text)}`,
  );
}

function replayOne(specs: readonly LoadedSpec[], token: string): number {
  const named = specs.filter(({ spec }) => isTokenOf(spec, token));
  const [one, another] = named.length === 0 ? specs : named;
  if (one !== undefined && another !== undefined) {
    throw new SpecError(
      named.length === 0
        ? `Cannot replay ${show(token)}: expected a token of one of ${
          specs.map(({ spec }) => show(spec.name)).join(", ")
        }`
        : `Cannot replay ${show(token)}: ${named.length} specs are named so; select one of ${
          named.map(({ exported }) => exported).join(", ")
        } by --only`,
    );
  }
  // INVARIANT: loadSpecs finds at least one, or throws.
  const { spec } = one!;
  const trace: Trace = replay(spec, token);
  write(Deno.stdout, `${PAINT.strong(visible(spec.name))}\n\n${traceText(trace, PAINT)}\n`);
  return EXIT.holds;
}

/** The one spec that can be drawn. */
function onlyOne(specs: readonly LoadedSpec[]): AnySpec {
  const [one, another] = specs;
  if (one !== undefined && another === undefined) return one.spec;
  throw new SpecError(
    `Cannot draw ${specs.length} specs: select one of ${
      specs.map(({ exported }) => exported).join(", ")
    } by --only`,
  );
}

/** Writes all of a text. A reader that has gone, as `head` does, has seen what it wanted. */
function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return;
    throw new SpecError(`Cannot write the report: ${messageOf(error)}`, { cause: error });
  }
}

if (import.meta.main) {
  // What the modules of users throw after they were imported is no verdict on their specs.
  for (const type of ["error", "unhandledrejection"] as const) {
    globalThis.addEventListener(type, (event) => {
      event.preventDefault();
      const thrown = event instanceof ErrorEvent ? event.error : event.reason;
      write(
        Deno.stderr,
        `error: Cannot go on: the module threw ${visibleLines(messageOf(thrown))}\n`,
      );
      Deno.exit(EXIT.unusable);
    });
  }
  Deno.exit(await main(Deno.args));
}
