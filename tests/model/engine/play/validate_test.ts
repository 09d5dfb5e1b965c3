import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import * as Schema from "effect/Schema";
import {
  fill,
  Int,
  spec,
  SpecError,
  Table,
  type TraceEvent,
  validate,
} from "@cofn/coroutine/model";
import { Coroutine, IOThread, SharedCoMutex } from "@cofn/coroutine";
import { needing } from "../../../_needing.ts";
import type * as module from "./_traced_thread.ts";

/** A lock, and a counter that is read and written under it. */
function counted(threads: number, most: number) {
  const Who = Schema.Literals(Array.from({ length: threads }, (_, i) => `t${i}`));
  return spec({
    name: "counted",
    state: Schema.Struct({
      holder: Schema.NullOr(Who),
      n: Int(0, most),
      read: Table(Who, Int(0, most)),
    }),
    init: [{ holder: null, n: 0, read: fill(Who, 0) }],
    actions: {
      lock: {
        for: { who: Who },
        when: (s) => s.holder === null,
        do: (s, { who }) => {
          s.holder = who;
        },
      },
      read: {
        for: { who: Who },
        when: () => true,
        do: (s, { who }) => {
          s.read.set(who, s.n);
          return s.n;
        },
      },
      write: {
        for: { who: Who },
        when: (s, { who }) => s.read.at(who) < most,
        do: (s, { who }) => {
          s.n = s.read.at(who) + 1;
        },
      },
      unlock: {
        for: { who: Who },
        when: (s, { who }) => s.holder === who,
        do: (s) => {
          s.holder = null;
        },
      },
    },
  });
}

const round = (who: string, read: number): TraceEvent[] => [
  { action: "lock", params: { who } },
  { action: "read", params: { who }, answer: read },
  { action: "write", params: { who } },
  { action: "unlock", params: { who } },
];

Deno.test("an order is found that explains what two threads have seen", () => {
  const report = validate(counted(2, 4), [
    [...round("t0", 1), ...round("t0", 2)],
    [...round("t1", 0), ...round("t1", 3)],
  ]);
  assertEquals([report.ok, report.complete, report.events, report.stuck], [true, true, 16, null]);
  assertEquals(report.order, [...Array(4).fill(1), ...Array(8).fill(0), ...Array(4).fill(1)]);
  assertEquals(report.message, "counted explains 16 events of 2 threads");
});

Deno.test("what no order explains is told, and how far one comes", () => {
  const report = validate(counted(2, 4), [[...round("t0", 0)], [...round("t1", 0)]]);
  assertEquals([report.ok, report.complete, report.order], [false, true, null]);
  assertEquals(report.stuck?.explained.reduce((a, b) => a + b), 5);
  assertStringIncludes(report.message, "no order goes on with");
  assert(/goes on with read\(who=t[01]\) = 0$/.test(report.message), report.message);
  const twice = validate(counted(1, 4), [[
    { action: "lock", params: { who: "t0" } },
    { action: "lock", params: { who: "t0" } },
  ]]);
  assertEquals(twice.stuck, { explained: [1], next: ["lock(who=t0)"] });
});

Deno.test("a search that was cut short says so, and what makes no sense is refused", () => {
  const trace = [[...round("t0", 0)], [...round("t1", 0)]];
  const report = validate(counted(2, 4), trace, { maxStates: 3 });
  assertEquals([report.ok, report.complete], [false, false]);
  assertStringIncludes(report.message, "INCOMPLETE");
  // deno-lint-ignore no-explicit-any -- what is wrong is tried
  const wrong: any[] = [[null], [[[{ action: "nothing" }]]], [[[]], { max: 1 }]];
  for (const [given, options] of wrong) {
    assertThrows(() => validate(counted(1, 1), given, options), SpecError, "Cannot validate");
  }
});

needing("read")(
  "what coroutines on three real threads have seen under a shared mutex is explained",
  async () => {
    const url = new URL("./_traced_thread.ts", import.meta.url);
    const threads = await Promise.all([0, 1, 2].map(() => IOThread.spawn<typeof module>(url)));
    const mutex = new SharedCoMutex("traced");
    const counter = new Int32Array(new SharedArrayBuffer(4));
    const trace = await Promise.all(threads.map((thread, t) => {
      const co = Coroutine.create(function* () {
        return yield* thread.call("countAndTell", `t${t}`, mutex.handle, counter, 30);
      });
      const { done } = co;
      co.enter();
      return done;
    }));
    await Promise.all(threads.map((thread) => thread.join()));
    const report = validate(counted(3, 90), trace);
    assert(report.ok, report.message);
    assertEquals(report.events, 360);
    // The same, as if one had seen what another one has.
    const [first = [], ...others] = trace;
    const forged = first.map((event, i) => i === 1 ? { ...event, answer: counter[0] } : event);
    assertEquals(validate(counted(3, 90), [forged, ...others]).ok, false);
  },
);
