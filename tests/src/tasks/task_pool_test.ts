import { assert, assertEquals } from "@std/assert";
import { all, type Co, Coroutine, sleep, TaskPool, VirtualClock } from "@cofn/coroutine";
import {
  codeIn,
  codeOf,
  errorOf,
  misuseOf,
  outcomeIn,
  outcomeOf,
  start,
  startLogging,
  uncaughtIn,
  yieldOnce,
} from "../_helpers.ts";
import { task, tidy } from "./_tasks.ts";

Deno.test("a new TaskPool runs nothing, and has the name it was given or a number", () => {
  const pool = new TaskPool(3, "copies");
  assertEquals([pool.name, `${pool}`, pool.maxBusy, pool.busy, pool.failures], [
    "copies",
    'TaskPool "copies"',
    3,
    0,
    [],
  ]);
  const [a, b] = [new TaskPool(1), new TaskPool(1)];
  assertEquals(Number(b.name), Number(a.name) + 1);
});

Deno.test("TaskPool.start() runs a task at once, and is worth its coroutine", async () => {
  const pool = new TaskPool(2);
  const log: unknown[] = [];
  await start("co", function* () {
    const child = yield* pool.start(
      function* add(a: number, b: number) {
        log.push("runs");
        yield;
        return a + b;
      },
      40,
      2,
    );
    log.push("started");
    assertEquals([child.name, child.status, pool.busy], ["add", "suspended", 1]);
    child.enter();
    log.push(pool.busy, child.done);
  }).done;
  assertEquals([...log.slice(0, 3), await log[3]], ["runs", "started", 0, 42]);
});

Deno.test("a pool never runs more tasks than it may, and starts them in the order in which they came", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(2, "pool");
  const log: unknown[] = [];
  const cos = [3, 5, 1, 4].map((n) =>
    start(`${n}`, function* () {
      yield* pool.start(task(`${n}`, n, clock, log));
      log.push(`${n} started, ${pool.busy} busy`);
    })
  );
  assertEquals(cos[2]?.waitingOn, 'CoSemaphore "slots of TaskPool "pool""');
  clock.advance(10);
  assertEquals(log.filter((line) => /begins|started/.test(`${line}`)), [
    "3 begins",
    "3 started, 1 busy",
    "5 begins",
    "5 started, 2 busy",
    "1 begins",
    "1 started, 2 busy",
    "4 begins",
    "4 started, 2 busy",
  ]);
  assertEquals([pool.busy, clock.alarms], [0, 0]);
});

Deno.test("TaskPool.waitAll() waits until all that run have ended, and not at all if none does", async () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(2, "pool");
  const log: unknown[] = [];
  const co = start("co", function* () {
    yield* pool.waitAll();
    for (const n of [2, 1, 3]) yield* pool.start(task(`${n}`, n, clock, []));
    yield* pool.waitAll();
    log.push(clock.now);
  });
  clock.advance(1);
  assertEquals(co.waitingOn, 'TaskPool "pool"');
  clock.advance(10);
  assertEquals([log, await co.done], [[4], undefined]);
});

Deno.test("TaskPool.waitOne() waits for one more end, and all who wait for one see the same", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(3);
  const log: unknown[] = [];
  start("co", function* () {
    for (const n of [1, 2, 3]) yield* pool.start(task(`${n}`, n, clock, []));
    for (const name of ["a", "b"]) {
      start(name, function* () {
        yield* pool.waitOne();
        log.push(`${name} at ${clock.now}`);
      });
    }
    for (let i = 0; i < 3; i++) {
      yield* pool.waitOne();
      log.push(`co at ${clock.now}`);
    }
  });
  clock.advance(10);
  assertEquals(log, ["a at 1", "b at 1", "co at 1", "co at 2", "co at 3"]);
});

Deno.test("TaskPool.waitSlot() waits until one is free, and does not take it", async () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(1);
  const log: unknown[] = [];
  await start("co", function* () {
    yield* pool.waitSlot();
    yield* pool.start(task("a", 5, clock, []));
    const slow = start("slow", function* () {
      yield* pool.waitSlot();
      log.push(clock.now);
    });
    assertEquals(slow.status, "suspended");
  }).done;
  clock.advance(5);
  assertEquals([log, pool.busy], [[5], 0]);
});

Deno.test("the first failure is kept and thrown to all who wait for all; tasks after it go on", async () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(3);
  const log: unknown[] = [];
  const told = await uncaughtIn(() => {
    start("co", function* () {
      yield* pool.start(task("a", 5, clock, [], "a"));
      yield* pool.start(task("b", 3, clock, [], "b"));
      yield* pool.start(task("c", 9, clock, log));
      for (let i = 0; i < 2; i++) log.push(yield* outcomeIn(() => pool.waitAll()), clock.now);
      yield* pool.start(yieldlessly);
      log.push(yield* outcomeIn(() => pool.waitAll()));
    });
    clock.advance(10);
  });
  assertEquals(log, ["c begins", "c ends", "b", 9, "b", 9, "b"]);
  assertEquals([pool.failures, told], [["b", "a"], []]);
});

