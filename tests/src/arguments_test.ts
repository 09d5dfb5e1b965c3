import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import process from "node:process";
import {
  AioContext,
  chromeTrace,
  type Clock,
  CoFile,
  CoMutex,
  CoQueue,
  CoReader,
  Coroutine,
  CoSemaphore,
  CoWriter,
  IOThread,
  monotonic,
  sleep,
  TaskPool,
  Timer,
  VirtualClock,
  type WaitOptions,
  withTimeout,
} from "@cofn/coroutine";
import { codeIn, errorOf, start } from "./_helpers.ts";

/** The error of a call, in words. */
function wrong(f: () => unknown): string {
  return String(errorOf(f));
}

Deno.test("an alarm in no span of time is refused, and disturbs no other", () => {
  const clock = new VirtualClock();
  for (const ns of [NaN, -1, "5" as unknown as number]) {
    for (const one of [clock, monotonic]) {
      assertStringIncludes(
        wrong(() => one.after(ns, () => {})),
        "RangeError: Cannot set an alarm in",
      );
    }
  }
  const rung: number[] = [];
  clock.after(5, () => rung.push(clock.now));
  clock.advance(10);
  assertEquals([rung, clock.alarms], [[5], 0]);
});

Deno.test("an option that nobody knows is refused, as one that is misspelt", () => {
  const [m, q] = [new CoMutex("m"), new CoQueue("q")];
  const typo = { timout: 5 } as WaitOptions;
  start("co", function* () {
    for (
      const [wait, words] of [
        [() => m.lock(typo), "timeout, signal, clock"],
        [() => q.wait(typo), "timeout, signal, clock, front"],
        [() => new CoSemaphore(1).acquire(1, typo), "timeout, signal, clock"],
      ] as const
    ) {
      assertEquals(
        wrong(wait),
        `TypeError: Cannot wait: unknown option "timout", expected one of ${words}`,
      );
    }
    assertEquals(
      wrong(() => m.lock({ front: true } as WaitOptions)),
      'TypeError: Cannot wait: unknown option "front", expected one of timeout, signal, clock',
    );
    for (
      const [options, words] of [
        [{ clok: monotonic }, 'unknown option "clok", expected one of clock, late, lost'],
        [{ late: 5 }, "expected late to be a function, got number"],
        [{ lost: 5 }, "expected lost to be a function, got number"],
        [null, "expected a clock or { clock, late, lost }, got null"],
      ] as const
    ) {
      const wait = withTimeout(5, function* () {}, options as unknown as Clock);
      assertStringIncludes(
        wrong(() => wait[Symbol.iterator]().next()),
        `TypeError: Cannot wait for so long: ${words}`,
      );
    }
  });
  assertEquals([m.locked, q.empty], [false, true]);
});

Deno.test("what is made refuses options that are none, before anything has happened", async () => {
  const context = new AioContext("options");
  const from = new Blob(["line\n"]).stream();
  const to = new WritableStream();
  const module = new URL("./no_such_module.ts", import.meta.url);
  const made: readonly (readonly [string, (options: object) => unknown, string])[] = [
    ["make a timer", (o) => new Timer(context, () => {}, o), "clock, name"],
    ["make a reader", (o) => new CoReader(from, o), "name, size"],
    ["make a writer", (o) => new CoWriter(to, o), "name, highWater"],
    ["open a file", (o) => CoFile.open("no such directory/file", o), "readOnly"],
    ["start a thread", (o) => IOThread.spawn(module, o), "name, signal"],
    ['run AioContext "options"', (o) => context.run(o), "signal"],
    ['close AioContext "options"', (o) => context.close(o), "drain"],
    [
      "wait",
      (o) => new CoReader(new Blob().stream()).readLine(o),
      "timeout, signal, clock, most",
    ],
  ];
  class Named {
    get nam(): string {
      return "of a class of one's own";
    }
  }
  for (const [verb, make, words] of made) {
    const wrongly = async (options: unknown): Promise<string> => {
      try {
        await make(options as object);
      } catch (error) {
        return String(error);
      }
      return "it was made";
    };
    const unknown = (word: string): string =>
      `TypeError: Cannot ${verb}: unknown option "${word}", expected one of ${words}`;
    assertEquals(await wrongly({ nam: "x" }), unknown("nam"));
    assertEquals(await wrongly(new Named()), unknown("nam"));
    const not = `TypeError: Cannot ${verb}: expected { ${words} }, got`;
    assertEquals(await wrongly("name"), `${not} string`);
    assertEquals(await wrongly(null), `${not} null`);
    const clock = await wrongly(new VirtualClock());
    if (words.includes("clock")) assertEquals(clock, `${not} a clock (give it as { clock })`);
    else assertStringIncludes(clock, `TypeError: Cannot ${verb}: unknown option`);
  }
  assertEquals([from.locked, to.locked, context.closed, context.busy], [
    false,
    false,
    false,
    false,
  ]);
  for (const signal of [{ aborted: true }, "now"] as unknown as AbortSignal[]) {
    const expected = `expected signal to be an AbortSignal, got ${
      typeof signal === "string" ? "string" : "an object"
    }`;
    for (const call of [() => context.run({ signal }), () => IOThread.spawn(module, { signal })]) {
      const error = await call().then(() => undefined, (thrown) => thrown);
      assertStringIncludes(String(error), `TypeError: Cannot`);
      assertStringIncludes(String(error), expected);
    }
  }
  context.close();
});

