/**
 * The limits of the waits of one puppet: the spec says when they ring.
 *
 * @module
 */
import { CoroutineError, VirtualClock, type WaitOptions } from "../../../mod.ts";

/** What a wait is limited by. */
export interface Limit {
  /** For the wait. */
  readonly options: WaitOptions;
  /** Whether a wait listens. */
  readonly set: boolean;
  /** Its time is over. */
  ring(): void;
}

/** A time-out, by a clock that stands. */
export class Timeout implements Limit {
  readonly #clock = new VirtualClock();
  readonly options: WaitOptions = { timeout: 1, clock: this.#clock };

  get set(): boolean {
    return this.#clock.alarms > 0;
  }

  ring(): void {
    this.#clock.advance(1);
  }
}

/** No time at all. */
export class AtOnce implements Limit {
  readonly options: WaitOptions = { timeout: 0 };
  readonly set = false;

  ring(): void {
    throw new Error("[internal] No alarm is set where there is no time");
  }
}

/** What the reason of a signal says. */
export const ABORTED = "The signal was aborted";

/** A signal that is aborted: the real one would report what its listeners throw, and can be used but once. */
export class Abort implements Limit {
  readonly options: WaitOptions;
  #listener: (() => void) | undefined;
  #aborted = false;

  constructor() {
    const { signal } = new AbortController();
    Object.defineProperties(signal, {
      addEventListener: { value: (_: string, listener: () => void) => this.#listener = listener },
      removeEventListener: { value: () => this.#listener = undefined },
      aborted: { get: () => this.#isAborted() },
      reason: { get: () => new CoroutineError("timeout", ABORTED) },
    });
    this.options = { signal };
  }

  get set(): boolean {
    return this.#listener !== undefined;
  }

  ring(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener === undefined) return;
    this.#aborted = true;
    listener();
  }

  /** For whoever hears of it: for the next wait, which may begin before that comes back, it is another one. */
  #isAborted(): boolean {
    const aborted = this.#aborted;
    this.#aborted = false;
    return aborted;
  }
}
