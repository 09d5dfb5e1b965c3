import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  assertConforms,
  conform,
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
import { binding, cell, counting, model, Mutex, Who } from "../../_bindings.ts";

Deno.test("conform() names the fields that the binding never shows", () => {
  assertEquals(conform(model, binding(() => new Mutex())).unobserved, ["turns"]);
});

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

Deno.test("partly names what a view shows less of than there is: whether and not who, how many and not which", () => {
  const desk = spec({
    name: "desk",
    state: Schema.Struct({ holder: Schema.NullOr(Who), line: Seq(Who, 2), served: Int(0, 9) }),
    init: [{ holder: null, line: [], served: 0 }],
    actions: {
      come: {
        for: { who: Who },
        when: (s, { who }) => s.holder !== who && !s.line.includes(who) && s.served < 4,
        do: (s, { who }) => {
          s.served++;
          if (s.holder === null) s.holder = who;
          else s.line.push(who);
        },
      },
    },
    ends: () => true,
  });
  class Desk {
    holder: "a" | "b" | null = null;
    line: ("a" | "b")[] = [];
    served = 0;
  }
  const rest = {
    create: () => new Desk(),
    actions: {
      come(real: Desk, { who }: { who: "a" | "b" }) {
        real.served++;
        if (real.holder === null) real.holder = who;
        else real.line.push(who);
      },
    },
  };
  for (const observeAll of [true, false]) {
    const whole = conform(desk, {
      ...rest,
      view: (real, s) => {
        s.holder = real.holder;
        s.line.assign(real.line);
        s.served = real.served;
      },
    }, { observeAll });
    assertEquals([whole.unobserved, whole.partly], [[], []]);
    const less = conform(desk, {
      ...rest,
      view: (real, s) => {
        if ((real.holder === null) !== (s.holder === null)) s.holder = real.holder;
        if (real.line.length !== s.line.length) s.line.assign(real.line);
        s.served = real.served;
      },
    }, { observeAll });
    assertEquals([less.ok, less.unobserved, less.partly], [true, [], ["holder", "line"]]);
  }
});
