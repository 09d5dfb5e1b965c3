import {
  AioContext,
  type Clock,
  type Co,
  Coroutine,
  CoroutineError,
  dump,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BoundedBuffer, produceAndConsume } from "../../examples/programs/bounded_buffer.ts";
import { makeCalls, RateLimiter } from "../../examples/programs/rate_limiter.ts";
import { morning, type Stock } from "../../examples/programs/readers_writers.ts";
import { serve } from "../../examples/programs/two_contexts.ts";
import { doAll, type Job, report } from "../../examples/programs/worker_pool.ts";
import { needing } from "../_needing.ts";

const HOUR = 3600e9;

/** Runs a coroutine function through an hour of its clock; nothing may be left waiting then. */
async function through<T>(
  fn: (clock: Clock, say: (line: string) => void) => Co<T>,
): Promise<{ result: T; lines: string[] }> {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const co = Coroutine.create(fn, clock, (line) => lines.push(line));
  co.enter();
  clock.advance(HOUR);
  assertNothingWaits(clock);
  return { result: await co.done, lines };
}

function assertNothingWaits(clock: VirtualClock): void {
  assertEquals(dump().coroutines, []);
  assertEquals(clock.alarms, 0);
}

// -------------------------------------------------------------------------------- bounded_buffer

Deno.test("each item is taken once, and those of one producer in their order", async () => {
  for (const size of [1, 2, 3, 100]) {
    for (const [p, q, x, y] of [[1, 2, 2, 3], [0, 0, 5, 5], [5, 5, 0, 0], [1, 1, 1, 1]] as const) {
      const work = { size, each: 5, producers: { p, q }, consumers: { x, y } };
      const { result, lines } = await through((clock, say) => produceAndConsume(work, clock, say));
      const taken = Object.values(result);
      assertEquals(
        taken.flat().toSorted(),
        ["p", "q"].flatMap((name) => [1, 2, 3, 4, 5].map((i) => `${name}${i}`)),
      );
      for (const items of taken) {
        for (const name of ["p", "q"]) {
          const own = items.filter((item) => item.startsWith(name));
          assertEquals(own, own.toSorted());
        }
      }
      const lengths = lines.flatMap((line) => line.match(/makes (\d+)$/)?.[1] ?? []).map(Number);
      assertEquals(lengths.length, 20);
      assert(lengths.every((length) => length >= 0 && length <= size), `${lengths} of ${size}`);
    }
  }
});

Deno.test("a producer that finds the buffer full waits until something is taken", async () => {
  const work = { size: 1, each: 3, producers: { p: 1 }, consumers: { x: 5 } };
  const { lines } = await through((clock, say) => produceAndConsume(work, clock, say));
  assertEquals(lines, [
    "1 s  p1 is put in, which makes 1",
    "1 s  x takes p1, which makes 0",
    "2 s  p2 is put in, which makes 1",
    "3 s  p3 must wait for room",
    "6 s  x takes p2, which makes 0",
    "6 s  p3 is put in, which makes 1",
    "11 s  x takes p3, which makes 0",
  ]);
});

Deno.test("consumers end where nothing is ever produced", async () => {
  const work = { size: 1, each: 1, producers: {}, consumers: { x: 1, y: 1, z: 1 } };
  const { result } = await through((clock, say) => produceAndConsume(work, clock, say));
  assertEquals(result, { x: [], y: [], z: [] });
});

Deno.test("a consumer that was told of an item, but finds it gone, waits for the next one", async () => {
  const buffer = new BoundedBuffer<string>(1);
  const slow = Coroutine.create(() => buffer.take());
  slow.enter();
  const fast = Coroutine.create(function* () {
    yield* buffer.put("first");
    const first = yield* buffer.take(); // before the other one has its turn
    yield;
    yield* buffer.put("second");
    return first;
  });
  fast.enter();
  assertEquals([slow.status, slow.waitingOn], ["suspended", 'CoQueue "not empty"']);
  fast.enter();
  assertEquals([await fast.done, await slow.done], ["first", "second"]);
});

Deno.test("a producer that was told of room, but finds it taken, waits for more", async () => {
  const buffer = new BoundedBuffer<string>(1);
  Coroutine.create(() => buffer.put("first")).enter();
  const slow = Coroutine.create(() => buffer.put("slow"));
  slow.enter();
  const fast = Coroutine.create(function* () {
    const first = yield* buffer.take();
    yield* buffer.put("fast"); // before the other one has its turn
    yield;
    return [first, yield* buffer.take()];
  });
  fast.enter();
  assertEquals([slow.waitingOn, buffer.length], ['CoQueue "not full"', 1]);
  fast.enter();
  assertEquals([await fast.done, slow.status, buffer.length], [["first", "fast"], "terminated", 1]);
});

