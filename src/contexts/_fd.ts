/**
 * Raw file descriptors of Linux, by one poll over all of them: opened only when it is used.
 *
 * @module
 */
import { CoroutineError } from "../core/errors.ts";
import { soon } from "../time/_host.ts";
import { type Source, Watchers } from "./_source.ts";

const POLLIN = 1;
const ERRORS = 0x38; // POLLERR, POLLHUP and POLLNVAL
const NONBLOCK = 0o4000;
/** The bytes of a `struct pollfd`. */
const SIZE = 8;

const SYMBOLS = {
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  pollWaiting: {
    name: "poll",
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
  read: { parameters: ["i32", "buffer", "u64"], result: "i64" },
  write: { parameters: ["i32", "buffer", "u64"], result: "i64" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** The descriptors that somebody watches, and the one call of the host's that waits for all of them. */
class Poller {
  readonly #library = Deno.dlopen("libc.so.6", SYMBOLS);
  readonly #lib = this.#library.symbols;
  /** Ends the call when there is another descriptor. */
  readonly #wakeFd = this.#lib.eventfd(0, NONBLOCK);
  /** Those that are waited for: one that is found ready is not, until somebody has found that it is not. */
  readonly #armed = new Map<number, Set<FdSource>>();
  #waiting = false;
  #resting = false;

  /** @throws {CoroutineError} `unsupported` if no descriptor is left for it. */
  static open(): Poller {
    const poller = new Poller();
    if (poller.#wakeFd >= 0) return poller;
    poller.#library.close();
    throw new CoroutineError(
      "unsupported",
      "Cannot wait for a raw descriptor: this process has no descriptor left (raise its limit: ulimit -n)",
    );
  }

  /** Whether it can be read now, has ended, or is no descriptor. */
  isReady(fd: number): boolean {
    this.#restLater();
    const one = pollfds([fd]);
    return this.#lib.poll(one, 1n, 0) > 0 && isReadyIn(one, 0);
  }

  arm(fd: number, source: FdSource): void {
    const those = this.#armed.get(fd);
    if (those !== undefined) return void those.add(source);
    this.#armed.set(fd, new Set([source]));
    if (this.#waiting) this.#wake();
    else void this.#wait();
  }

  disarm(fd: number, source: FdSource): void {
    const those = this.#armed.get(fd);
    if (those?.delete(source) !== true || those.size > 0) return;
    this.#armed.delete(fd);
    // Nobody waits for it any more: the program may end.
    if (this.#waiting) this.#wake();
  }

  #wake(): void {
    this.#lib.write(this.#wakeFd, new BigUint64Array([1n]), 8n);
  }

  async #wait(): Promise<void> {
    this.#waiting = true;
    while (this.#armed.size > 0) {
      const fds = [this.#wakeFd, ...this.#armed.keys()];
      const all = pollfds(fds);
      await this.#lib.pollWaiting(all, BigInt(fds.length), -1);
      if (isReadyIn(all, 0)) this.#lib.read(this.#wakeFd, new Uint8Array(8), 8n);
      for (let i = 1; i < fds.length; i++) {
        if (!isReadyIn(all, i)) continue;
        // INVARIANT: below its length, there is a descriptor.
        const fd = fds[i]!;
        const those = this.#armed.get(fd) ?? [];
        this.#armed.delete(fd);
        for (const source of those) tell(source);
      }
    }
    this.#waiting = false;
    this.#restLater();
  }

  /** Gives back what it has of the host's, unless somebody needs it in the next turn. */
  #restLater(): void {
    if (this.#resting) return;
    this.#resting = true;
    soon(() => {
      this.#resting = false;
      if (this.#waiting || poller !== this) return;
      poller = undefined;
      this.#lib.close(this.#wakeFd);
      this.#library.close();
    });
  }
}

/** Whoever fails then is heard of, and keeps nobody else from being told. */
function tell(source: FdSource): void {
  try {
    source.tell();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function pollfds(fds: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIZE * fds.length);
  const view = new DataView(bytes.buffer);
  fds.forEach((fd, i) => {
    view.setInt32(SIZE * i, fd, true);
    view.setInt16(SIZE * i + 4, POLLIN, true);
  });
  return bytes;
}

function isReadyIn(bytes: Uint8Array<ArrayBuffer>, i: number): boolean {
  const revents = new DataView(bytes.buffer).getInt16(SIZE * i + 6, true);
  return (revents & (POLLIN | ERRORS)) !== 0;
}

/** Opened when it is used. */
let poller: Poller | undefined;
const pollerNow = (): Poller => poller ??= Poller.open();

/** A raw descriptor as a source. */
class FdSource implements Source {
  readonly #fd: number;
  readonly #watchers = new Watchers();

  constructor(fd: number) {
    this.#fd = fd;
  }

  get ready(): boolean {
    const now = pollerNow();
    if (now.isReady(this.#fd)) return true;
    if (this.#watchers.size > 0) now.arm(this.#fd, this);
    return false;
  }

  watch(changed: () => void): () => void {
    const unwatch = this.#watchers.add(changed);
    pollerNow().arm(this.#fd, this);
    return () => {
      unwatch();
      if (this.#watchers.size === 0) poller?.disarm(this.#fd, this);
    };
  }

  tell(): void {
    this.#watchers.tell();
  }

  toString(): string {
    return `descriptor ${this.#fd}`;
  }
}

/** The source of a descriptor. */
export function fdSource(fd: number): Source {
  if (!(Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31)) {
    throw new RangeError(
      `Cannot wait until descriptor ${fd} is readable: expected an integer from 0 to 2,147,483,647`,
    );
  }
  if (globalThis.Deno?.build?.os !== "linux") {
    throw new CoroutineError(
      "unsupported",
      "Cannot wait for a raw descriptor: that is there on Linux with Deno alone (read from it by a " +
        "CoReader)",
    );
  }
  return new FdSource(fd);
}
