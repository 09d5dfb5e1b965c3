import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertNoDeadlock,
  type Co,
  CoMutex,
  Coroutine,
  CoRwLock,
  type DeadlockError,
  dump,
  TaskPool,
} from "@cofn/coroutine";
import { errorOf, outcomeOf } from "../_helpers.ts";

function* reads(lock: CoRwLock): Co {
  using _ = yield* lock.readLock();
  yield;
}

function* writes(lock: CoRwLock): Co {
  using _ = yield* lock.writeLock();
}

function started<A extends unknown[]>(
  name: string,
  body: (...args: A) => Co<unknown>,
  ...args: A
): Coroutine<unknown> {
  const co = Coroutine.named(name, body, ...args);
  co.enter();
  return co;
}

Deno.test("dump() says once who holds a lock that many wait for, and gives each edge to those who ask", () => {
  const lock = new CoRwLock("table");
  const [R, W] = [300, 200];
  const readers = Array.from({ length: R }, () => started("reader", reads, lock));
  for (let i = 0; i < W; i++) started("writer", writes, lock);
  const found = dump();
  const text = `${found}`;
  const few = "reader, reader#2, reader#3, reader#4, reader#5, reader#6, reader#7, reader#8";
  assertStringIncludes(
    text,
    `\nwriter      suspended  CoRwLock "table" (to write)  ${few} and 292 others\n`,
  );
  assertStringIncludes(text, '\n  writer -> CoRwLock "table" (to write) -> reader#300\n');
  assertStringIncludes(
    text,
    `\n  writer#200 -> CoRwLock "table" (to write) -> ${few} and 292 others (as writer)`,
  );
  assert(text.split("\n").length < 3 * (R + W));
  assertEquals(found.waitsFor.length, R * W);
  assertEquals(JSON.parse(JSON.stringify(found)).waitsFor.at(-1), {
    from: "writer#200",
    on: 'CoRwLock "table" (to write)',
    to: "reader#300",
  });
  assertEquals(found.coroutines.at(-1)?.heldBy?.split(", ").length, R);
  for (const co of readers) co.enter();
  assertEquals(dump().coroutines, []);
});

Deno.test("30,000 who write behind 30,000 who read are no deadlock, and are listed", () => {
  const lock = new CoRwLock("table");
  const N = 30_000;
  const readers = Array.from({ length: N }, () => started("reader", reads, lock));
  for (let i = 0; i < N; i++) started("writer", writes, lock);
  const found = dump();
  assertEquals([found.coroutines.length, found.deadlocks], [2 * N, []]);
  assert(`${found}`.length < 1000 * N);
  assertNoDeadlock();
  for (const co of readers) co.enter();
  assertEquals(lock.locked, false);
});

Deno.test("a circle of 30,000 is found, and told in full", () => {
  const N = 30_000;
  const locks = Array.from({ length: N }, (_, i) => new CoMutex(`${i}`));
  function* both(i: number): Co {
    yield* locks[i]!.lock();
    yield;
    yield* locks[(i + 1) % N]!.lock();
  }
  const all = locks.map((_, i) => started(`co ${i}`, both, i));
  for (const co of all) co.enter();
  const error = errorOf(() => assertNoDeadlock()) as DeadlockError;
  assertEquals(error.cycle.length, N);
  assertEquals(error.dump.deadlocks.length, 1);
  assertStringIncludes(
    error.message,
    `co 29999 holds CoMutex "29999" and waits for CoMutex "0", held by co 0`,
  );
  for (const co of all) {
    try {
      co.cancel();
    } catch {
      // It has ended holding its lock, and those behind it are told.
    }
  }
});

/** The same numbers each time. */
function dice(seed: number): (n: number) => number {
  return (n) => (seed = (seed * 48271) % 2147483647) % n;
}

