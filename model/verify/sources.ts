/**
 * Which files a spec, a binding and the code are made of, and a digest of them: read from their imports, as
 * `deno fmt` writes them. Types are left out (`import type`), as nothing of them runs.
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
  /** What is imported, or handed on: by the names that those have for it who import it from there; null for all of it. */
  readonly names: readonly string[] | null;
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
      ? namesIn(clause, verb === "export" ? "after" : "before")
      : null;
    found.push({ file: path, type: type !== undefined, names });
  }
  for (const [, target = ""] of source.matchAll(LAZY)) {
    const path = pathOf(target, file);
    if (path !== undefined) found.push({ file: path, type: false, names: null });
  }
  return found;
}

/** The names in braces: of `a as b`, the one before `as` or the one after it. */
function namesIn(clause: string, which: "before" | "after"): readonly string[] {
  return clause.slice(1, -1).replace(/\/\/.*|\/\*[^]*?\*\//g, "").split(",")
    .map((name) => name.trim().replace(/^type\s+/, "").split(/\s+as\s+/))
    .flatMap((names) => (which === "before" ? names[0] : names.at(-1)) || []);
}

function pathOf(target: string, from: string): string | undefined {
  if (!target.startsWith(".")) return OWN[target];
  const { origin, pathname } = new URL(target, new URL(from, "project:/"));
  return origin === "null" ? decodeURIComponent(pathname.slice(1)) : undefined;
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

  /** What a file imports; nothing if it is not there, as one that only a comment names. */
  async imports(file: string): Promise<readonly Import[]> {
    return await this.has(file) ? importsIn(await this.text(file), file) : [];
  }

  /** Whether there is such a file. */
  has(file: string): Promise<boolean> {
    return this.text(file).then(() => true, () => false);
  }

  /**
   * All files that some files run, these included, as far as `follow` says. Whoever takes names from `mod.ts`
   * depends on the files that these come from, and on no others.
   */
  async reach(
    from: readonly string[],
    follow: (file: string) => boolean = () => true,
  ): Promise<readonly string[]> {
    const reached = new Set<string>();
    const go = async (file: string): Promise<void> => {
      if (reached.has(file) || !follow(file) || !await this.has(file)) return;
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

  /** Where names come from: the file itself, or those that `mod.ts` has them from. */
  async #origins(file: string, names: readonly string[]): Promise<readonly string[]> {
    if (file !== "mod.ts") return [file];
    return (await this.imports(file)).filter((one) =>
      !one.type && (one.names === null || one.names.some((name) => names.includes(name)))
    ).map((one) => one.file);
  }

  /**
   * A digest of files, and of some text: the same only if all of them are as they were.
   *
   * @param of What of a file matters: all, by default.
   */
  async digest(
    files: readonly string[],
    more = "",
    of = (text: string): string => text,
  ): Promise<string> {
    const texts = await Promise.all(
      files.map(async (file) => `${file}\n${of(await this.text(file))}`),
    );
    const bytes = new TextEncoder().encode([...texts, more].join("\0"));
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
  return await sources.reach([spec, binding], isSubject);
}

/** What runs of a file: no line that is a comment, or part of one. */
export function withoutComments(text: string): string {
  let within = false;
  return text.split("\n").filter((line) => {
    if (!within && /^\s*\/\//.test(line)) return false;
    const comment = within || /^\s*\/\*/.test(line);
    // What stands behind the end of one is code.
    within = comment && !line.includes("*/");
    return !comment || !within && !/\*\/\s*$/.test(line);
  }).join("\n");
}

/**
 * A digest of what a job is about, and of how it is made: the same only while nothing of it has changed but
 * comments.
 */
export async function digestOf(
  job: { readonly file: string; readonly scope: string; readonly make?: () => unknown },
  sources: Sources,
): Promise<string> {
  return await sources.digest(
    await subjectOf(job, sources),
    `${job.scope}\n${job.make ?? ""}`,
    withoutComments,
  );
}
