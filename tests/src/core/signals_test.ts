import { assertEquals, assertThrows } from "@std/assert";
import { AioContext, type Co, CoMutex, Coroutine, CoSemaphore, trace } from "@cofn/coroutine";
import { codeIn, countedSignal, start, startHolder, uncaughtIn, yieldOnce } from "../_helpers.ts";

const N = 10_000;

Deno.test("however many wait with one signal, or follow it, it has one listener; and none when nobody does", () => {
  const m = new CoMutex();
  const s = new CoSemaphore(1);
  s.tryAcquire();
  startHolder(m);
  const { signal, listeners, abort } = countedSignal();
  const told: unknown[] = [];
  function* wait(i: number): Co {
    try {
      yield* i % 2 === 0 ? m.lock({ signal }) : s.acquire(1, { signal });
    } catch (error) {
      told.push(codeIn(error));
    }
  }
  const all = Array.from({ length: N }, (_, i) => Coroutine.create(wait, i));
  for (const co of all) co.enter();
  assertEquals([listeners.size, m.waiters, s.waiters], [1, N / 2, N / 2]);
  for (const co of all.splice(0, N - 2).reverse()) co.cancel();
  assertEquals([listeners.size, m.waiters, s.waiters], [1, 1, 1]);
  for (const co of all) co.cancel();
  assertEquals([listeners.size, m.waiters, s.waiters], [0, 0, 0]);
  assertEquals(told.splice(0), Array(N).fill("cancelled"));

  for (let i = 0; i < N; i++) Coroutine.create(wait, i).enter();
  const followers = Array.from({ length: N }, () => start("follower", yieldOnce));
  for (const co of followers) co.cancelOn(signal);
  assertEquals(listeners.size, 1);
  abort("enough");
  assertEquals([told, m.waiters, s.waiters], [Array(N).fill("enough"), 0, 0]);
  assertEquals(followers.every(({ status }) => status === "terminated"), true);
});

Deno.test("those who listen to a signal are told in the order in which they came", () => {
  const { signal, abort } = countedSignal();
  const m = new CoMutex();
  const holder = startHolder(m);
  const log: unknown[] = [];
  function* wait(i: number): Co {
    try {
      if (i % 2 === 0) yield* m.lock({ signal });
      else yield;
    } catch {
      log.push(i);
    }
  }
  for (let i = 0; i < 6; i++) {
    const co = Coroutine.create(wait, i);
    co.enter();
    if (i % 2 === 1) co.cancelOn(signal);
  }
  abort();
  holder.enter();
  assertEquals(log, [0, 1, 2, 3, 4, 5]);
});

Deno.test("one that is told of a signal may let others leave it: those are not told, and all others are", () => {
  const { signal, abort } = countedSignal();
  const log: unknown[] = [];
  const all: Coroutine[] = [];
  for (let i = 0; i < 5; i++) {
    const co = start(`${i}`, function* () {
      try {
        yield;
      } catch (error) {
        log.push([i, (error as Error).cause]);
        // The one after the next ends before it is told.
        all[i + 2]?.cancel("told by another one");
      }
    });
    all.push(co);
    co.cancelOn(signal);
  }
  abort("aborted");
  assertEquals(log, [
    [0, "aborted"],
    [2, "told by another one"],
    [4, "told by another one"],
    [1, "aborted"],
    [3, "told by another one"],
  ]);
});

Deno.test("what one fails with that is told of a signal is uncaught, and keeps nobody else from being told", async () => {
  const { signal, abort } = countedSignal();
  const all = ["a", "b", "c"].map((name) => {
    const co = start(name, function* () {
      try {
        yield;
      } catch {
        throw name;
      }
    });
    co.cancelOn(signal);
    return co;
  });
  assertEquals(await uncaughtIn(() => abort()), ["a", "b", "c"]);
  assertEquals(all.map(({ status }) => status), Array(3).fill("terminated"));
});

Deno.test("a signal that is aborted while a wait begins, by whoever is told of it, ends that wait", () => {
  const m = new CoMutex();
  startHolder(m);
  const { signal, abort, listeners } = countedSignal();
  const told: unknown[] = [];
  const co = Coroutine.create(function* () {
    try {
      yield* m.lock({ signal });
    } catch (error) {
      told.push(error);
    }
  });
  {
    using _ = trace(({ type }) => {
      if (type === "wait") abort("meanwhile");
    });
    co.enter();
  }
  assertEquals([told, co.status, m.waiters, listeners.size], [
    ["meanwhile"],
    "terminated",
    0,
    0,
  ]);
});

Deno.test("contexts that run with one signal all end when it is aborted, and it has one listener", async () => {
  const { signal, listeners, abort } = countedSignal();
  const runs = Array.from({ length: 100 }, () => {
    const context = new AioContext();
    context.setHandler({ ready: false, watch: () => () => {} }, () => {});
    return context.run({ signal });
  });
  assertEquals(listeners.size, 1);
  abort();
  await Promise.all(runs);
  const early = AioContext.prototype.run.call(new AioContext(), { signal });
  await early;
  assertEquals(signal.aborted, true);
});

