/**
 * A C library whose descriptors can be read when somebody says so, and that comes back when it is told to.
 *
 * @module
 */
import type { Libc, PollHost } from "../../../src/contexts/_poller.ts";

const POLLIN = 1;
/** The bytes of a `struct pollfd`. */
const SIZE = 8;
const WAKE_FD = 1000;

/** One call that waits. */
interface Call {
  readonly fds: Uint8Array<ArrayBuffer>;
  /** The answer comes to whoever has called. */
  answer: (count: number) => void;
}

/** What a poller has of the host's. */
export class PlannedHost implements PollHost, Libc {
  /** The descriptors that can be read. */
  readonly readable = new Set<number>();
  /** The call that waits, and whether it has found something. */
  call: Call | undefined;
  back = false;
  /** What the host will call in a later turn. */
  turn: (() => void) | undefined;
  #open = false;

  open(): Libc {
    if (this.#open) throw new Error("It is open already");
    this.#open = true;
    return this;
  }

  soon(turn: () => void): void {
    if (this.turn !== undefined) throw new Error("A turn is due already");
    this.turn = turn;
  }

  eventfd(): number {
    return WAKE_FD;
  }

  poll(fds: Uint8Array<ArrayBuffer>, _: bigint, timeout: number): number {
    this.#mustBeOpen();
    if (timeout !== 0) throw new Error("A look stops the thread");
    return this.#look(fds);
  }

  pollWaiting(fds: Uint8Array<ArrayBuffer>): PromiseLike<number> {
    this.#mustBeOpen();
    if (this.call !== undefined) throw new Error("Two calls wait at once");
    const call: Call = this.call = { fds, answer: () => {} };
    // INVARIANT: the poller makes no use of what `then` returns.
    return {
      then: (answer: (count: number) => void) => void (call.answer = answer),
    } as unknown as PromiseLike<number>;
  }

  read(fd: number): void {
    this.#mustBeOpen();
    this.readable.delete(fd);
  }

  write(fd: number): void {
    this.#mustBeOpen();
    this.readable.add(fd);
  }

  close(): void {
    this.readable.delete(WAKE_FD);
  }

  unload(): void {
    this.#mustBeOpen();
    this.#open = false;
  }

  /** Whether the call that waits is to come back, as there is something else to ask for. */
  get nudged(): boolean {
    return this.readable.has(WAKE_FD);
  }

  /** For which descriptors it waits. */
  get asked(): readonly number[] {
    return this.call === undefined ? [] : fdsIn(this.call.fds).filter((fd) => fd !== WAKE_FD);
  }

  /** The call has something, and does not tell yet. */
  find(): void {
    if (this.call !== undefined) this.#look(this.call.fds);
    this.back = true;
  }

  tell(): void {
    const { call } = this;
    this.call = undefined;
    this.back = false;
    call?.answer(1);
  }

  rest(): void {
    const { turn } = this;
    this.turn = undefined;
    turn?.();
  }

  #look(fds: Uint8Array<ArrayBuffer>): number {
    const view = new DataView(fds.buffer);
    const ready = fdsIn(fds).map((fd) => this.readable.has(fd));
    ready.forEach((is, i) => view.setInt16(SIZE * i + 6, is ? POLLIN : 0, true));
    return ready.filter((is) => is).length;
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error("The library is not open");
  }
}

function fdsIn(fds: Uint8Array<ArrayBuffer>): readonly number[] {
  const view = new DataView(fds.buffer);
  return Array.from({ length: fds.length / SIZE }, (_, i) => view.getInt32(SIZE * i, true));
}
