/**
 * What a coroutine has besides, if anybody asks for it: a promise of its outcome, an owner who is
 * told of it, a cancellation, an abort signal. Most have none of these, and pay nothing for them.
 *
 * @module
 */
import type { Coroutine } from "./coroutine.ts";
import type { CoroutineError } from "./errors.ts";

/** Who has started a coroutine and answers for it: failures go to it, not to the enterer. */
export interface Owner {
  /**
   * One of its coroutines has ended: with what it returned, or failed with.
   *
   * @returns Whether its failure is the owner's affair alone; if not, the enterer is told, too.
   */
  ended(co: Coroutine<unknown>, failed: boolean, outcome: unknown): boolean;
}

/** What is to become of a coroutine, and what has. */
export class Fate {
  owner: Owner | null = null;
  /** The error of its cancellation, from the moment of `cancel()` on. */
  cancelled: CoroutineError | null = null;
  /** Whether that error has been thrown where it waits. */
  delivered = false;
  /** Whether it has ended, and how. */
  end: "none" | "returned" | "failed" = "none";
  /** What it returned or failed with. */
  outcome: unknown;
  #atEnd: (() => void)[] | null = null;
  /** Ends the listening to another signal. */
  unfollow: (() => void) | null = null;
  #deferred: PromiseWithResolvers<unknown> | null = null;
  #controller: AbortController | null = null;

  /** Unlike instanceof, this does not run code of the user's, who may have returned a proxy. */
  static is(outcome: unknown): outcome is Fate {
    return typeof outcome === "object" && outcome !== null && #deferred in outcome;
  }

  /** The promise, if anybody has asked for it. */
  get asked(): Promise<unknown> | undefined {
    return this.#deferred?.promise;
  }

  /** The promise of the outcome. */
  get promise(): Promise<unknown> {
    if (this.#deferred === null) {
      this.#deferred = Promise.withResolvers();
      if (this.end !== "none") {
        this.#settlePromise(this.#deferred);
        // Somebody has been told of the failure already.
        this.#deferred.promise.catch(ignore);
      }
    }
    return this.#deferred.promise;
  }

  /** Aborted by the cancellation. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.cancelled !== null) this.#controller.abort(this.cancelled);
    }
    return this.#controller.signal;
  }

  /** Calls when it has ended. */
  whenEnded(call: () => void): void {
    (this.#atEnd ??= []).push(call);
  }

  /** Whether it has ended by its cancellation, having failed with `outcome`: anything, null too. */
  endsBy(outcome: unknown): boolean {
    return this.cancelled !== null && outcome === this.cancelled;
  }

  /** It is cancelled: whoever listens to its signal is told. */
  abort(): void {
    this.#controller?.abort(this.cancelled);
  }

  /**
   * It has ended.
   *
   * @returns Whether its enterer need not be told: it was cancelled, or its owner knows.
   */
  settle(co: Coroutine<unknown>, failed: boolean, outcome: unknown): boolean {
    this.outcome = outcome;
    this.end = failed ? "failed" : "returned";
    this.unfollow?.();
    for (const call of this.#atEnd ?? []) call();
    const told = this.owner?.ended(co, failed, outcome) === true || this.endsBy(outcome);
    // It keeps nobody any more who was above it.
    this.owner = null;
    if (this.#deferred !== null) {
      this.#settlePromise(this.#deferred);
      if (told) this.#deferred.promise.catch(ignore);
    }
    return told;
  }

  #settlePromise({ resolve, reject }: PromiseWithResolvers<unknown>): void {
    if (this.end === "failed") reject(this.outcome);
    else resolve(this.outcome);
  }
}

const ignore = (): void => {};
