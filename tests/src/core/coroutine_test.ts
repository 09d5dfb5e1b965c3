import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Co, Coroutine, until } from "@cofn/coroutine";
import { codeOf, errorOf, start } from "../_helpers.ts";

const leader = Coroutine.self();

Deno.test("Coroutine.create() runs nothing of the body", () => {
  let ran = 0;
  const co = Coroutine.create(function* () {
    ran++;
  });
  assertEquals([ran, co.status, co.entered, co.locksHeld], [0, "created", false, 0]);
  co.enter();
  assertEquals([ran, co.status], [1, "terminated"]);
});

Deno.test("Coroutine.create() passes its arguments on to the body", async () => {
  const co = Coroutine.create(
    function* (a: number, b: string, ...rest: number[]) {
      return [a, b, rest];
    },
    1,
    "x",
    2,
    3,
  );
  co.enter();
  assertEquals(await co.done, [1, "x", [2, 3]]);
});

Deno.test("Coroutine.create() refuses an entry that returns no generator, by a clear TypeError", () => {
  const wrong: [string, () => unknown][] = [
    ["undefined", () => undefined],
    ["null", () => null],
    ["a promise", () => Promise.resolve()],
    ["a promise", async () => {}],
    ["an async generator", async function* () {}],
    ["an object", () => ({})],
    ["number", () => 5],
  ];
  for (const [got, entry] of wrong) {
    const named = Object.defineProperty(entry, "name", { value: "bad" }) as () => Co;
    for (const make of [() => Coroutine.create(named), () => Coroutine.named("n", named)]) {
      assertThrows(
        make,
        TypeError,
        'Cannot create coroutine "bad": expected its entry to return a generator ' +
          `(declare it by function*), got ${got}`,
      );
    }
  }
});

Deno.test("Coroutine.create() refuses what is no function, and new Coroutine() says what to do", () => {
  const wrong: [string, unknown][] = [
    ["undefined", undefined],
    ["null", null],
    ["an object", {}],
    ["a generator, already made", (function* () {})()],
    ["string", "entry"],
  ];
  for (const [got, entry] of wrong) {
    for (
      const make of [
        () => Coroutine.create(entry as () => Co),
        () => Coroutine.named("n", entry as () => Co),
      ]
    ) {
      assertThrows(
        make,
        TypeError,
        `Cannot create coroutine: expected a generator function (declare it by function*), got ${got}`,
      );
    }
  }
  const Untyped = Coroutine as unknown as new () => Coroutine;
  assertThrows(() => new Untyped(), TypeError, "make it by Coroutine.create(entry)");
});

Deno.test("Coroutine.create() refuses what can be iterated but is no generator: array, string, set", () => {
  for (
    const value of [[1, 2], [], "text", new Set([1]), new Map(), new Uint8Array(2), {
      throw() {},
      [Symbol.iterator]() {},
    }]
  ) {
    const error = errorOf(() => Coroutine.create((() => value) as unknown as () => Co));
    assert(error instanceof TypeError);
    assertStringIncludes(`${error}`, "expected its entry to return a generator");
  }
});

Deno.test("Coroutine.create() lets an error of the entry itself through and makes nothing", () => {
  const boom = new Error("boom");
  assertEquals(
    errorOf(() =>
      Coroutine.create(() => {
        throw boom;
      })
    ),
    boom,
  );
  assertThrows(() => Coroutine.create(undefined as never), TypeError);
});

Deno.test("a coroutine is named after its function, or as Coroutine.named() says, or anonymous", () => {
  function* read() {}
  const arrowless = { *method() {} };
  assertEquals(Coroutine.create(read).name, "read");
  assertEquals(Coroutine.create(arrowless.method).name, "method");
  assertEquals(Coroutine.create(read.bind(null)).name, "bound read");
  assertEquals(Coroutine.create((() => read()) as () => Co).name, "anonymous");
  assertEquals(Coroutine.create(function* () {}).name, "anonymous");
  assertEquals(Coroutine.named("reader 7", read).name, "reader 7");
  assertEquals(Coroutine.named("", read).name, "anonymous");
  assertEquals(leader.name, "leader");
});

Deno.test("a coroutine says its name and status as a string", () => {
  const co = start("a", function* () {
    yield;
  });
  assertEquals(`${co}`, 'Coroutine "a" (suspended)');
});

