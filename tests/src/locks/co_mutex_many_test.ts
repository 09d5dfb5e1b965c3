import { assert, assertEquals } from "@std/assert";
import { type Co, CoMutex, Coroutine, CoroutineError } from "@cofn/coroutine";
import { codeOf, misuseOf, start, startHolder } from "../_helpers.ts";

Deno.test("100,000 waiters get one lock in the order in which they came", () => {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  const got: number[] = [];
  function* job(i: number): Co {
    yield* m.lock();
    got.push(i);
    m.unlock();
  }
  for (let i = 0; i < 100_000; i++) Coroutine.create(job, i).enter();
  assertEquals(m.waiters, 100_000);
  holder.enter();
  assert(got.length === 100_000 && got.every((n, i) => n === i));
  assertEquals([m.locked, m.waiters], [false, 0]);
});

Deno.test("100,000 waiters are all told that their lock is abandoned", () => {
  const m = new CoMutex("m");
  const holder = start("holder", function* () {
    yield* m.lock();
    yield;
  });
  let told = 0;
  function* job(): Co {
    try {
      yield* m.lock();
    } catch {
      told++;
    }
  }
  for (let i = 0; i < 100_000; i++) Coroutine.create(job).enter();
  assertEquals(codeOf(() => holder.enter()), "locks-held");
  assertEquals([told, m.waiters], [100_000, 0]);
});

Deno.test("100,000 locks held by one coroutine are given back in any order", () => {
  const locks = Array.from({ length: 100_000 }, () => new CoMutex("m"));
  let seed = 1;
  const shuffled = [...locks];
  for (let i = shuffled.length - 1; i > 0; i--) {
    seed = (seed * 48271) % 2147483647;
    const j = seed % (i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j] as CoMutex, shuffled[i] as CoMutex];
  }
  const orders = [locks, locks.toReversed(), shuffled];
  const co = start("co", function* () {
    for (const order of orders) {
      for (const m of locks) yield* m.lock();
      yield;
      for (const m of order) m.unlock();
      assertEquals(Coroutine.self().locksHeld, 0);
    }
  });
  for (const _ of orders) {
    assertEquals(co.locksHeld, 100_000);
    co.enter();
  }
  assertEquals([co.status, locks.some((m) => m.locked)], ["terminated", false]);
});

Deno.test("locks-held names 100,000 locks", () => {
  const locks = Array.from({ length: 100_000 }, (_, i) => new CoMutex(`${i}`));
  const error = misuseOf(() =>
    start("co", function* () {
      for (const m of locks) yield* m.lock();
    })
  );
  assert(error instanceof CoroutineError);
  assertEquals(error.locks?.length, 100_000);
  assertEquals(error.locks?.[99_999], 'CoMutex "99999"');
});

Deno.test("after any mixture of locking, yielding and unlocking everybody has had every lock and all are free", () => {
  let seed = 3;
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  for (let round = 0; round < 30; round++) {
    const locks = [0, 1, 2].map((i) => new CoMutex(`${i}`));
    const inside = [0, 0, 0];
    const cos = Array.from({ length: 8 }, (_, id) =>
      Coroutine.named(`co${id}`, function* () {
        for (let k = 0; k < 20; k++) {
          const from = random(3);
          // In one order, so that there is no deadlock.
          for (let i = from; i < 3; i++) {
            yield* (locks[i] as CoMutex).lock();
            assertEquals(inside[i] = (inside[i] ?? 0) + 1, 1);
            if (random(2) === 0) yield;
          }
          const mine = [0, 1, 2].slice(from);
          while (mine.length > 0) {
            const [i] = mine.splice(random(mine.length), 1) as [number];
            inside[i] = (inside[i] ?? 0) - 1;
            locks[i]?.unlock();
            if (random(3) === 0) yield;
          }
        }
      }));
    let left = 100_000;
    while (cos.some((co) => co.status !== "terminated") && left-- > 0) {
      for (const co of cos) {
        if (co.status !== "terminated" && co.waitingOn === undefined) co.enter();
      }
    }
    assert(left > 0, "nobody waits for ever");
    assertEquals(locks.map((m) => [m.locked, m.waiters]), [[false, 0], [false, 0], [false, 0]]);
  }
});
