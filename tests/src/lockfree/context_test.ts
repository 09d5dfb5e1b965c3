/** Who may have a context after whom: see `interleave` for the rest of it. */
import { assertEquals } from "@std/assert";
import { moveIn } from "../../../src/lockfree/context.ts";
import { ALIVE, begin, kill, leave, lifeOf, reserve, vacate } from "../../../src/lockfree/life.ts";
import {
  CONTEXT,
  CONTEXT_WORDS,
  DELIVERING,
  IDLE,
  LIFE,
  LOCK,
  RECORD,
  SCHEDULED,
  STATE,
  stateOf,
} from "../../../src/lockfree/words.ts";

const GHOSTS = 1;
const GONE = 2;
const HOME = GONE + CONTEXT_WORDS;
const RECORD_AT = HOME + CONTEXT_WORDS;

Deno.test("nobody has the context of a dead thread as long as what it has scheduled may not have come", () => {
  const owed = (change: (memory: Int32Array) => void): boolean => {
    const memory = new Int32Array(RECORD_AT + RECORD);
    memory[GONE + LIFE] = memory[HOME + LIFE] = ALIVE;
    memory[GONE + DELIVERING] = RECORD_AT;
    memory[RECORD_AT + CONTEXT] = HOME;
    memory[RECORD_AT + STATE] = stateOf(0, SCHEDULED);
    kill(memory, GONE, 0, GHOSTS, Atomics);
    leave(memory, GONE, 0, GHOSTS, Atomics);
    vacate(memory, GONE, 0, Atomics);
    change(memory);
    return moveIn(memory, GONE, 0, Atomics) === undefined;
  };
  assertEquals(owed(() => {}), true);
  // It was about to schedule nothing; it has come; it is a wait for a lock; nobody has it, or one that was killed.
  assertEquals(owed((memory) => memory[GONE + DELIVERING] = 0), false);
  assertEquals(owed((memory) => memory[RECORD_AT + STATE] = stateOf(0, IDLE)), false);
  assertEquals(owed((memory) => memory[RECORD_AT + LOCK] = 1), false);
  assertEquals(owed((memory) => memory[RECORD_AT + CONTEXT] = 0), false);
  assertEquals(owed((memory) => kill(memory, HOME, 0, GHOSTS, Atomics)), false);
});

Deno.test("lives are counted for as long as there is room, and from 0 again then", () => {
  const after = (life: number): number => {
    const memory = new Int32Array(GONE + CONTEXT_WORDS);
    memory[GONE + LIFE] = life << 3;
    assertEquals(reserve(memory, GONE, life, Atomics), true);
    assertEquals(begin(memory, GONE, Atomics), true);
    assertEquals(kill(memory, GONE, life, GHOSTS, Atomics), true);
    leave(memory, GONE, life, GHOSTS, Atomics);
    vacate(memory, GONE, life, Atomics);
    return lifeOf(memory[GONE + LIFE] ?? NaN);
  };
  const last = 2 ** 28 - 1;
  assertEquals([0, last - 1, last].map(after), [1, last, 0]);
});
