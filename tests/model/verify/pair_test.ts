import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Threads } from "../../../model/conformance/interleavings.ts";
import { type Pair, pairs } from "../../../model/conformance/pairs.ts";
import { type AnySpec, Int, spec } from "../../../model/mod.ts";
import { verifyPair } from "../../../model/verify/pair.ts";
import { countsOf, rowOf } from "../../../model/verify/record.ts";
import { human, json, summary } from "../../../model/verify/text.ts";
import { verifyThreads } from "../../../model/verify/threads.ts";
import * as Schema from "effect/Schema";

interface State {
  n: number;
  twice: boolean;
}

/** A counter up to three. */
function counter(always: Record<string, (s: State) => boolean>): AnySpec {
  return spec({
    name: "counter",
    state: Schema.Struct({ n: Int(0, 3), twice: Schema.Boolean }),
    init: [{ n: 0, twice: false }],
    actions: {
      up: {
        for: {},
        when: (s: State) => s.n < 3,
        do: (s: State) => void s.n++,
        refuse: () => "full",
      },
    },
    always: { "n is small": (s) => s.n < 9, ...always },
    ends: () => true,
  });
}

class Counter {
  n = 0;
  up(most: number): void {
    if (this.n >= most) throw Object.assign(new Error("no more"), { code: "full" });
    this.n++;
  }
}

/** The spec and its code, with something wrong about them. */
function pairWith(
  { always = {}, wrong = { "n stays 0": (s) => s.n === 0 }, most = 3, shows = true, hides = {} }: {
    always?: Record<string, (s: State) => boolean>;
    wrong?: Record<string, (s: State) => boolean>;
    most?: number;
    shows?: boolean;
    hides?: Record<string, string>;
  },
): Pair {
  return {
    name: "counter",
    file: "core/counter.ts",
    scope: "to 3",
    sizes: ["quick"],
    load: () =>
      Promise.resolve({
        spec: () => counter(always),
        binding: () => ({
          create: () => new Counter(),
          actions: { up: (real: Counter) => real.up(most) },
          view: (real: Counter, s: State) => {
            s.n = real.n;
            if (shows) s.twice = false;
          },
        }),
        wrong: new Map(
          Object.entries(wrong).map(([claim, holds]) => [claim, () => counter({ [claim]: holds })]),
        ),
        prepare: undefined,
      }),
    hides: { never: hides, partly: {}, larger: {} },
  };
}

Deno.test("a pair is ok if the code conforms, the claims hold, and each false one is refuted", async () => {
  const pair = pairWith({});
  const verdict = await verifyPair(pair);
  assertEquals([verdict.ok, verdict.unrefuted, verdict.refuted, verdict.unstated], [
    ...[true, [], 1, []],
  ]);
  assertEquals(countsOf(verdict), { states: 4, transitions: 3, replayed: 3, refused: 1 });
  assertEquals(rowOf(verdict, undefined)?.fails, undefined);
  assertEquals(human(pair, verdict, undefined, false).endsWith("  ok"), true);
  const told = { extent: "here", details: false, known: 0 };
  assertStringIncludes(summary([verdict], told), "It holds (here).");
  // And of several, one is enough.
  const bad = await verifyPair(pairWith({ most: 2 }));
  for (const verdicts of [[bad, verdict], [verdict, bad]]) {
    assertStringIncludes(summary(verdicts, told), "1 of 2 FAILED (here)");
  }
});

/** What is said of one that is not ok. */
async function toldOf(pair: Pair) {
  const verdict = await verifyPair(pair);
  assertEquals(verdict.ok, false);
  assertEquals(JSON.parse(json(pair, verdict, undefined)).ok, false);
  const text = human(pair, verdict, undefined, false);
  assertStringIncludes(text, "FAILED");
  return { verdict, text, fails: rowOf(verdict, undefined)?.fails };
}

Deno.test("a pair is not ok if the code does not conform: the model is not explored then", async () => {
  const { verdict, text, fails } = await toldOf(pairWith({ most: 2 }));
  assertEquals([verdict.conformed.ok, verdict.checked, fails], [false, null, undefined]);
  assertStringIncludes(text, "counter does not conform");
});

Deno.test("a pair is not ok if a claim is false, though the code conforms", async () => {
  const { verdict, text, fails } = await toldOf(
    pairWith({ always: { "n is not 2": (s) => s.n !== 2 } }),
  );
  assertEquals([verdict.conformed.ok, fails], [true, "n is not 2"]);
  assertStringIncludes(text, "n is not 2");
});

