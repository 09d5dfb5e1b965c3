/**
 * The promise of a coroutine's outcome.
 *
 * @module
 */

/** The promise of `done`. */
export class Done {
  readonly #deferred = Promise.withResolvers<unknown>();
  readonly promise = this.#deferred.promise;
  error: unknown;

  /** Unlike instanceof, this does not run code of the user's, who may have returned a proxy. */
  static is(outcome: unknown): outcome is Done {
    return typeof outcome === "object" && outcome !== null && #deferred in outcome;
  }

  settle(failed: boolean, outcome: unknown): void {
    if (failed) this.#deferred.reject(this.error = outcome);
    else this.#deferred.resolve(outcome);
  }
}
