import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { fill, Int, Seq, spec, SpecError, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import fc from "fast-check";
import { compile } from "../../../../model/engine/search/machine.ts";
import { layoutOf } from "../../../../model/engine/language/layout.ts";
import { shapeOf, type StructShape } from "../../../../model/engine/language/shape.ts";
import {
  type Anything,
  type Held,
  hold,
  mutate,
  readAll,
  schemaOf,
  structSketch,
  Tape,
  value,
} from "../../_schemas.ts";

const machineOf = (schema: Anything, state: Anything) =>
  compile(spec<Anything, Anything>({ name: "view", state: schema, init: [state], actions: {} }));

Deno.test("a state that is encoded and decoded is the same state", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 8, maxLength: 80 }), (numbers) => {
      const tape = new Tape(numbers);
      const sketch = structSketch(tape, 3);
      const state = value(sketch, tape);
      const machine = machineOf(schemaOf(sketch), state);
      assertEquals(machine.decode(), state);
      assertEquals(readAll(sketch, machine.view), state);
    }),
    { numRuns: 300 },
  );
});

Deno.test("views do to a state what plain objects do to plain data", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 40, maxLength: 400 }), (numbers) => {
      const tape = new Tape(numbers);
      const sketch = structSketch(tape, 3);
      const plain = value(sketch, tape);
      const machine = machineOf(schemaOf(sketch), structuredClone(plain));
      for (let steps = 0; steps < 40 && !tape.ended; steps++) {
        const done = mutate(sketch, machine.view, plain, tape);
        assertEquals(machine.decode(), plain, done);
        assertEquals(readAll(sketch, machine.view), plain, done);
      }
      const reached = machine.words.slice();
      machine.encode(plain);
      assertEquals(machine.words, reached, "equal states have equal words");
    }),
    { numRuns: 300 },
  );
});

Deno.test("a view that was read stays what it was, as a JavaScript object does", () => {
  let kept = 0;
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 60, maxLength: 300 }), (numbers) => {
      const tape = new Tape(numbers);
      const sketch = structSketch(tape, 3);
      const plain = value(sketch, tape);
      const machine = machineOf(schemaOf(sketch), structuredClone(plain));
      const whole: Held = { sketch, view: machine.view, plain };
      const held = [whole];
      let done = "";
      while (!tape.ended) {
        held.push(hold(whole, tape));
        const { sketch, view, plain } = tape.of(held);
        try {
          done += `${mutate(sketch, view, plain, tape)}; `;
        } catch (error) {
          if (error instanceof Error && /too many were taken out/.test(error.message)) return;
          throw error;
        }
        for (const { sketch, view, plain } of held) {
          assertEquals(readAll(sketch, view), plain, done);
          if (view !== machine.view) kept++;
        }
      }
    }),
    { numRuns: 300 },
  );
  assertEquals(kept > 1000, true);
});

