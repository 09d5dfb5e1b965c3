/**
 * What ends a search before its end: limits, and whoever stops it. The clock is looked at by time, not by
 * count: what a spec's functions take is not known beforehand.
 *
 * @module
 */
import { type Memory, OutOfMemory } from "./memory.ts";

/** Where a search ended before all was explored. */
export type Limit = "maxStates" | "maxSeconds" | "memory" | "stopped";

/** What is watched. */
export interface Watched {
  readonly maxSeconds?: number | undefined;
  readonly memory: Memory;
  /** Asked now and then: whether to stop. */
  readonly stop?: (() => boolean) | undefined;
  /** Is told now and then that so many seconds have passed: in all, and since it was told before. */
  readonly tell?: ((seconds: number, since: number) => void) | undefined;
  /** Seconds until it is told first; then four times as often. */
  readonly progressSeconds?: number | undefined;
}

/** Between two looks there is to be about so much time, and at most so many steps. */
const LOOK = { ms: 0.5, most: 1024 };
/** Whoever may stop it is asked as often; V8, how full its heap is; and the host, how much memory it has. */
const ASK_MS = { stop: 10, heap: 50, memory: 500 };

/** Others have their turn as often. */
const TURN_MS = 10;

/** Watches a search. */
export class Watch {
  /** What has ended it, or bounded it. */
  limit: Limit | undefined;
  readonly #watched: Watched;
  readonly #begin: number = performance.now();
  /** The next look is after so many steps. */
  #left = 1;
  /** So many there were before the last one. */
  #steps = 1;
  #looked: number = this.#begin;
  readonly #asked = { stop: this.#begin, heap: this.#begin, memory: this.#begin };
  #told: number = this.#begin;
  #turned: number = this.#begin;
  #pause: number;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#pause = (watched.progressSeconds ?? 2) * 1000;
  }

  /** Whether something has ended it: a limit on states bounds what there is, and that is gone through. */
  get ended(): boolean {
    return this.limit !== undefined && this.limit !== "maxStates";
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  /** Whether others are to have their turn, as of the last look. */
  isDue(): boolean {
    if (this.#looked - this.#turned <= TURN_MS) return false;
    this.#turned = this.#looked;
    return true;
  }

  /** Before each step: whether the search is to end. */
  ends(): boolean {
    if (--this.#left > 0) return false;
    this.#left = this.look();
    return this.#left === 0;
  }

  /** Looks at the clock: after how many steps to look again; 0 if the search is to end. */
  look(): number {
    const { maxSeconds = Infinity, memory, stop, tell } = this.#watched;
    const now = performance.now();
    const took = now - this.#looked;
    this.#looked = now;
    if (this.ended) return 0;
    if (now - this.#begin > maxSeconds * 1000) return this.#end("maxSeconds");
    if (this.#isTime("stop", now) && stop?.() === true) return this.#end("stopped");
    if (this.#isTime("heap", now) && memory.isHeapFull()) return this.#end("memory");
    if (this.#isTime("memory", now) && memory.isShort()) return this.#end("memory");
    if (tell !== undefined && now - this.#told > this.#pause) {
      tell((now - this.#begin) / 1000, (now - this.#told) / 1000);
      this.#told = now;
      this.#pause = (this.#watched.progressSeconds ?? 2) * 250;
    }
    // More steps, one by one; fewer at once. So it has taken longer to get to many than they may take.
    this.#steps = took > LOOK.ms
      ? Math.max(1, Math.floor(this.#steps * LOOK.ms / took))
      : Math.min(LOOK.most, this.#steps + 1);
    return this.#steps;
  }

  /** It has run into its limit on states. */
  full(): void {
    this.limit ??= "maxStates";
  }

  /** What was thrown: if it is that the memory has run out, it ends the search; else it is thrown on. */
  caught(error: unknown): void {
    if (!(error instanceof OutOfMemory)) throw error;
    this.limit = "memory";
  }

  #isTime(what: keyof typeof ASK_MS, now: number): boolean {
    if (now - this.#asked[what] <= ASK_MS[what]) return false;
    this.#asked[what] = now;
    return true;
  }

  #end(limit: Limit): 0 {
    this.limit = limit;
    return 0;
  }
}
