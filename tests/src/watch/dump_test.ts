import { assert, assertEquals } from "@std/assert";
import { CoMutex, Coroutine, type CoroutineInfo, dump, until } from "@cofn/coroutine";
import { codeOf, start, startHolder } from "../_helpers.ts";

/** Enters all that are left from other tests until they have ended, so that each test sees its own only. */
const mine: Coroutine[] = [];
function cleanUp(): void {
  for (const co of mine.splice(0)) {
    while (co.status === "suspended" && co.waitingOn === undefined) {
      try {
        co.enter();
      } catch {
        // It ends.
      }
    }
  }
}

function begin(name: string, body: () => Generator<void, void, unknown>): Coroutine<void> {
  const co = Coroutine.named(name, body);
  mine.push(co);
  co.enter();
  return co;
}

/** What dump() says of these, in its order. */
function rows(...names: string[]): readonly CoroutineInfo[] {
  return dump().coroutines.filter(({ name }) => names.includes(name));
}

Deno.test("dump() says so when there is nothing", () => {
  assertEquals(`${dump()}`, "No coroutine runs or is suspended");
  assertEquals({ ...dump() }, { coroutines: [], waitsFor: [], deadlocks: [] });
});

Deno.test("dump() lists the suspended with what they hold and wait for, as a table", async () => {
  const [disk, net] = [new CoMutex("disk"), new CoMutex("net")];
  const { promise, resolve } = Promise.withResolvers<void>();
  const holder = begin("holder", function* () {
    yield* net.lock();
    yield* disk.lock();
    yield;
    disk.unlock();
    net.unlock();
  });
  begin("waiter", function* () {
    yield* disk.lock();
    disk.unlock();
  });
  const scheduled = begin("scheduled", function* () {
    yield* until(promise);
  });
  assertEquals(
    `${dump()}`,
    [
      "coroutine  status     waits for       held by  holds",
      'holder     suspended  enter()                  CoMutex "net", CoMutex "disk"',
      'waiter     suspended  CoMutex "disk"  holder',
      "scheduled  suspended  until(promise)",
      "",
      "wait-for graph",
      '  waiter -> CoMutex "disk" -> holder',
    ].join("\n"),
  );
  assertEquals(Deno.inspect(dump()), `${dump()}`);
  holder.enter();
  resolve();
  await scheduled.done;
  assertEquals(dump().coroutines, []);
});

Deno.test("dump() lists those who are entered first, the running one on top", () => {
  let text: string[] = [];
  const inner = Coroutine.named("inner", function* () {
    text = dump().coroutines.map(({ name, status }) => `${name} ${status}`);
  });
  const sleeper = begin("sleeper", function* () {
    yield;
  });
  begin("outer", function* () {
    inner.enter();
  });
  assertEquals(text, ["inner running", "outer normal", "sleeper suspended"]);
  sleeper.enter();
});

Deno.test("dump() tells who is woken, and leaves out who was never entered or has ended", () => {
  const created = Coroutine.named("created", function* () {});
  const sleeper = begin("sleeper", function* () {
    yield;
  });
  let seen: readonly CoroutineInfo[] = [];
  let text = "";
  begin("waker", function* () {
    created.wake();
    sleeper.wake();
    seen = rows("created", "sleeper", "waker");
    text = `${dump()}`;
  });
  assertEquals(seen.map((co) => [co.name, co.status, co.woken]), [
    ["waker", "running", false],
    ["sleeper", "suspended", true],
  ]);
  assert(text.includes("sleeper    suspended  its turn (woken)"));
  assertEquals(dump().coroutines, []);
});

Deno.test("dump() shows one that was handed a lock as its holder, woken, and those behind it", () => {
  const m = new CoMutex("m");
  let seen: readonly CoroutineInfo[] = [];
  const holder = begin("holder", function* () {
    yield* m.lock();
    yield;
    m.unlock();
    seen = rows("next", "behind");
  });
  for (const name of ["next", "behind"]) {
    begin(name, function* () {
      yield* m.lock();
      m.unlock();
    });
  }
  holder.enter();
  assertEquals(seen.map((co) => [co.name, co.woken, co.waitingOn, co.heldBy, co.holds]), [
    ["next", true, undefined, undefined, ['CoMutex "m"']],
    ["behind", false, 'CoMutex "m"', "next", []],
  ]);
  assertEquals(dump().coroutines, []);
});

Deno.test("dump() gives every coroutine a name of its own", () => {
  const names = ["a", "a#2", "a", "a", "a#2", "a#2#2", "b"];
  for (const name of names) {
    begin(name, function* () {
      yield;
    });
  }
  const given = dump().coroutines.map(({ name }) => name);
  assertEquals(given.length, names.length);
  assertEquals(new Set(given).size, names.length);
  assertEquals([given[0], given[1], given.at(-1)], ["a", "a#2", "b"]);
  cleanUp();
});

Deno.test("dump() numbers those of the same name in the order in which they first suspended", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m, "job");
  for (let i = 0; i < 2; i++) {
    begin("job", function* () {
      yield* m.lock();
      m.unlock();
    });
  }
  assertEquals(dump().waitsFor, [
    { from: "job#2", on: 'CoMutex "m"', to: "job" },
    { from: "job#3", on: 'CoMutex "m"', to: "job" },
  ]);
  assertEquals(dump().deadlocks, []);
  holder.enter();
});

