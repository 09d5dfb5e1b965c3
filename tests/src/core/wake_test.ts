import { assert, assertEquals } from "@std/assert";
import { Coroutine } from "@cofn/coroutine";
import { start } from "../_helpers.ts";

const leader = Coroutine.self();

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
