import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertInterleaves,
  type Atomics32,
  interleave,
  type InterleaveOptions,
  type Interleaving,
  interleavingText,
  type Progress,
  replayInterleaving,
  SpecError,
  type ThreadCall,
} from "@cofn/coroutine/model";
import { lock, mutex, swap, times, unlock, work } from "./_mutex.ts";

Deno.test("a mutex of two words holds, at every interleaving of two threads", () => {
  const report = interleave(mutex);
  assertInterleaves(report);
  assertEquals([report.ok, report.complete, report.threads, report.limit], [true, true, 2, null]);
  assertStringIncludes(interleavingText(report), "mutex holds, at every interleaving of 2 threads");
  assert(report.runs < report.states, "each step runs the code again");
});

Deno.test("a mutex that does not look before it takes is found out: claim, trace, token", () => {
  const bad = swap(lock, function lock(memory, atomics) {
    if (atomics.load(memory, 0) === 0) atomics.store(memory, 0, 1);
  });
  const { violation, ok } = interleave(bad);
  assertEquals([ok, violation?.kind, violation?.name], [false, "always", "one works"]);
  const { steps = [], next } = violation?.trace ?? {};
  assertEquals(steps.map(({ thread, call, label }) => `${thread} ${call} ${label}`), [
    "0 lock load(lock) = 0",
    "0 lock store(lock, 1)",
    "1 lock load(lock) = 1",
  ]);
  assertEquals([steps[1]?.changes, next], [{ lock: 1 }, [
    "work: read counter",
    "work: read counter",
  ]]);
  const token = violation?.trace?.token ?? "";
  assertEquals(replayInterleaving(bad, token), violation?.trace);
  assertThrows(() => assertInterleaves(interleave(bad)), Error, "replay: replayInterleaving(");
});

Deno.test("one that forgets to notify: threads that sleep for ever are a deadlock, unless that is meant", () => {
  const bad = swap(unlock, function unlock(memory, atomics) {
    atomics.store(memory, 0, 0);
  });
  const report = interleave(bad);
  assertEquals(report.violation?.kind, "deadlock");
  assertStringIncludes(interleavingText(report), "sleeps in wait(lock, 2)");
  assertInterleaves(interleave({ ...bad, deadlock: false }));
});

Deno.test("plain accesses that nothing orders are a race, and those that a lock orders are none", () => {
  const unlocked = interleave({ memory: mutex.memory, threads: times(2, [work]) });
  assertEquals(unlocked.violation?.kind, "race");
  assertStringIncludes(unlocked.violation?.message ?? "", "data race on counter");
  const mixed = interleave({
    memory: 1,
    threads: [(memory, atomics) => atomics.store(memory, 0, 1), (memory) => void memory[0]],
  });
  assertEquals(mixed.violation?.kind, "race");
  const reads = interleave({ memory: 1, threads: times(2, (memory) => void memory[0]) });
  assertInterleaves(reads);
  // Far apart in their threads, and found all the same.
  const far = interleave({
    memory: 2,
    threads: [
      (memory) => {
        memory[0] = 1;
      },
      (memory, atomics) => {
        for (let i = 0; i < 3; i++) atomics.load(memory, 1);
        memory[0] = 2;
      },
    ],
  });
  assertEquals(far.violation?.kind, "race");
});

Deno.test("waits: not equal, timed out, notified in the order in which they came, as many as said", () => {
  const outcomes = new Set<number>();
  const waiter: ThreadCall = (memory, atomics) => {
    atomics.wait(memory, 0, 0);
    atomics.store(memory, 2, atomics.add(memory, 1, 1));
  };
  const report = interleave({
    memory: { word: 0, woken: 0, last: 0, first: 0 },
    threads: [waiter, waiter, function notify(memory, atomics) {
      const one = atomics.notify(memory, 0, 1);
      atomics.store(memory, 3, one);
      atomics.store(memory, 0, 1);
      atomics.notify(memory, 0);
    }],
    always: {
      seen: (memory) => {
        outcomes.add(memory[3]!);
        return true;
      },
    },
    finally: { "all have gone on": (memory) => memory[1] === 2 },
  });
  assertInterleaves(report);
  assertEquals([...outcomes].toSorted(), [0, 1]);

  const timed = (timeout: number) =>
    interleave({
      memory: { word: 0, outcome: 0 },
      threads: [function wait(memory, atomics) {
        const how = atomics.wait(memory, 0, 0, timeout);
        atomics.store(memory, 1, how === "ok" ? 1 : how === "timed-out" ? 2 : 3);
      }, function notify(memory, atomics) {
        atomics.notify(memory, 0);
      }],
      sometimes: { ok: (memory) => memory[1] === 1, late: (memory) => memory[1] === 2 },
    });
  assertInterleaves(timed(5));
  assertEquals(timed(0).violation?.name, "ok");
  assertEquals(timed(Infinity).violation?.kind, "deadlock");
});

