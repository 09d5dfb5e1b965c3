/** Short names for `n` parties: a, b, c, …, and c27, c28, … past the alphabet. */
export function names(n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => i < 26 ? String.fromCharCode(97 + i) : `c${i + 1}`);
}

/** The names of `n` mutexes. */
export function mutexNames(n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => `m${i + 1}`);
}
