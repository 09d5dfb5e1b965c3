import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertInterleaves, interleave, interleavingText } from "@cofn/coroutine/model";
import { put, putTooEarly, ring, take } from "../../../examples/interleave/ring.ts";
import { needing } from "../../_needing.ts";

Deno.test("the ring holds, and the broken one races on its slot", () => {
  assertInterleaves(interleave(ring("mended ring", put)));
  const broken = interleave(ring("broken ring", putTooEarly));
  assertEquals(broken.violation?.kind, "race");
  assertStringIncludes(broken.violation?.message ?? "", "data race on slot0");
});

Deno.test("the same functions run on real memory", () => {
  const memory = new Int32Array(new SharedArrayBuffer(16));
  assertEquals([put(memory, 5), put(memory, 6), put(memory, 7)], [true, true, false]);
  assertEquals([take(memory), take(memory), take(memory)], [5, 6, 0]);
});

needing("read")("the trace in the README of the example is the one that it prints", async () => {
  const readme = await Deno.readTextFile(
    new URL("../../../examples/interleave/README.md", import.meta.url),
  );
  const text = interleavingText(interleave(ring("broken ring", putTooEarly)));
  // But for the seconds.
  assertStringIncludes(readme, text.slice(0, text.lastIndexOf(",")));
});
