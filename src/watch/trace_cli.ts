/**
 * Runs a program, and writes what its coroutines do into a file that Perfetto shows:
 *
 *     deno task trace FILE -- PROGRAM [ARGUMENT …]
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { chromeTrace } from "./chrome_trace.ts";

const HELP = `Usage: deno task trace FILE -- PROGRAM [ARGUMENT …]

Runs PROGRAM, a module, and writes what its coroutines do into FILE, in Chrome's trace
format: open it in Perfetto (https://ui.perfetto.dev). There is a row for each context,
a slice for each time that a coroutine runs, and an arrow from whoever
wakes one to where that goes on. However PROGRAM ends, FILE is whole; if it is
killed, what happened in its last moments may be missing.`;

/** Tells the program, which runs in a process of its own, where to write. */
const FILE = "COFN_TRACE_FILE";
/** Where the library is that this file is of. */
const LIBRARY = new URL("../", import.meta.url);

/** Pieces are gathered until there is so much of them, … */
const ENOUGH = 1 << 16;
/** … or for so long, in milliseconds: should the program be killed, no more is lost. */
const LONG = 20;

function writeTo(path: string): void {
  const file = Deno.openSync(path, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  let text = "";
  const flush = (): void => {
    for (let bytes = encoder.encode(text); bytes.length > 0;) {
      bytes = bytes.subarray(file.writeSync(bytes));
    }
    text = "";
  };
  const tracing = chromeTrace((piece) => {
    if (text === "") Deno.unrefTimer(setTimeout(flush, LONG));
    text += piece;
    // EQUIVALENT(text.length >= ENOUGH -> false): when it is written is a matter of memory alone.
    if (text.length >= ENOUGH) flush();
  });
  // An error that nobody catches ends the program without the other event.
  globalThis.addEventListener("error", flush);
  globalThis.addEventListener("unhandledrejection", flush);
  // It is told even if the program calls Deno.exit.
  globalThis.addEventListener("unload", () => {
    tracing[Symbol.dispose]();
    flush();
  });
}

/** What a trace has at its beginning, and what it lacks at its end if the program has not ended well. */
const [BEGIN, END] = ["[", "\n]\n"];
const BRACE = 0x7d;

/** Ends what the program has not ended; answers whether anything was traced. */
function endTrace(path: string): boolean {
  using file = Deno.openSync(path, { read: true, write: true });
  const { size } = file.statSync();
  const begin = Math.max(0, size - ENOUGH);
  // EQUIVALENT(- -> +): an end that is not found there is written once more.
  const tail = new Uint8Array(size - begin);
  file.seekSync(begin, Deno.SeekMode.Start);
  file.readSync(tail);
  if (!new TextDecoder().decode(tail).endsWith(END)) {
    // A piece may have been cut off.
    const whole = begin + tail.lastIndexOf(BRACE) + 1;
    const text = whole === 0 ? BEGIN + END : END;
    file.truncateSync(whole);
    file.seekSync(whole, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode(text));
  }
  return size > BEGIN.length + END.length;
}

async function main(args: readonly string[]): Promise<number> {
  const [path, dashes, ...program] = args;
  if (path === "--help") {
    // deno-lint-ignore no-console -- its output
    console.log(HELP);
    return 0;
  }
  if (path === undefined || path === "--" || dashes !== "--" || program.length === 0) {
    // deno-lint-ignore no-console -- its output
    console.error(`Cannot trace: expected a file and, after --, a program\n\n${HELP}`);
    return 2;
  }
  goWhereCalled();
  try {
    Deno.writeTextFileSync(path, "");
  } catch (error) {
    // deno-lint-ignore no-console -- its output
    console.error(`Cannot trace into ${path}: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--preload=${import.meta.url}`, ...program],
    env: { [FILE]: path },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  // Whoever ends this wants the program to end, which may do so in its own way.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    if (Deno.build.os !== "windows") Deno.addSignalListener(signal, () => end(child, signal));
  }
  const { code } = await child.status;
  if (!endTrace(path)) {
    // deno-lint-ignore no-console -- its output
    console.error(
      `Nothing was traced into ${path}: either no coroutine has run, or the program uses another copy ` +
        `of the library than this one (${LIBRARY}), or a listener of its own`,
    );
  }
  return code;
}

/** A task runs in the folder of the project, but paths are meant from where it was called. */
function goWhereCalled(): void {
  const start = Deno.env.get("INIT_CWD");
  if (start !== undefined && Deno.cwd() === fileURLToPath(new URL("../", LIBRARY)).slice(0, -1)) {
    Deno.chdir(start);
  }
}

function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
else {
  const path = Deno.env.get(FILE);
  if (path !== undefined) writeTo(path);
}
