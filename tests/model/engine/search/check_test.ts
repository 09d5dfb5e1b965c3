import { assertEquals, assertThrows } from "@std/assert";
import {
  type AnySpec,
  assertHolds,
  check,
  type CheckOptions,
  fill,
  Int,
  type Progress,
  replay,
  type Report,
  Seq,
  spec,
  SpecError,
  Table,
} from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { queueLock } from "../../../../examples/specs/queue_lock.ts";
import { twoPhase } from "../../../../examples/specs/two_phase.ts";
import { counter, grid, queues } from "../../_specs.ts";

const numbers = ({ distinct, generated, depth }: Report) => [distinct, generated, depth];

Deno.test("check() finds the states, steps and levels that TLC, SPIN and Stateright find", () => {
  assertEquals(numbers(check(twoPhase({ rms: 3 }))), [288, 1146, 11]);
  assertEquals(numbers(check(twoPhase({ rms: 5 }))), [8832, 58146, 17]);
  assertEquals(numbers(check(queueLock({ coroutines: 3, mutexes: 2 }))), [452, 1189, 10]);
});

Deno.test("check() says ok where everything was explored and every claim holds", () => {
  const report = check(counter(5, { always: { "n is small": (s) => s.n <= 5 } }));
  assertEquals(report.outcome, "holds");
  assertEquals(report.ok, true);
  assertEquals(report.complete, true);
  assertEquals(report.violation, null);
  assertHolds(report);
});

Deno.test("check() counts initial states that are given twice once", () => {
  const report = check(counter(2, { init: () => [{ n: 0 }, { n: 0 }, { n: 2 }] }));
  assertEquals(numbers(report), [3, 6, 2]);
});

Deno.test("a false claim comes with a shortest trace to it", () => {
  const report = check(counter(9, { always: { "n stays below 5": (s) => s.n < 5 } }));
  assertEquals(report.ok, false);
  assertEquals(report.complete, false);
  assertEquals(report.violation?.kind, "always");
  assertEquals(report.violation?.name, "n stays below 5");
  assertEquals(report.violation?.trace?.steps.length, 3);
  assertEquals(report.violation?.trace?.states.at(-1), { n: 5 });
});

Deno.test("a claim that is false at the start is found without a step", () => {
  const report = check(counter(3, { always: { "n is not 0": (s) => s.n !== 0 } }));
  assertEquals(report.violation?.trace?.steps, []);
  assertEquals(report.violation?.trace?.states, [{ n: 0 }]);
});

Deno.test("the claim that fails is named, not the ones beside it", () => {
  const report = check(counter(3, {
    always: { first: () => true, second: (s) => s.n < 2, third: () => true },
  }));
  assertEquals(report.violation?.name, "second");
});

Deno.test("sometimes is violated where no state shows it, and only when all were seen", () => {
  const sometimes = {
    "n is 3": (s: { n: number }) => s.n === 3,
    "n is 9": (s: { n: number }) => s.n === 9,
  };
  const full = check(counter(4, { sometimes }));
  assertEquals(full.violation?.kind, "sometimes");
  assertEquals(full.violation?.name, "n is 9");
  assertEquals(full.complete, true);
  assertEquals(full.violation?.trace, null);
  const partial = check(counter(400, { sometimes }), { maxStates: 5 });
  assertEquals(partial.outcome, "incomplete");
});

Deno.test("a claim of sometimes comes with the token of a trace to a state that shows it", () => {
  const machine = counter(4, { sometimes: { "n is 3": (s) => s.n === 3 } });
  const report = check(machine);
  assertHolds(report);
  const [witness] = report.witnesses;
  assertEquals(replay(machine, witness?.token ?? "").states.at(-1), { n: 3 });
});

Deno.test("a state without a step is a deadlock", () => {
  const report = check(counter(3, { ends: () => false }));
  assertEquals(report.violation?.kind, "deadlock");
  assertEquals(report.violation?.trace?.states.at(-1), { n: 3 });
  assertEquals(report.violation?.trace?.steps.length, 2);
});

