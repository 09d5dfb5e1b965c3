/**
 * A block device in a file.
 *
 * @module
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { type Co, CoMutex, CoSemaphore, type Suspension, until } from "@cofn/coroutine";
import { Buffers } from "./buffers.ts";
import { type Extent, LEND_FROM, OVER, Over, type Storage } from "./storage.ts";
import { Warm } from "./warm.ts";

/** So many requests are in the hands of the system at once, short ones and as many long ones. */
const HANDLES = 4;
/** What is longer is never read or written at once, and in pieces: so others have their turn with the handles. */
const PIECE = 2 ** 20;
/** What is longer does not go by the handles for what is short. */
const SHORT = 2 ** 16;
/** A call to the system that took longer, in milliseconds, has not been one to memory alone. */
const SLOW = 5;

/** So much may be known to be in the system's memory. */
const WARM = 2 ** 30;
/** So much of that may be written at once: the system lets those wait who write more than the disk can take. */
const WRITABLE = 2 ** 28;

const ZEROES = new Uint8Array(PIECE);

/**
 * Opens a file that exists, or a block device.
 *
 * @throws What `Deno.openSync` throws; an error if it is anything else.
 */
function opened(path: string, readOnly: boolean): Deno.FsFile {
  // Before: to open a pipe may take for ever, and some devices do something then. After: it may have changed.
  mustBeDisk(path, Deno.statSync(path));
  const file = Deno.openSync(path, { read: true, write: !readOnly });
  try {
    mustBeDisk(path, file.statSync());
  } catch (error) {
    file.close();
    throw error;
  }
  return file;
}

function mustBeDisk(path: string, { isFile, isBlockDevice }: Deno.FileInfo): void {
  if (isFile || isBlockDevice === true) return;
  throw new Error(`Cannot serve ${path}: expected a file or a block device`);
}

/**
 * Handles of one file. An open file has one position, so whoever seeks in it must be alone until it has read;
 * hence the file is opened several times, and each request takes one of these handles for as long as it lasts.
 */
class Handles {
  readonly #all: readonly Deno.FsFile[];
  readonly #idle: Deno.FsFile[];
  // INVARIANT: there are as many permits as idle handles, so who has one finds the other.
  readonly #permits: CoSemaphore;

  constructor(name: string, all: readonly Deno.FsFile[]) {
    this.#all = all;
    this.#idle = [...all];
    this.#permits = new CoSemaphore(all.length, name);
  }

  /** One of them, for as long as the caller's block lasts; what waits with it must not be cancelled. */
  *lease(): Co<Disposable & { readonly file: Deno.FsFile }> {
    yield* this.#permits.acquire();
    const file = this.#idle.pop()!;
    return {
      file,
      [Symbol.dispose]: () => {
        this.#idle.push(file);
        this.#permits.release();
      },
    };
  }

  close(): void {
    for (const file of this.#all) file.close();
  }
}

/**
 * A file of a size that does not change.
 *
 * Those calls to the system that may wait for a disk are carried out by threads of the host's: to go there and
 * back costs ten times as much as to copy 4 KiB. So what the system has in its memory, as it was read or
 * written here lately, is read and written at once: see {@linkcode Warm}.
 */
export class FileStorage implements Storage {
  readonly size: number;
  /** Without the path, which is nobody else's business. */
  readonly description = "file";
  readonly sparse = false;
  readonly #handles: Handles;
  /** Nothing short stands behind what is long. */
  readonly #longHandles: Handles;
  /** For what is done at once: node's calls take a position, which saves another call. */
  readonly #quick: number;
  /** For flushes, which may take long: nobody else waits for them. */
  readonly #flusher: Deno.FsFile;
  readonly #flushing = new CoMutex("flush");
  /** How many flushes were asked for, … */
  #asked = 0;
  /** … and how many of them are done. */
  #flushed = 0;
  /** What can be read at once. */
  readonly #warm = new Warm(WARM);
  /** What can be written at once. */
  readonly #writable = new Warm(WRITABLE);
  /** Where what is read at once goes. */
  readonly #short = new Uint8Array(LEND_FROM);
  readonly #buffers = new Buffers();

  private constructor(handles: readonly Deno.FsFile[], quick: number, size: number) {
    const [flusher, ...others] = handles;
    // INVARIANT: there are twice HANDLES and one more.
    this.#flusher = flusher!;
    this.#quick = quick;
    this.#handles = new Handles("handles", others.slice(0, HANDLES));
    this.#longHandles = new Handles("handles for what is long", others.slice(HANDLES));
    this.size = size;
  }

