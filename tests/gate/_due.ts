/**
 * Which planted bugs concern what has changed.
 *
 * @module
 */
import { jobs } from "../../model/verify/jobs.ts";
import { Sources, subjectOf } from "../../model/verify/sources.ts";
import type { AnyMutant } from "../mutants/_mutant.ts";
import { checkerMutants, codeMutants, modelMutants } from "../mutants/_mutants.ts";
import type { Change, Repository } from "./_repository.ts";

const FOLDER = "tests/mutants/";

/** By these all of them are found: the checkers, the scopes, and what plants and judges them. */
const HARNESS =
  /^(deno\.json|model\/(engine|interleave|verify)\/.*|model\/(cli|verify|_load)\.ts|model\/conformance\/[^/]*|tests\/mutants\/_(copy|kills|notices|mutate|mutant|schema)\.ts)$/;

/**
 * Those whose file has changed, or whose spec or binding, or a file that these use; and those that are not in
 * `before`, the ones that there were, as texts: if these have changed at all. All of them if it is not known what
 * has changed, or if what they are found by has. Those whose own file has changed come first, or which have
 * changed themselves.
 */
export async function dueMutants(
  changed: ReadonlySet<string> | undefined,
  before: ReadonlySet<string> | undefined,
): Promise<{ readonly first: readonly AnyMutant[]; readonly then: readonly AnyMutant[] }> {
  const all: readonly AnyMutant[] = [...codeMutants, ...modelMutants, ...checkerMutants];
  if (changed === undefined) return { first: [], then: all };
  const everyOne = [...changed].some((file) => HARNESS.test(file));
  const sources = new Sources();
  const first: AnyMutant[] = [];
  const then: AnyMutant[] = [];
  for (const mutant of all) {
    if (changed.has(mutant.file) || before?.has(textOf(mutant)) === false) first.push(mutant);
    else if (everyOne || (await modelOf(mutant, sources)).some((file) => changed.has(file))) {
      then.push(mutant);
    }
  }
  return { first, then };
}

/** So many at most: the first ones; of those that come then, some of each kind. */
export function sampleOf<M>(
  { first, then }: { readonly first: readonly M[]; readonly then: readonly M[] },
  most: number,
): readonly M[] {
  const room = Math.max(0, most - first.length);
  const step = Math.max(1, then.length / room);
  const some = then.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
  return [...first.slice(0, most), ...some.slice(0, room)];
}

/** The spec and the binding by which it must be found, with what they use of specs and bindings; or the test. */
async function modelOf(mutant: AnyMutant, sources: Sources): Promise<readonly string[]> {
  if ("weakness" in mutant) {
    const [test] = mutant.noticed;
    return await sources.reach([test], (file) => file.startsWith("tests/model/"));
  }
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

/** Those that there were before a change, as texts; undefined if they are the same ones as now. */
export async function mutantsBefore(
  repository: Repository,
  { base, files }: Pick<Change, "base" | "files">,
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
