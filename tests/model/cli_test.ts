import { fileURLToPath } from "node:url";
import { assertEquals, assertStringIncludes } from "@std/assert";

import { needing } from "../_needing.ts";

const ROOT = new URL("../../", import.meta.url);
const test = needing("run", "read", "write");

interface Output {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a task would. */
function run(...args: string[]): Promise<Output> {
  return output(["run", "-A", "model/cli.ts", ...args], ROOT);
}

/** Runs deno, outside any task. */
async function output(args: string[], cwd: string | URL): Promise<Output> {
  const { INIT_CWD: _, ...env } = Deno.env.toObject();
  const command = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    stdin: "null",
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

const pathOf = (file: string) => fileURLToPath(new URL(file, ROOT));
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
      [[example("two_phase"), "--set", "rms=abc"], "by twoPhase() with --set rms=abc: "],
      [
        [example("two_phase"), "--set", "rms=9007199254740993"],
        'Cannot set "rms" to 9007199254740993',
      ],
      [
        [example("two_phase"), "--set", "rms=0.12345678901234567890123"],
        "as a number it would be 0.1234",
      ],
      [[example("two_phase"), "--set", 'rms="3'], '--set rms="'],
      [[example("two_phase"), "--max-states", "0"], "expected an integer above 0"],
      [[example("two_phase"), "--memory", "lots"], "expected a size such as 512M"],
      [[example("two_phase"), "--memory", "0"], "expected a size such as 512M"],
      [[example("two_phase"), "--what"], "unknown option --what, expected one of --set, --only"],
      [[example("two_phase"), "--json", "--dot"], "Cannot read the command line"],
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

test("check says by which command a trace is shown, in the project and elsewhere", async () => {
  const args = ["--only", "leftFirst", "--set", "philosophers=2"];
  const elsewhere = await Deno.makeTempDir();
  const places: [string[], string, string | URL][] = [
    [["task", "check"], example("dining"), ROOT],
    [["run", "-A", pathOf("model/cli.ts")], pathOf(example("dining")), elsewhere],
  ];
  try {
    for (const [start, file, cwd] of places) {
      const { out } = await output([...start, file, ...args], cwd);
      const [, command = ""] = /replay: deno (.*)$/m.exec(out) ?? [];
      assertStringIncludes(command, start.join(" "));
      const again = await output(command.split(" "), cwd);
      assertEquals(again.code, 0);
      assertStringIncludes(again.out, "2. takeFirst(who=1)");
    }
  } finally {
    await Deno.remove(elsewhere);
  }
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
    const { code } = await run(example("peterson"), "--dot", file, "--memory", "16m");
    assertEquals(code, 0);
    const dot = await Deno.readTextFile(file);
    assertStringIncludes(dot, 'digraph "Peterson"');
    assertEquals(dot.match(/^ {2}\d+ \[/gm)?.length, 48);
    await Deno.writeTextFile(file, "as it was");
    for (const limit of [["--max-states", "3"], ["--memory", "1k"]]) {
      const { code, err } = await run(example("peterson"), "--dot", file, ...limit);
      assertEquals([code, await Deno.readTextFile(file)], [2, "as it was"]);
      assertStringIncludes(err, '"Peterson" was not explored to its end; choose larger limits');
    }
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

/** Runs what is given a module of its own. */
async function withModule(source: string, use: (file: string) => Promise<void>): Promise<void> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, source);
    await use(file);
  } finally {
    await Deno.remove(file);
  }
}

const HEAD = `import { Int, spec } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
`;

test("a setting in quotes is a string, and replays as one", async () => {
  await withModule(
    `${HEAD}export const made = ({ n, m }: { n: unknown; m: unknown }) => spec({
  name: JSON.stringify([n, m]),
  state: Schema.Struct({ n: Int(0, 1) }),
  init: [{ n: 0 }],
  actions: { up: { for: {}, do: (s) => void (s.n = 1) } },
  always: { low: (s) => s.n < 1 },
});
`,
    async (file) => {
      const { code, out } = await run(file, "--set", 'n="1"', "--set", "m=0.10");
      assertEquals(code, 1);
      assertStringIncludes(out, '["1",0.1]: VIOLATED');
      assertStringIncludes(out, `--set 'n="1"' --set m=0.1 --replay`);
    },
  );
});

test("check --memory stops before so much is taken, and says INCOMPLETE and what it has found", async () => {
  const { code, out, err } = await run(
    ...[example("two_phase"), "--set", "rms=7", "--memory", "1M", "--json"],
  );
  const { outcome, limit, distinct } = JSON.parse(out);
  assertEquals([code, outcome, limit, distinct > 1000], [2, "incomplete", "memory", true]);
  assertStringIncludes(err, "INCOMPLETE");
});

/** Two specs: in the first there is no end in sight, or a guard that does not come back. */
const endless = (guard: string) =>
  `${HEAD}const make = (name: string) => spec({
  name,
  state: Schema.Struct({ n: Int(0, 1_000_000_000) }),
  init: [{ n: 0 }],
  actions: { up: { for: {}, when: () => ${guard}, do: (s) => void s.n++ } },
});
export const first = make("first");
export const second = make("second");
`;

/** Begins the command, and interrupts it when it says so that it searches; again, if it goes on. */
async function interrupted(file: string, again: boolean) {
  const child = new Deno.Command(Deno.execPath(), {
    // One that does not stop ends all the same, and says why.
    args: ["run", "-A", "model/cli.ts", file, "--json", "--max-states", "2000000"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let err = "";
  let presses = 0;
  const watching = (async () => {
    for await (const bytes of child.stderr) {
      err += decoder.decode(bytes);
      if (err.includes("searching") && presses === 0) {
        presses++;
        child.kill("SIGINT");
        if (!again) continue;
        await new Promise((resolve) => setTimeout(resolve, 300));
        child.kill("SIGINT");
      }
    }
  })();
  const out = new Response(child.stdout).text();
  // What does not stop must not hang.
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const { code, signal } = await child.status;
  clearTimeout(late);
  await watching;
  return { code, signal, out: await out, err };
}

test("Ctrl-C stops a search, which says INCOMPLETE and what it has found", async () => {
  // It says so when it has gone on for a while.
  const guard = '(tries++ === 3000 && console.error("searching"), true)';
  await withModule(`let tries = 0;\n${endless(guard)}`, async (file) => {
    const { code, out, err } = await interrupted(file, false);
    assertEquals(code, 2, err);
    const lines = out.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ spec, outcome, limit }) => [spec, outcome, limit]), [
      ["first", "incomplete", "stopped"],
    ]);
    assertEquals(lines[0].distinct > 100, true);
    assertStringIncludes(err, 'INCOMPLETE: "first" was not explored to its end');
    assertStringIncludes(err, 'INCOMPLETE: "second" was not begun');
  });
});

test("a second Ctrl-C ends what does not stop, at once", async () => {
  const guard = '{ if (tries++ === 300) { console.error("searching"); for (;;); } return true; }';
  await withModule(`let tries = 0;\n${endless(guard)}`, async (file) => {
    const { signal, out } = await interrupted(file, true);
    assertEquals([signal, out], ["SIGINT", ""]);
  });
});

test("what a terminal would obey is written out", async () => {
  await withModule(
    `${HEAD}const Odd = Schema.Literals(["\\n", "\\x1b[31m", "\\x9b2J", "\\u202e", "plain"]);
export const odd = spec({
  name: "odd\\x1b[2J\\rname",
  state: Schema.Struct({ ["f\\n1"]: Odd, last: Odd }),
  init: [{ ["f\\n1"]: "\\n", last: "plain" }],
  actions: {
    "go\\n99. forged": { for: { ["p\\r"]: Odd }, do: (s, p) => void (s.last = p["p\\r"]) },
  },
  always: { "claim\\x07": (s) => { if (s.last === "\\u202e") throw new Error("two\\nlines\\x1b[1m\\x1b]0;title\\x07"); return true; } },
});
`,
    async (file) => {
      const dot = await Deno.makeTempFile();
      for (const args of [[], ["--json"], ["--details"], ["--dot", dot]]) {
        const { out, err } = await run(file, ...args);
        const text = out + err + await Deno.readTextFile(dot);
        // deno-lint-ignore no-control-regex -- those are what it is about
        assertEquals(text.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/g), null);
        if (args.length === 0) {
          assertStringIncludes(out, "odd\\u001b[2J\\u000dname: VIOLATED");
          assertStringIncludes(out, 'in "claim\\u0007": two\n    lines\\u001b]0;title\\u0007');
          assertStringIncludes(out, '1. "go\\n99. forged"("p\\r"="\\u202e")');
        }
      }
      await Deno.remove(dot);
    },
  );
});