// ------------------------------------------------------------------------------ enter and end

Deno.test("enter() runs to the next yield, then to the end, and hands over what is yielded to nobody", async () => {
  const log: string[] = [];
  const co = Coroutine.create(function* (): Co<string> {
    log.push("1");
    yield "ignored" as unknown as void;
    log.push("2");
    yield new Error("ignored") as unknown as void;
    log.push("3");
    return "end";
  });
  for (let i = 0; i < 3; i++) {
    assertEquals(co.enter(), undefined);
    log.push("|");
  }
  assertEquals(log.join(" "), "1 | 2 | 3 |");
  assertEquals(co.status, "terminated");
  assertEquals(await co.done, "end");
});

Deno.test("100,000 resumes of one coroutine find it where it stopped", async () => {
  const co = Coroutine.create(function* () {
    let n = 0;
    for (let i = 0; i < 100_000; i++) {
      yield;
      n++;
    }
    return n;
  });
  while (co.status !== "terminated") co.enter();
  assertEquals(await co.done, 100_000);
});

Deno.test("status and entered tell every situation", () => {
  const seen: string[] = [];
  const inner: Coroutine = Coroutine.named("inner", function* () {
    seen.push(`inside: ${outer.status} ${outer.entered} ${inner.status} ${leader.status}`);
    yield;
  });
  const outer: Coroutine = Coroutine.named("outer", function* () {
    seen.push(`before: ${outer.status} ${inner.status} ${inner.entered}`);
    inner.enter();
    seen.push(`after: ${outer.status} ${inner.status} ${inner.entered}`);
  });
  assertEquals([leader.status, leader.entered], ["running", true]);
  outer.enter();
  assertEquals(seen, [
    "before: running created false",
    "inside: normal true running normal",
    "after: running suspended false",
  ]);
  assertEquals([outer.status, outer.entered], ["terminated", false]);
  assertEquals([leader.status, leader.entered], ["running", true]);
});

Deno.test("a woken coroutine that was never entered is created still", () => {
  const late = Coroutine.named("late", function* () {});
  start("waker", function* () {
    late.wake();
    assertEquals([late.status, late.entered], ["created", false]);
  });
  assertEquals(late.status, "terminated");
});

Deno.test("Coroutine.self() is the one that runs, and the leader outside any", async () => {
  assertEquals(Coroutine.inCoroutine(), false);
  const inner: Coroutine = Coroutine.create(function* () {
    assert(Coroutine.self() === inner);
    yield;
    assert(Coroutine.self() === inner);
  });
  const outer: Coroutine = Coroutine.create(function* () {
    assert(Coroutine.self() === outer && Coroutine.inCoroutine());
    inner.enter();
    assert(Coroutine.self() === outer);
    yield* until(Promise.resolve());
    assert(Coroutine.self() === outer);
    inner.enter();
    assert(Coroutine.self() === outer);
  });
  outer.enter();
  assert(Coroutine.self() === leader);
  await outer.done;
  assert(Coroutine.self() === leader && !Coroutine.inCoroutine());
  assertEquals(inner.status, "terminated");
});

Deno.test("an async function called by a coroutine runs in it up to its first await only", async () => {
  const seen: string[] = [];
  let rest: Promise<void> | undefined;
  start("co", function* () {
    rest = (async () => {
      seen.push(Coroutine.self().name);
      await null;
      seen.push(Coroutine.self().name);
    })();
    yield;
  });
  await rest;
  assertEquals(seen, ["co", "leader"]);
});

Deno.test("enterIfInactive() enters what is not entered and leaves alone what is", () => {
  const log: string[] = [];
  const parent: Coroutine = Coroutine.create(function* () {
    log.push("parent");
    child.enterIfInactive();
    parent.enterIfInactive();
    yield;
    log.push("parent again");
  });
  const child = Coroutine.create(function* () {
    log.push("child");
    parent.enterIfInactive();
    leader.enterIfInactive();
    log.push("child ends");
  });
  parent.enterIfInactive();
  parent.enterIfInactive();
  assertEquals(log, ["parent", "child", "child ends", "parent again"]);
  assertEquals(codeOf(() => parent.enterIfInactive()), "terminated");
});
