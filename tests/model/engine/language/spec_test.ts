import { assertEquals, assertThrows } from "@std/assert";
import { check, fill, Int, Seq, spec, SpecError, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

// deno-lint-ignore no-explicit-any -- these tests write what the types forbid
type Anything = any;

const refused = (definition: Anything, message: string) =>
  assertThrows(() => spec(definition), SpecError, message);
const minimal = {
  name: "minimal",
  state: Schema.Struct({ n: Int(0, 1) }),
  init: [{ n: 0 }],
  actions: { tick: { for: {}, do: () => {} } },
};

Deno.test("spec() takes what is well made and tells its actions", () => {
  assertEquals(spec(minimal).actions, ["tick"]);
  assertEquals(spec(minimal).name, "minimal");
});

Deno.test("a schema without a bound is refused by a sentence that names the field", () => {
  const cases: [Anything, string, string][] = [
    [Schema.Int, "Int", "Int(min, max)"],
    [Schema.Number, "Number", "Int(min, max)"],
    [
      Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
      "an Int without a greatest value",
      "Int(min, max)",
    ],
    [Schema.Int.check(Schema.isLessThan(4)), "an Int without a least value", "Int(min, max)"],
    [Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 3 })), "Number", "Int(min, max)"],
    [Int(-(2 ** 40), 2 ** 40), "an Int from -1099511627776 to", "is too wide; write"],
    [Int(0, 2 ** 31), "an Int from 0 to 2147483648", "less than 31 bits"],
    [Seq(Schema.Boolean, 5000), "a Seq of 5000", "is too long"],
    [Schema.Int.check(Schema.isMultipleOf(2)), "a number with a check", "Literals"],
    [Schema.String, "String", "Literals([…])"],
    [Schema.Array(Schema.Boolean), "an Array without a greatest length", "Seq(element, maxLength)"],
    [Schema.Array(Schema.Boolean).check(Schema.isMinLength(1)), "an Array with a check", "Seq"],
    [Schema.Tuple([Schema.Boolean, Schema.Boolean]), "a tuple", "Struct"],
    [Schema.Record(Schema.String, Schema.Boolean), "a Record over an unbounded key", "Table"],
    [Schema.optionalKey(Schema.Boolean), "an optional field", "NullOr"],
    [Schema.Undefined, "Undefined", "NullOr"],
    [Schema.Unknown, "Unknown", "Literals"],
    [Schema.Date, "Declaration", "Struct"],
    [Schema.BigInt, "BigInt", "Int"],
    [Schema.Union([Schema.Boolean, Int(0, 2)]), "a union of integers and literals", "Literals"],
    [Schema.Union([Schema.Struct({}), Schema.Struct({})]), "a union of structs", "one Struct"],
  ];
  const bounded =
    /^(an Int from|a Seq|a number with|an Array with a check|a tuple|an optional|Undefined|a union)/;
  for (const [schema, got, instead] of cases) {
    const cannot = bounded.test(got) ? "lay out" : "bound";
    const message = `Cannot ${cannot} the state: field "outer.field" is ${got}`;
    const state = Schema.Struct({ outer: Schema.Struct({ field: schema }) });
    refused({ ...minimal, state }, message);
    refused({ ...minimal, state }, instead);
  }
});

Deno.test("what is wrong with a schema says of which spec", () => {
  const name = "second of a file";
  refused({ ...minimal, name, state: Schema.Struct({ n: Schema.Number }) }, `(in spec "${name}")`);
  const go = { for: { n: Schema.Number }, do: () => {} };
  refused({ ...minimal, name, actions: { go } }, `(in spec "${name}")`);
});

Deno.test("what is unbounded inside a sequence or a table is named by its place", () => {
  refused(
    { ...minimal, state: Schema.Struct({ q: Seq(Schema.Struct({ x: Schema.Int }), 2) }) },
    'field "q[…].x" is Int',
  );
  refused(
    { ...minimal, state: Schema.Struct({ t: Table(Schema.Boolean, Schema.String) }) },
    'field "t[false]" is String',
  );
});

Deno.test("a check that the model would ignore is refused", () => {
  const both = Schema.Struct({ a: Schema.Boolean, b: Schema.Boolean });
  const same = both.check(Schema.makeFilter((value: Anything) => value.a === value.b));
  refused({ ...minimal, state: Schema.Struct({ pair: same }) }, "write it as a claim in always");
});

Deno.test("helpers refuse bounds that are none", () => {
  assertThrows(() => Int(3, 1), SpecError, "expected two integers in order");
  assertThrows(() => Int(0, 1.5), SpecError, "expected two integers in order");
  assertThrows(() => Seq(Schema.Boolean, 0), SpecError, "expected a positive length, got 0");
  assertThrows(() => Table(Schema.String, Schema.Boolean), SpecError, "the domain of a Table");
  assertThrows(() => Table(Seq(Schema.Boolean, 1), Schema.Boolean), SpecError, "got a Seq");
  assertThrows(() => Table(Int(0, 1_000_000), Schema.Boolean), SpecError, "at most 4096 values");
});

