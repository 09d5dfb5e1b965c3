import { assert, assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { needing } from "../_needing.ts";
import { copyOf } from "../mutants/_copy.ts";
import { runDeno } from "./_child.ts";
import { Judges } from "./_judges.ts";
import { type Mutation, mutationsIn } from "./_mutations.ts";
import { countsOf, type Fate, jsonOf, type Result, sharesOf, summaryOf } from "./_score.ts";
import { Knowledge, type Outcome, stagesOf, trial } from "./_trial.ts";
import { refusedOf } from "./_types.ts";

const test = needing("run", "read", "write", "env");
const AMPLE = { cpuSeconds: 300, idleSeconds: 300 };

test("what ends by itself has its code and its text, whatever it prints", async () => {
  const cwd = Deno.cwd();
  const program = 'console.log("a".repeat(3e6)); console.error("last"); Deno.exit(3)';
  const { code, text, hung } = await runDeno(["eval", program], cwd, AMPLE);
  assertEquals([code, hung], [3, undefined]);
  assert(text.includes("last") && text.length <= 1_000_000);
});

test("what computes without an end is ended, and what waits for ever, with those that they have started", async () => {
  const cwd = Deno.cwd();
  const spins = await runDeno(["eval", "for (;;);"], cwd, { cpuSeconds: 1, idleSeconds: 300 });
  assertEquals([spins.code, spins.hung], [null, "it computed for 1 s"]);
  const file = await Deno.makeTempFile();
  const parent = `
    const child = new Deno.Command(Deno.execPath(), { args: ["eval", "for (;;);"] }).spawn();
    Deno.writeTextFileSync(${JSON.stringify(file)}, String(child.pid));
    await child.status;`;
  const waits = await runDeno(["eval", parent], cwd, { cpuSeconds: 2, idleSeconds: 300 });
  assertEquals([waits.code, waits.hung], [null, "it computed for 2 s"]);
  const pid = Number(await Deno.readTextFile(file));
  assert(pid > 0);
  assertEquals(await isGone(pid), true, "Its child is ended as well");
  // The second one is never quite idle.
  for (const idle of ["setInterval(() => {}, 1e9)", "setInterval(() => {}, 5)"]) {
    const limits = { cpuSeconds: 300, idleSeconds: 5 };
    const { code, hung } = await runDeno(["eval", idle], cwd, limits);
    assertEquals([code, hung], [null, "it did next to nothing for 5 s"]);
  }
  await Deno.remove(file);
});

/** Whether it is over, or soon will be: the system takes its time with those that it has been told to end. */
async function isGone(pid: number): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    try {
      // One that has ended stays until its parent asks, or is gone itself.
      if (/ [ZX] /.test(await Deno.readTextFile(`/proc/${pid}/stat`))) return true;
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** A project with one file, and tests of it. */
async function projectOf(source: string, tests: Readonly<Record<string, string>>): Promise<string> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${dir}/src/locks`, { recursive: true });
  await Deno.mkdir(`${dir}/tests/src/locks`, { recursive: true });
  await Deno.writeTextFile(`${dir}/deno.json`, "{}");
  await Deno.mkdir(`${dir}/tests/limit`);
  await Deno.writeTextFile(`${dir}/tests/limit/_two_minutes.ts`, "");
  await Deno.writeTextFile(`${dir}/src/locks/least.ts`, source);
  for (const [name, text] of Object.entries(tests)) {
    await Deno.writeTextFile(`${dir}/tests/src/locks/${name}`, text);
  }
  return dir;
}

const FILE = "src/locks/least.ts";
const SOURCE = `
export function least(a: number[]): number {
  let low = Infinity;
  for (let i = 0; i < a.length; i++) if (a[i]! < low) low = a[i]!;
  return low;
}
`;
const TEST = `
import { least } from "../../../src/locks/least.ts";
Deno.test("the least is found", () => {
  if (least([3, 1, 2]) !== 1) throw new Error("It is not");
});
`;
const FAILS = `
import "../../../src/locks/least.ts";
Deno.test("this one always fails", () => {
  throw new Error("As ever");
});
`;

const FAILS_ONCE = `
import "../../../src/locks/least.ts";
Deno.test("this one fails the first time", () => {
  const ran = new URL("../../ran", import.meta.url);
  Deno.writeTextFileSync(ran, ".", { append: true });
  if (Deno.statSync(ran).size === 1) throw new Error("Now, and not then");
});
`;

async function mutationTo(source: string, line: number, after: string): Promise<Mutation> {
  const found = (await mutationsIn(FILE, source)).find((one) =>
    one.line === line && one.after === after
  );
  if (found === undefined) throw new Error(`There is no ${after} in line ${line}`);
  return found;
}

async function outcomes(dir: string, ...after: readonly string[]): Promise<[Outcome[], Knowledge]> {
  const limits = { cpuSeconds: 8, idleSeconds: 300 };
  const known = new Knowledge(await Judges.in(dir), { limits: { quick: limits, long: limits } });
  const found: Outcome[] = [];
  for (const one of after) {
    found.push(await trial(await mutationTo(SOURCE, 4, one), dir, known));
    assertEquals(await Deno.readTextFile(`${dir}/${FILE}`), SOURCE, "It is as it was");
  }
  return [found, known];
}

test("a mutation that a test notices is told with the test, one that it does not survives, one that runs on hangs", async () => {
  const dir = await projectOf(SOURCE, { "least_test.ts": TEST });
  try {
    const [[notices, survives, hangs]] = await outcomes(dir, ">=", "<=", "--");
    assertEquals(notices, {
      status: "tests",
      by: "the least is found",
      at: "tests/src/locks/least_test.ts",
      said: "error: Error: It is not",
    });
    assertEquals(survives, { status: "survived" });
    assertEquals(hangs, {
      status: "hung",
      by: "the least is found",
      at: "tests/src/locks/least_test.ts",
      said: "it computed for 8 s",
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

test("nothing is known by a test that fails anyhow, or now and then, and it is told", async () => {
  const dir = await projectOf(SOURCE, {
    "a_test.ts": FAILS_ONCE,
    "least_test.ts": TEST,
    "least_too_test.ts": FAILS,
  });
  try {
    const [[survives, notices], known] = await outcomes(dir, "<=", ">=");
    assertEquals(survives, { status: "survived" });
    assertEquals(notices?.by, "the least is found");
    assertEquals([...known.broken].sort(), [
      "tests/src/locks/a_test.ts",
      "tests/src/locks/least_too_test.ts",
    ]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

test("what the compiler refuses is told apart, also where several are compiled at once", async () => {
  const dir = await projectOf(SOURCE, {});
  try {
    const all = await mutationsIn(FILE, SOURCE);
    const less = all.filter(({ line, after }) => line === 4 && after === "<=");
    const other = "src/locks/other.ts";
    const right = "export const right: 1 | 2 = 2;\n";
    await Deno.writeTextFile(`${dir}/${other}`, right);
    const refused = await refusedOf(
      [...less.slice(0, 1), ...await mutationsIn(other, right)],
      [dir],
    );
    const said = [...refused].map(([{ file, before, after }]) => `${file} ${before} ${after}`);
    assertEquals(less.length > 0, true);
    assertEquals(said, ["src/locks/other.ts 2 3"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

test("a mutation that verify notices is told with the spec and its scope", async () => {
  const dir = await copyOf(["deno.json", "deno.lock", "mod.ts", "src", "model", "tests"]);
  try {
    const file = "src/lockfree/list.ts";
    const source = await Deno.readTextFile(`${dir}/${file}`);
    const lost = (await mutationsIn(file, source)).find(({ before, after }) =>
      before === "found === first" && after === "true"
    );
    if (lost === undefined) throw new Error("There is no such line");
    // Other counts than are seen without any mutation are no measure.
    const record = `${dir}/model/verified.json`;
    const rows: { spec: string; states: number }[] = JSON.parse(await Deno.readTextFile(record));
    for (const row of rows) if (row.spec === "shared_list") row.states++;
    await Deno.writeTextFile(record, JSON.stringify(rows));
    const known = new Knowledge(await Judges.in(dir));
    const { said, ...outcome } = await trial(lost, dir, known);
    assertEquals([...known.outdated], ["shared_list"]);
    assertEquals(outcome, {
      status: "verify",
      by: "shared_list",
      at: "3 threads push, 1 takes",
    });
    assert(said !== undefined && said !== "");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

test("the larger scopes are asked last, or before the tests, where small is asked for", async () => {
  const dir = fileURLToPath(new URL("../..", import.meta.url));
  const file = "src/lockfree/list.ts";
  const first = (await mutationsIn(file, await Deno.readTextFile(`${dir}/${file}`)))
    .find(({ before }) => before === "found === first");
  if (first === undefined) throw new Error("There is no such line");
  const judges = await Judges.in(dir);
  for (const size of ["quick", "small"] as const) {
    const asked: string[] = [];
    for await (const { command } of stagesOf(first, dir, new Knowledge(judges, { size }))) {
      asked.push(command.includes("test") ? "test" : command.at(-1) ?? "");
    }
    const order = asked.filter((one, i) => one !== asked[i - 1]);
    const expected = { quick: ["quick", "test", "small"], small: ["quick", "small", "test"] };
    assertEquals(order, expected[size]);
  }
});

test("the specs and tests that are nearest to a file come first", async () => {
  const judges = await Judges.in(new URL("../../", import.meta.url).pathname);
  const specs = await judges.specsOf("src/locks/co_mutex.ts");
  assertEquals(specs[0], { spec: "co_mutex", near: true });
  assert(specs.some(({ spec, near }) => spec === "co_queue" && near));
  assertEquals((await judges.specsOf("src/locks/_rw_tickets.ts"))[0]?.spec, "co_rw_lock");
  assertEquals((await judges.specsOf("src/lockfree/list.ts")).map(({ spec }) => spec).slice(0, 1), [
    "shared_list",
  ]);
  assertEquals(await judges.specsOf("src/watch/trace_cli.ts"), []);
  const [own = [], wing = [], others = []] = await judges.testsOf("src/locks/co_mutex.ts");
  assert(own.includes("tests/src/locks/co_mutex_test.ts"));
  assert(own.includes("src/locks/co_mutex.ts"), "Its comments are run");
  assert(wing.includes("tests/src/locks/co_queue_test.ts"));
  assert(others.includes("tests/src/everything_test.ts"));
  const all = [...own, ...wing, ...others];
  assertEquals(new Set(all).size, all.length);
  assertEquals(all.filter((one) => /^tests\/(mutate|mutants|gate|model)\/|planted/.test(one)), []);
  // What they run is in a program that they start.
  const tests = (await judges.testsOf("src/shared/_vigil.ts")).flat();
  assert(tests.includes("tests/src/threads/program_ends_test.ts"));
  assert(!tests.includes("src/shared/_vigil.ts"), "Its comments show nothing that could be run");
});

Deno.test("what hung or survived counts against the score, what is refused or explained does not", () => {
  const mutation = MUTATION;
  const results = (["verify", "verify", "tests", "hung", "survived"] as const)
    .map((status): Result => ({ mutation, fate: { status }, seconds: 1 }));
  for (const status of ["refused", "explained"] as const) {
    const fate: Fate = { status, said: "why" };
    results.push({ mutation, fate, seconds: 0 });
  }
  const counts = countsOf(results);
  assertEquals(counts, {
    ...{ planted: 7, refused: 1, explained: 1, verify: 2, tests: 1, hung: 1, survived: 1 },
  });
  assertEquals(sharesOf(counts), { byVerify: 0.4, byAll: 0.6 });
  const text = summaryOf(results);
  assertMatch(text, /Of 5 that change anything, verify notices 40\.0 %; .* 60\.0 % are noticed/);
  assertMatch(text, /SURVIVED.* src\/locks\/least\.ts:4:21 < -> <=/);
});

const MUTATION: Mutation = {
  ...{ file: FILE, line: 4, column: 21, lines: 1, before: "<", after: "<=", nth: 0 },
  ...{ start: 0, end: 1, replacement: "<=", mutator: "EqualityOperator" },
};

async function command(...args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/mutate/mutate.ts", ...args],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

test("deno task mutate --list tells the same ones for the same seed, of where it was asked for", async () => {
  const args = ["--list", "--only", "src/locks/co_mutex.ts", "--sample", "9", "--seed"];
  const [once, again, other] = [
    await command(...args, "5"),
    await command(...args, "5"),
    await command(...args, "6"),
  ];
  assertEquals([once.code, once.out.trim().split("\n").length], [0, 9]);
  assertEquals(again, once);
  assert(other.out !== once.out);
  assertMatch(once.out, /^(src\/locks\/co_mutex\.ts:\d+:\d+ .+ -> .+\n)+$/);
});

test("deno task mutate says what is wrong with what it was called with", async () => {
  const cases: readonly [string[], RegExp][] = [
    [["--only", "attic"], /^Cannot mutate --only attic: expected contexts, core, .*or a file/],
    [["--sample", "0"], /^Cannot mutate with --sample 0: expected an integer from 1 up/],
    [["--seed", ""], /^Cannot mutate with --seed : expected an integer from 0 up/],
    [["--jobs", "1.5"], /^Cannot mutate with --jobs 1\.5/],
    [["--often"], /--often/],
  ];
  for (const [args, expected] of cases) {
    const { code, out, err } = await command(...args);
    assertEquals([code, out], [2, ""], args.join(" "));
    assertMatch(err, expected);
    assertMatch(err, /See deno task mutate --help\n$/);
  }
});

test("a run that was ended goes on: what it has told counts, and is not run again", async () => {
  const root = new URL("../../", import.meta.url);
  const only = "src/contexts/_source.ts";
  const all = await mutationsIn(only, await Deno.readTextFile(new URL(only, root)));
  assert(all.length > 2);
  const told = all.map((mutation, i): Result => ({
    mutation,
    fate: { status: i === 0 ? "tests" : "verify", by: "somebody" },
    seconds: 1,
  }));
  const file = await Deno.makeTempFile();
  const mutate = async (lines: readonly string[]) => {
    await Deno.writeTextFile(file, lines.join("\n"));
    const limits = { cpuSeconds: 300, idleSeconds: 300 };
    const args = ["run", "-A", "--no-check", "tests/mutate/mutate.ts", "--json", "--only", only];
    const { code, text } = await runDeno([...args, "--after", file], fileURLToPath(root), limits);
    return { code, last: JSON.parse(text.trim().split("\n").at(-1) ?? "") };
  };
  try {
    const lines = told.map((result) => JSON.stringify(jsonOf(result)));
    const { code, last } = await mutate([...lines, '{"seed":1}', lines[0]?.slice(0, 30) ?? ""]);
    assertEquals([code, last.complete, last.planted, last.tests], [0, true, all.length, 1]);
    assertEquals(last.verify, all.length - 1);
    const none = await runDeno(
      ["run", "-A", "--no-check", "tests/mutate/mutate.ts", "--after", `${file}.none`],
      fileURLToPath(root),
      { cpuSeconds: 300, idleSeconds: 300 },
    );
    assertEquals(none.code, 2);
    assertMatch(none.text, /Cannot go on --after .*none: /);
  } finally {
    await Deno.remove(file);
  }
});
