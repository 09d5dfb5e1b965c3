/**
 * Numbers and places as people read them.
 *
 * @module
 */

/** So many of something: `1 state`, `1,024 states`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}

const ENGINE = new URL("../", import.meta.url).href;
/** Views stand between a spec and the engine's errors; all else of the engine stands above specs. */
const VIEWS = `${ENGINE}language/_view_runtime.ts`;

/** Where in the source of a spec an error was thrown; undefined where that is not known. */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  for (const line of `${error.stack}`.split("\n").filter((line) => /^\s+at /.test(line))) {
    if (line.includes("eval at makeView")) continue;
    if (line.includes("eval at")) return undefined;
    const [, place] = /((?:file|https?|jsr|npm):[^)\s]+:\d+:\d+)\)?$/.exec(line) ?? [];
    if (place === undefined || place.startsWith(VIEWS)) continue;
    return place.startsWith(ENGINE) ? undefined : place;
  }
  return undefined;
}
