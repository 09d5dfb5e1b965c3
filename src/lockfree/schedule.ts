/**
 * Scheduling across threads (`aio_co_schedule`): a record goes to the context where it is to go on.
 *
 * @module
 */
import { isGone, lives } from "./life.ts";
import { push, reversed, takeAll } from "./list.ts";
import { notify } from "./signal.ts";
import {
  type AtomicWords,
  CONTEXT,
  CONTEXT_WORDS,
  DELIVERING,
  generationOf,
  GENERATIONS,
  HEAD,
  IDLE,
  LIFE,
  LOCK,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
  whatOf,
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
 * succeeds. Should its thread die in the middle of it, that of the record finds out: see
 * {@linkcode orphanOf}.
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

/** Another thread may be about to put it into the list: look again. */
export const UNCLEAR = -1;

/**
 * The record of `context` that a thread that is gone has scheduled, and has not put into the list; 0 if there
 * is none. The thread of the record asks when it has gone through its list, and goes through it once more
 * before it believes it: the record may have come there meanwhile.
 *
 * @param contexts Where the contexts are.
 */
export function orphanOf(
  memory: Int32Array,
  dead: number,
  context: number,
  contexts: readonly [from: number, to: number],
  atomics: AtomicWords,
): number {
  // One that goes on does so itself.
  if (!isGone(atomics.load(memory, dead + LIFE))) return 0;
  const record = atomics.load(memory, dead + DELIVERING);
  if (record === 0 || atomics.load(memory, record + CONTEXT) !== context) return 0;
  // By now it may be a wait for a lock, which is granted and delivered otherwise.
  if (atomics.load(memory, record + LOCK) !== 0) return 0;
  if (whatOf(atomics.load(memory, record + STATE)) !== SCHEDULED) return 0;
  for (let other = contexts[0]; other < contexts[1]; other += CONTEXT_WORDS) {
    if (!lives(atomics.load(memory, other + LIFE))) continue;
    if (atomics.load(memory, other + DELIVERING) === record) return UNCLEAR;
  }
  return record;
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
