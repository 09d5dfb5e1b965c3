/**
 * How long a client may say nothing, or take nothing.
 *
 * @module
 */
import type { Alarm, Clock } from "@cofn/coroutine";

/** The limits, in nanoseconds; Infinity for none. */
export interface Limits {
  /**
   * For a client that has no request under way and sends none, or not all of one. Some devices are idle for long
   * with good reason.
   */
  readonly idleTime: number;
  /** For a client that does not take its replies. */
  readonly sendTime: number;
}

/** By default: an hour, and a minute. */
export const LIMITS: Limits = { idleTime: 3600e9, sendTime: 60e9 };

/** A client has come up to a limit. */
export class OutOfPatience extends Error {
  static {
    this.prototype.name = "OutOfPatience";
  }
}

/** What a connection has done so far. */
export interface Progress {
  /** How many requests have come whole. */
  readonly requests: number;
  /** How many bytes have come. */
  readonly received: number;
  /** How many bytes the host has taken. */
  readonly taken: number;
  /** How many bytes it has not taken yet. */
  readonly pending: number;
  /** Whether requests are being served. */
  readonly busy: boolean;
}

/** Who brings or takes so many bytes before a limit is reached is slow, and not stuck. */
const ENOUGH = 2 ** 16;
/** How many times it looks within a limit: it is noticed so much too late at most. */
const LOOKS = 8;

/**
 * Looks now and then how a connection gets on: so nothing is measured for each request.
 */
export class Patience {
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #progress: Progress;
  readonly #expire: (why: OutOfPatience) => void;
  #alarm: Alarm;
  /** Since when nothing has come, … */
  #quietSince: number;
  /** … which is what had come then. */
  #heard = { requests: 0, received: 0 };
  /** Since when too little was taken, … */
  #stuckSince: number;
  /** … which is less than this in all. */
  #goal = 0;

  /**
   * Begins to look.
   *
   * @param progress Where to look.
   * @param expire Is called once, if the client comes up to a limit.
   */
  constructor(
    clock: Clock,
    limits: Limits,
    progress: Progress,
    expire: (why: OutOfPatience) => void,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#progress = progress;
    this.#expire = expire;
    this.#quietSince = this.#stuckSince = clock.now;
    this.#alarm = this.#lookLater();
  }

  /** Looks no more. */
  end(): void {
    this.#alarm.cancel();
  }

  #lookLater(): Alarm {
    const { idleTime, sendTime } = this.#limits;
    return this.#clock.after(Math.min(idleTime, sendTime) / LOOKS, () => this.#look());
  }

  #look(): void {
    const { now } = this.#clock;
    const { idleTime, sendTime } = this.#limits;
    const { requests, received, taken, pending, busy } = this.#progress;
    if (pending === 0 || taken >= this.#goal) {
      this.#stuckSince = now;
      this.#goal = taken + Math.min(pending, ENOUGH);
    } else if (now - this.#stuckSince >= sendTime) {
      return this.#expire(
        new OutOfPatience(`The client has taken no replies for ${sendTime / 1e9} s`),
      );
    }
    const heard = this.#heard;
    if (
      busy || pending > 0 || requests > heard.requests || received >= heard.received + ENOUGH
    ) {
      this.#quietSince = now;
      this.#heard = { requests, received };
    } else if (now - this.#quietSince >= idleTime) {
      return this.#expire(
        new OutOfPatience(`The client has asked nothing for ${idleTime / 1e9} s`),
      );
    }
    this.#alarm = this.#lookLater();
  }
}
