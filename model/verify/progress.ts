/**
 * How far verifying has come: a live line on a terminal, a line every ten seconds elsewhere.
 *
 * @module
 */
import type { Job } from "./jobs.ts";
import type { Done } from "./run.ts";

/** Writes the line, and takes it away. */
export class Progress {
  readonly #write: (text: string) => void;
  readonly #live: boolean;
  readonly #jobs: number;
  readonly #begin = performance.now();
  #done = 0;
  /** What was said last, and when. */
  #text = "";
  #last: number;
  #shown = false;
  readonly #beat: ReturnType<typeof setInterval> | undefined;

  constructor(write: (text: string) => void, live: boolean, jobs: number) {
    this.#write = write;
    this.#live = live;
    this.#jobs = jobs;
    // Nobody needs a plain line of what is over before it could be read.
    this.#last = live ? -Infinity : this.#begin;
    if (live) this.#beat = setInterval(() => this.#say(this.#text), 1000);
  }

  /** One has begun. */
  begin({ name, scope }: Job): void {
    this.#say(`${name} (${scope})`);
  }

  /** One has come so far. */
  tell({ name, scope }: Job, done: Done): void {
    const far = "states" in done
      ? `${n(done.states)} states`
      : `${n(done.transitions)} of ${n(done.of)} transitions`;
    this.#say(`${name} (${scope}): ${far}`);
  }

  /** One is done: the line goes, as its row comes. */
  done(): void {
    this.#done++;
    if (this.#shown) this.#write("\r\x1b[2K");
    this.#shown = false;
  }

  /** There is no more to tell. */
  [Symbol.dispose](): void {
    this.done();
    clearInterval(this.#beat);
  }

  #say(text: string): void {
    this.#text = text;
    const now = performance.now();
    if (now - this.#last < (this.#live ? 200 : 10_000)) return;
    this.#last = now;
    const seconds = ((now - this.#begin) / 1000).toFixed(0);
    const line = `${this.#done} of ${this.#jobs} done, ${seconds} s · ${text}`;
    this.#write(this.#live ? `\r\x1b[2K${line}` : `${line}\n`);
    this.#shown = this.#live;
  }
}

function n(count: number): string {
  return count.toLocaleString("en");
}