Deno.test("values can be swapped, taken out and used", () => {
  const Pair = Schema.Struct({ a: Int(0, 3), b: Int(0, 3) });
  const start = {
    x: { a: 1, b: 1 },
    y: { a: 2, b: 2 },
    slot: { a: 3, b: 0 },
    q: [{ a: 0, b: 1 }, { a: 1, b: 2 }],
    t: { 0: [1], 1: [2, 3] },
    left: [1],
    right: [2],
  };
  const cases: [string, (s: Anything) => void, object][] = [
    ["a swap by a variable", (s) => {
      const x = s.x;
      s.x = s.y;
      s.y = x;
    }, { x: start.y, y: start.x }],
    ["a swap by patterns", (s) => [s.x, s.y] = [s.y, s.x], { x: start.y, y: start.x }],
    ["a swap of sequences", (s) => [s.left, s.right] = [s.right, s.left], {
      left: [2],
      right: [1],
    }],
    ["a swap in a table", (s) => {
      const first = s.t.at(0);
      s.t.set(0, s.t.at(1));
      s.t.set(1, first);
    }, { t: { 0: [2, 3], 1: [1] } }],
    ["a table turned round", (s) => s.t.assign([s.t.at(1), s.t.at(0)]), {
      t: { 0: [2, 3], 1: [1] },
    }],
    ["a sequence turned round", (s) => s.q.assign([...s.q].reverse()), {
      q: [start.q[1], start.q[0]],
    }],
    ["a slot emptied and used", (s) => {
      const slot = s.slot;
      s.slot = null;
      s.x.a = slot.a;
    }, { slot: null, x: { a: 3, b: 1 } }],
    ["two taken out", (s) => {
      const one = s.q.shift();
      const two = s.q.pop();
      s.x = one;
      s.y = two;
    }, { q: [], x: start.q[0], y: start.q[1] }],
    ["an element read before the first is taken", (s) => {
      const second = s.q.at(1);
      s.q.shift();
      second.a = 3;
    }, { q: [{ a: 3, b: 2 }] }],
    ["a value taken out, changed and put back", (s) => {
      const first = s.q.shift();
      first.b = 3;
      s.q.push(first);
    }, { q: [start.q[1], { a: 0, b: 3 }] }],
  ];
  for (const [what, act, changed] of cases) {
    const machine = machineOf(
      Schema.Struct({
        x: Pair,
        y: Pair,
        slot: Schema.NullOr(Pair),
        q: Seq(Pair, 3),
        t: Table(Int(0, 1), Seq(Int(0, 3), 2)),
        left: Seq(Int(0, 3), 2),
        right: Seq(Int(0, 3), 2),
      }),
      start,
    );
    act(machine.view);
    assertEquals(machine.decode(), { ...start, ...changed }, what);
  }
});

Deno.test("a step can take out as much as it likes, up to a bound that is told", () => {
  const s = small();
  assertThrows(
    () => {
      for (let i = 0; i < 1e6; i++) s.pairs.push(s.pairs.shift());
    },
    SpecError,
    'Cannot take another value out of "pairs[0]": too many were taken out in one step',
  );
  const turn = spec({
    name: "turn",
    state: Schema.Struct({ q: Seq(Schema.Struct({ n: Int(0, 1) }), 3) }),
    init: [{ q: [{ n: 0 }, { n: 1 }, { n: 0 }] }],
    actions: { turn: { for: {}, do: (s) => void s.q.push(s.q.shift()) } },
  });
  const machine = compile(turn);
  for (let i = 0; i < 100_000; i++) machine.apply(0);
  assertEquals(machine.decode(), { q: [{ n: 1 }, { n: 0 }, { n: 0 }] });
});

Deno.test("a view says where it stands now, after its sequence has moved", () => {
  const Pair = Schema.Struct({ x: Int(0, 3) });
  const s = machineOf(Schema.Struct({ q: Seq(Pair, 4) }), { q: [{ x: 0 }, { x: 1 }] })
    .view as Anything;
  const second = s.q.at(1);
  s.q.shift();
  assertThrows(() => second.x = 9, SpecError, 'Cannot set "q[0].x" to 9');
  s.q.unshift({ x: 3 });
  assertThrows(() => second.x = 9, SpecError, 'Cannot set "q[1].x" to 9');
});

