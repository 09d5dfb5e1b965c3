import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { pairs } from "../../../model/conformance/pairs.ts";
import { isRare, jobs, keyOf } from "../../../model/verify/jobs.ts";
import { readRecord } from "../../../model/verify/record.ts";
import { digestOf, Sources } from "../../../model/verify/sources.ts";
import { needing } from "../../_needing.ts";
import { NOTHING as nothing, runMutated } from "../../mutants/_mutate.ts";

const test = needing("run", "read", "write");

test("verify --json prints an object for each pair of spec and code, in order, and exits with 0", async () => {
  const only = ["misuse", "signals", "reading"].flatMap((name) => ["--only", name]);
  const args = ["model/verify.ts", "--scope", "small", "--json", ...only, "--jobs", "2"];
  const { code, text } = await runMutated(nothing, args);
  assertEquals(code, 0, text);
  const pairs = text.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
  assertEquals(pairs.map(({ spec, scope }) => `${spec}: ${scope}`), [
    "misuse: 23 kinds",
    "signals: 3 listeners",
    "signals: 4 listeners",
    // It is done first.
    "reading: 5 bytes",
    "reading: 7 bytes",
    "reading: 4 bytes, wide",
  ]);
  for (const pair of pairs) {
    assertEquals([pair.ok, pair.differs], [true, undefined]);
    assertEquals(pair.replayed >= pair.transitions, true);
    assertEquals(pair.refused > 0, pair.spec === "misuse");
  }
});

test("each file of model/specs that is no part of another has a pair, and a binding in the same wing", async () => {
  const specs = await filesIn("model/specs/");
  const bindings = await filesIn("model/conformance/");
  assertEquals([...new Set(pairs.map(({ name }) => name))].sort(), specs.map(nameOf).sort());
  assertEquals(specs.filter((path) => !bindings.includes(path)), []);
});

/** The public files of the wings of a folder, such as `locks/co_mutex.ts`. */
async function filesIn(folder: string): Promise<string[]> {
  const root = new URL(`../../../${folder}`, import.meta.url);
  const found: string[] = [];
  for await (const wing of Deno.readDir(root)) {
    if (!wing.isDirectory) continue;
    for await (const { name } of Deno.readDir(new URL(`${wing.name}/`, root))) {
      if (!name.startsWith("_")) found.push(`${wing.name}/${name}`);
    }
  }
  return found;
}

