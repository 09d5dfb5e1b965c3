import { assert, assertEquals, assertLess } from "@std/assert";
import { call, type Co, CoMutex, Coroutine, CoroutineError, until } from "@cofn/coroutine";
import { needing } from "../../_needing.ts";
import { misuseOf, start, startHolder } from "../_helpers.ts";

const leader = Coroutine.self();

/** Everything works: enters, wake-ups, calls, locks. */
async function assertAllIsWell(): Promise<void> {
  assert(Coroutine.self() === leader && !Coroutine.inCoroutine());
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const waiter = start("waiter", function* () {
    yield* m.lock();
    m.unlock();
    return yield* call(nested, 300);
  });
  holder.enter();
  assertEquals([await waiter.done, m.locked], [300, false]);
  let hops = 0;
  const chain = (left: number): Coroutine =>
    Coroutine.create(function* () {
      hops++;
      if (left > 1) chain(left - 1).wake();
    });
  chain(1000).enter();
  assertEquals(hops, 1000);
  const host = start("host", function* () {
    return yield* until(Promise.resolve(1));
  });
  assertEquals(await host.done, 1);
}

function* nested(n: number): Co<number> {
  return n === 0 ? 0 : 1 + (yield* call(nested, n - 1));
}

Deno.test("nesting enters past the stack is too-deep, thrown where it happens, and nothing else has changed", async () => {
  let deepest = 0;
  let error: CoroutineError | undefined;
  const cos: Coroutine[] = [];
  const dive = (n: number): Coroutine => {
    const co = Coroutine.named(`diver ${n}`, function* () {
      deepest = n;
      const below = dive(n + 1);
      try {
        below.enter();
      } catch (e) {
        if (!(e instanceof CoroutineError)) throw e;
        error = e;
        assertEquals([below.status, below.entered], ["created", false]);
        assert(Coroutine.self() === co);
      }
      yield;
    });
    cos.push(co);
    return co;
  };
  dive(1).enter();
  assertEquals(error?.code, "too-deep");
  assert(deepest > 500, `${deepest}`);
  assertEquals(
    error?.message,
    `Cannot enter coroutine "diver ${deepest + 1}": the stack ends here, after ${
      deepest - 1
    } nested enters and calls (wake coroutines instead of entering them, or return before going on)`,
  );
  assert(cos.slice(0, -1).every((co) => co.status === "suspended"));
  await assertAllIsWell();
  const last = cos.at(-1) as Coroutine;
  last.enter();
  assertEquals(last.status, "suspended");
  for (const co of cos.slice(0, -1)) co.enter();
  assert(cos.slice(0, -1).every((co) => co.status === "terminated"));
});

Deno.test("too-deep that nobody catches fails every coroutine on the way, and the locks are told", async () => {
  const locks: CoMutex[] = [];
  const cos: Coroutine[] = [];
  const dive = (n: number): Coroutine => {
    const m = new CoMutex(`${n}`);
    const co = Coroutine.named("diver", function* () {
      using _ = yield* m.lock();
      dive(n + 1).enter();
    });
    locks.push(m);
    cos.push(co);
    return co;
  };
  assertEquals(misuseOf(() => dive(1).enter()).code, "too-deep");
  assertEquals(cos.at(-1)?.status, "created");
  assert(cos.slice(0, -1).every((co) => co.status === "terminated" && co.locksHeld === 0));
  assert(locks.every((m) => !m.locked));
  await assertAllIsWell();
});

Deno.test("calls past the stack are too-deep, which each caller may catch", async () => {
  let deepest = 0;
  const down = function* (n: number): Co<string> {
    deepest = n;
    return yield* call(down, n + 1);
  };
  const co = start("co", function* () {
    try {
      yield* call(down, 1);
    } catch (error) {
      assertEquals((error as CoroutineError).code, "too-deep");
    }
    assertEquals(yield* call(nested, 100), 100);
    yield;
    return yield* call(nested, 100);
  });
  assert(deepest > 500, `${deepest}`);
  await assertAllIsWell();
  co.enter();
  assertEquals(await co.done, 100);
});

