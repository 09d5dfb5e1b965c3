/**
 * Runs Deno until it ends, or has hung: by the time that it has computed, not by the clock, as others may keep the
 * machine busy.
 *
 * @module
 */

/** What came of a run. */
export interface Ran {
  /** Null if it was ended, as it hung. */
  readonly code: number | null;
  /** What it has printed, without colours: the end of it, if that is much. */
  readonly text: string;
  /** Why it was ended. */
  readonly hung?: string;
}

/** How a run is bounded. */
export interface Limits {
  /** It and its children may compute for so many seconds. */
  readonly cpuSeconds: number;
  /** It may go on for so many seconds in which it computes next to nothing. */
  readonly idleSeconds: number;
}

/** So often it is looked after. */
const BEAT_MS = 500;
/** Less than this of the time is next to nothing: what waits for ever has a timer that ticks, and the host tidies up. */
const IDLE_SHARE = 0.05;
/** Time for it to say what it was about, once it was told to end. */
const LAST_WORDS_MS = 3000;
/** Deno has been seen to wait for ever for a child that had ended: after so long it is run once more. */
const LOST_MS = 10_000;
/** Where it cannot be seen how long something computes, this much more is given by the clock. */
const BLIND = 10;
/** The most that is kept of what it prints. */
const MOST_TEXT = 1_000_000;
/** Linux counts time in these. */
const TICKS_PER_SECOND = 100;

/** Those that are running. */
const running = new Set<Deno.ChildProcess>();

/** Ends whatever is running. */
export function endAll(): void {
  for (const child of running) for (const pid of familyOf(child.pid)) end(pid, "SIGKILL");
}

/** Runs Deno in a folder. */
export async function runDeno(
  args: readonly string[],
  cwd: string,
  { cpuSeconds, idleSeconds }: Limits,
): Promise<Ran> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  running.add(child);
  const text = { text: "" };
  // What it has left behind may hold these open: nobody waits for their ends.
  const read = Promise.all([gather(child.stdout, text), gather(child.stderr, text)]);
  const begin = performance.now();
  let used = 0;
  /** When it had last done anything to speak of, and what it had used by then. */
  let since = begin;
  let before = 0;
  /** When it was there for the last time. */
  let seen = begin;
  let hung: string | undefined;
  let lost = false;
  const hangs = Promise.withResolvers<void>();
  const beat = setInterval(() => {
    const now = performance.now();
    const seconds = cpuSecondsOf(child.pid) ?? (now - begin) / 1000 / BLIND;
    used = Math.max(used, seconds);
    if (used - before > IDLE_SHARE * idleSeconds) [before, since] = [used, now];
    if (!isOver(child.pid)) seen = now;
    else if (now - seen > LOST_MS) lost = true;
    if (used > cpuSeconds) hung ??= `it computed for ${cpuSeconds} s`;
    else if (now - since > 1000 * idleSeconds) {
      hung ??= `it did next to nothing for ${idleSeconds} s`;
    }
    if (hung !== undefined || lost) hangs.resolve();
  }, BEAT_MS);
  try {
    const status = await Promise.race([child.status, hangs.promise]);
    if (status) {
      await atMost(LAST_WORDS_MS, read);
      return { code: status.code, text: text.text };
    }
    // What it has come to is not known.
    if (lost) return await runDeno(args, cwd, { cpuSeconds, idleSeconds });
    // Tests that are told to end say which they are.
    const family = familyOf(child.pid);
    end(child.pid, "SIGINT");
    await atMost(LAST_WORDS_MS, child.status);
    for (const pid of new Set([...family, ...familyOf(child.pid)])) end(pid, "SIGKILL");
    await atMost(LAST_WORDS_MS, child.status);
    await atMost(LAST_WORDS_MS, read);
    return { code: null, text: text.text, ...hung === undefined ? {} : { hung } };
  } finally {
    clearInterval(beat);
    running.delete(child);
  }
}

async function gather(from: ReadableStream<Uint8Array<ArrayBuffer>>, into: { text: string }) {
  for await (const piece of from.pipeThrough(new TextDecoderStream())) {
    into.text = (into.text + piece).slice(-MOST_TEXT);
  }
}

/** Waits for something, but not for long. */
async function atMost(ms: number, wait: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([wait, late]);
  clearTimeout(timer);
}

function end(pid: number, signal: "SIGINT" | "SIGKILL"): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** Whether a process has ended, where that can be seen. */
function isOver(pid: number): boolean {
  try {
    return / [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`));
  } catch {
    return isLinux;
  }
}

const isLinux = Deno.build.os === "linux";

/** A process, and those that it has started. */
function familyOf(pid: number): readonly number[] {
  const found: number[] = [pid];
  for (let i = 0; i < found.length; i++) found.push(...childrenOf(found[i]!));
  return found;
}

function childrenOf(pid: number): readonly number[] {
  try {
    const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)];
    return tasks.flatMap(({ name }) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).trim().split(" ")
        .filter((id) => id !== "").map(Number)
    );
  } catch {
    return [];
  }
}

/** How long a process and those that it has started have computed; undefined if the system does not say. */
function cpuSecondsOf(pid: number): number | undefined {
  let ticks: number | undefined;
  for (const one of familyOf(pid)) {
    try {
      const stat = Deno.readTextFileSync(`/proc/${one}/stat`);
      // Behind the name, which may hold anything: user and system time, its own and those of ended children.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      ticks = (ticks ?? 0) + fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    } catch {
      // It has ended meanwhile, or this is no Linux.
    }
  }
  return ticks === undefined ? undefined : ticks / TICKS_PER_SECOND;
}