Deno.test("those who sleep at a word are woken first in, first out", () => {
  const sleeper = (mark: number): ThreadCall[] => [
    function come(memory, atomics, self) {
      self.local[0] = atomics.add(memory, 1, 1);
    },
    function sleep(memory, atomics) {
      atomics.wait(memory, 0, 0);
    },
    function go(memory, atomics) {
      atomics.store(memory, 2, mark);
    },
  ];
  const report = interleave({
    memory: { word: 0, came: 0, gone: 0 },
    local: 1,
    threads: [sleeper(1), sleeper(2), function notify(memory, atomics) {
      if (atomics.notify(memory, 0, 1) === 1) atomics.notify(memory, 0, 1);
    }],
    deadlock: false,
    sometimes: {
      "the second one first": (memory) => memory[2] === 2,
      first: (memory) => memory[2] === 1,
    },
  });
  assertInterleaves(report);
});

Deno.test("who has slept longest is woken first, and who has left is not waited for", () => {
  const sleep: ThreadCall = function sleep(memory, atomics) {
    atomics.wait(memory, 0, 0, 10);
  };
  const given: Interleaving = {
    memory: 1,
    threads: [sleep, sleep, sleep, [
      function wakeOne(memory, atomics) {
        atomics.notify(memory, 0, 1);
      },
      function wakeTwo(memory, atomics) {
        atomics.notify(memory, 0, 2);
      },
    ]],
  };
  for (
    const [steps, asleep] of [
      ["0/1/2/3", [1, 2]],
      ["2/1/0/3", [0, 1]],
      ["1/0/2/3", [0, 2]],
      ["0/1/2/0late/3", [2]],
      ["0/1/2/1late/3", [2]],
      ["2/0/1/3/3", []],
      ["2/0/3/1/3", []],
      ["3/0/1/2/3", [2]],
    ] as const
  ) {
    const { next } = replayInterleaving(given, `interleaving@${steps}`);
    const sleeping = next.flatMap((text, t) => text.includes("sleeps in") ? [t] : []);
    assertEquals(sleeping, [...asleep], steps);
  }
});

Deno.test("spurious wake-ups and weak exchanges are choices, where they are asked for", () => {
  const trusting: Interleaving = {
    memory: { word: 0 },
    threads: [
      (memory, atomics) => void atomics.wait(memory, 0, 0),
      (memory, atomics) => {
        atomics.store(memory, 0, 1);
        atomics.notify(memory, 0);
      },
    ],
    always: { "whoever goes on has been told": (memory, at) => at[0] !== null || memory[0] === 1 },
  };
  assertInterleaves(interleave(trusting));
  const spurious = interleave({ ...trusting, spurious: true });
  assertEquals(spurious.violation?.name, "whoever goes on has been told");
  assertEquals(
    replayInterleaving({ ...trusting, spurious: true }, spurious.violation?.trace?.token ?? ""),
    spurious.violation?.trace,
  );

  const once: Interleaving = {
    memory: { word: 0 },
    threads: [(memory, atomics) => {
      if (atomics.compareExchange(memory, 0, 0, 1) !== 0) atomics.store(memory, 0, 2);
    }],
    finally: { "it is one": (memory) => memory[0] === 1 },
  };
  assertInterleaves(interleave(once));
  assertEquals(interleave({ ...once, weak: true }).violation?.name, "it is one");
});

Deno.test("what a thread remembers from call to call is in its local words, and in nothing else", () => {
  const take: ThreadCall = function take(memory, atomics, self) {
    self.local[0] = atomics.add(memory, 0, 1);
  };
  const put: ThreadCall = function put(memory, atomics, self) {
    atomics.add(memory, 1, self.local[0]!);
  };
  const report = interleave({
    memory: { tickets: 0, sum: 0 },
    local: 1,
    threads: times(3, [take, put]),
    finally: { "each has its own": (memory) => memory[1] === 3 },
  });
  assertInterleaves(report);
  let runs = 0;
  const impure = interleave({
    memory: 2,
    threads: [(memory, atomics) => {
      if (runs++ % 2 === 0) atomics.load(memory, 0);
      atomics.load(memory, 1);
    }],
  });
  assertEquals(impure.violation?.kind, "error");
  assertStringIncludes(
    impure.violation?.message ?? "",
    "does not do the same when it is run again",
  );
});

