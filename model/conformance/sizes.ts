/**
 * How far to explore: the scopes of `verify`, and what is in each.
 *
 * @module
 */

/**
 * What is explored within a minute; what takes some minutes, and shows all that is claimed; and what
 * takes the better part of an hour.
 */
export const SIZES = ["quick", "small", "full"] as const;

/** One of them. What is in `small` is in `full` as well; what is in `quick` mostly is in both. */
export type Size = typeof SIZES[number];