Deno.test("looking for a composite value finds it by all of its parts, as often as one likes", () => {
  const Job = Schema.Struct({ id: Int(0, 3), tags: Seq(Int(0, 3), 3) });
  const machine = machineOf(
    Schema.Struct({
      q: Seq(Job, 3),
      bits: Seq(Schema.Struct({ v: Int(0, 1023) }), 1),
      wide: Seq(Schema.Struct({ t: Table(Int(0, 20), Int(0, 9)) }), 2),
    }),
    { q: [{ id: 1, tags: [3, 2, 1] }, { id: 1, tags: [3] }], bits: [], wide: [] },
  );
  const s = machine.view as Anything;
  // What was taken out leaves its words behind, where the value that is looked for is written.
  s.q.shift();
  for (let i = 0; i < 100_000; i++) {
    assertEquals(s.q.indexOf({ id: 1, tags: [3] }), 0);
    assertEquals(s.q.includes({ id: 1, tags: [] }), false);
  }
  for (let v = 0; v < 1024; v++) {
    s.bits.push({ v });
    s.bits.pop();
    // A new step begins.
    machine.load(machine.words.slice(), 0);
    assertEquals(s.q.indexOf({ id: 1, tags: [3] }), 0);
  }
  s.wide.push({ t: Array.from({ length: 21 }, (_, i) => i % 10) });
  assertEquals(s.wide.indexOf({ t: Array.from({ length: 21 }, (_, i) => i % 10) }), 0);
  assertEquals(s.wide.indexOf({ t: Array.from({ length: 21 }, (_, i) => i % 9) }), -1);
});

Deno.test("reading or writing what the schema has not is an error that says what there is", () => {
  const cases: [(s: Anything) => unknown, string][] = [
    [(s) => s.hwo, 'Cannot read "hwo" of the state: expected one of who, queue, table, pairs'],
    [(s) => s.hwo = "a", 'Cannot set "hwo" of the state: expected one of who, queue'],
    [(s) => s.pairs.at(0).y, 'Cannot read "y" of "pairs[0]": expected one of x, tags'],
    [(s) => s.pairs.at(0).y = 1, 'Cannot set "y" of "pairs[0]"'],
    [(s) => s.pairs.at(0).tags.map, 'Cannot read "map" of "pairs[0].tags": a sequence has length'],
    [(s) => s.queue[0], 'Cannot read "0" of "queue": a sequence has length, at'],
    [(s) => s.table.a, 'Cannot read "a" of "table": a table has at, set'],
  ];
  for (const [act, message] of cases) assertThrows(() => act(small()), SpecError, message);
});

Deno.test("the keys of a struct's view are its fields, as those of an object are", () => {
  const s = small();
  const fields = ["x", "tags"];
  // Before and after it has left its place, and as its place is taken by another one.
  const taken = s.pairs.at(0);
  for (const view of [taken, (s.pairs.shift(), taken), (s.pairs.push(taken), s.pairs.at(0))]) {
    assertEquals(Object.keys(view), fields);
    assertEquals(Object.getOwnPropertyNames(view), fields);
    assertEquals(Reflect.ownKeys(view), fields);
    assertEquals(Object.entries(view).map(([name]) => name), fields);
    assertEquals(Object.hasOwn(view, "x"), true);
    assertEquals("x" in view, true);
    const seen = [];
    for (const name in view) seen.push(name);
    assertEquals(seen, fields);
    assertEquals({ ...view }.x, 1);
    const { x: _, ...rest } = view;
    assertEquals(Object.keys(rest), ["tags"]);
  }
  assertEquals(Object.keys(s), ["who", "queue", "table", "pairs"]);
  const { who, ...others } = s;
  assertEquals([who, Object.keys(others)], [s.who, ["queue", "table", "pairs"]]);

  s.pairs.set(0, { ...s.pairs.at(0), x: 2 });
  assertEquals(s.pairs.$plain(), [{ x: 2, tags: ["t"] }]);
  Object.assign(s.pairs.at(0), { x: 3 });
  assertEquals(s.pairs.at(0).x, 3);

  const inside = machineOf(
    Schema.Struct({ o: Schema.Struct({ a: Int(0, 3), in: Schema.Struct({ b: Int(0, 3) }) }) }),
    { o: { a: 1, in: { b: 2 } } },
  ).view as Anything;
  const old = inside.o;
  inside.o = { ...old, a: 3 };
  assertEquals([Object.keys(old), old.a, old.in.b], [["a", "in"], 1, 2]);
  assertEquals([Object.keys(inside.o), inside.o.a, { ...inside.o.in }], [["a", "in"], 3, { b: 2 }]);
});