Deno.test("a state without a step is no deadlock where ends says so, or nobody asks", () => {
  assertEquals(check(counter(3)).ok, true);
  assertEquals(check(counter(3, { ends: () => false }), { deadlock: false }).ok, true);
});

Deno.test("a step that changes nothing is a step: no deadlock", () => {
  const report = check(counter(0, {
    actions: { add: { for: { by: Int(1, 1) }, do: () => {} } },
    ends: () => false,
  }));
  assertEquals(numbers(report), [1, 2, 1]);
  assertEquals(report.ok, true);
});

Deno.test("a guard is asked for every choice of parameters, however it takes them", () => {
  // deno-lint-ignore no-explicit-any -- guards of several shapes
  const guards: any[] = [
    (_s: unknown, p: { by: number }) => p.by === 1,
    (_s: unknown, p: { by: number } = { by: 0 }) => p.by === 1,
    (...args: [unknown, { by: number }]) => args[1].by === 1,
    function (_s: unknown) {
      return arguments[1].by === 1;
    },
  ];
  for (const when of guards) {
    const add = {
      for: { by: Int(1, 2) },
      when,
      do: (s: { n: number }) => s.n = (s.n + 1) % 4,
    };
    assertEquals(numbers(check(counter(3, { actions: { add } }))), [4, 5, 4]);
    // A long search asks otherwise than a short one.
    const long = { ...add, do: (s: { n: number }) => s.n = (s.n + 1) % 4000 };
    assertEquals(numbers(check(counter(3999, { actions: { add: long } }))), [4000, 4001, 4000]);
  }
  const once = {
    for: { by: Int(1, 2) },
    when: (s: { n: number }) => s.n < 2,
    do: (s: { n: number }) => s.n++,
  };
  assertEquals(numbers(check(counter(3, { actions: { add: once }, ends: () => true }))), [3, 5, 3]);
});

Deno.test("within bounds the search: states outside are checked, but not counted or explored", () => {
  const within = (s: { n: number }) => s.n < 3;
  const report = check(counter(9, { within }));
  assertEquals(numbers(report), [3, 7, 2]);
  assertEquals(report.outside, 3);
  assertEquals(report.ok, true);
  const seen = check(counter(9, { within, always: { "n is not 4": (s) => s.n !== 4 } }));
  assertEquals(seen.violation?.trace?.states.at(-1), { n: 4 });
  const unseen = check(counter(9, { within, always: { "n is not 5": (s) => s.n !== 5 } }));
  assertEquals(unseen.ok, true);
});

Deno.test("coverage says how often each action was made and how many states it found", () => {
  const report = check(counter(2));
  assertEquals(report.coverage, [{ action: "add", fired: 3, fresh: 2 }]);
  assertEquals(report.warnings, []);
});

Deno.test("an action that is never enabled is warned of, in complete searches only", () => {
  const never = { add: { for: { by: Int(1, 2) }, when: () => false, do: () => {} } };
  assertEquals(check(counter(2, { actions: never, ends: () => true })).warnings, [
    'action "add" is never enabled',
  ]);
  const limited = check(
    counter(2, { actions: never, ends: () => true, init: [{ n: 0 }, { n: 1 }] }),
    {
      maxStates: 1,
    },
  );
  assertEquals(limited.warnings, []);
});

Deno.test("a spec without actions is warned of: nothing happens there", () => {
  const idle = spec({
    name: "idle",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 0 }],
    actions: {},
    ends: () => true,
  });
  assertEquals(check(idle).warnings, [
    "there is no action: only initial states were looked at",
  ]);
});

