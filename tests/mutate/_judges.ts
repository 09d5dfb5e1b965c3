/**
 * Which specs and tests could notice a mutation: those that run the file that it is in, the nearest first.
 *
 * @module
 */
import { jobs } from "../../model/verify/jobs.ts";
import { Sources, subjectOf } from "../../model/verify/sources.ts";
import { filesIn } from "../_files.ts";

/** A spec whose binding runs a file. */
export interface Judge {
  readonly spec: string;
  /** It is about the wing that the file is in. */
  readonly near: boolean;
}

/** Tests of the tests and of the checkers, those that plant bugs or walk on the code as verify does, or read its text. */
const NO_JUDGES =
  /^tests\/((mutants|mutate|gate|model)\/|(planted|claims|invariants|docs)_test\.ts$)/;
/** How a test names what another thread or process runs. */
const PROGRAM = /"((?:\.\.?\/|_)[\w./]+\.ts)"/g;
/** The wing of the specs that are about another one of src. */
const WING_OF_SPECS: Readonly<Record<string, string>> = { lockfree: "shared" };

/** Finds them, by what imports what. */
export class Judges {
  readonly #sources: Sources;
  readonly #tests: readonly string[];
  readonly #specs = new Map<string, Promise<readonly Judge[]>>();
  readonly #subjects = new Map<string, Promise<readonly string[]>>();
  readonly #reached = new Map<string, Promise<readonly string[]>>();

  private constructor(sources: Sources, tests: readonly string[]) {
    this.#sources = sources;
    this.#tests = tests;
  }

  /** Those of the project in a folder. */
  static async in(dir: string): Promise<Judges> {
    const files = await filesIn(new URL(`file://${dir}/`), "tests");
    const tests = files.filter((file) => file.endsWith("_test.ts") && !NO_JUDGES.test(file));
    return new Judges(new Sources((file) => Deno.readTextFile(`${dir}/${file}`)), tests);
  }

  /** The files that a spec is about. */
  subjectOf(spec: string): Promise<readonly string[]> {
    return memo(this.#subjects, spec, async () => {
      const files = new Set(jobs.filter(({ name }) => name === spec).map(({ file }) => file));
      const subjects = [...files].map((file) => subjectOf({ file }, this.#sources));
      return [...new Set((await Promise.all(subjects)).flat())];
    });
  }

  /** A digest of these: the same only while they are as they were. */
  async digestOf(spec: string): Promise<string> {
    const scopes = jobs.filter(({ name }) => name === spec).map(({ scope }) => scope);
    return await this.#sources.digest(await this.subjectOf(spec), scopes.join("\n"));
  }

  /** The specs that could notice what is wrong in a file. */
  specsOf(file: string): Promise<readonly Judge[]> {
    return memo(this.#specs, file, async () => {
      const found: (Judge & { readonly rank: number })[] = [];
      for (const spec of new Set(jobs.map(({ name }) => name))) {
        const subject = await this.subjectOf(spec);
        if (!subject.includes(file)) continue;
        const files = jobs.filter(({ name }) => name === spec).map((job) => `src/${job.file}`);
        const near = files.some((one) => {
          const wing = wingOf(one);
          return [wing, WING_OF_SPECS[wing]].includes(wingOf(file));
        });
        // What is about less is the more likely to be about this.
        const rank = files.includes(file) ? 0 : subject.length + (near ? 0 : 1000);
        found.push({ spec, near: near || rank === 0, rank });
      }
      return found.sort((a, b) => a.rank - b.rank).map(({ spec, near }) => ({ spec, near }));
    });
  }

  /** The tests that could: of the file, of its wing, and all others that run it. */
  async testsOf(file: string): Promise<readonly (readonly string[])[]> {
    const wing = `tests/src/${wingOf(file)}/`;
    const own = nameOf(file);
    const [first, second, third]: [string[], string[], string[]] = [[], [], []];
    for (const test of this.#tests) {
      if (test.startsWith(wing)) (nameOf(test).startsWith(own) ? first : second).push(test);
      else if (test.startsWith("tests/contracts/")) second.push(test);
      else if ((await this.#reachOf(test)).includes(file)) third.push(test);
    }
    // What its comments show is run, too.
    if (/^ \* ```ts/m.test(await this.#sources.text(file))) first.push(file);
    return [first, second, third].filter((tier) => tier.length > 0);
  }

  /** What a test runs, also in threads and processes: a file of the tests that it names is run. */
  #reachOf(test: string): Promise<readonly string[]> {
    return memo(this.#reached, test, async () => {
      const from = new Set([test]);
      for (let reached: readonly string[] = [];;) {
        const before = reached.length;
        reached = await this.#sources.reach([...from]);
        if (reached.length === before) return reached;
        for (const file of reached.filter((one) => one.startsWith("tests/"))) {
          for (const [, name = ""] of (await this.#sources.text(file)).matchAll(PROGRAM)) {
            from.add(new URL(name, `project:/${file}`).pathname.slice(1));
          }
        }
      }
    });
  }
}

function memo<V>(known: Map<string, Promise<V>>, key: string, make: () => Promise<V>): Promise<V> {
  let value = known.get(key);
  if (value === undefined) {
    value = make();
    known.set(key, value);
  }
  return value;
}

/** The folder of src that a file is in. */
export function wingOf(file: string): string {
  return file.split("/")[1] ?? "";
}

/** What a file is called: the same for `src/locks/_rw_tickets.ts` as for a test of it. */
function nameOf(file: string): string {
  return file.replace(/.*\/_?/, "").replace(/\.ts$/, "");
}
