/** Small specs that the tests of the search share. */
import { type AnySpec, type Definition, fill, Int, Seq, spec, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

interface Counter {
  readonly n: number;
}

type Steps = { add: { by: number } };

/** Counts up to `max` by ones and twos; `over` replaces parts of its definition. */
export const counter = (
  max: number,
  over: Partial<Definition<Counter, Steps>> = {},
): AnySpec =>
  spec<Counter, Steps>({
    name: "counter",
    state: Schema.Struct({ n: Int(0, max) }),
    init: [{ n: 0 }],
    actions: {
      add: {
        for: { by: Int(1, 2) },
        when: (s, { by }) => s.n + by <= max,
        do: (s, { by }) => s.n += by,
      },
    },
    ends: (s) => s.n === max,
    ...over,
  });

/** A counter per process, each from 0 to `max`: (max + 1) ** processes states. */
export const grid = (processes: number, max: number): AnySpec => {
  const Who = Int(1, processes);
  return spec({
    name: "grid",
    state: Schema.Struct({ at: Table(Who, Int(0, max)) }),
    init: [{ at: fill(Who, 0) }],
    actions: {
      step: {
        for: { who: Who },
        when: (s, { who }) => s.at.at(who) < max,
        do: (s, { who }) => s.at.set(who, s.at.at(who) + 1),
      },
    },
    ends: (s) => s.at.every((at) => at === max),
  });
};

/** Tokens that go from one long queue to another and back: all ways to split `n` in two queues. */
export const queues = (n: number): AnySpec =>
  spec({
    name: "queues",
    state: Schema.Struct({ left: Seq(Int(1, n), n), right: Seq(Int(1, n), n) }),
    init: [{ left: Array.from({ length: n }, (_, index) => index + 1), right: [] }],
    actions: {
      go: {
        for: {},
        when: (s) => s.left.length > 0,
        do: (s) => s.right.push(s.left.shift()),
      },
      back: {
        for: {},
        when: (s) => s.right.length > 0,
        do: (s) => s.left.unshift(s.right.pop()),
      },
    },
  });
