/**
 * The locks that a coroutine holds: a chain, the one that it took last on top.
 *
 * @module
 */
import type { Coroutine } from "./coroutine.ts";

/** A lock that can be held: a link in its holder's chain of locks, newest on top. */
export interface Hold {
  /** Taken just before this one by the same holder. */
  below: Hold | null;
  /** Taken just after it. */
  above: Hold | null;
  /** It is no lock, but what was granted to one that has not gone on yet: that is counted, and told, nowhere. */
  readonly granted?: true;
  /** Such as `CoMutex "disk"`. */
  toString(): string;
  /** The holder has ended: those who wait must be told. */
  abandon(by: Coroutine<unknown>): void;
}

/** Those of a chain, in the order in which they were taken. */
export function holdsOf(top: Hold | null): Hold[] {
  const locks: Hold[] = [];
  for (let lock = top; lock !== null; lock = lock.below) locks.push(lock);
  return locks.reverse();
}

/** The holder has ended: takes its locks away for good, and tells those who wait. Answers which they were. */
export function abandonAll(top: Hold, by: Coroutine<unknown>): readonly Hold[] {
  const locks = holdsOf(top);
  for (const lock of locks) {
    lock.above = lock.below = null;
    lock.abandon(by);
  }
  return locks;
}