Deno.test("dump() finds a circle where there is one, and none where there is none: beside a naive search", () => {
  let [with_, without] = [0, 0];
  for (let seed = 1; seed <= 300; seed++) {
    const random = dice(seed);
    const locks = Array.from({ length: 3 }, (_, i) => new CoRwLock(`${i}`));
    const all: Coroutine<unknown>[] = [];
    const takes = function* (
      own: CoRwLock | undefined,
      want: CoRwLock | undefined,
      as: number,
    ): Co {
      if (as < 2) own?.tryReadLock();
      else own?.tryWriteLock();
      yield;
      if (want !== undefined && want !== own) {
        yield* as % 2 === 0 ? want.readLock() : want.writeLock();
      }
      yield;
    };
    for (let i = 0; i < 8; i++) {
      all.push(started(`${i}`, takes, locks[random(4)], locks[random(3)], random(4)));
    }
    for (const co of all) co.enter();
    const { waitsFor, deadlocks } = dump();
    const next = (name: string) => waitsFor.filter(({ from }) => from === name).map(({ to }) => to);
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      next(from).some((one) =>
        one === to || (!seen.has(one) && (seen.add(one), reaches(one, to, seen)))
      );
    const inCircle = all.map(({ name }) => name).filter((name) => reaches(name, name));
    assertEquals(deadlocks.length > 0, inCircle.length > 0, `seed ${seed}`);
    for (const cycle of deadlocks) {
      cycle.forEach((name, i) => assert(next(name).includes(cycle[(i + 1) % cycle.length] ?? "")));
    }
    if (inCircle.length > 0) with_++;
    else without++;
    for (const co of all) {
      try {
        co.cancel();
      } catch {
        // It ends holding its lock.
      }
    }
  }
  assert(with_ > 20 && without > 20, `${with_} with, ${without} without`);
});

Deno.test("dump() tells of the first of many long circles, and how many there are besides", () => {
  const N = 2_000;
  const lock = new CoRwLock("table");
  const row = Array.from({ length: N + 1 }, (_, i) => new CoMutex(`m${i}`));
  // Each reads, and waits for the next one; the last one wants to write.
  const all = row.map((mutex, i) =>
    started(`c${i}`, function* () {
      if (i < N) yield* lock.readLock();
      yield* mutex.lock();
      yield;
      if (i < N) yield* row[i + 1]?.lock() ?? [];
      else yield* lock.writeLock();
    })
  );
  for (const co of all) co.enter();
  const found = dump();
  const names = found.deadlocks.reduce((sum, { length }) => sum + length, 0);
  assertEquals(found.deadlocks[0]?.length, N + 1);
  assert(names > 9_000 && names <= 10_000, `${names}`);
  assertStringIncludes(
    `${found}`,
    `\nand ${(N - found.deadlocks.length).toLocaleString("en")} deadlocks more`,
  );
  const error = errorOf(() => assertNoDeadlock()) as DeadlockError;
  assertEquals(error.cycle.length, N + 1);
  for (const co of all) outcomeOf(() => co.cancel());
});

Deno.test("dump() says for whom each waits who waits for all tasks of a pool, by those before it", () => {
  const N = 30;
  const pool = new TaskPool(N, "p");
  const all = Array.from({ length: N }, (_, i) =>
    started(`waits${i}`, function* () {
      yield* pool.start(function* task() {
        yield;
      });
      yield* pool.waitAll();
    }));
  const found = dump();
  const heldBy = (i: number) =>
    found.coroutines.find(({ name }) => name === `waits${i}`)?.heldBy?.split(", ").length;
  assertEquals(all.map((_, i) => heldBy(i)), all.map((_, i) => i + 1));
  assertEquals(found.waitsFor.length, N * (N + 1) / 2);
  assertNoDeadlock();
  pool.cancel();
  assertEquals(dump().coroutines, []);
});

Deno.test("a task of a pool that waits for somebody who waits for all is a circle, for whichever of them", () => {
  for (const holder of ["first", "second"]) {
    const pool = new TaskPool(10, "p");
    const mutex = new CoMutex("m");
    const waits = (name: string, task: () => Co) =>
      started(name, function* () {
        using _ = name === holder ? yield* mutex.lock() : null;
        yield;
        yield* pool.start(task);
        yield* pool.waitAll();
      });
    const first = waits("first", function* task() {
      yield* mutex.lock();
      mutex.unlock();
    });
    const second = waits("second", function* mine() {
      yield;
    });
    first.enter();
    second.enter();
    const [circle = [], ...others] = dump().deadlocks;
    // The second one waits for what the first one waits for, and for more.
    assertEquals(others, []);
    assertEquals(circle.toSorted(), [holder, "task"].toSorted());
    for (const co of [first, second]) outcomeOf(() => co.cancel());
    outcomeOf(() => pool.cancel());
    assertEquals(dump().coroutines, []);
  }
});
