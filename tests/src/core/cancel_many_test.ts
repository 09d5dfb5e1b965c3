import { assertEquals } from "@std/assert";
import {
  all,
  call,
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  CoRwLock,
  CoSemaphore,
  sleep,
  VirtualClock,
  withTimeout,
} from "@cofn/coroutine";
import { codeIn, outcomeIn, outcomeOf, start } from "../_helpers.ts";

/** The same numbers each time. */
function dice(seed: number): (n: number) => number {
  return (n) => (seed = (seed * 48271) % 2147483647) % n;
}

/** Some locks, and a body that waits for them in every way there is. */
function stage(random: (n: number) => number) {
  const clock = new VirtualClock();
  const [m, rw, sem, queue] = [new CoMutex(), new CoRwLock(), new CoSemaphore(5), new CoQueue()];
  let [begun, ended] = [0, 0];
  const moves: (() => Co)[] = [
    function* () {
      using _ = yield* m.lock();
      yield* random(2) === 0 ? queue.wait(m, { timeout: 50, clock }) : sleep(1, clock);
    },
    function* () {
      using _ = yield* sem.acquire(1 + random(5));
      yield;
    },
    function* () {
      using _ = yield* rw.readLock();
      yield* random(2) === 0 ? rw.upgrade({ timeout: 7, clock }) : sleep(2, clock);
    },
    function* () {
      using lock = yield* rw.writeLock({ timeout: random(100), clock });
      yield* sleep(3, clock);
      lock.downgrade();
      yield* sleep(3, clock);
    },
    function* () {
      yield* queue.wait({ front: random(2) === 0 });
    },
    function* () {
      yield* all([0, 1].map(() => moves[random(5)] ?? job));
    },
    function* () {
      yield* withTimeout(1 + random(30), moves[random(5)] ?? job, { clock });
    },
  ];
  function* job(rounds = 4): Co {
    begun++;
    try {
      for (let i = 0; i < rounds; i++) {
        try {
          yield* call(moves[random(moves.length)] ?? job);
        } catch (error) {
          if (codeIn(error) === "cancelled" || Coroutine.self().signal.aborted) return;
        }
      }
    } finally {
      try {
        if (random(3) === 0) yield* sleep(random(5), clock);
      } finally {
        ended++;
      }
    }
  }
  const check = (): void => {
    assertEquals([m.locked, m.waiters, rw.locked, rw.waiters], [false, 0, false, 0]);
    assertEquals([sem.available, sem.waiters, queue.waiters, clock.alarms], [5, 0, 0, 0]);
    assertEquals(ended, begun);
  };
  return { clock, queue, job, check };
}

Deno.test("10,000 in a tangle of locks are cancelled in any order, and all is free then", () => {
  const random = dice(11);
  const { clock, queue, job, check } = stage(random);
  const cos = Array.from({ length: 10_000 }, (_, i) => start(`${i}`, job));
  const keys = new Map(cos.map((co) => [co, random(1e9)]));
  cos.sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
  for (const co of cos) {
    if (random(4) === 0) queue.next();
    if (random(20) === 0) clock.advance(1);
    co.cancel();
  }
  clock.advance(1000);
  assertEquals(cos.filter((co) => co.status !== "terminated").length, 0);
  check();
});

Deno.test("whatever one of a few does, it may be cancelled at every point: from outside, inside, or twice", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = dice(seed);
    const { clock, queue, job, check } = stage(random);
    const cos = Array.from({ length: 6 }, (_, i) => start(`${i}`, job));
    for (let step = 0; cos.some((co) => co.status !== "terminated"); step++) {
      const co = cos[random(cos.length)];
      const cancel = () => {
        if (random(6) === 0 || step > 60) co?.cancel(step);
        if (random(9) === 0) co?.cancel(step);
      };
      if (random(2) === 0) cancel();
      else {start("canceller", function* () {
          if (co?.status === "suspended" && co.waitingOn === undefined && random(2) === 0) {
            outcomeOf(() => co.wake());
          }
          cancel();
          yield* sleep(random(3), clock);
          cancel();
        });}
      if (random(2) === 0) queue.next();
      if (random(8) === 0) queue.restartAll();
      clock.advance(random(4));
      if (co?.status === "suspended" && co.waitingOn === undefined) co.enter();
    }
    clock.advance(1000);
    check();
  }
});

Deno.test("10,000 who wait for one lock are cancelled by its holder, and none gets it", () => {
  const m = new CoMutex("m");
  const outcomes: unknown[] = [];
  const waiters: Coroutine[] = [];
  const holder = start("holder", function* () {
    using _ = yield* m.lock();
    yield;
    for (const waiter of waiters) waiter.cancel();
  });
  for (let i = 0; i < 10_000; i++) {
    waiters.push(start(`${i}`, function* () {
      outcomes.push(yield* outcomeIn(() => m.lock()));
    }));
  }
  holder.enter();
  assertEquals([m.locked, m.waiters], [false, 0]);
  assertEquals(outcomes, Array(10_000).fill("cancelled"));
});

Deno.test("10,000 nested calls are unwound by one cancellation, innermost first", () => {
  const unwound: number[] = [];
  const frames = Array.from({ length: 10_000 }, (_, i) => i);
  const co = Coroutine.create(descend);
  function* descend(): Co {
    yield;
    const n = frames.pop();
    if (n === undefined) return;
    try {
      yield* call(descend);
    } finally {
      unwound.push(n);
    }
  }
  while (frames.length > 0 || co.status === "created") co.enter();
  co.cancel();
  assertEquals(unwound, Array.from({ length: 10_000 }, (_, i) => i));
  assertEquals(co.status, "terminated");
});
