/**
 * The waits for bytes: each takes what it has waited for in the moment in which it is over.
 *
 * @module
 */
import { core } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { Spot } from "../core/_spot.ts";
import type { Wait } from "../time/_limits.ts";
import type { Inlet, Need } from "./_inlet.ts";

const { SUSPENDED } = core;

const RETURN = 13;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * One wait for so many bytes. What it knows is in the inlet, so it can be waited for again, and by several
 * at once.
 */
export abstract class Fill<T> extends Spot implements Wait<T>, Need {
  readonly inlet: Inlet;

  constructor(inlet: Inlet) {
    super(inlet);
    this.inlet = inlet;
  }

  /** What it waits for, in words: only whoever asks makes them. */
  abstract readonly what: string;

  override get waitingOn(): string {
    return `${this.inlet} (${this.what})`;
  }

  abstract readonly needs: number;
  abstract readonly isThere: boolean;

  /** What the wait comes to: what it waited for is there, or no more will come. */
  abstract take(there: boolean): T;

  [Symbol.iterator](): this {
    return this;
  }

  /** Ends the wait if it is over; else waits, or waits on, before all others. */
  next(): IteratorResult<void, T> {
    const { inlet } = this;
    if (inlet.isFree && this.isThere) return { done: true, value: this.take(true) };
    const itsTurn = inlet.isItsTurn();
    if (!itsTurn && inlet.isOthersTurn()) {
      inlet.park(this);
      return SUSPENDED;
    }
    try {
      if (itsTurn) inlet.begin();
      const there = this.#outcome();
      if (there !== undefined) {
        const value = this.take(there);
        if (itsTurn) inlet.tell();
        return { done: true, value };
      }
      inlet.makeRoom(this.needs);
    } catch (error) {
      if (itsTurn) inlet.tell();
      throw error;
    }
    inlet.parkFirst(this);
    inlet.pull(this.needs);
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  /** Whether it is there; undefined if it may still come. */
  #outcome(): boolean | undefined {
    if (this.isThere) return true;
    this.inlet.mustNotHaveFailed();
    return this.inlet.ended ? false : undefined;
  }
}

/** For so many, which stay where they are. Worth whether they have come. */
export class FillBytes extends Fill<boolean> {
  readonly needs: number;

  constructor(inlet: Inlet, n: number) {
    super(inlet);
    this.needs = n;
  }

  get what(): string {
    return words(this.needs);
  }

  get isThere(): boolean {
    return this.inlet.buffered >= this.needs;
  }

  override take(there: boolean): boolean {
    return there;
  }
}

/** For so many. */
export class ReadExactly extends Fill<Uint8Array> {
  readonly needs: number;

  constructor(inlet: Inlet, n: number) {
    super(inlet);
    this.needs = n;
  }

  get what(): string {
    return words(this.needs);
  }

  get isThere(): boolean {
    return this.inlet.buffered >= this.needs;
  }

  override take(there: boolean): Uint8Array {
    const { inlet, needs } = this;
    if (there) return inlet.take(needs);
    throw new CoroutineError(
      "end-of-file",
      `Cannot read ${needs} bytes of ${inlet}: it has ended after ${inlet.buffered} of them`,
    );
  }
}

/** For what comes next, as many as there are. Worth null at the end. */
export class Read extends Fill<Uint8Array | null> {
  // EQUIVALENT(1 -> 2): it waits only where there is nothing, and goes on with whatever comes.
  readonly needs = 1;
  readonly what = "1 byte";
  readonly #most: number;

  constructor(inlet: Inlet, most: number) {
    super(inlet);
    this.#most = most;
  }

  get isThere(): boolean {
    return this.inlet.buffered > 0;
  }

  override take(there: boolean): Uint8Array | null {
    const { inlet } = this;
    return there ? inlet.take(Math.min(inlet.buffered, this.#most)) : null;
  }
}

/** For a line, or more than may be in one. Worth null at the end. */
export class ReadLine extends Fill<string | null> {
  readonly what = "a line";
  readonly #most: number;

  constructor(inlet: Inlet, most: number) {
    super(inlet);
    this.#most = most;
  }

  get needs(): number {
    // EQUIVALENT(1 -> 2): room for one more is a matter of memory alone.
    return this.inlet.buffered + 1;
  }

  get isThere(): boolean {
    // The end of a line may have one byte more.
    return this.inlet.line >= 0 || this.inlet.buffered > this.#most + 1;
  }

  override take(there: boolean): string | null {
    const { inlet } = this;
    const { line, buffered } = inlet;
    if (!there && buffered === 0) return null;
    const length = line < 0 ? buffered : line;
    // The last line of all may have no end.
    // EQUIVALENT(> -> >=): of nothing, nothing is left whatever came before it.
    const n = there && length > 0 && inlet.at(length - 1) === RETURN ? length - 1 : length;
    if (n > this.#most) {
      throw new CoroutineError(
        "too-long",
        `Cannot read a line of ${inlet}: it has more than ${this.#most} bytes`,
      );
    }
    const text = utf8.decode(inlet.bytes(n));
    inlet.skip(line < 0 ? buffered : line + 1);
    return text;
  }
}

function words(n: number): string {
  return `${n} ${n === 1 ? "byte" : "bytes"}`;
}
