/**
 * Numbers as people write them.
 *
 * @module
 */

/** So many of something: `1 state`, `1,024 states`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}
