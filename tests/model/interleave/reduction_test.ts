import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  interleave,
  type Interleaving,
  replayInterleaving,
  type ThreadCall,
} from "@cofn/coroutine/model";
import { callOf, type Instruction, instruction, plainly } from "./_plainly.ts";

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
    {
      numRuns: 10_000,
      examples: [
        // A race that only one of the ways shows by which the second thread comes to what it does last: rare among
        // programs made by chance.
        [
          [
            [[["store", 2, 1, 0, 0]]],
            [
              [["load", 2, 0, 0, 0], ["load", 0, 0, 0, 2]],
              [["load", 0, 0, 0, 0], ["read", 2, 0, 0, 1]],
            ],
          ],
          [0, 0, 0, 0],
          "nothing",
          false,
          false,
        ],
      ],
    },
  );
  // INVARIANT of the test: it has seen all of these.
  assert(
    wrong > 100 && right > 100 && fewer > 20,
    `${wrong} wrong, ${right} right, ${fewer} fewer`,
  );
});
