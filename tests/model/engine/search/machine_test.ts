import { assertEquals, assertThrows } from "@std/assert";
import { Int, Seq, spec, SpecError } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { compile } from "../../../../model/engine/search/machine.ts";
import { queues } from "../../_specs.ts";

const Who = Schema.Literals(["a", "b", "c"]);
const mutex = () =>
  compile(spec({
    name: "mutex",
    state: Schema.Struct({ holder: Schema.NullOr(Who), waiters: Seq(Who, 2) }),
    init: [{ holder: null, waiters: [] }],
    actions: {
      lock: {
        for: { who: Who },
        when: (s, { who }) => s.holder !== who && !s.waiters.includes(who),
        do: (s, { who }) => {
          if (s.holder === null) s.holder = who;
          else s.waiters.push(who);
          return s.holder === who;
        },
        refuse: (s, { who }) => s.holder === who ? "relock" : undefined,
      },
      tryLock: {
        for: { who: Who, patient: Schema.Boolean, times: Schema.NullOr(Int(1, 2)) },
        do: () => {},
      },
    },
  }));

Deno.test("a machine has an instance for every choice of parameters, consecutive by action", () => {
  const { instances, actions } = mutex();
  assertEquals(actions, [{ name: "lock", first: 0, count: 3 }, {
    name: "tryLock",
    first: 3,
    count: 18,
  }]);
  assertEquals(instances.slice(0, 2).map(({ label }) => label), ["lock(who=a)", "lock(who=b)"]);
  assertEquals(instances[3]?.params, { who: "a", patient: false, times: null });
  assertEquals(new Set(instances.map(({ label }) => label)).size, 21);
  assertEquals(instances.every(({ params }) => Object.isFrozen(params)), true);
});

Deno.test("a machine makes steps in place, with their answers and refusals", () => {
  const m = mutex();
  assertEquals([m.enabled(0), m.refusal(0)], [true, undefined]);
  assertEquals(m.apply(0), true);
  assertEquals([m.enabled(0), m.refusal(0)], [false, "relock"]);
  assertEquals(m.apply(1), false);
  assertEquals([m.enabled(1), m.refusal(1)], [false, undefined]);
  assertEquals(m.decode(), { holder: "a", waiters: ["b"] });
  assertEquals([m.enabled(5), m.refusal(5)], [true, undefined]);
});

Deno.test("a step that leaves the domain changes nothing", () => {
  const m = compile(spec({
    name: "half",
    state: Schema.Struct({ a: Int(0, 3), b: Int(0, 1) }),
    init: [{ a: 0, b: 1 }],
    actions: {
      up: {
        for: {},
        do: (s) => {
          s.a++;
          s.b++;
        },
      },
    },
  }));
  assertThrows(
    () => m.apply(0),
    SpecError,
    'Cannot do up in state { a: 0, b: 1 }: cannot set "b" to 2',
  );
  assertEquals(m.decode(), { a: 0, b: 1 });
});

Deno.test("a machine saves, loads and compares states", () => {
  const m = mutex();
  const kept = new Int32Array(3 * m.wordCount);
  m.save(kept, m.wordCount);
  m.apply(0);
  m.apply(1);
  const after = m.words.slice();
  assertEquals(m.differences(kept.subarray(m.wordCount, 2 * m.wordCount), after), [
    { path: "holder", from: null, to: "a" },
    { path: "waiters", from: [], to: ["b"] },
  ]);
  assertEquals(m.words, after);
  m.load(kept, m.wordCount);
  assertEquals(m.decode(), { holder: null, waiters: [] });
  assertEquals(m.words, m.initial[0]);
  m.encode({ holder: "a", waiters: ["b"] });
  assertEquals(m.words, after);
});

Deno.test("a machine finds instances by name and parameters", () => {
  const m = mutex();
  assertEquals(m.find("lock", { who: "c" }), 2);
  assertThrows(
    () => m.find("lokc", { who: "c" }),
    SpecError,
    'expected one of lock, tryLock, got "lokc"',
  );
  assertThrows(() => m.find("lock", { who: "z" }), SpecError, "lock(who=z) is outside the domains");
});

Deno.test("a machine tells which field each bit belongs to", () => {
  const m = mutex();
  assertEquals(m.layout.fields.map(({ path, width }) => [path, width]), [
    ["holder", 2],
    ["waiters[0]", 2],
    ["waiters[1]", 2],
    ["waiters.length", 2],
  ]);
});

Deno.test("a machine works on states of hundreds of words", () => {
  const m = compile(queues(200));
  assertEquals(m.wordCount > 100, true);
  for (let steps = 0; steps < 200; steps++) m.apply(m.find("go", {}));
  assertEquals(m.enabled(m.find("go", {})), false);
  const state = m.decode() as { left: number[]; right: number[] };
  assertEquals([state.left.length, state.right.length, state.right[199]], [0, 200, 200]);
});

Deno.test("two machines of one spec have a state each", () => {
  const one = compile(queues(3));
  const other = compile(queues(3));
  one.apply(0);
  assertEquals(other.words, other.initial[0]);
});
