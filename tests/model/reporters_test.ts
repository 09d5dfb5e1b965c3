import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { assertHolds, check, Int, SpecError } from "@cofn/coroutine/model";
import { dotOf } from "../../model/reporters/dot.ts";
import { jsonOf } from "../../model/reporters/json.ts";
import { progressLine } from "../../model/reporters/progress.ts";
import { textOf } from "../../model/reporters/text.ts";
import { counter, grid } from "./_specs.ts";

const failing = () => check(counter(9, { always: { "n stays below 3": (s) => s.n < 3 } }));

Deno.test("the text of a violation has the claim, the trace, the token and the call", () => {
  const text = textOf(failing());
  assertStringIncludes(text, 'counter: VIOLATED: always "n stays below 3" is false');
  assertStringIncludes(
    text,
    "1. add(by=1)\n         n: 0 → 1\n    2. add(by=2)\n         n: 1 → 3",
  );
  assertStringIncludes(text, 'replay(spec, "counter@0/add.1/add.2")');
  assertStringIncludes(text, "look at what its last step should not have been allowed to do");
});

Deno.test("the hint for what is wrong in an initial state speaks of no step", () => {
  const text = textOf(check(counter(9, { always: { "n is above 0": (s) => s.n > 0 } })));
  assertStringIncludes(
    text,
    "hint:   the spec begins like this: look at its init, or at the claim",
  );
});

Deno.test("the text of what a function threw has the function, and the place in its source", () => {
  const add = { for: { by: Int(1, 1) }, do: (s: { n: number }) => s.n = (s.n + 1) % 4 };
  const boom = (s: { n: number }): boolean => {
    if (s.n === 2) throw new TypeError("boom");
    return true;
  };
  const claim = textOf(check(counter(3, { actions: { add }, always: { "no boom": boom } })));
  assertMatch(
    claim,
    /^counter: VIOLATED: in "no boom": boom\n {2}at file:.*reporters_test.ts:\d+:\d+/,
  );
  const guard = textOf(check(counter(3, { actions: { add: { ...add, when: boom } } })));
  assertStringIncludes(guard, 'VIOLATED: in "when of add(by=1)": boom');
});

Deno.test("the text says what was tested, and what was not", () => {
  const claims = { always: { a: () => true, b: () => true }, sometimes: { c: () => true } };
  assertStringIncludes(textOf(check(counter(3, claims))), "holds: 2 always, 1 sometimes, no dead");
  const none = check(counter(3), { deadlock: false });
  assertStringIncludes(textOf(none), "holds: nothing was asked (it claims nothing else)");
  assertStringIncludes(textOf(check(counter(3))), "holds: no deadlock (it claims nothing else)");
});

Deno.test("the text tells of one state in the singular, and of bytes where there are many", () => {
  const one = textOf(check(counter(0, { ends: () => true })));
  assertStringIncludes(one, "1 state, 1 generated, depth 1");
  assertEquals(one.includes("B/state"), false);
  assertStringIncludes(textOf(check(grid(4, 9))), "10,000 states");
  assertMatch(textOf(check(grid(4, 9))), /\d+ B\/state/);
});

Deno.test("all claims of sometimes that no state shows are told", () => {
  const never = (n: number) => (s: { n: number }) => s.n === n + 10;
  const { violation } = check(
    counter(3, { sometimes: { one: never(1), two: () => true, three: never(3), four: never(4) } }),
  );
  assertEquals(
    violation?.message,
    'sometimes "one" holds in none of 4 states, nor "three", "four"',
  );
});

Deno.test("the details have coverage and witnesses", () => {
  const report = check(counter(3, { sometimes: { "n is 2": (s) => s.n === 2 } }));
  const text = textOf(report, { details: true });
  assertMatch(text, /add +5 +3/);
  assertStringIncludes(text, 'sometimes "n is 2": counter@0/add.2');
  assertEquals(textOf(report).includes("counter@0"), false);
});

Deno.test("the text of an unfinished search says INCOMPLETE and why", () => {
  const text = textOf(check(counter(9), { maxStates: 3 }));
  assertStringIncludes(text, "counter: INCOMPLETE: the limit on states was reached");
  assertStringIncludes(text, "3 states");
});

Deno.test("the text of a report has its warnings, and the odds where keys were hashed", () => {
  const never = { add: { for: { by: Int(1, 2) }, when: () => false, do: () => {} } };
  const text = textOf(
    check(counter(2, { actions: never, ends: () => true }), { hashed: true }),
  );
  assertStringIncludes(text, 'warning: action "add" is never enabled');
  assertStringIncludes(text, "64 bits of hash");
  assertEquals(textOf(check(counter(2))).includes("hash"), false);
});

Deno.test("assertHolds() throws the text, and says nothing where all holds", () => {
  assertThrows(() => assertHolds(failing()), Error, textOf(failing()).split("\n")[0]);
  assertHolds(check(counter(3)));
});

Deno.test("the JSON of a report is one line with the members on record", () => {
  const line = jsonOf(failing());
  assertEquals(line.includes("\n"), false);
  const json = JSON.parse(line);
  assertEquals(Object.keys(json).slice(0, 10), [
    "spec",
    "ok",
    "complete",
    "distinct",
    "generated",
    "depth",
    "seconds",
    "cpuSeconds",
    "bytesPerState",
    "violation",
  ]);
  assertEquals(json.violation.kind, "always");
  assertEquals(json.violation.name, "n stays below 3");
  assertEquals(json.violation.token, "counter@0/add.1/add.2");
  assertEquals(json.violation.trace.map((step: { step: string }) => step.step), [
    "add(by=1)",
    "add(by=2)",
  ]);
  assertEquals([json.outcome, json.outside, json.tested.always], ["violated", 0, 1]);
  const held = JSON.parse(jsonOf(check(counter(2, { sometimes: { yes: () => true } }))));
  assertEquals([held.violation, held.outcome], [null, "holds"]);
  assertEquals(held.witnesses, [{ name: "yes", token: "counter@0" }]);
});

Deno.test("the graph has a node for each state and an edge for each step", () => {
  const dot = dotOf(counter(2));
  assertEquals(dot.match(/^ {2}\d+ \[/gm)?.length, 3);
  assertEquals(dot.match(/->/g)?.length, 3);
  assertStringIncludes(dot, '0 -> 1 [label="add(by=1)"];');
  assertStringIncludes(dot, '0 [label="n: 0", style=bold];');
});

Deno.test("a graph of too many states is refused", () => {
  assertThrows(() => dotOf(grid(3, 5), 100), SpecError, "expected at most 100 states");
  assertEquals(dotOf(grid(1, 99), 100).includes("99 ["), true);
});

Deno.test("progress is one live line on a terminal, and rare plain lines elsewhere", () => {
  const news = (seconds: number) => ({
    spec: "grid",
    distinct: 1234567,
    frontier: 1000,
    depth: 7,
    seconds,
    rate: 500_000,
  });
  const written = (live: boolean) => {
    const texts: string[] = [];
    const line = progressLine((text) => texts.push(text), live);
    for (const seconds of [2, 3, 11, 12.5]) line.update(news(seconds));
    line.clear();
    return texts;
  };
  const text = "grid: 1,234,567 states, 500,000/s, frontier 1,000, depth 7, 2 s";
  assertEquals(written(true).length, 5);
  assertEquals(written(true)[0], `\r\x1b[K${text}`);
  assertEquals(written(true).at(-1), "\r\x1b[K");
  assertEquals(written(false).length, 2);
  assertEquals(written(false)[0], `${text}\n`);
});
