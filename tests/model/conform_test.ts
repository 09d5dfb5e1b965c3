import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertConforms,
  type Binding,
  type Call,
  conform,
  conformText,
  fill,
  Int,
  type Outcome,
  type ParamsOf,
  Seq,
  spec,
  SpecError,
  Table,
  wander,
} from "@cofn/coroutine/model";
import * as Schema from "@effect/schema";

const Who = Schema.Literals(["a", "b"]);

/** A mutex with a queue, as anybody might write it. */
const model = spec({
  name: "mutex",
  state: Schema.Struct({
    holder: Schema.NullOr(Who),
    waiters: Seq(Who, 1),
    /** Not to be seen in the code. */
    turns: Table(Who, Int(0, 1)),
  }),
  init: [{ holder: null, waiters: [], turns: fill(Who, 0) }],
  actions: {
    lock: {
      for: { who: Who },
      when: (s, { who }) => s.holder !== who && !s.waiters.includes(who),
      do: (s, { who }) => {
        if (s.holder !== null) {
          s.waiters.push(who);
          return "wait";
        }
        s.holder = who;
        s.turns.set(who, 1);
        return "taken";
      },
      refuse: (s, { who }) => s.holder === who ? "relock" : "waiting",
    },
    unlock: {
      for: { who: Who },
      when: (s, { who }) => s.holder === who,
      do: (s) => {
        s.holder = s.waiters.length > 0 ? s.waiters.shift() : null;
      },
      refuse: () => "not-holder",
    },
  },
});

class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

class Mutex {
  holder: "a" | "b" | null = null;
  waiters: ("a" | "b")[] = [];

  lock(who: "a" | "b"): string {
    if (this.holder === who) throw new Refused("relock");
    if (this.waiters.includes(who)) throw new Refused("waiting");
    if (this.holder !== null) {
      this.waiters.push(who);
      return "wait";
    }
    this.holder = who;
    return "taken";
  }

  unlock(who: "a" | "b"): void {
    if (this.holder !== who) throw new Refused("not-holder");
    this.holder = this.waiters.shift() ?? null;
  }
}

type Params = ParamsOf<typeof model>;

function binding(
  make: () => Mutex,
): typeof model extends import("@cofn/coroutine/model").Spec<infer T, infer A>
  ? Binding<T, A, Mutex>
  : never {
  return {
    create: make,
    actions: {
      lock: (mutex: Mutex, { who }: Params["lock"]) => mutex.lock(who),
      unlock: (mutex: Mutex, { who }: Params["unlock"]) => mutex.unlock(who),
    },
    view(mutex, s) {
      s.holder = mutex.holder;
      s.waiters.assign(mutex.waiters);
    },
  };
}

Deno.test("conform() accepts code that does what the model says, and counts what it did", () => {
  const report = conform(model, binding(() => new Mutex()));
  assertConforms(report);
  assertEquals([report.ok, report.complete, report.mismatch], [true, true, undefined]);
  assertEquals(report.replayed >= report.transitions, true);
  assertEquals(report.refused > 0, true);
});

