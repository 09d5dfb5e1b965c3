import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type Co, CoMutex, Coroutine, until } from "@cofn/coroutine";
import { codeOf, errorOf, misuseOf, picture, start, startHolder, turn } from "./_helpers.ts";

const leader = Coroutine.self();

// ---------------------------------------------------------------------------------- creation

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
  for (const value of [[1, 2], [], "text", new Set([1]), new Map(), new Uint8Array(2)]) {
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

// -------------------------------------------------------------------------------------- wake

Deno.test("wake() inside a coroutine waits for it to yield; outside it enters at once", () => {
  const log: string[] = [];
  const a = Coroutine.create(function* () {
    log.push("a");
    yield;
    log.push("a again");
  });
  start("waker", function* () {
    a.wake();
    log.push("waker yields");
    yield;
  });
  assertEquals(log, ["waker yields", "a"]);
  a.wake();
  assertEquals(log, ["waker yields", "a", "a again"]);
});

Deno.test("what one woke runs depth first, and in the order in which one woke it (QEMU's order 3)", () => {
  const log: string[] = [];
  const say = (name: string) =>
    Coroutine.named(name, function* () {
      log.push(name);
    });
  const a1 = say("A1");
  const a = Coroutine.named("A", function* () {
    log.push("A{wake A1}");
    a1.wake();
    log.push("A-end");
  });
  const [b, c] = [say("B"), say("C")];
  const x = Coroutine.named("X", function* () {
    a.wake();
    b.wake();
    log.push("X-before-yield");
    yield;
    log.push("X-resumed");
    c.wake();
    log.push("X-end");
  });
  x.enter();
  log.push("| main |");
  x.enter();
  assertEquals(
    log.join(" "),
    "X-before-yield A{wake A1} A-end A1 B | main | X-resumed X-end C",
  );
});

Deno.test("a nested enter() returns after what the entered one woke has run (QEMU's order 9)", () => {
  const log: string[] = [];
  const z = Coroutine.named("Z", function* () {
    log.push("Z");
  });
  const y = Coroutine.named("Y", function* () {
    log.push("Y{wake Z}");
    z.wake();
    log.push("Y-yield");
    yield;
    log.push("Y-end");
  });
  start("outer", function* () {
    log.push("outer{enter Y}");
    y.enter();
    log.push("outer-after-enter");
    y.enter();
  });
  assertEquals(log.join(" "), "outer{enter Y} Y{wake Z} Y-yield Z outer-after-enter Y-end");
});

Deno.test("what the enterer woke does not run in the enter() that it makes afterwards", () => {
  const log: string[] = [];
  const woken = Coroutine.create(function* () {
    log.push("woken");
  });
  const entered = Coroutine.create(function* () {
    log.push("entered");
  });
  start("outer", function* () {
    woken.wake();
    entered.enter();
    log.push("outer ends");
  });
  assertEquals(log, ["entered", "outer ends", "woken"]);
});

Deno.test("trees of wake-ups run in preorder, whatever their shape", () => {
  let seed = 7;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 50; round++) {
    const children: number[][] = Array.from({ length: 40 }, () => []);
    for (let i = 1; i < 40; i++) children[random(i)]?.push(i);
    const ran: number[] = [];
    const cos = children.map((below, i) =>
      Coroutine.create(function* () {
        ran.push(i);
        for (const child of below) cos[child]?.wake();
        if (i % 3 === 0) yield;
      })
    );
    const preorder = (i: number): number[] => [i, ...(children[i] ?? []).flatMap(preorder)];
    cos[0]?.enter();
    assertEquals(ran, preorder(0));
  }
});

Deno.test("1,000,000 chained wake-ups need constant stack", () => {
  let hops = 0;
  let next: Coroutine | undefined;
  const pair = [0, 1].map((i) =>
    Coroutine.create(function* () {
      for (;;) {
        hops++;
        if (hops < 1_000_000) {
          next = pair[1 - i];
          next?.wake();
        }
        yield;
      }
    })
  );
  pair[0]?.enter();
  assertEquals(hops, 1_000_000);
  assert(Coroutine.self() === leader);
});

Deno.test("100,000 new coroutines, each waking the next, all run in one enter()", () => {
  let ran = 0;
  const chain = (left: number): Coroutine =>
    Coroutine.create(function* () {
      ran++;
      if (left > 1) chain(left - 1).wake();
    });
  chain(100_000).enter();
  assertEquals(ran, 100_000);
});

Deno.test("100,000 coroutines woken by one run in order", () => {
  const ran: number[] = [];
  start("waker", function* () {
    for (let i = 0; i < 100_000; i++) {
      Coroutine.create(function* () {
        ran.push(i);
      }).wake();
    }
  });
  assertEquals(ran.length, 100_000);
  assert(ran.every((n, i) => n === i));
});

// ------------------------------------------------------------------------------------ misuse

