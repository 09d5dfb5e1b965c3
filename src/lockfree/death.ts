/**
 * What becomes of the locks of a thread that has died: in the middle of whatever it was doing.
 *
 * Those who wait for them may have been granted them by the dead one, and not been told. Nobody can see
 * that from outside. So all threads are notified, and each looks at its own waits.
 *
 * @module
 */
import { isKilled } from "./life.ts";
import { ABANDONED, giveUp } from "./line.ts";
import { holderOf, LOCKED, MUTEX, TOKEN } from "./mutex.ts";
import { notifySurely } from "./signal.ts";
import {
  type AtomicWords,
  CONTEXT,
  CONTEXT_WORDS,
  generationOf,
  GENERATIONS,
  IDLE,
  LIFE,
  LOCK,
  RECORD,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
  whatOf,
} from "./words.ts";

/** Where things are, each from here to there. */
export interface Places {
  readonly contexts: readonly [from: number, to: number];
  readonly mutexes: readonly [from: number, to: number];
  readonly records: readonly [from: number, to: number];
}

/**
 * A thread is dead: nobody hands it anything any more, and what it held is abandoned. So is what it was
 * about to be handed: nobody else can tell how far it has come.
 *
 * @param graves A word that counts what was abandoned: whoever finds that it has changed looks at its waits.
 */
export function bury(
  memory: Int32Array,
  dead: number,
  graves: number,
  { contexts, mutexes, records }: Places,
  atomics: AtomicWords,
): void {
  const abandon = (lock: number): void => void atomics.store(memory, lock + ABANDONED, 1);
  for (let record = records[0]; record < records[1]; record += RECORD) {
    if (atomics.load(memory, record + CONTEXT) !== dead) continue;
    const generation = generationOf(atomics.load(memory, record + STATE));
    if (giveUp(memory, record, generation, atomics)) continue;
    if (forget(memory, record, atomics)) continue;
    // Below 0 if it wants to write.
    const lock = Math.abs(atomics.load(memory, record + LOCK));
    if (lock !== 0 && whatOf(atomics.load(memory, record + STATE)) === SCHEDULED) abandon(lock);
  }
  for (let mutex = mutexes[0]; mutex < mutexes[1]; mutex += MUTEX) {
    if (holderOf(atomics.load(memory, mutex + LOCKED)) === dead) abandon(mutex);
    if (atomics.load(memory, mutex + TOKEN) === -dead) abandon(mutex);
  }
  // INVARIANT: told when all is marked; whoever comes to wait later looks after it has pushed itself.
  tellAll(memory, graves, contexts, dead, atomics);
}

/**
 * A thread that was killed may go on, and take a lock after it was buried: so whoever comes to wait, and is in the
 * line already, buries such ones once more.
 *
 * @param ghosts A word that counts them.
 */
export function buryGhosts(
  memory: Int32Array,
  ghosts: number,
  graves: number,
  places: Places,
  atomics: AtomicWords,
): void {
  if (atomics.load(memory, ghosts) === 0) return;
  const [from, to] = places.contexts;
  for (let context = from; context < to; context += CONTEXT_WORDS) {
    if (!isKilled(atomics.load(memory, context + LIFE))) continue;
    bury(memory, context, graves, places, atomics);
  }
}

/** Something was abandoned: each thread looks at its waits, but for one, which is dead. */
export function tellAll(
  memory: Int32Array,
  graves: number,
  contexts: Places["contexts"],
  dead: number,
  atomics: AtomicWords,
): void {
  atomics.add(memory, graves, 1);
  for (let context = contexts[0]; context < contexts[1]; context += CONTEXT_WORDS) {
    if (context !== dead) notifySurely(memory, context + SIGNAL, atomics);
  }
}

/** Nobody schedules a coroutine of the dead one any more; false if the record was none of an idle one. */
function forget(memory: Int32Array, record: number, atomics: AtomicWords): boolean {
  const state = atomics.load(memory, record + STATE);
  if (whatOf(state) !== IDLE) return false;
  const next = stateOf((generationOf(state) + 1) % GENERATIONS, IDLE);
  return atomics.compareExchange(memory, record + STATE, state, next) === state;
}

/** What has become of a wait of this thread, as some thread has died. */
export type AfterDeath = "waits" | "abandoned" | "granted";

/**
 * Looks at a wait of this thread when another thread was buried: that may have been about to hand the lock
 * over.
 */
export function afterDeath(
  memory: Int32Array,
  lock: number,
  record: number,
  context: number,
  atomics: AtomicWords,
): AfterDeath {
  if (atomics.load(memory, lock + ABANDONED) === 1) return "abandoned";
  // Whoever has granted it has named this thread last of all, but for putting it into the list.
  const granted = whatOf(atomics.load(memory, record + STATE)) === SCHEDULED &&
    holderOf(atomics.load(memory, lock + LOCKED)) === context;
  return granted ? "granted" : "waits";
}
