import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertConforms,
  conform,
  conforming,
  type ConformOptions,
  conformText,
  fill,
  Int,
  Seq,
  spec,
  SpecError,
  Table,
  wander,
} from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { binding, cell, counting, model, Mutex, Refused } from "../../_bindings.ts";

Deno.test("conform() accepts code that does what the model says, and counts what it did", () => {
  const report = conform(model, binding(() => new Mutex()));
  assertConforms(report);
  assertEquals([report.ok, report.complete, report.mismatch], [true, true, undefined]);
  assertEquals(report.replayed >= report.transitions, true);
  assertEquals(report.refused > 0, true);
});

const bugs: readonly (readonly [kind: string, what: string, make: () => Mutex])[] = [
  ["view", "a state that is not the model's", () =>
    new class extends Mutex {
      override unlock(who: "a" | "b"): void {
        super.unlock(who);
        this.holder = null;
      }
    }()],
  ["answer", "a wrong answer", () =>
    new class extends Mutex {
      override lock(who: "a" | "b"): string {
        super.lock(who);
        return "taken";
      }
    }()],
  ["accepted", "a forbidden call that is accepted", () =>
    new class extends Mutex {
      override unlock(who: "a" | "b"): void {
        if (this.holder === who) super.unlock(who);
      }
    }()],
  ["code", "a forbidden call that is refused for another reason", () =>
    new class extends Mutex {
      override unlock(who: "a" | "b"): void {
        if (this.holder === null) throw new Refused("not-locked");
        super.unlock(who);
      }
    }()],
  ["threw", "an allowed call that is refused", () =>
    new class extends Mutex {
      override lock(who: "a" | "b"): string {
        if (this.holder !== null && this.holder !== who) throw new Refused("busy");
        return super.lock(who);
      }
    }()],
  ["view", "a refused call that changes something", () =>
    new class extends Mutex {
      override unlock(who: "a" | "b"): void {
        if (this.holder !== who) this.waiters = [];
        super.unlock(who);
      }
    }()],
];

for (const [kind, what, make] of bugs) {
  Deno.test(`conform() reports ${what}, with the calls that lead there`, () => {
    const report = conform(model, binding(make));
    assertEquals(report.ok, false);
    assertEquals(report.mismatch?.kind, kind, conformText(report));
    assertEquals((report.mismatch?.calls ?? []).length > 0, true);
    assertStringIncludes(conformText(report), (report.mismatch?.calls ?? []).at(-1) ?? "?");
    assertThrows(() => assertConforms(report), Error, "does not conform");
  });

  Deno.test(`wander() finds ${what}, and the shortest calls that lead there`, () => {
    const report = wander(model, binding(make), { seed: 7 });
    assertEquals(report.ok, false);
    assertEquals(report.mismatch?.kind, kind);
    assertEquals(
      (report.mismatch?.calls ?? []).length <= 3,
      true,
      (report.mismatch?.calls ?? []).join(),
    );
  });
}

Deno.test("conform() reports calls that do not come back", () => {
  const real = binding(() => new Mutex());
  const report = conform(model, { ...real, play: (_, next) => void next() });
  assertEquals(report.mismatch?.kind, "lost");
});

Deno.test("conform() that stops at its limit says INCOMPLETE, and is not ok", () => {
  const report = conform(model, binding(() => new Mutex()), { maxStates: 2 });
  assertEquals([report.ok, report.complete], [false, false]);
  assertStringIncludes(conformText(report), "INCOMPLETE");
  assertThrows(() => assertConforms(report));
});

Deno.test("conform() begins in every initial state, and tells create() which", () => {
  const two = counting({ init: [{ n: 0 }, { n: 7 }, { n: 7 }, { n: 3 }] });
  const made: number[] = [];
  const create = ({ n }: { n: number }) => (made.push(n), { n });
  assertConforms(conform(two, { ...cell, create }));
  assertEquals([0, 3, 7].every((n) => made.includes(n)), true);
  made.length = 0;
  assertConforms(wander(two, { ...cell, create }));
  assertEquals([0, 3, 7].every((n) => made.includes(n)), true);
  const far = spec({
    name: "far",
    state: Schema.Struct({ n: Int(0, 9), far: Schema.Boolean, noise: Int(0, 9) }),
    init: [{ n: 0, far: false, noise: 0 }, { n: 0, far: true, noise: 0 }],
    actions: {
      hum: { for: {}, do: (s) => void (s.noise = (s.noise + 1) % 10) },
      up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ },
    },
  });
  const { mismatch } = conform(far, {
    create: ({ far }) => ({ n: 0, far, noise: 0 }),
    actions: {
      hum: (real) => void (real.noise = (real.noise + 1) % 10),
      up: (real) => void (real.n += real.far && real.n === 4 ? 2 : 1),
    },
    view(real, s) {
      s.n = real.n;
      s.far = real.far;
      s.noise = real.noise;
    },
  });
  assertEquals(mismatch?.calls, ["up", "up", "up", "up", "up"]);
  assertEquals(mismatch?.differences, [{ path: "n", from: 5, to: 6 }]);
});

