/**
 * The copies of this module in one program, such as two versions of it: none knows the coroutines of the others.
 *
 * @module
 */

/** One of them. */
interface Copy {
  /** Where it was loaded from. */
  readonly url: string;
  /** The name of its coroutine that runs now, if one does. */
  running(): string | undefined;
}

/** All copies must find the same list. */
const KEY = Symbol.for("@cofn/coroutine copies");

const all = globalThis as { [KEY]?: Copy[] };
if (all[KEY] === undefined) Object.defineProperty(globalThis, KEY, { value: [] });
const copies = all[KEY] ?? [];

const mine = { url: import.meta.url, running: (): string | undefined => undefined };
copies.push(mine);

/** Says how to tell the name of the coroutine of this copy that runs. */
export function enrol(running: () => string | undefined): void {
  mine.running = running;
}

/** What is said where a coroutine should run, and none does: it may be one of another copy. */
export function noCoroutine(): string {
  for (const copy of copies) {
    const name = copy === mine ? undefined : copy.running();
    if (name === undefined) continue;
    return `no coroutine of this copy of @cofn/coroutine runs here (${mine.url}), but coroutine "${name}" of ` +
      `another copy does (${copy.url}): import all of it from one place, in one version`;
  }
  return "no coroutine runs here";
}
