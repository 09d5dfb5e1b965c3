/**
 * Writing bytes in coroutines.
 *
 * @module
 */
import { promised, toOf, type WritableBytes, wrongCount } from "./_bytes.ts";
import type { To } from "./_ends.ts";
import { core, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { Mark, Progress } from "./_progress.ts";
import { limited, type WaitOptions } from "../time/_limits.ts";
import { givenName, kindOf, mustBeOptions, textOf } from "../core/_given.ts";

const { flushByHost } = core;

let unnamed = 0;

/** Copies bytes to what a writer is to send. */
let copy: (writer: CoWriter, bytes: Uint8Array) => void;

/**
 * For those who play the host.
 *
 * @param soon What a writer calls to begin to send, in place of `queueMicrotask`.
 * @returns What tells the writer that the host has failed.
 */
export let playHost: (
  writer: CoWriter,
  soon: (begin: () => void) => void,
) => (error: unknown) => void;

/** What goes with a writer. */
export interface WriterOptions {
  /** What errors and `dump()` call it; numbered by default. */
  readonly name?: string | undefined;
  /** From how many pending bytes on `write` waits: 1,048,576 by default. */
  readonly highWater?: number | undefined;
}

const FIRST_SIZE = 4096;
/** Room that is larger than that is given back when everything was sent. */
// EQUIVALENT(20 -> 21): how much is a matter of memory alone.
// EQUIVALENT(<< -> >>): so is that nothing is kept.
const KEPT = 1 << 20;
const NOTHING = new Uint8Array(0);

/**
 * Writes bytes: what is written in one go, until the host has its turn, is sent by one call of the
 * host's. Several coroutines may write; what each of them writes in one call stays together. Who waits
 * here waits for what was written before, never for what others write meanwhile.
 *
 * End with `flush()` or `close()`: they tell whether the host has taken everything, and what has failed.
 * A failure is for good, whenever it comes: all who wait or write from then on are told, and `close()`.
 *
 * @example
 * ```ts
 * import { Coroutine, CoWriter } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
 * const co = Coroutine.create(function* () {
 *   const writer = new CoWriter(writable);
 *   yield* writer.write(new TextEncoder().encode("to be "));
 *   yield* writer.write(new TextEncoder().encode("sent"));
 *   yield* writer.close();
 * });
 * co.enter();
 * assertEquals(await new Response(readable).text(), "to be sent");
 * ```
 */
export class CoWriter {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #to: To;
  /** What is to be sent next: these, … */
  #pieces: Uint8Array[] = [];
  /** … and then what lies in the buffer from here … */
  #start = 0;
  /** … to here. */
  #end = 0;
  #buffer: Uint8Array = new Uint8Array(FIRST_SIZE);
  /** The room that the host sends from, or did. */
  #spare: Uint8Array = new Uint8Array(FIRST_SIZE);
  /** What the host is sending, … */
  #sending: Uint8Array[] = [];
  /** … from this one on: it has taken those before. */
  #next = 0;
  /** Whether the host sends, or is about to. */
  #sends = false;
  #soon: (begin: () => void) => void = queueMicrotask;
  /** Whether nothing more may be written. */
  #closing = false;
  readonly #progress: Progress;

  static {
    copy = (writer, bytes) => writer.#copy(bytes);
    playHost = (writer, soon) => {
      writer.#soon = soon;
      return (error) => writer.#failed(error);
    };
  }

  /**
   * Makes a writer.
   *
   * @param to A connection, a file or standard output of Deno's, a Web stream, or a stream of node's: to
   * which nobody else writes from now on.
   * @param options What else.
   * @throws {TypeError} If nothing can be written to it; if the stream is locked; if there is an unknown option.
   * @throws {RangeError} If `highWater` is no number from 0 up.
   */
  constructor(to: WritableBytes, options: WriterOptions = {}) {
    mustBeOptions("make a writer", options, ["name", "highWater"]);
    const { name = `${++unnamed}`, highWater = 1_048_576 } = options;
    this.name = givenName("make a writer", name);
    if (typeof highWater !== "number" || !(highWater >= 0)) {
      throw new RangeError(
        `Cannot make a writer that waits from ${
          textOf(highWater)
        } bytes on: expected a number from 0 up`,
      );
    }
    this.#to = toOf(to);
    this.#progress = new Progress(`${this}`, highWater, () => this.#close());
    this.#to.failed?.then(undefined, (error) => this.#failed(error));
  }

  /** How many bytes the host has not taken yet. */
  get pending(): number {
    return this.#progress.pending;
  }

  /**
   * Makes room at the end of what is to be sent, without a wait, however much is pending: see
   * {@linkcode CoWriter.drain}.
   *
   * @param n How many bytes.
   * @returns The room, to be filled before anything else is written here, and before the next wait: it
   * is sent then.
   * @throws {RangeError} If `n` is no integer from 0 up.
   * @throws {CoroutineError} `closed` as soon as somebody closes it.
   * @throws What sending has failed with.
   */
  reserve(n: number): Uint8Array {
    if (!(Number.isSafeInteger(n) && n >= 0)) {
      throw new RangeError(
        `Cannot reserve room for ${textOf(n)} bytes: expected an integer from 0 up`,
      );
    }
    this.#mustBeOpen();
    // EQUIVALENT(this.#end + n > this.#buffer.length -> true): room in vain is a matter of memory alone.
    if (this.#end + n > this.#buffer.length) this.#makeRoom(n);
    const room = this.#buffer.subarray(this.#end, this.#end += n);
    this.#add(n);
    return room;
  }

  /**
   * Sends bytes as they are, without copying them (a Web stream is given a copy): for large ones. There
   * is no wait, however much is pending: see {@linkcode CoWriter.drain}.
   *
   * @param bytes What to send: if they change before the host has taken them, what is sent is undefined. If they
   * are given away, as to another thread, or cut off by a resize, sending fails.
   * @throws {TypeError} If it is no Uint8Array.
   * @throws {CoroutineError} `closed`.
   * @throws What sending has failed with.
   */
  lend(bytes: Uint8Array): void {
    this.#mustBeBytes(bytes);
    this.#mustBeOpen();
    if (bytes.length === 0) return;
    this.#seal();
    this.#pieces.push(asLongAs(bytes));
    this.#add(bytes.length);
  }

  /**
   * Writes bytes. They will be sent from then on, whatever becomes of the wait, unless its signal is aborted
   * before it begins. If that fails later, whoever writes, drains, flushes or closes next is told.
   *
   * @param bytes What to write: it is copied when `yield*` begins.
   * @param options When to give up the wait.
   * @returns What `yield*` takes: it waits while too much is pending.
   * @throws {TypeError} If it is no Uint8Array.
   * @throws {CoroutineError} `closed`; `timeout`; `yield-to-no-one` if it must wait where no coroutine runs.
   * @throws What sending has failed with.
   */
  write(bytes: Uint8Array, options?: WaitOptions): Suspension<void> {
    this.#mustBeBytes(bytes);
    return within(new Write(this.#progress, this, bytes), options);
  }

  /**
   * Waits while too much is pending of what was written before.
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   * @throws What sending has failed with.
   */
  drain(options?: WaitOptions): Suspension<void> {
    return within(new Mark(this.#progress.drained), options);
  }

  /**
   * Waits until the host has taken everything that was written before; what others write meanwhile does
   * not matter.
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   * @throws What sending has failed with.
   */
  flush(options?: WaitOptions): Suspension<void> {
    return within(new Mark(this.#progress.flushed), options);
  }

  /**
   * Lets nothing more be written, and waits until the host has taken everything and has been told that
   * no more will come: what can be read of a connection can still be read. That goes on whatever becomes
   * of the wait; several may wait for it. Of a stream of node's that closes by itself then, it waits for
   * that too.
   *
   * @param options When to give up the wait.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`, and nothing has changed.
   * @throws What sending or closing has failed with, whether others were told of it or not.
   */
  close(options?: WaitOptions): Suspension<void> {
    return within(new Mark(this.#progress.closed), options);
  }

  /** `CoWriter "name"`. */
  toString(): string {
    return `CoWriter "${this.name}"`;
  }

  #mustBeBytes(bytes: Uint8Array): void {
    if (bytes instanceof Uint8Array) return;
    throw new TypeError(`Cannot write: expected a Uint8Array, got ${kindOf(bytes)}`);
  }

  #mustBeOpen(): void {
    this.#progress.mustNotHaveFailed();
    if (this.#closing) {
      throw new CoroutineError("closed", `Cannot write to ${this}: it was closed`);
    }
  }

  #copy(bytes: Uint8Array): void {
    const n = bytes.length;
    this.#mustBeOpen();
    // EQUIVALENT(this.#end + n > this.#buffer.length -> true): room in vain is a matter of memory alone.
    if (this.#end + n > this.#buffer.length) this.#makeRoom(n);
    this.#buffer.set(bytes, this.#end);
    this.#end += n;
    this.#add(n);
  }

  /** Larger room, with what is in the buffer and not among the pieces. */
  #makeRoom(n: number): void {
    const filled = this.#end - this.#start;
    // EQUIVALENT(2 -> 3): how much is a matter of memory alone.
    const larger = new Uint8Array(Math.max(filled + n, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = larger;
    this.#start = 0;
    this.#end = filled;
  }

  /** What is in the buffer becomes a piece. */
  #seal(): void {
    if (this.#start === this.#end) return;
    this.#pieces.push(this.#buffer.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  /** So much more is to be sent: all of this go at once. */
  #add(n: number): void {
    this.#progress.written += n;
    if (this.#sends || n === 0) return;
    this.#sends = true;
    this.#soon(() => this.#begin());
  }

  /** Lets the host have all that was written. */
  #begin(): void {
    // It may have failed since.
    if (this.#progress.hasFailed) return;
    try {
      this.#seal();
    } catch (error) {
      // Whoever had room in it has given that away: to another thread, for instance.
      return this.#failed(error);
    }
    this.#sending = this.#pieces;
    this.#next = 0;
    this.#pieces = [];
    // Whoever had room in it may have given it away since that was sent.
    // EQUIVALENT(this.#spare.length === 0 -> true): to make it each time is a matter of memory alone.
    const spare = this.#spare.length === 0 ? new Uint8Array(FIRST_SIZE) : this.#spare;
    [this.#buffer, this.#spare] = [spare, this.#buffer];
    this.#start = this.#end = 0;
    this.#push();
  }

  /** Lets the host have the next piece. */
  #push(): void {
    // INVARIANT: as long as it sends, there is one.
    const piece = this.#sending[this.#next]!;
    if (piece.length === 0) return this.#failed(givenAway());
    promised(() => this.#to.push(piece)).then(
      (n) => this.#taken(piece, n),
      (error) => this.#failed(error),
    );
  }

  /** The host has taken so many bytes of a piece. */
  #taken(piece: Uint8Array, n: number): void {
    const wrong = wrongCount("write", n, 1, piece.length);
    if (wrong !== null) return this.#failed(wrong);
    if (n < piece.length) this.#sending[this.#next] = piece.subarray(n);
    // Whoever has lent it may let go of it.
    else this.#sending[this.#next++] = NOTHING;
    this.#progress.take(n);
    try {
      // Those who go on now may write more: it is sent in one go, too.
      flushByHost();
    } finally {
      // Whoever has failed there has nothing to do with the others' bytes.
      this.#goOn();
    }
  }

  #goOn(): void {
    if (this.#progress.hasFailed) return;
    if (this.#next < this.#sending.length) this.#push();
    else if (this.#progress.pending > 0) this.#begin();
    else this.#rest();
  }

  /** Nothing is to be sent. */
  #rest(): void {
    this.#sends = false;
    this.#sending = [];
    // EQUIVALENT(this.#buffer.length > KEPT -> true): how much is kept is a matter of memory alone.
    if (this.#buffer.length > KEPT) this.#buffer = new Uint8Array(FIRST_SIZE);
    // EQUIVALENT(this.#spare.length > KEPT -> true): how much is kept is a matter of memory alone.
    if (this.#spare.length > KEPT) this.#spare = new Uint8Array(FIRST_SIZE);
    if (this.#closing) this.#sendEnd();
  }

  /** Nothing more is written. */
  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (!this.#sends) this.#sendEnd();
  }

  /** Everything was sent: so is the end. */
  #sendEnd(): void {
    promised(() => this.#to.close()).then(
      () => this.#progress.end(),
      (error) => this.#failed(error),
    );
  }

  /** For good: only what it has failed with first is told. */
  #failed(error: unknown): void {
    if (this.#progress.hasFailed) return;
    this.#pieces = this.#sending = [];
    // EQUIVALENT(0 -> 1): nothing is written any more.
    this.#next = this.#start = this.#end = 0;
    this.#buffer = this.#spare = NOTHING;
    this.#progress.fail(error);
  }
}

/** The same bytes, and as many of them: none at all if some are gone when they are sent. */
function asLongAs(bytes: Uint8Array): Uint8Array {
  const { resizable, growable } = bytes.buffer as { resizable?: boolean; growable?: boolean };
  return resizable === true || growable === true ? bytes.subarray(0, bytes.length) : bytes;
}

function givenAway(): TypeError {
  return new TypeError(
    "Cannot write: bytes that were lent are gone before they were sent (lend them until flush() is over)",
  );
}

/** To write bytes, and then to wait while too much is pending. */
class Write extends Mark {
  readonly #progress: Progress;
  readonly #writer: CoWriter;
  readonly #bytes: Uint8Array;

  constructor(progress: Progress, writer: CoWriter, bytes: Uint8Array) {
    super(progress.drained);
    this.#progress = progress;
    this.#writer = writer;
    this.#bytes = bytes;
  }

  protected override another(): Write {
    return new Write(this.#progress, this.#writer, this.#bytes);
  }

  protected override begin(): void {
    copy(this.#writer, this.#bytes);
  }
}

/** A wait, with limits if there are any. */
function within(wait: Mark, options: WaitOptions | undefined): Suspension<void> {
  return options === undefined ? wait : limited(wait, options);
}
