/**
 * Errors that nobody else can be told of.
 *
 * @module
 */

/** Whoever is told of them. Where everything that happens is observed, another one stands in for it. */
export const host = {
  /** The host reports it as one that nobody has caught, when what runs now has come to its end. */
  report(error: unknown): void {
    queueMicrotask(() => {
      throw error;
    });
  },
};