Deno.test("a limit on states makes a report incomplete, unless all states were found by then", () => {
  const report = check(grid(3, 9), { maxStates: 999 });
  assertEquals(report.outcome, "incomplete");
  assertEquals(report.ok, false);
  assertEquals(report.complete, false);
  assertEquals(report.distinct, 999);
  assertEquals(report.outcome === "incomplete" && report.limit, "maxStates");
  assertThrows(() => assertHolds(report), Error, "INCOMPLETE");
  assertEquals(check(grid(3, 9), { maxStates: 1000 }).outcome, "holds");
});

Deno.test("a limit on time makes a report incomplete", () => {
  const report = check(grid(4, 9), { maxSeconds: 0 });
  assertEquals(report.outcome, "incomplete");
  assertEquals(report.outcome === "incomplete" && report.limit, "maxSeconds");
});

Deno.test("a violation is reported even where a limit is near", () => {
  const report = check(counter(9, { always: { "n is not 2": (s) => s.n !== 2 } }), {
    maxStates: 2,
  });
  assertEquals(["violated", "incomplete"].includes(report.outcome), true);
  assertEquals(report.ok, false);
});

Deno.test("hashed keys find the same, and the report says how probable a collision is", () => {
  for (const make of [() => twoPhase({ rms: 5 }), () => grid(5, 5), () => queues(6)]) {
    const exact = check(make());
    const hashed = check(make(), { hashed: true });
    assertEquals(numbers(hashed), numbers(exact));
    assertEquals([exact.keys, exact.collisionProbability], ["exact", 0]);
    assertEquals(hashed.keys, "hashed");
    const expected = hashed.distinct ** 2 / 2 ** 65;
    assertEquals(hashed.collisionProbability <= expected * 1.01, true);
  }
});

Deno.test("states up to 256 bits are kept whole, and wider ones by hash", () => {
  const wide = (n: number) => check(grid(n, 1), { maxStates: 3000 });
  assertEquals(wide(255).keys, "exact");
  assertEquals(wide(256).keys, "hashed");
  const report = check(queues(40));
  assertEquals(numbers(report), [41, 81, 41]);
  assertEquals(report.keys, "hashed");
});

Deno.test("states of every number of words are told apart", () => {
  // The token moves along a row of flags: one state for each place.
  for (const size of [20, 40, 70, 100, 130, 200, 240, 300]) {
    const Place = Int(0, size - 1);
    const row = spec({
      name: "row",
      state: Schema.Struct({ at: Table(Place, Schema.Boolean), here: Place }),
      init: [{ at: fill(Place, (place) => place === 0), here: 0 }],
      actions: {
        move: {
          for: { by: Schema.Literals([1, 7]) },
          do: (s, { by }) => {
            s.at.set(s.here, false);
            s.here = (s.here + by) % size;
            s.at.set(s.here, true);
          },
        },
      },
      always: { "one flag is up": (s) => s.at.count((up) => up) === 1 },
    });
    const report = check(row);
    assertEquals([report.ok, report.distinct, report.generated], [true, size, 2 * size + 1]);
  }
});

Deno.test("the visited set keeps every state while it grows", () => {
  assertEquals(numbers(check(grid(4, 11))), [12 ** 4, 1 + 4 * 11 * 12 ** 3, 45]);
  assertEquals(numbers(check(grid(1, 4000))), [4001, 4001, 4001]);
});

Deno.test("one state may have thousands of successors", () => {
  const Many = Int(0, 4095);
  const wide = spec({
    name: "wide",
    state: Schema.Struct({ n: Many }),
    init: [{ n: 0 }],
    actions: { go: { for: { to: Many }, when: (s) => s.n === 0, do: (s, { to }) => s.n = to } },
    ends: () => true,
  });
  assertEquals(numbers(check(wide)), [4096, 4097, 2]);
});

Deno.test("bytes per state count the visited set, the queue and the parents", () => {
  const report = check(grid(6, 6));
  assertEquals(report.distinct, 7 ** 6);
  assertEquals(report.bytesPerState > 12 && report.bytesPerState < 60, true);
});

