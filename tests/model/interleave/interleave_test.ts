import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  assertInterleaves,
  type Atomics32,
  interleave,
  type Interleaving,
  interleavingText,
  type Progress,
  replayInterleaving,
  SpecError,
  type ThreadCall,
} from "@cofn/coroutine/model";

/** So many of the same. */
const times = <T>(n: number, what: T): T[] => Array.from({ length: n }, () => what);

/** A mutex on two words: 0 free, 1 locked, 2 somebody sleeps. */
const lock: ThreadCall = function lock(memory, atomics) {
  let was = atomics.compareExchange(memory, 0, 0, 1);
  if (was === 0) return;
  if (was !== 2) was = atomics.exchange(memory, 0, 2);
  while (was !== 0) {
    atomics.wait(memory, 0, 2);
    was = atomics.exchange(memory, 0, 2);
  }
};
const work: ThreadCall = function work(memory) {
  memory[1]!++;
};
const unlock: ThreadCall = function unlock(memory, atomics) {
  if (atomics.sub(memory, 0, 1) === 1) return;
  atomics.store(memory, 0, 0);
  atomics.notify(memory, 0, 1);
};
const mutex: Interleaving = {
  name: "mutex",
  memory: { lock: 0, counter: 0 },
  threads: times(2, [lock, work, unlock]),
  always: { "one works": (_, at) => at.filter((call) => call === "work").length <= 1 },
  sometimes: { "one sleeps": (memory) => memory[0] === 2 },
  finally: { "both were counted": (memory) => memory[1] === 2 },
};
const swap = (from: ThreadCall, to: ThreadCall): Interleaving => ({
  ...mutex,
  threads: times(2, [lock, work, unlock].map((call) => call === from ? to : call)),
});

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

// ------------------------------------------------------------------------- against plain search

type Instruction = readonly [kind: string, index: number, a: number, b: number, skipIf: number];

/** A program: each instruction is skipped if the answer to the one before it was `skipIf`. */
const callOf = (program: readonly Instruction[]): ThreadCall => (memory, atomics) => {
  let last = -1;
  for (const [kind, index, a, b, skipIf] of program) {
    if (last === skipIf) continue;
    switch (kind) {
      case "load":
        last = atomics.load(memory, index);
        break;
      case "store":
        atomics.store(memory, index, a);
        last = 0;
        break;
      case "add":
        last = atomics.add(memory, index, a);
        break;
      case "exchange":
        last = atomics.exchange(memory, index, a);
        break;
      case "cas":
        last = atomics.compareExchange(memory, index, a, b);
        break;
      case "wait":
        last = atomics.wait(memory, index, a, 1) === "ok" ? 0 : 1;
        break;
      case "sleep":
        last = atomics.wait(memory, index, a) === "ok" ? 0 : 1;
        break;
      case "read":
        last = memory[index]!;
        break;
      case "write":
        memory[index] = a;
        last = 0;
        break;
      default:
        last = atomics.notify(memory, index, 1);
    }
  }
};

