/**
 * What the records of a thread say of a lock.
 *
 * @module
 */
import { commonsNow } from "../../src/shared/_commons.ts";
import { POOL, RECORDS } from "../../src/shared/_layout.ts";
import { FRESH } from "../../src/lockfree/pool.ts";
import { CONTEXT, LOCK, RECORD, SCHEDULED, STATE, whatOf } from "../../src/lockfree/words.ts";

/** How many records of this thread say that it has a lock, or was granted it. */
export function marksOf(lock: number): number {
  const { memory, context } = commonsNow();
  let marks = 0;
  for (let record = RECORDS; record < Atomics.load(memory, POOL + FRESH); record += RECORD) {
    if (Math.abs(memory[record + LOCK] ?? 0) !== lock || memory[record + CONTEXT] !== context) {
      continue;
    }
    if (whatOf(memory[record + STATE] ?? 0) === SCHEDULED) marks++;
  }
  return marks;
}
