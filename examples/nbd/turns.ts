/**
 * Turns: nobody works for so long that others notice.
 *
 * All connections share one thread, and what one of them does in a go delays all others, signals too. So
 * work is done in pieces. After each piece its connection asks whether it has had its share of
 * time; if so, it lets the event loop of the host go round before the next one: all others,
 * whose requests have come meanwhile, have theirs then.
 *
 * @module
 */
import type { Clock } from "@cofn/coroutine";

/** The longest share, in nanoseconds. */
const LONGEST = 3e6;
/** How long a round may take in which all connections work, in nanoseconds: what somebody waits who does not. */
const ROUND = 20e6;
/** The shortest share: the going round itself takes half a millisecond. */
const SHORTEST = 0.2e6;
/**
 * How many times the event loop goes round in one pass. Deno looks for what has come from outside only each 61st
 * time, if there is something to do at once each time.
 */
const LOOPS = 64;
/** The clock is looked at after pieces that have cost so much in all: see {@linkcode Turn.spend}. */
const CREDIT = 4;

/** The connections of a server, among which time is shared out. */
export class Turns {
  /** How many there are. */
  connections = 0;

  /** How long each of them may work at a time, in nanoseconds. */
  get share(): number {
    return Math.max(SHORTEST, Math.min(LONGEST, ROUND / this.connections));
  }
}

/** The turn of one connection, that is, of all its coroutines together. */
export class Turn {
  readonly #turns: Turns;
  readonly #clock: Clock;
  /** When it has begun. */
  #since: number;
  #credit = CREDIT;
  /** Settles with the next one, if that is waited for. */
  #next: Promise<void> | null = null;

  constructor(turns: Turns, clock: Clock) {
    this.#turns = turns;
    this.#clock = clock;
    this.#since = clock.now;
  }

  /** Whether the connection has had its share. */
  get over(): boolean {
    return this.#next !== null || this.#clock.now - this.#since > this.#turns.share;
  }

  /**
   * Tells of a piece of work.
   *
   * @param cost What it has cost: a small request is 1, which is some microseconds.
   * @returns Whether the connection has had its share, if it was time to look.
   */
  spend(cost: number): boolean {
    this.#credit -= cost;
    if (this.#credit > 0) return false;
    this.#credit = CREDIT;
    return this.over;
  }

  /**
   * Settles when the event loop has looked for what has come from outside, which is when the next turn begins. Whoever
   * waits meanwhile shares that.
   */
  pass(): Promise<void> {
    return this.#next ??= new Promise((resolve) => {
      let left = LOOPS;
      const loop = (): void => {
        if (--left > 0) return void setImmediate(loop);
        this.#next = null;
        this.begin();
        resolve();
      };
      setImmediate(loop);
    });
  }

  /** It begins: the event loop has looked. */
  begin(): void {
    this.#since = this.#clock.now;
  }
}
