import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  AioContext,
  BottomHalf,
  chromeTrace,
  CoMutex,
  Coroutine,
  EventNotifier,
  Timer,
  VirtualClock,
} from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { errorOf, start, uncaughtIn } from "../_helpers.ts";

interface Row {
  readonly ph: string;
  readonly name?: string;
  readonly tid: number;
  readonly ts?: number;
  readonly id?: number;
  readonly args?: Record<string, unknown>;
}

/** The rows of what `f` does. */
function traced(f: () => void): Row[] {
  let text = "";
  {
    using _ = chromeTrace((piece) => text += piece);
    f();
  }
  return JSON.parse(text);
}

Deno.test("a slice for each run, in the row of its context, one inside another as they are entered", () => {
  const other = new AioContext("other");
  const rows = traced(() => {
    const inner = Coroutine.create(function* inner() {
      yield* other.switchTo();
    });
    Coroutine.create(function* outer() {
      inner.enter();
    }).enter();
    other.poll();
  });
  const names = new Map(
    rows.filter(({ ph }) => ph === "M").map(({ tid, args }) => [tid, args?.name]),
  );
  assertEquals(
    rows.filter(({ ph }) => "BE".includes(ph)).map(({ ph, tid, name }) => [
      ph,
      names.get(tid),
      name,
    ]),
    [
      ["B", 'AioContext "main"', "outer"],
      ["B", 'AioContext "main"', "inner"],
      ["E", 'AioContext "main"', undefined],
      ["E", 'AioContext "main"', undefined],
      ["B", 'AioContext "other"', "inner"],
      ["E", 'AioContext "other"', undefined],
    ],
  );
  const times = rows.flatMap(({ ts }) => ts === undefined ? [] : [ts]);
  assertEquals(times, times.toSorted((a, b) => a - b));
});

Deno.test("an arrow from whoever wakes or schedules a coroutine to where that goes on", () => {
  const m = new CoMutex("m");
  const context = new AioContext("c");
  const rows = traced(() => {
    const body = function* () {
      using _ = yield* m.lock();
      yield;
    };
    const [a, b] = [Coroutine.named("a", body), Coroutine.named("b", body)];
    for (const co of [a, b, a]) co.enter();
    context.schedule(b);
    context.poll();
    // It was woken once, and goes on twice.
    const twice = Coroutine.named("b", function* () {
      yield;
    });
    Coroutine.create(function* () {
      twice.wake();
    }).enter();
    twice.enter();
  });
  const arrows = rows.filter(({ ph }) => ph === "s");
  assertEquals([arrows.length, rows.filter(({ ph }) => ph === "f").length], [3, 3]);
  for (const { id } of arrows) {
    const end = rows.findIndex((row) => row.ph === "f" && row.id === id);
    assertEquals([rows[end - 1]?.ph, rows[end - 1]?.name], ["B", "b"]);
  }
  assert(rows.some(({ name }) => name === 'wait CoMutex "m"'));
});

Deno.test("one that runs when the tracing begins has no slice until it runs again", () => {
  let text = "";
  let tracing: Disposable | undefined;
  const co = Coroutine.create(function* late() {
    tracing = chromeTrace((piece) => text += piece);
    yield;
  });
  co.enter();
  co.enter();
  tracing?.[Symbol.dispose]();
  const rows = (JSON.parse(text) as Row[]).filter(({ ph }) => "BE".includes(ph));
  assertEquals(rows.map(({ ph, name }) => [ph, name]), [["B", "late"], ["E", undefined]]);
});

Deno.test("callbacks of contexts are slices, too, also those that fail", () => {
  const context = new AioContext("c");
  const rows = traced(() => {
    const bh = new BottomHalf(context, () => {
      throw "x";
    }, "bh");
    bh.schedule();
    try {
      context.poll();
    } catch {
      // It is told below that it was called.
    }
  });
  const slices = rows.filter(({ ph }) => "BE".includes(ph)).map(({ ph, name }) => [ph, name]);
  assertEquals(slices, [["B", 'BottomHalf "bh"'], ["E", undefined]]);
});

Deno.test("each callback is called what it is", () => {
  const [context, clock, event] = [new AioContext("c"), new VirtualClock(), new EventNotifier("e")];
  const timer = new Timer(context, () => {}, { clock, name: "t" });
  context.setHandler(event, () => event.testAndClear());
  const rows = traced(() => {
    context.oneShot(() => {}, "o");
    event.set();
    timer.set(0);
    context.poll();
  });
  assertEquals(rows.filter(({ ph }) => ph === "B").map(({ name }) => name), [
    'BottomHalf "o"',
    'the handler of EventNotifier "e"',
    'Timer "t"',
  ]);
  context.setHandler(event, null);
});

Deno.test("what coroutines do that its writer runs is not in it", () => {
  let text = "";
  let left = 3;
  {
    using _ = chromeTrace((piece) => {
      if (left-- > 0) Coroutine.create(function* inner() {}).enter();
      text += piece;
    });
    start("outer", function* () {});
  }
  assertEquals([text.includes("inner"), left < 0], [false, true]);
  const rows: Row[] = JSON.parse(text);
  assertEquals(rows.filter(({ ph }) => ph === "B").map(({ name }) => name), ["outer"]);
});

Deno.test("whoever writes may fail: what comes next is written all the same", async () => {
  let text = "";
  const told = await uncaughtIn(() => {
    using _ = chromeTrace((piece) => {
      if (piece.includes('"ph":"B"')) throw "full";
      text += piece;
    });
    start("outer", function* () {});
  });
  const rows: Row[] = JSON.parse(text);
  assertEquals([told, rows.map(({ ph }) => ph)], [["full"], ["M", "i", "E"]]);
});

