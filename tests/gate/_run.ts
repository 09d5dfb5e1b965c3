/**
 * Runs a command, and shows that it does.
 *
 * @module
 */

const encoder = new TextEncoder();
const live = Deno.stderr.isTerminal();
/** Seconds between two lines where there is no terminal. */
const PLAIN_SECONDS = 60;

/** What came of a command. */
export interface Ran {
  readonly code: number;
  /** What it has printed, without colours. */
  readonly text: string;
  readonly seconds: number;
}

/** What Deno says when it has failed itself, whatever it was running. */
const PANIC = /^Deno has panicked/m;

/** Runs a command at the root of the project, and once more where Deno has failed itself, which is said. */
export async function run(name: string, command: string, args: readonly string[]): Promise<Ran> {
  const first = await runOnce(name, command, args);
  if (first.code === 0 || !PANIC.test(first.text)) return first;
  const why = /panicked at .*\n.*/.exec(first.text)?.[0] ?? "";
  Deno.stderr.writeSync(encoder.encode(`${name}: Deno has panicked, so once more (${why})\n`));
  return await runOnce(name, command, args);
}

/** Runs a command; while it does, a line says for how long. */
async function runOnce(name: string, command: string, args: readonly string[]): Promise<Ran> {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  let told = 0;
  const beat = setInterval(() => {
    const now = seconds();
    if (live) Deno.stderr.writeSync(encoder.encode(`\r\x1b[2K${name} … ${now.toFixed(0)} s`));
    else if (now - told >= PLAIN_SECONDS) {
      told = now;
      Deno.stderr.writeSync(encoder.encode(`${name} … ${now.toFixed(0)} s\n`));
    }
  }, 1000);
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      cwd: new URL("../../", import.meta.url),
      // Some tests wait for something now and then: one more at a time than there are processors.
      env: { NO_COLOR: "1", DENO_JOBS: `${navigator.hardwareConcurrency + 1}` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    const text = `${decoder.decode(stdout)}${decoder.decode(stderr)}`.trim();
    return { code, text, seconds: seconds() };
  } finally {
    clearInterval(beat);
    if (live) Deno.stderr.writeSync(encoder.encode("\r\x1b[2K"));
  }
}