function nameOf(path: string): string {
  return path.replace(/.*\//, "").replace(".ts", "");
}

test("verify stops code that hangs, and shows the calls after which it does", async () => {
  const { code, text } = await runMutated({
    file: "src/core/_wait_list.ts",
    line: "this.#last = co;",
    becomes: "this.#last = co; while (this.#first !== null);",
  }, [
    "model/verify.ts",
    "--only",
    "co_mutex",
    "--at",
    "2 coroutines, 3 mutexes",
    "--patience",
    "2",
  ]);
  assertEquals(code, 1, text);
  assertStringIncludes(text, "did not come back from the last of these calls within 2 s");
  assertStringIncludes(text, "lock(m=m1)");
});

const CLAIM =
  '"a poll never waits while there is something to do": (s) => s.waiter !== "waits" || !s.work,';
const RECORDED =
  '{"spec":"notify","scope":"1 context","states":21,"transitions":153,"replayed":298,"refused":51},';

const wrong: readonly (readonly [args: readonly string[], says: string])[] = [
  [["--scope", "huge"], "expected quick, small, full"],
  [["--only", "nobody"], "expected one of coroutine, "],
  [["--jobs", "0"], "expected an integer from 1 up"],
  [["--patience", "0"], "expected a number of seconds, more than 0"],
  [["--max-seconds", "soon"], "expected a number of seconds"],
  [["--max-seconds", ""], "expected a number of seconds"],
  [["--due"], "expected --scope full"],
  [["--at", "9 contexts"], "with --only NAME, it says which there are"],
  [["--only", "notify", "--at", "9 contexts"], 'expected one of "1 context"'],
  [["--bogus"], "--bogus"],
];

for (const [args, says] of wrong) {
  test(`verify ${args.join(" ")} exits with 2 and says what it expected`, async () => {
    const { code, text } = await runMutated(nothing, ["model/verify.ts", ...args]);
    assertEquals(code, 2);
    assertStringIncludes(text, says);
  });
}

test("verify --at explores that scope alone, whichever --scope it is in", async () => {
  // One that is the first of its spec, and one that is another, and not in quick.
  for (
    const [name, at, expected] of [
      ["co_mutex", "2 coroutines, 3 mutexes", 969],
      ["shared_list", "2 threads push 2 each, 1 takes", 15_411],
    ] as const
  ) {
    const args = ["--only", name, "--at", at, "--json"];
    const { code, text } = await runMutated(nothing, ["model/verify.ts", ...args]);
    assertEquals(code, 0, text);
    const { scope, states, differs } = JSON.parse(text);
    assertEquals([scope, states, differs], [at, expected, undefined]);
  }
});

test("a claim of the spec that is false is told, as is the code that does not conform, and what comes first ends it", async () => {
  const { code, text } = await runMutated({
    file: "model/specs/contexts/notify.ts",
    line: CLAIM,
    becomes: CLAIM.replace("(s) =>", "(s) => false &&"),
  }, ["model/verify.ts", "--only", "notify"]);
  assertEquals(code, 1, text);
  assertStringIncludes(text, "FAILED");
  assertStringIncludes(text, "VIOLATED");
});

test("other counts than the last time are an error that names them", async () => {
  const { code, text } = await runMutated({
    file: "model/verified.json",
    line: RECORDED,
    becomes: RECORDED.replace('"states":21,', '"states":22,'),
  }, ["model/verify.ts", "--only", "notify"]);
  assertEquals(code, 1, text);
  assertStringIncludes(text, "other counts than the last time: states 21, not 22");
});

test("verify --due explores what has changed since it was last seen, and no more", async () => {
  const [rare] = jobs.filter(isRare);
  const last = rare && (await readRecord()).get(keyOf(rare));
  if (rare === undefined || last === undefined) throw new Error("Nothing is rare");
  const sources = new Sources();
  const digest = await digestOf(rare, sources);
  const args = ["--scope", "full", "--due", "--only", rare.name, "--at", rare.scope];
  const due = async (sources: string, fails?: string) =>
    await runMutated({
      file: "model/verified.json",
      line: `${JSON.stringify(last)},`,
      becomes: `${JSON.stringify({ ...last, sources, seconds: 9, ...(fails && { fails }) })},`,
    }, ["model/verify.ts", ...args, "--max-seconds", "5"]);
  const same = await due(digest);
  assertEquals(same.code, 0, same.text);
  assertStringIncludes(same.text, "There is nothing to verify");
  for (const other of [await due("0123456789abcdef"), await due(digest, "it did not hold")]) {
    assertEquals(other.code, 2, other.text);
    assertStringIncludes(other.text, "INCOMPLETE: there was no time for 1 of 1");
    assertStringIncludes(other.text, `Due still: ${rare.name} (${rare.scope})`);
  }
});

/** What is told of each, where the code of one does not conform. */
async function toldOf(...args: readonly string[]): Promise<string[]> {
  const { code, text } = await runMutated({
    file: "src/contexts/_loop.ts",
    line: "if (this.notified) return done();",
    becomes: ";",
  }, ["model/verify.ts", "--json", "--jobs", "1", ...args]);
  assertEquals(code, 1, text);
  return text.split("\n").filter((line) => line.startsWith("{")).map((line) => {
    const { spec, ok } = JSON.parse(line);
    return `${spec}: ${ok}`;
  });
}

test("whatever becomes of one, the others are told; unless the first that fails ends it", async () => {
  const only = ["signals", "notify", "shared_list"].flatMap((name) => ["--only", name]);
  assertEquals(await toldOf(...only), ["signals: true", "notify: false", "shared_list: true"]);
  assertEquals(await toldOf(...only, "--fail-fast"), ["signals: true", "notify: false"]);
});

test("a table that is none is told, and nothing is verified", async () => {
  const torn = { file: "model/verified.json", line: "[", becomes: "[[" };
  const { code, text } = await runMutated(torn, ["model/verify.ts", "--only", "notify"]);
  assertEquals(code, 2, text);
  assertStringIncludes(text, "Cannot read model/verified.json");
});

test("Ctrl-C stops verify, which says what is due still; what ends so is INCOMPLETE", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "model/verify.ts", "--scope", "small", "--only", "co_rw_lock"],
    cwd: new URL("../../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let out = "";
  // What does not stop must not hang.
  const late = setTimeout(() => child.kill("SIGKILL"), 200_000);
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    // The header is there before the first of them is done.
    if (out === "") child.kill("SIGINT");
    out += text;
  }
  const { code } = await child.status;
  clearTimeout(late);
  assertEquals(code, 2);
  assertMatch(out, /^INCOMPLETE: it was stopped, without (\d+) of \1$/m);
  assertStringIncludes(out, "Due still: co_rw_lock (4 coroutines)");
});

test("what finds no memory is INCOMPLETE: it has not failed, and nothing is written of it", async () => {
  const verify = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "model/verify.ts", "--jobs", "1", ...args],
      cwd: new URL("../../../", import.meta.url),
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return { code, text: `${new TextDecoder().decode(stdout)}${new TextDecoder().decode(stderr)}` };
  };
  // A spec with its code, and threads.
  const only = ["--only", "notify", "--only", "shared_list", "--memory", "1k"];
  const { code, text } = await verify(...only);
  assertEquals(code, 2, text);
  assertMatch(text, /^INCOMPLETE: (\d+) of \1 did not come to its end$/m);
  assertMatch(text, /^Due still: notify \(.*\), stopped by memory$/m);
  assertMatch(text, /^Due still: shared_list \(.*\), stopped by memory$/m);
  assertNotMatch(text, /FAILED|other counts|should refute/);
  const rows = (await verify(...only, "--json")).text.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  assertEquals(
    rows.map(({ ok, complete, limit }) => [ok, complete, limit]),
    rows.map(() => [
      false,
      false,
      "memory",
    ]),
  );
  assertEquals((await verify("--memory", "much")).code, 2);
});
