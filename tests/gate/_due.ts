/**
 * Which planted bugs concern what has changed.
 *
 * @module
 */
import { jobs } from "../../model/verify/jobs.ts";
import { Sources, subjectOf } from "../../model/verify/sources.ts";
import type { Mutant, SpecMutant } from "../mutants/_mutant.ts";
import { codeMutants, modelMutants } from "../mutants/_mutants.ts";
import { extract } from "./_changes.ts";

/** A bug planted in the code, or in a spec. */
type AnyMutant = Mutant | SpecMutant;

/**
 * Those whose file has changed, or whose spec or binding, or a file that these use; and those that have changed
 * themselves since `base`. All of them if `changed` is null. Those whose own file has changed come first.
 */
export async function dueMutants(
  base: string | undefined,
  changed: ReadonlySet<string> | null,
): Promise<readonly AnyMutant[]> {
  const all: readonly AnyMutant[] = [...codeMutants, ...modelMutants];
  if (base === undefined || changed === null) return all;
  const before = [...changed].some((file) => file.startsWith("tests/mutants/"))
    ? await textsAt(base)
    : null;
  const sources = new Sources();
  const first: AnyMutant[] = [];
  const then: AnyMutant[] = [];
  for (const mutant of all) {
    if (changed.has(mutant.file) || before?.has(JSON.stringify(mutant)) === false) {
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

/** All that there were in a commit, as text. */
async function textsAt(base: string): Promise<ReadonlySet<string>> {
  const directory = await Deno.makeTempDir();
  const texts = new Set<string>();
  try {
    if (!await extract(base, "tests/mutants", directory)) return texts;
    for await (const { name } of Deno.readDir(`${directory}/tests/mutants`)) {
      if (!/^_mutants\w*\.ts$/.test(name)) continue;
      // INVARIANT: these files hold lists of mutants, and use nothing but one another.
      const lists: Record<string, unknown> = await import(
        `file://${directory}/tests/mutants/${name}`
      );
      for (const mutant of Object.values(lists).filter(Array.isArray).flat()) {
        texts.add(JSON.stringify(mutant));
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return texts;
}
