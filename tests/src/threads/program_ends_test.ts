import { assertEquals } from "@std/assert";
import { LONG_MS } from "../../_long.ts";
import { needing } from "../../_needing.ts";

const test = needing("run", "read");

/** Runs one of the programs: what it has printed when it has ended by itself. */
async function printed(program: string): Promise<string> {
  // One that hangs is ended, so that the test fails and does not hang itself.
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--allow-read", "_program.ts", program],
    cwd: new URL(".", import.meta.url),
    stdin: "null",
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(LONG_MS),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stderr)], [0, ""]);
  return text(stdout);
}

const ENDS: Record<string, string> = {
  unheard: "when a thread could not be started as its signal cannot be listened to",
  idle: "when its threads have nothing to do, though nobody joins them",
  stuck: "when nobody is left who could wake its coroutine",
  killed: "when the thread is dead that would have woken its coroutine",
};
const WAITS: Record<string, string> = {
  sleep: "before a coroutine of a thread, which sleeps, has woken one of its own",
  host: "before a coroutine of a thread, which waits for the host, has woken one of its own",
  work: "before a coroutine of a thread, which runs all the time, has woken one of its own",
  oneself: "before a coroutine has gone on that a timer of its only thread has scheduled",
  relay: "before a wake-up has come that goes through two threads",
  again: "before what was begun after it was about to end once has woken one of its own",
  farewell:
    "before a coroutine has woken one of its own that was scheduled when it was about to end",
  timer: "before a coroutine has woken one of its own that a timer in an idle thread has begun",
};

for (const [program, when] of Object.entries(ENDS)) {
  test(`a program ends ${when}`, async () => assertEquals(await printed(program), "begun\n"));
}
for (const [program, when] of Object.entries(WAITS)) {
  test(`a program does not end ${when}`, async () =>
    assertEquals(await printed(program), "begun\nwoken\n"));
}
