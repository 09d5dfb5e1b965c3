/**
 * How the house is built: which folder may use which, and that no files use one another in a circle.
 *
 * @module
 */
import { type Import, importsIn } from "../model/verify/sources.ts";

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

/** The folders of `model/engine`. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  language: [],
  search: ["language"],
  play: ["language", "search"],
};

/** The parts of the project, and what each may use besides itself. */
export const PARTS: Readonly<Record<string, readonly string[]>> = {
  "src": [],
  "model/engine": [],
  "model/interleave": ["model/engine"],
  "model/reporters": ["model/engine", "model/interleave"],
  "model/specs": ["model/mod.ts"],
  "model/conformance": [
    "mod.ts",
    "src",
    "model/specs",
    "model/mod.ts",
    "model/engine",
    "model/interleave",
  ],
};

/** The one file that may name types from above: users see them of a coroutine. */
export const NAMES_FROM_ABOVE = "src/core/_above.ts";

/** The files of a project, and what each imports. */
export type House = ReadonlyMap<string, readonly Import[]>;

/** Reads the imports of sources, by their paths from the root. */
export function houseOf(sources: ReadonlyMap<string, string>): House {
  return new Map([...sources].map(([file, source]) => [file, importsIn(source, file)]));
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
  return found;
}

function trespass(file: string, { file: to, type }: Import): string | undefined {
  const parts = Object.keys(PARTS);
  const partOf = (path: string) =>
    parts.find((part) => path.startsWith(`${part}/`)) ?? path.replace(/\/[^/]*$/, "");
  const [from, into] = [partOf(file), partOf(to)];
  if (from !== into) {
    const may = PARTS[from];
    if (may === undefined || may.includes(into) || may.includes(to)) return undefined;
    return `${from}/ must not use ${into === to ? to : `${into}/`}`;
  }
  const table = from === "model/engine" ? ROOMS : WINGS;
  const [room, other] = [roomOf(file, from), roomOf(to, from)];
  if (from === "model/engine" || from === "src" || /^model\/(specs|conformance)$/.test(from)) {
    // What stands beside the wings brings them together.
    if (room === undefined) return undefined;
    if (table[room] === undefined) return `there is no ${room}/ in ${from}/`;
    if (other === undefined) return `${room}/ must not use what stands above it`;
    if (room === other || table[room].includes(other)) return undefined;
    if (type && file === NAMES_FROM_ABOVE) return undefined;
    return `${room}/ must not use ${other}/`;
  }
  return undefined;
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
  const low = new Map<string, number>();
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
    low.set(file, lowest);
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