Deno.test("whoever writes may end it: what comes then is not written", () => {
  let text = "";
  const tracing: Disposable = chromeTrace((piece) => {
    text += piece;
    if (piece.includes("thread_name")) tracing[Symbol.dispose]();
  });
  start("co", function* () {});
  assertEquals(text.slice(-3), "\n]\n");
  const rows: Row[] = JSON.parse(text);
  assertEquals(rows.map(({ ph }) => ph), ["M"]);
});

Deno.test("to end it twice is to end it once", () => {
  let text = "";
  const tracing = chromeTrace((piece) => text += piece);
  tracing[Symbol.dispose]();
  tracing[Symbol.dispose]();
  assertEquals(JSON.parse(text), []);
});

const test = needing("run", "read", "write");

Deno.test("one that is cancelled before it has run has no slice, and what is thrown may have no text", () => {
  const events = traced(() => {
    start("P", function* () {
      const never = Coroutine.named("never", function* () {});
      never.done.catch(() => {});
      never.cancel();
      yield;
    });
    const fails = Coroutine.named("fails", function* () {
      throw Object.create(null);
    });
    fails.done.catch(() => {});
    errorOf(() => fails.enter());
  });
  const slices = events.filter(({ ph }) => ph === "B" || ph === "E").map(({ ph, name }) =>
    `${ph}${name === undefined ? "" : ` ${name}`}`
  );
  assertEquals(slices, ["B P", "E", "B fails", "E"]);
});

const mod = new URL("../../../mod.ts", import.meta.url).href;

/** The command, in a directory of its own that has such a program. */
async function tracing(
  program: string,
  use: (
    command: (...args: string[]) => Deno.Command,
    file: string,
    program: string,
  ) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const [file, path] = [`${directory}/trace.json`, `${directory}/program.ts`];
    await Deno.writeTextFile(path, program);
    const cli = new URL("../../../src/watch/trace_cli.ts", import.meta.url).pathname;
    const command = (...args: string[]): Deno.Command =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", cli, ...args],
        stderr: "piped",
        stdout: "piped",
      });
    await use(command, file, path);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The names of the slices in a trace file. */
async function slicesIn(file: string): Promise<unknown[]> {
  const rows: Row[] = JSON.parse(await Deno.readTextFile(file));
  return rows.filter(({ ph }) => ph === "B").map(({ name }) => name);
}

test("deno task trace writes what a program does, its arguments and its exit code go through", () =>
  tracing(
    `import { Coroutine } from ${JSON.stringify(mod)};
     Coroutine.named(Deno.args[0], function* () {}).enter();
     Deno.exit(3);`,
    async (command, file, program) => {
      const { code } = await command(file, "--", program, "hello").output();
      assertEquals([code, await slicesIn(file)], [3, ["hello"]]);
      const wrong = await command(file).output();
      assertEquals(wrong.code, 2);
      assertStringIncludes(new TextDecoder().decode(wrong.stderr), "Cannot trace: expected a file");
      const nowhere = await command(`${file}/nowhere`, "--", program).output();
      assertEquals(nowhere.code, 1);
      assertStringIncludes(new TextDecoder().decode(nowhere.stderr), "Cannot trace into ");
      assertEquals((await command("--help").output()).code, 0);
    },
  ));

test("the task takes paths as they are meant where it was called", () =>
  tracing(
    `import { Coroutine } from ${JSON.stringify(mod)};
     Coroutine.named("here", function* () {}).enter();`,
    async (_, file) => {
      const [directory] = file.split("/trace.json");
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "src/watch/trace_cli.ts", "mine.json", "--", "program.ts"],
        cwd: new URL("../../../", import.meta.url),
        env: { INIT_CWD: directory ?? "" },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      assertEquals(await slicesIn(`${directory}/mine.json`), ["here"]);
    },
  ));

test("a program that is run elsewhere has its paths from there, whoever has started that", () =>
  tracing(
    `import { Coroutine } from ${JSON.stringify(mod)};
     Coroutine.named("here", function* () {}).enter();`,
    async (_, file) => {
      const [directory] = file.split("/trace.json");
      const cli = new URL("../../../src/watch/trace_cli.ts", import.meta.url).pathname;
      const { code, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", cli, "mine.json", "--", "program.ts"],
        cwd: directory ?? "",
        env: { INIT_CWD: "/" },
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      assertEquals(await slicesIn(`${directory}/mine.json`), ["here"]);
    },
  ));

test("the trace of a program that fails, or is ended, is whole", () =>
  tracing(
    `import { Coroutine, sleep } from ${JSON.stringify(mod)};
     Coroutine.named("main", function* () {
       yield* sleep(1e6);
       if (Deno.args[0] === "throw") throw new Error("bug");
       for (;;) yield* sleep(1e6);
     }).enter();`,
    async (command, file, program) => {
      const { code } = await command(file, "--", program, "throw").output();
      assertEquals([code, await slicesIn(file)], [1, ["main", "main"]]);
      const endless = command(file, "--", program).spawn();
      while ((await Deno.readTextFile(file).catch(() => "")).split("\n").length < 20) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      endless.kill("SIGTERM");
      await endless.output();
      const slices = await slicesIn(file);
      assert(slices.length > 5 && slices.every((name) => name === "main"));
    },
  ));

test("a program in which nothing was traced is told so", () =>
  tracing("", async (command, file, program) => {
    const { code, stderr } = await command(file, "--", program).output();
    assertEquals([code, await slicesIn(file)], [0, []]);
    assertStringIncludes(new TextDecoder().decode(stderr), "Nothing was traced");
  }));