Deno.test("a pair is not ok if a claim that is wrong is not refuted, or another one is", async () => {
  const holds = await toldOf(pairWith({
    wrong: { "n stays 0": (s) => s.n === 0, "n is 0 or more": (s) => s.n >= 0 },
  }));
  assertEquals([holds.verdict.unrefuted, holds.verdict.refuted], [["n is 0 or more"], 1]);
  assertEquals(holds.fails, 'should refute "n is 0 or more"');
  assertStringIncludes(holds.text, 'counter should refute "n is 0 or more", and does not');
  // Something else is found to be false in its place.
  const pair = pairWith({});
  const other = await toldOf({
    ...pair,
    load: async () => ({
      ...await pair.load(),
      wrong: new Map([["n stays 0", () => counter({ "n is not 1": (s) => s.n !== 1 })]]),
    }),
  });
  assertEquals(other.verdict.unrefuted, ["n stays 0"]);
});

Deno.test("a pair is carried out beyond what is looked at first, with what is wrong only there", async () => {
  const far = (most: number): Pair => {
    const long = (always: Record<string, (s: { n: number }) => boolean>) =>
      spec({
        name: "counter",
        state: Schema.Struct({ n: Int(0, 1000) }),
        init: [{ n: 0 }],
        actions: {
          up: {
            for: {},
            when: (s: { n: number }) => s.n < 1000,
            do: (s: { n: number }) => void s.n++,
            refuse: () => "full",
          },
        },
        always,
        ends: () => true,
      });
    return {
      ...pairWith({}),
      load: () =>
        Promise.resolve({
          spec: () => long({}),
          binding: () => ({
            create: () => new Counter(),
            actions: { up: (real: Counter) => real.up(most) },
            view: (real: Counter, s: { n: number }) => void (s.n = real.n),
          }),
          wrong: new Map(),
          prepare: undefined,
        }),
    };
  };
  const { ok, conformed } = await verifyPair(far(1000));
  assertEquals([ok, conformed.states, conformed.limit], [true, 1001, null]);
  const bad = await verifyPair(far(900));
  assertEquals([bad.ok, bad.conformed.mismatch?.calls.length], [false, 901]);
});

Deno.test("what is wrong near the beginning is told before the rest of the model is explored", async () => {
  const pair = pairs.find(({ name }) => name === "co_mutex");
  if (pair === undefined) throw new Error("There is no such pair");
  const { conformed } = await verifyPair({
    ...pair,
    load: async () => {
      const held = await pair.load();
      return {
        ...held,
        binding: () => ({
          ...held.binding(),
          view: () => {
            throw new Error("wrong");
          },
        }),
      };
    },
  });
  assertEquals([conformed.ok, conformed.states], [false, 300]);
});

Deno.test("a pair is not ok if its binding hides what it does not say", async () => {
  const { verdict, text, fails } = await toldOf(pairWith({ shows: false }));
  assertEquals([verdict.unstated, fails], [["twice"], "does not show twice"]);
  assertStringIncludes(text, "the binding of counter does not show twice");
  assertEquals(
    (await verifyPair(pairWith({ shows: false, hides: { twice: "nothing" } }))).ok,
    true,
  );
});

/** Two threads that count, with something wrong about them. */
function threadsWith(
  { always = {}, wrong = { "nobody counts": (memory) => memory[0] === 0 } }: {
    always?: Record<string, (memory: Int32Array) => boolean>;
    wrong?: Record<string, (memory: Int32Array) => boolean>;
  },
): Threads {
  return {
    name: "shared_counter",
    file: "lockfree/counter.ts",
    scope: "2 threads",
    sizes: ["quick"],
    make: () => ({
      interleaving: {
        name: "shared_counter",
        memory: 1,
        threads: [0, 1].map(() => (memory, atomics) => atomics.add(memory, 0, 1)),
        always,
        finally: { "both were counted": (memory) => memory[0] === 2 },
      },
      wrong,
    }),
  };
}

Deno.test("threads are ok if all claims hold, and each false one is refuted by its name", () => {
  const good = verifyThreads(threadsWith({}));
  assertEquals([good.ok, good.unrefuted, good.refuted], [true, [], 1]);
  assertEquals(countsOf(good), { states: 4, operations: 4 });
  const violated = verifyThreads(
    threadsWith({ always: { "one counts": (memory) => memory[0]! < 2 } }),
  );
  assertEquals([violated.ok, violated.explored.violation?.name], [false, "one counts"]);
  assertEquals(rowOf(violated, undefined)?.fails, "one counts");
  const unrefuted = verifyThreads(threadsWith({ wrong: { "few": (memory) => memory[0]! < 3 } }));
  assertEquals([unrefuted.ok, unrefuted.unrefuted, unrefuted.refuted], [false, ["few"], 0]);
  assertEquals(rowOf(unrefuted, undefined)?.fails, 'should refute "few"');
});
