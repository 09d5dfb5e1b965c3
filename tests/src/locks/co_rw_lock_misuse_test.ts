import { assert, assertEquals } from "@std/assert";
import { Coroutine, CoRwLock } from "@cofn/coroutine";
import { codeOf, misuseOf, outcomeIn, picture, start } from "../_helpers.ts";

const leader = Coroutine.self();

/** A lock with a holder and some who wait, all that can be seen of them, and how they end. */
function stage(kind: "readLock" | "writeLock" | "free") {
  const lock = new CoRwLock("lock");
  const holder = start("holder", function* () {
    if (kind === "free") return;
    using _ = yield* lock[kind]();
    yield;
  });
  const waiters = (["writeLock", "readLock", "readLock"] as const).map((to) =>
    start(to, function* () {
      using _ = yield* lock[to]();
    })
  );
  const all = () => [
    picture([holder, ...waiters, Coroutine.self()]),
    [lock.locked, lock.readers, lock.writer?.name, lock.waiters],
  ];
  const end = () => {
    if (kind !== "free") holder.enter();
    assert([holder, ...waiters].every((co) => co.status === "terminated"));
    assertEquals([lock.locked, lock.waiters], [false, 0]);
  };
  return { lock, holder, all, end };
}

Deno.test("outside coroutines all of a CoRwLock is not-in-coroutine and changes nothing", () => {
  for (const kind of ["readLock", "writeLock", "free"] as const) {
    const { lock, all, end } = stage(kind);
    const before = all();
    for (const verb of ["readLock", "writeLock", "upgrade"] as const) {
      assertEquals(codeOf(() => lock[verb]()), "not-in-coroutine");
      assertEquals(codeOf(() => lock[verb]({ timeout: 5 })), "not-in-coroutine");
    }
    for (const verb of ["tryReadLock", "tryWriteLock"] as const) {
      assertEquals(codeOf(() => lock[verb]()), "not-in-coroutine");
    }
    for (const verb of ["unlock", "downgrade"] as const) {
      assertEquals(codeOf(() => lock[verb]()), "not-in-coroutine");
    }
    lock[Symbol.dispose]();
    assertEquals([all(), Coroutine.self() === leader], [before, true]);
    end();
  }
});

Deno.test("what nobody holds cannot be given back, upgraded or downgraded: not-locked", () => {
  const { lock, all } = stage("free");
  start("co", function* () {
    const before = all();
    assertEquals(codeOf(() => lock.unlock()), "not-locked");
    assertEquals(codeOf(() => lock.downgrade()), "not-locked");
    assertEquals(yield* outcomeIn(() => lock.upgrade()), "not-locked");
    lock[Symbol.dispose]();
    assertEquals(all(), before);
  });
  assertEquals(lock.locked, false);
});

Deno.test("what another one holds cannot be given back, upgraded or downgraded: not-holder", () => {
  for (const kind of ["readLock", "writeLock"] as const) {
    const { lock, all, end } = stage(kind);
    start("co", function* () {
      const before = all();
      assertEquals(codeOf(() => lock.unlock()), "not-holder");
      assertEquals(codeOf(() => lock.downgrade()), "not-holder");
      assertEquals(yield* outcomeIn(() => lock.upgrade()), "not-holder");
      assertEquals(yield* outcomeIn(() => lock.upgrade({ timeout: 5 })), "not-holder");
      lock[Symbol.dispose]();
      assertEquals(all(), before);
    });
    end();
  }
});

Deno.test("a reader or the writer that locks again, in whichever way, is refused: relock", async () => {
  for (const kind of ["readLock", "writeLock"] as const) {
    const lock = new CoRwLock("lock");
    const waiting: Coroutine[] = [];
    const all = () => [picture([...waiting, Coroutine.self()]), lock.readers, lock.waiters];
    const co = start("co", function* () {
      using _ = yield* lock[kind]();
      for (let waiters = 0; waiters < 2; waiters++) {
        const before = all();
        for (const again of ["readLock", "writeLock"] as const) {
          assertEquals(yield* outcomeIn(() => lock[again]()), "relock");
          assertEquals(yield* outcomeIn(() => lock[again]({ timeout: 5 })), "relock");
        }
        assertEquals([lock.tryReadLock(), lock.tryWriteLock()], [false, false]);
        if (kind === "writeLock") {
          assertEquals(yield* outcomeIn(() => lock.upgrade()), "relock");
        } else assertEquals(codeOf(() => lock.downgrade()), "not-holder");
        assertEquals(all(), before);
        waiting.push(start("waiting", function* () {
          using _ = yield* lock.writeLock();
        }));
      }
    });
    await co.done;
    assertEquals([lock.locked, ...waiting.map(({ status }) => status)], [
      false,
      "terminated",
      "terminated",
    ]);
  }
});

Deno.test("a reader cannot upgrade an abandoned lock, whether it is so before or while it waits", () => {
  for (const before of [true, false]) {
    const lock = new CoRwLock("lock");
    const log: unknown[] = [];
    const dead = start("dead", function* () {
      yield* lock.readLock();
      yield;
    });
    const reader = start("reader", function* () {
      using _ = yield* lock.readLock();
      if (before) yield;
      log.push(yield* outcomeIn(() => lock.upgrade()));
    });
    assertEquals([codeOf(() => dead.enter()), lock.waiters], ["locks-held", 0]);
    if (before) reader.enter();
    assertEquals([log, reader.status], [["abandoned"], "terminated"]);
  }
});

Deno.test("the sentences of a CoRwLock say what is wrong and who did it", () => {
  const lock = new CoRwLock("table");
  assertEquals(
    misuseOf(() => lock.readLock()).message,
    'Cannot lock CoRwLock "table": no coroutine runs here',
  );
  start("me", function* () {
    assertEquals(
      misuseOf(() => lock.unlock()).message,
      'Cannot unlock CoRwLock "table": nobody holds it',
    );
    using _ = yield* lock.readLock();
    assertEquals(
      misuseOf(() => lock.downgrade()).message,
      'Cannot downgrade CoRwLock "table": coroutine "me" holds it for reading',
    );
    start("you", function* () {
      const error = misuseOf(() => lock.unlock());
      assertEquals(
        error.message,
        'Cannot unlock CoRwLock "table": coroutine "you" does not hold it',
      );
      assertEquals(error.coroutine?.name, "you");
    });
  });
});

Deno.test("10,000 readers and writers in a queue go in order, the readers together", () => {
  const lock = new CoRwLock("lock");
  const log: number[] = [];
  let [now, most] = [0, 0];
  const holder = start("holder", function* () {
    using _ = yield* lock.writeLock();
    yield;
  });
  const cos = Array.from({ length: 10_000 }, (_, i) =>
    start(`${i}`, function* () {
      using _ = yield* i % 10 === 0 ? lock.writeLock() : lock.readLock();
      log.push(i);
      most = Math.max(most, ++now);
      if (i % 10 === 0) assertEquals(now, 1);
      yield;
      now--;
    }));
  holder.enter();
  for (const co of cos) co.enter();
  assertEquals([most, now, lock.locked, log.length], [9, 0, false, 10_000]);
  assert(log.every((n, i) => n === i));
});