function* yieldlessly(): Co {}

Deno.test("a task that fails before it suspends fails in the pool, not in start()", () => {
  const pool = new TaskPool(1);
  const log: unknown[] = [];
  start("co", function* () {
    const child = yield* pool.start(function* (): Co {
      throw "at once";
    });
    log.push(child.status, pool.busy, yield* outcomeIn(() => pool.waitAll()));
  });
  assertEquals(log, ["terminated", 0, "at once"]);
});

Deno.test("TaskPool.cancel() cancels those that run, which have not failed; the pool goes on", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(2);
  const log: unknown[] = [];
  const co = start("co", function* () {
    for (const name of ["a", "b", "c"]) yield* pool.start(task(name, 5, clock, log));
    log.push(yield* outcomeIn(() => pool.waitAll()));
  });
  assertEquals(co.status, "suspended");
  pool.cancel("why");
  clock.advance(5);
  assertEquals(log.join(), "a begins,b begins,a: cancelled,c begins,b: cancelled,c ends,done");
  assertEquals([pool.failures, pool.busy, clock.alarms], [[], 0, 0]);
});

Deno.test("a task whose clean-up fails after TaskPool.cancel() has failed", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(2);
  start("co", function* () {
    yield* pool.start(tidy("a", 5, clock, [], "a"));
  });
  pool.cancel();
  assertEquals([pool.busy, pool.failures], [1, []]);
  // Nobody is left who could ask for it.
  assertEquals(errorOf(() => clock.advance(5)), "a");
  assertEquals([pool.busy, pool.failures], [0, ["a"]]);
});

Deno.test("one that is cancelled while it waits for a slot or an end leaves its place, and tasks go on", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(1);
  const log: unknown[] = [];
  start("starter", function* () {
    yield* pool.start(task("a", 5, clock, log));
  });
  const waits = {
    start: () => pool.start(yieldOnce),
    waitSlot: () => pool.waitSlot(),
    waitOne: () => pool.waitOne(),
    waitAll: () => pool.waitAll(),
  };
  for (const [name, wait] of Object.entries(waits)) {
    const co = startLogging(name, log, function* () {
      yield* wait();
    });
    co.cancel();
    assertEquals([co.status, log.at(-2)], ["terminated", `${name}: cancelled`]);
  }
  clock.advance(5);
  assertEquals([log.at(-1), pool.busy], ["a ends", 0]);
  start("next", function* () {
    yield* pool.start(yieldlessly);
  });
  assertEquals(pool.busy, 0);
});

Deno.test("tasks may start others in their pool, and it is told of all", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(2);
  const log: unknown[] = [];
  function* chain(left: number): Co {
    yield* sleep(1, clock);
    log.push(left);
    if (left > 0) yield* pool.start(chain, left - 1);
  }
  start("co", function* () {
    yield* pool.start(chain, 3);
    yield* pool.waitAll();
    log.push("all");
  });
  clock.advance(10);
  assertEquals(log, [3, 2, 1, 0, "all"]);
});

Deno.test("who waits for all waits for what runs within a task, and for what that starts", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(9);
  const log: unknown[] = [];
  function* part(): Co {
    yield* sleep(1, clock);
    yield* pool.start(task("started within", 5, clock, log));
  }
  start("co", function* () {
    yield* pool.start(function* () {
      yield* all([part, part]);
    });
    yield* pool.waitAll();
    log.push(clock.now);
  });
  clock.advance(100);
  assertEquals(log.at(-1), 6);
});

Deno.test("who waits for all waits for what tasks of other pools start that its tasks have started", () => {
  const clock = new VirtualClock();
  const [pool, other] = [new TaskPool(9), new TaskPool(9)];
  const log: unknown[] = [];
  start("co", function* () {
    yield* pool.start(function* () {
      yield* other.start(function* () {
        yield* sleep(1, clock);
        yield* pool.start(task("far", 5, clock, log));
      });
      yield* sleep(2, clock);
    });
    yield* pool.waitAll();
    log.push(clock.now);
  });
  clock.advance(100);
  assertEquals(log.at(-1), 6);
});

Deno.test("a task that would wait for itself is told so", () => {
  const pool = new TaskPool(2, "p");
  const log: unknown[] = [];
  start("co", function* () {
    yield* pool.start(function* () {
      log.push(codeIn(yield* outcomeIn(() => pool.waitAll())));
    });
    yield* pool.waitAll();
    log.push(pool.busy);
  });
  assertEquals(log, ["deadlock", 0]);
});