Deno.test("options may be of a class of one's own, of another realm, or have no prototype", () => {
  class Own {
    readonly timeout = 5;
  }
  const bare = Object.assign(Object.create(null), { timeout: 5 });
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  const nameless = Object.assign(Object.create(null), { name: "bare" });
  const { name } = new CoReader(new Blob().stream(), nameless);
  const locks: boolean[] = [];
  start("co", function* () {
    for (
      const options of [new Own(), bare, runInNewContext("({ timeout: 5 })"), Object.freeze({})]
    ) {
      const m = new CoMutex("m");
      yield* m.lock(options);
      locks.push(m.locked);
      m.unlock();
    }
  });
  // A getter of its class counts: also where a word more may be given.
  class Limits {
    get timeout(): number {
      return 0;
    }
  }
  let gaveUp: unknown;
  start("reads", function* () {
    try {
      yield* new CoReader({ read: () => new Promise(() => {}) }).readLine(new Limits());
    } catch (error) {
      gaveUp = codeIn(error);
    }
  });
  assertEquals(gaveUp, "timeout");
  assertEquals([name, locks], ["bare", [true, true, true, true]]);
  class AtFront {
    readonly front = true;
  }
  const q = new CoQueue("q");
  const served: string[] = [];
  for (const name of ["a", "b"]) {
    start(name, function* () {
      yield* q.wait(new AtFront());
      served.push(name);
    });
  }
  while (q.next());
  assertEquals(served, ["b", "a"]);
  // What has no prototype may be one; and a proxy may answer itself for ever.
  const below = Object.create(Object.assign(Object.create(null), { nam: "x" }));
  assertStringIncludes(
    wrong(() => new CoReader(new Blob().stream(), below)),
    'unknown option "nam"',
  );
  const endless: object = new Proxy({}, { getPrototypeOf: () => endless });
  assert(new CoReader(new Blob().stream(), endless) instanceof CoReader);
});

Deno.test("what lets others go on under no mutex is refused", () => {
  const q = new CoQueue("q");
  const waiter = Coroutine.create(function* () {
    yield* q.wait();
  });
  waiter.enter();
  for (const none of [null, {}, "m"] as unknown as CoMutex[]) {
    for (const call of [() => q.enterNext(none), () => q.enterAll(none)]) {
      assertStringIncludes(wrong(call), "Cannot let go under a mutex: expected a CoMutex, got ");
    }
  }
  assertEquals(q.waiters, 1);
  q.next();
});

Deno.test("what is no function, no stream, no module or no number is told with what to give", async () => {
  // deno-lint-ignore no-explicit-any -- what types refuse is tried
  const any = (given: unknown): any => given;
  const said: readonly (readonly [() => unknown, string])[] = [
    [
      () => new TaskPool(1).start(any(sleep(5))),
      "got a wait (give a function that makes it: () => …)",
    ],
    [() => new TaskPool(any("2")), 'Cannot make a pool of "2" tasks'],
    [() => new TaskPool(1, "p").setMaxBusy(-1), 'Cannot let TaskPool "p" run -1 tasks'],
    [() => new CoSemaphore(any("x")), 'Cannot make a semaphore of "x" permits'],
    [() => new CoReader(any(new Blob(["x"]))), "got an object (give what its stream() makes)"],
    [() => new CoReader(any(new Response("x"))), "got an object (give its body)"],
    [() => sleep(1, any({ clock: monotonic })), "got an object (give the clock itself)"],
    [() => new Timer(any(() => {}), any(undefined)), "expected an AioContext, got function"],
    [() => chromeTrace(any("text")), "Cannot write a trace: expected a function, got string"],
  ];
  for (const [call, text] of said) assertStringIncludes(wrong(call), text);
  const spawned = await IOThread.spawn("./module.ts").then(() => "spawned", String);
  assertStringIncludes(spawned, 'got "./module.ts" (give new URL("./module.ts", import.meta.url))');
});
