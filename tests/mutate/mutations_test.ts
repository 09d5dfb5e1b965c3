import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { needing } from "../_needing.ts";
import { addsNothing, explainedAnywhere, explains, marksIn, zerosIn } from "./_marks.ts";
import { linesIn } from "./_reach.ts";
import { difference, type Mutation, mutationsIn, nameOf, planted, sampleOf } from "./_mutations.ts";

const test = needing("read", "env");
const ROOT = new URL("../../", import.meta.url);

const SOURCE = `type Two = 2;
const bits = (a: number) => (a & 3) << 1;
function least(a: number[], b: Two): number {
  let low = b;
  for (const one of a) {
    if (one < low && one > 0) low = one as Two;
  }
  report("least", low);
  return low;
}
`;

async function changes(source: string): Promise<string[]> {
  return (await mutationsIn("a.ts", source)).map(({ line, before, after }) =>
    `${line}: ${before} -> ${after}`
  );
}

test("operators, conditions, calls, blocks, numbers and bits are mutated, texts and types are not", async () => {
  const found = await changes(SOURCE);
  for (
    const one of [
      "2: & -> |",
      "2: << -> >>",
      "2: 3 -> 4",
      "2: 1 -> 2",
      "6: < -> <=",
      "6: < -> >=",
      "6: && -> ||",
      "6: > -> >=",
      "6: 0 -> 1",
      "6: one < low && one > 0 -> true",
      "6: one < low && one > 0 -> false",
      '8: report("least", low) -> ',
    ]
  ) assert(found.includes(one), `${one} is not among\n${found.join("\n")}`);
  assertEquals(found.filter((one) => one.startsWith("1:")), []);
  assertEquals(found.filter((one) => one.includes(': "')), []);
  assertEquals(new Set(found).size, found.length, "Each comes once");
});

test("a mutation that is planted is at the place that it tells, and nowhere else", async () => {
  const mutations = await mutationsIn("a.ts", SOURCE);
  for (const one of mutations) {
    const source = planted(SOURCE, one);
    assertNotEquals(source, SOURCE);
    assertEquals(source.slice(0, one.start), SOURCE.slice(0, one.start));
    assertEquals(source.slice(source.length - (SOURCE.length - one.end)), SOURCE.slice(one.end));
    const line = SOURCE.split("\n")[one.line - 1] ?? "";
    const [word = ""] = one.before.split(" ");
    assertEquals(line.slice(one.column - 1, one.column - 1 + word.length), word, nameOf(one));
  }
});

Deno.test("what differs of two texts is told by its tokens", () => {
  const cases: readonly [string, string, string, string, number][] = [
    ["a < b", "a <= b", "<", "<=", 2],
    ["f(a,\n  b,\n)", "f(a, b)", "", "", 11],
    ["a && b && c", "a && b || c", "&&", "||", 7],
    ["x?.y", "x.y", "?.", ".", 1],
    ["a + 1", "true", "a + 1", "true", 0],
    ["!a", "a", "!", "", 0],
    ["call(a)", "", "call(a)", "", 0],
  ];
  for (const [one, other, before, after, at] of cases) {
    const found = difference(one, other);
    assertEquals([found.before, found.after], [before, after], one);
    if (before !== after) assertEquals(found.at, at, one);
  }
});

/** So many, of some files. */
function made(n: number, line = 1): readonly Mutation[] {
  return Array.from({ length: n }, (_, i) => ({
    file: `src/locks/${i % 7}.ts`,
    line: line + i,
    column: 1,
    lines: 1,
    before: "<",
    after: "<=",
    nth: Math.floor(i / 7),
    start: i,
    end: i + 1,
    replacement: "<=",
    mutator: "EqualityOperator",
  }));
}

const keys = (those: readonly Mutation[]) => those.map(({ file, nth }) => `${file} ${nth}`);

