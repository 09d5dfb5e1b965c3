/**
 * Threads that take records from the pool and give them back: see `src/lockfree/pool.ts`.
 *
 * @module
 */
import { FRESH, RecordPool } from "../../../src/lockfree/pool.ts";
import { NEXT, RECORD } from "../../../src/lockfree/words.ts";
import type { ThreadCall } from "../../interleave/types.ts";
import { each, type Explored, Layout } from "./_stage.ts";

/** What a thread has at hand is in its local words: how many, and which. */
const AT_HAND = 4;

/**
 * `threads` of them, `records` in all, which are moved by one. Each takes two, writes to them plainly, so
 * that another who has the same one races with it, gives both back, and ends.
 */
export function sharedPool(
  { threads, records }: { threads: number; records: number },
): Explored {
  const layout = new Layout();
  const pool = layout.add("free", "fresh");
  const [none] = [layout.add("none")];
  const first = each(records, (i) => layout.record(`r${i}`, 0, 0))[0] ?? 0;
  const end = first + records * RECORD;
  layout.set("fresh", first);
  /** The data of a record: its word for the lock, which the pool does not touch. */
  const dataOf = (record: number): number => record + RECORD - 1;

  const using = (
    use: (pool: RecordPool, memory: Int32Array, local: Int32Array) => void,
  ): ThreadCall =>
    function use_(memory, atomics, { local }) {
      const atHand = [...local.subarray(1, 1 + local[0]!)];
      use(new RecordPool(memory, pool, end, 1, atomics, atHand), memory, local);
      local.fill(0, 0, AT_HAND);
      local[0] = atHand.length;
      local.set(atHand, 1);
    };
  const named = (name: string, call: ThreadCall): ThreadCall =>
    Object.defineProperty(call, "name", { value: name });
  const take = (i: number): ThreadCall =>
    named("take", using((pool, _memory, local) => local[AT_HAND + i] = pool.take()));
  const write: ThreadCall = function write(memory, atomics, { local, id }) {
    for (const record of local.subarray(AT_HAND)) {
      if (record === 0) atomics.add(memory, none, 1);
      else memory[dataOf(record)] = id;
    }
  };
  const give = (i: number): ThreadCall =>
    named(
      "give",
      using((pool, _memory, local) => {
        const record = local[AT_HAND + i]!;
        local[AT_HAND + i] = 0;
        if (record !== 0) pool.give(record);
      }),
    );
  const endIt = named("end", using((pool) => pool.end()));
  return {
    interleaving: {
      name: "shared_pool",
      memory: layout.words,
      local: AT_HAND + 2,
      threads: each(threads, () => [take(0), take(1), write, give(0), give(1), endIt]),
      sometimes: { "there is none left": (memory) => memory[none]! > 0 },
      finally: {
        "none is lost, and none is there twice": (memory) => {
          const seen = new Set<number>();
          for (let record = memory[pool]!; record !== 0; record = memory[record + NEXT]!) {
            if (seen.has(record)) return false;
            seen.add(record);
          }
          const had = Math.min(memory[pool + FRESH]!, end) - first;
          return seen.size === had / RECORD;
        },
      },
    },
    wrong: {
      "nothing comes back to the others before a thread ends": (memory) =>
        memory[pool] === 0 || memory[memory[pool]! + NEXT] === 0,
    },
  };
}