Deno.test("conform() blames create() for what it makes, and earlier calls for what is shared", () => {
  const wrong = conform(counting(), { ...cell, create: () => ({ n: 1 }) }).mismatch;
  assertEquals(wrong?.calls, []);
  assertStringIncludes(
    wrong?.message ?? "",
    "what create() makes does not look like the initial state { n: 0 }",
  );
  const second = conform(counting({ init: [{ n: 0 }, { n: 5 }] }), {
    ...cell,
    create: () => ({ n: 0 }),
  }).mismatch;
  assertEquals(second?.calls, []);
  assertStringIncludes(second?.message ?? "", "does not look like the initial state { n: 5 }");
  const one = { n: 0 };
  const branching = spec({
    name: "branching",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: {
      add: {
        for: { by: Int(1, 2) },
        when: (s, { by }) => s.n + by <= 9,
        do: (s, { by }) => void (s.n += by),
      },
    },
    ends: () => true,
  });
  const shared = conform(branching, {
    create: () => one,
    actions: { add: (real, { by }) => void (real.n += by) },
    view: cell.view,
  }).mismatch;
  assertStringIncludes(shared?.message ?? "", "what create() makes is not new");
  assertEquals((shared?.calls ?? []).length > 0, true);
});

Deno.test("conform() goes as far as within, and carries out what leads outside", () => {
  const report = conform(counting({ within: (s) => s.n < 3 }), cell);
  assertEquals([report.ok, report.states, report.transitions, report.replayed], [true, 3, 3, 3]);
  const wrong = {
    ...cell,
    actions: { up: (real: { n: number }) => void (real.n += real.n === 2 ? 2 : 1) },
  };
  assertEquals(conform(counting({ within: (s) => s.n < 3 }), wrong).mismatch?.calls.length, 3);
  assertEquals(conform(counting({ within: (s) => s.n < 2 }), wrong).ok, true);
  assertEquals(wander(counting({ within: (s) => s.n < 2 }), wrong, { runs: 20 }).ok, true);
  assertEquals(wander(counting({ within: (s) => s.n < 3 }), wrong, { runs: 20 }).ok, false);
  const nowhere = counting({ within: () => false });
  assertThrows(() => conform(nowhere, cell), SpecError, "no initial state is inside within");
});

Deno.test("conform() is not complete where its limit leaves out an initial state", () => {
  const report = conform(counting({ init: [{ n: 9 }, { n: 0 }] }), cell, { maxStates: 1 });
  assertEquals([report.ok, report.complete], [false, false]);
});

Deno.test("conform() looks at every initial state, even if there is nothing to try", () => {
  const stuck = counting({ init: [{ n: 0 }, { n: 9 }] });
  const create = ({ n }: { n: number }) => ({ n: n === 9 ? 8 : n });
  assertEquals(conform(stuck, { ...cell, create }).mismatch?.kind, "view");
  assertEquals(conform(counting({ init: [{ n: 9 }] }), { ...cell, create }).ok, false);
  assertEquals(conform(counting({ init: [{ n: 9 }] }), cell).ok, true);
});

Deno.test("answers are compared part by part, whatever they are", () => {
  const answering = (answer: (n: number) => unknown) =>
    spec({
      name: "answering",
      state: Schema.Struct({ n: Int(0, 3) }),
      init: [{ n: 0 }],
      actions: { up: { for: {}, do: (s) => answer(s.n = (s.n + 1) % 4) } },
    });
  const real = (answer: (n: number) => unknown) => ({
    create: () => ({ n: 0 }),
    actions: { up: (real: { n: number }) => answer(real.n = (real.n + 1) % 4) },
    view: cell.view,
  });
  const differ: [(n: number) => unknown, (n: number) => unknown][] = [
    [() => new Set(["a"]), () => new Set(["b"])],
    [(n) => new Map([[n, n]]), () => new Map()],
    [() => new Date(0), () => new Date(1)],
    [() => ({}), () => new Error("boom")],
    [(n) => n, (n) => BigInt(n)],
    [() => Math.min, () => Math.max],
    [() => ({ a: 1, b: 2 }), () => ({ "a: 1, b": 2 })],
    [() => [1], () => [1, undefined]],
  ];
  for (const [model, code] of differ) {
    assertEquals(conform(answering(model), real(code)).mismatch?.kind, "answer");
    assertConforms(conform(answering(model), real(model)));
  }
  assertConforms(
    conform(answering((n) => ({ a: n, b: [n] })), real((n) => ({ b: [n], a: n }))),
  );
  const cyclic: Record<string, unknown> = {};
  cyclic["me"] = cyclic;
  const { mismatch } = conform(answering((n) => n), real(() => cyclic));
  assertEquals(mismatch?.message, "the call must answer 1, it answered { me: itself }");
});

