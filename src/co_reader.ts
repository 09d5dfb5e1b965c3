/**
 * Reading bytes in coroutines.
 *
 * @module
 */
import { type From, fromOf, promised, type ReadableBytes, wrongCount } from "./_bytes.ts";
import { type Co, core, type Coroutine, type Suspension } from "./coroutine.ts";
import { CoroutineError } from "./errors.ts";
import { limited, over, type Wait, type WaitOptions } from "./_limits.ts";
import { kindOf, textOf } from "./_refusals.ts";
import { type Source, Watchers } from "./_source.ts";
import { Spot } from "./_spot.ts";
import { WaitList } from "./_wait_list.ts";

const { flushByHost, grant, placeOf, SUSPENDED } = core;

let unnamed = 0;

/** Whether a wait for `n` bytes is over, and how; undefined if not. Throws what reading failed with. */
let outcomeOf: (reader: CoReader, n: number) => boolean | undefined;
/** Asks the host for more, if nobody has yet. */
let pull: (reader: CoReader, n: number) => void;
/** Whether a wait for `n` bytes is over. */
let isOver: (reader: CoReader, n: number) => boolean;

/** What goes with a reader. */
export interface ReaderOptions {
  /** What errors and `dump()` call it; numbered by default. */
  readonly name?: string | undefined;
  /** How many bytes it reads ahead at most, unless it is asked for more at once: 65,536 by default. */
  readonly size?: number | undefined;
}

const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads bytes, ahead, into a buffer of its own: whoever is cancelled while it waits, or gives up, takes
 * none of them along. One reader reads from one source. Several coroutines may wait in it, and go on
 * in their order; one that finds then that another has taken more than it had waited for waits on,
 * behind the others.
 *
 * @example
 * ```ts
 * import { CoReader, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const co = Coroutine.create(function* () {
 *   const reader = new CoReader(new Blob(["one\ntwo\n", "rest"]).stream());
 *   const lines = [yield* reader.readLine(), yield* reader.readLine()];
 *   return [...lines, new TextDecoder().decode(yield* reader.readExactly(4))];
 * });
 * co.enter();
 * assertEquals(await co.done, ["one", "two", "rest"]);
 * ```
 */
export class CoReader implements Source {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #from: From;
  readonly #size: number;
  #buffer: Uint8Array;
  /** What is buffered lies from here … */
  #start = 0;
  /** … to here. */
  #end = 0;
  /** Whether the host is reading, into what lies behind that. */
  #pulling = false;
  #ended = false;
  /** What reading has failed with: told when all that came before it was taken. */
  #failure: { readonly error: unknown } | null = null;
  readonly #waiters: Waiters = new Waiters(this);
  readonly #watchers: Watchers = new Watchers();

