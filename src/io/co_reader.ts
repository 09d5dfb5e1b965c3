/**
 * Reading bytes in coroutines.
 *
 * @module
 */
import { fromOf, type ReadableBytes } from "./_bytes.ts";
import type { Suspension } from "../core/coroutine.ts";
import { type Fill, FillBytes, Read, ReadExactly, ReadLine } from "./_fill.ts";
import { Inlet } from "./_inlet.ts";
import { limited, WAIT_WORDS, type WaitOptions } from "../time/_limits.ts";
import { amountOf, givenName, mustBeOptions, textOf } from "../core/_given.ts";
import type { Source } from "../contexts/_source.ts";

let unnamed = 0;

/** For those who play the host: what tells a reader that its source has failed by itself. */
export let playSource: (reader: CoReader) => (error: unknown) => void;

const LINE_WORDS = [...WAIT_WORDS, "most"];

/** What goes with a reader. */
export interface ReaderOptions {
  /** What errors and `dump()` call it; numbered by default. */
  readonly name?: string | undefined;
  /** How many bytes it reads ahead at most, unless it is asked for more at once: 65,536 by default. */
  readonly size?: number | undefined;
}

/** When to give up reading a line, and how long it may be. */
export interface LineOptions extends WaitOptions {
  /** How many bytes it may have, without its end; as many as there are by default. */
  readonly most?: number | undefined;
}

/**
 * Reads bytes, ahead, into a buffer of its own: whoever is cancelled while it waits, or gives up, takes
 * none of them along. One reader reads from one source. Several coroutines may read from it: each has
 * its turn when those before it have had theirs.
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
  readonly #inlet: Inlet;

  static {
    playSource = (reader) => (error) => reader.#inlet.fail(error);
  }

  /**
   * Makes a reader, which does not read yet.
   *
   * @param from A connection, a file or standard input of Deno's, a Web stream, or a stream of node's:
   * which nobody else reads from now on.
   * @param options What else.
   * @throws {TypeError} If nothing can be read from it; if the stream is locked; if there is an unknown option.
   * @throws {RangeError} If the size is no integer from 1 up.
   */
  constructor(from: ReadableBytes, options: ReaderOptions = {}) {
    mustBeOptions("make a reader", options, ["name", "size"]);
    const { name = `${++unnamed}`, size = 65_536 } = options;
    this.name = givenName("make a reader", name);
    count("make a reader of", size, 1);
    // First, as there may be no memory for so many: then the source is as it was.
    const room = new Uint8Array(size);
    this.#inlet = new Inlet(`CoReader "${this.name}"`, fromOf(from), room);
  }

  /** How many bytes can be had without a wait. */
  get buffered(): number {
    return this.#inlet.buffered;
  }

  /** Whether the end has come, and all that came before it was taken. */
  get ended(): boolean {
    return this.#inlet.ended && this.#inlet.buffered === 0;
  }

  /** Whether a read would not wait: bytes have come, or the end, or an error. */
  get ready(): boolean {
    return this.#inlet.ready;
  }

  /** See {@linkcode Source.watch}. Begins to read. */
  watch(changed: () => void): () => void {
    return this.#inlet.watch(changed);
  }

  /**
   * Waits until so many bytes are buffered.
   *
   * @param n How many.
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth false if the end comes before.
   * @throws What reading has failed with.
   * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs; `timeout`.
   * @throws {RangeError} If `n` is no integer from 0 up, or there is no memory for so many.
   */
  fill(n: number, options?: WaitOptions): Suspension<boolean> {
    return within(new FillBytes(this.#inlet, count("wait for", n, 0)), options);
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
    return this.#inlet.bytes(n);
  }

  /**
   * Takes the next bytes away.
   *
   * @param n How many.
   * @throws {RangeError} If fewer are buffered.
   */
  skip(n: number): void {
    this.#mustHave(n);
    this.#inlet.skip(n);
  }

  /**
   * Reads so many bytes.
   *
   * @param n How many.
   * @param options When to give up: what has come stays in the buffer.
   * @returns What `yield*` takes. It is worth the bytes.
   * @throws {CoroutineError} `end-of-file` if the end comes before: the message says after how many
   * bytes, and they stay in the buffer; `timeout`; `yield-to-no-one`.
   * @throws {RangeError} If `n` is no integer from 0 up, or there is no memory for so many.
   * @throws What reading has failed with.
   */
  readExactly(n: number, options?: WaitOptions): Suspension<Uint8Array> {
    return within(new ReadExactly(this.#inlet, count("read", n, 0)), options);
  }

  /**
   * Reads what there is, at least one byte.
   *
   * @param most How many at most; by default, all that there is.
   * @param options When to give up.
   * @returns What `yield*` takes. It is worth null at the end.
   * @throws {RangeError} If `most` is no integer from 1 up.
   * @throws What reading has failed with.
   * @throws {CoroutineError} `timeout`; `yield-to-no-one`.
   */
  read(most: number = Infinity, options?: WaitOptions): Suspension<Uint8Array | null> {
    if (most !== Infinity) count("read", most, 1);
    return within(new Read(this.#inlet, most), options);
  }

  /**
   * Reads a line of UTF-8, up to a newline or the end.
   *
   * @param options When to give up; and `most`, how many bytes it may have: whoever reads what others
   * send should say so.
   * @returns What `yield*` takes. It is worth the line, without its end, `\n` or `\r\n`; null at the end.
   * @throws What reading has failed with.
   * @throws {CoroutineError} `too-long`: its bytes stay in the buffer; `timeout`; `yield-to-no-one`.
   * @throws {RangeError} If `most` is no integer from 1 up.
   */
  readLine(options?: LineOptions): Suspension<string | null> {
    if (options === undefined) return within(new ReadLine(this.#inlet, Infinity), undefined);
    // What is no object is refused with the limits.
    const { most = Infinity } = options ?? {};
    if (most !== Infinity) count("read a line of", most, 1);
    return limited(new ReadLine(this.#inlet, most), options, LINE_WORDS);
  }

  /**
   * Lets go of the source, and of what is buffered: nothing comes any more, from a read that the host has
   * begun either. Those who wait, and whoever reads later, find the end; if reading had failed before, that
   * error. Once is enough, and it may be done at any time, the end included.
   *
   * A Web stream is cancelled and unlocked. A stream of node's is destroyed: at once, or, if it can be
   * written to as well, when that has come to its end. A connection or a file of Deno's stays open, as it is
   * its user's: a read of it that was begun goes on until that is closed, but does not keep the program from
   * ending. That of standard input or of a file does: `Deno.stdin.close()`.
   */
  cancel(): void {
    this.#inlet.cancel();
  }

  /** `CoReader "name"`. */
  toString(): string {
    return `${this.#inlet}`;
  }

  #mustHave(n: number): void {
    if (Number.isSafeInteger(n) && n >= 0 && n <= this.buffered) return;
    throw new RangeError(
      `Cannot take ${textOf(n)} bytes of ${this}: ${this.buffered} are buffered`,
    );
  }
}

/** A wait, with limits if there are any. */
function within<T>(wait: Fill<T>, options: WaitOptions | undefined): Suspension<T> {
  return options === undefined ? wait : limited(wait, options);
}

function count(verb: string, n: number, least: number): number {
  if (Number.isSafeInteger(n) && n >= least) return n;
  throw new RangeError(`Cannot ${verb} ${amountOf(n)} bytes: expected an integer from ${least} up`);
}
