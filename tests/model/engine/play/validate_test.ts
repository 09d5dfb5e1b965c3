import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as Schema from "effect/Schema";
import { same } from "../../../../model/engine/language/answers.ts";
import {
  conform,
  fill,
  Int,
  spec,
  SpecError,
  Table,
  type TraceEvent,
  validate,
  type ValidateOptions,
} from "@cofn/coroutine/model";
import { Coroutine, IOThread, SharedCoMutex } from "@cofn/coroutine";
import { needing } from "../../../_needing.ts";
import type * as module from "./_traced_thread.ts";

/** A lock, and a counter that is read and written under it. */
function counted(threads: number, most: number) {
  const Who = Schema.Literals(Array.from({ length: threads }, (_, i) => `t${i}`));
  return spec({
    name: "counted",
    state: Schema.Struct({
      holder: Schema.NullOr(Who),
      n: Int(0, most),
      read: Table(Who, Int(0, most)),
    }),
    init: [{ holder: null, n: 0, read: fill(Who, 0) }],
    actions: {
      lock: {
        for: { who: Who },
        when: (s) => s.holder === null,
        do: (s, { who }) => {
          s.holder = who;
        },
      },
      read: {
        for: { who: Who },
        when: () => true,
        do: (s, { who }) => {
          s.read.set(who, s.n);
          return s.n;
        },
      },
      write: {
        for: { who: Who },
        when: (s, { who }) => s.read.at(who) < most,
        do: (s, { who }) => {
          s.n = s.read.at(who) + 1;
        },
      },
      unlock: {
        for: { who: Who },
        when: (s, { who }) => s.holder === who,
        do: (s) => {
          s.holder = null;
        },
      },
    },
  });
}

const round = (who: string, read: number): TraceEvent[] => [
  { action: "lock", params: { who } },
  { action: "read", params: { who }, answer: read },
  { action: "write", params: { who } },
  { action: "unlock", params: { who } },
];

Deno.test("an order is found that explains what two threads have seen", () => {
  const report = validate(counted(2, 4), [
    [...round("t0", 1), ...round("t0", 2)],
    [...round("t1", 0), ...round("t1", 3)],
  ]);
  assertEquals([report.ok, report.complete, report.events, report.stuck], [true, true, 16, null]);
  assertEquals(report.order, [...Array(4).fill(1), ...Array(8).fill(0), ...Array(4).fill(1)]);
  assertEquals(report.message, "counted explains 16 events of 2 threads");
});

Deno.test("what no order explains is told, and how far one comes", () => {
  const report = validate(counted(2, 4), [[...round("t0", 0)], [...round("t1", 0)]]);
  assertEquals([report.ok, report.complete, report.order], [false, true, null]);
  assertEquals(report.stuck?.explained.reduce((a, b) => a + b), 5);
  assertStringIncludes(report.message, "no order goes on with");
  assert(/goes on with read\(who=t[01]\) = 0$/.test(report.message), report.message);
  const twice = validate(counted(1, 4), [[
    { action: "lock", params: { who: "t0" } },
    { action: "lock", params: { who: "t0" } },
  ]]);
  assertEquals(twice.stuck, { explained: [1], next: ["lock(who=t0)"] });
});

Deno.test("a search that was cut short says so, and what makes no sense is refused", () => {
  const trace = [[...round("t0", 0)], [...round("t1", 0)]];
  const report = validate(counted(2, 4), trace, { maxStates: 3 });
  assertEquals([report.ok, report.complete], [false, false]);
  assertStringIncludes(report.message, "INCOMPLETE");
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const wrong: any[] = [[null], [[[{ action: "nothing" }]]], [[[]], { max: 1 }]];
  for (const [given, options] of wrong) {
    assertThrows(() => validate(counted(1, 1), given, options), SpecError, "Cannot validate");
  }
});

/** A cell that keeps what is put into it, of values that look alike. */
const LIKE = [1, "1", true, "true", "null", 0, "0", "", " "] as const;
const kept = spec({
  name: "kept",
  state: Schema.Struct({ v: Schema.NullOr(Schema.Literals(LIKE)) }),
  init: [{ v: null }],
  actions: {
    put: {
      for: { x: Schema.NullOr(Schema.Literals(LIKE)) },
      do: (s, { x }) => {
        s.v = x;
      },
    },
    get: { for: {}, do: (s) => s.v },
  },
});

