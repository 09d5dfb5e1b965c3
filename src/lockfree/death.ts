/**
 * What becomes of the locks of a thread that has died: in the middle of whatever it was doing.
 *
 * Those who wait for them may have been granted them by the dead one, and not been told. Nobody can see
 * that from outside. So all threads are notified, and each looks at its own waits.
 *
 * @module
 */
import { isKilled } from "./life.ts";
import { ABANDONED, type Discard, giveUp } from "./line.ts";
import { holderOf, LOCKED, MUTEX, takeOver, TOKEN } from "./mutex.ts";
import { notifySurely } from "./signal.ts";
import {
  type AtomicWords,
  CONTEXT,
  CONTEXT_WORDS,
  generationOf,
  IDLE,
  LIFE,
  LOCK,
  PAST,
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

/** Who buries. */
export interface Burier {
  /** Its context. */
  readonly context: number;
  /** What it does with records that are of no use any more. */
  readonly discard: Discard;
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
  by: Burier,
  atomics: AtomicWords,
): void {
  for (let record = records[0]; record < records[1]; record += RECORD) {
    buryRecord(memory, dead, record, atomics);
  }
  for (let mutex = mutexes[0]; mutex < mutexes[1]; mutex += MUTEX) {
    buryMutex(memory, dead, mutex, by, atomics);
  }
  // INVARIANT: told when all is marked; whoever comes to wait later looks after it has pushed itself.
  tellAll(memory, graves, contexts, dead, atomics);
}

/** What the dead one had a record for. */
function buryRecord(
  memory: Int32Array,
  dead: number,
  record: number,
  atomics: AtomicWords,
): void {
  // INVARIANT: the state first. If the record is the dead one's after that, its generation is the dead one's, too, or
  // older: so whoever has the record by the time that something is done to it is not taken for the dead one.
  const generation = generationOf(atomics.load(memory, record + STATE));
  if (atomics.load(memory, record + CONTEXT) !== dead) return;
  if (giveUp(memory, record, generation, atomics)) return;
  if (forget(memory, record, generation, atomics)) return;
  const lock = atomics.load(memory, record + LOCK);
  const granted = atomics.load(memory, record + STATE) === stateOf(generation, SCHEDULED);
  // Below 0 if it wants to write.
  if (granted && lock !== 0 && lock !== PAST) abandon(memory, Math.abs(lock), atomics);
}

/** What the dead one had of a mutex. */
function buryMutex(
  memory: Int32Array,
  dead: number,
  mutex: number,
  { context, discard }: Burier,
  atomics: AtomicWords,
): void {
  // INVARIANT: the token first. Whoever takes it puts the mutex in its own name before the token is gone: so if there
  // is none, and the mutex is in the name of the dead one after that, the dead one has it.
  const token = atomics.load(memory, mutex + TOKEN);
  if (token === -dead) return abandon(memory, mutex, atomics);
  if (holderOf(atomics.load(memory, mutex + LOCKED)) !== dead) return;
  if (token === 0) abandon(memory, mutex, atomics);
  // It has unlocked it, and nobody was there. It may have died before it looked again.
  else if (token > 0) takeOver(memory, mutex, token, context, discard, atomics);
}

/** Nobody gets a lock any more. */
function abandon(memory: Int32Array, lock: number, atomics: AtomicWords): void {
  atomics.store(memory, lock + ABANDONED, 1);
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
  by: Burier,
  atomics: AtomicWords,
): void {
  if (atomics.load(memory, ghosts) === 0) return;
  const [from, to] = places.contexts;
  for (let context = from; context < to; context += CONTEXT_WORDS) {
    if (!isKilled(atomics.load(memory, context + LIFE))) continue;
    bury(memory, context, graves, places, by, atomics);
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
function forget(
  memory: Int32Array,
  record: number,
  generation: number,
  atomics: AtomicWords,
): boolean {
  const idle = stateOf(generation, IDLE);
  const next = stateOf(generation + 1, IDLE);
  return atomics.compareExchange(memory, record + STATE, idle, next) === idle;
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
  if (!granted) return "waits";
  // It may be put into the list late, or never: by then, nobody is to take it for a lock that is granted.
  atomics.store(memory, record + LOCK, PAST);
  return "granted";
}
