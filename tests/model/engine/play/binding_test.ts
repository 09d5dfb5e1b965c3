import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertConforms,
  type Call,
  conform,
  fill,
  Int,
  type Outcome,
  Seq,
  spec,
  SpecError,
  Table,
  wander,
} from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import { binding, cell, counting, model, Mutex, Refused, Who } from "../../_bindings.ts";

Deno.test("conform() refuses a binding with a misspelled action, by its name", () => {
  const real = binding(() => new Mutex());
  const misspelled = { ...real, actions: { ...real.actions, unlok: () => {} } };
  assertThrows(() => conform(model, misspelled), Error, 'action "unlok"');
  const { unlock: _, ...rest } = real.actions;
  // @ts-expect-error: unlock is missing
  assertThrows(() => conform(model, { ...real, actions: rest }), Error, 'no action "unlock"');
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
      for (const who of s.order) s.size.set(who, real.get(who)!.n);
      s.order.assign([...real.keys()]);
    },
  }));
});

Deno.test("words that mean nothing are refused, not ignored", () => {
  const cases: [() => unknown, string][] = [
    [
      () => conform(counting(), { ...cell, codeof: () => "x" } as typeof cell),
      'unknown word "codeof"',
    ],
    [
      () => conform(counting(), cell, { maxState: 3 } as object),
      'Cannot conform: unknown word "maxSt',
    ],
    [() => wander(counting(), cell, { runz: 3 } as object), 'Cannot wander: unknown word "runz"'],
    [() => wander(counting(), cell, { seed: 1.5 }), "expected seed to be an integer, got 1.5"],
    // deno-lint-ignore no-explicit-any -- options that the types forbid
    ...([conform, wander] as any[]).map((of): [() => unknown, string] => [
      () => of(counting(), cell, null),
      "expected an object with some of ",
    ]),
    [
      () => conform(counting(), cell, { observeAll: 1 } as object),
      "expected observeAll to be true or false, got 1",
    ],
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
    'Cannot conform: refuse of up of spec "odd" threw rf, in state { n: 1 }',
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

Deno.test("a play() that never asks, or goes on later, is refused instead of hanging", () => {
  const silent = { ...cell, play: () => {} };
  const later = { ...cell, play: async () => await Promise.resolve() };
  for (const binding of [silent, later]) {
    assertThrows(() => conform(counting(), binding), SpecError, "the binding's play returned");
    assertThrows(() => wander(counting(), binding), SpecError, "the binding's play returned");
  }
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

Deno.test("what a function of the binding promises, or is a generator to do, is told as such", () => {
  const refused: [object, string][] = [
    [{ create: async () => await { n: 0 } }, "create returned a promise, expected the real thing"],
    [{ create: () => Promise.reject(new Error("late")) }, "create returned a promise"],
    [
      { view: async (real: { n: number }, s: { n: number }) => void (s.n = await real.n) },
      "view returned a promise",
    ],
    [{
      *view(real: { n: number }, s: { n: number }) {
        s.n = real.n;
        yield;
      },
    }, "view returned an iterator, expected it to be done at once"],
    [{ play: async () => await null }, "play returned a promise, expected it to call next"],
    [{
      *play() {
        yield;
      },
    }, "play returned an iterator"],
  ];
  const climb = spec({
    name: "climb",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: (s) => s.n < 1, do: (s) => void s.n++, refuse: () => "E" } },
    ends: () => true,
  });
  for (const [odd, message] of refused) {
    const binding = { ...cell, ...odd };
    assertThrows(() => conform(climb, binding), SpecError, message);
    assertThrows(() => wander(climb, binding), SpecError, message);
  }
  const codeOf = (async () => await "E") as unknown as () => string;
  const throwing = {
    ...cell,
    actions: {
      up: () => {
        throw new Error("no");
      },
    },
    codeOf,
  };
  const once = spec({
    name: "once",
    state: Schema.Struct({ n: Int(0, 1) }),
    init: [{ n: 0 }],
    actions: { up: { for: {}, when: () => false, do: () => {}, refuse: () => "E" } },
    ends: () => true,
  });
  assertThrows(() => conform(once, throwing), SpecError, "codeOf returned a promise");
  // A generator may well be the real thing.
  function* ups() {
    for (let n = 0;; n++) yield n;
  }
  let now = 0;
  const report = conform(climb, {
    create: () => {
      const made = ups();
      now = made.next().value ?? 0;
      return made;
    },
    actions: {
      up: (real) => {
        if (now === 1) throw Object.assign(new Error("full"), { code: "E" });
        now = real.next().value ?? 0;
      },
    },
    view: (_, s) => void (s.n = now),
  });
  assertEquals(report.ok, true);
});
