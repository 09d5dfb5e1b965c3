/**
 * How far a long search has come: one line that is written over on a terminal, plain lines
 * elsewhere.
 *
 * @module
 */
import { visible } from "../engine/language/names.ts";
import type { Progress } from "../engine/search/explore.ts";

/** Seconds between two plain lines. */
const PLAIN_SECONDS = 10;

/** What writes progress, and takes the live line away again. */
export interface ProgressLine {
  update(progress: Progress): void;
  clear(): void;
}

/** Writes progress through `write`, over one line if `live`. */
export function progressLine(write: (text: string) => void, live: boolean): ProgressLine {
  let shown = false;
  let last = -Infinity;
  return {
    update(progress) {
      if (live) {
        write(`\r\x1b[K${lineOf(progress)}`);
        shown = true;
      } else if (last < 0 || progress.seconds - last >= PLAIN_SECONDS) {
        write(`${lineOf(progress)}\n`);
        last = progress.seconds;
      }
    },
    clear() {
      if (shown) write("\r\x1b[K");
      shown = false;
      last = -Infinity;
    },
  };
}

/** Progress as one line. */
export function lineOf({ spec, distinct, frontier, depth, seconds, rate }: Progress): string {
  const number = (value: number) => Math.round(value).toLocaleString("en-US");
  return `${visible(spec)}: ${number(distinct)} states, ${number(rate)}/s, frontier ${
    number(frontier)
  }, ` +
    `depth ${depth}, ${seconds.toFixed(0)} s`;
}
