/**
 * Files in coroutines.
 *
 * @module
 */
import { Afresh } from "../core/_afresh.ts";
import type { Co, Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { kindOf, mustBeOptions, textOf } from "../core/_given.ts";
import { until } from "../core/until.ts";
import { wrongCount } from "./_bytes.ts";

/** The part of node's `fs` that is used here: it reads and writes at a position, many at once. */
interface Fs {
  open(path: string, flags: string, done: (error: Error | null, fd: number) => void): void;
  read: Transfer;
  write: Transfer;
  fdatasync(fd: number, done: (error: Error | null) => void): void;
  ftruncate(fd: number, size: number, done: (error: Error | null) => void): void;
  fstat(fd: number, done: (error: Error | null, stat: { readonly size: number }) => void): void;
  close(fd: number, done: (error: Error | null) => void): void;
}

type Transfer = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number,
  done: (error: Error | null, n: number) => void,
) => void;

function hostFs(): Fs {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  const fs = process?.getBuiltinModule?.("node:fs");
  if (fs === undefined) {
    throw new CoroutineError("unsupported", "Cannot open a file: this host has none");
  }
  // INVARIANT: it is node's own module, or that of a host that has the same.
  return fs as Fs;
}

/** How to open a file. */
export interface FileOptions {
  /** Whether it is only read: it must be there then. By default it is made if it is not. */
  readonly readOnly?: boolean | undefined;
}

/** Whoever constructs one has this: nobody elsewhere does. */
const HERE = Symbol();

/**
 * A file that coroutines read and write at any position, as many of them at once as there are. Each
 * method is a coroutine function: `yield* file.readAt(…)`. A call that the host has begun is carried
 * out, whatever becomes of the one that waits for it.
 *
 * @example
 * ```ts ignore
 * import { CoFile, Coroutine } from "@cofn/coroutine";
 *
 * Coroutine.create(function* () {
 *   const file = yield* CoFile.open("disk.img");
 *   try {
 *     yield* file.writeAt(4096, new TextEncoder().encode("hello"));
 *     yield* file.sync();
 *   } finally {
 *     yield* file.close();
 *   }
 * }).enter();
 * ```
 */
