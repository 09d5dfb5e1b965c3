/** What `deno check` refuses, and `spec()` at run time as well. */
import { assertThrows } from "@std/assert";
import { Int, Seq, spec, SpecError, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

const P = Int(0, 1);
const state = Schema.Struct({ n: P });
const tick = { tick: { for: {}, do: () => {} } };
const rest = { name: "s", init: () => [], actions: tick };

Deno.test("what spec() refuses for its shape, the types refuse as well", () => {
  const Either = Schema.Union([Schema.Struct({ a: P }), Schema.Struct({ b: P })]);
  const refused: (() => unknown)[] = [
    () =>
      spec({
        ...rest,
        // @ts-expect-error -- a union of structs
        state: Schema.Struct({ u: Either }),
      }),
    () =>
      spec({
        ...rest,
        // @ts-expect-error -- one inside a sequence
        state: Schema.Struct({ q: Seq(Either, 2) }),
      }),
    () =>
      spec({
        ...rest,
        // @ts-expect-error -- one inside a table
        state: Schema.Struct({ t: Table(P, Either) }),
      }),
    () =>
      spec({
        ...rest,
        // @ts-expect-error -- a tuple
        state: Schema.Struct({ t: Schema.Tuple([P, P]) }),
      }),
    () =>
      spec({
        ...rest,
        // @ts-expect-error -- a value that no field has
        state: Schema.Struct({ u: Schema.Undefined }),
      }),
    () =>
      spec({
        ...rest,
        // @ts-expect-error -- a bigint
        state: Schema.Struct({ u: Schema.BigInt }),
      }),
    () =>
      spec({
        ...rest,
        state,
        // @ts-expect-error -- a parameter that is a struct
        actions: { go: { for: { x: Schema.Struct({ a: P }) }, do: () => {} } },
      }),
    () =>
      spec({
        ...rest,
        state,
        // @ts-expect-error -- an action without for
        actions: { go: { do: () => {} } },
      }),
    () =>
      spec({
        ...rest,
        state,
        // @ts-expect-error -- a word that there is not
        invariants: {},
      }),
  ];
  for (const make of refused) assertThrows(make, SpecError);
});

Deno.test("what the types take, spec() takes", () => {
  const names: readonly string[] = ["a", "b"];
  const Inner = Schema.Struct({ a: P, b: Schema.NullOr(Schema.Boolean) });
  spec({
    name: "s",
    state: Schema.Struct({
      maybe: Schema.NullOr(Inner),
      list: Seq(Schema.NullOr(Inner), 2),
      table: Table(Schema.Literals(names), Inner),
      plain: Schema.Array(P).check(Schema.isMaxLength(2)),
      one: Schema.NullOr(Schema.Literals(["x", 1, true])),
    }),
    init: () => [],
    actions: {
      go: { for: { who: Schema.Literals(names), x: Schema.NullOr(P) }, do: () => {} },
    },
  });
});