Deno.test("a closed buffer gives out what is left, and then undefined, to all who wait", async () => {
  const buffer = new BoundedBuffer<number>(2);
  const takers = [1, 2, 3].map(() => Coroutine.create(() => buffer.take()));
  for (const co of takers) co.enter();
  Coroutine.create(function* () {
    yield* buffer.put(7);
    yield* buffer.close();
  }).enter();
  assertEquals(await Promise.all(takers.map(({ done }) => done)), [7, undefined, undefined]);
});

// ------------------------------------------------------------------------------- readers_writers

/** A morning with that much in stock: what was said, and what is there then. */
async function after(stock: Stock): Promise<{ lines: string[]; stock: Stock }> {
  const { lines } = await through((clock, say) => morning(stock, clock, say));
  return { lines: lines.map((line) => line.replace(/ +/g, " ").trim()), stock };
}

Deno.test("readers are in together, a writer is alone", async () => {
  const { lines } = await after({ apples: 2, pears: 0 });
  const inside = lines.map((line) => line.match(/inside: (.*);/)?.[1]?.split(", ") ?? []);
  assertEquals(inside.filter((who) => who.length > 1 && / writes/.test(`${who}`)), []);
  assert(inside.some((who) => `${who}` === "A reads,B reads"));
  assert(inside.some((who) => `${who}` === "C reads,K reads,L reads"));
});

Deno.test("a reader that comes after a writer does not overtake it", async () => {
  const { lines } = await after({ apples: 2, pears: 0 });
  const at = (what: string) => lines.findIndex((line) => line.includes(what));
  assert(at("B leaves") < at("S writes"));
  assert(at("S leaves") < at("C reads"));
  assertStringIncludes(lines[at("B leaves")] ?? "", "3 s B leaves inside: nobody; 2 wait");
});

Deno.test("who upgrades second looks again, and finds what the first one has written", async () => {
  const { lines, stock } = await after({ apples: 2, pears: 0 });
  assertEquals(stock, { apples: 10, pears: 5 });
  assertEquals(
    lines.slice(-13),
    [
      "5 s K wants to order apples inside: C reads, L reads; 0 wait",
      "6 s C leaves inside: L reads; 2 wait",
      "7 s L wants to order apples inside: nobody; 2 wait",
      "7 s K writes inside: K writes; 2 wait",
      "8 s K has ordered apples inside: K writes; 2 wait",
      "8 s K reads inside: K reads; 1 wait",
      "8 s D reads inside: K reads, D reads; 1 wait", // let in by the downgrade
      "9 s K leaves inside: D reads; 1 wait",
      "9 s D leaves inside: nobody; 1 wait",
      "9 s L writes inside: L writes; 0 wait",
      "9 s L finds enough apples inside: L writes; 0 wait",
      "9 s L reads inside: L reads; 0 wait",
      "10 s L leaves inside: nobody; 0 wait",
    ],
  );
});

Deno.test("nobody upgrades where there is enough", async () => {
  const { lines, stock } = await after({ apples: 3, pears: 0 });
  assertEquals(stock, { apples: 3, pears: 5 });
  assertEquals(lines.filter((line) => /order|finds/.test(line)), []);
});

// ---------------------------------------------------------------------------------- rate_limiter

/** Makes calls, so many a second: when each went through, in the order in which they were settled. */
async function calls(
  most: number,
  plan: readonly { came: number; patience: number }[],
): Promise<[name: string, went: number | null][]> {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(most, 1e9, clock);
  const co = Coroutine.create(makeCalls, limiter, clock, plan, () => {});
  co.enter();
  clock.advance(HOUR);
  assertEquals(limiter.waiters, 0);
  assertNothingWaits(clock);
  return (await co.done).map(({ name, went }) => [name, went]);
}

Deno.test("calls that come at once go through so many a second, in their order", async () => {
  const plan = Array.from({ length: 8 }, () => ({ came: 0, patience: 60 }));
  assertEquals(
    await calls(3, plan),
    [0, 0, 0, 1, 1, 1, 2, 2].map((went, i) => [`call ${i + 1}`, went]),
  );
});

