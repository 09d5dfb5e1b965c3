import { assertEquals, assertStringIncludes } from "@std/assert";

import { needing } from "../_needing.ts";

const ROOT = new URL("../..", import.meta.url);
const test = needing("run", "read", "write");

/** Runs the command as a task would. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "model/cli.ts", ...args],
    cwd: ROOT,
    stdin: "null",
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

const example = (name: string) => `examples/specs/${name}.ts`;

test("check exits 0 where all holds, and counts exactly", async () => {
  const two = await run(example("two_phase"), "--set", "rms=5", "--json");
  const { ok, complete, distinct, generated, depth, violation } = JSON.parse(two.out);
  assertEquals(two.code, 0);
  assertEquals([ok, complete, distinct, generated, depth, violation], [
    true,
    true,
    8832,
    58146,
    17,
    null,
  ]);
  const lock = await run(example("queue_lock"), "--set", "coroutines=3", "--set", "mutexes=2");
  assertEquals(lock.code, 0);
  assertStringIncludes(lock.out, "452 states, 1,189 generated, depth 10");
});

test("check exits 1 where a claim fails, and shows how", async () => {
  const { code, out } = await run(example("dining"));
  assertEquals(code, 1);
  assertStringIncludes(out, "dining philosophers: holds");
  assertStringIncludes(out, "dining philosophers, all left-handed: VIOLATED");
  assertStringIncludes(out, "3. takeFirst(who=2)");
  const one = await run(example("dining"), "--only", "dining", "--json");
  assertEquals(one.code, 0);
  assertEquals(one.out.trim().split("\n").length, 1);
});

test(
  "check exits 2 where a search was not finished, and says INCOMPLETE",
  async () => {
    const { code, out, err } = await run(example("two_phase"), "--max-states", "100");
    assertEquals(code, 2);
    assertStringIncludes(out, "INCOMPLETE");
    assertStringIncludes(err, "INCOMPLETE");
    const json = await run(example("two_phase"), "--max-states", "100", "--json");
    assertEquals(JSON.parse(json.out).complete, false);
    assertEquals(JSON.parse(json.out).ok, false);
  },
);

test(
  "check exits 2 with a sentence where it cannot do what is asked",
  async () => {
    const cases: [string[], string][] = [
      [[], "expected a FILE"],
      [["no/such/file.ts"], "there is no such file"],
      [[example("two_phase"), "--set", "rmz=3"], 'Cannot set "rmz": expected one of rms'],
      [[example("peterson"), "--set", "n=3"], "nothing exported takes one"],
      [[example("two_phase"), "--set", "rms"], "expected name=value"],
      [[example("two_phase"), "--set", "rms=3", "rms=4"], 'Cannot set "rms" twice'],
      [[example("two_phase"), "--set", "rms=many"], "Cannot make a spec by twoPhase()"],
      [[example("dining"), "--only", "nobody"], "expected one of dining, leftFirst"],
      [[example("dining"), "--dot", "/dev/null"], "select one of dining, leftFirst by --only"],
      [[example("two_phase"), "--max-states", "0"], "expected an integer above 0"],
      [[example("two_phase"), "--what"], "Cannot read the command line"],
      [["model/engine/language/errors.ts"], "expected it to export a spec"],
      [[example("two_phase"), "--replay", "x"], "expected a token as reports print it"],
    ];
    const results = await Promise.all(cases.map(([args]) => run(...args)));
    for (const [index, [args, message]] of cases.entries()) {
      assertEquals(results[index]?.code, 2, args.join(" "));
      assertStringIncludes(results[index]?.err ?? "", message);
      assertEquals(results[index]?.out, "");
    }
  },
);

test("check --replay shows the trace of a token", async () => {
  const json = await run(example("dining"), "--only", "leftFirst", "--json");
  const { violation } = JSON.parse(json.out);
  const { code, out } = await run(example("dining"), "--replay", violation.token);
  assertEquals(code, 0);
  assertStringIncludes(out, "3. takeFirst(who=2)");
});

test("check --replay tells what is wrong with a token of one of several specs", async () => {
  const name = "dining%20philosophers%2C%20all%20left-handed";
  const { code, err } = await run(
    example("dining"),
    "--replay",
    `${name}@0/takeFirst.0/takeFirst.0`,
  );
  assertEquals(code, 2);
  assertStringIncludes(err, "Cannot replay step 2, takeFirst(who=0): it is not enabled there");
  const none = await run(example("dining"), "--replay", "other@0");
  assertStringIncludes(none.err, 'expected a token of one of "dining philosophers", "dining');
});

test("check --claim leaves out specs that have no such claim", async () => {
  const { code, out } = await run(example("dining"), "--claim", "both forks", "--json");
  assertEquals([code, out.trim().split("\n").length], [1, 2]);
  const none = await run(example("dining"), "--claim", "spoons");
  assertStringIncludes(none.err, 'Cannot test claim "spoons": no spec has one that says so');
});

test("check says by which command a trace is shown", async () => {
  const { out } = await run(example("dining"), "--only", "leftFirst", "--set", "philosophers=2");
  const [, command] = /replay: deno task check (.*)$/m.exec(out) ?? [];
  const again = await run(...(command ?? "").split(" "));
  assertEquals(again.code, 0);
  assertStringIncludes(again.out, "2. takeFirst(who=1)");
});

test(
  "one spec that cannot be checked does not keep the others from it",
  async () => {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(
        file,
        `import { Int, spec } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
const make = (name: string, n: number) =>
  spec({
    name,
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n }],
    actions: { flip: { for: {}, do: (s) => void (s.n = 1 - s.n) } },
  });
export const good = make("good", 0);
export const bad = make("bad", 7);
export const helper = (words: { list: string[] }) => words.list.length;
export const last = make("last", 1);
`,
      );
      const all = await run(file);
      assertEquals(all.code, 2);
      assertStringIncludes(all.out, "good: holds");
      assertStringIncludes(all.out, "last: holds");
      assertStringIncludes(all.err, 'initial state 0 of "bad"');
      assertStringIncludes(all.err, "Cannot make a spec by helper()");
      assertEquals((await run(file, "--only", "good", "--only", "last")).code, 0);
    } finally {
      await Deno.remove(file);
    }
  },
);

test("a module that throws later is no verdict, and a reader that has gone is no error", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      file,
      `import { Int, spec } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
queueMicrotask(() => { throw new Error("stray"); });
await new Promise((resolve) => setTimeout(resolve, 20));
export const one = spec({
  name: "one",
  state: Schema.Struct({ n: Int(0, 1) }),
  init: [{ n: 0 }],
  actions: { flip: { for: {}, do: (s) => void (s.n = 1 - s.n) } },
});
`,
    );
    const { code, err } = await run(file);
    assertEquals([code, err], [2, "error: Cannot go on: the module threw stray\n"]);
  } finally {
    await Deno.remove(file);
  }
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "model/cli.ts", example("dining"), "--json"],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const { code, stderr } = await child.output().catch(async () => ({
    ...await child.status,
    stderr: await new Response(child.stderr).bytes(),
  }));
  assertEquals([code, new TextDecoder().decode(stderr)], [1, ""]);
});

test("check finds a file from where it is called", async () => {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "model/cli.ts", "peterson.ts"],
    cwd: ROOT,
    env: { INIT_CWD: new URL("../../examples/specs", import.meta.url).pathname },
  });
  assertEquals((await command.output()).code, 0);
});

test("check --details shows coverage", async () => {
  const { out } = await run(example("peterson"), "--details");
  assertStringIncludes(out, "action: times made, states first reached by it");
});

test("check --dot writes the state graph", async () => {
  const file = await Deno.makeTempFile({ suffix: ".dot" });
  try {
    const { code } = await run(example("peterson"), "--dot", file);
    assertEquals(code, 0);
    const dot = await Deno.readTextFile(file);
    assertStringIncludes(dot, 'digraph "Peterson"');
    assertEquals(dot.match(/^ {2}\d+ \[/gm)?.length, 48);
  } finally {
    await Deno.remove(file);
  }
});

test("check --help says how to use it", async () => {
  const { code, out } = await run("--help");
  assertEquals(code, 0);
  assertStringIncludes(out, "--set NAME=VALUE");
  assertStringIncludes(out, "exit codes");
});
