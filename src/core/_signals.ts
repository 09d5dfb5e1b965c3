/**
 * Those who wait for abort signals. However many wait for one, the signal has one listener of ours: a host's
 * `removeEventListener` looks through all that a signal has. It has none when nobody waits.
 *
 * @module
 */

import { host } from "./_report.ts";

/** Who is told when a signal is aborted. */
export interface Listener {
  /** Is called once, unless it has left before. */
  aborted(reason: unknown): void;
}

/** Those who listen to one signal. */
export class Ears {
  readonly signal: AbortSignal;
  readonly #all = new Set<Listener>();
  readonly #hear = (): void => {
    // Anybody can dispatch the event of a signal that is not aborted.
    const abort = abortOf(this.signal);
    if (abort === null) return;
    this.#leave();
    const errors: unknown[] = [];
    for (const listener of [...this.#all]) {
      // One that was told before may have let it leave.
      if (!this.#all.delete(listener)) continue;
      try {
        listener.aborted(abort.reason);
      } catch (error) {
        // The others must be told all the same.
        errors.push(error);
      }
    }
    if (errors.length === 0) return;
    // The host reports what a listener throws: one error.
    const [first, ...others] = errors;
    for (const error of others) host.report(error);
    throw first;
  };

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  add(listener: Listener): void {
    if (this.#all.size > 0) return void this.#all.add(listener);
    this.#all.add(listener);
    try {
      this.signal.addEventListener("abort", this.#hear);
    } catch (error) {
      this.#all.delete(listener);
      throw error;
    }
    // One of somebody's own making may be aborted meanwhile, and not have told.
    if (this.#all.has(listener)) this.#hear();
  }

  delete(listener: Listener): void {
    if (!this.#all.delete(listener) || this.#all.size > 0) return;
    this.#leave();
  }

  #leave(): void {
    try {
      this.signal.removeEventListener("abort", this.#hear);
    } catch (error) {
      // A signal of somebody's own making: whoever leaves it goes on all the same.
      host.report(error);
    }
  }
}

/** Why it was aborted; null if it is not. One of somebody's own making may fail: it is as if it were, for that. */
function abortOf(signal: AbortSignal): { readonly reason: unknown } | null {
  try {
    return signal.aborted ? { reason: signal.reason } : null;
  } catch (error) {
    return { reason: error };
  }
}

const ears = new WeakMap<AbortSignal, Ears>();

/** Tells `listener` when `signal` is aborted, which it is not yet. */
export function listen(signal: AbortSignal, listener: Listener): void {
  let own = ears.get(signal);
  if (own === undefined) ears.set(signal, own = new Ears(signal));
  own.add(listener);
}

/** It does not want to know any more. */
export function unlisten(signal: AbortSignal, listener: Listener): void {
  ears.get(signal)?.delete(listener);
}