export class CoFile {
  /** Its path. */
  readonly path: string;
  readonly #fs: Fs;
  readonly #fd: number;
  /** Calls of the host's that are under way. */
  readonly #calls = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  private constructor(path: string, fs: Fs, fd: number, here: typeof HERE) {
    if (here !== HERE) {
      throw new TypeError("Cannot construct a file: open it by yield* CoFile.open(path)");
    }
    this.path = path;
    this.#fs = fs;
    this.#fd = fd;
  }

  /**
   * Opens a file. On Deno that takes the permissions `read` and, unless it is only read, `write`.
   *
   * @param path Where it is.
   * @param options How.
   * @returns What `yield*` takes. It is worth the file.
   * @throws The host's error: one of `node:fs`, whose `code` tells what it is, such as `ENOENT`.
   * @throws {CoroutineError} `unsupported` where the host has no files; `yield-to-no-one`.
   * @throws {TypeError} If there is an unknown option, at once.
   */
  static open(path: string, options: FileOptions = {}): Suspension<CoFile> {
    mustBeOptions("open a file", options, ["readOnly"]);
    return new Afresh(() => CoFile.#open(path, options));
  }

  /**
   * Reads from a position on, into all of `into` as far as the file goes.
   *
   * @param position Where to begin, in bytes.
   * @param into Where to put it.
   * @returns What `yield*` takes. It is worth how many bytes there were: fewer at the end of the file.
   * @throws {CoroutineError} `closed`; `yield-to-no-one`.
   * @throws {RangeError} If the position is no integer from 0 up.
   * @throws The host's error.
   */
  readAt(position: number, into: Uint8Array): Suspension<number> {
    return new Afresh(() => this.#all("read", 0, position, into, this.#fs.read));
  }

  /**
   * Writes at a position; the file grows if that lies behind its end.
   *
   * @param position Where to begin, in bytes.
   * @param bytes What to write, which must stay as it is until then.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `closed`; `yield-to-no-one`.
   * @throws {RangeError} If the position is no integer from 0 up.
   * @throws The host's error.
   */
  writeAt(position: number, bytes: Uint8Array): Suspension<void> {
    return new Afresh(() => this.#write(position, bytes));
  }

  /**
   * Waits until all that was written is on the disk.
   *
   * @throws {CoroutineError} `closed`; `yield-to-no-one`.
   * @throws The host's error.
   */
  sync(): Suspension<void> {
    return new Afresh(() => this.#call<void>("sync", (done) => this.#fs.fdatasync(this.#fd, done)));
  }

  /**
   * Its size.
   *
   * @returns What `yield*` takes. It is worth the size in bytes.
   * @throws {CoroutineError} `closed`; `yield-to-no-one`.
   * @throws The host's error.
   */
  size(): Suspension<number> {
    return new Afresh(() => this.#size());
  }

  /**
   * Makes it shorter, or longer by zeroes.
   *
   * @param size In bytes.
   * @throws {CoroutineError} `closed`; `yield-to-no-one`.
   * @throws {RangeError} If the size is no integer from 0 up.
   * @throws The host's error.
   */
  truncate(size: number): Suspension<void> {
    return new Afresh(() => {
      mustBePosition("truncate", size);
      return this.#call<void>("truncate", (done) => this.#fs.ftruncate(this.#fd, size, done));
    });
  }

  /**
   * Closes it, when the host has ended the calls that are under way; once is enough.
   *
   * @throws {CoroutineError} `yield-to-no-one`.
   * @throws The host's error.
   */
  close(): Suspension<void> {
    return new Afresh(() => until(this.#closing ??= this.#close())[Symbol.iterator]());
  }

  /** `CoFile "path"`. */
  toString(): string {
    return `CoFile "${this.path}"`;
  }

  static *#open(path: string, { readOnly = false }: FileOptions): Co<CoFile> {
    const fs = hostFs();
    const open = (flags: string): Promise<number> => promised((done) => fs.open(path, flags, done));
    const opening = readOnly ? open("r") : open("r+").catch(async (error) => {
      if (error.code !== "ENOENT") throw error;
      // Another one may make it meanwhile: then it must not be emptied.
      const made = await open("ax+");
      await promised<void>((done) => fs.close(made, done));
      return await open("r+");
    });
    try {
      return new CoFile(path, fs, yield* until(opening), HERE);
    } catch (error) {
      // Cancelled: nobody will ever close it.
      opening.then((fd) => fs.close(fd, () => {}), () => {});
      throw error;
    }
  }

  *#size(): Co<number> {
    const { size } = yield* this.#call<{ readonly size: number }>("look at", (done) => {
      this.#fs.fstat(this.#fd, done);
    });
    return size;
  }

  *#write(position: number, bytes: Uint8Array): Co {
    yield* this.#all("write", 1, position, bytes, this.#fs.write);
  }

  *#all(
    verb: string,
    least: number,
    position: number,
    bytes: Uint8Array,
    transfer: Transfer,
  ): Co<number> {
    if (!(bytes instanceof Uint8Array)) {
      throw new TypeError(`Cannot ${verb} ${this}: expected a Uint8Array, got ${kindOf(bytes)}`);
    }
    mustBePosition(verb, position);
    this.#mustBeOpen(verb);
    let n = 0;
    while (n < bytes.length) {
      const at = n;
      const moved = yield* this.#call<number>(verb, (done) => {
        transfer(this.#fd, bytes, at, bytes.length - at, position + at, done);
      });
      // Who writes nothing has not written all; there may be nothing to read.
      const wrong = wrongCount(verb, moved, least, bytes.length - at);
      if (wrong !== null) throw wrong;
      if (moved === 0) break;
      n += moved;
    }
    return n;
  }

  /** One call of the host's: between two of them it may be closed, and its descriptor be another file's. */
  *#call<T>(verb: string, call: (done: Done<T>) => void): Co<T> {
    this.#mustBeOpen(verb);
    const calling = promised(call);
    const ended = (): void => void this.#calls.delete(calling);
    this.#calls.add(calling);
    calling.then(ended, ended);
    return yield* until(calling);
  }

  async #close(): Promise<void> {
    // What the host has begun must not find another file under its number.
    await Promise.allSettled(this.#calls);
    await promised<void>((done) => this.#fs.close(this.#fd, done));
  }

  #mustBeOpen(verb: string): void {
    if (this.#closing !== null) {
      throw new CoroutineError("closed", `Cannot ${verb} ${this}: it was closed`);
    }
  }
}

type Done<T> = (error: Error | null, value: T) => void;

function promised<T>(call: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => error === null || error === undefined ? resolve(value) : reject(error));
  });
}

function mustBePosition(verb: string, position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw new RangeError(
    `Cannot ${verb} at ${textOf(position)}: expected an integer from 0 up`,
  );
}
