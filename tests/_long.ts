/**
 * How long a test waits for what is sure to come, before it takes it for lost.
 *
 * @module
 */

/**
 * In milliseconds: longer than anything takes on the slowest machine, and less than the limit of the test itself (see
 * `limit/`), so that the test can say what is missing, and end what hangs.
 */
export const LONG_MS = 10 * 60_000;
