/**
 * Which files a file depends on: read from its imports, as `deno fmt` writes them. Files of types alone
 * (`import type`) are left out on request, as nothing of them runs.
 *
 * @module
 */

const ROOT = new URL("../../", import.meta.url);

/** What a file imports. */
export interface Import {
  /** The file, from the root of the project; of packages, nothing is told. */
  readonly file: string;
  /** Whether it is a type that is imported: nothing of it runs. */
  readonly type: boolean;
  /** What is imported, by the names that the other file has for it; null for all of it. */
  readonly names: readonly string[] | null;
  /** Whether it is handed on under those names. */
  readonly exported: boolean;
}

const IMPORT =
  /^(import|export)\s+(type\s+)?(?:(\*(?:\s+as\s+\w+)?|\w+|\{[^}]*\})\s+from\s+)?"([^"]+)"/gm;
const LAZY = /\bimport\("(\.[^"]+)"\)/g;
/** The names by which the project knows itself. */
const OWN: Readonly<Record<string, string>> = {
  "@cofn/coroutine": "mod.ts",
  "@cofn/coroutine/model": "model/mod.ts",
};

/** What a source says that it imports. */
export function importsIn(source: string, file: string): readonly Import[] {
  const found: Import[] = [];
  for (const [, verb, type, clause, target = ""] of source.matchAll(IMPORT)) {
    const path = pathOf(target, file);
    if (path === undefined) continue;
    const names = clause?.startsWith("{")
      ? clause.slice(1, -1).split(",").map((name) => name.trim()).filter((name) => name !== "")
        .map((name) => name.replace(/^type\s+/, "").replace(/\s+as\s+.*/, ""))
      : null;
    found.push({ file: path, type: type !== undefined, names, exported: verb === "export" });
  }
  for (const [, target = ""] of source.matchAll(LAZY)) {
    const path = pathOf(target, file);
    if (path !== undefined) found.push({ file: path, type: false, names: null, exported: false });
  }
  return found;
}

function pathOf(target: string, from: string): string | undefined {
  if (!target.startsWith(".")) return OWN[target];
  return new URL(target, new URL(from, ROOT)).href.slice(ROOT.href.length);
}

/** The files of the project, as they are now, each read once. */
export class Sources {
  readonly #read: (file: string) => Promise<string>;
  readonly #texts = new Map<string, Promise<string>>();

  /** @param read Reads a file, by its path from the root. */
  constructor(read = (file: string): Promise<string> => Deno.readTextFile(new URL(file, ROOT))) {
    this.#read = read;
  }

  /** The text of a file. */
  text(file: string): Promise<string> {
    let text = this.#texts.get(file);
    if (text === undefined) {
      text = this.#read(file);
      this.#texts.set(file, text);
    }
    return text;
  }

  /** What a file imports. */
  async imports(file: string): Promise<readonly Import[]> {
    return importsIn(await this.text(file), file);
  }

  /**
   * All files that some files run, these included, as far as `follow` says. Whoever takes names from a file that
   * only hands them on, as `mod.ts` does, depends on those alone where they come from.
   */
  async reach(
    from: readonly string[],
    follow: (file: string) => boolean = () => true,
  ): Promise<readonly string[]> {
    const reached = new Set<string>();
    const go = async (file: string): Promise<void> => {
      if (reached.has(file) || !follow(file)) return;
      reached.add(file);
      for (const { file: next, type, names } of await this.imports(file)) {
        if (type) continue;
        for (const origin of names === null ? [next] : await this.#origins(next, names)) {
          await go(origin);
        }
      }
    };
    for (const file of from) await go(file);
    return [...reached].sort();
  }

  /** Where names come from: the file that has them, or those that it has them from. */
  async #origins(file: string, names: readonly string[]): Promise<readonly string[]> {
    const imports = await this.imports(file);
    if (imports.length === 0 || !imports.every(({ exported }) => exported)) return [file];
    return imports.filter((one) =>
      !one.type && (one.names === null || one.names.some((name) => names.includes(name)))
    ).map((one) => one.file);
  }

  /** A digest of files: the same only if all of them are as they were. */
  async digest(files: readonly string[]): Promise<string> {
    const texts = await Promise.all(files.map(async (file) => `${file}\n${await this.text(file)}`));
    const bytes = new TextEncoder().encode(texts.join("\0"));
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return hash.slice(0, 8).toHex();
  }
}

/** Whether a file is about what is claimed and how the code meets it, or is that code: not the checkers. */
function isSubject(file: string): boolean {
  return /^(src|model\/(specs|conformance))\//.test(file);
}

/** The spec, the binding, and the source that a job is about. */
export async function subjectOf(
  { file }: { readonly file: string },
  sources: Sources,
): Promise<readonly string[]> {
  const binding = `model/conformance/${file}`;
  const spec = `model/specs/${file}`;
  const has = await sources.text(spec).then(() => true, () => false);
  return await sources.reach(has ? [spec, binding] : [binding], isSubject);
}