Deno.test("a long search may take values out in every step", () => {
  const Big = Int(0, 2 ** 20);
  const Job = Schema.Struct({ id: Int(0, 9), urgent: Schema.Boolean, a: Big, b: Big });
  const jobs = spec({
    name: "jobs",
    state: Schema.Struct({ q: Seq(Job, 4) }),
    init: [{ q: [] }],
    actions: {
      put: {
        for: { id: Int(0, 9), urgent: Schema.Boolean },
        when: (s) => s.q.length < 4,
        do: (s, p) => s.q.push({ ...p, a: 0, b: 0 }),
      },
      take: { for: {}, when: (s) => s.q.length > 0, do: (s) => s.q.shift().id },
    },
    always: { "no job is in it five times": (s) => s.q.length < 5 },
  });
  const report = check(jobs);
  assertHolds(report);
  assertEquals(report.distinct, 1 + 20 + 20 ** 2 + 20 ** 3 + 20 ** 4);
});

Deno.test("a long search says now and then how far it has come", () => {
  const news: Progress[] = [];
  const options: CheckOptions = { progressSeconds: 0, onProgress: (one) => news.push(one) };
  const report = check(grid(5, 6), options);
  assertEquals(news.length > 3, true);
  const last = news.at(-1);
  assertEquals(last?.spec, "grid");
  assertEquals((last?.distinct ?? 0) <= report.distinct, true);
  assertEquals((last?.depth ?? 0) > 1 && (last?.depth ?? 0) <= report.depth, true);
});

Deno.test("a short search says nothing", () => {
  const news: Progress[] = [];
  check(counter(5), { onProgress: (one) => news.push(one) });
  assertEquals(news, []);
});

Deno.test("an initial state outside the schema is refused by its number", () => {
  assertThrows(
    () => check(counter(3, { init: [{ n: 0 }, { n: 4 }] })),
    SpecError,
    'Cannot use initial state 1 of "counter": cannot set "n" to 4',
  );
  assertThrows(() => check(counter(3, { init: [] })), SpecError, "at least one initial state");
});

Deno.test("two searches of one spec do not know of each other", () => {
  const one = counter(6);
  assertEquals(numbers(check(one)), numbers(check(one)));
});

Deno.test("what the one who is told of progress throws comes back to the caller", () => {
  const options = {
    progressSeconds: 0,
    onProgress: () => {
      throw new Error("not now");
    },
  };
  assertThrows(() => check(counter(9000), options), Error, "not now");
});

Deno.test("options that are none are refused", () => {
  // deno-lint-ignore no-explicit-any -- options that the types forbid
  const cases: [any, string][] = [
    [{ maxStates: 2.5 }, "expected maxStates to be a positive integer, got 2.5"],
    [{ maxStates: "5" }, 'expected maxStates to be a positive integer, got "5"'],
    [{ maxStates: 0 }, "expected maxStates to be a positive integer, got 0"],
    [{ maxSeconds: NaN }, "expected maxSeconds to be a number of seconds, got NaN"],
    [{ claims: [] }, "expected claims to be a list of texts, got []"],
    [{ claim: ["n"] }, 'Cannot check: unknown word "claim", expected one of maxStates'],
    [null, "Cannot check: expected an object with some of maxStates"],
    [5, "Cannot check: expected an object with some of maxStates"],
    [{ hashed: 1 }, "Cannot check: expected hashed to be true or false, got 1"],
    [{ deadlock: "no" }, 'Cannot check: expected deadlock to be true or false, got "no"'],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => check(counter(3), options), SpecError, message);
  }
});

Deno.test("a spec whose state no memory holds is refused at once", () => {
  const deep = (n: number) => Seq(Seq(Seq(Int(0, 9), n), n), n);
  const wide = (n: number) =>
    spec({
      name: "wide",
      state: Schema.Struct({ a: deep(n) }),
      init: [{ a: [] }],
      actions: { tick: { for: {}, do: () => {} } },
    });
  assertEquals(check(wide(20)).distinct, 1);
  for (const n of [600, 4096]) {
    assertThrows(() => check(wide(n)), SpecError, "Cannot hold the state: it takes ");
  }
});

