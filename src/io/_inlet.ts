/**
 * The inside of a reader: bytes that have come from a source, and those who wait for more, in order.
 *
 * @module
 */
import { promised, wrongCount } from "./_bytes.ts";
import type { From } from "./_ends.ts";
import { core, type Coroutine } from "../core/coroutine.ts";
import { soon } from "../time/_host.ts";
import { kindOf } from "../core/_given.ts";
import { Watchers } from "../contexts/_source.ts";
import type { Place } from "../core/_place.ts";
import { HostList } from "../core/_host_list.ts";
import { host } from "../core/_report.ts";

const { cpu, flushByHost, grant, placeOf, WOKEN } = core;

type AnyCo = Coroutine<unknown>;

const NEWLINE = 10;
/** Up to so many bytes are copied sooner one by one. */
// EQUIVALENT(32 -> 33): from how many on is a matter of speed alone.
const FEW = 32;
const NOTHING = new Uint8Array(0);
/** The host is just asked to read, and has not answered. */
const BEGINNING: PromiseLike<never> = new Promise(() => {});

/** The place of one that waits: for what? */
export interface Need extends Place {
  /** How many bytes must be buffered. */
  readonly needs: number;
  /** Whether what it waits for is buffered. */
  readonly isThere: boolean;
}

/** The bytes, and those who wait for them. */
export class Inlet extends HostList {
  override readonly refusal = "already-scheduled";
  readonly scheduledBy = "CoReader";
  readonly #name: string;
  /** Where bytes come from; null when it was let go of. */
  #from: From | null;
  readonly #size: number;
  #buffer: Uint8Array;
  /** What is buffered lies from here … */
  #start = 0;
  /** … to here. */
  #end = 0;
  /** How many bytes were taken before those. */
  #taken = 0;
  /** Before this place, counted as those are, no byte that is buffered is a newline. */
  #looked = 0;
  /** What the host is reading, into what lies behind that. */
  #pulling: PromiseLike<unknown> | null = null;
  #ended = false;
  /** What reading has failed with: told when all that came before it was taken. */
  #failure: { readonly error: unknown } | null = null;
  readonly #watchers: Watchers = new Watchers();
  /** Whose wait is over, and who has not run since: it is its turn. */
  #going: AnyCo | null = null;
  /** Where it is until it runs. */
  #goingAt: Place | null = null;
  /** What its wait has failed with, through nobody else's fault. */
  #mishap: { readonly error: unknown } | null = null;

  /**
   * @param name What errors call it.
   * @param from Where the bytes come from.
   * @param room For as many as it reads ahead.
   */
  constructor(name: string, from: From, room: Uint8Array) {
    super();
    this.#name = name;
    this.#from = from;
    this.#size = room.length;
    this.#buffer = room;
    from.failed?.then(undefined, (error) => this.fail(error));
  }

  get buffered(): number {
    return this.#end - this.#start;
  }