Deno.test("who waits for all does not wait for what others start meanwhile, however many follow", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(3);
  const log: unknown[] = [];
  let stop = false;
  const other = start("other", function* () {
    // There is always one that runs.
    while (!stop) {
      yield* pool.start(task("other", 3, clock, []));
      yield* sleep(2, clock);
    }
  });
  start("waiter", function* () {
    yield* pool.start(task("mine", 5, clock, []));
    yield* pool.waitAll();
    log.push(clock.now, pool.busy > 0);
  });
  start("later", function* () {
    yield* sleep(1, clock);
    yield* pool.waitAll();
    log.push(clock.now);
  });
  clock.advance(100);
  assertEquals(log, [5, true, 5]);
  stop = true;
  clock.advance(10);
  assertEquals([other.status, pool.busy], ["terminated", 0]);
});

// ------------------------------------------------------------------------------------ misuse

Deno.test("a pool of no tasks at once is a RangeError", () => {
  for (const n of [0, -1, 1.5, NaN, "1"] as number[]) {
    assert(errorOf(() => new TaskPool(n)) instanceof RangeError);
  }
});

Deno.test("TaskPool.waitOne() where none runs is no-tasks, and changes nothing", () => {
  const pool = new TaskPool(2, "pool");
  const log: unknown[] = [];
  start("co", function* () {
    log.push(yield* outcomeIn(() => pool.waitOne()));
    log.push(yield* outcomeIn(() => pool.waitOne({ timeout: 5 })));
    log.push(
      misuseOf(() => pool.waitOne()[Symbol.iterator]().next()).message,
      Coroutine.self().waitingOn,
    );
  });
  assertEquals(log, [
    "no-tasks",
    "no-tasks",
    'Cannot wait for one task of TaskPool "pool": none runs',
    undefined,
  ]);
});

Deno.test("all waits of a pool where no coroutine runs are not-in-coroutine, and start nothing", () => {
  const pool = new TaskPool(2);
  assertEquals(codeOf(() => pool.start(yieldOnce)[Symbol.iterator]().next()), "not-in-coroutine");
  assertEquals(codeOf(() => pool.waitSlot()[Symbol.iterator]().next()), "not-in-coroutine");
  assertEquals(codeOf(() => pool.waitOne()), "not-in-coroutine");
  assertEquals(codeOf(() => pool.waitAll({ timeout: 5 })), "not-in-coroutine");
  assertEquals(pool.busy, 0);
});

Deno.test("TaskPool.start() of what is no generator function is a TypeError, and gives its slot back", async () => {
  const pool = new TaskPool(1);
  await start("co", function* () {
    for (const wrong of [() => {}, undefined, 5] as unknown as (() => Co)[]) {
      assert((yield* outcomeIn(() => pool.start(wrong))) instanceof TypeError);
    }
    assert(
      (yield* outcomeIn(() =>
        pool.start(() => {
          throw "in the entry";
        })
      )) === "in the entry",
    );
    yield* pool.waitSlot();
  }).done;
  assertEquals(pool.busy, 0);
});

// -------------------------------------------------------------------------------------- many

Deno.test("10,000 tasks run in a pool of ten, no more at once, whether they end, fail or are cancelled", async () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(10);
  let [now, most, run] = [0, 0, 0];
  const co = start("co", function* () {
    for (let i = 0; i < 10_000; i++) {
      yield* pool.start(function* () {
        most = Math.max(most, ++now);
        try {
          yield* sleep(1 + i % 13, clock);
          if (i % 5 === 0) throw i;
        } finally {
          now--;
          run++;
        }
      });
      if (i % 101 === 0) pool.cancel();
    }
    return yield* outcomeIn(() => pool.waitAll());
  });
  clock.advance(100_000);
  const first = await co.done;
  assertEquals([now, most, run, pool.busy, clock.alarms], [0, 10, 10_000, 0, 0]);
  assert(pool.failures.length > 1000 && first === pool.failures[0]);
});

Deno.test("a task that throws null has failed", () => {
  const pool = new TaskPool(1);
  const { threw, error } = outcomeOf(() =>
    Coroutine.create(function* () {
      yield* pool.start(function* () {
        throw null;
      });
      yield* pool.waitAll();
    }).enter()
  );
  assertEquals([threw, error, pool.failures], [true, null, [null]]);
});

// ------------------------------------------------------------------------------------ failures of which nobody asks

/** Starts a pool in a coroutine, which does `then` when a task has been started that will fail. */
function* owner(
  clock: VirtualClock,
  then: (pool: TaskPool) => Co,
  pool: TaskPool = new TaskPool(2),
): Co {
  yield* pool.start(task("a", 5, clock, [], "a"));
  yield* then(pool);
}