Deno.test("no second, wherever it begins, has more calls than it may", async () => {
  const gaps = [0, 0.1, 0.9, 0.3, 0, 0, 1.7, 0.2, 0.2, 0.2, 0, 0.5, 0, 0, 0, 0, 3, 0.4];
  let came = 0;
  const plan = gaps.map((gap) => ({ came: came += gap, patience: 60 }));
  for (const most of [1, 2, 3, 5]) {
    const went = (await calls(most, plan)).map(([, at]) => Math.round((at ?? 0) * 1e6));
    assertEquals(went.length, gaps.length);
    for (const begin of went) {
      const within = went.filter((at) => at >= begin && at < begin + 1e6).length;
      assert(within <= most, `${within} calls of ${most} within a second from ${begin} µs`);
    }
  }
});

Deno.test("who gives up waiting takes no turn from those behind it", async () => {
  const plan = [0, 0, 0, 0].map((came, i) => ({ came, patience: i === 2 ? 0.5 : 60 }));
  assertEquals(await calls(1, plan), [
    ["call 1", 0],
    ["call 3", null],
    ["call 2", 1],
    ["call 4", 2],
  ]);
});

Deno.test("who has no patience at all goes through only if there is a turn to be had", async () => {
  const plan = [0, 0].map((came) => ({ came, patience: 0 }));
  assertEquals(await calls(1, plan), [["call 1", 0], ["call 2", null]]);
});

Deno.test("the limiter throws the time-out to whoever gives up", async () => {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(1, 1e9, clock);
  const co = Coroutine.create(function* () {
    yield* limiter.turn();
    yield* limiter.turn(1e6);
  });
  const failed = assertRejects(() => co.done, CoroutineError, "in vain");
  co.enter();
  clock.advance(1e6);
  assertEquals((await failed).code, "timeout");
});

Deno.test("calls that are cancelled have not given up: the cancellation reaches the caller", async () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const plan = [0, 0, 2].map((came) => ({ came, patience: 60 }));
  const limiter = new RateLimiter(1, 1e9, clock);
  const co = Coroutine.create(makeCalls, limiter, clock, plan, (line) => lines.push(line));
  co.enter();
  clock.advance(0.5e9);
  co.cancel("enough");
  await assertRejects(() => co.done, CoroutineError, "enough");
  assertEquals(lines, ["0.0 s  call 1 goes through, having waited 0.0 s"]);
  clock.advance(HOUR); // the permit that was taken comes back
  assertEquals(limiter.waiters, 0);
  assertNothingWaits(clock);
});

// ----------------------------------------------------------------------------------- worker_pool

const tea: Job = { name: "tea", seconds: 2 };
const eggs: Job = { name: "eggs", seconds: 3 };
const toast: Job = { name: "toast", seconds: 4 };

/** What the report says. */
async function reported(
  jobs: readonly Job[],
  prepare: (clock: VirtualClock) => AbortSignal | undefined = () => undefined,
): Promise<string[]> {
  const clock = new VirtualClock();
  const lines: string[] = [];
  await report(jobs, clock, (line) => lines.push(line), prepare(clock));
  assertNothingWaits(clock);
  return lines;
}

Deno.test("workers take one job after the other, until none is left", async () => {
  assertEquals(await reported([tea, eggs, toast]), [
    "0 s  tea begins",
    "0 s  eggs begins",
    "2 s  tea is done, and is cleaned up",
    "2 s  toast begins",
    "3 s  eggs is done, and is cleaned up",
    "6 s  toast is done, and is cleaned up",
    "all done: tea, eggs, toast",
  ]);
  for (const workers of [1, 2, 3, 9]) {
    const { result, lines } = await through((c, say) => doAll([tea, eggs, toast], workers, c, say));
    assertEquals(result.toSorted(), ["eggs", "tea", "toast"]);
    const begun = lines.filter((line) => /^0 s .* begins$/.test(line));
    assertEquals(begun.length, Math.min(workers, 3));
  }
});

Deno.test("the first failure cancels the others, and reaches the caller when they are cleaned up", async () => {
  assertEquals(await reported([tea, { ...eggs, fails: true }, toast]), [
    "0 s  tea begins",
    "0 s  eggs begins",
    "2 s  tea is done, and is cleaned up",
    "2 s  toast begins",
    "3 s  eggs fails, and is cleaned up",
    "3 s  toast is broken off, and is cleaned up",
    "failed: eggs cannot be done",
  ]);
});