Deno.test("a table shows its keys, a sequence that it has none, and neither can be spread", () => {
  const s = small();
  assertEquals(Object.keys(s.table), ["1", "2", "3"]);
  assertEquals(Object.keys(s.queue).length, 1);
  assertMatch(
    `${Object.keys(s.queue)}`,
    /^\(a sequence has length, at, .* spread it, \[\.\.\.it\]/,
  );
  const many = Int(0, 99);
  const wide = machineOf(Schema.Struct({ t: Table(many, Schema.Boolean) }), {
    t: fill(many, false),
  });
  assertMatch(`${Object.keys((wide.view as Anything).t)}`, /^\(a table has at, set, /);
  const cases: [(s: Anything) => unknown, string][] = [
    [(s) => Object.entries(s.table), 'Cannot read "1" of "table", nor spread or enumerate it'],
    [(s) => ({ ...s.table }), 'Cannot read "1" of "table", nor spread'],
    [(s) => ({ ...s.queue }), 'of "queue", nor spread or enumerate it: a sequence has'],
    [(s) => structuredClone(s.queue), 'of "queue", nor spread or enumerate it: a sequence has'],
    [(s) => s.table[1], 'Cannot read "1" of "table"'],
    [(s) => s.table[1] = 2, 'Cannot set "1" of "table": a table has at, set'],
    [(s) => {
      for (const key in s.table) return key;
    }, "Cannot enumerate a Table by for…in: a table has at"],
    [(s) => {
      for (const key in s.queue) return key;
    }, "Cannot enumerate a Seq by for…in: a sequence has length"],
    [(s) => s.queue.length = 0, 'Cannot set "length" of "queue": use clear, pop, removeAt or'],
    [(s) => s.table.size = 0, 'Cannot set "size" of "table": a table has all of its keys'],
  ];
  for (const [act, message] of cases) {
    const s = small();
    const before = s.$plain();
    assertThrows(() => act(s), Error, message);
    assertEquals(s.$plain(), before);
  }
});

Deno.test("views that were taken out in earlier steps are used again, and are like new ones", () => {
  const Job = Schema.Struct({ id: Int(0, 9), tags: Seq(Schema.Struct({ t: Int(0, 3) }), 2) });
  const machine = machineOf(Schema.Struct({ q: Seq(Job, 3), other: Seq(Job, 3) }), {
    q: [{ id: 1, tags: [{ t: 1 }] }, { id: 2, tags: [{ t: 2 }, { t: 3 }] }],
    other: [{ id: 3, tags: [] }],
  });
  const s = machine.view as Anything;
  for (let step = 0; step < 50; step++) {
    machine.load(machine.words.slice(), 0); // a new step begins
    const plain = s.$plain();
    const job = s.q.shift();
    assertEquals(job.$plain(), plain.q[0]);
    const tag = job.tags.shift();
    job.tags.push({ t: (tag.t + 1) % 4 });
    const moved = s.other.pop();
    s.other.unshift(job);
    s.q.push(moved);
    const [{ t }, ...tags] = plain.q[0].tags;
    assertEquals(s.$plain(), {
      q: [...plain.q.slice(1), ...plain.other],
      other: [{ id: plain.q[0].id, tags: [...tags, { t: (t + 1) % 4 }] }],
    });
    if (s.q.at(1).tags.length === 0) s.q.at(1).tags.push({ t: 0 });
    assertEquals([tag.t, moved.$plain()], [t, plain.other[0]]);
    assertThrows(() => s.q.at(1).tags.at(7), SpecError, 'Cannot read "q[1].tags" at 7');
    assertThrows(() => s.other.at(0).tags.at(7), SpecError, 'Cannot read "other[0].tags" at 7');
  }
});

Deno.test("a view can be printed", () => {
  const s = small();
  assertEquals(JSON.stringify(s.pairs.at(0)), '{"x":1,"tags":["t"]}');
  assertEquals(Deno.inspect(s.pairs), '[ { x: 1, tags: [ "t" ] } ]');
});

Deno.test("no two fields share a bit, and none straddles a word", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 8, maxLength: 80 }), (numbers) => {
      const shape = shapeOf(schemaOf(structSketch(new Tape(numbers), 3)), "state") as StructShape;
      const layout = layoutOf(shape);
      const taken = new Set([layout.mark.word * 32 + layout.mark.shift]);
      for (const { path, word, shift, width } of layout.fields) {
        assertEquals(width === 0 || shift + width <= 32, true, path);
        for (let bit = 0; bit < width; bit++) {
          const at = word * 32 + shift + bit;
          assertEquals(taken.has(at), false, path);
          assertEquals(word < layout.wordCount, true, path);
          taken.add(at);
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("Effect's own Array, Record and bounds are read as well", () => {
  const Who = Schema.Literals(["a", "b"]);
  const state = {
    list: ["a"],
    record: { a: true, b: false },
    above: 3,
    between: -2,
    literal: "x",
    enumerated: 1,
  } as const;
  const machine = machineOf(
    Schema.Struct({
      list: Schema.Array(Who).check(Schema.isMaxLength(2)),
      record: Schema.Record(Who, Schema.Boolean),
      above: Schema.Int.check(Schema.isGreaterThan(2), Schema.isLessThanOrEqualTo(9)),
      between: Schema.Int.check(Schema.isBetween({ minimum: -2, maximum: 2 })),
      literal: Schema.Literal("x"),
      enumerated: Schema.Enum({ zero: 0, one: 1 }),
    }),
    state,
  );
  assertEquals(machine.decode(), state);
});

Deno.test("bounds that exclude their end do so", () => {
  const cases: [Anything, number, number][] = [
    [Schema.Int.check(Schema.isGreaterThan(2), Schema.isLessThan(5)), 3, 4],
    [Schema.Int.check(Schema.isGreaterThanOrEqualTo(2), Schema.isLessThanOrEqualTo(5)), 2, 5],
    [Schema.Int.check(Schema.isGreaterThan(1.5), Schema.isLessThan(4.5)), 2, 4],
    [
      Schema.Int.check(
        Schema.isBetween({
          minimum: 2,
          maximum: 5,
          exclusiveMinimum: true,
          exclusiveMaximum: true,
        }),
      ),
      3,
      4,
    ],
    [(Int(0, 9) as Anything).check(Schema.isBetween({ minimum: 4, maximum: 20 })), 4, 9],
  ];
  for (const [n, min, max] of cases) {
    const view = machineOf(Schema.Struct({ n }), { n: min }).view as Anything;
    view.n = max;
    assertThrows(() => view.n = min - 1, SpecError, `an integer between ${min} and ${max}`);
    assertThrows(() => view.n = max + 1, SpecError, `an integer between ${min} and ${max}`);
  }
});

Deno.test("a state of hundreds of words works", () => {
  const Many = Int(0, 29);
  const state = {
    lists: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [i, [i, 29 - i]])),
    last: 7,
  };
  const machine = machineOf(
    Schema.Struct({ lists: Table(Many, Seq(Many, 30)), last: Many }),
    state,
  );
  assertEquals(machine.wordCount > 150, true);
  assertEquals(machine.decode(), state);
});

const small = () =>
  machineOf(
    Schema.Struct({
      who: Schema.Literals(["a", "b"]),
      queue: Seq(Int(0, 3), 2),
      table: Table(Int(1, 3), Schema.NullOr(Int(5, 6))),
      pairs: Seq(Schema.Struct({ x: Int(0, 3), tags: Seq(Schema.Literals(["t", "u"]), 2) }), 2),
    }),
    { who: "a", queue: [1], table: { 1: null, 2: 5, 3: 6 }, pairs: [{ x: 1, tags: ["t"] }] },
  ).view as Anything;

Deno.test("writing outside a domain names the field and the value", () => {
  const cases: [(s: Anything) => unknown, string][] = [
    [(s) => s.who = "z", 'Cannot set "who" to "z": expected one of "a", "b", got "z"'],
    [(s) => s.queue.set(0, 4), 'Cannot set "queue[0]" to 4'],
    [(s) => s.queue.push(0.5), 'Cannot set "queue[1]" to 0.5'],
    [
      (s) => s.table.set(2, 7),
      'Cannot set "table[2]" to 7: expected null or an integer between 5 and 6',
    ],
    [(s) => s.table.set(2, undefined), 'Cannot set "table[2]" to undefined'],
    [(s) => s.pairs.at(0).x = NaN, 'Cannot set "pairs[0].x" to NaN'],
    [(s) => s.pairs.at(0).tags.push("w"), 'Cannot set "pairs[0].tags[1]" to "w"'],
    [(s) => s.pairs.set(0, { x: 1, tags: [], y: 2 }), 'Cannot set "pairs[0].y"'],
    [
      (s) => s.queue = [1, 2, 3],
      'Cannot set "queue" to [1, 2, 3]: expected a sequence of at most 2',
    ],
    [(s) => s.table.assign([1]), 'Cannot set "table" to [1]'],
  ];
  for (const [act, message] of cases) assertThrows(() => act(small()), SpecError, message);
});

Deno.test("reading where nothing is names the field and the place", () => {
  const cases: [(s: Anything) => unknown, string][] = [
    [(s) => s.queue.at(1), 'Cannot read "queue" at 1: expected an index below its length 1'],
    [(s) => s.queue.at(-1), 'Cannot read "queue" at -1'],
    [(s) => s.queue.set(1, 0), 'Cannot set "queue" at 1'],
    [(s) => s.queue.removeAt(3), 'Cannot remove "queue" at 3'],
    [(s) => (s.queue.clear(), s.queue.at(0)), 'Cannot read "queue" at 0: it is empty'],
    [(s) => s.table.at(0), 'Cannot read "table" at 0: expected one of 1, 2, 3'],
    [(s) => s.table.set("x", 5), 'Cannot set "table" at "x"'],
    [
      (s) => (s.queue.clear(), s.queue.shift()),
      'Cannot take the first element of "queue": it is empty',
    ],
    [
      (s) => (s.queue.clear(), s.queue.pop()),
      'Cannot take the last element of "queue": it is empty',
    ],
  ];
  for (const [act, message] of cases) assertThrows(() => act(small()), SpecError, message);
});

Deno.test("a plain array can be assigned to a sequence, and a plain object to a struct", () => {
  const s = small();
  s.queue = [3, 2];
  s.pairs = [{ x: 0, tags: ["u", "t"] }, s.pairs.at(0)];
  assertEquals([...s.queue], [3, 2]);
  assertEquals(s.pairs.$plain(), [{ x: 0, tags: ["u", "t"] }, { x: 1, tags: ["t"] }]);
});

Deno.test("every() and some() stop where their sequence has become shorter", () => {
  const s = machineOf(Schema.Struct({ q: Seq(Int(0, 3), 3) }), { q: [1, 2, 3] }).view as Anything;
  const seen: number[] = [];
  s.q.every((x: number) => (seen.push(x), s.q.pop(), true));
  assertEquals(seen, [1, 2]);
});

Deno.test("views count, search and iterate like arrays", () => {
  const s = small();
  s.queue.push(3);
  assertEquals(s.queue.indexOf(3), 1);
  assertEquals(s.queue.includes(9), false);
  assertEquals(s.queue.every((x: number, index: number) => x > index), true);
  assertEquals(s.queue.some((x: number) => x === 2), false);
  assertEquals(s.table.count((x: number | null) => x !== null), 2);
  assertEquals(s.table.every((_: unknown, key: number) => key < 3), false);
  assertEquals(s.table.some((_: unknown, key: number) => key === 3), true);
  assertEquals(s.table.keys(), [1, 2, 3]);
  assertEquals(s.table.size, 3);
});
