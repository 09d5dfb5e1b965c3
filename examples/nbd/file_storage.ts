/**
 * A block device in a file.
 *
 * @module
 */
import { type Co, CoSemaphore, type Suspension, until } from "@cofn/coroutine";
import { type Extent, OVER, type Storage } from "./storage.ts";

/** So many requests are in the hands of the system at once. */
const HANDLES = 4;
/** Zeroes are written in pieces of this size. */
const ZEROES = new Uint8Array(2 ** 20);

/** Opens a file that exists, or a block device; throws what `Deno.openSync` throws. */
export function openedFile(path: string, readOnly: boolean): Deno.FsFile {
  const { isFile, isBlockDevice, isCharDevice } = Deno.statSync(path);
  if (!isFile && isBlockDevice !== true && isCharDevice !== true) {
    throw new Error(`Cannot serve ${path}: expected a file or a block device`);
  }
  return Deno.openSync(path, { read: true, write: !readOnly });
}

/**
 * A file of a size that does not change. An open file has one position, so whoever seeks in it must be
 * alone until it has read; hence the file is opened several times, and each request takes one
 * of these handles for as long as it lasts.
 */
export class FileStorage implements Storage {
  readonly size: number;
  readonly description: string;
  readonly instant = false;
  readonly sparse = false;
  readonly #all: readonly Deno.FsFile[];
  readonly #idle: Deno.FsFile[];
  // INVARIANT: there are as many permits as idle handles, so who has one finds the other.
  readonly #permits: CoSemaphore;

  private constructor(description: string, handles: readonly Deno.FsFile[], size: number) {
    this.description = description;
    this.size = size;
    this.#all = handles;
    this.#idle = [...handles];
    this.#permits = new CoSemaphore(handles.length, description);
  }

  /**
   * Opens a file that exists, or a block device.
   *
   * @param path Where it is.
   * @param readOnly Whether it is opened for reading only.
   * @returns The storage, of the size that the file has now.
   * @throws What `Deno.openSync` throws.
   */
  static open(path: string, readOnly: boolean): FileStorage {
    const handles: Deno.FsFile[] = [];
    try {
      while (handles.length < HANDLES) {
        handles.push(openedFile(path, readOnly));
      }
      // What stat says of the size of a block device is 0.
      const size = handles[0]?.seekSync(0, Deno.SeekMode.End) ?? 0;
      return new FileStorage(`file ${path}`, handles, size);
    } catch (error) {
      for (const handle of handles) handle.close();
      throw error;
    }
  }

  *read(offset: number, length: number): Co<readonly Uint8Array[]> {
    using lease = yield* this.#lease();
    const { file } = lease;
    const bytes = new Uint8Array(length);
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < length;) {
      const n = yield* until(file.read(bytes.subarray(at)));
      if (n === null) {
        throw new Error(`Cannot read ${this.description}: expected ${this.size} bytes, got fewer`);
      }
      at += n;
    }
    return [bytes];
  }

  *write(offset: number, bytes: Uint8Array): Co {
    using lease = yield* this.#lease();
    const { file } = lease;
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) at += yield* until(file.write(bytes.subarray(at)));
  }

  *zero(offset: number, length: number): Co {
    for (let at = 0; at < length; at += ZEROES.length) {
      yield* this.write(offset + at, ZEROES.subarray(0, Math.min(ZEROES.length, length - at)));
    }
  }

  /** Does nothing: Deno has no call that punches a hole. */
  trim(): Suspension<void> {
    return OVER;
  }

  /** What any handle has written is on disk then: the system keeps the data by file, not by handle. */
  *flush(): Co {
    using lease = yield* this.#lease();
    yield* until(lease.file.syncData());
  }

  extents(_offset: number, length: number): Iterable<Extent> {
    return [{ length, state: 0 }];
  }

  close(): void {
    for (const handle of this.#all) handle.close();
  }

  /** A handle, for as long as the caller's block lasts; what waits with it must not be cancelled. */
  *#lease(): Co<Disposable & { readonly file: Deno.FsFile }> {
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
}
