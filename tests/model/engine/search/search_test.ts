import { assertEquals } from "@std/assert";
import { check, Int, spec } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";
import fc from "fast-check";

/** A graph of up to 40 nodes: for each node, where each of three steps leads, or -1. */
const graphs = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    // Many nodes are dead ends.
    next: fc.array(fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: size - 1 })), {
      minLength: 3 * size,
      maxLength: 3 * size,
    }),
    start: fc.array(fc.integer({ min: 0, max: size - 1 }), { minLength: 1, maxLength: 3 }),
    bad: fc.integer({ min: 0, max: size - 1 }),
    outside: fc.integer({ min: -1, max: size - 1 }),
  })
);
type Graph = typeof graphs extends fc.Arbitrary<infer G> ? G : never;

const specOf = ({ size, next, start, bad, outside }: Graph, claim: boolean) =>
  spec({
    name: "graph",
    state: Schema.Struct({ at: Int(0, size - 1) }),
    init: start.map((at) => ({ at })),
    actions: {
      go: {
        for: { by: Int(0, 2) },
        when: (s, { by }) => (next[s.at * 3 + by] ?? -1) >= 0,
        do: (s, { by }) => s.at = next[s.at * 3 + by] ?? -1,
      },
    },
    always: { "not the bad one": (s) => !claim || s.at !== bad },
    within: (s) => s.at !== outside,
  });

/** Levels of nodes, and the number of steps, by a search that is too simple to be wrong. */
function naive(
  { next, start, outside }: Graph,
): { levels: number[][]; generated: number; reached: Map<number, number> } {
  const reached = new Map<number, number>();
  const levels: number[][] = [];
  let generated = start.length;
  const enter = (nodes: readonly number[], depth: number) => {
    const fresh = [...new Set(nodes)].filter((node) => !reached.has(node));
    for (const node of fresh) reached.set(node, depth);
    return fresh.filter((node) => node !== outside);
  };
  for (
    let level = enter(start, 0);
    level.length > 0;
    level = enter(level.flatMap(steps), levels.length)
  ) {
    levels.push(level);
    generated += level.flatMap(steps).length;
  }
  return { levels, generated, reached };

  function steps(node: number): number[] {
    return next.slice(node * 3, node * 3 + 3).filter((to) => to >= 0);
  }
}

Deno.test("check() finds in random graphs what a naive search finds", () => {
  fc.assert(
    fc.property(graphs, fc.boolean(), (graph, hashed) => {
      const { levels, generated } = naive(graph);
      const report = check(specOf(graph, false), { deadlock: false, hashed });
      assertEquals(
        [report.distinct, report.generated, report.depth],
        [levels.flat().length, generated, levels.length],
      );
    }),
    { numRuns: 300 },
  );
});

Deno.test("check() finds the bad node of a random graph by a shortest trace, or says it is not there", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { reached, levels } = naive(graph);
      fc.pre(levels.length > 0);
      const { violation } = check(specOf(graph, true), { deadlock: false });
      assertEquals(violation?.trace?.steps.length, reached.get(graph.bad));
      assertEquals(
        violation === null || violation.trace?.states.at(-1),
        violation === null || { at: graph.bad },
      );
    }),
    { numRuns: 300 },
  );
});

Deno.test("check() finds a dead end in a random graph exactly where there is one", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const { levels } = naive(graph);
      fc.pre(levels.length > 0);
      const stuck = (node: number) =>
        graph.next.slice(node * 3, node * 3 + 3).every((to) => to < 0);
      const depth = levels.findIndex((level) => level.some(stuck));
      const { violation } = check(specOf(graph, false));
      assertEquals(violation?.kind, depth < 0 ? undefined : "deadlock");
      assertEquals(violation?.trace?.steps.length, depth < 0 ? undefined : depth);
    }),
    { numRuns: 300 },
  );
});
