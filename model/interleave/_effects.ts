/**
 * What each operation does to its word, by the memory model of ECMAScript (ECMA-262, "Memory Model").
 *
 * Two accesses of two threads are a *data race* if they touch the same word, at least one of them writes, at
 * least one is plain, and nothing orders them ("Data Races"). What orders them is *happens-before*: what an
 * atomic read finds comes after the write that it has found ("synchronizes-with"), and whoever enters the
 * critical section of a word's WaiterList comes after those that have left it before
 * ("EnterCriticalSection", "LeaveCriticalSection"). So whoever was woken by a `notify` has all that the one
 * who has notified wrote before, without any word being read.
 *
 * Here two accesses are unordered if there is a state in which both come next. All that can order the second
 * one after the first would have to be an operation of the first thread that comes later; and what that has
 * told nobody can as well not have happened yet. But a `compareExchange` that has written may find another value
 * by then, and would not write any more: if the word was stored to since, by one that has not heard of it. (Who
 * reads the word instead has heard of it.) So a state says of a thread that is about to do a
 * `compareExchange` whether it could have done so, and have written, before such a store.
 *
 * The memory is one Int32Array, and views of other widths are not modelled: two ranges are the same, or have
 * nothing in common. `isLockFree` is no operation on memory, and no step.
 *
 * Two operations that are no race need not commute: whether `notify` comes before `wait` or after it makes
 * all the difference, though it touches no memory. They meet in the critical section.
 *
 * @module
 */
import { COMPARE_EXCHANGE, type Kind, KINDS } from "./_operations.ts";

/** The word is read: the event is a ReadSharedMemory or a ReadModifyWriteSharedMemory. */
export const READS = 1;
/** The word is written: a WriteSharedMemory or a ReadModifyWriteSharedMemory. */
export const WRITES = 2;
/** The event has the order unordered, where those of `Atomics` have seq-cst. */
export const PLAIN = 4;
/** The critical section of the word's WaiterList is entered. */
export const QUEUES = 8;

/** By the name of an operation: what it does, and where ECMA-262 says so. */
const TABLE: Readonly<Record<typeof KINDS[number], readonly [effect: number, section: string]>> = {
  load: [READS, "Atomics.load: GetValueFromBuffer, seq-cst"],
  store: [WRITES, "Atomics.store: SetValueInBuffer, seq-cst"],
  // Also where the value stays as it is, as with `add(…, 0)`.
  add: [READS | WRITES, "AtomicReadModifyWrite"],
  sub: [READS | WRITES, "AtomicReadModifyWrite"],
  and: [READS | WRITES, "AtomicReadModifyWrite"],
  or: [READS | WRITES, "AtomicReadModifyWrite"],
  xor: [READS | WRITES, "AtomicReadModifyWrite"],
  exchange: [READS | WRITES, "AtomicReadModifyWrite"],
  // Where it finds what it expects; else see `effectOf`.
  compareExchange: [READS | WRITES, "AtomicCompareExchangeInSharedBlock, step 6"],
  wait: [READS | QUEUES, "DoWait: EnterCriticalSection, then GetValueFromBuffer, seq-cst"],
  notify: [QUEUES, "Atomics.notify: EnterCriticalSection; no event of memory"],
  read: [READS | PLAIN, "TypedArrayGetElement: GetValueFromBuffer, unordered"],
  write: [WRITES | PLAIN, "TypedArraySetElement: SetValueInBuffer, unordered"],
  pass: [0, "no event"],
  done: [0, "no event"],
  failed: [0, "no event"],
};
/** A `compareExchange` that does not find what it expects. */
const FAILING = [READS, "AtomicCompareExchangeInSharedBlock, step 7"] as const;
/** A `wait` that sleeps and goes on: notified, or late. */
const ASLEEP = [QUEUES, "SuspendThisAgent: EnterCriticalSection; no event of memory"] as const;

const EFFECTS = Uint8Array.from(KINDS, (kind) => TABLE[kind][0]);

/** What an operation does if nothing is known of its word: the most that it can. */
export function mostOf(kind: Kind): number {
  // INVARIANT: a kind has an effect.
  return EFFECTS[kind]!;
}

/**
 * What an operation does.
 *
 * @param value What the word is.
 * @param asleep Whether it is a `wait` that sleeps there already.
 * @param overtaken Whether it is a `compareExchange` that may have been done before the last store.
 */
export function effectOf(
  { kind, a }: { readonly kind: Kind; readonly a: number },
  value: number,
  asleep: boolean,
  overtaken: boolean,
): number {
  if (asleep) return ASLEEP[0];
  return !overtaken && kind === COMPARE_EXCHANGE && value !== a ? FAILING[0] : mostOf(kind);
}

/** Whether two operations on the same word, which nothing orders, are a data race. */
export function isRace(one: number, other: number): boolean {
  return ((one | other) & PLAIN) !== 0 && ((one | other) & WRITES) !== 0 &&
    (one & (READS | WRITES)) !== 0 && (other & (READS | WRITES)) !== 0;
}
