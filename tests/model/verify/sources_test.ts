import { assertEquals, assertNotEquals } from "@std/assert";
import { jobs } from "../../../model/verify/jobs.ts";
import {
  digestOf,
  importsIn,
  Sources,
  subjectOf,
  withoutComments,
} from "../../../model/verify/sources.ts";
import { needing } from "../../_needing.ts";

const test = needing("read");

Deno.test("imports are read as deno fmt writes them: all kinds, but none in comments", () => {
  const source = `/**
 * import { no } from "./no.ts";
 */
import type { A } from "./a.ts";
import { b, type C as D } from "../b.ts";
import * as e from "@cofn/coroutine";
import * as Schema from "effect/Schema";
import "./f.ts";
export { g } from "./g.ts";
export {
  h as k, // a remark, with a comma
  type I,
} from "./h.ts";
const j = await import("./j.ts");
`;
  const kinds = importsIn(source, "src/core/x.ts").map(({ file, type, names }) =>
    `${type ? "type " : ""}${names?.join("+") ?? "*"} ${file}`
  );
  assertEquals(kinds, [
    "type A src/core/a.ts",
    "b+C src/b.ts",
    "* mod.ts",
    "* src/core/f.ts",
    "g src/core/g.ts",
    "k+I src/core/h.ts",
    "* src/core/j.ts",
  ]);
});

/** A project in memory. */
function sourcesOf(files: Readonly<Record<string, string>>): Sources {
  return new Sources((file) =>
    files[file] === undefined
      ? Promise.reject(new Deno.errors.NotFound(file))
      : Promise.resolve(files[file])
  );
}

const project = {
  "mod.ts": 'export { Lock as lock } from "./src/lock.ts";\nexport { nap } from "./src/nap.ts";\n',
  "src/lock.ts":
    '/** import("./gone.ts") */\nimport { c } from "./core.ts";\nimport type { N } from "./nap.ts";\n',
  "src/errors.ts": "",
  "src/nap.ts": 'import { core } from "./core.ts";\n',
  "src/core.ts": 'export { refused } from "./errors.ts";\nexport const core = 1;\n',
  "model/conformance/lock.ts":
    'import { lock } from "../../mod.ts";\nimport { play } from "../engine/play.ts";\n',
  "model/engine/play.ts": "",
  "model/specs/lock.ts": "",
};

Deno.test("a binding depends on what it takes from mod.ts, and on no more of it", async () => {
  const found = await subjectOf({ file: "lock.ts" }, sourcesOf(project));
  assertEquals(found, [
    "model/conformance/lock.ts",
    "model/specs/lock.ts",
    "src/core.ts",
    "src/errors.ts",
    "src/lock.ts",
  ]);
});

Deno.test("a digest is another one when a file is, and only then", async () => {
  const digest = (files: Readonly<Record<string, string>>, make?: () => unknown) =>
    digestOf({ file: "lock.ts", scope: "1 lock", ...(make && { make }) }, sourcesOf(files));
  const before = await digest(project);
  assertEquals(await digest({ ...project, "src/nap.ts": "// nobody here uses it" }), before);
  assertEquals(await digest({ ...project, "model/engine/play.ts": "// no subject" }), before);
  for (const file of ["src/core.ts", "model/specs/lock.ts"] as const) {
    const text = project[file];
    assertNotEquals(await digest({ ...project, [file]: `${text}\n1;` }), before);
    assertEquals(
      await digest({ ...project, [file]: `/**\n * One.\n */\n// Two.\n${text}` }),
      before,
    );
  }
  assertNotEquals(await digest(project, () => 1), before);
  assertNotEquals(await digest(project, () => 1), await digest(project, () => 2));
});

test("each job has its binding, and what it is about is in src", async () => {
  const sources = new Sources();
  for (const file of new Set(jobs.map(({ file }) => file))) {
    const subject = await subjectOf({ file }, sources);
    assertEquals(subject.includes(`model/conformance/${file}`), true, file);
    assertEquals(subject.some((one) => one.startsWith("src/")), true, file);
  }
});

Deno.test("what is no comment is left of a file", () => {
  const text = `/**
 * A page; // of two
 * \`code();\`
 */
// one
  //two
code(); // told here
/* three */
/* four */ more();
/*
 five */ yet();
  /** six */
  field = "// no comment";
  url = \`
http://*/ /*\`;
last();`;
  assertEquals(withoutComments(text).split("\n").map((line) => line.trim()), [
    "code(); // told here",
    "/* four */ more();",
    "five */ yet();",
    'field = "// no comment";',
    "url = `",
    "http://*/ /*`;",
    "last();",
  ]);
});
