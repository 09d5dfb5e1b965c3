/**
 * Which tests concern what has changed.
 *
 * @module
 */
import { Sources } from "../../model/verify/sources.ts";

/** These are about the project as a whole: its pages, its tasks, who uses whom. */
const ABOUT_ALL = /^tests\/[^/]+_test\.ts$/;
/** These are about tools; what those read, change and hold against each other is material to them, whatever it is. */
const TOOLS = /^tests\/(gate|mutate)\//;
const MATERIAL = /^(mod\.ts|src\/.*|model\/(specs|conformance|engine|interleave)\/.*)$/;
/** What all tests are run by. */
const HARNESS = /^(deno\.json|deno\.lock|tests\/limit\/.*)$/;
/** A file that a text names: of the project, or beside the one that names it. */
const NAMED = /["'`]((?:\.{0,2}\/)?[\w./-]+\.\w+)["'`]/g;

/**
 * Those that run a file that has changed: that import it, or name it, as a command or the file of a thread. All if it
 * is not known what has changed, if what they are run by has, or if a file is there no longer: who has used it cannot
 * be seen any more.
 *
 * @param tests All that there are, by their paths from the root.
 */
export async function dueTests(
  changed: ReadonlySet<string> | undefined,
  tests: readonly string[],
  sources: Sources = new Sources(),
): Promise<readonly string[]> {
  if (changed === undefined || [...changed].some((file) => HARNESS.test(file))) return tests;
  for (const file of changed) if (!await sources.has(file)) return tests;
  if (changed.size === 0) return [];
  const due: string[] = [];
  for (const test of tests) {
    if (ABOUT_ALL.test(test) || (await runBy(test, sources)).some((file) => changed.has(file))) {
      due.push(test);
    }
  }
  return due;
}

/** All files that a test runs, or gives to others to be run. */
export async function runBy(test: string, sources: Sources): Promise<readonly string[]> {
  if (TOOLS.test(test)) {
    return (await sources.reach([test])).filter((file) => !MATERIAL.test(file));
  }
  const found = new Set<string>();
  for (let from: readonly string[] = [test]; from.length > 0;) {
    const reached = (await sources.reach(from)).filter((file) => !found.has(file));
    for (const file of reached) found.add(file);
    const named = new Set<string>();
    for (const file of reached) for (const one of await namedIn(file, sources)) named.add(one);
    from = [...named].filter((file) => !found.has(file));
  }
  return [...found];
}

/** The files that a test, or what helps it, names. */
async function namedIn(file: string, sources: Sources): Promise<readonly string[]> {
  if (!file.startsWith("tests/")) return [];
  const named: string[] = [];
  for (const [, name = ""] of (await sources.text(file)).matchAll(NAMED)) {
    for (const base of ["project:/", new URL(file, "project:/")]) {
      const path = new URL(name, base).pathname.slice(1);
      if (await sources.has(path)) named.push(path);
    }
  }
  return named;
}
