/**
 * How far what is written has come, and those who wait until it is further.
 *
 * @module
 */
import { core } from "../core/coroutine.ts";
import { Spot } from "../core/_spot.ts";
import { HostList } from "../core/_host_list.ts";
import type { Wait } from "../time/_limits.ts";

const { flushByHost, grant, placeOf, DONE, SUSPENDED } = core;

/** A stream of bytes, with an end behind them. */
export class Progress {
  /** How many bytes were written in all, … */
  written = 0;
  /** … and how many of them the host has taken; if the end too, more than any number. */
  #taken = 0;
  #failure: { readonly error: unknown } | null = null;
  /** Those who wait until so little is pending of what was written before that others may come. */
  readonly drained: Line;
  /** Those who wait until all was taken that was written before. */
  readonly flushed: Line;
  /** Those who wait until the end was taken. */
  readonly closed: Line;
  /** What begins to close. */
  readonly close: () => void;
  readonly #name: string;

  /**
   * @param name What errors call the writer.
   * @param highWater How many bytes may be pending for those who drain.
   * @param close What begins to close: called each time that somebody waits for that.
   */
  constructor(name: string, highWater: number, close: () => void) {
    this.#name = name;
    this.close = close;
    this.drained = new Line(this, " (to be drained)", highWater);
    this.flushed = new Line(this, " (to be flushed)", 0);
    this.closed = new Line(this, " (to be closed)", -Infinity);
  }

  /** How many bytes the host has not taken yet. */
  get pending(): number {
    return this.#failure === null ? Math.max(0, this.written - this.#taken) : 0;
  }

  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Throws what sending has failed with, if it has. */
  mustNotHaveFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Whether the host has taken all up to there. Throws what sending has failed with. */
  isPast(mark: number): boolean {
    this.mustNotHaveFailed();
    return this.#taken >= mark;
  }

  /** The host has taken so many more. Those who wait for it are told, and are still to run. */
  take(n: number): void {
    const taken = this.#taken += n;
    this.drained.tell(taken);
    this.flushed.tell(taken);
  }

  /** The host has taken the end. */
  end(): void {
    this.#taken = Infinity;
    this.closed.tell(Infinity);
    flushByHost();
  }

  /** No more will be taken: all are told. */
  fail(error: unknown): void {
    this.#failure = { error };
    for (const line of [this.drained, this.flushed, this.closed]) line.tell(Infinity);
    flushByHost();
  }

  toString(): string {
    return this.#name;
  }
}

/**
 * Those who wait for the same thing, in the order in which they came. What is written later lies behind
 * what they wait for: so the wait of the first is the first that is over, and others cannot prolong it
 * (INVARIANT(co_writer: "of those who wait for the same, whoever has come first goes on first")).
 */
class Line extends HostList {
  override readonly refusal = "already-scheduled";
  readonly scheduledBy = "CoWriter";
  readonly progress: Progress;
  readonly what: string;
  /** How many bytes may be pending still of those that were written before. */
  readonly most: number;

  constructor(progress: Progress, what: string, most: number) {
    super();
    this.progress = progress;
    this.what = what;
    this.most = most;
  }

  /** Those go on who wait for no more than that. */
  tell(taken: number): void {
    for (let co = this.first; co !== null; co = this.first) {
      // INVARIANT: whoever stands in this list has such a place.
      if ((placeOf(co) as Mark).at > taken) return;
      this.shift();
      grant(co);
    }
  }

  override toString(): string {
    return `${this.progress}`;
  }
}

/** One wait, until the host has come to a mark, which is set when the wait begins. */
export class Mark extends Spot implements Wait<void> {
  at = 0;
  readonly #line: Line;
  /** Whether it has been handed out as an iterator, … */
  #used = false;
  /** … and whether that has begun. */
  #begun = false;

  constructor(line: Line) {
    super(line, line.what);
    this.#line = line;
  }

  /** Each wait has a mark of its own. */
  [Symbol.iterator](): Mark {
    if (this.#used) return this.another();
    this.#used = true;
    return this;
  }

  /** One more of its kind. */
  protected another(): Mark {
    return new Mark(this.#line);
  }

  /** What happens first, when a wait begins. */
  protected begin(): void {}

  next(): IteratorResult<void, void> {
    const { progress, most } = this.#line;
    if (!this.#begun) {
      this.#begun = true;
      this.begin();
      this.at = progress.written - most;
    }
    if (progress.isPast(this.at)) return DONE;
    // INVARIANT(co_writer: "whoever goes on finds what it has waited for, whatever others have written"):
    // so it waits once.
    this.#line.park(this);
    if (this.at === Infinity) progress.close();
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }
}