Deno.test("fill() gives every key a value", () => {
  assertEquals(fill(Schema.Literals(["a", "b"]), 0), { a: 0, b: 0 });
  assertEquals(fill(Int(1, 3), (key) => key * 2), { 1: 2, 2: 4, 3: 6 });
  assertEquals(fill(Schema.Boolean, "x"), { true: "x", false: "x" });
});

Deno.test("a word that is not built is refused, never accepted and ignored", () => {
  for (const word of ["eventually", "leadsTo", "fair", "symmetry", "alwyas"]) {
    refused({ ...minimal, [word]: {} }, `unknown word "${word}"`);
  }
  refused(
    { ...minimal, actions: { tick: { for: {}, do: () => {}, fair: "weak" } } },
    'Cannot make action "tick" of spec "minimal": unknown word "fair"',
  );
});

Deno.test("a definition of the wrong kind is refused by what is missing", () => {
  refused(undefined, "Cannot make a spec");
  refused({ ...minimal, name: "" }, "expected a name");
  refused({ ...minimal, state: undefined }, "expected an Effect schema");
  refused({ ...minimal, state: Schema.Boolean }, "expected a Struct for its state, got literals");
  refused({ ...minimal, init: { n: 0 } }, "expected init to be an array");
  refused({ ...minimal, actions: [] }, "an object of actions by name");
  refused({ ...minimal, actions: { tick: { for: {} } } }, "expected a function do");
  refused({ ...minimal, actions: { tick: { do: () => {} } } }, "an object of domains");
  refused({ ...minimal, actions: { tick: { for: { x: 3 }, do: () => {} } } }, "actions.tick.for.x");
  refused(
    { ...minimal, actions: { tick: { for: {}, do: () => {}, when: 3 } } },
    "expected when to be a function",
  );
  refused({ ...minimal, always: { claim: true } }, 'expected always "claim" to be a function');
  refused({ ...minimal, within: 3 }, "expected within to be a function");
});

Deno.test("a field name that JavaScript or the engine uses is refused", () => {
  for (const name of ["constructor", "$w"]) {
    refused({ ...minimal, state: Schema.Struct({ [name]: Schema.Boolean }) }, `field "${name}"`);
  }
});

Deno.test("functions that do not answer at once are refused by their kind", () => {
  const tick = { for: {}, do: () => {} };
  const later = async () => await Promise.resolve(true);
  const cases: [Anything, string][] = [
    [
      { actions: { tick: { ...tick, do: later } } },
      "do to be a plain function, got an async",
    ],
    [{ actions: { tick: { ...tick, *do() {} } } }, "expected do to be a plain function, got a gen"],
    [{ actions: { tick: { ...tick, when: later } } }, "expected when to be a plain"],
    [{ actions: { tick: { ...tick, async *refuse() {} } } }, "got an async generator function"],
    [{ always: { "it holds": later } }, 'expected always "it holds" to be a plain'],
    [{ sometimes: { "it does": later } }, 'expected sometimes "it does" to be a plain'],
    [{ within: later }, "expected within to be a plain function"],
    [{ *ends() {} }, "expected ends to be a plain function"],
  ];
  for (const [over, message] of cases) refused({ ...minimal, ...over }, message);
});

Deno.test("numbers that do not fit in 32 bits are refused by the schema", () => {
  const state = Schema.Struct({ n: Int(2 ** 31 - 2, 2 ** 31) });
  const definition = { name: "n", state, init: [{ n: 2 ** 31 - 2 }], actions: {} };
  assertThrows(() => spec(definition), SpecError, "between -(2 ** 31) and 2 ** 31 - 1");
  const edge = spec({
    name: "edge",
    state: Schema.Struct({
      low: Int(-(2 ** 31), -(2 ** 31) + 1),
      high: Int(2 ** 31 - 2, 2 ** 31 - 1),
    }),
    init: [{ low: -(2 ** 31), high: 2 ** 31 - 1 }],
    actions: { flip: { for: {}, do: (s) => void (s.low = -(2 ** 31) + 1, s.high = 2 ** 31 - 2) } },
  });
  assertEquals([check(edge).ok, check(edge).distinct], [true, 2]);
});

Deno.test("keys of a table may be any numbers", () => {
  const Key = Schema.Literals([0.1, 1.1, 2.1, 3.1, 4.1]);
  const odd = spec({
    name: "odd keys",
    state: Schema.Struct({ t: Table(Key, Schema.Boolean) }),
    init: [{ t: fill(Key, false) }],
    actions: { set: { for: { k: Key }, do: (s, { k }) => s.t.set(k, true) } },
  });
  assertEquals([check(odd).ok, check(odd).distinct], [true, 32]);
});