Deno.test("a spec with more choices than can be tried is refused", () => {
  const many = spec({
    name: "many",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 0 }],
    actions: {
      tick: { for: {}, do: () => {} },
      choose: { for: { x: Int(1, 4096), y: Int(1, 4096) }, do: () => {} },
    },
  });
  assertThrows(
    () => check(many),
    SpecError,
    'Cannot use "many": with action "choose" it has 16,777,217 choices of actions and parameters',
  );
});

Deno.test("the state that violates counts, at whatever level, and so does its level", () => {
  const found = (low: number, from = 0) => {
    const { distinct, generated, depth, outcome, coverage } = check(spec({
      name: "climb",
      state: Schema.Struct({ n: Int(0, 9) }),
      init: [{ n: from }],
      actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
      always: { low: (s) => s.n < low },
    }));
    return [outcome, distinct, generated, depth, coverage[0]?.fresh];
  };
  assertEquals(found(0), ["violated", 1, 1, 1, 0]);
  assertEquals(found(5, 5), ["violated", 1, 1, 1, 0]);
  assertEquals(found(1), ["violated", 2, 2, 2, 1]);
  assertEquals(found(3), ["violated", 4, 4, 4, 3]);
  const initial = check(counter(3, { always: { none: () => false } }));
  assertEquals([initial.distinct, initial.depth], [1, 1]);
});

/** A spec of many states, of which one function calls `wait`. */
function slow(
  where: "when" | "do" | "always" | "sometimes" | "within" | "ends" | "many",
  wait: () => void,
): AnySpec {
  const at = (here: string): true => {
    if (here === where) wait();
    return true;
  };
  return spec({
    name: `slow ${where}`,
    state: Schema.Struct({ n: Int(0, 1_000_000) }),
    init: () => Array.from({ length: 300 }, (_, n) => ({ n })),
    actions: {
      double: {
        for: {},
        when: () => at("when") && where !== "ends",
        do: (s) => {
          at("do");
          s.n = s.n * 2 % 1_000_000;
        },
      },
      add: {
        for: { by: Int(1, where === "many" ? 1000 : 2) },
        when: (_, { by }) => by > 0 && at("many") && where !== "ends",
        do: (s, { by }) => void (s.n = (s.n + by) % 1_000_000),
      },
    },
    always: { holds: () => at("always") },
    sometimes: { never: () => at("sometimes") && false },
    within: () => at("within"),
    ends: () => at("ends"),
  });
}

Deno.test("a limit on time ends a search whichever function of the spec is slow", () => {
  const { now } = performance;
  for (const where of ["when", "do", "always", "sometimes", "within", "ends", "many"] as const) {
    // A clock that goes on only where it is told to: by 20 ms for each call.
    let calls = 0;
    performance.now = () => 20 * calls;
    try {
      const told: number[] = [];
      const report = check(slow(where, () => calls++), {
        maxSeconds: 1,
        progressSeconds: 0.2,
        onProgress: ({ seconds }) => told.push(seconds),
      });
      assertEquals([where, report.outcome, report.outcome === "incomplete" && report.limit], [
        ...[where, "incomplete", "maxSeconds"],
      ]);
      assertEquals([where, calls > 50 && calls < 60, told.length > 1], [where, true, true]);
    } finally {
      performance.now = now;
    }
  }
});

Deno.test("a search stops when it is asked to, and says so", () => {
  let asked = 0;
  const wait = (): void => {
    for (const end = performance.now() + 20; performance.now() < end;);
  };
  const report = check(slow("when", wait), { stop: () => ++asked === 3 });
  assertEquals([report.outcome, report.outcome === "incomplete" && report.limit, asked], [
    ...["incomplete", "stopped", 3],
  ]);
  assertEquals(report.distinct > 0 && report.distinct <= 9000, true);
});