/** All of its states and endings, by a search that is as plain as can be: a state is the past of each thread. */
function plainly(
  programs: readonly (readonly Instruction[])[],
): { states: number; ends: string[] } {
  interface Thread {
    readonly pc: number;
    readonly past: readonly number[];
    readonly sleeps: number;
  }
  interface State {
    readonly memory: readonly number[];
    readonly threads: readonly Thread[];
  }
  const seen = new Map<string, State>();
  const ends = new Set<string>();
  /** Past what is skipped. */
  const settle = (program: readonly Instruction[], pc: number, last: number): number => {
    while (pc < program.length && program[pc]?.[4] === last) pc++;
    return pc;
  };
  const visit = (state: State): void => {
    const key = JSON.stringify(state);
    if (seen.has(key)) return;
    seen.set(key, state);
    if (state.threads.every(({ pc }, t) => pc >= programs[t]!.length)) {
      ends.add(state.memory.join());
    }
    programs.forEach((program, t) => {
      const { pc, past, sleeps } = state.threads[t]!;
      const instruction = program[pc];
      if (instruction === undefined) return;
      const [kind, index, a, b] = instruction;
      const memory = [...state.memory];
      let threads = [...state.threads];
      const old = memory[index]!;
      const goOn = (u: number, answer: number, told: number = answer): void => {
        const { pc, past } = threads[u]!;
        threads[u] = {
          pc: settle(programs[u]!, pc + 1, answer),
          past: [...past, told],
          sleeps: 0,
        };
      };
      const wakeUp = (u: number, answer: number, told: number): void => {
        const { sleeps } = threads[u]!;
        const word = programs[u]![threads[u]!.pc]![1];
        threads = threads.map((other, v) =>
          other.sleeps > sleeps && programs[v]![other.pc]![1] === word
            ? { ...other, sleeps: other.sleeps - 1 }
            : other
        );
        goOn(u, answer, told);
      };
      const at = (): number[] =>
        threads.flatMap(({ pc, sleeps }, u) =>
          sleeps > 0 && programs[u]![pc]![1] === index ? [u] : []
        );
      if (sleeps > 0) wakeUp(t, 1, 2);
      else if (kind === "wait" && old === a) {
        threads[t] = { pc, past, sleeps: at().length + 1 };
      } else if (kind === "wait") goOn(t, 1);
      else if (kind === "notify") {
        const first = at().find((u) => threads[u]!.sleeps === 1);
        if (first !== undefined) wakeUp(first, 0, 0);
        goOn(t, first === undefined ? 0 : 1);
      } else {
        if (kind === "store" || kind === "exchange") memory[index] = a;
        if (kind === "add") memory[index] = old + a;
        if (kind === "cas" && old === a) memory[index] = b;
        goOn(t, kind === "store" ? 0 : old);
      }
      visit({ memory, threads });
    });
  };
  visit({
    memory: [0, 0],
    threads: programs.map((program) => ({ pc: settle(program, 0, -1), past: [], sleeps: 0 })),
  });
  // Where a thread has ended, nothing is left of its past.
  const distinct = new Set(
    [...seen.values()].map(({ memory, threads }) =>
      JSON.stringify([
        memory,
        threads.map((thread, t) =>
          thread.pc >= programs[t]!.length ? "done" : [thread.past, thread.sleeps]
        ),
      ])
    ),
  );
  return { states: distinct.size, ends: [...ends].toSorted() };
}

const instruction: fc.Arbitrary<Instruction> = fc.tuple(
  fc.constantFrom("load", "store", "add", "exchange", "cas", "wait", "notify"),
  fc.nat(1),
  fc.nat(1),
  fc.nat(1),
  fc.integer({ min: 0, max: 3 }),
);

