/**
 * Where things are in the memory that the threads of a program share.
 *
 * @module
 */
import type { Places } from "../lockfree/death.ts";
import { MUTEX } from "../lockfree/mutex.ts";
import { FRESH } from "../lockfree/pool.ts";
import { RW_LOCK } from "../lockfree/rw_lock.ts";
import { type AtomicWords, CONTEXT_WORDS, GENERATIONS, RECORD } from "../lockfree/words.ts";

/** All of it. */
export type Memory = Int32Array<SharedArrayBuffer>;

// 0 is nobody's, as it stands for "none".
export const POOL = 2;
/** How many threads were killed, and may go on. */
export const GHOSTS = 4;
/** The first words that no lock has. */
const FRESH_LOCK = 5;
/** How many threads were buried, and mutexes abandoned. */
export const GRAVES = 6;
/** The first words that nothing has but locks and queues that are no mutex. */
const FRESH_WORDS = 7;
/** How many times somebody was told that many have given up. */
export const CROWDS = 8;
const CONTEXTS = 16;
export const MOST_THREADS = 256;
/** The place of a context is less than 2 ** 15, as a mutex keeps it with something else. */
const LOCKS = CONTEXTS + MOST_THREADS * CONTEXT_WORDS;
/** From where to where contexts are… */
export const ALL_CONTEXTS = [CONTEXTS, LOCKS] as const;
/** … and where each one is. */
export const contexts: readonly number[] = Array.from(
  { length: MOST_THREADS },
  (_, i) => CONTEXTS + i * CONTEXT_WORDS,
);
/** So many mutexes there may be, and so many read-write locks, or a fifth more of queues. */
const MOST_LOCKS = 100_000;
/** Behind those for mutexes. */
const WORDS_BEGIN = LOCKS + MOST_LOCKS * MUTEX;
/** Where records begin, which the pool has: behind locks and queues, with a tag before each. */
export const RECORDS = WORDS_BEGIN + MOST_LOCKS * (RW_LOCK + 1);
/** Where they end. */
export const WORDS = 1 << 22;

/** What is before the words of a lock or queue that is no mutex. */
const TAGS = { SharedCoQueue: 0x51554555, SharedCoRwLock: 0x52574c4b } as const;

/** What threads share, beside coroutines. */
export type SharedKind = "SharedCoMutex" | keyof typeof TAGS;

/** That of a program with one thread, which has not begun. */
export function freshMemory(): Memory {
  const memory = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  memory[FRESH_LOCK] = LOCKS;
  memory[FRESH_WORDS] = WORDS_BEGIN;
  memory[POOL + FRESH] = RECORDS;
  return memory;
}

/** Words for a lock or a queue. Those of mutexes are one behind the other; others have a tag each. */
export function allocate(memory: Memory, kind: SharedKind, words: number): number {
  const at = kind === "SharedCoMutex"
    ? reserve(memory, FRESH_LOCK, words, WORDS_BEGIN)
    : reserve(memory, FRESH_WORDS, words + 1, RECORDS);
  if (at === undefined) {
    throw new RangeError(`Cannot make another ${kind}: there is no memory left for it`);
  }
  if (kind === "SharedCoMutex") return at;
  Atomics.store(memory, at, TAGS[kind]);
  return at + 1;
}

/** The next words that nobody has, below an end; nothing is changed if there are none. */
function reserve(memory: Memory, fresh: number, words: number, end: number): number | undefined {
  for (let at = Atomics.load(memory, fresh); at + words <= end;) {
    const found = Atomics.compareExchange(memory, fresh, at, at + words);
    if (found === at) return at;
    at = found;
  }
  return undefined;
}

/** Whether there is one: handles come from anywhere. */
export function has(
  memory: Memory,
  kind: SharedKind,
  at: number,
  atomics: AtomicWords,
): boolean {
  if (!Number.isSafeInteger(at)) return false;
  if (kind === "SharedCoMutex") {
    return at >= LOCKS && at < atomics.load(memory, FRESH_LOCK) && (at - LOCKS) % MUTEX === 0;
  }
  return at > WORDS_BEGIN && at < atomics.load(memory, FRESH_WORDS) &&
    atomics.load(memory, at - 1) === TAGS[kind];
}

/** Whether there is a record there of that generation, or was: handles come from anywhere. */
export function hasRecord(memory: Memory, at: number, generation: number): boolean {
  return Number.isSafeInteger(at) && at >= RECORDS && (at - RECORDS) % RECORD === 0 &&
    at < recordsEnd(memory, Atomics) &&
    Number.isSafeInteger(generation) && generation >= 0 && generation < GENERATIONS;
}

/** Where those look that look everywhere. */
export function placesIn(memory: Memory, atomics: AtomicWords): Places {
  return {
    contexts: ALL_CONTEXTS,
    get mutexes() {
      return [LOCKS, atomics.load(memory, FRESH_LOCK)] as const;
    },
    get records() {
      return [RECORDS, recordsEnd(memory, atomics)] as const;
    },
  };
}

/** The last ones that the pool has counted may have no memory left. */
const recordsEnd = (memory: Memory, atomics: AtomicWords): number =>
  Math.min(atomics.load(memory, POOL + FRESH), WORDS);
