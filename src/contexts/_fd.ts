/**
 * Raw file descriptors of Linux as sources.
 *
 * @module
 */
import { CoroutineError } from "../core/errors.ts";
import { type Libc, Poller, type Told } from "./_poller.ts";
import { soon } from "../time/_host.ts";
import { type Source, Watchers } from "./_source.ts";

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

function openLibc(): Libc {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  return { ...library.symbols, unload: () => library.close() };
}

/** Who waits for the descriptors of this program. */
const poller = new Poller({ open: openLibc, soon });

/** A raw descriptor as a source. */
export class FdSource implements Source, Told {
  readonly #fd: number;
  readonly #poller: Poller;
  readonly #watchers = new Watchers();

  constructor(fd: number, poller: Poller) {
    this.#fd = fd;
    this.#poller = poller;
  }

  get ready(): boolean {
    if (this.#poller.isReady(this.#fd)) return true;
    if (this.#watchers.size > 0) this.#poller.arm(this.#fd, this);
    return false;
  }

  watch(changed: () => void): () => void {
    this.#poller.arm(this.#fd, this);
    const unwatch = this.#watchers.add(changed);
    return () => {
      unwatch();
      if (this.#watchers.size === 0) this.#poller.disarm(this.#fd, this);
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
  return new FdSource(fd, poller);
}
