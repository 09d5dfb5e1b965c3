import { assertEquals } from "@std/assert";
import { circles, houseOf, trespasses, WINGS } from "./_house.ts";
import { needing } from "./_needing.ts";

const test = needing("read");
const ROOT = new URL("../", import.meta.url);

async function sourcesIn(...folders: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const go = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory) await go(`${folder}${name}/`);
      else if (name.endsWith(".ts")) {
        found.set(`${folder}${name}`, await Deno.readTextFile(new URL(`${folder}${name}`, ROOT)));
      }
    }
  };
  for (const folder of folders) await go(folder);
  return found;
}

test("each wing of src, specs and conformance uses those below it, and each room of the engine", async () => {
  const sources = await sourcesIn("src/", "model/");
  assertEquals(sources.size > 150, true);
  assertEquals(trespasses(houseOf(sources)), []);
});

test("no files use one another in a circle, types aside", async () => {
  const sources = await sourcesIn("src/", "model/", "bench/", "tests/", "examples/");
  assertEquals(circles(houseOf(sources), { types: false }), []);
});

test("types stand below those who share them, but for those of a coroutine itself", async () => {
  const sources = await sourcesIn("src/", "model/", "bench/", "tests/", "examples/");
  const round = circles(houseOf(sources), { types: true });
  assertEquals(round.filter((circle) => !circle.includes("src/core/coroutine.ts")), []);
});

test("all that is in src is in a wing, and each wing is there", async () => {
  const folders = [...(await sourcesIn("src/")).keys()].map((file) => file.split("/")[1]);
  assertEquals([...new Set(folders)].sort(), Object.keys(WINGS).sort());
});

const planted: readonly (readonly [file: string, source: string, says: string])[] = [
  [
    "src/core/call.ts",
    'import { CoMutex } from "../locks/co_mutex.ts";',
    "src/core/call.ts uses src/locks/co_mutex.ts: core/ must not use locks/",
  ],
  [
    "src/core/call.ts",
    'import type { AioContext } from "../contexts/aio_context.ts";',
    "src/core/call.ts uses src/contexts/aio_context.ts: core/ must not use contexts/",
  ],
  [
    "src/core/_above.ts",
    'import { AioContext } from "../contexts/aio_context.ts";',
    "src/core/_above.ts uses src/contexts/aio_context.ts: core/ must not use contexts/",
  ],
  [
    "src/io/co_file.ts",
    'export {\n  spawn,\n  type Thread,\n} from "../threads/io_thread.ts";',
    "src/io/co_file.ts uses src/threads/io_thread.ts: io/ must not use threads/",
  ],
  [
    "src/lockfree/list.ts",
    'const core = await import("../core/coroutine.ts");',
    "src/lockfree/list.ts uses src/core/coroutine.ts: lockfree/ must not use core/",
  ],
  [
    "src/attic/old.ts",
    'import { call } from "../core/call.ts";',
    "src/attic/old.ts uses src/core/call.ts: there is no attic/ in src/",
  ],
  [
    "model/engine/language/spec.ts",
    'import type { Step } from "../play/play.ts";',
    "model/engine/language/spec.ts uses model/engine/play/play.ts: language/ must not use play/",
  ],
  [
    "model/specs/core/coroutine.ts",
    'import { Coroutine } from "@cofn/coroutine";',
    "model/specs/core/coroutine.ts uses mod.ts: model/specs/ must not use mod.ts",
  ],
  [
    "src/core/call.ts",
    'import { spec } from "../../model/mod.ts";',
    "src/core/call.ts uses model/mod.ts: src/ must not use model/",
  ],
];

for (const [file, source, says] of planted) {
  Deno.test(`it is told: ${says}`, () => {
    assertEquals(trespasses(houseOf(new Map([[file, source]]))), [says]);
  });
}

Deno.test("a circle is told, by what runs and with types", () => {
  const house = houseOf(
    new Map([
      ["src/core/a.ts", 'import { b } from "./b.ts";\nimport { z } from "./z.ts";'],
      ["src/core/b.ts", 'import { c } from "./c.ts";'],
      ["src/core/c.ts", '/** import { z } from "./z.ts"; */\nimport type { A } from "./a.ts";'],
      ["src/core/y.ts", 'import * as z from "./z.ts";'],
      ["src/core/z.ts", 'export * from "./y.ts";'],
    ]),
  );
  const [a, b, c, y, z] = ["a", "b", "c", "y", "z"].map((name) => `src/core/${name}.ts`);
  assertEquals(circles(house, { types: false }), [[y, z]]);
  assertEquals(circles(house, { types: true }), [[y, z], [a, b, c]]);
});
