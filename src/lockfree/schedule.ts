/**
 * Scheduling across threads (`aio_co_schedule`): a record goes to the context where it is to go on.
 *
 * @module
 */
import { push, reversed, takeAll } from "./list.ts";
import { notify } from "./signal.ts";
import {
  type AtomicWords,
  CONTEXT,
  DELIVERING,
  generationOf,
  HEAD,
  IDLE,
  NEXT,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
} from "./words.ts";

/** Lets a record go on in its context: it is SCHEDULED already, by whoever calls. */
export function deliver(memory: Int32Array, record: number, atomics: AtomicWords): void {
  const context = atomics.load(memory, record + CONTEXT);
  push(memory, context + HEAD, record, atomics);
  notify(memory, context + SIGNAL, atomics);
}

/** What came of an attempt to schedule. */
export type Scheduling = "scheduled" | "already-scheduled" | "terminated";

/**
 * Schedules what a record of that generation stands for. Of several threads that do so at once, one
 * succeeds. Should its thread die in the middle of it, that of the record finds out: see `orphan.ts`.
 *
 * @param by The context of the thread that does so.
 */
export function schedule(
  memory: Int32Array,
  record: number,
  generation: number,
  by: number,
  atomics: AtomicWords,
): Scheduling {
  // INVARIANT: said before the record is SCHEDULED, and until it is in the list.
  atomics.store(memory, by + DELIVERING, record);
  const outcome = scheduleBy(memory, record, generation, atomics);
  atomics.store(memory, by + DELIVERING, 0);
  return outcome;
}

function scheduleBy(
  memory: Int32Array,
  record: number,
  generation: number,
  atomics: AtomicWords,
): Scheduling {
  const idle = stateOf(generation, IDLE);
  const found = atomics.compareExchange(
    memory,
    record + STATE,
    idle,
    stateOf(generation, SCHEDULED),
  );
  if (found !== idle) {
    return generationOf(found) === generation ? "already-scheduled" : "terminated";
  }
  deliver(memory, record, atomics);
  return "scheduled";
}

/** Takes what was scheduled in a context: the first one, from which the links lead to the others in order. */
export function takeScheduled(memory: Int32Array, context: number, atomics: AtomicWords): number {
  return reversed(memory, takeAll(memory, context + HEAD, atomics), atomics);
}

/** Is called with a record that was scheduled. */
export type GoOn = (record: number) => void;

/**
 * Lets all go on that were scheduled in a context, in their order.
 *
 * @param sought One of them.
 * @returns Whether there were any; or, if one was sought, whether it was among them.
 */
export function goThrough(
  memory: Int32Array,
  context: number,
  goOn: GoOn,
  atomics: AtomicWords,
  sought: number = 0,
): boolean {
  const first = takeScheduled(memory, context, atomics);
  let found = sought === 0 && first !== 0;
  for (let next = first; next !== 0;) {
    const record = next;
    // INVARIANT: read before the record is let go, as it may be in another list then.
    next = atomics.load(memory, record + NEXT);
    if (record === sought) found = true;
    goOn(record);
  }
  return found;
}

/** It is about to go on: from now on it can be scheduled once more. Its link must have been read before. */
export function release(
  memory: Int32Array,
  record: number,
  generation: number,
  atomics: AtomicWords,
): void {
  atomics.store(memory, record + STATE, stateOf(generation, IDLE));
}

/**
 * What it stands for is over: whoever knows it by its generation is refused from now on.
 *
 * @returns False if it is scheduled: then it is in a list still, and whoever takes it out must do this.
 */
export function retire(
  memory: Int32Array,
  record: number,
  generation: number,
  atomics: AtomicWords,
): boolean {
  const idle = stateOf(generation, IDLE);
  const next = stateOf(generation + 1, IDLE);
  return atomics.compareExchange(memory, record + STATE, idle, next) === idle;
}
