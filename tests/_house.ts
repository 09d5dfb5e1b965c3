/**
 * How the house is built: which folder may use which, and that no files use one another in a circle. Deno itself
 * tells who imports what.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { filesIn } from "./_files.ts";

/** The folders of `src`, `model/specs` and `model/conformance`, and what each may use besides itself. */
export const WINGS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  time: ["core"],
  locks: ["core", "time"],
  tasks: ["core", "time", "locks"],
  contexts: ["core", "time"],
  io: ["core", "time", "contexts"],
  lockfree: [],
  shared: ["core", "time", "locks", "lockfree"],
  threads: ["core", "time", "locks", "tasks", "contexts", "io", "lockfree", "shared"],
  watch: ["core", "time", "contexts"],
};

/** Those of the model: what is in several wings of `src` is modelled together. */
const MODELLED: typeof WINGS = { ...WINGS, together: ["core", "time", "locks", "contexts"] };

/** The folders of `model/engine`. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  language: [],
  search: ["language"],
  play: ["language", "search"],
};

/** The parts that are made of such folders. */
const DIVIDED: Readonly<Record<string, typeof WINGS>> = {
  "src": WINGS,
  "model/specs": MODELLED,
  "model/conformance": MODELLED,
  "model/engine": ROOMS,
};

/** The parts of the project, and what each may use besides itself. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  "src": [],
  "model/engine": [],
  "model/interleave": ["model/engine"],
  "model/reporters": ["model/engine", "model/interleave"],
  "model/specs": ["model/mod.ts"],
  "model/conformance": [
    ...["mod.ts", "src", "model/specs", "model/mod.ts", "model/engine", "model/interleave"],
  ],
};

/** The one file that may name types from above: users see them of a coroutine. */
const NAMES_FROM_ABOVE = "src/core/_above.ts";

/** What a file imports. */
export interface Import {
  /** The file, from the root. */
  readonly file: string;
  /** Whether it is types alone that are imported: nothing of it runs. */
  readonly type: boolean;
}

/** The files of a project, and what each imports of them. */
export type House = ReadonlyMap<string, readonly Import[]>;

/** What `deno info --json` says of a module, as far as it is used here. */
interface Module {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

/** The files in the folders of a project, and what they import: lazily too, and as the file of a Worker. */
export async function houseIn(root: URL, folders: readonly string[]): Promise<House> {
  const files: string[] = [];
  for (const folder of folders) {
    files.push(...(await filesIn(root, folder)).filter((file) => CODE.test(file)));
  }
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const lines = files.map((file) => `import ${JSON.stringify(new URL(file, root).href)};\n`);
    await Deno.writeTextFile(entry, lines.join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "info",
        "--json",
        "--no-lock",
        "--config",
        fileURLToPath(new URL("deno.json", root)),
        entry,
      ],
    }).output();
    const decoder = new TextDecoder();
    if (!success) throw new Error(decoder.decode(stderr));
    const { modules } = JSON.parse(decoder.decode(stdout)) as { modules: readonly Module[] };
    const house = new Map<string, Import[]>();
    for (const { specifier, error, dependencies = [] } of modules) {
      if (!specifier.startsWith(root.href)) continue;
      if (error !== undefined) throw new Error(error);
      const imports = dependencies.flatMap(({ code, type }): Import[] => {
        const target = code?.specifier ?? type?.specifier;
        if (target === undefined || !target.startsWith(root.href)) return [];
        return [{ file: target.slice(root.href.length), type: code === undefined }];
      });
      const file = specifier.slice(root.href.length);
      house.set(file, [...imports, ...await namedByUrl(root, file)]);
    }
    return house;
  } finally {
    await Deno.remove(entry);
  }
}

/** Files of code, whichever way it is written. */
const CODE = /\.[cm]?[jt]sx?$/;

/** The modules that a file starts as a Worker, or has read: what Deno does not take for imports. */
async function namedByUrl(root: URL, file: string): Promise<Import[]> {
  const source = (await Deno.readTextFile(new URL(file, root)))
    .split("\n").filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line)).join("\n");
  const named = [
    ...source.matchAll(/new URL\(\s*["'`](\.[^"'`]+)["'`]\s*,\s*import\.meta\.url/g),
    ...source.matchAll(/import\.meta\.resolve\(\s*["'`](\.[^"'`]+)["'`]/g),
  ];
  return named.map(([, target = ""]) => new URL(target, new URL(file, root)).href)
    .filter((href) => href.startsWith(root.href) && CODE.test(href))
    .map((href) => ({ file: href.slice(root.href.length), type: false }));
}

/** A sentence for each import that goes where it must not. */
export function trespasses(house: House): readonly string[] {
  const found: string[] = [];
  for (const [file, imports] of house) {
    for (const one of imports) {
      const why = trespass(file, one);
      if (why !== undefined) found.push(`${file} uses ${one.file}: ${why}`);
    }
  }
  return found.sort();
}

function trespass(file: string, { file: to, type }: Import): string | undefined {
  const [from, into] = [partOf(file), partOf(to)];
  if (from !== into) {
    const may = PARTS[from];
    if (may === undefined || may.includes(into) || may.includes(to)) return undefined;
    return `${from}/ must not use ${into === "" ? to : `${into}/`}`;
  }
  const table = DIVIDED[from];
  if (table === undefined) return undefined;
  const [room, other] = [roomOf(file, from), roomOf(to, from)];
  // What stands beside the rooms brings them together.
  if (room === undefined) return undefined;
  const may = table[room];
  if (may === undefined) return `there is no ${room}/ in ${from}/`;
  if (other === undefined) return `${room}/ must not use what stands above it`;
  if (room === other || may.includes(other)) return undefined;
  if (type && file === NAMES_FROM_ABOVE) return undefined;
  return `${room}/ must not use ${other}/`;
}

/** The part that a file is in, or its folder. */
function partOf(file: string): string {
  return Object.keys(PARTS).find((part) => file.startsWith(`${part}/`)) ??
    file.replace(/[^/]*$/, "").replace(/\/$/, "");
}

/** The folder in a part that a file is in. */
function roomOf(file: string, part: string): string | undefined {
  const path = file.slice(part.length + 1);
  return path.includes("/") ? path.replace(/\/.*/, "") : undefined;
}

/** The circles: files each of which uses all others, by what they run; with types as well if told. */
export function circles(
  house: House,
  { types }: { types: boolean },
): readonly (readonly string[])[] {
  // Tarjan's algorithm: a circle is what can be reached from each of its files.
  const number = new Map<string, number>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const found: string[][] = [];
  const visit = (file: string): number => {
    const own = number.size;
    number.set(file, own);
    let lowest = own;
    path.push(file);
    onPath.add(file);
    for (const { file: next, type } of house.get(file) ?? []) {
      if (type && !types) continue;
      if (!number.has(next)) lowest = Math.min(lowest, visit(next));
      else if (onPath.has(next)) lowest = Math.min(lowest, number.get(next) ?? lowest);
    }
    if (lowest === own) {
      const circle = path.splice(path.indexOf(file));
      for (const one of circle) onPath.delete(one);
      if (circle.length > 1) found.push(circle.sort());
    }
    return lowest;
  };
  for (const file of house.keys()) if (!number.has(file)) visit(file);
  return found;
}
