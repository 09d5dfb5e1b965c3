import { assertEquals } from "@std/assert";
import {
  AioContext,
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  CoRwLock,
  CoSemaphore,
  type Suspension,
  TaskPool,
  VirtualClock,
  type WaitOptions,
} from "@cofn/coroutine";
import { outcomeOf } from "../_helpers.ts";

/** The same numbers each time. */
function dice(seed: number): (n: number) => number {
  return (n) => (seed = (seed * 48271) % 2147483647) % n;
}

function shuffled<T>(all: readonly T[], random: (n: number) => number): T[] {
  const some = [...all];
  for (let i = some.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [some[i], some[j]] = [some[j] as T, some[i] as T];
  }
  return some;
}

Deno.test("whoever leaves a queue from anywhere leaves all others as they were: beside an array", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = dice(seed);
    const queue = new CoQueue();
    const line: number[] = [];
    const cos = new Map<number, Coroutine>();
    const [went, left]: [number[], number[]] = [[], []];
    const stand = function* (i: number, front: boolean): Co {
      try {
        yield* queue.wait({ front });
        went.push(i);
      } finally {
        if (!went.includes(i)) left.push(i);
      }
    };
    const [mustGo, mustLeave]: [number[], number[]] = [[], []];
    for (let i = 0; i < 60; i++) {
      const move = random(5);
      const who = line[random(Math.max(1, line.length))];
      if (move < 2 || who === undefined) {
        const front = move === 1;
        const co = Coroutine.create(stand, i, front);
        cos.set(i, co);
        co.enter();
        if (front) line.unshift(i);
        else line.push(i);
      } else if (move < 4) {
        line.splice(line.indexOf(who), 1);
        mustLeave.push(who);
        cos.get(who)?.cancel();
      } else {
        mustGo.push(line.shift() as number);
        queue.next();
      }
      assertEquals(queue.waiters, line.length);
      assertEquals(queue.empty, line.length === 0);
    }
    queue.restartAll();
    assertEquals([went, left], [[...mustGo, ...line], mustLeave]);
  }
});

/** What some can wait for: who has it lets go by what is returned, and those who are left go on, in order. */
interface Kind {
  wait(options: WaitOptions | undefined): Suspension<unknown>;
  letGo(): void;
  waiters(): number;
}

const kinds: { readonly [name: string]: () => Kind } = {
  "a mutex": () => {
    const m = new CoMutex();
    const holder = started(function* () {
      using _ = yield* m.lock();
      yield;
    });
    return { wait: (o) => m.lock(o), letGo: () => holder.enter(), waiters: () => m.waiters };
  },
  "a read-write lock, to write": () => {
    const l = new CoRwLock();
    const holder = started(function* () {
      using _ = yield* l.readLock();
      yield;
    });
    return { wait: (o) => l.writeLock(o), letGo: () => holder.enter(), waiters: () => l.waiters };
  },
  "a read-write lock, to read": () => {
    const l = new CoRwLock();
    const holder = started(function* () {
      using _ = yield* l.writeLock();
      yield;
    });
    return { wait: (o) => l.readLock(o), letGo: () => holder.enter(), waiters: () => l.waiters };
  },
  "a semaphore": () => {
    const s = new CoSemaphore(1);
    s.tryAcquire();
    return { wait: (o) => s.acquire(1, o), letGo: () => s.release(), waiters: () => s.waiters };
  },
  "a queue": () => {
    const q = new CoQueue();
    return { wait: (o) => q.wait(o), letGo: () => q.restartAll(), waiters: () => q.waiters };
  },
  "a pool": () => {
    const pool = new TaskPool(1);
    const task = started(function* (): Co<Coroutine<void>> {
      return yield* pool.start(function* () {
        yield;
      });
    });
    let waiting = 0;
    return {
      *wait(o) {
        waiting++;
        try {
          yield* pool.waitOne(o);
        } finally {
          waiting--;
        }
      },
      letGo: () => void task.done.then((one) => one.enter()),
      waiters: () => waiting,
    };
  },
};

function started<T>(body: () => Co<T>): Coroutine<T> {
  const co = Coroutine.create(body);
  co.enter();
  return co;
}

const N = 10_000;

for (const [name, make] of Object.entries(kinds)) {
  for (const order of ["newest first", "at random"]) {
    Deno.test(`of ${N} who wait for ${name}, all but three leave ${order}: the others go on in their order`, async () => {
      const kind = make();
      const went: number[] = [];
      function* stand(i: number): Co {
        using _ = (yield* kind.wait(undefined)) as Disposable | undefined;
        went.push(i);
      }
      const all = Array.from({ length: N }, (_, i) => {
        const co = Coroutine.create(stand, i);
        co.enter();
        return co;
      });
      const stay = [0, N / 2, N - 1];
      const going = all.filter((_, i) => !stay.includes(i));
      for (const co of order === "newest first" ? going.reverse() : shuffled(going, dice(7))) {
        co.cancel();
      }
      assertEquals([kind.waiters(), went], [3, []]);
      kind.letGo();
      await undefined;
      assertEquals(went, stay);
    });
  }

  Deno.test(`of ${N} who wait for ${name}, all but one give up, the newest first: that one goes on`, async () => {
    const kind = make();
    const clock = new VirtualClock();
    let went = 0;
    let timeouts = 0;
    function* stand(i: number): Co {
      try {
        const timeout = i === 0 ? Infinity : N - i;
        using _ = (yield* kind.wait({ timeout, clock })) as Disposable | undefined;
        went++;
      } catch {
        timeouts++;
      }
    }
    for (let i = 0; i < N; i++) Coroutine.create(stand, i).enter();
    clock.advance(N);
    assertEquals([kind.waiters(), timeouts, went, clock.alarms], [1, N - 1, 0, 0]);
    kind.letGo();
    await undefined;
    assertEquals(went, 1);
  });
}

Deno.test(`${N} who are scheduled in a context cannot leave it: all go on, and are cancelled then`, () => {
  const context = new AioContext();
  let [went, ended] = [0, 0];
  const all = Array.from({ length: N }, () => {
    const co = Coroutine.create(function* () {
      try {
        yield* context.switchTo();
        went++;
        yield;
      } finally {
        ended++;
      }
    });
    co.enter();
    return co;
  });
  for (const co of all.reverse()) co.cancel();
  assertEquals([went, ended], [0, 0]);
  assertEquals(outcomeOf(() => context.poll()).threw, false);
  assertEquals([went, ended], [N, N]);
});