Deno.test("what a thread or a claim throws is in the report, with the way there", () => {
  const fails = interleave({
    memory: { word: 0 },
    threads: times(2, function take(memory: Int32Array, atomics: Atomics32) {
      if (atomics.add(memory, 0, 1) === 1) throw new Error("second");
    }),
  });
  assertEquals([fails.violation?.kind, fails.violation?.message], [
    "error",
    "thread 1 fails in take: second",
  ]);
  assertEquals(fails.violation?.trace?.steps.length, 2);
  const claim = interleave({
    memory: 1,
    threads: [(memory, atomics) => atomics.load(memory, 0)],
    always: {
      broken: () => {
        throw new TypeError("oops");
      },
    },
  });
  assertStringIncludes(claim.violation?.message ?? "", 'the claim "broken" threw oops');
  for (
    const [call, says] of [
      [async () => {}, "it returns a promise"],
      [(memory) => memory.fill(0), "the memory has no fill here"],
      [
        (_, atomics) => atomics.load(new Int32Array(1), 0),
        "expected the memory that the call was given",
      ],
      [(memory, atomics) => atomics.load(memory, 9), "Invalid atomic access index"],
      [(memory, atomics) => {
        for (;;) atomics.load(memory, 0);
      }, "bound its loops"],
    ] satisfies [ThreadCall, string][]
  ) {
    const { violation } = interleave({ memory: 1, threads: [call] }, { maxOperations: 50 });
    assertStringIncludes(violation?.message ?? "", says);
  }
});

Deno.test("code that tidies up as it is stopped changes nothing", () => {
  const report = interleave({
    memory: { word: 0, tidied: 0 },
    threads: times(2, function careful(memory: Int32Array, atomics: Atomics32) {
      try {
        atomics.add(memory, 0, 1);
      } catch {
        atomics.add(memory, 1, 100);
      } finally {
        atomics.add(memory, 1, 1);
      }
    }),
    finally: { "each tidied up once": (memory) => memory[0] === 2 && memory[1] === 2 },
  });
  assertInterleaves(report);
});

Deno.test("a limit makes it incomplete, and it says so", () => {
  const report = interleave(mutex, { maxStates: 10 });
  assertEquals([report.ok, report.complete, report.outcome, report.limit], [
    false,
    false,
    "incomplete",
    "maxStates",
  ]);
  assertStringIncludes(
    interleavingText(report),
    "mutex is INCOMPLETE: it was stopped by maxStates",
  );
  const large: Interleaving = {
    memory: 4,
    threads: times(4, times(9, (memory, atomics, { id }) => atomics.add(memory, id, 1))),
  };
  assertEquals(interleave(large, { maxSeconds: 0 }).limit, "maxSeconds");
});

Deno.test("where memory runs out, it says so, and how far it has come", () => {
  const count: ThreadCall = function count(memory, atomics, { id }) {
    for (let i = 0; i < 60; i++) atomics.add(memory, id, 1);
  };
  const many: Interleaving = {
    memory: 3,
    threads: times(3, count),
    always: { "few": (memory) => memory[0]! + memory[1]! + memory[2]! <= 180 },
  };
  const { Int32Array } = globalThis;
  globalThis.Int32Array = new Proxy(Int32Array, {
    construct(target, args) {
      if (args[0] > 300_000) throw new RangeError("Array buffer allocation failed");
      return Reflect.construct(target, args);
    },
  });
  try {
    for (const reduce of [true, false]) {
      const report = interleave(many, { reduce });
      assertEquals([report.outcome, report.limit, report.ok], ["incomplete", "memory", false]);
      assert(report.states > 10_000 && report.states < 300_000, `${report.states}`);
      assertStringIncludes(interleavingText(report), "memory");
    }
  } finally {
    globalThis.Int32Array = Int32Array;
  }
  assertEquals(interleave(many).states, 61 ** 3);
});

