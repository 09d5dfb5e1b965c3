/**
 * One wait of the host's for all raw descriptors that somebody watches.
 *
 * @module
 */
import { CoroutineError } from "../core/errors.ts";
import { host } from "../core/_report.ts";

const POLLIN = 1;
const ERRORS = 0x38; // POLLERR, POLLHUP and POLLNVAL
const NONBLOCK = 0o4000;
/** The bytes of a `struct pollfd`. */
const SIZE = 8;

type Bytes = Uint8Array<ArrayBuffer>;

/** What there is to call of the C library. */
export interface Libc {
  eventfd(count: number, flags: number): number;
  poll(fds: Bytes, count: bigint, milliseconds: number): number;
  /** The same in a thread of the host's, which may wait. */
  pollWaiting(fds: Bytes, count: bigint, milliseconds: number): PromiseLike<number>;
  read(fd: number, into: Bytes, count: bigint): unknown;
  write(fd: number, from: BigUint64Array<ArrayBuffer>, count: bigint): unknown;
  close(fd: number): unknown;
  /** It is not called any more. */
  unload(): void;
}

/** What a poller needs of the host. */
export interface PollHost {
  /** Gives the C library. */
  open(): Libc;
  /** Calls in a later turn. */
  soon(call: () => void): void;
}

/** Whoever is told that a descriptor is ready. */
export interface Told {
  tell(): void;
}

/** The descriptors that somebody watches, and the one call of the host's that waits for all of them. */
export class Poller {
  readonly #host: PollHost;
  /** There while it is used. */
  #libc: Libc | null = null;
  /** Ends the call when there is another descriptor. */
  #wakeFd = -1;
  /** Those that are waited for: one that is found ready is not, until somebody has found that it is not. */
  readonly #armed = new Map<number, Set<Told>>();
  #waiting = false;
  #resting = false;

  constructor(host: PollHost) {
    this.#host = host;
  }

  /** Whether it has anything of the host's. */
  get open(): boolean {
    return this.#libc !== null;
  }

  /**
   * Whether it can be read now, has ended, or is no descriptor.
   *
   * @throws {CoroutineError} `unsupported` if no descriptor is left to wait with.
   */
  isReady(fd: number): boolean {
    const libc = this.#use();
    this.#restLater();
    const one = pollfds([fd]);
    return libc.poll(one, 1n, 0) > 0 && isReadyIn(one, 0);
  }

  /** Whether somebody waits to be told. */
  isArmed(fd: number, told: Told): boolean {
    return this.#armed.get(fd)?.has(told) === true;
  }

  /**
   * Tells once when it is ready.
   *
   * @throws {CoroutineError} `unsupported` if no descriptor is left to wait with.
   */
  arm(fd: number, told: Told): void {
    const libc = this.#use();
    const those = this.#armed.get(fd);
    if (those !== undefined) return void those.add(told);
    this.#armed.set(fd, new Set([told]));
    // INVARIANT(handlers: "the host is asked for what is armed, or is about to be"): the call under way
    // knows nothing of it.
    if (this.#waiting) this.#wake(libc);
    else this.#wait(libc);
  }

  disarm(fd: number, told: Told): void {
    const those = this.#armed.get(fd);
    if (those?.delete(told) !== true || those.size > 0) return;
    this.#armed.delete(fd);
    // Nobody waits for it any more: the program may end.
    if (this.#waiting) this.#wake(this.#use());
  }

  #use(): Libc {
    if (this.#libc !== null) return this.#libc;
    const libc = this.#host.open();
    const wakeFd = libc.eventfd(0, NONBLOCK);
    if (wakeFd < 0) {
      libc.unload();
      throw new CoroutineError(
        "unsupported",
        "Cannot wait for a raw descriptor: this process has no descriptor left (raise its limit: ulimit -n)",
      );
    }
    this.#wakeFd = wakeFd;
    return this.#libc = libc;
  }

  #wake(libc: Libc): void {
    libc.write(this.#wakeFd, new BigUint64Array([1n]), 8n);
  }

  #wait(libc: Libc): void {
    this.#waiting = true;
    const fds = [this.#wakeFd, ...this.#armed.keys()];
    const all = pollfds(fds);
    libc.pollWaiting(all, BigInt(fds.length), -1).then(() => this.#found(libc, fds, all));
  }

  /** The host has come back. */
  #found(libc: Libc, fds: readonly number[], all: Bytes): void {
    if (isReadyIn(all, 0)) libc.read(this.#wakeFd, new Uint8Array(8), 8n);
    for (let i = 1; i < fds.length; i++) {
      if (!isReadyIn(all, i)) continue;
      // INVARIANT: below its length, there is a descriptor.
      const fd = fds[i]!;
      const those = this.#armed.get(fd) ?? [];
      this.#armed.delete(fd);
      for (const one of those) tell(one);
    }
    if (this.#armed.size > 0) return this.#wait(libc);
    this.#waiting = false;
    this.#restLater();
  }

  /** Gives back what it has of the host's, unless somebody needs it in the next turn. */
  #restLater(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#host.soon(() => {
      this.#resting = false;
      const libc = this.#libc;
      if (this.#waiting || libc === null) return;
      this.#libc = null;
      libc.close(this.#wakeFd);
      libc.unload();
    });
  }
}

/** Whoever fails then is heard of, and keeps nobody else from being told. */
function tell(one: Told): void {
  try {
    one.tell();
  } catch (error) {
    host.report(error);
  }
}

function pollfds(fds: readonly number[]): Bytes {
  const bytes = new Uint8Array(SIZE * fds.length);
  const view = new DataView(bytes.buffer);
  fds.forEach((fd, i) => {
    view.setInt32(SIZE * i, fd, true);
    view.setInt16(SIZE * i + 4, POLLIN, true);
  });
  return bytes;
}

function isReadyIn(bytes: Bytes, i: number): boolean {
  const revents = new DataView(bytes.buffer).getInt16(SIZE * i + 6, true);
  return (revents & (POLLIN | ERRORS)) !== 0;
}
