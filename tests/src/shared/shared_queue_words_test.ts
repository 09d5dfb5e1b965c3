/** The words of a shared queue: whoever does anything to them holds the mutex, so one thread shows it all. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ALIVE } from "../../../src/lockfree/life.ts";
import { giveUp } from "../../../src/lockfree/line.ts";
import {
  append,
  FIRST,
  isWaitedIn,
  leave,
  LEFT,
  LENGTH,
  letNext,
  QUEUE,
} from "../../../src/lockfree/queue.ts";
import {
  type AtomicWords,
  CONTEXT,
  CONTEXT_WORDS,
  generationOf,
  IDLE,
  LIFE,
  LOCK,
  NEXT,
  RECORD,
  STATE,
  stateOf,
  WAITING,
} from "../../../src/lockfree/words.ts";

const QUEUE_AT = 1;
const CONTEXT_AT = QUEUE_AT + QUEUE;
const RECORDS_AT = CONTEXT_AT + CONTEXT_WORDS;
const MOST = 5;

/** The operations, of which each look is told. */
const looking = (look: () => void) => ({
  ...Object.fromEntries(
    (["store", "add", "sub", "exchange", "compareExchange", "wait", "notify"] as const)
      .map((name) => [name, Atomics[name].bind(Atomics)]),
  ),
  load: (view: Int32Array, index: number) => {
    look();
    return Atomics.load(view, index);
  },
} as AtomicWords);

/** A mutex that they wait for: any but 0, which is none. */
const MUTEX_AT = 99;

Deno.test("any waits in a shared queue go on in their order, and those that gave up leave", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom("wait", "wait", "give up", "leave", "next"), fc.nat(MOST - 1)),
        { maxLength: 60, size: "max" },
      ),
      (deeds) => {
        const memory = new Int32Array(new SharedArrayBuffer(4 * (RECORDS_AT + MOST * RECORD)));
        memory[CONTEXT_AT + LIFE] = ALIVE;
        const recordOf = (i: number): number => RECORDS_AT + i * RECORD;
        const generation = (i: number): number => generationOf(memory[recordOf(i) + STATE]!);
        const discard = (record: number): void => {
          const next = generationOf(memory[record + STATE]!) + 1;
          memory[record + STATE] = stateOf(next, IDLE);
        };
        // Those in the line, those of them that have given up, of these the ones that have said so in the queue, and
        // by which generation each began.
        let line: number[] = [];
        const gone = new Set<number>();
        const left = new Set<number>();
        const began = new Map<number, number>();
        const takeOut = (i: number): void => {
          gone.delete(i);
          left.delete(i);
          line = line.filter((other) => other !== i);
        };
        const skim = (): void => {
          for (let first; (first = line[0]) !== undefined && gone.has(first);) takeOut(first);
        };
        for (const [deed, i] of deeds) {
          const record = recordOf(i);
          if (deed === "wait" && !line.includes(i)) {
            memory[record + STATE] = stateOf(generation(i), WAITING);
            memory[record + CONTEXT] = CONTEXT_AT;
            memory[record + LOCK] = MUTEX_AT;
            append(memory, QUEUE_AT, record, Atomics);
            line.push(i);
            began.set(i, generation(i));
          } else if (deed === "give up" && line.includes(i)) {
            // Whoever had the record before is too late.
            assertEquals(giveUp(memory, record, generation(i) - 1, Atomics), false);
            assertEquals(giveUp(memory, record, generation(i), Atomics), !gone.has(i));
            gone.add(i);
          } else if (deed === "leave" && began.has(i) && !left.has(i)) {
            // Also if it was found by somebody else before, and waits again.
            const wait = gone.has(i) ? generation(i) : began.get(i)! - 1;
            leave(memory, QUEUE_AT, record, wait, discard, Atomics);
            if (gone.has(i)) {
              left.add(i);
              skim();
              if (2 * left.size > line.length) [...gone].forEach(takeOut);
            }
          } else if (deed === "next") {
            const told = line.find((other) => !gone.has(other));
            const at = told === undefined ? line.length : line.indexOf(told) + 1;
            line.slice(0, at).forEach(takeOut);
            assertEquals(letNext(memory, QUEUE_AT, discard, Atomics), told !== undefined);
            if (told === undefined) continue;
            skim();
            // It goes on in its context, and its record is free again.
            assertEquals(memory[CONTEXT_AT], recordOf(told));
            memory[CONTEXT_AT] = 0;
            discard(recordOf(told));
          }
          assertEquals(isWaitedIn(memory, QUEUE_AT, Atomics), line.some((one) => !gone.has(one)));
          assertEquals(memory[QUEUE_AT + FIRST], line[0] === undefined ? 0 : recordOf(line[0]));
          assertEquals(memory[QUEUE_AT + LENGTH], line.length);
          assertEquals(memory[QUEUE_AT + LEFT], left.size);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("who has left a line of thousands is looked for a few times in all", () => {
  const n = 10_000;
  const memory = new Int32Array(new SharedArrayBuffer(4 * (RECORDS_AT + n * RECORD)));
  memory[CONTEXT_AT + LIFE] = ALIVE;
  let loads = 0;
  const counting = looking(() => loads++);
  const records = Array.from({ length: n }, (_, i) => RECORDS_AT + i * RECORD);
  for (const record of records) {
    memory[record + STATE] = stateOf(0, WAITING);
    memory[record + CONTEXT] = CONTEXT_AT;
    memory[record + LOCK] = MUTEX_AT;
    append(memory, QUEUE_AT, record, Atomics);
  }
  let discarded = 0;
  const discard = (record: number): void => {
    discarded++;
    memory[record + STATE] = stateOf(1, IDLE);
  };
  for (const record of records.toReversed()) {
    assertEquals(giveUp(memory, record, 0, Atomics), true);
    leave(memory, QUEUE_AT, record, 0, discard, counting);
  }
  assertEquals([discarded, memory[QUEUE_AT + FIRST], memory[QUEUE_AT + LENGTH]], [n, 0, 0]);
  assert(loads < 30 * n, `${loads} looks for ${n}`);
});

Deno.test("whoever looks without the mutex whether anybody waits comes to an end, though what it reads is another list by then", () => {
  const memory = new Int32Array(new SharedArrayBuffer(4 * (RECORDS_AT + 2 * RECORD)));
  const [one, other] = [RECORDS_AT, RECORDS_AT + RECORD];
  memory[QUEUE_AT + FIRST] = one;
  memory[one + NEXT] = other;
  memory[other + NEXT] = one;
  let loads = 0;
  const counting = looking(() => {
    if (++loads > 2 ** 21) throw new Error("it looks on and on");
  });
  assertEquals(isWaitedIn(memory, QUEUE_AT, counting), false);
});
