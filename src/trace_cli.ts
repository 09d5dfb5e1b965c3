/**
 * Runs a program, and writes what its coroutines do into a file that Perfetto shows:
 *
 *     deno task trace FILE -- PROGRAM [ARGUMENT …]
 *
 * @module
 */
import { chromeTrace } from "./chrome_trace.ts";

const HELP = `Usage: deno task trace FILE -- PROGRAM [ARGUMENT …]

Runs PROGRAM, a module, and writes what its coroutines do into FILE, in Chrome's trace
format: open it in Perfetto (https://ui.perfetto.dev). There is a row for each context,
a slice for each time that a coroutine runs, and an arrow from whoever
wakes one to where that goes on.`;

/** Tells the program, which runs in a process of its own, where to write. */
const FILE = "COFN_TRACE_FILE";

/** Pieces are gathered until there is so much of them. */
const ENOUGH = 1 << 16;

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
    text += piece;
    if (text.length >= ENOUGH) flush();
  });
  // It is told even if the program calls Deno.exit.
  globalThis.addEventListener("unload", () => {
    tracing[Symbol.dispose]();
    flush();
    file.close();
  });
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
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--preload=${import.meta.url}`, ...program],
    env: { [FILE]: path },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const { code } = await child.status;
  return code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
else {
  const path = Deno.env.get(FILE);
  if (path !== undefined) writeTo(path);
}
