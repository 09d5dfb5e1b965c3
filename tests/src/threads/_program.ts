/**
 * Programs with threads that nobody joins: what they print says whether they have ended too early. Which
 * one is the argument.
 *
 * @module
 */
import process from "node:process";
import { type Co, type CoHandle, Coroutine, handleOf, IOThread, schedule } from "../../../mod.ts";
import { ask } from "./_ask.ts";
import type * as module from "./_program_module.ts";

const spawn = (): Promise<IOThread<typeof module>> =>
  IOThread.spawn<typeof module>(new URL("./_program_module.ts", import.meta.url));

/** A word that a thread sets. */
const words = (): Int32Array => new Int32Array(new SharedArrayBuffer(4));

/** Has something to do until it is set. */
async function seen(word: Int32Array): Promise<void> {
  while (Atomics.load(word, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** One that waits to be woken. */
function waiter(): Coroutine {
  const co = Coroutine.create(function* (): Co {
    yield;
  });
  co.enter();
  return co;
}

/** One that says when it was woken. */
function sleeper(): CoHandle {
  const co = waiter();
  // deno-lint-ignore no-console -- what the test looks at
  void co.done.then(() => console.log("woken"));
  return handleOf(co);
}

const programs: Record<string, () => Promise<unknown>> = {
  async unheard() {
    const { signal } = new AbortController();
    signal.addEventListener = () => {
      throw new Error("not here");
    };
    const url = new URL("./_program_module.ts", import.meta.url);
    const error = await IOThread.spawn(url, { signal }).then(() => "spawned", String);
    if (error !== "Error: not here") throw new Error(error);
  },
  async idle() {
    const [thread, other] = await Promise.all([spawn(), spawn()]);
    await ask(() => thread.call("nothing"));
    await other.join();
  },
  async sleep() {
    const thread = await spawn();
    await ask(() => thread.call("wakeBySleep", sleeper(), 400));
  },
  async host() {
    const thread = await spawn();
    await ask(() => thread.call("wakeByHost", sleeper(), 400));
  },
  async work() {
    const thread = await spawn();
    await ask(() => thread.call("wakeByWork", sleeper(), 400));
  },
  // deno-lint-ignore require-await -- as the others
  async oneself() {
    const co = Coroutine.create(function* (): Co {
      yield;
      // The host sees nothing that is under way, but for the timer.
      setTimeout(() => schedule(handle), 5);
      yield;
    });
    const handle = handleOf(co);
    co.enter();
    // deno-lint-ignore no-console -- what the test looks at
    void co.done.then(() => console.log("woken"));
    schedule(handle);
  },
  async relay() {
    const [first, second] = await Promise.all([spawn(), spawn()]);
    const last = await ask(() => second.call("relay", sleeper(), 200));
    await ask(() => first.call("wakeBySleep", last, 400));
  },
  async timer() {
    const [thread, begun] = [await spawn(), words()];
    await ask(() => thread.call("wakeByTimer", sleeper(), 300, 300, begun));
    // The program has something to do itself until the timer has begun that.
    await seen(begun);
  },
  async killed() {
    const [thread] = await Promise.all([spawn(), spawn()]);
    await ask(() => thread.call("wakeBySleep", sleeper(), 400));
    await thread.terminate();
  },
  async again() {
    const [thread, first] = [await spawn(), waiter()];
    const [one, two] = [words(), words()];
    await ask(() => thread.call("wakeByTimer", handleOf(first), 300, 300, one));
    // So it is about to end when the first one is under way, and again when the second one is.
    void seen(one);
    void first.done.then(async () => {
      await ask(() => thread.call("wakeByTimer", sleeper(), 1, 300, two));
      await seen(two);
    });
  },
  async farewell() {
    const thread = await spawn();
    const relay = await ask(() => thread.call("relay", sleeper(), 200));
    process.once("beforeExit", () => setTimeout(() => schedule(relay), 100));
  },
  async stuck() {
    await spawn();
    sleeper();
  },
};

await programs[Deno.args[0] ?? ""]?.();
// deno-lint-ignore no-console -- what the test looks at
console.log("begun");