Deno.test("a limit on memory makes a report incomplete, with what was found", () => {
  const report = check(counter(1_000_000), { memory: 1_000_000 });
  assertEquals([report.outcome, report.outcome === "incomplete" && report.limit], [
    ...["incomplete", "memory"],
  ]);
  assertEquals(report.distinct > 1000 && report.bytesPerState * report.distinct <= 1_000_000, true);
  assertEquals(check(counter(1000), { memory: 1_000_000 }).ok, true);
  // One with which nothing can begin says so as any other.
  for (const hashed of [false, true]) {
    const none = check(counter(1_000_000), { memory: 1, hashed });
    assertEquals([none.outcome, none.outcome === "incomplete" && none.limit], [
      ...["incomplete", "memory"],
    ]);
  }
});

Deno.test("tables of thousands of keys, and states of a million bits, are explored", () => {
  const Key = Int(0, 4095);
  const many = spec({
    name: "many keys",
    state: Schema.Struct({ n: Int(0, 300), t: Table(Key, Schema.Boolean) }),
    init: () => [{ n: 0, t: fill(Key, false) }],
    actions: {
      go: {
        for: {},
        when: (s) => s.n < 300,
        do: (s) => {
          s.t.assign(fill(Key, (key: number) => key === s.n));
          s.n++;
        },
      },
    },
    ends: (s) => s.n === 300,
  });
  assertEquals([check(many).ok, check(many).distinct], [true, 301]);
  const Side = Int(0, 1023);
  const most = 20;
  const wide = spec({
    name: "a million bits",
    state: Schema.Struct({ n: Int(0, 4), t: Table(Side, Table(Side, Schema.Boolean)) }),
    init: () => [{ n: 0, t: fill(Side, fill(Side, false)) }],
    actions: {
      go: {
        for: { x: Int(0, most) },
        when: (s) => s.n < 4,
        do: (s, { x }) => {
          s.t.at(s.n * 200).set(x, true);
          s.n++;
          if (x > 1) s.n = 4;
        },
      },
    },
    ends: (s) => s.n === 4,
  });
  const report = check(wide);
  assertEquals([report.ok, report.generated], [true, 1 + (most + 1) * (1 + 2 + 4 + 8)]);
});

Deno.test("claims are chosen by their texts, all that have one of them, and a text that none has is refused", () => {
  const given = counter(3, {
    always: {
      "n is small": (s) => s.n < 9,
      "n is not 2": (s) => s.n !== 2,
      "n is not 3": (s) => s.n !== 3,
    },
    sometimes: { "n is 9": (s) => s.n === 9 },
  });
  const named = (...claims: string[]) => check(given, { claims }).violation?.name;
  assertEquals(named("small"), undefined);
  assertEquals(named("not 3"), "n is not 3");
  assertEquals(named("small", "not 2"), "n is not 2");
  assertEquals(named("small", "n is 9"), "n is 9");
  assertEquals(check(given, { claims: ["not"] }).tested, {
    always: 2,
    sometimes: 0,
    deadlock: true,
  });
  for (const claims of [["n is 8"], ["small", "n is 8"]]) {
    assertThrows(() => check(given, { claims }), SpecError, 'Cannot test claim "n is 8"');
  }
});

Deno.test("states that differ in any one word are told apart, kept whole or by hash", () => {
  for (const size of [1, 2, 3, 5, 7, 9, 12]) {
    const Place = Int(0, size - 1);
    // A word for each place.
    const wide = spec({
      name: "wide",
      state: Schema.Struct({ at: Table(Place, Int(0, 2 ** 20)) }),
      init: [{ at: fill(Place, 0) }],
      actions: {
        set: {
          for: { place: Place, to: Int(0, 1) },
          do: (s, { place, to }) => void s.at.set(place, to),
        },
      },
    });
    for (const hashed of [false, true]) {
      const report = check(wide, { hashed });
      assertEquals([report.outcome, report.distinct], ["holds", 2 ** size]);
    }
  }
});
