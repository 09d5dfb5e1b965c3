import { trace } from "@cofn/coroutine";
import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { Deed, nameOf, PUPPETS } from "./_everything_deed.ts";
import { Stage } from "./_everything_stage.ts";
import { turn } from "./_helpers.ts";
import { host } from "../../src/core/_report.ts";

/** One step: who is to do what; with nobody, the code outside any coroutine does it. */
class Step {
  constructor(readonly who: number | undefined, readonly deeds: readonly Deed[]) {}
  toString(): string {
    return `${this.who === undefined ? "outside" : nameOf(this.who)}: ${this.deeds.join("; ")}`;
  }
}

type Args = Deed["args"];
type Some = { readonly [K in keyof Args]?: fc.Arbitrary<NonNullable<Args[K]>> };

const who = fc.nat(PUPPETS + 1);
const m = fc.nat(1);
const q = fc.nat(1);
const n = fc.integer({ min: 1, max: 4 });
const ns = fc.nat(5);
const signal = fc.nat(1).map((s) => ({ s }));
const limits = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.record({ ns }) },
  { weight: 2, arbitrary: signal },
  { weight: 1, arbitrary: fc.record({ ns, s: fc.nat(1) }) },
);
const front = fc.boolean();

/** A deed with arguments, of which some may be left out. */
function deed(op: string, given: Some = {}, maybe: Some = {}): fc.Arbitrary<Deed> {
  const both = { ...given, ...maybe } as Record<string, fc.Arbitrary<unknown>>;
  const args = fc.record(both, { requiredKeys: Object.keys(given) });
  return args.map((args) => new Deed(op, args as Args));
}

const simple: readonly [weight: number, arbitrary: fc.Arbitrary<Deed>][] = [
  [6, deed("lock", { m, limits })],
  [2, deed("tryLock", { m })],
  [5, deed("unlock", { m })],
  [8, deed("wait", { q, limits }, { m, front })],
  [4, deed("next", { q }, { m })],
  [1, deed("restartAll", { q }, { m })],
  [4, deed("read", { limits })],
  [4, deed("write", { limits })],
  [2, deed("tryRead")],
  [1, deed("tryWrite")],
  [4, deed("upgrade", { limits })],
  [2, deed("downgrade")],
  [5, deed("rwUnlock")],
  [5, deed("acquire", { n, limits })],
  [2, deed("tryAcquire", { n })],
  [4, deed("release", { n })],
  [3, deed("sleep", { ns })],
  [2, deed("nap", { ns: fc.oneof(ns, fc.constant(Infinity)) })],
  [2, deed("wakeNap")],
  [3, deed("yield")],
  [5, deed("cancel", { who })],
  [2, deed("follow", { who, limits: signal })],
  [3, deed("waitOne", { limits })],
  [3, deed("waitAll", { limits })],
  [2, deed("waitSlot", { limits })],
  [1, deed("cancelPool")],
  [4, deed("advance", { ns })],
  [2, deed("abort", { limits: signal })],
  [1, deed("return")],
  [1, deed("throw")],
  [1, deed("abandon")],
];

/** What hardly ever comes together by chance: a wait by one that has the lock for it. */
const chains: readonly fc.Arbitrary<Deed[]>[] = [
  fc.record({ m, q, front, limits }).map(({ m, ...wait }) => [
    new Deed("lock", { m }),
    new Deed("wait", { m, ...wait }),
  ]),
  limits.map((limits) => [new Deed("read"), new Deed("upgrade", { limits })]),
  fc.record({ ns, limits }).map(({ ns, limits }) => [
    new Deed("start", { deeds: [new Deed("sleep", { ns })] }),
    new Deed("waitAll", { limits }),
  ]),
];

/** Deeds, some of which have deeds for others in them. */
function deedsTo(depth: number, maxLength: number): fc.Arbitrary<Deed[]> {
  const weighted = simple.map(([weight, arbitrary]) => ({ weight, arbitrary }));
  if (depth > 0) {
    const deeds = deedsTo(depth - 1, 3);
    const tasks = fc.array(deeds, { maxLength: 3 });
    weighted.push(
      { weight: 8, arbitrary: deed("enter", { who, deeds }) },
      { weight: 10, arbitrary: deed("wake", { who, deeds }) },
      { weight: 6, arbitrary: deed("start", { deeds }) },
      { weight: 2, arbitrary: deed("all", { tasks }) },
      { weight: 2, arbitrary: deed("race", { tasks }) },
      { weight: 2, arbitrary: deed("scope", { tasks }) },
    );
  }
  const one = fc.oneof(...weighted);
  const some = fc.oneof(
    { weight: 20, arbitrary: one.map((deed) => [deed]) },
    ...chains.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
  return fc.array(some, { maxLength, size: "max" }).map((lists) => lists.flat());
}

/** Runs of so many steps at most. */
const runsOf = (maxLength: number) =>
  fc.array(
    fc.tuple(fc.option(fc.nat(PUPPETS + 1), { nil: undefined, freq: 4 }), deedsTo(2, 4))
      .map(([who, deeds]) => new Step(who, deeds)),
    { maxLength, size: "max" },
  );

/** Both throw when they are cancelled: one signal is told by several who fail. */
const BOTH_FAIL = [
  ...[3, 5].flatMap((who) => [
    new Step(who, [new Deed("yield"), new Deed("throw")]),
    new Step(undefined, [new Deed("follow", { who, limits: { s: 0 } })]),
  ]),
  new Step(undefined, [new Deed("abort", { limits: { s: 0 } })]),
];

/** Short ones first: what they find is soon made shorter. */
const RUNS = [{ steps: 40, numRuns: 500 }, { steps: 1000, numRuns: 150 }];

Deno.test("whatever coroutines do with all that there is, it does what it must, and all come home", async () => {
  let stage: Stage | undefined;
  const uncaught: unknown[] = [];
  const tell = (error: unknown) => {
    if (stage?.report(error) !== true) uncaught.push(error);
  };
  const error = (event: ErrorEvent) => {
    event.preventDefault();
    tell(event.error);
  };
  const rejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    uncaught.push(event.reason);
  };
  // Most of the time would go into the stacks of errors that nobody looks at.
  const { stackTraceLimit } = Error;
  // The host would be told of it in a later turn only.
  const { report } = host;
  addEventListener("error", error);
  addEventListener("unhandledrejection", rejection);
  try {
    Error.stackTraceLimit = 0;
    host.report = tell;
    for (const { steps, numRuns } of RUNS) {
      const play = (steps: readonly Step[], traced: boolean) => {
        using _ = trace(traced ? () => {} : null);
        stage = new Stage();
        for (const { who, deeds } of steps) {
          stage.refresh();
          stage.step(who, deeds);
        }
        stage.bringHome();
      };
      const examples: [Step[], boolean][] = [[BOTH_FAIL, false]];
      fc.assert(fc.property(runsOf(steps), fc.boolean(), play), { numRuns, examples });
    }
    await turn();
    assertEquals(uncaught, []);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    host.report = report;
    removeEventListener("error", error);
    removeEventListener("unhandledrejection", rejection);
  }
});