  static {
    isOver = (reader, n) => reader.buffered >= n || reader.#ended || reader.#failure !== null;
    outcomeOf = (reader, n) => {
      if (reader.buffered >= n) return true;
      if (reader.#failure !== null) throw reader.#failure.error;
      return reader.#ended ? false : undefined;
    };
    pull = (reader, n) => reader.#pull(n);
  }

  /**
   * Makes a reader, which does not read yet.
   *
   * @param from A connection, a file or standard input of Deno's, a Web stream, or a stream of node's:
   * which nobody else reads from now on.
   * @param options What else.
   * @throws {TypeError} If nothing can be read from it; if the stream is locked.
   * @throws {RangeError} If the size is no integer from 1 up.
   */
  constructor(from: ReadableBytes, { name = `${++unnamed}`, size = 65_536 }: ReaderOptions = {}) {
    this.name = `${name}`;
    this.#size = count("make a reader of", size, 1);
    this.#buffer = new Uint8Array(size);
    this.#from = fromOf(from);
  }

  /** How many bytes can be had without a wait. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Whether the end has come, and all that came before it was taken. */
  get ended(): boolean {
    return this.#ended && this.#start === this.#end;
  }

  /** Whether a read would not wait: bytes have come, or the end, or an error. */
  get ready(): boolean {
    return this.#start < this.#end || this.#ended || this.#failure !== null;
  }

  /** See {@linkcode Source.watch}. Begins to read. */
  watch(changed: () => void): () => void {
    const unwatch = this.#watchers.add(changed);
    if (!this.ready) this.#pull(1);
    return unwatch;
  }

  /**
   * Waits until so many bytes are buffered.
   *
   * @param n How many.
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth false if the end comes before.
   * @throws What reading has failed with.
   * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs; `timeout`.
   * @throws {RangeError} If `n` is no integer from 0 up.
   */
  fill(n: number, options?: WaitOptions): Suspension<boolean> {
    if (this.buffered >= n && n >= 0 && this.#waiters.empty) return FILLED;
    const wait = new Fill(this, this.#waiters, count("wait for", n, 0));
    return options === undefined ? wait : limited(wait, options);
  }

  /**
   * The next bytes, which stay where they are.
   *
   * @param n How many.
   * @returns A view of the buffer: it is valid until the next wait.
   * @throws {RangeError} If fewer are buffered.
   */
  peek(n: number): Uint8Array {
    this.#mustHave(n);
    return this.#buffer.subarray(this.#start, this.#start + n);
  }

  /**
   * Takes the next bytes away.
   *
   * @param n How many.
   * @throws {RangeError} If fewer are buffered.
   */
  skip(n: number): void {
    this.#mustHave(n);
    this.#start += n;
    // While the host reads, what it is to write to lies behind the end.
    if (this.#start === this.#end && !this.#pulling) this.#reset();
    if (this.#watchers.size > 0 && !this.ready) this.#pull(1);
  }

  /**
   * Reads so many bytes.
   *
   * @param n How many.
   * @param options When to give up: what has come stays in the buffer.
   * @returns What `yield*` takes. It is worth the bytes.
   * @throws {CoroutineError} `end-of-file` if the end comes before: the message says after how many
   * bytes, and they stay in the buffer; `timeout`; `yield-to-no-one`.
   * @throws What reading has failed with.
   */
  *readExactly(n: number, options?: WaitOptions): Co<Uint8Array> {
    if (!(yield* this.fill(n, options))) {
      throw new CoroutineError(
        "end-of-file",
        `Cannot read ${n} bytes of ${this}: it has ended after ${this.buffered} of them`,
      );
    }
    const bytes = this.peek(n).slice();
    this.skip(n);
    return bytes;
  }

  /**
   * Reads what there is, at least one byte.
   *
   * @param most How many at most.
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth null at the end.
   * @throws What reading has failed with.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   */
  *read(most: number = Infinity, options?: WaitOptions): Co<Uint8Array | null> {
    if (!(yield* this.fill(1, options))) return null;
    const n = Math.min(this.buffered, most);
    const bytes = this.peek(n).slice();
    this.skip(n);
    return bytes;
  }

  /**
   * Reads a line of UTF-8, up to a newline or the end.
   *
   * @param options When to give up, for each time that it must wait.
   * @returns What `yield*` takes. It is worth the line, without its newline; null at the end.
   * @throws What reading has failed with.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   */
  *readLine(options?: WaitOptions): Co<string | null> {
    let looked = 0;
    for (;;) {
      const at = this.#buffer.subarray(0, this.#end).indexOf(NEWLINE, this.#start + looked);
      const whole = at >= 0;
      looked = this.buffered;
      if (whole || !(yield* this.fill(looked + 1, options))) {
        const n = whole ? at - this.#start : this.buffered;
        if (!whole && n === 0) return null;
        const bytes = this.peek(n);
        const end = bytes.at(-1) === RETURN && whole ? n - 1 : n;
        const line = new TextDecoder().decode(bytes.subarray(0, end));
        this.skip(whole ? n + 1 : n);
        return line;
      }
    }
  }

  /**
   * Nothing is read from the source any more; what is buffered can still be taken. A stream is let go
   * of. A read of a connection that the host has begun goes on until that is closed.
   */
  cancel(): void {
    this.#ended = true;
    this.#from.cancel();
    this.#tell();
  }

  /** `CoReader "name"`. */
  toString(): string {
    return `CoReader "${this.name}"`;
  }

  /** The buffer is empty: it begins anew, and room that was made for more than usual is given back. */
  #reset(): void {
    this.#start = this.#end = 0;
    if (this.#buffer.length > 4 * this.#size) this.#buffer = new Uint8Array(this.#size);
  }

  #mustHave(n: number): void {
    if (Number.isSafeInteger(n) && n >= 0 && n <= this.buffered) return;
    throw new RangeError(
      `Cannot take ${textOf(n)} bytes of ${this}: ${this.buffered} are buffered`,
    );
  }

  /** Lets the host read, into room for `n` bytes in all. */
  #pull(n: number): void {
    if (this.#pulling || this.#ended) return;
    this.#makeRoom(n);
    this.#pulling = true;
    let pulled: Promise<number | Uint8Array | null>;
    try {
      pulled = promised(this.#from.pull(this.#buffer.subarray(this.#end)));
    } catch (error) {
      pulled = Promise.reject(error);
    }
    pulled.then((got) => this.#pulled(got), (error) => this.#failed(error));
  }

  #makeRoom(n: number): void {
    const { buffered } = this;
    const old = this.#buffer;
    if (this.#end < old.length && this.#start + n <= old.length) return;
    const need = Math.max(n, buffered + 1);
    if (need > old.length) this.#buffer = new Uint8Array(Math.max(need, 2 * old.length));
    this.#buffer.set(old.subarray(this.#start, this.#end));
    this.#start = 0;
    this.#end = buffered;
  }

  #pulled(got: number | Uint8Array | null): void {
    this.#pulling = false;
    if (got === null) this.#ended = true;
    else if (typeof got !== "object") {
      const wrong = wrongCount("read", got, 0, this.#buffer.length - this.#end);
      if (wrong !== null) return this.#failed(wrong);
      this.#end += got;
    } else {
      const { buffered } = this;
      this.#makeRoom(buffered + got.length);
      this.#buffer.set(got, this.#end);
      this.#end += got.length;
    }
    this.#tell();
  }

  #failed(error: unknown): void {
    this.#pulling = false;
    // A stream that was let go of rejects its last read.
    if (!this.#ended) this.#failure = { error };
    this.#tell();
  }

  /** Something has come. */
  #tell(): void {
    this.#waiters.tell();
    // Others may still wait for more.
    const first = this.#waiters.first;
    if (first !== null) this.#pull(wanted(placeOf(first)));
    flushByHost();
    this.#watchers.tell();
  }
}

/** Those who wait for bytes. */
class Waiters extends WaitList {
  override readonly refusal = "already-scheduled";
  readonly scheduledBy = "CoReader";
  readonly reader: CoReader;

  constructor(reader: CoReader) {
    super();
    this.reader = reader;
  }

  /** Those for whom there is enough go on, if each takes what it has waited for. */
  tell(): void {
    let n = 0;
    for (let first; (first = this.first) !== null;) {
      n += wanted(placeOf(first));
      if (!isOver(this.reader, n)) return;
      this.shift();
      grant(first);
    }
  }

  /** One has given up: for those behind it there may be enough. */
  override forget(co: Coroutine): void {
    super.forget(co);
    this.tell();
    const { first } = this;
    if (first !== null) pull(this.reader, wanted(placeOf(first)));
  }

  override toString(): string {
    return `${this.reader}`;
  }
}

function wanted(place: unknown): number {
  return place instanceof Fill ? place.n : 1;
}

/** One wait for bytes. */
class Fill extends Spot implements Wait<boolean> {
  readonly n: number;
  readonly #reader: CoReader;
  readonly #waiters: Waiters;
  #begun = false;

  constructor(reader: CoReader, waiters: Waiters, n: number) {
    super(waiters, ` (${n} ${n === 1 ? "byte" : "bytes"})`);
    this.#reader = reader;
    this.#waiters = waiters;
    this.n = n;
  }

  [Symbol.iterator](): Fill {
    return this.#begun ? new Fill(this.#reader, this.#waiters, this.n) : this;
  }

  /** Ends the wait if it is over; else waits, or waits on, behind all others. */
  next(): IteratorResult<void, boolean> {
    const reader = this.#reader;
    const mayTake = this.#begun || this.#waiters.empty;
    const value = mayTake ? outcomeOf(reader, this.n) : undefined;
    if (value === undefined) {
      this.#waiters.park(this);
      if (mayTake) pull(reader, this.n);
    }
    this.#begun = true;
    return value === undefined ? SUSPENDED : { done: true, value };
  }

  throw(error: unknown): never {
    throw error;
  }
}

const FILLED = over(true);

function count(verb: string, n: number, least: number): number {
  if (Number.isSafeInteger(n) && n >= least) return n;
  const got = typeof n === "number" ? `${n}` : kindOf(n);
  throw new RangeError(`Cannot ${verb} ${got} bytes: expected an integer from ${least} up`);
}
