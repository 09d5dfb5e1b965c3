import { assertEquals } from "@std/assert";
import { circles, type House, houseIn, trespasses, WINGS } from "./_house.ts";
import { needing } from "./_needing.ts";

const test = needing("read", "write", "run");
const ROOT = new URL("../", import.meta.url);

/** All of the project, read once. */
let whole: Promise<House> | undefined;
const project = () => whole ??= houseIn(ROOT, ["src/", "model/", "bench/", "tests/", "examples/"]);

test("each wing of src, specs and conformance uses those below it, and each room of the engine", async () => {
  const house = await project();
  assertEquals(house.size > 300, true, `${house.size} files`);
  assertEquals(trespasses(house), []);
});

test("no files use one another in a circle, types aside", async () => {
  assertEquals(circles(await project(), { types: false }), []);
});

test("types stand below those who share them, but for those of a coroutine itself", async () => {
  const round = circles(await project(), { types: true });
  assertEquals(round.filter((circle) => !circle.includes("src/core/coroutine.ts")), []);
});

test("all that is in src is in a wing, and each wing is there", async () => {
  const files = [...(await project()).keys()].filter((file) => file.startsWith("src/"));
  assertEquals(
    [...new Set(files.map((file) => file.split("/")[1]))].sort(),
    Object.keys(WINGS).sort(),
  );
});

/** A project of these files, each with what it says. */
async function houseOf(files: Readonly<Record<string, string>>): Promise<House> {
  const directory = await Deno.realPath(await Deno.makeTempDir());
  const root = new URL(`file://${directory}/`);
  try {
    const imports = { "@cofn/coroutine": "./mod.ts", "@cofn/coroutine/model": "./model/mod.ts" };
    await Deno.writeTextFile(new URL("deno.json", root), JSON.stringify({ imports }));
    for (const [file, source] of Object.entries(files)) {
      await Deno.mkdir(new URL(`${file}/..`, root), { recursive: true });
      await Deno.writeTextFile(new URL(file, root), source);
    }
    const folders = new Set(
      Object.keys(files).filter((file) => file.includes("/"))
        .map((file) => file.replace(/\/.*/, "/")),
    );
    return await houseIn(root, [...folders]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

test("an import that goes where it must not is told, in whichever way it is written", async () => {
  const house = await houseOf({
    "mod.ts": "",
    "model/mod.ts": "",
    "src/locks/lock.ts": "export type T = 1; export const l = 1; export default 1;",
    "src/threads/main.ts": "export {};",
    "src/core/_above.ts": 'export type { T } from "../locks/lock.ts";',
    "src/core/a.ts": 'import { l } from "../locks/lock.ts"; l;',
    "src/core/b.ts": 'import type { T } from "../locks/lock.ts"; export type U = T;',
    "src/core/c.ts": "import d, {\n  // } a remark\n  l as $ü,\n} from '../locks/lock.ts'; d; $ü;",
    "src/core/d.ts": 'export * as locks from "../locks/lock.ts";',
    "src/core/e.ts": "export const e = () => import(\n  // later\n  `../locks/lock.ts`,\n);",
    "src/core/f.ts": 'export type F = import("../locks/lock.ts").T;',
    "src/core/g.ts": 'new Worker(new URL("../threads/main.ts", import.meta.url), {});',
    "src/core/h.ts": 'import.meta.resolve("../threads/main.ts");',
    "src/core/i.js": 'import "../locks/lock.ts";',
    "src/core/j.ts": 'import "../../model/mod.ts";',
    "src/core/k.ts":
      '/** import { l } from "../locks/lock.ts"; */\nexport const k = `\nimport "../locks/lock.ts";`;',
    "src/attic/old.ts": 'import "../core/a.ts";',
    "model/engine/play/play.ts": "export type S = 1;",
    "model/engine/language/l.ts": 'import type { S } from "../play/play.ts"; export type U = S;',
    "model/specs/core/s.ts": 'import "@cofn/coroutine"; import "@cofn/coroutine/model";',
    "model/specs/core/t.ts": 'import "../locks/u.ts";',
    "model/specs/locks/u.ts": "",
  });
  const locks = "src/locks/lock.ts: core/ must not use locks/";
  const threads = "src/threads/main.ts: core/ must not use threads/";
  assertEquals(trespasses(house), [
    "model/engine/language/l.ts uses model/engine/play/play.ts: language/ must not use play/",
    "model/specs/core/s.ts uses mod.ts: model/specs/ must not use mod.ts",
    "model/specs/core/t.ts uses model/specs/locks/u.ts: core/ must not use locks/",
    "src/attic/old.ts uses src/core/a.ts: there is no attic/ in src/",
    ...["a", "b", "c", "d", "e", "f"].map((name) => `src/core/${name}.ts uses ${locks}`),
    ...["g", "h"].map((name) => `src/core/${name}.ts uses ${threads}`),
    `src/core/i.js uses ${locks}`,
    "src/core/j.ts uses model/mod.ts: src/ must not use model/",
  ]);
});

test("a circle is told, by what runs and with types", async () => {
  const house = await houseOf({
    "src/core/a.ts": 'import { b } from "./b.ts"; import "./z.ts"; export type A = typeof b;',
    "src/core/b.ts": 'import "./c.ts"; export const b = 1;',
    "src/core/c.ts": '/** import "./z.ts"; */ import type { A } from "./a.ts"; export type C = A;',
    "src/core/y.ts": 'import * as z from "./z.ts"; z;',
    "src/core/z.ts": 'export * from "./y.ts";',
  });
  const [a, b, c, y, z] = ["a", "b", "c", "y", "z"].map((name) => `src/core/${name}.ts`);
  assertEquals(circles(house, { types: false }), [[y, z]]);
  assertEquals(circles(house, { types: true }).toSorted(), [[a, b, c], [y, z]]);
});