Deno.test("conform() names the fields that the binding never shows", () => {
  assertEquals(conform(model, binding(() => new Mutex())).unobserved, ["turns"]);
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

Deno.test("conform() refuses a binding with a misspelled action, by its name", () => {
  const real = binding(() => new Mutex());
  const misspelled = { ...real, actions: { ...real.actions, unlok: () => {} } };
  assertThrows(() => conform(model, misspelled), Error, 'action "unlok"');
  const { unlock: _, ...rest } = real.actions;
  // @ts-expect-error: unlock is missing
  assertThrows(() => conform(model, { ...real, actions: rest }), Error, 'no action "unlock"');
});

const counting = (over: { init?: { n: number }[]; within?: (s: { n: number }) => boolean } = {}) =>
  spec({
    name: "counter",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
    ends: (s) => s.n === 9,
    ...over,
  });

const cell = {
  create: ({ n }: { n: number }) => ({ n }),
  actions: { up: (real: { n: number }) => void real.n++ },
  view: (real: { n: number }, s: { n: number }) => {
    s.n = real.n;
  },
};

Deno.test("conform() refuses a binding that shows nothing of the state", () => {
  const message = 'Cannot conform to spec "counter": the binding\'s view shows none of n';
  assertThrows(() => conform(counting(), { ...cell, view: () => {} }), SpecError, message);
  // Where calls answer something, that is compared.
  const still = spec({
    name: "still",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: { ask: { for: {}, do: (s) => s.n } },
  });
  const blind = { create: () => 0, actions: { ask: (n: number) => n }, view: () => {} };
  assertConforms(conform(still, blind));
  assertEquals(conform(still, blind).unobserved, ["n"]);
  assertEquals(wander(still, blind, { runs: 2, steps: 5 }).unobserved, ["n"]);
});

Deno.test("unobserved names fields and parts of fields that are not shown, constant ones too", () => {
  const wide = spec({
    name: "wide",
    state: Schema.Struct({
      n: Int(0, 3),
      constant: Schema.Boolean,
      single: Schema.Literals(["only"]),
      t: Table(Who, Schema.NullOr(Int(0, 2))),
      p: Schema.Struct({ x: Int(0, 2), q: Seq(Int(0, 2), 2) }),
      slot: Schema.NullOr(Schema.Struct({ x: Int(1, 2) })),
      q: Seq(Who, 2),
    }),
    init: [{
      n: 0,
      constant: false,
      single: "only",
      t: fill(Who, null),
      p: { x: 0, q: [1] },
      slot: null,
      q: [],
    }],
    actions: { up: { for: {}, when: (s) => s.n < 3, do: (s) => void s.n++ } },
    ends: () => true,
  });
  const nothing = {
    create: () => ({ n: 0 }),
    actions: { up: (real: { n: number }) => void real.n++ },
  };
  const some = conform(wide, {
    ...nothing,
    view(real, s) {
      s.n = real.n;
      s.t.set("a", null);
      s.p.q.assign([1]);
    },
  });
  assertEquals(some.unobserved, ["constant", "t[b]", "p.x", "slot", "q"]);
  const most = conform(wide, {
    ...nothing,
    view(real, s) {
      s.n = real.n;
      s.constant = false;
      s.t.assign({ a: null, b: null });
      s.p.x = 0;
      s.p.q.assign([1]);
      s.slot = null;
      s.q.clear();
    },
  });
  assertEquals(most.unobserved, []);
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

Deno.test("a view that catches what it wrote outside the domain is no view", () => {
  const small = spec({
    name: "small",
    state: Schema.Struct({ n: Int(0, 5) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, do: (s) => void (s.n = Math.min(5, s.n + 1)) } },
  });
  const { mismatch } = conform(small, {
    ...cell,
    view(real, s) {
      try {
        s.n = real.n;
      } catch {
        // It will be all right.
      }
    },
  });
  assertEquals(mismatch?.kind, "view");
  assertStringIncludes(mismatch?.message ?? "", 'Cannot set "n" to 6');
});

Deno.test("a view that looks at what the model expects may do so", () => {
  const order = spec({
    name: "order",
    state: Schema.Struct({ order: Seq(Who, 2), size: Table(Who, Int(0, 1)) }),
    init: [{ order: [], size: fill(Who, 0) }],
    actions: {
      add: {
        for: { who: Who },
        when: (s, { who }) => !s.order.includes(who),
        do: (s, { who }) => {
          s.order.push(who);
          s.size.set(who, 1);
        },
      },
    },
    ends: () => true,
  });
  assertConforms(conform(order, {
    create: () => new Map<"a" | "b", { n: number }>(),
    actions: { add: (real, { who }) => void real.set(who, { n: 1 }) },
    view(real, s) {
      // deno-lint-ignore no-non-null-assertion -- as a user might
      for (const who of s.order) s.size.set(who, real.get(who)!.n);
      s.order.assign([...real.keys()]);
    },
  }));
});

Deno.test("partly names what a view shows in some states only", () => {
  const channel = spec({
    name: "channel",
    state: Schema.Struct({ q: Seq(Int(0, 1), 2), closed: Schema.Boolean }),
    init: [{ q: [], closed: false }],
    actions: {
      put: {
        for: { v: Int(0, 1) },
        when: (s) => !s.closed && s.q.length < 2,
        do: (s, { v }) => void s.q.push(v),
      },
      close: { for: {}, when: (s) => !s.closed, do: (s) => void (s.closed = true) },
    },
    ends: (s) => s.closed,
  });
  class Channel {
    q: number[] = [];
    closed = false;
  }
  const actions = {
    put: (real: Channel, { v }: { v: number }) => void real.q.push(v),
    close: (real: Channel) => void (real.closed = true),
  };
  const create = () => new Channel();
  const shy = conform(channel, {
    create,
    actions,
    view(real, s) {
      s.closed = real.closed;
      if (!real.closed) s.q.assign(real.q);
    },
  });
  assertEquals([shy.ok, shy.unobserved, shy.partly], [true, [], ["q"]]);
  assertStringIncludes(conformText(shy), "(not observed in every state: q)");
  const open = conform(channel, {
    create,
    actions,
    view(real, s) {
      s.closed = real.closed;
      s.q.assign(real.q);
    },
  });
  assertEquals([open.unobserved, open.partly], [[], []]);
});

Deno.test("words that mean nothing are refused, not ignored", () => {
  const cases: [() => unknown, string][] = [
    [() => conform(counting(), { ...cell, codeof: () => "x" } as typeof cell), 'no "codeof"'],
    [
      () => conform(counting(), cell, { maxState: 3 } as object),
      'Cannot conform: there is no "maxSt',
    ],
    [() => wander(counting(), cell, { runz: 3 } as object), 'Cannot wander: there is no "runz"'],
    [() => wander(counting(), cell, { seed: 1.5 }), "expected seed to be an integer, got 1.5"],
  ];
  for (const [act, message] of cases) assertThrows(act, SpecError, message);
});

Deno.test("what is thrown without a code is told so", () => {
  const { mismatch } = conform(model, {
    ...binding(() => new Mutex()),
    actions: {
      lock: (mutex, { who }) => mutex.lock(who),
      unlock: (mutex, { who }) => {
        if (mutex.holder !== who) throw "not-holder";
        mutex.unlock(who);
      },
    },
  });
  assertStringIncludes(mismatch?.message ?? "", 'it threw "not-holder", which has no code (give');
});

Deno.test("code that goes on for ever when there is nothing left to do is stopped", () => {
  const { mismatch } = conform(counting(), {
    ...cell,
    play(real, next) {
      for (let call = next();; call = next({ answer: undefined })) if (call !== undefined) real.n++;
    },
  });
  assertEquals(mismatch?.kind, "threw");
  assertStringIncludes(mismatch?.message ?? "", "it runs for ever after everybody was sent home");
});

Deno.test("errors of the spec are the spec's, whatever code they go through", () => {
  const odd = (refuse: () => string) =>
    spec({
      name: "odd",
      state: Schema.Struct({ n: Int(0, 1) }),
      init: [{ n: 0 }],
      actions: { up: { for: {}, when: (s) => s.n < 1, do: (s) => void s.n++, refuse } },
      ends: () => true,
    });
  const number = (() => 7) as unknown as () => string;
  const throwing = () => {
    throw new Error("rf");
  };
  for (const [refuse, message] of [[number, "refuse of up returned"], [throwing, "rf"]] as const) {
    assertThrows(() => conform(odd(refuse), cell), SpecError, message);
    assertThrows(() => wander(odd(refuse), cell), Error, message);
    // Even where the code under test catches all that it can.
    const play = {
      ...cell,
      play(real: { n: number }, next: (outcome?: Outcome) => Call | undefined) {
        try {
          for (let call = next(); call !== undefined; call = next({ answer: undefined })) real.n++;
        } catch {
          // All is well, is it not?
        }
      },
    };
    assertThrows(() => wander(odd(refuse), play), Error, message);
  }
  assertThrows(
    () => conform(odd(throwing), cell),
    SpecError,
    'Cannot conform to spec "odd": in state { n: 1 }, when, do or refuse of up threw rf',
  );
});

Deno.test("what create() or view() of the binding throws or promises is told as such", () => {
  const create = () => {
    throw new Error("no database");
  };
  assertThrows(() => conform(counting(), { ...cell, create }), Error, "no database");
  assertThrows(() => wander(counting(), { ...cell, create }), Error, "no database");
  const view = async (real: { n: number }, s: { n: number }) => {
    await Promise.resolve();
    s.n = real.n;
  };
  assertThrows(() => conform(counting(), { ...cell, view }), SpecError, "view returned a promise");
  assertThrows(() => wander(counting(), { ...cell, view }), SpecError, "view returned a promise");
});

Deno.test("a promise that is rejected where a refusal was due is told, and does no harm", async () => {
  const later = { ...binding(() => new Mutex()) };
  const { mismatch } = conform(model, {
    ...later,
    actions: {
      ...later.actions,
      unlock: (mutex, { who }) => {
        if (mutex.holder !== who) return Promise.reject(new Refused("not-holder"));
        mutex.unlock(who);
      },
    },
  });
  assertEquals(
    mismatch?.message,
    'the call must be refused as "not-holder", it was accepted and answered a promise',
  );
  await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("a report with a mismatch is not complete", () => {
  const report = conform(counting(), { ...cell, create: () => ({ n: 1 }) });
  assertEquals([report.ok, report.complete], [false, false]);
});

Deno.test("a play() that never asks, or goes on later, is refused instead of hanging", () => {
  const silent = { ...cell, play: () => {} };
  const later = { ...cell, play: async () => await Promise.resolve() };
  for (const binding of [silent, later]) {
    assertThrows(() => conform(counting(), binding), SpecError, "the binding's play returned");
    assertThrows(() => wander(counting(), binding), SpecError, "the binding's play returned");
  }
});

Deno.test("wander() refuses walks in which nothing was compared", () => {
  const none = counting({ within: () => false });
  assertThrows(() => wander(none, cell), SpecError, "no call could be made in 100 walks");
  assertThrows(() => wander(counting(), { ...cell, view: () => {} }), SpecError, "shows none of n");
});

Deno.test("conform() refuses a guard that changes the state, and a codeOf that throws", () => {
  const meddling = spec({
    name: "meddling",
    state: Schema.Struct({ n: Int(0, 9) }),
    init: [{ n: 0 }],
    actions: {
      // deno-lint-ignore no-explicit-any -- types forbid it
      up: { for: {}, when: (s: any) => (s.n = 5) === 5, do: () => {} },
    },
  });
  assertThrows(() => conform(meddling, cell), SpecError, "when of up changed the state");
  const codeOf = () => {
    throw new Error("no code");
  };
  assertThrows(
    () => conform(model, { ...binding(() => new Mutex()), codeOf }),
    SpecError,
    "codeOf threw Error: no code",
  );
});

Deno.test("what is no binding is refused by what is missing", () => {
  // deno-lint-ignore no-explicit-any -- types forbid it
  const cases: [any, string][] = [
    [null, "expected a function create, got undefined"],
    [{ ...cell, view: 3 }, "expected a function view, got 3"],
    [{ ...cell, actions: { up: 5 } }, 'Cannot bind action "up": expected a function, got 5'],
    [{ ...cell, actions: undefined }, "expected an object of actions, got undefined"],
  ];
  for (const [wrong, message] of cases) {
    assertThrows(() => conform(counting(), wrong), SpecError, message);
    assertThrows(() => wander(counting(), wrong), SpecError, message);
  }
  assertThrows(() => conform(counting(), cell, { maxStates: 0.5 }), SpecError, "positive integer");
});

Deno.test("a binding that answers with a promise is told so", () => {
  const later = { ...cell, actions: { up: async () => await Promise.resolve() } };
  const { mismatch } = conform(counting(), later);
  assertEquals(mismatch?.message, "the call must answer undefined, it answered a promise");
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

Deno.test("a refusal that is no error code is found out", () => {
  const odd = spec({
    name: "odd",
    state: Schema.Struct({ on: Schema.Boolean }),
    init: [{ on: false }],
    actions: {
      // @ts-expect-error: a code is text
      flip: { for: {}, when: (s) => !s.on, do: (s) => void (s.on = true), refuse: () => 7 },
    },
    ends: (s) => s.on,
  });
  assertThrows(
    () =>
      conform(odd, {
        create: () => ({ on: false }),
        actions: { flip: (real) => void (real.on = true) },
        view: (real, s) => void (s.on = real.on),
      }),
    SpecError,
    "Cannot use what refuse of flip returned: expected an error code or nothing, got 7",
  );
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
