/**
 * The names of contexts, and of the sources that they watch.
 *
 * @module
 */

/** The names of so many contexts. */
export function contextNames(n: number): readonly string[] {
  return ["one", "two", "three"].slice(0, n);
}

/** The names of so many events and descriptors. */
export function sourceNames(events: number, descriptors: number): readonly string[] {
  const numbered = (what: string, n: number) => Array.from({ length: n }, (_, i) => what + (i + 1));
  return [...numbered("event", events), ...numbered("fd", descriptors)];
}

/** Whether the host must be asked. */
export function isDescriptor(source: string): boolean {
  return source.startsWith("fd");
}