Deno.test("a task that fails when nobody is left who may ask tells whoever enters it", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(2);
  start("outside", () => owner(clock, function* () {}, pool));
  start("inside", () => owner(clock, function* () {}));
  const error = errorOf(() => clock.advance(5)) as AggregateError;
  assertEquals([error.errors, pool.failures], [["a", "a"], ["a"]]);
});

Deno.test("a failure is kept while its starter, its maker or one that waits may ask for it", async () => {
  const clock = new VirtualClock();
  const log: unknown[] = [];
  function* waits(pool: TaskPool): Co {
    log.push(yield* outcomeIn(() => pool.waitAll()));
  }
  const keepers: Record<string, () => Co> = {
    starter: () =>
      owner(clock, function* (pool) {
        yield* sleep(6, clock);
        yield* waits(pool);
      }, outside),
    *maker() {
      const pool = new TaskPool(2);
      start("starter", () => owner(clock, function* () {}, pool));
      yield* sleep(6, clock);
      yield* waits(pool);
    },
    *waiter() {
      const pool = new TaskPool(2);
      start("starter", () => owner(clock, function* () {}, pool));
      start("waiter", () => waits(pool));
    },
  };
  let outside = new TaskPool(2);
  for (const [name, body] of Object.entries(keepers)) {
    outside = new TaskPool(2);
    const told = await uncaughtIn(() => {
      start(name, body);
      clock.advance(5);
      clock.advance(5);
    });
    assertEquals([name, log.splice(0), told], [name, ["a"], []]);
  }
});

Deno.test("when the last one ends who might have asked for a failure, the host is told", async () => {
  const clock = new VirtualClock();
  const endings: Record<string, (pool: TaskPool) => Co> = {
    *returns() {
      yield* sleep(6, clock);
    },
    *fails() {
      yield* sleep(6, clock);
      throw "its own";
    },
    *"is cancelled"() {
      yield;
    },
    *"gives up waiting"(pool) {
      yield* pool.start(sleep, 100, clock);
      yield* outcomeIn(() => pool.waitAll({ timeout: 6, clock }));
    },
    *"has looked"(pool) {
      yield* sleep(6, clock);
      assertEquals(pool.failures, ["a"]);
    },
  };
  const seen: Record<string, unknown> = {};
  for (const [name, then] of Object.entries(endings)) {
    seen[name] = await uncaughtIn(() => {
      const co = start("owner", () => owner(clock, then));
      co.done.catch(() => {});
      clock.advance(5);
      clock.advance(5);
      co.cancel();
      clock.advance(100);
    });
  }
  assertEquals(seen, {
    returns: ["a"],
    fails: ["a"],
    "is cancelled": ["a"],
    "gives up waiting": ["a"],
    "has looked": [],
  });
});

Deno.test("start() gives up waiting for a slot in time, or by a signal, and starts nothing then", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(1);
  const log: unknown[] = [];
  const controller = new AbortController();
  start("busy", function* () {
    yield* pool.start(sleep, 50, clock);
  });
  const task = function* () {
    log.push("it has begun");
  };
  for (const options of [{ timeout: 5, clock }, { timeout: 0 }, { signal: controller.signal }]) {
    start("co", function* () {
      log.push(yield* outcomeIn(() => pool.start(options, task)));
    });
  }
  clock.advance(5);
  controller.abort("enough");
  assertEquals(log, ["timeout", "timeout", "enough"]);
  start("in time", function* () {
    yield* pool.start({ timeout: 100, clock }, task);
  });
  clock.advance(50);
  assertEquals([log.at(-1), pool.busy, clock.alarms], ["it has begun", 0, 0]);
});

Deno.test("setMaxBusy() lets more tasks begin, or none until enough have ended", () => {
  const clock = new VirtualClock();
  const pool = new TaskPool(1);
  let begun = 0;
  start("starter", function* () {
    for (let i = 0; i < 6; i++) {
      yield* pool.start(sleep, 10, clock);
      begun++;
    }
  });
  assertEquals([begun, pool.maxBusy], [1, 1]);
  pool.setMaxBusy(3);
  assertEquals([begun, pool.busy], [3, 3]);
  pool.setMaxBusy(0);
  clock.advance(10);
  assertEquals([begun, pool.busy, pool.maxBusy], [3, 0, 0]);
  pool.setMaxBusy(2);
  clock.advance(20);
  assertEquals([begun, pool.busy], [6, 0]);
  for (const wrong of [-1, 1.5, NaN, "2"] as number[]) {
    assert(errorOf(() => pool.setMaxBusy(wrong)) instanceof RangeError);
  }
});
