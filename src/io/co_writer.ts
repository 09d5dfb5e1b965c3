/**
 * Writing bytes in coroutines.
 *
 * @module
 */
import { promised, type To, toOf, type WritableBytes, wrongCount } from "./_bytes.ts";
import { type Co, core, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import { kindOf, textOf } from "../core/_given.ts";
import { Spot } from "../core/_spot.ts";
import { until } from "../core/until.ts";
import { HostList } from "../core/_host_list.ts";

const { flushByHost, grant, placeOf, DONE, SUSPENDED } = core;

let unnamed = 0;

/** Whether a wait until `most` bytes are pending is over. Throws what sending failed with. */
let isOver: (writer: CoWriter, most: number) => boolean;

/** For those who play the host: what a writer calls to begin to send, in place of `queueMicrotask`. */
export let setSoon: (writer: CoWriter, soon: (begin: () => void) => void) => void;

/** What goes with a writer. */
export interface WriterOptions {
  /** What errors and `dump()` call it; numbered by default. */
  readonly name?: string | undefined;
  /** From how many pending bytes on `write` waits: 1,048,576 by default. */
  readonly highWater?: number | undefined;
}

const FIRST_SIZE = 4096;
/** Room that is larger than that is given back when everything was sent. */
const KEPT = 1 << 20;

/**
 * Writes bytes: what is written in one go, until the host has its turn, is sent by one call of the
 * host's. Several coroutines may write; what each of them writes in one call stays together. End with
 * `flush()` or `close()`: they tell whether the host has taken everything, and what has failed.
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
  readonly #highWater: number;
  /** What is to be sent next: these, … */
  #pieces: Uint8Array[] = [];
  /** … and then what lies in the buffer from here … */
  #start = 0;
  /** … to here. */
  #end = 0;
  #buffer: Uint8Array = new Uint8Array(FIRST_SIZE);
  /** The room that the host sends from, or did. */
  #spare: Uint8Array = new Uint8Array(FIRST_SIZE);
  /** What the host is sending. */
  #sending: Uint8Array[] = [];
  /** How many bytes all that is. */
  #pending = 0;
  /** Whether the host sends, or is about to. */
  #sends = false;
  #soon: (begin: () => void) => void = queueMicrotask;
  #closing: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  readonly #waiters: Waiters = new Waiters(this);

  static {
    isOver = (writer, most) => {
      if (writer.#failure !== null) throw writer.#failure.error;
      return writer.pending <= most;
    };
    setSoon = (writer, soon) => {
      writer.#soon = soon;
    };
  }

  /**
   * Makes a writer.
   *
   * @param to A connection, a file or standard output of Deno's, a Web stream, or a stream of node's: to
   * which nobody else writes from now on.
   * @param options What else.
   * @throws {TypeError} If nothing can be written to it; if the stream is locked.
   * @throws {RangeError} If `highWater` is no number from 0 up.
   */
  constructor(
    to: WritableBytes,
    { name = `${++unnamed}`, highWater = 1_048_576 }: WriterOptions = {},
  ) {
    this.name = `${name}`;
    if (!(highWater >= 0)) {
      throw new RangeError(
        `Cannot make a writer that waits from ${
          textOf(highWater)
        } bytes on: expected a number from 0 up`,
      );
    }
    this.#highWater = highWater;
    this.#to = toOf(to);
  }

  /** How many bytes the host has not taken yet. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Makes room at the end of what is to be sent, without a wait, however much is pending: see
   * {@linkcode CoWriter.drain}.
   *
   * @param n How many bytes.
   * @returns The room, to be filled before anything else is written here, and before the next wait: it
   * is sent then.
   * @throws {RangeError} If `n` is no integer from 0 up.
   * @throws {CoroutineError} `closed`.
   * @throws What sending has failed with.
   */
  reserve(n: number): Uint8Array {
    if (!(Number.isSafeInteger(n) && n >= 0)) {
      throw new RangeError(
        `Cannot reserve room for ${textOf(n)} bytes: expected an integer from 0 up`,
      );
    }
    this.#mustBeOpen();
    const end = this.#end + n;
    if (end > this.#buffer.length) this.#makeRoom(n);
    const room = this.#buffer.subarray(this.#end, this.#end += n);
    this.#add(n);
    return room;
  }

  /**
   * Sends bytes as they are, without copying them (a Web stream is given a copy): for large ones. There
   * is no wait, however much is pending: see {@linkcode CoWriter.drain}.
   *
   * @param bytes What to send: if they change before the host has taken them, what is sent is undefined.
   * @throws {TypeError} If it is no Uint8Array.
   * @throws {CoroutineError} `closed`.
   * @throws What sending has failed with.
   */
  lend(bytes: Uint8Array): void {
    this.#mustBeBytes(bytes);
    this.#mustBeOpen();
    if (bytes.length === 0) return;
    this.#seal();
    this.#pieces.push(bytes);
    this.#add(bytes.length);
  }

  /**
   * Writes bytes. They will be sent from then on, whatever becomes of the wait. If that fails later,
   * whoever writes, drains or flushes next is told.
   *
   * @param bytes What to write: it is copied.
   * @param options When to give up the wait.
   * @returns What `yield*` takes: it waits while too much is pending.
   * @throws {TypeError} If it is no Uint8Array.
   * @throws {CoroutineError} `closed`; `timeout`; `yield-to-no-one` if it must wait where no coroutine runs.
   * @throws What sending has failed with.
   */
  *write(bytes: Uint8Array, options?: WaitOptions): Co {
    this.#mustBeBytes(bytes);
    this.reserve(bytes.length).set(bytes);
    yield* this.drain(options);
  }

  /**
   * Waits while too much is pending.
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   * @throws What sending has failed with.
   */
  drain(options?: WaitOptions): Suspension<void> {
    return this.#until(this.#highWater, options);
  }

  /**
   * Waits until the host has taken everything.
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   * @throws What sending has failed with.
   */
  flush(options?: WaitOptions): Suspension<void> {
    return this.#until(0, options);
  }

  /**
   * Waits until the host has taken everything, and tells the other side that no more will come: what
   * can be read of a connection can still be read.
   *
   * @param options When to give up the first part.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   * @throws What sending or closing has failed with.
   */
  *close(options?: WaitOptions): Co {
    if (this.#closing === null) yield* this.flush(options);
    yield* until(this.#closing ??= this.#to.close());
  }

  /** `CoWriter "name"`. */
  toString(): string {
    return `CoWriter "${this.name}"`;
  }

  #until(most: number, options: WaitOptions | undefined): Suspension<void> {
    const wait = new Drain(this, this.#waiters, most);
    return options === undefined ? wait : limited(wait, options);
  }

  #mustBeBytes(bytes: Uint8Array): void {
    if (bytes instanceof Uint8Array) return;
    throw new TypeError(`Cannot write: expected a Uint8Array, got ${kindOf(bytes)}`);
  }

  #mustBeOpen(): void {
    if (this.#failure !== null) throw this.#failure.error;
    if (this.#closing !== null) {
      throw new CoroutineError("closed", `Cannot write to ${this}: it was closed`);
    }
  }

  /** Larger room, with what is in the buffer and not among the pieces. */
  #makeRoom(n: number): void {
    const filled = this.#end - this.#start;
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
    this.#pending += n;
    if (this.#sends || n === 0) return;
    this.#sends = true;
    this.#soon(() => this.#begin());
  }

  /** Lets the host have all that was written. */
  #begin(): void {
    this.#seal();
    this.#sending = this.#pieces;
    this.#pieces = [];
    [this.#buffer, this.#spare] = [this.#spare, this.#buffer];
    this.#start = this.#end = 0;
    this.#push();
  }

  /** Lets the host have the first piece. */
  #push(): void {
    // INVARIANT: as long as it sends, there is one.
    const piece = this.#sending[0]!;
    let pushed: Promise<number>;
    try {
      pushed = promised(this.#to.push(piece));
    } catch (error) {
      pushed = Promise.reject(error);
    }
    pushed.then((n) => this.#taken(piece, n), (error) => this.#failed(error));
  }

  /** The host has taken so many bytes of a piece. */
  #taken(piece: Uint8Array, n: number): void {
    const wrong = wrongCount("write", n, 1, piece.length);
    if (wrong !== null) return this.#failed(wrong);
    this.#pending -= n;
    if (n < piece.length) this.#sending[0] = piece.subarray(n);
    else this.#sending.shift();
    this.#waiters.tell(this.#pending, false);
    try {
      // Those who go on now may write more: it is sent in one go, too.
      flushByHost();
    } finally {
      // Whoever has failed there has nothing to do with the others' bytes.
      if (this.#sending.length > 0) this.#push();
      else if (this.#pending > 0) this.#begin();
      else this.#rest();
    }
  }

  #failed(error: unknown): void {
    this.#failure = { error };
    this.#pieces = this.#sending = [];
    this.#pending = this.#start = this.#end = 0;
    this.#rest();
    this.#waiters.tell(0, true);
    flushByHost();
  }

  /** Nothing is to be sent. */
  #rest(): void {
    this.#sends = false;
    if (this.#buffer.length > KEPT) this.#buffer = new Uint8Array(FIRST_SIZE);
    if (this.#spare.length > KEPT) this.#spare = new Uint8Array(FIRST_SIZE);
  }
}

/** Those who wait until less is pending. */
class Waiters extends HostList {
  override readonly refusal = "already-scheduled";
  readonly scheduledBy = "CoWriter";
  readonly writer: CoWriter;

  constructor(writer: CoWriter) {
    super();
    this.writer = writer;
  }

  /** Those whose wait is over go on: in no order, as some wait for more than others. */
  tell(pending: number, all: boolean): void {
    for (const co of [...this.waiting()]) {
      const place = placeOf(co);
      if (!all && place instanceof Drain && pending > place.most) continue;
      this.forget(co);
      grant(co);
    }
  }

  override toString(): string {
    return `${this.writer}`;
  }
}

/** One wait until less is pending. */
class Drain extends Spot implements Wait<void> {
  readonly most: number;
  readonly #writer: CoWriter;
  readonly #waiters: Waiters;

  constructor(writer: CoWriter, waiters: Waiters, most: number) {
    super(waiters, most === 0 ? " (to be flushed)" : " (to be drained)");
    this.#writer = writer;
    this.#waiters = waiters;
    this.most = most;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Ends the wait if it is over; else waits, or waits on. */
  next(): IteratorResult<void, void> {
    if (isOver(this.#writer, this.most)) return DONE;
    this.#waiters.park(this);
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }
}
