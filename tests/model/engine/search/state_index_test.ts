import { assertEquals, assertThrows } from "@std/assert";
import { Memory, OutOfMemory } from "../../../../model/engine/search/memory.ts";
import { StateIndex } from "../../../../model/engine/search/state_index.ts";

/** So many words that a piece has no more than sixteen states. */
const WIDE = 1 << 18;

function stateOf(n: number): Int32Array {
  const state = new Int32Array(WIDE);
  state[0] = n % 3;
  state[WIDE - 1] = n;
  return state;
}

Deno.test("each state is found again where it was put, in whichever piece", () => {
  const index = new StateIndex(WIDE);
  const all = Array.from({ length: 35 }, (_, n) => n);
  for (const n of all) assertEquals(index.add(stateOf(n), Infinity), n);
  assertEquals(index.size, 35);
  for (const n of all) {
    const [words, at] = [index.chunk(n), index.offset(n)];
    assertEquals([words[at], words[at + WIDE - 1]], [n % 3, n]);
    assertEquals(index.add(stateOf(n), Infinity), n, "It is no new one");
  }
  assertEquals([index.size, index.add(stateOf(99), 35), index.size], [35, -1, 35]);
});

Deno.test("where there is no room for another piece, all that was found is as it was", () => {
  // Of the states alone: twice as much, as it grows, is not needed.
  const bytes = 4 * WIDE;
  const index = new StateIndex(WIDE, new Memory(2 * 16 * bytes + 10_000));
  for (let n = 0; n < 32; n++) assertEquals(index.add(stateOf(n), Infinity), n);
  for (let i = 0; i < 2; i++) {
    assertThrows(() => index.add(stateOf(32), Infinity), OutOfMemory);
    assertEquals([index.size, index.add(stateOf(31), Infinity)], [32, 31]);
  }
});