Deno.test("no job begins after a failure", async () => {
  const lines = await reported([{ ...tea, fails: true }, eggs, toast]);
  assertEquals(lines.filter((line) => line.endsWith("begins")).length, 2);
  assertEquals(lines.at(-1), "failed: tea cannot be done");
});

Deno.test("a signal cancels all workers, and its reason reaches the caller", async () => {
  const controller = new AbortController();
  const lines = await reported([tea, eggs, toast], (clock) => {
    clock.after(1e9, () => controller.abort("enough"));
    return controller.signal;
  });
  assertEquals(lines, [
    "0 s  tea begins",
    "0 s  eggs begins",
    "1 s  tea is broken off, and is cleaned up",
    "1 s  eggs is broken off, and is cleaned up",
    "cancelled: enough",
  ]);
});

Deno.test("a signal that is aborted already, or after the end, is heard, or does nothing", async () => {
  const before = await reported([tea], () => AbortSignal.abort("never mind"));
  assertEquals(before.slice(1), [
    "0 s  tea is broken off, and is cleaned up",
    "cancelled: never mind",
  ]);
  const controller = new AbortController();
  const after = await reported([tea], (clock) => {
    clock.after(3e9, () => controller.abort("too late"));
    return controller.signal;
  });
  assertEquals(after.at(-1), "all done: tea");
});

Deno.test("the failure is the one that the job has thrown, for those who call by yield*", async () => {
  const clock = new VirtualClock();
  const caller = Coroutine.create(function* () {
    try {
      yield* doAll([{ ...tea, fails: true }, eggs], 2, clock, () => {});
    } catch (error) {
      yield* sleep(1, clock); // it is not cancelled itself
      return error;
    }
  });
  caller.enter();
  clock.advance(HOUR);
  assertEquals(`${await caller.done}`, "Error: tea cannot be done");
  assertNothingWaits(clock);
});

// ------------------------------------------------------------------------------------ all of them

/** A line of what each of them prints. */
const PRINTS: Record<string, string> = {
  bounded_buffer: "4 s  a4 must wait for room",
  parallel_checksum: "4 threads  02b30172",
  rate_limiter: "0.7 s  call 5 gives up, having waited 0.3 s",
  readers_writers: "9 s  L finds enough apples     inside: L writes; 0 wait",
  two_contexts: "disk: request 4 is carried out\nmain: request 4 is answered",
  worker_pool: "failed: eggs cannot be done",
};

/** What some of them must be allowed: a thread reads its module. */
const ALLOWED: Record<string, readonly string[]> = { parallel_checksum: ["--allow-read"] };

const PROGRAMS = new URL("../../examples/programs/", import.meta.url);
const test = needing("run", "read");

test("every program in examples/programs is run here", async () => {
  const names = (await Array.fromAsync(Deno.readDir(PROGRAMS))).map(({ name }) => name);
  assertEquals(names.toSorted(), Object.keys(PRINTS).map((name) => `${name}.ts`));
});

for (const [name, line] of Object.entries(PRINTS)) {
  const allowed = ALLOWED[name] ?? [];
  test(`${name}.ts runs with ${allowed[0] ?? "no permission"}, and prints what happens`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--quiet", ...allowed, `${name}.ts`],
      cwd: PROGRAMS,
      stdin: "null",
      env: { NO_COLOR: "1" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals([code, text(stderr)], [0, ""]);
    assertStringIncludes(`\n${text(stdout)}`, line);
  });
}

// --------------------------------------------------------------------------------- two_contexts

Deno.test("requests go to the disk and back, hold its table one at a time, and are answered in order", () => {
  const [home, disk] = [new AioContext("home"), new AioContext("disk")];
  const lines: string[] = [];
  const co = Coroutine.create(serve, 3, disk, (line) => lines.push(line));
  home.schedule(co);
  for (let i = 0; i < 20 && co.status !== "terminated"; i++) [home, disk][i % 2]?.poll();
  assertEquals(co.status, "terminated");
  for (const i of [1, 2, 3]) {
    assertEquals(lines.filter((line) => line.includes(`request ${i}`)), [
      `home: request ${i} has come`,
      `disk: request ${i} is carried out`,
      `home: request ${i} is answered`,
    ]);
  }
  assertEquals(lines.filter((line) => line.includes("flushed")), ["disk: the cache is flushed"]);
  const carriedOut = lines.filter((line) => line.includes("carried out"));
  assertEquals(carriedOut, carriedOut.toSorted());
  for (const context of [home, disk]) context.close();
});
