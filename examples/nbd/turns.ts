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
const LONGEST = 2e6;
/** How long a round may take in which all connections work, in nanoseconds: what somebody waits who does not. */
const ROUND = 20e6;
/** The shortest share: the going round itself takes a hundredth of a millisecond. */
const SHORTEST = 0.2e6;
/** The clock is looked at after pieces that have cost so much in all: see {@linkcode Turn.spend}. */
const CREDIT = 16;

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

  /** Settles when the event loop has gone round once: whoever waits meanwhile shares the next turn. */
  pass(): Promise<void> {
    return this.#next ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#next = null;
        this.begin();
        resolve();
      });
    });
  }

  /** It begins anew, as the event loop has gone round. */
  begin(): void {
    this.#since = this.#clock.now;
  }

  /** It begins anew if the connection has waited for longer than a share since then. */
  hasWaitedSince(then: number): void {
    if (this.#clock.now - then > this.#turns.share) this.begin();
  }

  /** The time, in nanoseconds. */
  get now(): number {
    return this.#clock.now;
  }
}
