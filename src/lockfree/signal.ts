/**
 * How a thread is told that there is something to do, and sleeps while there is not (QEMU's
 * `aio_notify` and `notify_me`).
 *
 * Whoever brings something puts it where it is found first, and notifies then; whoever sleeps says so
 * first, and nobody has notified since it looked last. So one of them sees the other.
 *
 * @module
 */
import type { AtomicWords } from "./words.ts";

/** Nobody has notified since the thread looked last. */
const QUIET = 0;
/** Somebody has. */
export const NOTIFIED = 1;
/** The thread sleeps, or is about to. */
export const ASLEEP = 2;

/** Tells the thread: there is something to do. A thread that is awake is not called twice. */
export function notify(memory: Int32Array, signal: number, atomics: AtomicWords): void {
  // All, as the thread itself may sleep while its host waits for the same word, too.
  if (atomics.exchange(memory, signal, NOTIFIED) === ASLEEP) atomics.notify(memory, signal);
}

/** The same, though somebody may have died between saying so and waking the thread. */
export function notifySurely(memory: Int32Array, signal: number, atomics: AtomicWords): void {
  atomics.store(memory, signal, NOTIFIED);
  atomics.notify(memory, signal);
}

/** The thread is about to look: what is notified from now on counts for the next time. */
export function beginToLook(memory: Int32Array, signal: number, atomics: AtomicWords): void {
  atomics.store(memory, signal, QUIET);
}

/** The thread has found nothing: may it sleep? Not if somebody has notified since it began to look. */
export function mayRest(memory: Int32Array, signal: number, atomics: AtomicWords): boolean {
  return atomics.compareExchange(memory, signal, QUIET, ASLEEP) === QUIET;
}

/** Sleeps until somebody notifies, for so many milliseconds at most. */
export function rest(
  memory: Int32Array,
  signal: number,
  milliseconds: number,
  atomics: AtomicWords,
): void {
  atomics.wait(memory, signal, ASLEEP, milliseconds);
}

/** The same without stopping the thread: settles when it is over. */
export function restAsync(
  memory: Int32Array,
  signal: number,
): { readonly async: boolean; readonly value: Promise<string> | string } {
  return Atomics.waitAsync(memory, signal, ASLEEP);
}
