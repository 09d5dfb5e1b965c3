import { assertEquals, assertThrows } from "@std/assert";
import { check, Int, replay, spec, SpecError } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { leftFirst } from "../../../../examples/specs/dining.ts";
import { compile } from "../../../../model/engine/search/machine.ts";
import { tokenOf } from "../../../../model/engine/search/trace.ts";
import { counter } from "../../_specs.ts";

Deno.test("a token replays to the trace that it was made of", () => {
  const philosophers = leftFirst({ philosophers: 4 });
  const { violation } = check(philosophers);
  const trace = replay(philosophers, violation?.token ?? "");
  assertEquals(trace, violation?.trace);
  assertEquals(trace.states.length, trace.steps.length + 1);
});

Deno.test("a step of a trace says only what it changed", () => {
  const { violation } = check(leftFirst({ philosophers: 3 }));
  assertEquals(violation?.trace?.steps[0]?.differences, [
    { path: "holder[0]", from: null, to: 0 },
    { path: "does[0]", from: "thinks", to: "waits" },
  ]);
});

Deno.test("a token names steps, so it survives claims and actions that are added", () => {
  const token = check(counter(9, { always: { "n < 5": (s) => s.n < 5 } })).violation?.token ?? "";
  assertEquals(token, "counter@0/add.1/add.2/add.2");
  assertEquals(replay(counter(9), token).states.at(-1), { n: 5 });
});

Deno.test("the trace of a step that leaves the domain is replayed up to what it threw", () => {
  const over = { actions: { add: { for: { by: Int(1, 2) }, do: (s: { n: number }) => s.n += 2 } } };
  const report = check(counter(3, over));
  const trace = replay(counter(3, over), report.violation?.token ?? "");
  assertEquals(trace, report.violation?.trace);
  assertEquals(trace.steps.at(-1)?.error?.includes("cannot set"), true);
});

Deno.test("a token that does not fit is refused by what is wrong with it", () => {
  const cases: [string, string][] = [
    ["", "expected a token as reports print it"],
    ["nonsense", "expected a token as reports print it"],
    ["other%20spec@0/add.1", 'Cannot replay a token of "other spec": expected one of "counter"'],
    ["counter@3", "Cannot replay from initial state 3: expected a number below 1"],
    ["counter@0/add.3", 'Cannot replay step 1: "counter" has no step "add.3"'],
    ["counter@0/sub.1", 'Cannot replay step 1: "counter" has no step "sub.1"'],
    ["counter@0/add.2/add.2", "Cannot replay step 2, add(by=2): it is not enabled there"],
  ];
  for (const [token, message] of cases) {
    assertThrows(() => replay(counter(3), token), SpecError, message);
  }
});

Deno.test("parameters that look alike as text are told apart in tokens", () => {
  const Odd = Schema.NullOr(
    Schema.Literals(["null", "1", 1, true, "true", "a/b", "a.b", "é @", ""]),
  );
  const odd = spec({
    name: "odd / names",
    state: Schema.Struct({ last: Odd }),
    init: [{ last: "a/b" }],
    actions: { "set it": { for: { to: Odd }, do: (s, { to }) => s.last = to } },
  });
  const seen = new Set<string>();
  for (const to of [null, "null", "1", 1, true, "true", "a/b", "a.b", "é @", ""] as const) {
    const report = check(
      spec({
        name: "odd / names",
        state: Schema.Struct({ last: Odd, moved: Schema.Boolean }),
        init: [{ last: "a/b", moved: false }],
        actions: {
          "set it": {
            for: { to: Odd },
            do: (s, { to }) => {
              s.last = to;
              s.moved = true;
            },
          },
        },
        always: { "not it": (s) => !s.moved || s.last !== to },
      }),
    );
    const token = report.violation?.token ?? "";
    assertEquals(replay(odd, token).states.at(-1), { last: to });
    assertEquals(/^[\w@/.%-]+$/.test(token), true, token);
    seen.add(token);
  }
  assertEquals(seen.size, 10);
});

Deno.test("a trace keeps what each step answered", () => {
  const answering = spec({
    name: "answers",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 0 }],
    actions: { flip: { for: {}, do: (s) => ((s.n = 1 - s.n), s.n === 1 ? "on" : "off") } },
  });
  assertEquals(replay(answering, "answers@0/flip/flip").steps.map(({ answer }) => answer), [
    "on",
    "off",
  ]);
});

Deno.test("names and values that no URL can hold are told apart in tokens", () => {
  const odd = ["\ud800", "\ud801", '"\\ud800"', '"', "\ufffd", "a.b", "%2E", "\n", "1", '"1"'];
  const Odd = Schema.Literals(odd);
  const wild = spec({
    name: "\udc00",
    state: Schema.Struct({ last: Schema.NullOr(Odd), by: Schema.NullOr(Odd) }),
    init: [{ last: null, by: null }],
    actions: Object.fromEntries(odd.map((by) => [by, {
      for: { x: Odd },
      do: (s: { last: string | null; by: string | null }, { x }: { x: string }) => {
        s.last = x;
        s.by = by;
      },
    }])),
  });
  const seen = new Set<string>();
  for (const by of odd) {
    for (const last of odd) {
      const machine = compile(wild);
      const k = machine.find(by, { x: last });
      const token = tokenOf(machine, 0, [k]);
      assertEquals(replay(wild, token).states.at(-1), { last, by });
      assertEquals(/^[\w@/.%-]+$/.test(token), true, token);
      seen.add(token);
      seen.add(machine.instances[k]?.label ?? "");
    }
  }
  assertEquals(seen.size, 2 * odd.length ** 2);
});
