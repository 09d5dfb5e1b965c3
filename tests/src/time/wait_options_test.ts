import { assert, assertEquals } from "@std/assert";
import {
  type Alarm,
  CoMutex,
  CoQueue,
  Coroutine,
  type CoroutineError,
  VirtualClock,
  type WaitOptions,
} from "@cofn/coroutine";
import {
  codeIn,
  countedSignal,
  errorOf,
  outcomeIn,
  picture,
  start,
  startHolder,
} from "../_helpers.ts";

Deno.test("a wait that succeeds at once sets no alarm, and asks a signal only whether it is aborted", () => {
  const [m, clock, counted] = [new CoMutex("m"), new VirtualClock(), countedSignal()];
  const outcomes: unknown[] = [];
  start("co", function* () {
    for (const timeout of [0, 5]) {
      using _ = yield* m.lock({ timeout, clock, signal: counted.signal });
      outcomes.push([clock.alarms, counted.listeners.size]);
    }
    outcomes.push(yield* outcomeIn(() => m.lock({ signal: AbortSignal.abort("why") })));
  });
  assertEquals([outcomes, m.locked], [[[0, 0], [0, 0], "why"], false]);
});

Deno.test("a time-out says who has waited for what for how long, and its coroutine goes on", async () => {
  const [m, clock] = [new CoMutex("disk"), new VirtualClock()];
  startHolder(m);
  const co = start("reader", function* () {
    yield* m.lock({ timeout: 5, clock });
  });
  const error = errorOf(() => clock.advance(5)) as CoroutineError;
  assertEquals([error.code, error.coroutine === co], ["timeout", true]);
  assertEquals(
    error.message,
    'Coroutine "reader" has waited for CoMutex "disk" for 5 ns in vain',
  );
  assert(await co.done.catch((e: unknown) => e) === error);
});

Deno.test("a time-out by the host's clock comes from the host", async () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const co = start("co", () => outcomeIn(() => m.lock({ timeout: 1e6 })));
  assertEquals(co.status, "suspended");
  assertEquals(await co.done, "timeout");
  holder.enter();
});

Deno.test("one that was let go by its queue in time has its mutex again, however late", () => {
  const [m, queue, clock] = [new CoMutex("m"), new CoQueue("q"), new VirtualClock()];
  const log: unknown[] = [];
  const counted = countedSignal();
  start("co", function* () {
    using _ = yield* m.lock();
    log.push(
      yield* outcomeIn(() => queue.wait(m, { timeout: 5, clock, signal: counted.signal })),
      m.holder?.name,
    );
  });
  const holder = startHolder(m);
  queue.next();
  clock.advance(10);
  counted.abort();
  assertEquals([log, m.waiters, clock.alarms], [[], 1, 0]);
  holder.enter();
  assertEquals([log, m.locked], [["done", "co"], false]);
});

Deno.test("options that are wrong are refused before anything happens", async () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  await start("co", function* () {
    const before = picture([holder, Coroutine.self()], [m]);
    const refusals: [unknown, ErrorConstructor][] = [
      [{ timeout: -1 }, RangeError],
      [{ timeout: NaN }, RangeError],
      [{ timeout: "5" }, RangeError],
      [{ timeout: -1n }, RangeError],
      [{ signal: {} }, TypeError],
      [{ signal: null }, TypeError],
      [{ timeout: 5, clock: {} }, TypeError],
      [{ timeout: 5, clock: null }, TypeError],
      [null, TypeError],
      [5, TypeError],
    ];
    for (const [options, kind] of refusals) {
      assert(errorOf(() => m.lock(options as WaitOptions)) instanceof kind, `${options}`);
      assertEquals(picture([holder, Coroutine.self()], [m]), before);
    }
  }).done;
  holder.enter();
});

Deno.test("a clock of one's own may ring at once, ring twice, or fail", () => {
  const nothing: Alarm = { cancel() {} };
  const clocks = {
    timeout: (ring: () => void) => (ring(), nothing),
    "timeout ": (ring: () => void) => (ring(), ring(), nothing),
    broken: (): Alarm => {
      throw "broken";
    },
  };
  for (const [outcome, after] of Object.entries(clocks)) {
    const m = new CoMutex("m");
    const holder = startHolder(m);
    const log: unknown[] = [];
    const counted = countedSignal();
    const clock = { name: "own", now: 0, after: (_: number, ring: () => void) => after(ring) };
    start("co", function* () {
      log.push(yield* outcomeIn(() => m.lock({ timeout: 5, clock, signal: counted.signal })));
    });
    assertEquals([log, m.waiters, counted.listeners.size], [[outcome.trim()], 0, 0]);
    holder.enter();
  }
});

Deno.test("a signal aborted with any reason throws that very reason, outside and in coroutines", async () => {
  for (const reason of [null, 0, "text", Symbol("s"), new Error("e")]) {
    const queue = new CoQueue("q");
    const controller = new AbortController();
    const co = start("co", function* () {
      try {
        yield* queue.wait({ signal: controller.signal });
      } catch (error) {
        return { error: codeIn(error) };
      }
    });
    start("aborter", function* () {
      controller.abort(reason);
      assertEquals([co.status, queue.waiters], ["suspended", 0]);
    });
    assert((await co.done)?.error === reason);
  }
});
