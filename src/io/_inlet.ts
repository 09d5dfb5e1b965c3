/**
 * The inside of a reader: bytes that have come from a source, and those who wait for more, in order.
 *
 * @module
 */
import { type From, promised, wrongCount } from "./_bytes.ts";
import { core, type Coroutine } from "../core/coroutine.ts";
import { HostList } from "../core/_host_list.ts";
import { soon } from "../time/_host.ts";
import type { Wait } from "../time/_limits.ts";
import { kindOf } from "../core/_given.ts";
import { Watchers } from "../contexts/_source.ts";
import { Spot } from "../core/_spot.ts";

const { flushByHost, grant, placeOf, SUSPENDED } = core;

type AnyCo = Coroutine<unknown>;

const NEWLINE = 10;

/** The bytes, and those who wait for them. */
export class Inlet extends HostList {
  override readonly refusal = "already-scheduled";
  readonly scheduledBy = "CoReader";
  readonly #name: string;
  readonly #from: From;
  readonly #size: number;
  #buffer: Uint8Array;
  /** What is buffered lies from here … */
  #start = 0;
  /** … to here. */
  #end = 0;
  /** How many bytes were taken before those. */
  #taken = 0;
  /** Whether the host is reading, into what lies behind that. */
  #pulling = false;
  #ended = false;
  /** What reading has failed with: told when all that came before it was taken. */
  #failure: { readonly error: unknown } | null = null;
  readonly #watchers: Watchers = new Watchers();
  /** Whose wait is over, and who has not run since: it is its turn. */
  #going: AnyCo | null = null;

  /**
   * @param name What errors call it.
   * @param from Where the bytes come from.
   * @param size How many it reads ahead.
   */
  constructor(name: string, from: From, size: number) {
    super();
    this.#name = name;
    this.#from = from;
    this.#size = size;
    this.#buffer = new Uint8Array(size);
  }

  get buffered(): number {
    return this.#end - this.#start;
  }