Deno.test("validate() tells values apart that look alike, in parameters and in answers", () => {
  for (const x of [null, ...LIKE]) {
    for (const answer of [null, ...LIKE]) {
      const { ok } = validate(kept, [[{ action: "put", params: { x } }, {
        action: "get",
        answer,
      }]]);
      assertEquals(ok, x === answer, `put ${JSON.stringify(x)}, got ${JSON.stringify(answer)}`);
    }
  }
  const { stuck } = validate(kept, [[{ action: "put", params: { x: "1" } }, {
    action: "get",
    answer: 1,
  }]]);
  assertEquals(stuck?.next, ["get = 1"]);
  const { stuck: other } = validate(kept, [[{ action: "put", params: { x: "1" }, answer: 1 }]]);
  assertEquals(other?.next, ['put(x="1") = 1']);
});

Deno.test("validate() takes answers for the same part by part, and 0 for -0", () => {
  class Point {
    constructor(readonly x: number) {}
  }
  const answers: [unknown, unknown, boolean][] = [
    [[1], [1], true],
    [[1], ["1"], false],
    [[1, 2], [2, 1], false],
    [{ x: 1 }, { x: 1 }, true],
    [{ x: 1 }, { x: 1, y: undefined }, false],
    [{ x: 1, y: undefined }, { x: 1 }, false],
    [{ x: { y: [null, "a"] } }, { x: { y: [null, "a"] } }, true],
    [0, -0, true],
    [[0], [-0], true],
    [{ x: [-0] }, { x: [0] }, true],
    [new Map([["a", -0]]), new Map([["a", 0]]), true],
    [new Map([[1, 1], [2, 2]]), new Map([[2, 2], [1, 1]]), true],
    [new Map([[1, 1]]), new Map([[1, 2]]), false],
    [new Set([{ x: -0 }]), new Set([{ x: 0 }]), true],
    [new Set([1, 2]), new Set([1, 3]), false],
    [new Set([1, 2]), new Set([2, 1]), true],
    [new Set<unknown>([1, { x: 1 }, "a"]), new Set<unknown>(["a", 1, { x: 1 }]), true],
    [new Set<unknown>([1, { x: 1 }]), new Set<unknown>([1, { x: 2 }]), false],
    [new Set<unknown>([1, { x: 1 }]), new Set<unknown>([{ x: 1 }, { y: 1 }]), false],
    [new Set([1]), new Set(["1"]), false],
    [
      new Map<unknown, number>([[1, 1], [{ x: 1 }, 2]]),
      new Map<unknown, number>([[{ x: 1 }, 2], [1, 1]]),
      true,
    ],
    [
      new Map<unknown, number>([[1, 1], [{ x: 1 }, 2]]),
      new Map<unknown, number>([[{ x: 1 }, 3], [1, 1]]),
      false,
    ],
    [new Map([[1, undefined]]), new Map([[2, undefined]]), false],
    [new Float64Array([-0]), new Float64Array([0]), true],
    [new Point(-0), new Point(0), true],
    [new Point(1), { x: 1 }, false],
    [NaN, NaN, true],
    [[NaN], [NaN], true],
    [undefined, null, false],
    [{}, [], false],
    [new Date(5), new Date(5), true],
    [new Date(5), new Date(6), false],
    [5n, 5n, true],
    [5n, 5, false],
  ];
  for (const [given, answer, same] of answers) {
    const teller = spec({
      name: "teller",
      state: Schema.Struct({ n: Int(0, 1) }),
      init: [{ n: 0 }],
      actions: { tell: { for: {}, do: () => given } },
    });
    assertEquals(
      validate(teller, [[{ action: "tell", answer }]]).ok,
      same,
      Deno.inspect([given, answer]),
    );
    // The one notion that there is: conform has the same.
    const conforms = conform(teller, {
      create: () => ({}),
      actions: { tell: () => answer },
      view: () => {},
    });
    assertEquals(conforms.ok, same, Deno.inspect([given, answer]));
  }
  const cyclic = (): unknown => {
    const made: Record<string, unknown> = { n: 1 };
    made["me"] = made;
    return made;
  };
  assertEquals([same(cyclic(), cyclic()), same(cyclic(), { n: 1, me: { n: 1 } })], [true, false]);
});

