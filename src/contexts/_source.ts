/**
 * What a context can watch: anything that becomes ready, stays so until somebody takes what has come,
 * and can tell when it does.
 *
 * @module
 */

import { host } from "../core/_report.ts";

/** Something that becomes ready, such as a socket that can be read. */
export interface Source {
  /** Whether it is. */
  readonly ready: boolean;
  /** What errors and `dump()` call it. */
  toString(): string;
  /**
   * Calls `changed` each time that it becomes ready, from now on.
   *
   * @param changed What to call: from the host, or from whoever makes it ready.
   * @returns Ends that. What it throws is reported as uncaught.
   */
  watch(changed: () => void): () => void;
}

/** Ends the watching of a source that users have given. Whoever has watched goes on, whatever that throws. */
export function endWatch(unwatch: (() => void) | null): void {
  try {
    unwatch?.();
  } catch (error) {
    host.report(error);
  }
}

/** Those who watch a source. */
export class Watchers {
  readonly #all = new Set<() => void>();

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  /** Adds one. */
  add(changed: () => void): () => void {
    // The same function may watch twice.
    const one = (): void => changed();
    this.#all.add(one);
    return () => void this.#all.delete(one);
  }

  /**
   * Tells all.
   *
   * @throws What they have thrown, when all have been told: one error as it is, several as an
   * `AggregateError`.
   */
  tell(): void {
    // EQUIVALENT(this.#all.size === 0 -> false): the long way does the same.
    if (this.#all.size === 0) return;
    const errors: unknown[] = [];
    for (const one of [...this.#all]) {
      try {
        one();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) {
      throw new AggregateError(errors, `${errors.length} watchers have failed`);
    }
  }
}
