import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertConforms,
  assertHolds,
  assertInterleaves,
  check,
  conform,
  interleave,
  interleavingText,
  SpecError,
  validate,
  wander,
} from "@cofn/coroutine/model";
import { counter } from "../../_specs.ts";

const up = counter(2);
const binding = {
  create: () => ({ n: 0 }),
  actions: { add: (real: { n: number }, { by }: { by: number }) => real.n += by },
  view: (real: { n: number }, s: { n: number }) => void (s.n = real.n),
};
// deno-lint-ignore no-explicit-any -- the report of any word is tried with each
const REPORTS: readonly (readonly [maker: string, report: any])[] = [
  ["check", check(up)],
  ["conform", conform(up, binding as never)],
  ["wander", wander(up, binding as never, { runs: 1, steps: 1 })],
  ["interleave", interleave({ memory: 1, threads: [() => {}] })],
  ["validate", validate(up, [[{ action: "add", params: { by: 1 } }]])],
];
const WORDS: readonly (readonly [string, (report: never) => void, string])[] = [
  ["assertHolds", assertHolds, "check()"],
  ["assertConforms", assertConforms, "conform() or wander()"],
  ["assertInterleaves", assertInterleaves, "interleave()"],
];

Deno.test("what throws unless a report is good takes the reports of its own word alone", () => {
  for (const [word, assert, makers] of WORDS) {
    for (const [maker, report] of REPORTS) {
      if (makers.includes(`${maker}()`)) assert(report as never);
      else {
        assertThrows(
          () => assert(report as never),
          SpecError,
          `Cannot ${word}: expected the report of ${makers}, got one of ${maker}() (such as ${word}(`,
        );
      }
    }
    for (const none of [undefined, null, "ok", true, up, {}, { ok: true }]) {
      const expected = `Cannot ${word}: expected the report of ${makers}, got `;
      assertThrows(() => assert(none as never), SpecError, expected);
    }
  }
});

Deno.test("what a thread does again and again is told once, and a trace may have no step", () => {
  const spins = interleave({
    memory: { flag: 0 },
    threads: [function spin(memory, atomics) {
      while (atomics.load(memory, 0) === 0);
    }],
  }, { maxOperations: 1200 });
  const text = interleavingText(spins);
  assertStringIncludes(text, "\n     1  0  spin  load(flag) = 0\n     …  the same, up to 1200\n");
  assertStringIncludes(text, '"interleaving@0x1200@1200"');
  assertEquals(text.split("\n").length < 15, true, text);
  const at = interleave({
    memory: { word: 0 },
    threads: [
      (memory) => memory[0],
      (memory) => memory[0] = 1,
    ],
  });
  assertStringIncludes(interleavingText(at), "\n  at the beginning\n");
});

Deno.test("a claim that answers neither true nor false has thrown nothing", () => {
  const { violation } = interleave({
    memory: { word: 0 },
    threads: [() => {}],
    always: { odd: (() => 1) as never },
  });
  assertEquals(
    violation?.message,
    'cannot use what the claim "odd" has answered: expected it to answer true or false, got 1',
  );
});

Deno.test("what is not explored of Atomics and of arrays says what to use", () => {
  const said = (thread: (memory: never, atomics: never) => void) =>
    interleave({ memory: 1, threads: [thread as never] }).violation?.message ?? "";
  assertStringIncludes(
    said((memory, atomics: { waitAsync(memory: never, at: number, value: number): void }) =>
      atomics.waitAsync(memory, 0, 0)
    ),
    "waitAsync is not explored: use wait",
  );
  assertStringIncludes(
    said((memory: number[]) => [...memory]),
    "the memory has no Symbol.iterator here: expected an index below 1, or length",
  );
  assertStringIncludes(
    said((memory, atomics: typeof Atomics) => atomics.load(memory, 5)),
    "Invalid atomic access index: 5 (expected one below 1)",
  );
});
