import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  best,
  complaintOf,
  exponentOf,
  keep,
  measureGrowth,
  MOST,
  MOST_IN_TIME,
  type Point,
  resultOf,
  type Row,
  SIZES,
} from "../../bench/_growth.ts";
import { rows } from "../../bench/growth/_rows.ts";
import { needing } from "../_needing.ts";

/** What one costs if all cost `f`. */
function points(f: (n: number) => number, sizes: readonly number[] = SIZES): Point[] {
  return sizes.map((n) => ({ n, ns: f(n) / n, unit: 1 }));
}

Deno.test("the exponent is that of the time of all: by least squares over the logarithms", () => {
  const laws: readonly (readonly [f: (n: number) => number, exponent: number])[] = [
    [(n) => 7 * n, 1],
    [(n) => 0.001 * n ** 2, 2],
    [() => 5_000, 0],
    [(n) => n ** 1.15, 1.15],
    [(n) => 3 * n * Math.sqrt(n), 1.5],
  ];
  for (const [f, exponent] of laws) {
    assertAlmostEquals(exponentOf(points(f)), exponent, 1e-9);
    assertAlmostEquals(exponentOf(points(f, [1_000, 8_000, 64_000])), exponent, 1e-9);
    assertAlmostEquals(exponentOf(points(f, [10, 100])), exponent, 1e-9);
  }
});

Deno.test("a heap's logarithm counts as linear; what is quadratic for the largest alone does not", () => {
  assert(resultOf("heap", points((n) => n * Math.log2(n))).ok);
  assert(!resultOf("late", points((n) => 1_000 * n + 0.1 * n ** 2)).ok);
  assert(!resultOf("quadratic", points((n) => n ** 2)).ok);
});

Deno.test("memory excuses no more than half of what makes it quadratic", () => {
  const inUnits = (power: number) =>
    resultOf("fetched", SIZES.map((n) => ({ n, ns: n ** power, unit: n ** power })));
  const [some, much] = [inUnits(0.4), inUnits(0.5)];
  assertEquals([some.exponent, some.inTime, some.ok], [1, 1.4, true]);
  assertEquals([much.exponent, much.inTime, much.ok], [1, 1.5, false]);
});

Deno.test("one size alone tells nothing, and is not said to be linear", () => {
  assertEquals(resultOf("given up", [{ n: 1_000, ns: 5, unit: 1 }]).ok, false);
});

Deno.test("the best of two measurements is taken size by size, also where one has given up before the largest", () => {
  const a = [{ n: 1, ns: 5, unit: 2 }, { n: 2, ns: 9, unit: 3 }];
  const b = [{ n: 1, ns: 7, unit: 1 }, { n: 2, ns: 3, unit: 4 }];
  assertEquals(best(a, b), [{ n: 1, ns: 5, unit: 1 }, { n: 2, ns: 3, unit: 3 }]);
  assertEquals(best(a, b.slice(0, 1)), [{ n: 1, ns: 5, unit: 1 }, { n: 2, ns: 9, unit: 3 }]);
  assertEquals(best(a.slice(0, 1), b), [{ n: 1, ns: 5, unit: 1 }, { n: 2, ns: 3, unit: 4 }]);
});

Deno.test("what the memory takes is in the unit: it counts for both", () => {
  const slow = points((n) => 5 * n).map((one, i) => ({
    ...one,
    ns: one.ns * 2 ** i,
    unit: 2 ** i,
  }));
  assertAlmostEquals(exponentOf(slow), 1, 1e-9);
  const worse = slow.map(({ n, ns, unit }) => ({ n, ns: ns * Math.sqrt(n), unit }));
  assertAlmostEquals(exponentOf(worse), 1.5, 1e-9);
});

needing("run", "read")(
  "the unit takes as much memory as its row, up to a kilobyte or so",
  async () => {
    // In a process of its own, in which no garbage is collected meanwhile.
    const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-lock", "--no-check"],
        "--v8-flags=--single-threaded-gc,--min-semi-space-size=256,--max-semi-space-size=256",
        new URL("./_unit.ts", import.meta.url).pathname,
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(success ? stdout : stderr);
    assert(success, text);
    const [plain = NaN, more = NaN, much = NaN] = JSON.parse(text) as number[];
    assert(plain > 200 && plain < 600, text);
    assert(more > plain + 100 && more < plain + 500, text);
    assert(much > more + 50 && much < 1_300, text);
  },
);

