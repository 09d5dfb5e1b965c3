import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { interleave } from "@cofn/coroutine/model";
import { hasRace } from "./_happens_before.ts";
import { callOf, type Instruction } from "./_plainly.ts";

const WORDS = 3;

/** Half of them on words with which threads tell each other something, half of them plain on another word. */
const instruction = fc.oneof(
  fc.tuple(
    fc.constantFrom("load", "store", "add", "exchange", "cas", "wait", "sleep", "notify", "notify"),
    fc.nat(1),
    fc.nat(1),
    fc.nat(1),
    fc.integer({ min: 0, max: 3 }),
  ),
  fc.tuple(
    fc.constantFrom("read", "write", "read", "write", "cas", "wait", "load"),
    fc.constantFrom(1, 2, 2, 2),
    fc.nat(1),
    fc.nat(1),
    fc.integer({ min: 0, max: 3 }),
  ),
  // A race with a compareExchange that has written is found though it would not write any more.
  fc.tuple(
    fc.constantFrom("store", "cas", "cas", "read", "exchange"),
    fc.constant(1),
    fc.nat(1),
    fc.nat(1),
    fc.integer({ min: 0, max: 3 }),
  ),
) satisfies fc.Arbitrary<Instruction>;

Deno.test("any programs: there is a data race just if happens-before leaves two accesses unordered", () => {
  let [racy, not] = [0, 0];
  fc.assert(
    fc.property(
      fc.tuple(
        fc.array(instruction, { minLength: 1, maxLength: 4 }),
        fc.array(instruction, { minLength: 1, maxLength: 4 }),
        fc.array(instruction, { minLength: 0, maxLength: 2 }),
      ),
      (programs) => {
        const expected = hasRace(programs, WORDS);
        for (const reduce of [true, false]) {
          const { violation } = interleave({
            memory: WORDS,
            threads: programs.map(callOf),
            deadlock: false,
          }, { reduce });
          assertEquals(violation?.kind, expected ? "race" : undefined, violation?.message);
        }
        if (expected) racy++;
        else not++;
      },
    ),
    { numRuns: 3000 },
  );
  // INVARIANT of the test: it has seen both.
  assert(racy > 500 && not > 500, `${racy} have a race, ${not} have none`);
});

/** Each with a plain read and a compareExchange that can have written only before a store, and whether they race. */
const OVERTAKEN: readonly (readonly [string, boolean, readonly (readonly Instruction[])[]])[] = [
  ["the one that has stored reads", true, [
    [["store", 1, 1, 0, 9], ["read", 1, 0, 0, 9]],
    [["cas", 1, 0, 2, 9]],
  ]],
  ["it has stored twice", true, [
    [["store", 1, 1, 0, 9], ["store", 1, 1, 0, 9], ["read", 1, 0, 0, 9]],
    [["cas", 1, 0, 2, 9]],
  ]],
  ["a third one reads, which has heard of the store", true, [
    [["store", 1, 1, 0, 9], ["store", 0, 1, 0, 9]],
    [["cas", 1, 0, 2, 9]],
    [["load", 0, 0, 0, 9], ["read", 1, 0, 0, 0]],
  ]],
  ["it does something else before it reads", true, [
    [["cas", 1, 0, 2, 9]],
    [["store", 1, 1, 0, 9], ["load", 0, 0, 0, 9], ["read", 1, 0, 0, 9]],
  ]],
  ["another word is stored to", false, [
    [["store", 1, 1, 0, 9], ["store", 2, 1, 0, 9], ["store", 0, 1, 0, 9], ["read", 0, 0, 0, 9], [
      "read",
      1,
      0,
      0,
      9,
    ]],
    [["load", 2, 0, 0, 9], ["cas", 1, 0, 2, 0]],
  ]],
  ["it was told of it, and not of one that never writes", false, [
    [["store", 1, 1, 0, 9], ["load", 0, 0, 0, 9], ["read", 1, 0, 0, 0]],
    [["cas", 1, 0, 2, 9], ["store", 0, 1, 0, 9], ["cas", 1, 5, 2, 9]],
  ]],
  ["it was told of it", false, [
    [["store", 1, 1, 0, 9], ["load", 0, 0, 0, 9], ["read", 1, 0, 0, 0]],
    [["cas", 1, 0, 2, 9], ["store", 0, 1, 0, 9]],
  ]],
  ["it exchanges, and so hears of it", false, [
    [["exchange", 1, 1, 0, 9], ["read", 1, 0, 0, 0]],
    [["cas", 1, 0, 2, 2]],
  ]],
  ["it could never have written", false, [
    [["store", 1, 1, 0, 9], ["read", 1, 0, 0, 9]],
    [["cas", 1, 5, 2, 9]],
  ]],
  ["another word is read", false, [
    [["store", 1, 1, 0, 9], ["read", 2, 0, 0, 9]],
    [["cas", 1, 0, 2, 9]],
  ]],
];

for (const [what, races, programs] of OVERTAKEN) {
  Deno.test(`a compareExchange and a plain read, with a store between: ${what}`, () => {
    assertEquals(hasRace(programs, WORDS), races);
    for (const reduce of [true, false]) {
      const report = interleave({
        memory: WORDS,
        threads: programs.map(callOf),
        deadlock: false,
      }, { reduce });
      assertEquals([report.violation?.kind, report.complete], [races ? "race" : undefined, !races]);
    }
  });
}

Deno.test("the trace to a race with what a store has overtaken has it before the store", () => {
  for (const reduce of [true, false]) {
    const { violation } = interleave({
      memory: { other: 0, word: 0 },
      threads: [
        function first(memory, atomics) {
          atomics.store(memory, 1, 1);
          atomics.store(memory, 0, 1);
          return memory[1];
        },
        function second(memory, atomics) {
          atomics.compareExchange(memory, 1, 0, 2);
        },
      ],
    }, { reduce });
    const message = "data race on word: thread 0 reads it plainly and thread 1 does " +
      "compareExchange, with nothing to order them";
    assertEquals(violation?.message, message);
    const steps = violation?.trace?.steps.map(({ thread, label }) => `${thread}: ${label}`);
    assertEquals(steps, [
      "1: compareExchange(word, 0, 2) = 0",
      "0: store(word, 1)",
      "0: store(other, 1)",
    ]);
    assertEquals(violation?.trace?.next, ["first: read word", "has ended"]);
  }
});
