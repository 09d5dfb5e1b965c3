import { assertEquals } from "@std/assert";
import { assertHolds, check } from "@cofn/coroutine/model";
import { dining, leftFirst } from "../../examples/specs/dining.ts";
import { peterson } from "../../examples/specs/peterson.ts";
import { queueLock } from "../../examples/specs/queue_lock.ts";
import { twoPhase } from "../../examples/specs/two_phase.ts";

Deno.test("the examples hold, with the state counts on record", () => {
  const counts = [twoPhase(), queueLock(), peterson, dining(), dining({ philosophers: 6 })].map(
    (spec) => {
      const report = check(spec);
      assertHolds(report);
      assertEquals(report.warnings, []);
      return [report.distinct, report.generated, report.depth];
    },
  );
  assertEquals(counts, [
    [288, 1146, 11],
    [452, 1189, 10],
    [48, 98, 11],
    [12, 23, 4],
    [169, 639, 7],
  ]);
});

Deno.test("the false claim fails: philosophers who all take the left fork first are stuck", () => {
  for (const philosophers of [2, 3, 5]) {
    const { violation } = check(leftFirst({ philosophers }));
    assertEquals(violation?.kind, "deadlock");
    assertEquals(violation?.trace?.steps.length, philosophers);
  }
});