/** Coroutines of which each holds a lock and waits for the next one's. */
function circle(n: number, prefix: string): CoMutex[] {
  const locks = Array.from({ length: n }, (_, i) => new CoMutex(`${prefix}${i}`));
  const cos = locks.map((own, i) =>
    begin(`${prefix}-co${i}`, function* () {
      yield* own.lock();
      yield;
      yield* (locks[(i + 1) % n] as CoMutex).lock();
    })
  );
  kept.push(...cos);
  for (const co of cos) co.enter();
  return locks;
}
/** A deadlock stays for ever; what holds it must stay as well, or dump() may lose it. */
const kept: Coroutine[] = [];

Deno.test("dump() names a deadlock of two, in its graph and in a sentence", () => {
  circle(2, "x");
  const report = dump();
  assertEquals(report.deadlocks, [["x-co0", "x-co1"]]);
  assertEquals(report.waitsFor, [
    { from: "x-co0", on: 'CoMutex "x1"', to: "x-co1" },
    { from: "x-co1", on: 'CoMutex "x0"', to: "x-co0" },
  ]);
  assert(
    `${report}`.includes(
      'deadlock: x-co0 waits for CoMutex "x1", held by x-co1, which waits for CoMutex "x0", held by x-co0',
    ),
  );
});

Deno.test("dump() names a deadlock of three beside others, once, without those who only wait for it", () => {
  const locks: CoMutex[] = [];
  const bystander = begin("bystander", function* () {
    yield;
    yield* (locks[0] as CoMutex).lock();
  });
  locks.push(...circle(3, "y"));
  bystander.enter();
  kept.push(bystander);
  const free = begin("free", function* () {
    yield;
  });
  const report = dump();
  assertEquals(report.deadlocks.filter((cycle) => cycle.includes("y-co0")), [
    ["y-co0", "y-co1", "y-co2"],
  ]);
  assertEquals(report.deadlocks.flat().includes("bystander"), false);
  assertEquals(rows("bystander").map((co) => co.heldBy), ["y-co0"]);
  free.enter();
});

Deno.test("dump() finds a deadlock whatever the order in which its members came", () => {
  const [a, b] = [new CoMutex("a"), new CoMutex("b")];
  const outside = begin("z1", function* () {
    yield* a.lock();
    yield;
    yield* b.lock();
  });
  kept.push(outside);
  kept.push(begin("z2", function* () {
    yield* b.lock();
    yield* a.lock();
  }));
  assertEquals(dump().deadlocks.flat().includes("z1"), false);
  outside.enter();
  assertEquals(dump().deadlocks.filter((cycle) => cycle.includes("z1")), [["z1", "z2"]]);
});

Deno.test("dump() does not list those who were told of an abandoned lock as waiting", () => {
  const m = new CoMutex("dead");
  const holder = begin("careless", function* () {
    yield* m.lock();
    yield;
  });
  begin("told", function* () {
    try {
      yield* m.lock();
    } catch {
      yield;
    }
  });
  codeOf(() => holder.enter());
  assertEquals(rows("careless", "told").map((co) => [co.name, co.waitingOn, co.heldBy]), [
    ["told", undefined, undefined],
  ]);
  cleanUp();
});

Deno.test("dump() lists 10,000 coroutines, each once, whoever of them has ended meanwhile", () => {
  const m = new CoMutex("many");
  const holder = startHolder(m, "many");
  const cos = Array.from({ length: 10_000 }, (_, i) =>
    start(`n${i}`, function* () {
      if (i % 2 === 0) yield;
      else {
        yield* m.lock();
        m.unlock();
      }
    }));
  const listed = () =>
    dump().coroutines.map(({ name }) => name).filter((name) => /^n\d+$/.test(name));
  assertEquals(listed().length, 10_000);
  assertEquals(dump().waitsFor.filter(({ to }) => to === "many").length, 5_000);
  for (let i = 0; i < 10_000; i += 4) cos[i]?.enter();
  const left = new Set(listed());
  assertEquals(left.size, 7_500);
  assert(cos.every((_, i) => left.has(`n${i}`) === (i % 4 !== 0)));
  assert(`${dump()}`.split("\n").length > 12_500);
  holder.enter();
  for (let i = 2; i < 10_000; i += 4) cos[i]?.enter();
  assertEquals(listed(), []);
});

Deno.test("dump() lists one that is cancelled as it runs once, and no more when it has ended", () => {
  const co = start("cancels itself", function* () {
    try {
      yield;
      Coroutine.self().cancel();
      yield;
    } finally {
      yield;
    }
  });
  const listed = () => dump().coroutines.filter(({ name }) => name === "cancels itself").length;
  assertEquals(listed(), 1);
  co.enter();
  assertEquals([co.status, listed()], ["suspended", 1]);
  co.enter();
  assertEquals([co.status, listed()], ["terminated", 0]);
});

Deno.test("a cell of 80 characters makes its column as wide, a longer one does not", () => {
  for (const [length, isAsWide] of [[80, true], [81, false]] as const) {
    const long = begin("n".repeat(length), function* () {
      yield;
    });
    const [head = ""] = `${dump()}`.split("\n");
    assertEquals(head.indexOf("status") === length + 2, isAsWide, head);
    long.enter();
  }
});