Deno.test("a context does not run with what is no signal", async () => {
  const context = new AioContext("c");
  const error = await context.run({ signal: {} as AbortSignal }).catch((thrown) => thrown);
  assertThrows(
    () => {
      throw error;
    },
    TypeError,
    'Cannot run AioContext "c": expected signal to be an AbortSignal, got an object',
  );
});

Deno.test("one that follows another signal meanwhile is not cancelled by the one that it has left", () => {
  const [first, second] = [countedSignal(), countedSignal()];
  const b = start("b", yieldOnce);
  const a = start("a", function* () {
    try {
      yield;
    } finally {
      b.cancelOn(second.signal);
    }
  });
  for (const co of [a, b]) co.cancelOn(first.signal);
  first.abort();
  assertEquals([a.status, b.status], ["terminated", "suspended"]);
  second.abort();
  assertEquals(b.status, "terminated");
});

Deno.test("a signal that cannot be left disturbs nobody who leaves it, or is told of it", async () => {
  const [m, log] = [new CoMutex(), [] as unknown[]];
  const holder = startHolder(m);
  const told = await uncaughtIn(() => {
    for (const how of ["cancelled", "why"]) {
      const controller = new AbortController();
      const { signal } = controller;
      signal.removeEventListener = () => {
        throw "broken";
      };
      const follower = start("follower", yieldOnce);
      follower.cancelOn(signal);
      const co = start("co", function* () {
        try {
          yield* m.lock({ signal });
        } catch (error) {
          log.push(codeIn(error));
        }
      });
      if (how === "why") controller.abort("why");
      co.cancel();
      follower.cancel();
      log.push(co.status, follower.status, m.waiters);
    }
  });
  assertEquals(log, [
    "cancelled",
    "terminated",
    "terminated",
    0,
    "why",
    "terminated",
    "terminated",
    0,
  ]);
  assertEquals(told, ["broken", "broken"]);
  holder.enter();
});

Deno.test("the event of a signal that is not aborted ends no wait, and cancels nobody", () => {
  const [m, controller] = [new CoMutex(), new AbortController()];
  const { signal } = controller;
  const holder = startHolder(m);
  const follower = start("follower", yieldOnce);
  follower.cancelOn(signal);
  const log: unknown[] = [];
  const co = start("co", function* () {
    try {
      yield* m.lock({ signal });
    } catch (error) {
      log.push(error);
    }
  });
  signal.dispatchEvent(new Event("abort"));
  assertEquals([co.status, follower.status, log], ["suspended", "suspended", []]);
  controller.abort("why");
  assertEquals([co.status, follower.status, log], ["terminated", "terminated", ["why"]]);
  holder.enter();
});

Deno.test("a signal that does not say any more whether it is aborted is taken for one that is", () => {
  const [m, controller] = [new CoMutex(), new AbortController()];
  const { signal } = controller;
  let listening = false;
  Object.defineProperty(signal, "aborted", {
    get() {
      if (listening) throw "broken";
      return false;
    },
  });
  signal.addEventListener = () => listening = true;
  const holder = startHolder(m);
  const log: unknown[] = [];
  const co = start("co", function* () {
    try {
      yield* m.lock({ signal });
    } catch (error) {
      log.push(error);
    }
  });
  assertEquals([listening, co.status, log, m.waiters], [true, "terminated", ["broken"], 0]);
  holder.enter();
});

Deno.test("a signal whose reason cannot be read is aborted for that", async () => {
  const [m, log] = [new CoMutex(), [] as unknown[]];
  const holder = startHolder(m);
  const controller = new AbortController();
  const { signal } = controller;
  Object.defineProperty(signal, "reason", {
    get() {
      throw "broken";
    },
  });
  const follower = start("follower", yieldOnce);
  follower.cancelOn(signal);
  start("co", function* () {
    try {
      yield* m.lock({ signal });
    } catch (error) {
      log.push(error);
    }
  });
  assertEquals(await uncaughtIn(() => controller.abort()), []);
  assertEquals([log, follower.status, m.waiters], [["broken"], "terminated", 0]);
  holder.enter();
});

Deno.test("a signal that is aborted while somebody begins to listen ends that wait, whether it tells or not", () => {
  for (const first of ["adds", "aborts"]) {
    const [m, log] = [new CoMutex(), [] as unknown[]];
    const holder = startHolder(m);
    const controller = new AbortController();
    const { signal } = controller;
    const add = signal.addEventListener;
    signal.addEventListener = (...given: unknown[]) => {
      if (first === "aborts") controller.abort("why");
      Reflect.apply(add, signal, given);
      if (first === "adds") controller.abort("why");
    };
    const co = start("co", function* () {
      try {
        yield* m.lock({ signal });
      } catch (error) {
        log.push(error);
      }
    });
    assertEquals([log, co.status, m.waiters], [["why"], "terminated", 0], first);
    holder.enter();
  }
});
