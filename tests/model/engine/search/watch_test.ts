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

const pass = (ms: number): void => {
  for (const end = performance.now() + ms; performance.now() < end;);
};

Deno.test("the clock is looked at by time, whatever a step takes", () => {
  const watch = new Watch({ maxSeconds: 0.3, memory: new Memory() });
  // Many that take nothing: then one does not look at the clock for each.
  for (let step = 0; step < 100_000; step++) if (watch.ends()) break;
  // Now each takes long: the limit is not missed by more of them than one looked at so far.
  let steps = 0;
  for (; steps < 10_000 && !watch.ends(); steps++) pass(5);
  assertEquals([watch.limit, watch.ended, steps < 2000], ["maxSeconds", true, true]);
  assertEquals(watch.ends(), true);
  // As soon as it knows that they take long, it looks at each.
  const slow = new Watch({ maxSeconds: 0.1, memory: new Memory() });
  for (steps = 0; steps < 10_000 && !slow.ends(); steps++) pass(20);
  assertEquals([slow.limit, steps <= 7], ["maxSeconds", true]);
});

Deno.test("who is told of progress is told by time, and a limit on states ends nothing by itself", () => {
  const told: number[] = [];
  const watch = new Watch({
    memory: new Memory(),
    progressSeconds: 0.02,
    tell: (seconds, since) => told.push(seconds, since),
  });
  watch.full();
  for (let steps = 0; steps < 20; steps++) {
    assertEquals(watch.ends(), false);
    pass(10);
  }
  assertEquals([watch.limit, watch.ended, told.length >= 4], ["maxStates", false, true]);
});

Deno.test("a search ends before its host ends it: for V8's heap, or for what others take", () => {
  for (const [host, share] of [[new Told(-1), 0], [new Told(), 0.9]] as const) {
    host.share = share;
    const watch = new Watch({ memory: new Memory(Infinity, host) });
    for (let steps = 0; steps < 1000 && !watch.ends(); steps++) pass(2);
    assertEquals(watch.limit, "memory");
  }
  const roomy = new Told(1, 0.5);
  const watch = new Watch({ memory: new Memory(Infinity, roomy) });
  for (let steps = 0; steps < 700; steps++) {
    assertEquals(watch.ends(), false);
    pass(1);
  }
  assertEquals(roomy.asked > 0, true);
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