Deno.test("conform() sees what a refused call changes, even where nothing is called after it", () => {
  const full = (over: { refuse: () => string }) =>
    spec({
      name: "full",
      state: Schema.Struct({ n: Int(0, 9) }),
      init: [{ n: 0 }],
      actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++, ...over } },
      ends: () => true,
    });
  const up = (real: { n: number }, harm: number) => {
    if (real.n === 9) {
      real.n -= harm;
      throw new Refused("full");
    }
    real.n++;
  };
  const refuse = () => "full";
  const harmless = { ...cell, actions: { up: (real: { n: number }) => up(real, 0) } };
  const harmful = { ...cell, actions: { up: (real: { n: number }) => up(real, 1) } };
  assertConforms(conform(full({ refuse }), harmless));
  const { mismatch } = conform(full({ refuse }), harmful);
  assertEquals([mismatch?.kind, mismatch?.calls.length], ["view", 10]);
});

Deno.test("conform() does not take the model's own fault for that of the code", () => {
  const wrong = spec({
    name: "wrong",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
    always: { "n is below 2": (s) => s.n < 2 },
    ends: () => true,
  });
  const sticks = {
    ...cell,
    actions: { up: (real: { n: number }) => void (real.n = Math.min(4, real.n + 1)) },
  };
  const { mismatch } = conform(wrong, sticks);
  assertEquals([mismatch?.kind, mismatch?.calls.length], ["view", 5]);
});

Deno.test("a report with a mismatch is not complete", () => {
  const report = conform(counting(), { ...cell, create: () => ({ n: 1 }) });
  assertEquals([report.ok, report.complete], [false, false]);
});

Deno.test("what a step answers is what it was when the step was made", () => {
  const Job = Schema.Struct({ id: Int(0, 2) });
  const jobs = spec({
    name: "jobs",
    state: Schema.Struct({ q: Seq(Job, 3) }),
    init: [{ q: [{ id: 2 }, { id: 0 }, { id: 1 }] }],
    actions: {
      take: {
        for: {},
        when: (s) => s.q.length > 0,
        do: (s) => ({ job: s.q.shift(), rest: [...s.q] }),
      },
    },
    ends: (s) => s.q.length === 0,
  });
  const binding = (off: number) => ({
    create: () => [{ id: 2 }, { id: 0 }, { id: 1 }],
    actions: {
      take: (q: { id: number }[]) => ({ job: { id: ((q.shift()?.id ?? 0) + off) % 3 }, rest: q }),
    },
    view: (q: { id: number }[], s: { q: { assign(jobs: { id: number }[]): void } }) =>
      s.q.assign(q),
  });
  assertConforms(conform(jobs, binding(0)));
  assertEquals(conform(jobs, binding(1)).mismatch?.kind, "answer");
});

Deno.test("conforming() stops now and then, and comes to the same report as conform()", () => {
  // Every state is reached by a replay of its own: there is nothing to go on to from it.
  const wide = spec({
    name: "wide",
    state: Schema.Struct({ at: Int(0, 3000) }),
    init: [{ at: 0 }],
    actions: {
      goTo: {
        for: { n: Int(1, 3000) },
        when: (s) => s.at === 0,
        do: (s, { n }) => s.at = n,
      },
    },
  });
  let made = 0;
  const box = {
    create: () => {
      // Some take longer than anybody may have to wait for their turn.
      for (const begin = performance.now(); made < 6 && performance.now() < begin + 15;);
      made++;
      return { at: 0 };
    },
    actions: { goTo: (real: { at: number }, { n }: { n: number }) => real.at = n },
    view: (real: { at: number }, s: { at: number }) => s.at = real.at,
  };
  const walk = conforming(wide, box);
  let stops = 0;
  let step = walk.next();
  for (; step.done !== true; step = walk.next()) stops++;
  const { seconds: _, ...report } = step.value;
  const { seconds: __, ...whole } = conform(wide, box);
  assertEquals(report, whole);
  assertEquals([report.ok, report.replays, stops > 0], [true, 3000, true]);
});