Deno.test("calls past the stack that nobody catches fail the coroutine by too-deep", async () => {
  const down = function* (): Co {
    yield* call(down);
  };
  const co = Coroutine.create(down);
  assertEquals(misuseOf(() => co.enter()).code, "too-deep");
  assertEquals(co.status, "terminated");
  await assertAllIsWell();
});

Deno.test("enters and calls may be mixed down to the end of the stack", async () => {
  let codes = 0;
  const down = function* (n: number): Co {
    try {
      if (n % 2 === 0) yield* call(down, n + 1);
      else Coroutine.create(down, n + 1).enter();
    } catch (error) {
      if (!(error instanceof CoroutineError && error.code === "too-deep")) throw error;
      codes++;
    }
  };
  Coroutine.create(down, 0).enter();
  assertEquals(codes, 1);
  await assertAllIsWell();
});

Deno.test("a body that recurses to the end of the stack by itself fails, and nothing else", async () => {
  const m = new CoMutex("m");
  const log: string[] = [];
  const recurse = (): number => 1 + recurse();
  const co = Coroutine.create(function* () {
    using _ = yield* m.lock();
    other.wake();
    recurse();
  });
  const other = Coroutine.create(function* () {
    log.push("other");
  });
  let error: unknown;
  try {
    co.enter();
  } catch (e) {
    error = e;
  }
  assert(error instanceof RangeError);
  assertEquals([co.status, m.locked, log], ["terminated", false, ["other"]]);
  await assertAllIsWell();
});

Deno.test("a nested body that recurses to the end of the stack fails alone, however deep it is", async () => {
  const recurse = (): number => 1 + recurse();
  for (const depth of [1, 10, 63, 64, 65, 200]) {
    const cos: Coroutine[] = [];
    const dive = (n: number): Coroutine => {
      const co = Coroutine.create(function* () {
        if (n === 0) recurse();
        try {
          dive(n - 1).enter();
        } catch (error) {
          assert(error instanceof RangeError);
          assert(Coroutine.self() === co);
        }
        yield;
      });
      cos.push(co);
      return co;
    };
    dive(depth).enter();
    assertEquals(cos.map((co) => co.status), [...Array(depth).fill("suspended"), "terminated"]);
  }
  await assertAllIsWell();
});

Deno.test("a lock that is handed over by one who then recurses to the end of the stack is not lost", async () => {
  const m = new CoMutex("m");
  const recurse = (): number => 1 + recurse();
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
    m.unlock();
    recurse();
  });
  const waiter = start("waiter", function* () {
    yield* m.lock();
    m.unlock();
  });
  let error: unknown;
  try {
    holder.enter();
  } catch (e) {
    error = e;
  }
  assert(error instanceof RangeError);
  assertEquals([holder.status, waiter.status, m.locked], ["terminated", "terminated", false]);
  await assertAllIsWell();
});

Deno.test("enters and calls that are over no longer count towards too-deep, however they ended", () => {
  const quick = function* (fails: boolean): Co {
    if (fails) throw "fails";
  };
  start("many", function* () {
    for (let i = 0; i < 20_000; i++) {
      try {
        if (i % 4 < 2) Coroutine.create(quick, i % 2 === 0).enter();
        else yield* call(quick, i % 2 === 0);
      } catch (error) {
        assertEquals(error, "fails");
      }
    }
  });
  let levels = 0;
  const down = function* (): Co {
    levels++;
    yield* call(down);
  };
  for (let i = 0; i < 20; i++) {
    levels = 0;
    const { code, message } = misuseOf(() => Coroutine.create(down).enter());
    assertEquals(code, "too-deep");
    assert(message.includes(`after ${levels - 1} nested enters and calls`), message);
    assert(Coroutine.self() === leader);
  }
});

needing("run", "read")(
  "1,000,000 coroutines that suspended once and were dropped leave the memory flat",
  async () => {
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-lock",
        "--no-check",
        "--v8-flags=--expose-gc",
        new URL("./_memory.ts", import.meta.url).pathname,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(success ? stdout : stderr);
    assert(success, text);
    const grown = JSON.parse(text) as Record<string, number>;
    // A hundred thousand of the least that may be left would be 24 MB; the host's table of those that are to be
    // seen to stays as large as it once was, which is 9 MB at times.
    for (const [what, bytes] of Object.entries(grown)) assertLess(bytes, 16e6, what);
  },
);
