/**
 * How far to explore: the scopes of `verify`, and what is in each.
 *
 * @module
 */

/**
 * What is explored within a minute; what takes some minutes; and what takes the better part of an hour: some claims
 * about threads that die are shown there alone.
 */
export const SIZES = ["quick", "small", "full"] as const;

/** One of them. What is in one is in all that are larger. */
export type Size = typeof SIZES[number];
