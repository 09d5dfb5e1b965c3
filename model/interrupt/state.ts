/**
 * What two threads know of a search: the one that makes it, and the one that listens.
 *
 * @module
 */

/** Nobody searches, somebody does, or it was asked to stop. */
export const STATE = { idle: 0, searching: 1, stopped: 2 } as const;