  /** The first `n` that are buffered. */
  bytes(n: number): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#start + n);
  }

  /** How many bytes were taken in all. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether no more will come. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether a read would not wait. */
  get ready(): boolean {
    return this.#start < this.#end || this.closed;
  }

  /** Whether no more will come, as the end has come or reading has failed. */
  get closed(): boolean {
    return this.#ended || this.#failure !== null;
  }

  /** Throws what reading has failed with, if it has. */
  mustNotHaveFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  watch(changed: () => void): () => void {
    const unwatch = this.#watchers.add(changed);
    if (!this.ready) this.pull(1);
    return unwatch;
  }

  /** Whether it is somebody else's turn. */
  isOthersTurn(): boolean {
    return !this.empty || this.#going?.status === "suspended";
  }

  /** It is the turn of the one that runs: whoever has waited can begin. */
  begin(): void {
    this.#going = null;
  }

  skip(n: number): void {
    this.#start += n;
    this.#taken += n;
    // While the host reads, what it is to write to lies behind the end.
    if (this.#start === this.#end && !this.#pulling) this.#reset();
    if (this.#watchers.size > 0 && !this.ready) this.pull(1);
  }

  cancel(): void {
    this.#ended = true;
    this.#from.cancel();
    this.#changed();
  }

  /**
   * Lets the one that has waited longest go on, if its wait is over; else asks the host for more. Whoever
   * goes on tells the next one: it may leave bytes.
   */
  tell(): void {
    const { first } = this;
    if (first === null || this.#going?.status === "suspended") return;
    const wait = placeOf(first) as Fill;
    if (!wait.isOver) {
      try {
        this.pull(wait.needs);
        return;
      } catch (error) {
        // There is no memory for so many: that is its own affair.
        wait.failure = { error };
      }
    }
    this.shift();
    this.#going = first;
    grant(first);
  }

  /** One has given up: those behind it may need less. */
  override forget(co: AnyCo): void {
    super.forget(co);
    this.tell();
  }

  /** Makes room for so many bytes in all; while the host reads, there is none to be made. */
  makeRoom(n: number): void {
    if (this.#pulling) return;
    const { buffered } = this;
    const old = this.#buffer;
    if (this.#end < old.length && this.#start + n <= old.length) return;
    const need = Math.max(n, buffered + 1);
    if (need > old.length) this.#buffer = new Uint8Array(Math.max(need, 2 * old.length));
    this.#buffer.set(old.subarray(this.#start, this.#end));
    this.#start = 0;
    this.#end = buffered;
  }

  /** Lets the host read, into room for `n` bytes in all. */
  pull(n: number): void {
    if (this.#pulling || this.closed) return;
    this.makeRoom(n);
    this.#pulling = true;
    let pulled: Promise<number | Uint8Array | null>;
    try {
      pulled = promised(this.#from.pull(this.#buffer.subarray(this.#end)));
    } catch (error) {
      pulled = Promise.reject(error);
    }
    pulled.then((got) => this.#pulled(got), (error) => this.#failed(error));
  }

  override toString(): string {
    return this.#name;
  }

  /** The buffer is empty: it begins anew, and room that was made for more than usual is given back. */
  #reset(): void {
    this.#start = this.#end = 0;
    if (this.#buffer.length > 4 * this.#size) this.#buffer = new Uint8Array(this.#size);
  }

  #pulled(got: number | Uint8Array | null): void {
    this.#pulling = false;
    const { buffered } = this;
    try {
      if (got === null) this.#ended = true;
      else this.#take(got);
    } catch (error) {
      return this.#failed(error);
    }
    // The host must have its turn if it has given nothing, as it will be asked again.
    if (!this.#ended && this.buffered === buffered) soon(() => this.#changed());
    else this.#changed();
  }

  #take(got: number | Uint8Array): void {
    if (typeof got !== "object") {
      const wrong = wrongCount("read", got, 0, this.#buffer.length - this.#end);
      if (wrong !== null) throw wrong;
      this.#end += got;
      return;
    }
    if (!(got instanceof Uint8Array)) {
      throw new TypeError(
        `Cannot read: expected read() to answer with a number of bytes, got ${kindOf(got)}`,
      );
    }
    this.makeRoom(this.buffered + got.length);
    this.#buffer.set(got, this.#end);
    this.#end += got.length;
  }

  #failed(error: unknown): void {
    this.#pulling = false;
    // A stream that was let go of rejects its last read.
    if (!this.#ended) this.#failure = { error };
    this.#changed();
  }

  /** Something has come. */
  #changed(): void {
    this.tell();
    try {
      flushByHost();
    } finally {
      // Whoever has failed there keeps nobody else from being told.
      if (!this.ready && this.#watchers.size > 0) this.pull(1);
      this.#watchers.tell();
    }
  }
}

/** One wait for so many bytes. */
export class Fill extends Spot implements Wait<boolean> {
  readonly inlet: Inlet;
  readonly #n: number;
  /** What it fails with, when its turn comes. */
  failure: { readonly error: unknown } | null = null;
  #begun = false;

  constructor(inlet: Inlet, n: number, what: string = ` (${n} ${n === 1 ? "byte" : "bytes"})`) {
    super(inlet, what);
    this.inlet = inlet;
    this.#n = n;
  }

  /** How many bytes must be buffered. */
  get needs(): number {
    return this.#n;
  }

  /** Whether what it waits for is buffered. */
  get isThere(): boolean {
    return this.inlet.buffered >= this.#n;
  }

  /** Whether it is over, in one way or the other. */
  get isOver(): boolean {
    return this.isThere || this.inlet.closed;
  }

  [Symbol.iterator](): Fill {
    return this.#begun ? new Fill(this.inlet, this.#n) : this;
  }

  /** Ends the wait if it is over; else waits, or waits on, before all others. */
  next(): IteratorResult<void, boolean> {
    const { inlet } = this;
    if (!this.#begun && inlet.isOthersTurn()) {
      inlet.park(this);
      this.#begun = true;
      return SUSPENDED;
    }
    if (this.#begun) inlet.begin();
    let value: boolean | undefined;
    try {
      value = this.#outcome();
      if (value === undefined) inlet.makeRoom(this.needs);
      else if (this.#begun) inlet.tell();
    } catch (error) {
      if (this.#begun) inlet.tell();
      throw error;
    }
    if (value !== undefined) return { done: true, value };
    inlet.parkFirst(this);
    this.#begun = true;
    inlet.pull(this.needs);
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  /** Whether it is there; undefined if it may still come. */
  #outcome(): boolean | undefined {
    if (this.failure !== null) throw this.failure.error;
    if (this.isThere) return true;
    this.inlet.mustNotHaveFailed();
    return this.inlet.ended ? false : undefined;
  }
}

/** One wait for a line, or more than may be in one. */
export class LineFill extends Fill {
  readonly #most: number;
  /** Before this place, counted from the first byte that ever came, there is no newline. */
  #looked = 0;

  constructor(inlet: Inlet, most: number) {
    super(inlet, 1, " (a line)");
    this.#most = most;
  }

  override get needs(): number {
    return this.inlet.buffered + 1;
  }

  /** How long it is: to its newline, or to where it is too long. */
  get length(): number {
    return this.#looked - this.inlet.taken;
  }

  override get isThere(): boolean {
    const { inlet } = this;
    const bytes = inlet.bytes(inlet.buffered);
    const at = bytes.indexOf(NEWLINE, Math.max(0, this.#looked - inlet.taken));
    this.#looked = inlet.taken + (at < 0 ? bytes.length : at);
    // The end of a line may have one byte more.
    return at >= 0 || this.length > this.#most + 1;
  }
}