Deno.test("those that grow are named in the end", () => {
  const results = [resultOf("a", points((n) => n)), resultOf("b", points((n) => n ** 2))];
  assertEquals(
    complaintOf(results),
    `1 of 2 grow faster than n to the ${MOST} (in time, ${MOST_IN_TIME}): b`,
  );
  assertEquals(complaintOf(results.slice(0, 1)), undefined);
});

/** A row that notes what is done with it. */
function noting(row: Partial<Row>): { readonly row: Row; readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    row: {
      name: "noted",
      sizes: [1, 2, 4],
      prepare(n) {
        log.push(`prepare ${n}`);
        return { run: () => void log.push(`run ${n}`), after: () => void log.push(`after ${n}`) };
      },
      ...row,
    },
  };
}

Deno.test("as many are there at each size, in groups: all are made ready before the first is timed", async () => {
  const { row, log } = noting({});
  const result = await measureGrowth(row, { rounds: 1, warmUp: 0, patience: Infinity });
  assertEquals(result.map(({ n }) => n), [1, 2, 4]);
  const inGroups = (n: number, groups: number) =>
    ["prepare", "run", "after"].flatMap((what) => Array(groups).fill(`${what} ${n}`));
  // What warms up comes first, and one go whose memory is measured.
  assertEquals(log.slice(33), [...inGroups(1, 4), ...inGroups(2, 2), ...inGroups(4, 1)]);
});

Deno.test("what concerns all others is measured alone; each size has its turn in each round", async () => {
  const { row, log } = noting({ alone: true });
  await measureGrowth(row, { rounds: 2, warmUp: 0, patience: Infinity });
  const runs = log.filter((what) => what.startsWith("run")).slice(11);
  assertEquals(runs, ["run 1", "run 2", "run 4", "run 1", "run 2", "run 4"]);
});

Deno.test("a size that takes too long is followed by no larger one", async () => {
  const { row } = noting({});
  const result = await measureGrowth(row, { rounds: 2, warmUp: 0, patience: -1 });
  assertEquals(result.map(({ n }) => n), [1]);
});

Deno.test("what a row throws is thrown, whether it waits or not", async () => {
  for (const run of [() => Promise.reject("no"), () => assertThrows(() => {})]) {
    const { row } = noting({ prepare: () => ({ run }) });
    const thrown = await measureGrowth(row, { rounds: 1, warmUp: 0, patience: 1 }).then(
      () => "nothing",
      () => "something",
    );
    assertEquals(thrown, "something");
  }
});

Deno.test("keep() gives back what it keeps", () => {
  const some = {};
  assert(keep(some) === some);
});

Deno.test("no two rows have one name", () => {
  assertEquals(new Set(rows.map(({ name }) => name)).size, rows.length);
});

for (const row of rows) {
  // Those that have threads stay to the end of their process.
  if (row.name.startsWith("an IOThread")) continue;
  Deno.test({
    name: `what is measured can be done: ${row.name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      for (const n of [10, 20, 2]) {
        const { run, after } = await row.prepare(n);
        await run();
        await after?.();
      }
    },
  });
}

const test = needing("run", "read");
const ROOT = new URL("../../", import.meta.url);

async function growth(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "bench/growth.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { code, said: decoder.decode(stdout), told: decoder.decode(stderr) };
}

test("bench:growth lists its rows, and refuses what it does not know", async () => {
  const listed = await growth("--list");
  assertEquals([listed.code, listed.said.trim().split("\n").length], [0, rows.length]);
  const some = await growth("--list", "--only", "a writer:");
  assertEquals(
    some.said.trim().split("\n"),
    rows.map(({ name }) => name).filter((name) => name.includes("a writer:")),
  );
  for (const args of [["--only", "nothing like it"], ["--rounds", "0"], ["--fast"]]) {
    const { code, told } = await growth(...args);
    assertEquals(code, 2, told);
    assert(told.includes("Try --help"), told);
  }
});
