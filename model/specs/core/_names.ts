/** Short names for `n` parties: a, b, c, …, and c27, c28, … past the alphabet. */
export function names(n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => i < 26 ? String.fromCharCode(97 + i) : `c${i + 1}`);
}

/** The names of `n` mutexes. */
export function mutexNames(n: number): readonly string[] {
  return Array.from({ length: n }, (_, i) => `m${i + 1}`);
}

/** Whether a name is one of the first `some` of `n` parties. */
export function firstOf(n: number, some: number = 0): (name: string) => boolean {
  const first = names(n).slice(0, some);
  return (name) => first.includes(name);
}