Deno.test("any programs: the same endings as a plain search, reduced or not, and without reduction its states", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(instruction, { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 3,
      }),
      (programs) => {
        const expected = plainly(programs);
        for (const reduce of [true, false]) {
          const ends = new Set<string>();
          const report = interleave({
            memory: 2,
            threads: programs.map(callOf),
            finally: { noted: (memory) => ends.add(memory.join()).size > 0 },
          }, { reduce });
          assertEquals(report.outcome, "holds", report.violation?.message);
          assertEquals([...ends].toSorted(), expected.ends);
          if (reduce) assert(report.states <= expected.states, "it has more states than there are");
          else assertEquals(report.states, expected.states);
        }
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("a thread that was tried in vain is known for what it does later on", () => {
  // C, then A, then B: each of these comes to light when much was chosen already.
  const wins = (
    win: ThreadCall,
    more: Partial<Interleaving> = {},
    last: ThreadCall = () => {},
  ): Interleaving => ({
    memory: { other: 0, winner: 0, ready: 0, x: 0 },
    threads: [
      function a(memory, atomics, self) {
        if (atomics.load(memory, 2) === 0) return;
        if (atomics.compareExchange(memory, 1, 0, 2) === 0) win(memory, atomics, self);
      },
      function b(memory, atomics) {
        atomics.compareExchange(memory, 1, 0, 1);
      },
      function c(memory, atomics, self) {
        atomics.exchange(memory, 0, 1);
        atomics.add(memory, 2, 1);
        last(memory, atomics, self);
      },
    ],
    ...more,
  });
  const store: ThreadCall = (memory, atomics) => atomics.store(memory, 3, 1);
  const given: Record<string, Interleaving> = {
    deadlock: wins((memory, atomics) => atomics.wait(memory, 3, 0)),
    race: wins((memory) => memory[3] = 1, {}, (memory) => memory[3] = 2),
    error: wins(() => {
      throw new Error("it has won");
    }),
    always: wins(store, { always: { "not stored": (memory) => memory[3] === 0 } }),
    finally: wins(store, { finally: { "not won": (memory) => memory[1] !== 2 } }),
  };
  for (const [kind, interleaving] of Object.entries(given)) {
    assertEquals(interleave(interleaving).violation?.kind, kind);
  }
  const seen = wins(store, { sometimes: { "stored": (memory) => memory[3] === 1 } });
  assertEquals(interleave(seen).outcome, "holds");
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

Deno.test("what a claim can see is not put off, also if it looks there late", () => {
  const blink = (word: number): ThreadCall => (memory, atomics) => {
    atomics.store(memory, word, 1);
    atomics.store(memory, word, 0);
  };
  for (const [one, other] of [[0, 1], [1, 0]] as const) {
    const report = interleave({
      memory: { x: 0, y: 0 },
      threads: [blink(0), blink(1)],
      always: { "not both": (memory) => memory[one] !== 1 || memory[other] !== 1 },
    });
    assertEquals(report.violation?.name, "not both");
    assertEquals(report.violation?.trace?.steps.length, 2);
  }
});

Deno.test("where the threads are can be seen by a claim that looks there", () => {
  const calls = (thread: number): ThreadCall[] => [
    function early(memory, atomics) {
      atomics.add(memory, thread, 1);
    },
    function later(memory, atomics) {
      atomics.add(memory, thread, 1);
    },
  ];
  const report = interleave({
    memory: 2,
    threads: [calls(0), calls(1)],
    always: { "not both later": (_, at) => at[0] !== "later" || at[1] !== "later" },
  });
  assertEquals(report.violation?.name, "not both later");
});

Deno.test("what a thread does later on is known wherever it comes from", () => {
  const [z, q, x, bad] = [0, 1, 2, 3];
  const report = interleave({
    memory: { z: 0, q: 0, x: 0, bad: 0 },
    threads: [
      [
        function maybe(memory, atomics) {
          if (atomics.load(memory, z) === 1) atomics.store(memory, q, 1);
        },
        function blink(memory, atomics) {
          atomics.store(memory, x, 1);
          atomics.store(memory, x, 0);
        },
      ],
      function look(memory, atomics) {
        atomics.store(memory, z, 1);
        if (atomics.load(memory, x) === 1) atomics.store(memory, bad, 1);
      },
    ],
    sometimes: { "both": (memory) => memory[q] === 1 && memory[bad] === 1 },
  });
  assertEquals(report.outcome, "holds");
});

Deno.test("who must be tried with one, must be tried with all who are tried with it", () => {
  const [x, y, bad] = [0, 1, 2];
  const report = interleave({
    memory: { x: 0, y: 0, bad: 0 },
    threads: [
      function last(memory, atomics) {
        if (atomics.load(memory, x) === 2) atomics.store(memory, bad, 1);
      },
      function middle(memory, atomics) {
        atomics.store(memory, x, atomics.load(memory, y) === 1 ? 2 : 1);
      },
      function first(memory, atomics) {
        atomics.store(memory, y, 1);
      },
    ],
    finally: { "it never comes to that": (memory) => memory[bad] === 0 },
  });
  assertEquals(report.violation?.name, "it never comes to that");
});

Deno.test("words that nobody else touches make no states of their own", () => {
  const count = (thread: number): ThreadCall => (memory, atomics) => {
    for (let i = 0; i < 5; i++) atomics.add(memory, thread, 1);
  };
  const given: Interleaving = {
    memory: 3,
    threads: [0, 1, 2].map(count),
    finally: { "all have counted": (memory) => memory.every((word) => word === 5) },
  };
  const [reduced, plain] = [true, false].map((reduce) => interleave(given, { reduce }));
  assertEquals([reduced?.outcome, plain?.outcome], ["holds", "holds"]);
  assertEquals([reduced?.states, plain?.states], [16, 6 ** 3]);
});

Deno.test("any programs: reduction keeps every verdict", () => {
  const arbitrary = fc.tuple(
    fc.constantFrom(
      ...["load", "store", "add", "exchange", "cas", "wait", "sleep", "notify", "read", "write"],
    ),
    fc.nat(4),
    fc.nat(2),
    fc.nat(2),
    fc.integer({ min: 0, max: 4 }),
  ) satisfies fc.Arbitrary<Instruction>;
  let [fewer, wrong, right] = [0, 0, 0];
  fc.assert(
    fc.property(
      // Threads of several calls each.
      fc.array(
        fc.array(fc.array(arbitrary, { minLength: 1, maxLength: 3 }), {
          minLength: 1,
          maxLength: 2,
        }),
        { minLength: 2, maxLength: 3 },
      ),
      fc.tuple(fc.nat(4), fc.nat(2), fc.nat(4), fc.nat(2)),
      fc.constantFrom("nothing", "always", "sometimes", "at", "whole", "finally"),
      fc.boolean(),
      fc.boolean(),
      (threads, [i, a, j, b], kind, spurious, deadlock) => {
        const differs = (memory: Int32Array) => memory[i] !== a || memory[j] !== b;
        const claims: Record<string, Partial<Interleaving>> = {
          nothing: {},
          always: { always: { differs } },
          sometimes: { sometimes: { same: (memory) => !differs(memory) } },
          at: { always: { differs: (memory, at) => at[0] !== at[1] || differs(memory) } },
          whole: { always: { differs: (memory) => [...memory].reduce((x, y) => x + y) < 4 } },
          finally: { finally: { differs } },
        };
        const given: Interleaving = {
          memory: 5,
          threads: threads.map((calls) =>
            calls.map((program, i) =>
              Object.defineProperty(callOf(program), "name", { value: `call${i}` })
            )
          ),
          ...claims[kind],
          ...{ spurious, deadlock },
        };
        const [reduced, plain] = [true, false].map((reduce) => interleave(given, { reduce }));
        const { violation } = reduced!;
        assertEquals(reduced!.outcome, plain!.outcome);
        // With both a race and a false claim, the shortest way decides which is told.
        assertEquals(violation?.trace?.steps.length, plain!.violation?.trace?.steps.length);
        assert(reduced!.states <= plain!.states || violation !== null);
        if (violation !== null) {
          if (violation.trace !== null) replayInterleaving(given, violation.trace.token);
          wrong++;
        } else {
          right++;
          if (reduced!.states < plain!.states) fewer++;
        }
      },
    ),
    { numRuns: 10_000 },
  );
  // INVARIANT of the test: it has seen all of these.
  assert(
    wrong > 100 && right > 100 && fewer > 20,
    `${wrong} wrong, ${right} right, ${fewer} fewer`,
  );
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
  assert(told.length > 3);
  for (const [i, { spec, distinct, frontier, depth }] of told.entries()) {
    assertEquals(spec, "long");
    assert(distinct >= (told[i - 1]?.distinct ?? 0) && distinct <= 20_000);
    assert(frontier <= distinct && depth <= 120);
  }
});
