import { assertEquals, assertThrows } from "@std/assert";
import { check } from "@cofn/coroutine/model";
import { type Host, Memory, OutOfMemory } from "../../../../model/engine/search/memory.ts";
import { Watch } from "../../../../model/engine/search/watch.ts";
import { counter } from "../../_specs.ts";

/** A host that says what it is told to, and how often it was asked. */
class Told implements Host {
  asked = 0;
  constructor(public room = Infinity, public share = 0) {}
  left(): number {
    this.asked++;
    return this.room;
  }
  heap(): number {
    return this.share;
  }
}

/** Runs something by a clock that goes on only where it is told to. */
function byClock(run: (pass: (ms: number) => void) => void): void {
  const { now } = performance;
  let time = 0;
  performance.now = () => time;
  try {
    run((ms) => time += ms);
  } finally {
    performance.now = now;
  }
}

Deno.test("the clock is looked at by time, whatever a step takes", () => {
  byClock((pass) => {
    const watch = new Watch({ maxSeconds: 60, memory: new Memory() });
    // As soon as it knows that steps take long, it looks at each.
    let steps = 0;
    for (; steps < 100_000 && !watch.ends(); steps++) pass(5);
    assertEquals([watch.limit, watch.ended, steps], ["maxSeconds", true, 12_001]);
    assertEquals(watch.ends(), true);
  });
  byClock((pass) => {
    const watch = new Watch({ maxSeconds: 60, memory: new Memory() });
    // Of many that take nothing, it does not look at each.
    for (let step = 0; step < 1_000_000; step++) watch.ends();
    let steps = 0;
    for (; steps < 100_000 && !watch.ends(); steps++) pass(5);
    assertEquals([watch.limit, steps], ["maxSeconds", 12_001]);
  });
});

Deno.test("who is told of progress is told by time, and a limit on states ends nothing by itself", () => {
  byClock((pass) => {
    const told: number[] = [];
    const watch = new Watch({
      memory: new Memory(),
      progressSeconds: 2,
      tell: (seconds, since) => told.push(seconds, since),
    });
    watch.full();
    for (let steps = 0; steps < 32; steps++) {
      assertEquals(watch.ends(), false);
      pass(101);
    }
    assertEquals([watch.limit, watch.ended], ["maxStates", false]);
    assertEquals(told.map((x) => Math.round(x * 10)), [20, 20, 25, 5, 30, 5]);
  });
});

Deno.test("a search ends before its host ends it: for V8's heap, or for what others take", () => {
  byClock((pass) => {
    for (const [host, most] of [[new Told(-1), 51], [new Told(Infinity, 0.9), 6]] as const) {
      const watch = new Watch({ memory: new Memory(Infinity, host) });
      let steps = 0;
      for (; steps < 1000 && !watch.ends(); steps++) pass(10);
      assertEquals([watch.limit, steps], ["memory", most]);
    }
    const roomy = new Told(1, 0.5);
    const watch = new Watch({ memory: new Memory(Infinity, roomy) });
    for (let steps = 0; steps < 1000; steps++) {
      assertEquals(watch.ends(), false);
      pass(10);
    }
    assertEquals(roomy.asked, 19);
  });
});

Deno.test("memory is taken only where there is some, and counted", () => {
  const host = new Told(2 ** 20);
  const memory = new Memory(10_000, host);
  const array = memory.array(Int32Array, 1000);
  assertEquals([array.length, memory.bytes, memory.peak], [1000, 4000, 4000]);
  assertThrows(() => memory.array(Int32Array, 1501), OutOfMemory, "all it may");
  array[3] = 7;
  assertThrows(() => memory.doubled(array), OutOfMemory);
  const bytes = memory.array(Uint8Array, 1000);
  bytes[999] = 5;
  const more = memory.doubled(bytes);
  assertEquals([more.length, more[999], memory.bytes, memory.peak], [2000, 5, 6000, 7000]);
  memory.free(more);
  assertEquals(memory.bytes, 4000);

  const all = new Memory(Infinity, host);
  assertThrows(() => all.array(Int32Array, 2 ** 24), OutOfMemory, "the host has no more");
  host.room = Infinity;
  assertThrows(() => all.array(Int32Array, 2 ** 45), OutOfMemory, "there is none for");
  // What is small is not asked for each.
  host.asked = 0;
  for (let i = 0; i < 1000; i++) all.array(Int32Array, 100);
  assertEquals(host.asked, 0);
});

Deno.test("the host that this runs on has memory left, and says how full its heap is", () => {
  const memory = new Memory();
  assertEquals([memory.isShort(), memory.isHeapFull()], [false, false]);
  assertEquals(check(counter(3)).ok, true);
});