Deno.test("every word of a wide state is compared", () => {
  const Place = Int(0, 15);
  const wide = spec({
    name: "wide",
    state: Schema.Struct({ at: Table(Place, Int(0, 2 ** 20)) }),
    init: [{ at: fill(Place, 0) }],
    actions: {
      set: {
        for: { place: Place },
        when: (s, { place }) => s.at.every((value) => value === 0) && s.at.at(place) === 0,
        do: (s, { place }) => void s.at.set(place, 1),
      },
    },
    ends: () => true,
  });
  const wrongAt = (wrong: number | undefined) => ({
    create: () => new Array<number>(16).fill(0),
    actions: {
      set: (real: number[], { place }: { place: number }) => {
        real[place] = place === wrong ? 2 : 1;
      },
    },
    view: (real: number[], s: { at: { set(place: number, value: number): void } }) =>
      real.forEach((value, place) => s.at.set(place, value)),
  });
  assertEquals(conform(wide, wrongAt(undefined)).ok, true);
  for (let place = 0; place < 16; place++) {
    const { mismatch } = conform(wide, wrongAt(place));
    assertEquals(mismatch?.differences, [{ path: `at[${place}]`, from: 1, to: 2 }]);
  }
});

Deno.test("conform() that is stopped says by what, before and after it knows the model", () => {
  const wide = (size: number) =>
    spec({
      name: "wide",
      state: Schema.Struct({ n: Int(0, size) }),
      init: [{ n: 0 }],
      actions: { up: { for: {}, when: (s) => s.n < size, do: (s) => (s.n++, { at: [s.n] }) } },
      ends: (s) => s.n === size,
    });
  let calls = 0;
  const box = (wait: number) => ({
    create: () => ({ n: 0 }),
    actions: {
      up: (real: { n: number }) => {
        calls++;
        for (const end = performance.now() + wait; performance.now() < end;);
        return { at: [++real.n] };
      },
    },
    view: (real: { n: number }, s: { n: number }) => s.n = real.n,
  });
  const cases: [number, number, ConformOptions, string][] = [
    [1_000_000, 0, { maxSeconds: 0.1 }, "maxSeconds"],
    [1_000_000, 0, { memory: 1_000_000 }, "memory"],
    [1_000_000, 0, { memory: 1 }, "memory"],
    [1_000_000, 0, { stop: () => true }, "stopped"],
    [200, 20, { stop: () => calls > 3 }, "stopped"],
    [200, 0, { maxStates: 100 }, "maxStates"],
  ];
  for (const [size, wait, options, limit] of cases) {
    calls = 0;
    const report = conform(wide(size), box(wait), options);
    assertEquals([report.ok, report.complete, report.limit, report.mismatch], [
      ...[false, false, limit, undefined],
    ]);
    assertEquals(report.replayed > 0, size === 200);
    assertStringIncludes(conformText(report), `wide INCOMPLETE: stopped by ${limit} after`);
    assertThrows(() => assertConforms(report), Error, "INCOMPLETE");
  }
  assertEquals(conform(wide(200), box(0)).limit, null);
  const walks = wander(wide(200), box(5), { runs: 1000, stop: () => true });
  assertEquals([walks.ok, walks.limit], [false, "stopped"]);
  assertStringIncludes(conformText(walks), "INCOMPLETE in random walks");
  assertEquals(wander(wide(20), box(0), { runs: 3, maxSeconds: 60 }).limit, null);
});

Deno.test("each call is noted before it is made, also while a shorter list of calls is sought", () => {
  const journal = new Int32Array(20);
  let made = 0;
  let runs = 0;
  const noted: boolean[] = [];
  const wrong = {
    ...cell,
    create: (initial: { n: number }) => {
      made = 0;
      runs++;
      return cell.create(initial);
    },
    actions: {
      up: (real: { n: number }) => {
        made++;
        noted.push((journal[0] ?? 0) > 0 && journal[1] === made);
        real.n += real.n === 5 ? 2 : 1;
      },
    },
  };
  assertEquals(conform(counting(), wrong, { journal }).mismatch?.calls.length, 6);
  assertEquals([runs > 5, noted.every((is) => is)], [true, true]);
});
