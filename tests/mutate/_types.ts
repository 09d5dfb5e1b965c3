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
  // One of each file at a time: what is wrong tells by its file whose it is.
  const groups = groupsOf(mutations);
  const lane = async (dir: string): Promise<void> => {
    for (let group; stopped?.() !== true && (group = groups.shift()) !== undefined;) {
      const said = await errorsWith(group, dir);
      const wrong = new Set(said?.map(({ file }) => file));
      const elsewhere = [...wrong].some((file) => group.every((one) => one.file !== file));
      for (const one of group) {
        if (elsewhere || wrong.has(one.file)) {
          const [first] = group.length === 1 ? said ?? [] : await errorsWith([one], dir) ?? [];
          if (first !== undefined) refused.set(one, first.message);
        }
        told?.(++done);
      }
    }
  };
  await Promise.all(dirs.map(lane));
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

/** What the compiler says with all of them planted; undefined if nothing. */
async function errorsWith(
  mutations: readonly Mutation[],
  dir: string,
): Promise<readonly TypeError[] | undefined> {
  const sources = new Map<string, string>();
  try {
    for (const one of mutations) {
      const path = `${dir}/${one.file}`;
      const source = await Deno.readTextFile(path);
      sources.set(path, source);
      await Deno.writeTextFile(path, planted(source, one));
    }
    const { code, text } = await runDeno(["check", "src"], dir, LIMITS);
    if (code === 0) return undefined;
    const places = [...text.matchAll(/file:\/\/(\S+?\.ts):\d+:\d+/g)];
    const message = /^(TS\d+.*|error: .*|.*SyntaxError.*)$/m.exec(text)?.[0] ?? text.slice(0, 200);
    return places.length === 0
      ? [{ file: "", message }]
      : places.map(([, path = ""]) => ({ file: path.slice(dir.length + 1), message }));
  } finally {
    for (const [path, source] of sources) await Deno.writeTextFile(path, source);
  }
}
