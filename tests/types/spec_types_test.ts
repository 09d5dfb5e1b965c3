/** What the compiler must refuse in a spec; `deno check` fails where it does not. */
import { assertEquals } from "@std/assert";
import {
  type AnySpec,
  fill,
  Int,
  type ParamsOf,
  type Plain,
  Seq,
  type SeqView,
  spec,
  type StateOf,
  Table,
  type TableView,
} from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

const Who = Schema.Literals(["a", "b"]);
type Who = "a" | "b";
const State = Schema.Struct({
  holder: Schema.NullOr(Who),
  waiters: Seq(Who, 2),
  status: Table(Who, Schema.Literals(["idle", "busy"])),
  inner: Schema.Struct({ n: Int(0, 3), flag: Schema.Boolean }),
});
const init = [{
  holder: null,
  waiters: [],
  status: fill(Who, "idle"),
  inner: { n: 0, flag: false },
}] as const;
const name = "types";

Deno.test("a spec that is well typed needs no annotation", () => {
  const made = spec({
    name,
    state: State,
    init,
    actions: {
      lock: {
        for: { who: Who, n: Int(0, 3), flag: Schema.NullOr(Schema.Boolean) },
        when: (s, { who, n }) => s.holder !== who && s.inner.n < n && s.waiters.includes(who),
        do: (s, { who, flag }) => {
          s.holder = who;
          s.inner = { n: 1, flag: flag ?? false };
          s.inner.n++;
          s.status.set(who, "busy");
          s.waiters.assign(["a"]);
          return s.waiters.shift();
        },
        refuse: (s, { who }) => s.holder === who ? "relock" : undefined,
      },
      tick: { for: {}, do: (s) => s.holder = null },
    },
    always: {
      claim: (s) => s.status.every((status, who) => status === "idle" || s.holder === who),
    },
    ends: (s) => s.holder === null,
  });
  const any: AnySpec = made;
  const state: StateOf<typeof made>["holder"] = "a";
  const params: ParamsOf<typeof made>["lock"] = { who: "a", n: 1, flag: null };
  const actions: readonly ("lock" | "tick")[] = made.actions;
  // @ts-expect-error: no such action
  const wrong: keyof ParamsOf<typeof made> = "lokc";
  // @ts-expect-error: no such literal
  const literal: StateOf<typeof made>["holder"] = "z";
  assertEquals([any.name, state, params.n, wrong, literal], ["types", "a", 1, "lokc", "z"]);
  assertEquals(actions, ["lock", "tick"]);
});

/** What two specs share can be written once, over the part of the state that it needs. */
interface Lifecycle<W> {
  readonly status: TableView<W, "idle" | "busy">;
  current: W | null;
}
function start<W>(s: Lifecycle<W>, who: W): void {
  s.status.set(who, "busy");
  s.current = who;
}
const length = <E>(s: { readonly queue: SeqView<E> }): number => s.queue.length;

Deno.test("a helper over part of a state serves several specs", () => {
  const Status = Schema.Literals(["idle", "busy"]);
  const one = spec({
    name,
    state: Schema.Struct({
      status: Table(Who, Status),
      current: Schema.NullOr(Who),
      queue: Seq(Who, 1),
    }),
    init: [{ status: fill(Who, "idle"), current: null, queue: [] }],
    actions: {
      start: { for: { who: Who }, when: (s) => length(s) === 0, do: (s, { who }) => start(s, who) },
    },
  });
  const Number = Int(1, 3);
  const other = spec({
    name,
    state: Schema.Struct({
      status: Table(Number, Status),
      current: Schema.NullOr(Number),
      more: Number,
    }),
    init: [{ status: fill(Number, "idle"), current: null, more: 1 }],
    actions: { start: { for: { who: Number }, do: (s, { who }) => start(s, who) } },
  });
  assertEquals([one, other].map((spec) => spec.actions), [["start"], ["start"]]);
});

/** Never called: only compiled. */
export function refusedByTheCompiler(): AnySpec[] {
  const fine = { for: { who: Who }, do: () => {} };
  return [
    spec({
      name,
      state: State,
      init,
      actions: {
        // @ts-expect-error: a misspelled field
        a: { for: { who: Who }, when: (s) => s.hodler === null, do: () => {} },
        // @ts-expect-error: a misspelled literal is assigned
        b: { for: {}, do: (s) => s.holder = "z" },
        // @ts-expect-error: a misspelled literal is compared
        c: { for: {}, when: (s) => s.holder === "z", do: () => {} },
        // @ts-expect-error: a misspelled parameter
        d: { for: { who: Who }, do: (s, { wo }) => s.holder = wo },
        // @ts-expect-error: a value of another domain is pushed
        e: { for: {}, do: (s) => s.waiters.push("z") },
        // @ts-expect-error: a key of another domain
        f: { for: {}, do: (s) => s.status.set("z", "busy") },
        // @ts-expect-error: a value of another domain is set
        g: { for: {}, do: (s) => s.status.set("a", "bsuy") },
        // @ts-expect-error: a guard that assigns
        h: { for: {}, when: (s) => (s.holder = null) === null, do: () => {} },
        // @ts-expect-error: a field of a struct is missing
        i: { for: {}, do: (s) => s.inner = { n: 1 } },
        // @ts-expect-error: a code that is no string
        j: { for: {}, do: () => {}, refuse: () => 3 },
        // @ts-expect-error: a parameter that is no schema
        k: { for: { who: "a" }, do: () => {} },
        // @ts-expect-error: a sequence has no field of an array that views do not have
        l: { for: {}, do: (s) => s.waiters.splice(0, 1) },
      },
    }),
    spec({
      name,
      state: State,
      init,
      // @ts-expect-error: without `for`
      actions: { a: { do: () => {} } },
    }),
    spec({
      name,
      state: State,
      // @ts-expect-error: a misspelled literal in the initial state
      init: [{ ...init[0], holder: "z" }],
      actions: { fine },
    }),
    spec({
      name,
      state: State,
      // @ts-expect-error: a key is missing in a table of the initial state
      init: [{ ...init[0], status: { a: "idle" } }],
      actions: { fine },
    }),
    spec({
      name,
      state: State,
      init,
      actions: { fine },
      // @ts-expect-error: a misspelled field in a claim
      always: { claim: (s) => s.hodler === null },
    }),
    spec({
      name,
      state: State,
      init,
      actions: { fine },
      // @ts-expect-error: a word that is not built
      eventually: { claim: () => true },
    }),
    spec({
      name,
      state: State,
      init,
      actions: { fine },
      // @ts-expect-error: a word that is not built
      symmetry: [Who],
    }),
    spec({
      name,
      // @ts-expect-error: a state that is no schema
      state: { holder: Who },
      init: [],
      actions: { fine },
    }),
  ];
}

Deno.test("the plain form of a table over numbers is an array or a record", () => {
  const made = spec({
    name,
    state: Schema.Struct({ t: Table(Int(0, 1), Schema.Boolean) }),
    init: [{ t: [true, false] }, { t: { 0: false, 1: true } }],
    actions: {},
  });
  const state: StateOf<typeof made> = { t: [true, false] };
  const plain: Plain<{ a: Who }> = { a: "b" };
  assertEquals([state.t, plain.a], [[true, false], "b"]);
});
