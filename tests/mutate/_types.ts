/**
 * Which mutations the compiler refuses: those are no bugs that anybody could have.
 *
 * @module
 */
import { runDeno } from "./_child.ts";
import { type Mutation, planted } from "./_mutations.ts";

const LIMITS = { cpuSeconds: 300, idleSeconds: 120 };

/** Those that `deno check` refuses in copies of the project, each with what it says; `told` hears of how many it is known. */
export async function refusedOf(
  mutations: readonly Mutation[],
  dirs: readonly string[],
  { told, stopped }: {
    readonly told?: (done: number) => void;
    readonly stopped?: () => boolean;
  } = {},
): Promise<ReadonlyMap<Mutation, string>> {
  const refused = new Map<Mutation, string>();
  let done = 0;
  const lanes = async <T>(all: readonly T[], work: (one: T, dir: string) => Promise<void>) => {
    const queue = [...all];
    await Promise.all(dirs.map(async (dir) => {
      for (let one; stopped?.() !== true && (one = queue.shift()) !== undefined;) {
        await work(one, dir);
      }
    }));
  };
  // One of each file at a time: what is wrong tells by its file whose it is, if it is there.
  const suspects: (readonly Mutation[])[] = [];
  await lanes(groupsOf(mutations), async (group, dir) => {
    const wrong = new Set((await errorsWith(group, dir)).map(({ file }) => file));
    const own = group.filter(({ file }) => wrong.has(file));
    const again = own.length === wrong.size ? own : group;
    suspects.push(again);
    told?.(done += group.length - again.length);
  });
  await lanes(suspects.flat(), async (one, dir) => {
    const [first] = await errorsWith([one], dir);
    if (first !== undefined) refused.set(one, first.message);
    told?.(++done);
  });
  return refused;
}

/** In each group, one of each file at most. */
function groupsOf(mutations: readonly Mutation[]): Mutation[][] {
  const groups: Mutation[][] = [];
  const counts = new Map<string, number>();
  for (const one of mutations) {
    const n = counts.get(one.file) ?? 0;
    counts.set(one.file, n + 1);
    (groups[n] ??= []).push(one);
  }
  return groups;
}

interface TypeError {
  /** Where it is: from the root. */
  readonly file: string;
  readonly message: string;
}

/** What the compiler says with all of them planted. */
async function errorsWith(
  mutations: readonly Mutation[],
  dir: string,
): Promise<readonly TypeError[]> {
  const sources = new Map<string, string>();
  try {
    for (const one of mutations) {
      const path = `${dir}/${one.file}`;
      const source = await Deno.readTextFile(path);
      sources.set(path, source);
      await Deno.writeTextFile(path, planted(source, one));
    }
    const { code, text } = await runDeno(["check", "src"], dir, LIMITS);
    if (code === 0) return [];
    const places = [...text.matchAll(/file:\/\/(\S+?\.ts):\d+:\d+/g)];
    const message = /^(TS\d+.*|error: .*|.*SyntaxError.*)$/m.exec(text)?.[0] ?? text.slice(0, 200);
    return places.length === 0
      ? [{ file: "", message }]
      : places.map(([, path = ""]) => ({ file: path.slice(dir.length + 1), message }));
  } finally {
    for (const [path, source] of sources) await Deno.writeTextFile(path, source);
  }
}
