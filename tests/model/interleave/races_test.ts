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