Deno.test("validate() takes parameters in any order, and none that there are not", () => {
  const moved = spec({
    name: "moved",
    state: Schema.Struct({ n: Int(0, 8) }),
    init: [{ n: 0 }],
    actions: {
      set: { for: { a: Int(0, 2), b: Int(0, 2) }, do: (s, { a, b }) => s.n = 3 * a + b },
    },
  });
  for (const params of [{ a: 1, b: 2 }, { b: 2, a: 1 }]) {
    assertEquals(validate(moved, [[{ action: "set", params, answer: 5 }]]).ok, true);
  }
  const wrong: [unknown, string][] = [
    [{ a: 1 }, "event 0 of thread 0 is no step"],
    [{ a: 1 }, "set(a=1) is outside the domains of set: there is no b"],
    [
      { a: 1, b: 2, c: 0 },
      "set(a=1, b=2, c=0) is outside the domains of set: it has no parameter c",
    ],
    [{ a: 1, b: "2" }, 'set(a=1, b="2") is outside the domains of set: b is one of 0, 1, 2'],
    [{ a: 1, toString: 2 }, "outside the domains"],
    [Object.create({ a: 1, b: 2 }), "outside the domains"],
    [null, "expected the params of event 0 of thread 0 to be an object, got null"],
    [{ a: 1, b: Object.create(null) }, "set(a=1, b={}) is outside the domains"],
  ];
  for (const [params, message] of wrong) {
    // deno-lint-ignore no-explicit-any -- what is wrong is tried
    const event: any = { action: "set", params };
    assertThrows(() => validate(moved, [[event]]), SpecError, message);
  }
  for (const word of ["param", "anwser", "refused"]) {
    // deno-lint-ignore no-explicit-any -- what is wrong is tried
    const event: any = { action: "set", params: { a: 1, b: 2 }, [word]: 7 };
    assertThrows(
      () => validate(moved, [[], [event]]),
      SpecError,
      `Cannot validate event 0 of thread 1: unknown word "${word}", expected one of action, params, answer`,
    );
  }
});

Deno.test("what a function of the spec throws in validate() is told as the spec's fault", () => {
  const faulty = (word: "when" | "do", thrown: unknown) =>
    spec({
      name: "faulty",
      state: Schema.Struct({ n: Int(0, 1) }),
      init: [{ n: 0 }],
      actions: {
        up: { for: { by: Int(1, 1) }, do: (s, { by }) => void (s.n = by) },
        bad: {
          for: {},
          when: (s) => {
            if (word === "when" && s.n === 1) throw thrown;
            return true;
          },
          do: (s) => {
            if (word === "do" && s.n === 1) throw thrown;
          },
        },
      },
    });
  const trace = [[{ action: "up", params: { by: 1 } }, { action: "bad" }]];
  for (const word of ["when", "do"] as const) {
    const error = assertThrows(
      () => validate(faulty(word, new TypeError("oh")), trace),
      SpecError,
      `Cannot validate: ${word} of bad of spec "faulty" threw oh, in state { n: 1 }`,
    );
    assertEquals((error.cause as Error).message, "oh");
  }
  const beyond = spec({
    name: "beyond",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 1 }],
    actions: { up: { for: {}, do: (s) => void s.n++ } },
  });
  assertThrows(() => validate(beyond, [[{ action: "up" }]]), SpecError, "Cannot do up in state");
});

Deno.test("validate() that is stopped says by what, and how far it has come", () => {
  const trace = Array.from(
    { length: 4 },
    (_, t) =>
      Array.from({ length: 12 }, () => ({ action: "read", params: { who: `t${t}` }, answer: 0 })),
  );
  const last = { action: "write", params: { who: "t0" }, answer: "never" };
  const hard = [...trace.slice(1), [...trace[0] ?? [], last]];
  const cases: [ValidateOptions, string][] = [
    [{ maxStates: 100 }, "maxStates"],
    [{ maxSeconds: 0 }, "maxSeconds"],
    [{ memory: 200_000 }, "memory"],
    [{ memory: 1 }, "memory"],
    [{ stop: () => true }, "stopped"],
  ];
  for (const [options, limit] of cases) {
    const slow = counted(4, 4);
    const report = validate(slow, hard, options);
    assertEquals([report.ok, report.complete, report.limit], [false, false, limit]);
    assertStringIncludes(report.message, `INCOMPLETE, stopped by ${limit} before`);
    assertEquals(report.stuck?.explained.length, 4);
  }
  const whole = validate(counted(4, 4), hard);
  assertEquals([whole.ok, whole.complete, whole.limit], [false, true, null]);
});

needing("read")(
  "what coroutines on three real threads have seen under a shared mutex is explained",
  async () => {
    const url = new URL("./_traced_thread.ts", import.meta.url);
    const threads = await Promise.all([0, 1, 2].map(() => IOThread.spawn<typeof module>(url)));
    const mutex = new SharedCoMutex("traced");
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const trace = await Promise.all(threads.map((thread, t) => {
      const co = Coroutine.create(function* () {
        return yield* thread.call("countAndTell", `t${t}`, mutex.handle, counter, 30);
      });
      const { done } = co;
      co.enter();
      return done;
    }));
    await Promise.all(threads.map((thread) => thread.join()));
    const report = validate(counted(3, 90), trace);
    assert(report.ok, report.message);
    assertEquals(report.events, 360);
    // The same, as if one had seen what another one has.
    const [first = [], ...others] = trace;
    const forged = first.map((event, i) => i === 1 ? { ...event, answer: counter[0] } : event);
    assertEquals(validate(counted(3, 90), [forged, ...others]).ok, false);
  },
);
