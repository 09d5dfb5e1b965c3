/**
 * Scheduling across threads (`aio_co_schedule`): a record goes to the context where it is to go on.
 *
 * @module
 */
import { push, reversed, takeAll } from "./_shared_list.ts";
import { notify } from "./_shared_signal.ts";
import {
  type AtomicWords,
  CONTEXT,
  generationOf,
  GENERATIONS,
  HEAD,
  IDLE,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
} from "./_shared_words.ts";

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
 * succeeds.
 */
export function schedule(
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
  const next = stateOf((generation + 1) % GENERATIONS, IDLE);
  return atomics.compareExchange(memory, record + STATE, idle, next) === idle;
}
