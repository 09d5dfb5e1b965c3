import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { assertConforms, conformText, Int, spec, SpecError, wander } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { binding, cell, counting, model, Mutex } from "../../_bindings.ts";

Deno.test("wander() tests the claims where it begins, too", () => {
  const wrong = spec({
    name: "wrong",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
    always: { "n is not 0": (s) => s.n !== 0 },
  });
  assertEquals(wander(wrong, cell).mismatch?.kind, "claim");
});

Deno.test("wander() refuses walks in which nothing was compared", () => {
  const none = counting({ within: () => false });
  assertThrows(() => wander(none, cell), SpecError, "no call could be made in 100 walks");
  assertThrows(() => wander(counting(), { ...cell, view: () => {} }), SpecError, "shows none of n");
});

Deno.test("wander() refuses what would go nowhere, and weights of what is not there", () => {
  const go = (options: object) => () => wander(counting(), cell, options);
  assertThrows(go({ runs: 0 }), SpecError, "expected runs to be a positive integer, got 0");
  assertThrows(go({ steps: -1 }), SpecError, "expected steps to be a positive integer, got -1");
  assertThrows(go({ weights: { pu: 2 } }), SpecError, 'Cannot weigh action "pu"');
  assertThrows(go({ weights: { up: 0.5 } }), SpecError, "expected a whole number, 0 or more");
  assertThrows(go({ weights: { up: 0 } }), SpecError, "expected an action of a weight above 0");
});

Deno.test("a report of wander() can be read and asserted like one of conform()", () => {
  const good = wander(counting(), cell, { runs: 5, seed: 3 });
  assertConforms(good);
  assertStringIncludes(conformText(good), "counter conforms in random walks with seed 3: 5 walks");
  const bad = wander(counting(), { ...cell, actions: { up: () => {} } }, { seed: 3 });
  assertThrows(() => assertConforms(bad), Error, "does not conform in random walks with seed 3");
});

Deno.test("wander() accepts code that does what the model says", () => {
  assertEquals(wander(model, binding(() => new Mutex()), { runs: 20 }).ok, true);
});

Deno.test("wander() reports a claim that the model breaks", () => {
  const wrong = spec({
    name: "counter",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
    always: { "n is below 5": (s) => s.n < 5 },
  });
  const { mismatch } = wander(wrong, {
    create: () => ({ n: 0 }),
    actions: { up: (real) => void real.n++ },
    view: (real, s) => {
      s.n = real.n;
    },
  });
  assertEquals([mismatch?.kind, mismatch?.calls.length], ["claim", 5]);
});