Deno.test("what makes no sense is refused, in words", () => {
  const nothing: ThreadCall = () => {};
  for (
    const [given, options, says] of [
      [null, {}, "expected { memory, threads, … }"],
      [{ memory: 1, threads: [] }, {}, "expected threads to be a list of 1 to 8"],
      [{ memory: 0, threads: [nothing] }, {}, "positive number of words"],
      [{ memory: { x: 0.5 }, threads: [nothing] }, {}, "expected x to be an integer of 32 bits"],
      [{ memory: { 0: 1 }, threads: [nothing] }, {}, "expected a name for each word"],
      [{ memory: 1, threads: ["x"] }, {}, "a function or a list of them"],
      [{ memory: 1, threads: [nothing], claims: {} }, {}, 'unknown word "claims"'],
      [{ memory: 1, threads: [nothing], always: { x: 1 } }, {}, "to be a function, got 1"],
      [{ memory: 1, threads: [nothing] }, { maxState: 1 }, 'unknown word "maxState"'],
      [{ memory: 1, threads: [nothing] }, null, "expected an object with some of maxStates"],
      [
        { memory: 1, threads: [nothing] },
        { reduce: 0 },
        "expected reduce to be true or false, got 0",
      ],
      [
        { memory: 1, threads: [nothing] },
        { maxStates: 0 },
        "expected maxStates to be a positive integer",
      ],
      [{ memory: 1, threads: [nothing] }, { maxSeconds: "1" }, "expected maxSeconds"],
      // deno-lint-ignore no-explicit-any -- what is wrong is tried
    ] as any[]
  ) assertThrows(() => interleave(given, options), SpecError, says);
  for (const token of ["", "mutex", "mutex@9", "other@0", "mutex@0/x", "mutex@0late"]) {
    assertThrows(() => replayInterleaving(mutex, token), SpecError, "Cannot replay");
  }
});

Deno.test("what is no ordinary function, and what does not answer true or false, is told", () => {
  const store: ThreadCall = (memory, atomics) => atomics.store(memory, 0, 1);
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const wrong: [any, string][] = [
    [{ threads: [function* () {}] }, "it returns a generator: expected an ordinary function"],
    [{ threads: [async () => await null] }, "it returns a promise: expected an ordinary function"],
    [{
      threads: [async (memory: Int32Array, atomics: Atomics32) => {
        await atomics.load(memory, 0);
      }],
    }, "it returns a promise"],
    [{ always: { later: async () => await false } }, "expected it to answer true or false"],
    [{ sometimes: { text: () => "true" } }, "expected it to answer true or false"],
    [{ finally: { nothing: () => {} } }, "expected it to answer true or false, got undefined"],
    [{
      threads: [(memory: Int32Array, atomics: Atomics32) => {
        for (;;) {
          try {
            if (atomics.compareExchange(memory, 0, 0, 1) === 0) return;
          } catch {
            // Once more.
          }
        }
      }],
    }, "it catches what it is stopped by, and goes on"],
    [{
      threads: [(memory: Int32Array) => Atomics.load(memory, 0)],
    }, "use the operations that the call is given"],
  ];
  for (const [more, message] of wrong) {
    const { violation } = interleave({ memory: 1, threads: [store], ...more });
    assertEquals(violation?.kind, "error");
    assertStringIncludes(violation!.message, message);
  }
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const claims: any = new Map([["never", () => false]]);
  assertThrows(
    () => interleave({ memory: 1, threads: [store], always: claims }),
    SpecError,
    "expected always to be an object of claims",
  );
});

Deno.test("the token of a long way is short, and makes it again", () => {
  const given: Interleaving = {
    memory: { word: 0, other: 0 },
    threads: [
      function counts(memory, atomics) {
        for (let i = 0; i < 40; i++) atomics.add(memory, 0, 1);
        atomics.store(memory, 1, 1);
      },
      function looks(memory, atomics) {
        atomics.load(memory, 0);
      },
    ],
    always: { "not yet": (memory) => memory[1] === 0 },
  };
  const trace = interleave(given).violation?.trace;
  assertEquals(trace?.token, "interleaving@0x41");
  assertEquals(replayInterleaving(given, trace?.token ?? ""), trace);
  // As it was printed once, and still is where steps take turns.
  const long = `interleaving@${Array.from({ length: 41 }, () => "0").join("/")}`;
  assertEquals(replayInterleaving(given, long), trace);
  for (const wrong of ["interleaving@0x", "interleaving@x3", "interleaving@0x99999999999"]) {
    assertThrows(() => replayInterleaving(given, wrong), SpecError, "Cannot replay");
  }
});

Deno.test("a limit on memory ends it, also one with which nothing can begin", () => {
  const threads = [0, 1, 2, 3].map(() => (memory: Int32Array, atomics: Atomics32) => {
    for (let i = 0; i < 4; i++) atomics.add(memory, 0, 1);
  });
  for (const memory of [1, 10_000]) {
    const { outcome, limit, violation } = interleave({ memory: 1, threads }, { memory });
    assertEquals([outcome, limit, violation], ["incomplete", "memory", null]);
  }
});