  /**
   * Opens a file that exists, or a block device.
   *
   * @param path Where it is.
   * @param readOnly Whether it is opened for reading only.
   * @returns The storage, of the size that the file has now.
   * @throws What `Deno.openSync` throws; an error if it is anything else.
   */
  static open(path: string, readOnly: boolean): FileStorage {
    const handles: Deno.FsFile[] = [];
    try {
      while (handles.length < 2 * HANDLES + 1) handles.push(opened(path, readOnly));
      // What stat says of the size of a block device is 0.
      const size = handles[0]?.seekSync(0, Deno.SeekMode.End) ?? 0;
      return new FileStorage(handles, openSync(path, readOnly ? "r" : "r+"), size);
    } catch (error) {
      for (const handle of handles) handle.close();
      throw error;
    }
  }

  read(offset: number, length: number): Suspension<readonly Uint8Array[]> {
    if (length > PIECE || !this.#warm.has(offset, length)) return this.#read(offset, length);
    const bytes = length < LEND_FROM ? this.#short.subarray(0, length) : this.#buffers.take(length);
    this.#warm.used(this.#isSlow(readSync, bytes, offset));
    return new Over([bytes]);
  }

  sent(piece: Uint8Array): void {
    // INVARIANT: it is one of those that were read.
    this.#buffers.giveBack(piece as Uint8Array<ArrayBuffer>);
  }

  write(offset: number, bytes: Uint8Array, lasting: boolean = false): Suspension<void> {
    const { length } = bytes;
    if (length > PIECE || !this.#writable.has(offset, length)) {
      return this.#write(offset, bytes, lasting);
    }
    this.#writable.used(this.#isSlow(writeSync, bytes, offset));
    return OVER;
  }

  *zero(offset: number, length: number): Co {
    for (let at = 0; at < length; at += PIECE) {
      yield* this.#writePiece(offset + at, ZEROES.subarray(0, Math.min(PIECE, length - at)));
    }
    this.#warm.add(offset, length);
  }

  /** Does nothing: Deno has no call that punches a hole. */
  trim(): Suspension<void> {
    return OVER;
  }

  /**
   * What any handle has written is on disk then: the system keeps the data by file, not by handle. All who come
   * while one is under way have the next one together.
   */
  *flush(): Co {
    const asked = ++this.#asked;
    using _ = yield* this.#flushing.lock();
    if (this.#flushed >= asked) return;
    const all = this.#asked;
    yield* until(this.#flusher.syncData());
    this.#flushed = all;
  }

  extents(_offset: number, length: number): Iterable<Extent> {
    return [{ length, state: 0 }];
  }

  close(): void {
    for (const handles of [this.#flusher, this.#handles, this.#longHandles]) handles.close();
    closeSync(this.#quick);
  }

  /** Calls the system until all bytes have been moved: has that taken long? */
  #isSlow(
    move: (fd: number, bytes: Uint8Array, at: number, length: number, position: number) => number,
    bytes: Uint8Array,
    offset: number,
  ): boolean {
    const { length } = bytes;
    const begun = performance.now();
    for (let at = 0; at < length;) {
      at += moved(move(this.#quick, bytes, at, length - at, offset + at) || null);
    }
    return performance.now() - begun > SLOW;
  }

  *#read(offset: number, length: number): Co<readonly Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    const lends = length >= LEND_FROM;
    for (let at = 0; at < length; at += PIECE) {
      const n = Math.min(PIECE, length - at);
      const piece = lends ? this.#buffers.take(n) : new Uint8Array(n);
      pieces.push(piece);
      using lease = yield* this.#lease(length);
      const { file } = lease;
      file.seekSync(offset + at, Deno.SeekMode.Start);
      for (let m = 0; m < n;) m += moved(yield* until(file.read(piece.subarray(m))));
    }
    this.#warm.add(offset, length);
    return pieces;
  }

  *#write(offset: number, bytes: Uint8Array, lasting: boolean): Co {
    const { length } = bytes;
    const copy = lasting ? null : this.#buffers.take(length);
    // INVARIANT: before the first wait.
    copy?.set(bytes);
    const source = copy ?? bytes;
    for (let at = 0; at < length; at += PIECE) {
      yield* this.#writePiece(offset + at, source.subarray(at, at + PIECE));
    }
    if (copy !== null) this.#buffers.giveBack(copy);
    this.#warm.add(offset, length);
    this.#writable.add(offset, length);
  }

  *#writePiece(offset: number, bytes: Uint8Array): Co {
    using lease = yield* this.#lease(bytes.length);
    const { file } = lease;
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) at += yield* until(file.write(bytes.subarray(at)));
  }

  #lease(length: number): ReturnType<Handles["lease"]> {
    return (length <= SHORT ? this.#handles : this.#longHandles).lease();
  }
}

/** How many bytes a call has moved; the file may have become shorter. */
function moved(n: number | null): number {
  if (n !== null) return n;
  throw new Error("Cannot read the file: expected as many bytes as it had, got fewer");
}
