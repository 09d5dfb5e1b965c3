/**
 * A block device in a file, on several threads: each works on the file for some of the connections.
 *
 * @module
 */
import { type Co, CoMutex, Coroutine, IOThread, type Suspension, until } from "@cofn/coroutine";
import { type Extent, OVER, type Storage } from "./storage.ts";
import { moved } from "./file_thread.ts";
import type * as work from "./file_thread.ts";

type FileThread = IOThread<typeof work>;

const MODULE = new URL("./file_thread.ts", import.meta.url);

/** A storage for as long as the caller's block lasts. */
export interface Lease extends Disposable {
  readonly storage: Storage;
}

/** A thread, and how many connections it works for. */
interface Desk {
  readonly thread: FileThread;
  readonly storage: Storage;
  connections: number;
}

/** The threads: there are as many as the connections need, and they stay until `close`. */
export class FileThreads {
  readonly #path: string;
  readonly #size: number;
  readonly #readOnly: boolean;
  readonly #connectionsEach: number;
  readonly #desks: Desk[] = [];
  /** Those that could not be used: they end. */
  readonly #failed: Promise<void>[] = [];
  /** So that two connections do not start a thread each where one would do. */
  readonly #starting = new CoMutex("threads");

  /**
   * Prepares threads; none is started before somebody needs it.
   *
   * @param path Where the file is, or the block device.
   * @param size What clients are told, in bytes: it does not change.
   * @param readOnly Whether it is opened for reading only.
   * @param connectionsEach How many connections a thread works for.
   */
  constructor(path: string, size: number, readOnly: boolean, connectionsEach: number) {
    this.#path = path;
    this.#size = size;
    this.#readOnly = readOnly;
    this.#connectionsEach = connectionsEach;
  }

  /** How many threads there are. */
  get threads(): number {
    return this.#desks.length;
  }

  /**
   * The file, by a thread that has room for one more connection.
   *
   * @throws What opening the file has failed with, or starting a thread.
   */
  *lease(): Co<Lease> {
    using _ = yield* this.#starting.lock();
    const free = this.#desks.find(({ connections }) => connections < this.#connectionsEach);
    const desk = free ?? (yield* this.#start());
    desk.connections++;
    return {
      storage: desk.storage,
      [Symbol.dispose]: () => {
        desk.connections--;
      },
    };
  }

  /** Ends all threads; nobody may be using them. */
  async close(): Promise<void> {
    await Promise.all(this.#desks.splice(0).map(({ thread }) => end(thread)));
    await Promise.all(this.#failed.splice(0));
  }

  *#start(): Co<Desk> {
    const name = `file ${this.#desks.length + 1}`;
    const spawned = IOThread.spawn<typeof work>(MODULE, { name });
    try {
      const thread = yield* until(spawned);
      yield* thread.call("open", this.#path, this.#readOnly);
      const storage = new ThreadStorage(thread, this.#path, this.#size);
      const desk = { thread, storage, connections: 0 };
      this.#desks.push(desk);
      return desk;
    } catch (error) {
      // Nobody will use it, whenever it comes.
      this.#failed.push(spawned.then((thread) => thread.join(), () => {}));
      throw error;
    }
  }
}

async function end(thread: FileThread): Promise<void> {
  const closing = Coroutine.create(function* () {
    yield* thread.call("close");
  });
  closing.enter();
  await closing.done;
  await thread.join();
}

/** The file, as a thread works on it. */
class ThreadStorage implements Storage {
  readonly size: number;
  readonly description: string;
  readonly instant = false;
  readonly sparse = false;
  readonly #thread: FileThread;

  constructor(thread: FileThread, path: string, size: number) {
    this.#thread = thread;
    this.size = size;
    this.description = `file ${path}`;
  }

  *read(offset: number, length: number): Co<readonly Uint8Array[]> {
    return [yield* this.#thread.call("read", offset, length)];
  }

  write(offset: number, bytes: Uint8Array): Suspension<void> {
    if (bytes.length === 0) return OVER;
    return this.#thread.call("write", offset, moved(bytes));
  }

  zero(offset: number, length: number): Suspension<void> {
    return this.#thread.call("zero", offset, length);
  }

  /** Does nothing: see {@linkcode FileStorage}. */
  trim(): Suspension<void> {
    return OVER;
  }

  flush(): Suspension<void> {
    return this.#thread.call("flush");
  }

  extents(_offset: number, length: number): Iterable<Extent> {
    return [{ length, state: 0 }];
  }

  close(): void {}
}