/** Some coroutines in every situation, and what is wrong with entering or waking each. */
function stage() {
  const m = new CoMutex("m");
  const made = Coroutine.named("made", function* () {
    yield;
  });
  const suspended = start("suspended", function* () {
    yield;
  });
  const holder = startHolder(m);
  const waiting = start("waiting", function* () {
    yield* m.lock();
    m.unlock();
  });
  const waitingToo = start("waiting too", function* () {
    yield* m.lock();
    m.unlock();
  });
  const promised = Promise.withResolvers<void>();
  const scheduled = start("scheduled", () => untilDone(promised.promise));
  const ended = start("ended", function* () {});
  const failed = Coroutine.named("failed", function* (): Co {
    throw new Error("fails");
  });
  errorOf(() => failed.enter());
  const all: Coroutine[] = [
    made,
    suspended,
    holder,
    waiting,
    waitingToo,
    scheduled,
    ended,
    failed,
  ];
  return {
    m,
    made,
    suspended,
    holder,
    waiting,
    waitingToo,
    promised,
    scheduled,
    ended,
    failed,
    all,
  };
}

function* untilDone(promise: Promise<void>): Co {
  yield* until(promise);
}

Deno.test("a refused enter() or wake() outside a coroutine has its code and changes nothing", async () => {
  const s = stage();
  const before = picture(s.all, [s.m]);
  for (const verb of ["enter", "wake", "enterIfInactive"] as const) {
    assertEquals(codeOf(() => s.waiting[verb]()), "waiting");
    assertEquals(codeOf(() => s.scheduled[verb]()), "already-scheduled");
    assertEquals(codeOf(() => s.ended[verb]()), "terminated");
    assertEquals(codeOf(() => s.failed[verb]()), "terminated");
    assertEquals(
      codeOf(() => leader[verb]()),
      verb === "enterIfInactive" ? "none" : "recursive-entry",
    );
    assertEquals(picture(s.all, [s.m]), before);
  }
  s.holder.enter();
  assertEquals([s.waiting.status, s.waitingToo.status, s.m.locked], [
    "terminated",
    "terminated",
    false,
  ]);
  s.promised.resolve();
  await turn();
  assertEquals(s.scheduled.status, "terminated");
});

Deno.test("a refused enter() or wake() inside coroutines has its code and changes nothing", async () => {
  const s = stage();
  const log: string[] = [];
  const woken = Coroutine.named("woken", function* () {
    log.push("woken");
  });
  const woken2 = Coroutine.named("woken 2", function* () {
    log.push("woken 2");
  });
  const inner: Coroutine = Coroutine.named("inner", function* () {
    woken.wake();
    woken2.wake();
    const all = [...s.all, outer, inner, woken, woken2];
    const before = picture(all, [s.m]);
    for (const verb of ["enter", "wake"] as const) {
      assertEquals(codeOf(() => s.waiting[verb]()), "waiting");
      assertEquals(codeOf(() => s.scheduled[verb]()), "already-scheduled");
      assertEquals(codeOf(() => s.ended[verb]()), "terminated");
      assertEquals(codeOf(() => s.failed[verb]()), "terminated");
      assertEquals(codeOf(() => woken[verb]()), "already-woken");
      assertEquals(codeOf(() => woken2[verb]()), "already-woken");
      assertEquals(codeOf(() => outer[verb]()), "recursive-entry");
      assertEquals(codeOf(() => leader[verb]()), "recursive-entry");
      assertEquals(codeOf(() => inner[verb]()), verb === "wake" ? "wake-self" : "recursive-entry");
      assertEquals(picture(all, [s.m]), before);
    }
    log.push("inner ends");
  });
  const outer: Coroutine = Coroutine.named("outer", function* () {
    inner.enter();
    log.push("outer ends");
  });
  outer.enter();
  assertEquals(log, ["inner ends", "woken", "woken 2", "outer ends"]);
  s.holder.enter();
  s.promised.resolve();
  await turn();
  assertEquals([s.waiting.status, s.scheduled.status], ["terminated", "terminated"]);
});

Deno.test("one in a pending list cannot be entered or woken, and runs in its turn", () => {
  const log: string[] = [];
  const second: Coroutine = Coroutine.named("second", function* () {
    log.push("second");
  });
  const first = Coroutine.named("first", function* () {
    assertEquals(codeOf(() => second.enter()), "already-woken");
    assertEquals(codeOf(() => second.wake()), "already-woken");
    log.push("first");
  });
  start("waker", function* () {
    first.wake();
    second.wake();
  });
  assertEquals(log, ["first", "second"]);
});

Deno.test("the sentences of refused calls say what is the matter", () => {
  const s = stage();
  const said = (f: () => unknown) => misuseOf(f).message;
  assertEquals(
    said(() => s.waiting.enter()),
    'Cannot enter coroutine "waiting": it waits for CoMutex "m"',
  );
  assertEquals(
    said(() => s.scheduled.wake()),
    'Cannot wake coroutine "scheduled": it was already scheduled by until',
  );
  assertEquals(said(() => s.ended.enter()), 'Cannot enter coroutine "ended": it has ended');
  assertEquals(
    said(() => leader.enter()),
    'Cannot enter coroutine "leader": it stands for the code outside any coroutine',
  );
  start("me", function* () {
    s.made.wake();
    assertEquals(
      said(() => s.made.enter()),
      'Cannot enter coroutine "made": it was already woken, and runs when the one that woke it yields or ends',
    );
    assertEquals(
      said(() => Coroutine.self().wake()),
      'Cannot wake coroutine "me": it is the one that runs',
    );
  });
  const error = misuseOf(() => s.scheduled.enter());
  assertEquals([error.code, error.scheduledBy, error.coroutine === s.scheduled], [
    "already-scheduled",
    "until",
    true,
  ]);
  s.promised.resolve();
});