Deno.test("a sample is the same for the same seed, and another one for another", () => {
  const all = made(500);
  const once = sampleOf(all, 40, 3);
  assertEquals(once.length, 40);
  assertEquals(sampleOf([...all].reverse(), 40, 3).toReversed(), once);
  assertNotEquals(keys(sampleOf(all, 40, 4)), keys(once));
  assertEquals(keys(sampleOf(made(500, 1000), 40, 3)), keys(once), "Lines do not matter");
  assertEquals(sampleOf(all, 1000, 3), all);
});

Deno.test("each mutation is as likely to be drawn as any other", () => {
  const all = made(100);
  const drawn = new Map<Mutation, number>();
  for (let seed = 0; seed < 1000; seed++) {
    for (const one of sampleOf(all, 20, seed)) drawn.set(one, (drawn.get(one) ?? 0) + 1);
  }
  const counts = all.map((one) => drawn.get(one) ?? 0);
  // Of 1000 draws, 200 each, and 13 more or less: seven times as far away is no chance.
  assert(Math.min(...counts) > 110 && Math.max(...counts) < 290, `${counts}`);
});

test("a comment explains the mutation that it names, on its line or the next one", async () => {
  const source = `// EQUIVALENT(< -> <=): the same one more
// which is no matter
if (a < b) go(a, b); // EQUIVALENT(go(…) -> nothing): it goes by itself
if (a < b) go(b, a);
`;
  const marks = marksIn("a.ts", source);
  assertEquals(marks.map(({ at, line, what }) => [at, line, what]), [
    [1, 3, "< -> <="],
    [3, 3, "go(…) -> nothing"],
  ]);
  assertEquals(marks[0]?.why, "the same one more");
  const explained = (await mutationsIn("a.ts", source)).filter((one) =>
    marks.some((mark) => explains(mark, one))
  );
  assertEquals(
    explained.map(({ line, before, after }) => [line, before, after]),
    [[3, "<", "<="], [3, "go(a, b)", ""]],
  );
});

test("to take away what is called 0, where it was added, changes nothing", async () => {
  const words = "export const STATE = 0;\nexport const NEXT = 1;\nconst LEFT = 0;\n";
  const source = "load(at + STATE, at + NEXT, at + LEFT - 1, STATE + at);\n";
  const zeros = zerosIn([words, "const LEFT = 5;", source]);
  assertEquals([...zeros], ["STATE"]);
  const found = (await mutationsIn("a.ts", source)).filter((one) =>
    addsNothing(one, source, zeros)
  );
  assertEquals(found.map(({ column, after }) => [column, after]), [[9, "-"]]);
});

test("whether anybody listens to a trace is asked twice: once for speed", async () => {
  const source = "if (tracing.listener !== null) emit(event);\n";
  const all = await mutationsIn("a.ts", source);
  const explained = all.filter((one) => explainedAnywhere(one) !== undefined);
  assertEquals(explained.map(({ after }) => after), ["true"]);
  assert(all.length > 1);
});

test("each such comment in src names a mutation that there is", async () => {
  const lost: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      if (isDirectory) {
        await walk(`${folder}${name}/`);
        continue;
      }
      const file = `${folder}${name}`;
      const source = await Deno.readTextFile(new URL(file, ROOT));
      const marks = marksIn(file, source);
      if (marks.length !== source.split("EQUIVALENT").length - 1) lost.push(`${file}: not read`);
      if (marks.length === 0) continue;
      const mutations = await mutationsIn(file, source);
      for (const mark of marks) {
        if (!mutations.some((one) => explains(mark, one))) {
          lost.push(`${file}:${mark.at} explains what cannot be planted: ${mark.what}`);
        }
      }
    }
  };
  await walk("src/");
  assertEquals(lost, []);
});

Deno.test("a spec reaches a line of which it runs a part, such as a condition that is never true", () => {
  const lcov = `SF:/home/src/a.ts
BRDA:2,1,0,0
BRDA:2,1,1,7
BRDA:4,2,0,-
DA:1,7
DA:2,0
DA:3,0
DA:4,0
end_of_record
SF:/home/src/b.ts
DA:5,1
end_of_record
`;
  assertEquals(linesIn(lcov, "/home"), { "src/a.ts": [2, 1], "src/b.ts": [5] });
});
