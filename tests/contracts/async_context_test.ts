import { AsyncLocalStorage } from "node:async_hooks";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  all,
  call,
  type Co,
  CoMutex,
  Coroutine,
  CoroutineError,
  keepAsyncContext,
  race,
  scope,
  sleep,
  TaskPool,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { type Begin, givers } from "./_givers.ts";
import { start, turns } from "../src/_helpers.ts";

const user = new AsyncLocalStorage<string>();

/** What waits may throw here. */
const EXPECTED = ["timeout", "waiting"];

/** Calls with the context kept, or not. */
async function keeping<T>(f: () => T, on = true): Promise<Awaited<T>> {
  keepAsyncContext(on);
  try {
    return await f();
  } finally {
    keepAsyncContext(false);
  }
}

/** Whose context three find themselves in who wait twice each; those of others, and how many ended. */
async function play(begin: Begin): Promise<{ wrong: string[]; ended: number }> {
  const clock = new VirtualClock();
  const giver = await begin(clock);
  const wrong: string[] = [];
  const look = (name: string, where: string): void => {
    const found = user.getStore();
    if (found !== name) wrong.push(`${name} is ${found} ${where}`);
  };
  function* part(name: string): Co {
    for (let i = 0; i < 2; i++) {
      if (giver.before !== undefined) yield* giver.before();
      look(name, "before");
      try {
        yield* giver.wait();
      } catch (error) {
        look(name, "caught");
        if (!(error instanceof CoroutineError) || !EXPECTED.includes(error.code)) throw error;
      }
      look(name, "after");
      if (giver.after !== undefined) yield* giver.after();
      look(name, "at last");
    }
  }
  const parts = ["a", "b", "c"].map((name) =>
    user.run(name, () => Coroutine.named(name, part, name))
  );
  for (const co of parts) co.enter();
  for (let i = 0; i < 60 && parts.some(({ status }) => status !== "terminated"); i++) {
    await turns();
    user.run("pump", () => giver.pump?.());
    user.run("clock", () => clock.advance(1));
  }
  const ended = parts.filter(({ status }) => status === "terminated").length;
  await giver.end?.();
  return { wrong, ended };
}

for (const [name, begin] of Object.entries(givers)) {
  Deno.test(`a coroutine is in its own async context after ${name}`, async () => {
    assertEquals(await keeping(() => play(begin)), { wrong: [], ended: 3 });
  });
}

Deno.test("without keepAsyncContext() a coroutine goes on in the context of whoever wakes it", async () => {
  const { wrong } = await keeping(() => play(givers["CoMutex.lock"]!), false);
  assert(wrong.length > 0);
});

Deno.test("what a coroutine calls and starts inherits its async context", async () => {
  const clock = new VirtualClock();
  const seen: (string | undefined)[] = [];
  function* look(): Co {
    yield* sleep(1, clock);
    seen.push(user.getStore());
  }
  await keeping(() => {
    const co = user.run("alice", () =>
      Coroutine.create(function* () {
        const pool = new TaskPool(1);
        yield* call(look);
        yield* all([look, () => call(look)]);
        yield* race([look]);
        yield* scope((jobs) => (jobs.start(look), look()));
        yield* withTimeout(5, look, clock);
        yield* pool.start(look);
        yield* pool.waitAll();
        start("child", look);
      }));
    user.run("bob", () => co.enter());
    for (let i = 0; i < 9; i++) user.run("clock", () => clock.advance(1));
  });
  assertEquals(seen, Array(9).fill("alice"));
});

Deno.test("a coroutine keeps the async context that it enters, as an async function does", async () => {
  const clock = new VirtualClock();
  const seen: (string | undefined)[] = [];
  function* part(name: string): Co {
    yield* sleep(1, clock);
    user.enterWith(name);
    yield* sleep(1, clock);
    seen.push(user.getStore());
  }
  await keeping(() => {
    for (const name of ["a", "b"]) user.run("outside", () => start(name, () => part(name)));
    clock.advance(2);
  });
  assertEquals(seen, ["a", "b"]);
});

Deno.test("cancelled or failing, a coroutine cleans up in its own async context", async () => {
  const seen: (string | undefined)[] = [];
  const m = new CoMutex();
  await keeping(() => {
    const parts = ["a", "b"].map((name) =>
      user.run(name, () =>
        Coroutine.create(function* () {
          try {
            yield* m.lock();
            yield;
            m.unlock();
          } finally {
            seen.push(user.getStore());
          }
        }))
    );
    for (const co of parts) co.enter();
    user.run("outside", () => parts[1]!.cancel());
    user.run("outside", () => parts[0]!.enter());
  });
  assertEquals(seen, ["b", "a"]);
});

Deno.test("where the host has no node:async_hooks, keepAsyncContext() is unsupported", () => {
  const { process } = globalThis;
  const hidden = { ...process, getBuiltinModule: undefined };
  Object.defineProperty(globalThis, "process", {
    value: hidden,
    configurable: true,
    writable: true,
  });
  try {
    const error = assertThrows(() => keepAsyncContext(), CoroutineError);
    assertEquals(error.code, "unsupported");
  } finally {
    Object.defineProperty(globalThis, "process", {
      value: process,
      configurable: true,
      writable: true,
    });
  }
});
