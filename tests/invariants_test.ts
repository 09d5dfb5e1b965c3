import { assertEquals } from "@std/assert";
import { jobs } from "../model/verify/jobs.ts";
import { Sources, subjectOf } from "../model/verify/sources.ts";
import { needing } from "./_needing.ts";

const test = needing("read");
const ROOT = new URL("../", import.meta.url);

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesBelow(`${folder}${name}/`);
    else yield `${folder}${name}`;
  }
}

/** The claims that comments rely on, each with its spec. */
function reliedOn(source: string): { readonly spec: string; readonly claim: string }[] {
  return [...source.matchAll(/INVARIANT\((\w+): "([^"]+)"\)/g)]
    .map(([, spec = "", claim = ""]) => ({ spec, claim }));
}

/** Whether a spec, or what it is made of, has a claim of that name. */
async function has(spec: string, claim: string, sources: Sources): Promise<boolean> {
  const job = jobs.find(({ name }) => name === spec);
  if (job === undefined) return false;
  const files = (await subjectOf(job, sources)).filter((file) => file.startsWith("model/"));
  const texts = await Promise.all(files.map((file) => sources.text(file)));
  return texts.some((text) => text.includes(`"${claim}":`));
}

test("each claim that a comment of src relies on is one of the spec that it names", async () => {
  const sources = new Sources();
  const missing: string[] = [];
  let relied = 0;
  for await (const file of filesBelow("src/")) {
    for (const { spec, claim } of reliedOn(await sources.text(file))) {
      relied++;
      if (!await has(spec, claim, sources)) {
        missing.push(`${file}: ${spec} has no claim "${claim}"`);
      }
    }
  }
  assertEquals(missing, []);
  assertEquals(relied > 10, true);
});

test("a claim that a spec has not is told", async () => {
  const sources = new Sources();
  assertEquals(await has("co_mutex", "a waiter never waits for a free lock", sources), true);
  assertEquals(await has("co_mutex", "nobody waits for a free lock", sources), false);
  assertEquals(await has("coroutine", "a coroutine is in at most one list", sources), false);
  assertEquals(await has("nothing", "a waiter never waits for a free lock", sources), false);
});
