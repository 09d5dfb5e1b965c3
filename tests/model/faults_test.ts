import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { check, conform, fill, Int, Seq, spec, SpecError, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { counter } from "./_specs.ts";

/** What JavaScript lets through, and the types do not. */
// deno-lint-ignore no-explicit-any -- these tests write what the types forbid
type Anything = any;

Deno.test("a step that leaves the domain is told with its parameters, the field and the value", () => {
  const report = check(counter(3, {
    actions: { add: { for: { by: Int(1, 2) }, do: (s, { by }) => s.n += by } },
  }));
  assertEquals(report.violation?.kind, "domain");
  assertEquals(report.violation?.name, "add(by=2)");
  assertEquals(
    report.violation?.message,
    'Cannot do add(by=2) in state { n: 2 }: cannot set "n" to 4: expected an integer between 0 and 3, got 4',
  );
  const trace = report.violation?.trace;
  assertEquals(trace?.states.at(-1), { n: 2 });
  assertEquals(trace?.steps.length, 2);
  assertMatch(trace?.steps.at(-1)?.error ?? "", /cannot set "n" to 4/);
});

Deno.test("a push onto a full sequence leaves the domain", () => {
  const full = spec({
    name: "full",
    state: Schema.Struct({ queue: Table(Int(1, 2), Seq(Int(0, 1), 2)) }),
    init: [{ queue: fill(Int(1, 2), []) }],
    actions: { put: { for: { to: Int(1, 2) }, do: (s, { to }) => s.queue.at(to).push(1) } },
  });
  const report = check(full);
  assertEquals(report.violation?.kind, "domain");
  assertEquals(
    report.violation?.message,
    'Cannot do put(to=1) in state { queue: { 1: [1, 1], 2: [] } }: cannot add 1 to "queue[1]": expected at most 2 elements, got 3',
  );
  assertEquals(report.violation?.trace?.steps.length, 3);
});

Deno.test("what a guard, an effect or a claim throws is a violation, with the trace to it", () => {
  const boom = (s: { n: number }) => {
    if (s.n === 2) throw new Error("boom");
    return true;
  };
  const add = { for: { by: Int(1, 1) }, do: (s: { n: number }) => s.n = (s.n + 1) % 4 };
  const cases: [string, string, number, Parameters<typeof counter>[1]][] = [
    ["guard", "when of add(by=1)", 2, { actions: { add: { ...add, when: boom } } }],
    ["effect", "add(by=1)", 3, { actions: { add: { ...add, do: (s) => (boom(s), add.do(s)) } } }],
    ["always", "no boom", 2, {
      actions: { add },
      always: { "it is": () => true, "no boom": boom },
    }],
    ["sometimes", "boom", 2, { actions: { add }, sometimes: { boom: (s) => boom(s) && false } }],
    ["within", "within", 2, { actions: { add }, within: boom }],
    ["ends", "ends", 2, { actions: { add: { ...add, when: (s) => s.n < 2 } }, ends: boom }],
  ];
  for (const [what, name, steps, over] of cases) {
    const { violation } = check(counter(3, over));
    assertEquals(violation?.kind, "error", what);
    assertEquals(violation?.message, "boom", what);
    assertEquals(violation?.name, name, what);
    assertEquals(violation?.trace?.steps.length, steps, what);
  }
});

Deno.test("a search that has nowhere to begin is no proof", () => {
  const report = check(counter(9, { within: () => false }));
  assertEquals([report.outcome, report.ok, report.distinct], ["violated", false, 0]);
  assertEquals(report.violation?.kind, "error");
  assertEquals(
    report.violation?.message,
    "no initial state is inside within: there is nothing to explore",
  );
  assertEquals(report.violation?.trace?.states, [{ n: 0 }]);
  const one = check(counter(9, { within: (s) => s.n === 9, init: [{ n: 0 }, { n: 9 }] }));
  assertEquals([one.ok, one.distinct], [true, 1]);
});

Deno.test("whatever is neither true nor false is no answer of a guard or a claim", () => {
  const add = { for: { by: Int(1, 1) }, do: (s: { n: number }) => s.n = (s.n + 1) % 4 };
  const answers: [unknown, string][] = [
    [undefined, "got nothing"],
    [1, "got 1"],
    ["", 'got ""'],
    [null, "got null"],
    [Promise.resolve(false), "got a promise"],
    [[].values(), "got an iterator"],
  ];
  for (const [answer, got] of answers) {
    const odd = (s: { n: number }): Anything => s.n === 2 ? answer : true;
    const cases: [string, Parameters<typeof counter>[1]][] = [
      ["when of add(by=1)", { actions: { add: { ...add, when: odd } } }],
      ["when of add(by=1)", { actions: { add: { ...add, when: (s, p) => p.by === 1 && odd(s) } } }],
      ["odd", { actions: { add }, always: { odd } }],
      ["odd", { actions: { add }, sometimes: { odd: (s) => s.n === 2 ? odd(s) : false } }],
      ["within", { actions: { add }, within: odd }],
      ["ends", { actions: { add: { ...add, when: (s) => s.n < 2 } }, ends: odd }],
    ];
    for (const [name, over] of cases) {
      const { violation } = check(counter(3, over));
      assertEquals([violation?.kind, violation?.name], ["error", name], `${name}: ${got}`);
      assertMatch(violation?.message ?? "", /^Cannot use what .* returned: expected true or false/);
      assertEquals(violation?.message.endsWith(got), true, violation?.message);
    }
  }
});

Deno.test("a step that is not made at once is refused, whatever form it takes", () => {
  const cases: Anything[] = [
    (s: Anything) => Promise.resolve().then(() => s.n = 1),
    (s: Anything) =>
      (function* () {
        s.n = 1;
      })(),
  ];
  for (const act of cases) {
    const { violation } = check(
      counter(3, { actions: { add: { for: { by: Int(1, 1) }, do: act } } }),
    );
    assertEquals([violation?.kind, violation?.name], ["error", "add(by=1)"]);
    assertMatch(violation?.message ?? "", /do of add\(by=1\) returned: expected a value, got an? /);
    assertMatch(violation?.message ?? "", /a step is made at once/);
  }
});

Deno.test("a field that the schema has not is found out in guards, steps and claims", () => {
  const add = { for: { by: Int(1, 1) }, do: (s: { n: number }) => s.n = (s.n + 1) % 4 };
  const cases: [string, Parameters<typeof counter>[1]][] = [
    ["when of add(by=1)", { actions: { add: { ...add, when: (s: Anything) => s.m < 3 } } }],
    ["add(by=1)", { actions: { add: { ...add, do: (s: Anything) => s.m = 1 } } }],
    ["m is small", { actions: { add }, always: { "m is small": (s: Anything) => !(s.m > 3) } }],
  ];
  for (const [name, over] of cases) {
    const { violation } = check(counter(3, over));
    assertEquals([violation?.kind, violation?.name], ["error", name]);
    assertMatch(violation?.message ?? "", /Cannot (read|set) "m" of the state: expected one of n/);
  }
});

Deno.test("a step or a guard that depends on more than the state is found out", () => {
  const add = { for: { by: Int(1, 1) }, do: (s: { n: number }) => s.n = (s.n + 1) % 4 };
  let calls = 0;
  const cases: [string, RegExp, Parameters<typeof counter>[1]][] = [
    ["add(by=1)", /do of add\(by=1\) did one thing, then another: first \{ n: \d \}/, {
      actions: { add: { ...add, do: (s) => s.n = ++calls % 4 } },
    }],
    ["add(by=1)", /do of .* first \d+, then \d+/, {
      actions: { add: { ...add, do: (s) => (add.do(s), ++calls) } },
    }],
    ["when of add(by=1)", /when of .* first (true|false), then/, {
      actions: { add: { ...add, when: () => ++calls % 2 === 0 } },
    }],
  ];
  for (const [name, message, over] of cases) {
    const { violation } = check(counter(3, over));
    assertEquals([violation?.kind, violation?.name], ["error", name]);
    assertMatch(violation?.message ?? "", message);
    assertMatch(violation?.message ?? "", /expected it to depend on s and its parameters alone/);
  }
  // Counting the calls, as for a statistic, changes nothing.
  const counted = check(counter(3, {
    actions: { add: { ...add, do: (s) => (calls++, add.do(s)) } },
  }));
  assertEquals(counted.ok, true);
});

Deno.test("what goes wrong only late in a long search is found out as well", () => {
  let late = false;
  const Who = Int(1, 4);
  const slow = spec({
    name: "slow",
    state: Schema.Struct({ at: Table(Who, Int(0, 11)) }),
    init: [{ at: fill(Who, 0) }],
    actions: {
      step: {
        for: { who: Who },
        when: (s, { who }) => s.at.at(who) < 11,
        do: (s, { who }) => {
          const sum = s.at.at(1) + s.at.at(2) + s.at.at(3) + s.at.at(4);
          late = !late;
          s.at.set(who, sum > 20 && late ? 11 : s.at.at(who) + 1);
        },
      },
    },
    ends: () => true,
  });
  assertEquals(check(slow).violation?.kind, "error");
});

Deno.test("reading past the end of a sequence is an error that names it", () => {
  const past = spec({
    name: "past",
    state: Schema.Struct({ queue: Seq(Int(0, 1), 2), n: Int(0, 1) }),
    init: [{ queue: [], n: 0 }],
    actions: { read: { for: {}, do: (s) => s.n = s.queue.at(0) } },
  });
  const { violation } = check(past);
  assertEquals(violation?.kind, "error");
  assertEquals(
    violation?.message,
    'Cannot read "queue" at 0: it is empty',
  );
});

Deno.test("a guard or a claim that changes the state is found out", () => {
  // Types forbid this; JavaScript, or a cast, does not.
  const meddle = (s: unknown) => ((s as { n: number }).n = 1) === 1;
  const cases: [string, Parameters<typeof counter>[1]][] = [
    ["when of add(by=1)", {
      actions: { add: { for: { by: Int(1, 2) }, when: meddle, do: () => {} } },
    }],
    ['a claim ("it meddles")', { always: { "it meddles": meddle } }],
    ['a claim ("it meddles")', { sometimes: { "it meddles": meddle } }],
  ];
  for (const [what, over] of cases) {
    const { violation } = check(counter(3, over));
    assertEquals(violation?.kind, "error");
    assertEquals(
      violation?.message,
      `${what} changed the state, expected it only to look`,
    );
  }
});

Deno.test("a guard or a claim that changes the state late in a search is found out as well", () => {
  const big = (over: Anything) =>
    spec({
      name: "late",
      state: Schema.Struct({ a: Int(0, 99), b: Int(0, 99), q: Seq(Int(0, 1), 2) }),
      init: [{ a: 0, b: 0, q: [1, 0] }],
      actions: {
        a: { for: {}, when: (s) => s.a < 99, do: (s) => void s.a++ },
        b: { for: {}, when: (s) => s.b < 99, do: (s) => void s.b++ },
        ...over.actions,
      },
      ends: over.ends ?? (() => true),
      always: over.always ?? {},
      within: over.within ?? (() => true),
    });
  const at = (s: Anything) => s.a === 90 && s.b === 90;
  const no = { for: {}, when: (s: Anything) => at(s) && s.q.pop() === 1, do: () => {} };
  const yes = { for: {}, when: (s: Anything) => at(s) && s.q.pop() === 0, do: () => {} };
  const cases: [string, Anything][] = [
    ["a claim (", { always: { meddles: (s: Anything) => !at(s) || s.q.pop() === 0 } }],
    ["when of c changed", { actions: { c: no } }],
    ["when of c changed", { actions: { c: yes } }],
    ["when of c changed", {
      actions: { c: { ...yes, when: (s: Anything) => s.q.length === 2 && yes.when(s) } },
    }],
    ["when of b changed", {
      actions: {
        b: {
          for: {},
          when: (s: Anything) => s.b < 99 && (!at(s) || s.q.pop() === 1),
          do: (s: Anything) => void s.b++,
        },
      },
    }],
    ["Cannot do a in state", {
      actions: {
        a: {
          for: {},
          when: (s: Anything) => s.a < 99,
          do(s: Anything) {
            try {
              if (s.a === 90 && s.b === 90) s.q.push(7);
            } catch {
              // As if nothing had happened.
            }
            s.a++;
          },
        },
      },
    }],
    ["within changed", { within: (s: Anything) => !at(s) || s.q.pop() === 0 }],
    ["a claim (", {
      always: {
        "writes first": (s: Anything) => !at(s) || s.q.pop() === 0,
        "holds where nothing was written": (s: Anything) => s.q.length === 2,
      },
    }],
    ["ends changed", { ends: (s: Anything) => s.q.pop() === 0 }],
  ];
  for (const [message, over] of cases) {
    const { violation } = check(big(over));
    assertEquals(violation?.kind, message.includes("state") ? "domain" : "error");
    assertEquals(violation?.message.startsWith(message), true, violation?.message);
  }
  assertEquals(check(big({})).ok, true);
});

Deno.test("a guard that changes any word of a wide state is found out", () => {
  const Big = Int(0, 2 ** 30 - 1);
  for (const field of ["a", "b", "c"]) {
    const wide = spec({
      name: "wide",
      state: Schema.Struct({ a: Big, b: Big, c: Big }),
      init: [{ a: 0, b: 0, c: 0 }],
      actions: { look: { for: {}, when: (s: Anything) => (s[field] = 7) === 7, do: () => {} } },
    });
    assertEquals(check(wide).violation?.message.startsWith("when of look changed"), true);
    const binding = { create: () => 0, actions: { look: () => {} }, view: () => {} };
    assertThrows(() => conform(wide, binding), SpecError, "when of look changed the state");
  }
});

Deno.test("what a step took out takes no room from the claims and guards after it", () => {
  const Wide = Schema.Struct({ a: Int(0, 2 ** 30), b: Int(0, 2 ** 30), c: Int(0, 2 ** 30) });
  const turning = spec({
    name: "turning",
    state: Schema.Struct({ n: Int(0, 3), q: Seq(Wide, 2) }),
    init: [{ n: 0, q: [{ a: 1, b: 1, c: 1 }] }],
    actions: {
      turn: {
        for: {},
        when: (s) => s.n < 3 && !s.q.includes({ a: 0, b: 0, c: 0 }),
        do: (s) => {
          for (let i = 0; i < 5461; i++) s.q.push(s.q.shift());
          s.n++;
        },
      },
    },
    always: { "no zeros": (s) => !s.q.includes({ a: 0, b: 0, c: 0 }) },
    ends: (s) => s.n === 3,
  });
  assertEquals(check(turning).violation, null);
});

Deno.test("functions given to every, some and count must answer true or false", () => {
  const cases: [(s: Anything) => unknown, string][] = [
    [(s) => s.q.every(() => Promise.resolve(false)), "got a promise"],
    [(s) => !s.q.some((x: number) => void (x > 1)), "got nothing"],
    [(s) => s.t.every(() => 1), "got 1"],
    [(s) => s.t.some(() => ""), 'got ""'],
    [(s) => s.t.count(() => null) === 0, "got null"],
  ];
  for (const [claim, got] of cases) {
    const { violation } = check(spec({
      name: "callbacks",
      state: Schema.Struct({ q: Seq(Int(0, 3), 2), t: Table(Int(0, 1), Schema.Boolean) }),
      init: [{ q: [1], t: fill(Int(0, 1), false) }],
      actions: { idle: { for: {}, do: () => {} } },
      always: { claim: claim as (s: unknown) => boolean },
    }));
    assertEquals(
      violation?.message,
      `Cannot use what the function of every, some or count returned: expected true or false, ${got}`,
    );
  }
});

Deno.test("what init throws is told as the spec's fault", () => {
  const init = () => {
    throw new Error("no init");
  };
  const message = 'Cannot use init of "counter": it threw no init';
  assertThrows(() => check(counter(3, { init })), SpecError, message);
});

Deno.test("a step that catches what left the domain cannot go on", () => {
  const quietly = (act: () => void) => {
    try {
      act();
    } catch {
      // As a spec might that tries something out.
    }
  };
  const Pair = Schema.Struct({ a: Int(0, 3), b: Int(0, 3) });
  const cases: ((s: Anything) => void)[] = [
    (s) => quietly(() => s.q.push({ a: 1, b: 9 })),
    (s) => quietly(() => s.q.unshift({ a: 2, b: 9 })),
    (s) => quietly(() => s.p = { a: 2, b: 9 }),
    (s) => quietly(() => s.n = 7),
    (s) => (quietly(() => s.n = 7), quietly(() => s.q.shift())),
  ];
  for (const act of cases) {
    const { violation } = check(spec({
      name: "quiet",
      state: Schema.Struct({ n: Int(0, 3), p: Pair, q: Seq(Pair, 3) }),
      init: [{ n: 0, p: { a: 0, b: 0 }, q: [{ a: 1, b: 1 }] }],
      actions: { act: { for: {}, do: act } },
    }));
    assertEquals([violation?.kind, violation?.name], ["domain", "act"]);
  }
  // What was only looked for has written nothing.
  const looked = check(spec({
    name: "looks",
    state: Schema.Struct({ q: Seq(Pair, 3) }),
    init: [{ q: [{ a: 1, b: 1 }] }],
    actions: {
      look: {
        for: {},
        when: (s) => (quietly(() => s.q.includes({ a: 9, b: 9 })), s.q.includes({ a: 1, b: 1 })),
        do: () => {},
      },
    },
  }));
  assertEquals(looked.ok, true);
});

Deno.test("a key that is no key is an error, not the first one", () => {
  const keys = spec({
    name: "keys",
    state: Schema.Struct({ h: Schema.NullOr(Int(0, 2)), t: Table(Int(0, 2), Schema.Boolean) }),
    init: [{ h: null, t: fill(Int(0, 2), false) }],
    actions: { set: { for: {}, do: (s) => s.t.set(s.h as number, true) } },
  });
  assertEquals(check(keys).violation?.message, 'Cannot set "t" at null: expected one of 0, 1, 2');
});

Deno.test("an error that speaks of memory is the spec's own, not a limit", () => {
  for (const message of ["Array buffer allocation failed", "Invalid typed array length: -1"]) {
    const { outcome, violation } = check(counter(3, {
      always: {
        room: () => {
          throw new RangeError(message);
        },
      },
    }));
    assertEquals([outcome, violation?.message], ["violated", message]);
  }
});

Deno.test("where the memory runs out, the search is incomplete", () => {
  const Real = globalThis.Int32Array;
  globalThis.Int32Array = new Proxy(Real, {
    construct(target, args, made) {
      if (args[0] > 30_000) throw new RangeError("Array buffer allocation failed");
      return Reflect.construct(target, args, made);
    },
  });
  try {
    const report = check(counter(40_000));
    assertEquals([report.outcome, report.outcome === "incomplete" && report.limit], [
      "incomplete",
      "memory",
    ]);
  } finally {
    globalThis.Int32Array = Real;
  }
});

Deno.test("what cannot be shown is no reason to fail in another way", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["me"] = cyclic;
  const hostile = new Error();
  Object.defineProperty(hostile, "message", {
    get() {
      throw 1;
    },
  });
  const cases: [unknown, string][] = [
    [cyclic, "it threw { me: itself }"],
    [hostile, "an error that cannot be shown"],
    [null, "it threw null"],
    [Symbol("s"), "it threw Symbol(s)"],
  ];
  for (const [thrown, message] of cases) {
    const { violation } = check(counter(3, {
      always: {
        fails: () => {
          throw thrown;
        },
      },
    }));
    assertEquals(violation?.message, message);
  }
  const lone = check(spec({
    name: "\ud800",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 0 }],
    actions: { "\udc00": { for: {}, do: (s) => void (s.n = 1) } },
    always: { low: (s) => s.n < 1 },
  }));
  assertEquals(lone.violation?.trace?.steps.length, 1);
});

Deno.test("a plain answer may have a field named next", () => {
  const report = check(counter(3, {
    actions: { add: { for: { by: Int(1, 1) }, do: (s) => ({ next: s.n = (s.n + 1) % 4 }) } },
  }));
  assertEquals(report.ok, true);
});
