/**
 * A ring of words between one thread that puts and one that takes, twice: once with a bug that tests on real
 * threads hardly ever find, and once mended. `interleave` tries every order of their operations:
 *
 *     deno run examples/interleave/ring.ts
 *
 * @module
 */
import {
  type Atomics32,
  interleave,
  type Interleaving,
  interleavingText,
} from "@cofn/coroutine/model";

/** Where things are: how many were put, how many were taken, and then the slots. */
const PUT = 0;
const TAKEN = 1;
const SLOTS = 2;
const SIZE = 2;

/** Puts a value in if there is room. */
export function put(memory: Int32Array, value: number, atomics: Atomics32 = Atomics): boolean {
  const n = atomics.load(memory, PUT);
  if (n - atomics.load(memory, TAKEN) === SIZE) return false;
  memory[SLOTS + n % SIZE] = value;
  // Whoever sees this sees the slot.
  atomics.store(memory, PUT, n + 1);
  return true;
}

/** The same, but it is said that the value is there before it is. */
export function putTooEarly(
  memory: Int32Array,
  value: number,
  atomics: Atomics32 = Atomics,
): boolean {
  const n = atomics.load(memory, PUT);
  if (n - atomics.load(memory, TAKEN) === SIZE) return false;
  atomics.store(memory, PUT, n + 1);
  memory[SLOTS + n % SIZE] = value;
  return true;
}

/** Takes the oldest value; 0 if there is none. */
export function take(memory: Int32Array, atomics: Atomics32 = Atomics): number {
  const n = atomics.load(memory, TAKEN);
  if (n === atomics.load(memory, PUT)) return 0;
  const value = memory[SLOTS + n % SIZE]!;
  // From here on the slot may be used again.
  atomics.store(memory, TAKEN, n + 1);
  return value;
}

/** Three values go through the ring; each call may find it full, or empty. */
export function ring(name: string, putOne: typeof put): Interleaving {
  return {
    name,
    memory: { put: 0, taken: 0, slot0: 0, slot1: 0 },
    local: 2,
    threads: [
      [1, 2, 3].map(() =>
        function puts(memory, atomics, { local }) {
          if (putOne(memory, local[0]! + 1, atomics)) local[0]!++;
        }
      ),
      [1, 2, 3].map(() =>
        function takes(memory, atomics, { local }) {
          const value = take(memory, atomics);
          if (value === 0) return;
          if (value !== local[0]! + 1) throw new Error(`took ${value} after ${local[0]}`);
          local[0] = value;
        }
      ),
    ],
    always: {
      "no more is taken than was put": (memory) => memory[TAKEN]! <= memory[PUT]!,
      "no more is put than there is room for": (memory) => memory[PUT]! - memory[TAKEN]! <= SIZE,
    },
    sometimes: { "it is full": (memory) => memory[PUT]! - memory[TAKEN]! === SIZE },
  };
}

if (import.meta.main) {
  for (const [name, putOne] of [["broken ring", putTooEarly], ["mended ring", put]] as const) {
    // deno-lint-ignore no-console -- its output
    console.log(`${interleavingText(interleave(ring(name, putOne)))}\n`);
  }
}