  /** The first `n` that are buffered. */
  bytes(n: number): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#start + n);
  }

  /** One of those that are buffered. */
  at(i: number): number {
    // INVARIANT: so many are buffered.
    return this.#buffer[this.#start + i]!;
  }

  /** How many bytes there are before the first newline; -1 if none is buffered. */
  get line(): number {
    const { buffered } = this;
    const looked = Math.max(0, this.#looked - this.#taken);
    let at = looked;
    const near = Math.min(buffered, looked + FEW);
    while (at < near && this.#buffer[this.#start + at] !== NEWLINE) at++;
    // EQUIVALENT(at === near -> true): a newline that was found is found again.
    // EQUIVALENT(at < buffered -> true): behind what is buffered none is found.
    if (at === near) at = at < buffered ? this.bytes(buffered).indexOf(NEWLINE, at) : -1;
    // EQUIVALENT(+ -> -): what is looked at once more is a matter of speed alone.
    this.#looked = this.#taken + (at < 0 ? buffered : at);
    return at;
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

  /** Whether nobody waits, nor has waited and is still to run. */
  get isFree(): boolean {
    return this.#going === null && this.empty;
  }

  /** Whether it is somebody else's turn. */
  isOthersTurn(): boolean {
    return !this.empty || this.#isGoing;
  }

  /**
   * Whether the one whose turn it is has not run since. One that has, and has not come here, has lost the generator that
   * has waited, as another one has run that, too: it is nobody's turn then.
   */
  get #isGoing(): boolean {
    const going = this.#going;
    if (going?.status !== "suspended") return false;
    const place = placeOf(going);
    return place === WOKEN || place === this.#goingAt;
  }

  /** Whether it is the turn of the one that runs, as it has waited. */
  isItsTurn(): boolean {
    return this.#going !== null && this.#going === cpu.current;
  }

  /** The one that has waited takes its turn. */
  begin(): void {
    this.#going = null;
    const mishap = this.#mishap;
    this.#mishap = null;
    if (mishap !== null) throw mishap.error;
  }

  /** Takes the first `n` that are buffered. */
  take(n: number): Uint8Array {
    const bytes = new Uint8Array(n);
    const [from, start] = [this.#buffer, this.#start];
    // EQUIVALENT(n > FEW -> …): either way gives the same.
    // EQUIVALENT(> -> …): either way gives the same.
    if (n > FEW) bytes.set(from.subarray(start, start + n));
    // INVARIANT: so many are buffered.
    // EQUIVALENT(< -> <=): nothing is stored behind the end.
    else for (let i = 0; i < n; i++) bytes[i] = from[start + i]!;
    this.skip(n);
    return bytes;
  }

  skip(n: number): void {
    this.#start += n;
    this.#taken += n;
    // While the host reads, what it is to write to lies behind the end.
    if (this.#start === this.#end && this.#pulling === null) this.#reset();
    if (this.#watchers.size > 0 && !this.ready) this.pull(1);
  }

  /** Lets go of all: what is buffered, what the host is reading, and where it comes from. */
  cancel(): void {
    const from = this.#from;
    if (from === null) return;
    this.#from = null;
    this.#ended = true;
    // INVARIANT(co_reader: "nothing is dropped before it is cancelled, and nothing is left then").
    this.#start = this.#end = 0;
    this.#buffer = NOTHING;
    try {
      // Where it is just being read, what has begun is not known yet.
      if (this.#pulling !== BEGINNING) from.cancel(this.#pulling);
    } finally {
      this.#changed();
    }
  }

  /**
   * Lets the one that has waited longest go on, if its wait is over; else asks the host for more. Whoever
   * goes on tells the next one: it may leave bytes.
   */
  tell(): void {
    const { first } = this;
    if (first === null || this.#isGoing) return;
    this.#mishap = null;
    // INVARIANT: whoever stands in its list has such a place.
    const need = placeOf(first) as Need;
    if (!need.isThere && !this.closed) {
      try {
        this.pull(need.needs);
        return;
      } catch (error) {
        // There is no memory for so many: that is its own affair.
        this.#mishap = { error };
      }
    }
    this.shift();
    this.#going = first;
    grant(first);
    this.#goingAt = placeOf(first);
  }

  /** One has given up: those behind it may need less. */
  override forget(co: AnyCo): void {
    super.forget(co);
    this.tell();
  }

  /** Makes room for so many bytes in all; while the host reads, there is none to be made. */
  makeRoom(n: number): void {
    if (this.#pulling !== null) return;
    const { buffered } = this;
    const old = this.#buffer;
    if (this.#end < old.length && this.#start + n <= old.length) return;
    // EQUIVALENT(+ -> -): where there is no room, more is needed than is buffered.
    const need = Math.max(n, buffered + 1);
    if (need > old.length) this.#buffer = new Uint8Array(Math.max(need, 2 * old.length));
    this.#buffer.set(old.subarray(this.#start, this.#end));
    this.#start = 0;
    this.#end = buffered;
  }

  /** Lets the host read, into room for `n` bytes in all. */
  pull(n: number): void {
    const from = this.#from;
    if (from === null || this.#pulling !== null || this.closed) return;
    this.makeRoom(n);
    // The source may be of the user's making, and come back here: it is read once at a time.
    this.#pulling = BEGINNING;
    const pulling = this.#pulling = promised(() => from.pull(this.#buffer.subarray(this.#end)));
    if (this.#from === null) {
      // It was let go of meanwhile.
      try {
        from.cancel(pulling);
      } catch (error) {
        host.report(error);
      }
    }
    pulling.then((got) => this.#pulled(got), (error) => this.#failed(error));
  }

  /** Reading has failed, or the source by itself: for good, and what it has failed with first is told. */
  fail(error: unknown): void {
    // One that was let go of rejects its last read.
    if (this.#from === null) return;
    this.#failure ??= { error };
    this.#changed();
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
    this.#pulling = null;
    // What comes after it was let go of is nobody's.
    if (this.#from === null) return;
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
    this.#pulling = null;
    this.fail(error);
  }

  /** Something has come. */
  #changed(): void {
    this.tell();
    try {
      flushByHost();
      // Whoever has gone on tells the next one, unless it has not come here.
      while (this.#going !== null && !this.#isGoing && !this.empty) {
        this.#going = null;
        this.tell();
        flushByHost();
      }
    } finally {
      // Whoever has failed there keeps nobody else from being told.
      if (!this.ready && this.#watchers.size > 0) this.pull(1);
      this.#watchers.tell();
    }
  }
}
