/**
 * A module that is never loaded to its end.
 *
 * @module
 */
await new Promise<never>(() => setInterval(() => {}, 1000));
export {};