Deno.test("a trace has the answers that there were, also where a call ends", () => {
  const { violation } = interleave({
    memory: { x: 0, y: 0 },
    threads: [
      [
        function look(memory, atomics) {
          atomics.load(memory, 0);
        },
        function tell(memory, atomics) {
          atomics.store(memory, 1, 1);
        },
      ],
      function set(memory, atomics) {
        atomics.store(memory, 0, 1);
      },
    ],
    always: { "y stays": (memory) => memory[1] === 0 },
  });
  assertEquals(violation?.trace?.steps.map(({ label }) => label), ["load(x) = 0", "store(y, 1)"]);
});

Deno.test("where a limit comes first, what is near is found all the same", () => {
  const busy: ThreadCall = (memory, atomics) => {
    for (let i = 0; i < 20; i++) atomics.add(memory, 1, 1);
  };
  const report = interleave({
    memory: 2,
    threads: [
      [
        function first(memory, atomics) {
          atomics.store(memory, 0, 1);
        },
        function second(memory, atomics) {
          atomics.load(memory, 1);
        },
      ],
      ...times(3, busy),
    ],
    always: { "not there": (memory, at) => memory[0] === 0 || at[0] !== "second" },
  }, { maxStates: 1000 });
  assertEquals(report.violation?.name, "not there");
});

Deno.test("a long exploration tells how far it has come", () => {
  const told: Progress[] = [];
  const spin: ThreadCall = (memory, atomics) => {
    for (let i = 0; i < 40; i++) atomics.add(memory, 0, 1);
  };
  const report = interleave({ name: "long", memory: 1, threads: [spin, spin, spin] }, {
    onProgress: (progress) => told.push(progress),
    progressSeconds: 0,
    maxStates: 20_000,
  });
  assertEquals(report.limit, "maxStates");
  // At first all of it, and then what is near, without reduction.
  const again = told.findIndex(({ spec }) => spec !== "long");
  for (const part of [told.slice(0, again), told.slice(again)]) {
    assert(part.length > 3);
    for (const [i, { spec, distinct, frontier, depth }] of part.entries()) {
      assertEquals(spec, part[0]?.spec);
      assert(distinct >= (part[i - 1]?.distinct ?? 0) && distinct <= 20_000);
      assert(frontier <= distinct && depth <= 120);
    }
  }
  assertEquals(told.at(-1)?.spec, "long: a shortest trace");
});

Deno.test("each of several claims is asked, and the one that is false is named", () => {
  const claims = (bad: number) =>
    Object.fromEntries(
      ["first", "second", "third"].map((name, i) => [name, (memory: Int32Array) =>
        i !== bad || memory[0] !== 2]
      ),
    );
  for (const [bad, name] of ["first", "second", "third"].entries()) {
    for (const kind of ["always", "finally"] as const) {
      const { violation } = interleave({
        memory: 1,
        threads: times(2, (memory, atomics) => atomics.add(memory, 0, 1)),
        [kind]: claims(bad),
      });
      assertEquals([violation?.kind, violation?.name], [kind, name]);
    }
  }
  const seen = Object.fromEntries(
    [1, 3, 2].map((n) => [`it is ${n}`, (memory: Int32Array) => memory[0] === n]),
  );
  const { violation } = interleave({
    memory: 1,
    threads: times(2, (memory, atomics) => atomics.add(memory, 0, 1)),
    sometimes: seen,
  });
  assertEquals([violation?.kind, violation?.name], ["sometimes", "it is 3"]);
});

Deno.test("interleave() ends by its limits on memory and time, and when it is asked to, and says so", () => {
  const adds = (m: Int32Array, a: Atomics32): void => {
    for (let i = 0; i < 40; i++) a.add(m, 0, 1);
  };
  const many = { memory: 1, threads: [adds, adds, adds] };
  const cases: [InterleaveOptions, string][] = [
    [{ memory: 1_000_000 }, "memory"],
    [{ stop: () => true }, "stopped"],
    [{ maxSeconds: 0.1 }, "maxSeconds"],
  ];
  for (const [options, limit] of cases) {
    const report = interleave(many, options);
    assertEquals([report.outcome, report.limit, report.states > 1], ["incomplete", limit, true]);
    assertStringIncludes(interleavingText(report), `stopped by ${limit}`);
  }
});
