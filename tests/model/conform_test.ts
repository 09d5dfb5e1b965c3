import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertConforms,
  type Binding,
  conform,
  conformText,
  fill,
  Int,
  type ParamsOf,
  Seq,
  spec,
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
