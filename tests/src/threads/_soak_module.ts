/**
 * What the threads of the soak run.
 *
 * @module
 */
import {
  type Co,
  type CoHandle,
  Coroutine,
  CoroutineError,
  handleOf,
  schedule,
  SharedCoMutex,
  type SharedCoMutexHandle,
  SharedCoRwLock,
  type SharedCoRwLockHandle,
} from "../../../mod.ts";

/**
 * Coroutines that wander: each, when it is scheduled, notes that it has run, and schedules another one
 * of any thread. If that is scheduled already, it tries the next one: so they do not die out.
 *
 * @param words For each coroutine: how often it was scheduled, and how often it has run; then whether to end.
 */
export function wanderers(first: number, n: number, words: Int32Array): CoHandle[] {
  return Array.from({ length: n }, (_, i) => {
    const me = first + i;
    const co = Coroutine.named(`wanderer ${me}`, function* () {
      let seed = me + 1;
      for (;;) {
        yield;
        Atomics.add(words, 2 * me + 1, 1);
        if (Atomics.load(words, words.length - 1) === 1) continue;
        for (let tries = 0; tries < all.length; tries++) {
          seed = (seed * 48271) % 2147483647;
          const other = seed % all.length;
          if (other === me) continue;
          if (scheduleOne(other, words)) break;
        }
      }
    });
    co.enter();
    return handleOf(co);
  });
}

let all: readonly CoHandle[] = [];

export function know(handles: readonly CoHandle[]): void {
  all = handles;
}

/** Schedules one; false if it is already. */
export function scheduleOne(i: number, words: Int32Array): boolean {
  try {
    // INVARIANT: it is known.
    schedule(all[i]!);
  } catch (error) {
    if (error instanceof CoroutineError && error.code === "already-scheduled") return false;
    throw error;
  }
  Atomics.add(words, 2 * i, 1);
  return true;
}

/** Locks, counts, and unlocks for so many milliseconds: how often? */
export function* contend(handle: SharedCoMutexHandle, words: Int32Array, ms: number): Co<number> {
  const mutex = SharedCoMutex.from(handle);
  let n = 0;
  for (const end = performance.now() + ms; performance.now() < end; n++) {
    using _ = yield* mutex.lock();
    words[0]!++;
  }
  return n;
}

/** Reads, writes, upgrades and downgrades for so many milliseconds: both words are always the same. */
export function* readAndWrite(
  handle: SharedCoRwLockHandle,
  words: Int32Array,
  ms: number,
): Co<{ rounds: number; writes: number }> {
  const lock = SharedCoRwLock.from(handle);
  let [rounds, writes] = [0, 0];
  for (const end = performance.now() + ms; performance.now() < end; rounds++) {
    const writer = rounds % 4 === 0;
    using _ = yield* writer ? lock.writeLock() : lock.readLock();
    if (words[0] !== words[1]) throw new Error("it was read while another one writes");
    const upgrades = rounds % 8 === 1;
    if (upgrades) yield* lock.upgrade();
    if (!writer && !upgrades) continue;
    words[0]!++;
    words[1]!++;
    writes++;
    if (rounds % 16 === 0) lock.downgrade();
  }
  return { rounds, writes };
}

/** A spin-lock and one with `Atomics.wait`, on the words after the counter. */
export function contendPlainly(words: Int32Array, ms: number, spins: boolean): number {
  let n = 0;
  for (const end = performance.now() + ms; performance.now() < end; n++) {
    if (spins) { while (Atomics.compareExchange(words, 1, 0, 1) !== 0); }
    else {
      let was = Atomics.compareExchange(words, 1, 0, 1);
      if (was !== 0 && was !== 2) was = Atomics.exchange(words, 1, 2);
      while (was !== 0) {
        Atomics.wait(words, 1, 2);
        was = Atomics.exchange(words, 1, 2);
      }
    }
    words[0]!++;
    if (Atomics.exchange(words, 1, 0) === 2) Atomics.notify(words, 1, 1);
  }
  return n;
}

export function nothing(): string {
  return "nothing";
}
