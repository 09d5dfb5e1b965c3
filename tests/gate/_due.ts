/**
 * Which planted bugs concern what has changed.
 *
 * @module
 */
import { jobs } from "../../model/verify/jobs.ts";
import { Sources, subjectOf } from "../../model/verify/sources.ts";
import type { Mutant, SpecMutant } from "../mutants/_mutant.ts";
import { codeMutants, modelMutants } from "../mutants/_mutants.ts";
import type { Repository } from "./_repository.ts";

const FOLDER = "tests/mutants/";

/** A bug planted in the code, or in a spec. */
type AnyMutant = Mutant | SpecMutant;

/** What has changed: since which commit, and which files. */
export interface Change {
  readonly base: string;
  readonly files: ReadonlySet<string>;
}

/**
 * Those whose file has changed, or whose spec or binding, or a file that these use; and those that are not in
 * `before`, the ones that there were, as texts: if these have changed at all. All of them if it is not known what
 * has changed. Those whose own file has changed come first.
 */
export async function dueMutants(
  changed: ReadonlySet<string> | undefined,
  before: ReadonlySet<string> | undefined,
): Promise<readonly AnyMutant[]> {
  const all: readonly AnyMutant[] = [...codeMutants, ...modelMutants];
  if (changed === undefined) return all;
  const sources = new Sources();
  const first: AnyMutant[] = [];
  const then: AnyMutant[] = [];
  for (const mutant of all) {
    if (changed.has(mutant.file) || before?.has(textOf(mutant)) === false) {
      first.push(mutant);
    } else if ((await modelOf(mutant, sources)).some((file) => changed.has(file))) {
      then.push(mutant);
    }
  }
  return [...first, ...then];
}

/** The spec and the binding by which it must be found, with what they use of specs and bindings. */
async function modelOf(mutant: AnyMutant, sources: Sources): Promise<readonly string[]> {
  const isModel = (file: string) => /^model\/(specs|conformance)\//.test(file);
  if ("claim" in mutant) return await sources.reach([mutant.check[0] ?? mutant.file], isModel);
  const found = new Set<string>();
  for (
    const file of new Set(jobs.filter(({ name }) => name === mutant.spec).map((job) => job.file))
  ) {
    for (const one of await subjectOf({ file }, sources)) if (isModel(one)) found.add(one);
  }
  return [...found];
}

/** The same for two planted bugs only if they are the same one. */
export function textOf(mutant: AnyMutant): string {
  return JSON.stringify(mutant);
}

/** Those that there were in a commit, as texts; undefined if they are the same ones as now. */
export async function mutantsAt(
  repository: Repository,
  { base, files }: Change,
): Promise<ReadonlySet<string> | undefined> {
  if (![...files].some((file) => file.startsWith(FOLDER))) return undefined;
  const directory = await Deno.makeTempDir();
  const texts = new Set<string>();
  try {
    if (!await repository.extract(base, FOLDER, directory)) return texts;
    for await (const { name } of Deno.readDir(`${directory}/${FOLDER}`)) {
      if (!/^_mutants\w*\.ts$/.test(name)) continue;
      // INVARIANT: these files hold lists of planted bugs, and use nothing but one another.
      const lists: Record<string, unknown> = await import(`file://${directory}/${FOLDER}${name}`);
      for (const mutant of Object.values(lists).filter(Array.isArray).flat()) {
        texts.add(textOf(mutant));
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return texts;
}
