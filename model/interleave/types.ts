/**
 * What `interleave` takes: memory, threads that work on it, claims, and limits.
 *
 * @module
 */
import type { Progress } from "../engine/search/explore.ts";

/**
 * The operations of `Atomics` on an Int32Array that a thread may use. `Atomics` itself is one: code that
 * is to be explored takes it as a parameter.
 *
 * @example A lock that can be explored, and runs as it is
 * ```ts
 * import type { Atomics32 } from "@cofn/coroutine/model";
 *
 * function tryLock(memory: Int32Array, atomics: Atomics32 = Atomics): boolean {
 *   return atomics.compareExchange(memory, 0, 0, 1) === 0;
 * }
 * if (!tryLock(new Int32Array(new SharedArrayBuffer(4)))) throw new Error("it was free");
 * ```
 */
export interface Atomics32 {
  /** As `Atomics.load`. */
  load(view: Int32Array, index: number): number;
  /** As `Atomics.store`. */
  store(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.add`. */
  add(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.sub`. */
  sub(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.and`. */
  and(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.or`. */
  or(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.xor`. */
  xor(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.exchange`. */
  exchange(view: Int32Array, index: number, value: number): number;
  /** As `Atomics.compareExchange`. */
  compareExchange(view: Int32Array, index: number, expected: number, value: number): number;
  /** As `Atomics.wait`, for a number of milliseconds. */
  wait(
    view: Int32Array,
    index: number,
    value: number,
    timeout?: number,
  ): "ok" | "not-equal" | "timed-out";
  /** As `Atomics.notify`. */
  notify(view: Int32Array, index: number, count?: number): number;
  /** As `Atomics.isLockFree`: no operation on memory, and no step. */
  isLockFree(size: number): boolean;
}

/**
 * What a thread knows of itself.
 *
 * @example A call that remembers something for a later call of the same thread
 * ```ts
 * import type { ThreadCall } from "@cofn/coroutine/model";
 *
 * const take: ThreadCall = (memory, atomics, self) => {
 *   self.local[0] = atomics.add(memory, 0, 1);
 * };
 * take satisfies ThreadCall;
 * ```
 */
export interface Self {
  /** Its number, from 0 up. */
  readonly id: number;
  /** Words of its own: see {@linkcode Interleaving.local}. */
  readonly local: Int32Array;
}

/**
 * One call of a thread: an ordinary function that reaches shared memory by what it is given alone. What
 * it does must depend on nothing else, as it is run again and again. Its name is in the traces.
 *
 * @example
 * ```ts
 * import type { ThreadCall } from "@cofn/coroutine/model";
 *
 * const unlock: ThreadCall = (memory, atomics) => {
 *   atomics.store(memory, 0, 0);
 *   atomics.notify(memory, 0, 1);
 * };
 * unlock satisfies ThreadCall;
 * ```
 */
export type ThreadCall = (memory: Int32Array, atomics: Atomics32, self: Self) => unknown;

/**
 * What is explored: memory, threads, and what is claimed of them.
 *
 * @example Two threads that count
 * ```ts
 * import type { Interleaving, ThreadCall } from "@cofn/coroutine/model";
 *
 * const increment: ThreadCall = (memory, atomics) => atomics.add(memory, 0, 1);
 * const counting: Interleaving = {
 *   memory: { counter: 0 },
 *   threads: [increment, increment],
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * };
 * counting satisfies Interleaving;
 * ```
 */
export interface Interleaving {
  /** What reports call it; "interleaving" by default. */
  readonly name?: string;
  /** The shared words and their values at the beginning: by name, in order; as they are; or how many, all zero. */
  readonly memory: Readonly<Record<string, number>> | Int32Array | number;
  /**
   * What each thread does: one call after the other. Where one ends and the next begins, nothing is left
   * of the first but the memory and the local words. So a thread that is written as several calls has
   * fewer states than one that does the same in one call.
   */
  readonly threads: readonly (ThreadCall | readonly ThreadCall[])[];
  /** How many words each thread has to itself; 0 by default. */
  readonly local?: number;
  /** Claims about every state: of the memory, and of the names of the calls that the threads are in, null for one at its end. */
  readonly always?: Readonly<
    Record<string, (memory: Int32Array, at: readonly (string | null)[]) => boolean>
  >;
  /** Claims of which each must hold in some state: that the exploration gets that far. */
  readonly sometimes?: Readonly<
    Record<string, (memory: Int32Array, at: readonly (string | null)[]) => boolean>
  >;
  /** Claims about the memory when all threads have ended. */
  readonly finally?: Readonly<Record<string, (memory: Int32Array) => boolean>>;
  /**
   * Whether a `wait` may end though nobody has notified it; false by default, as JavaScript's never does. As
   * often as it likes: then loops around one must be bounded.
   */
  readonly spurious?: boolean;
  /** Whether a `compareExchange` may fail though it has found what it expected; false by default, as JavaScript's never does. Then loops around one must be bounded. */
  readonly weak?: boolean;
  /** Whether it is wrong that threads wait for ever; true by default. */
  readonly deadlock?: boolean;
}

/**
 * Options of {@linkcode interleave}.
 *
 * @example A limit
 * ```ts
 * import type { InterleaveOptions } from "@cofn/coroutine/model";
 *
 * const options: InterleaveOptions = { maxStates: 1_000_000 };
 * options satisfies InterleaveOptions;
 * ```
 */
export interface InterleaveOptions {
  /** Stop after this many distinct states; the report then is incomplete. */
  readonly maxStates?: number;
  /** Stop after this many seconds; the report then is incomplete. */
  readonly maxSeconds?: number;
  /** Bytes that states may take; what the host has, of memory and of V8's heap, is a limit always. */
  readonly memory?: number;
  /** Asked some times a second; where it answers true, it stops. */
  readonly stop?: () => boolean;
  /**
   * How many operations one call may make; more are a violation, as a loop without bound has no end. 1,000 by
   * default. Up to 10,000, a call that makes more while all others stand still is found long before all that
   * is less deep was explored.
   */
  readonly maxOperations?: number;
  /**
   * Whether operations whose order makes no difference are tried in one order alone; true by default. The
   * verdict is the same either way; with it, fewer states are visited.
   */
  readonly reduce?: boolean;
  /**
   * Is told now and then how far a long exploration has come. When something is wrong, a shortest trace is
   * looked for, from the beginning again: its progress says so in `spec`.
   */
  readonly onProgress?: (progress: Progress) => void;
  /** Seconds until the first progress; further ones come four times as often. Default 2. */
  readonly progressSeconds?: number;
}
