/** The words of a shared queue: whoever does anything to them holds the mutex, so one thread shows it all. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ALIVE } from "../../../src/lockfree/life.ts";
import { giveUp } from "../../../src/lockfree/line.ts";
import { append, isWaitedIn, letNext, QUEUE, remove } from "../../../src/lockfree/queue.ts";
import {
  CONTEXT,
  CONTEXT_WORDS,
  generationOf,
  IDLE,
  LIFE,
  RECORD,
  STATE,
  stateOf,
  WAITING,
} from "../../../src/lockfree/words.ts";

const QUEUE_AT = 1;
const CONTEXT_AT = QUEUE_AT + QUEUE;
const RECORDS_AT = CONTEXT_AT + CONTEXT_WORDS;
const MOST = 5;

Deno.test("any waits in a shared queue go on in their order, and those that gave up are taken out", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("wait", "give up", "remove", "next"), fc.nat(MOST - 1))),
      (deeds) => {
        const memory = new Int32Array(new SharedArrayBuffer(4 * (RECORDS_AT + MOST * RECORD)));
        memory[CONTEXT_AT + LIFE] = ALIVE;
        const recordOf = (i: number): number => RECORDS_AT + i * RECORD;
        const generation = (i: number): number => generationOf(memory[recordOf(i) + STATE]!);
        const discard = (record: number): void => {
          const next = generationOf(memory[record + STATE]!) + 1;
          memory[record + STATE] = stateOf(next, IDLE);
        };
        // Those in the line, those of them that have given up, and by which generation each began.
        let line: number[] = [];
        const gone = new Set<number>();
        const began = new Map<number, number>();
        for (const [deed, i] of deeds) {
          const record = recordOf(i);
          if (deed === "wait" && !line.includes(i)) {
            memory[record + STATE] = stateOf(generation(i), WAITING);
            memory[record + CONTEXT] = CONTEXT_AT;
            append(memory, QUEUE_AT, record, Atomics);
            line.push(i);
            began.set(i, generation(i));
          } else if (deed === "give up" && line.includes(i)) {
            // Whoever had the record before is too late.
            assertEquals(giveUp(memory, record, generation(i) - 1, Atomics), false);
            assertEquals(giveUp(memory, record, generation(i), Atomics), !gone.has(i));
            gone.add(i);
          } else if (deed === "remove" && began.has(i)) {
            // Also if it was found by somebody else before, and waits again.
            const wait = gone.has(i) ? generation(i) : began.get(i)! - 1;
            remove(memory, QUEUE_AT, record, wait, discard, Atomics);
            if (gone.delete(i)) line = line.filter((other) => other !== i);
          } else if (deed === "next") {
            const told = line.find((other) => !gone.has(other));
            const at = told === undefined ? line.length : line.indexOf(told) + 1;
            for (const other of line.slice(0, at)) gone.delete(other);
            line = line.slice(at);
            assertEquals(letNext(memory, QUEUE_AT, discard, Atomics), told !== undefined);
            if (told === undefined) continue;
            // It goes on in its context, and its record is free again.
            assertEquals(memory[CONTEXT_AT], recordOf(told));
            memory[CONTEXT_AT] = 0;
            discard(recordOf(told));
          }
          assertEquals(isWaitedIn(memory, QUEUE_AT, Atomics), line.some((one) => !gone.has(one)));
          assertEquals(memory[QUEUE_AT] === 0, line.length === 0);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
