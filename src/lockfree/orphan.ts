/**
 * What a thread has scheduled that died before it had put it into the list of its context: nobody else can
 * tell, and the coroutine would wait for ever.
 *
 * The dead one's word `DELIVERING` names the record, and goes on doing so. Most of the time that means
 * nothing: it had failed, or was done, or the record was scheduled by others since. Who it was is nowhere.
 * It is known by this: of a record that was scheduled, and stays so, whoever has scheduled it names it until
 * it is in the list. So if no other thread names it, and it is not in the list *after that*, the dead one
 * has scheduled it.
 *
 * @module
 */
import { isGone, lives } from "./life.ts";
import { type GoOn, goThrough } from "./schedule.ts";
import {
  type AtomicWords,
  CONTEXT,
  CONTEXT_WORDS,
  DELIVERING,
  LIFE,
  LOCK,
  SCHEDULED,
  STATE,
  whatOf,
} from "./words.ts";

/** What is known of what a dead thread was about to schedule in a context. */
type Doubt = "none" | "unclear" | "to-adopt";

/**
 * Lets go on what a dead thread has scheduled in `context`, and not put into the list, which is gone through
 * for that. The thread of the context does so, when it has gone through its list before.
 *
 * @param contexts Where the contexts are.
 * @returns False if another thread may be about to put it there: look again.
 */
export function adopt(
  memory: Int32Array,
  dead: number,
  context: number,
  contexts: readonly [from: number, to: number],
  goOn: GoOn,
  atomics: AtomicWords,
): boolean {
  // One that goes on does so itself.
  if (!isGone(atomics.load(memory, dead + LIFE))) return true;
  const record = atomics.load(memory, dead + DELIVERING);
  if (record === 0) return true;
  const doubt = doubtOf(memory, record, context, contexts, atomics);
  // INVARIANT: the list is gone through after that: whoever else had scheduled it has put it there by now. And
  // only this thread takes it out: it is the same time that it is scheduled.
  if (doubt === "to-adopt" && !goThrough(memory, context, goOn, atomics, record)) goOn(record);
  return doubt !== "unclear";
}

function doubtOf(
  memory: Int32Array,
  record: number,
  context: number,
  contexts: readonly [from: number, to: number],
  atomics: AtomicWords,
): Doubt {
  if (!isScheduled(memory, record, atomics)) return "none";
  // INVARIANT: looked at last: as only this thread makes a record its own, it was so all the time.
  if (atomics.load(memory, record + CONTEXT) !== context) return "none";
  for (let other = contexts[0]; other < contexts[1]; other += CONTEXT_WORDS) {
    // INVARIANT: one that was killed may go on, and put it there.
    if (isGone(atomics.load(memory, other + LIFE))) continue;
    if (atomics.load(memory, other + DELIVERING) === record) return "unclear";
  }
  return "to-adopt";
}

/** Whether a record is that of a coroutine, and scheduled: a wait for a lock is granted and delivered otherwise. */
function isScheduled(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  return whatOf(atomics.load(memory, record + STATE)) === SCHEDULED &&
    atomics.load(memory, record + LOCK) === 0;
}

/**
 * Whether what the last thread of a context has scheduled may wait to be adopted: until that was seen to, the
 * context must keep the word that names it.
 */
export function isOwed(memory: Int32Array, context: number, atomics: AtomicWords): boolean {
  const record = atomics.load(memory, context + DELIVERING);
  if (record === 0 || !isScheduled(memory, record, atomics)) return false;
  const home = atomics.load(memory, record + CONTEXT);
  return home !== 0 && lives(atomics.load(memory, home + LIFE));
}
