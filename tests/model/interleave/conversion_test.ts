import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Atomics32, interleave } from "@cofn/coroutine/model";

/** Whatever can be given for a number. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer(),
  fc.integer({ min: -3, max: 3 }),
  fc.double(),
  fc.double({ min: -4, max: 4 }),
  fc.constantFrom<unknown>(
    ...[0, -0, 1, 1.7, -1.7, -0.5, 2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 5, 2 ** 53, 1e300, NaN],
    ...[Infinity, -Infinity, "5", "-0", " 7 ", "0x10", "", "x", "1.7", null, undefined, true],
    ...[1n, 2n ** 70n, Symbol("s"), [], [3], [1, 2], {}],
    // These run code of their own, in an order that can be seen.
    { valueOf: () => 3 },
    { toString: () => "2" },
    {
      valueOf: () => {
        throw new SyntaxError("asked");
      },
    },
  ),
);

type Call = readonly [name: string, ...args: unknown[]];

/** What is called, with what; the memory is put in front. */
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.tuple(fc.constantFrom("load", "notify", "read"), anything),
  fc.tuple(
    fc.constantFrom("store", "add", "sub", "and", "or", "xor", "exchange", "notify", "write"),
    fc.oneof(fc.constantFrom(0, 1), anything),
    anything,
  ),
  fc.tuple(
    fc.constant("compareExchange"),
    fc.oneof(fc.constantFrom(0, 1), anything),
    fc.oneof(fc.constantFrom<unknown>("7", 7.9, 2 ** 32 + 7), anything),
    anything,
  ),
  fc.tuple(
    fc.constant("wait"),
    fc.oneof(fc.constantFrom(0, 1), anything),
    fc.oneof(fc.constantFrom<unknown>("7", 7.9, 2 ** 32 + 7), anything),
    // Never for ever, as nobody would come.
    fc.constantFrom<unknown>(0, -0, -1, -Infinity, "-5", null, false, "", 1n, Symbol("s"), [], 0.5),
  ),
  fc.tuple(fc.constant("isLockFree"), anything),
) as fc.Arbitrary<Call>;

/** What comes of a call: what it answers or throws, and the memory afterwards. */
function outcome(
  [name, ...args]: Call,
  memory: Int32Array,
  atomics: Atomics32,
): readonly unknown[] {
  const [index, value] = args;
  try {
    if (name === "read") return [memory[index === 1 ? 1 : 0]];
    if (name === "write") {
      memory[index === 1 ? 1 : 0] = value as number;
      return ["written"];
    }
    // deno-lint-ignore no-explicit-any -- whatever is given is tried
    const operation = atomics[name as keyof Atomics32] as any;
    return [name === "isLockFree" ? operation(index) : operation(memory, ...args)];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return ["throws", error.constructor.name];
  }
}

/** The same in an interleaving, of one thread. */
function explored(call: Call): readonly unknown[] {
  let seen: readonly unknown[] = [];
  let memoryAtEnd: readonly number[] = [];
  const { violation } = interleave({
    memory: Int32Array.of(7, -1),
    threads: [(memory, atomics) => {
      const came = outcome(call, memory, atomics);
      atomics.load(memory, 0);
      seen = came;
    }],
    finally: { noted: (memory) => (memoryAtEnd = [...memory]).length === 2 },
  });
  assertEquals(violation, null);
  return [...seen, ...memoryAtEnd];
}

Deno.test("whatever they are given, operations answer, throw and write as those of Atomics do", () => {
  fc.assert(
    fc.property(call, (call) => {
      const memory = new Int32Array(new SharedArrayBuffer(8));
      memory.set([7, -1]);
      const real = [...outcome(call, memory, Atomics), ...memory];
      const same = explored(call);
      for (const [i, value] of real.entries()) {
        assertEquals(Object.is(same[i], value), true, `${i}`);
      }
      assertEquals(same, real);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("what a store answers is an integer, as it was given", () => {
  for (
    const [value, answers, written] of [
      [1.7, 1, 1],
      [-0, 0, 0],
      ["5", 5, 5],
      [2 ** 32 + 5, 2 ** 32 + 5, 5],
      [Infinity, Infinity, 0],
      [undefined, 0, 0],
    ]
  ) {
    const [answer, first] = explored(["store", 0, value]);
    assertEquals([Object.is(answer, answers), first], [true, written], String(value));
  }
});

Deno.test("there is one memory, and what is no index of it is refused", () => {
  const refused = (call: (memory: Int32Array, atomics: Atomics32) => unknown) => {
    const { violation } = interleave({ memory: 2, threads: [call] });
    return violation?.thrown;
  };
  const shared = new SharedArrayBuffer(16);
  const others = [new Float64Array(shared), new Uint8Array(shared), new Float32Array(4)];
  for (const other of others as unknown[] as Int32Array[]) {
    for (
      const kind of [
        "load",
        "store",
        "add",
        "exchange",
        "compareExchange",
        "wait",
        "notify",
      ] as const
    ) {
      const thrown = refused((_, atomics) => atomics[kind](other, 0, 0, 0));
      assertEquals(thrown instanceof TypeError, true, kind);
    }
  }
  for (const index of [-1, 2, 2 ** 53, Infinity, "2", NaN, -0.5, "x"] as number[]) {
    const real = new Int32Array(2);
    const expected = [-1, 2, 2 ** 53, Infinity, "2"].includes(index) ? RangeError : undefined;
    for (const kind of ["load", "notify"] as const) {
      const thrown = refused((memory, atomics) => atomics[kind](memory, index));
      assertEquals((thrown as Error | undefined)?.constructor, expected, `${kind} ${index}`);
    }
    if (expected === undefined) assertEquals(Atomics.load(real, index), 0);
  }
  for (const key of ["01", "1.0", "1e0", " 1", "-0", "+1", "2"]) {
    const thrown = refused((memory) => memory[key as unknown as number]);
    assertEquals(thrown instanceof Error, true, key);
  }
});
