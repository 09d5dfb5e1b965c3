/**
 * What one thread does next, after each thing that can have happened to it.
 *
 * A thread learns of the others by the results of its operations alone. So the results that it has had
 * in the call that it is in determine what it does next: to find out, the call is run from its
 * beginning with those results, up to the operation that has none yet, and stopped there by a
 * throw. That is done once for each list of results. From then on, a step of the thread
 * is a look into a tree.
 *
 * When a call ends, its results are dropped: two ways through it that have left the same local words
 * behind are one from there on.
 *
 * @module
 */
import { SpecError } from "../engine/language/errors.ts";
import { type Growth, type Touched, Touches } from "./_touches.ts";
import {
  COMPARE_EXCHANGE,
  DONE,
  FAILED,
  FOR_A_WHILE,
  FOR_EVER,
  type Kind,
  MANY,
  NOT_AT_ALL,
  NOTIFY,
  type Operation,
  PASS,
  READ,
  STORE,
  WAIT,
  WAITED,
  WRITE,
} from "./_operations.ts";
import type { Atomics32, ThreadCall } from "./types.ts";

/** Where a call begins. */
interface Start {
  /** Which call. */
  readonly call: number;
  readonly local: Int32Array;
}

/** A place in the thread, and what it does there. */
export interface Place extends Operation, Touched {
  readonly start: Start;
  /** The operations before it in this call. */
  readonly before: number;
  /** The place of the one before it; none at the beginning of the call. */
  readonly parent: Place | null;
  /** What that one has answered. */
  readonly result: number;
  /** What was thrown, where it has failed. */
  readonly thrown: unknown;
  /** Where it goes on, by what the operation answers: the first answer that was seen, … */
  answer: number;
  then: Place | null;
  /** … and others, which most have not. */
  others: Map<number, Place> | null;
}

/** Carries out the next operation of a thread, and answers as that does; undefined where it ends. */
export type Alone = (kind: Kind, index: number, a: number, b: number) => number | undefined;

/** So often a call may ask for more when it was stopped, as it tidies up. */
const MOST_ASKS = 1000;

/** What stops a call. */
const STOP = Symbol("stop");

/** One thread. */
export class History {
  readonly #calls: readonly ThreadCall[];
  readonly #words: number;
  readonly #most: number;
  readonly #self: { id: number; local: Int32Array };
  readonly #starts = new Map<string, Place>();
  readonly #memory: Int32Array;
  readonly #atomics: Atomics32;
  /** What is known of the words that it touches. */
  readonly touches: Touches;
  /** All places, by their numbers. */
  readonly places: Place[] = [];
  /** How many times a call was run. */
  runs = 0;
  // The run that is under way.
  #known: readonly Place[] = [];
  #results: readonly number[] = [];
  #at = 0;
  #stopped = false;
  #asked: Operation | null = null;
  #diverged = false;
  /** What carries out the operations that have no result yet, and how many it may make. */
  #alone: Alone | null = null;
  #left = 0;
  /** How often it has asked after it was stopped. */
  #asks = 0;
  #caught = false;

  /**
   * @param id Its number.
   * @param calls What it does.
   * @param words How many the memory has.
   * @param local How many of its own.
   * @param most How many operations a call may make.
   * @param growth What others look at to see whether more is known of it.
   */
  constructor(
    id: number,
    calls: readonly ThreadCall[],
    words: number,
    local: number,
    most: number,
    growth: Growth,
  ) {
    this.#calls = calls;
    this.#words = words;
    this.touches = new Touches(words, growth);
    this.#most = most;
    this.#self = { id, local: new Int32Array(local) };
    this.#memory = this.#makeMemory();
    this.#atomics = this.#makeAtomics();
  }

  /** Where it begins. */
  first(): Place {
    return this.#begin(0, new Int32Array(this.#self.local.length));
  }

  /** Where it goes on if the operation of a place has answered so. */
  after(place: Place, result: number): Place {
    if (place.answer === result && place.then !== null) return place.then;
    const known = place.others?.get(result);
    if (known !== undefined) return known;
    const next = place.kind === PASS
      ? this.#begin(place.start.call + 1, this.#localAfter(place))
      : this.#run(place.start, place, result);
    if (place.then === null) {
      place.answer = result;
      place.then = next;
    } else (place.others ??= new Map()).set(result, next);
    this.touches.link(place, next);
    return next;
  }

  /** The name of the call that a place is in; null at the end. */
  nameAt(place: Place): string | null {
    return place.kind === DONE ? null : this.#calls[place.start.call]?.name || "call";
  }

  /** What a call without operations leaves behind. */
  #localAfter(place: Place): Int32Array {
    this.#self.local.set(place.start.local);
    this.#call(place.start, [], []);
    return this.#self.local.slice();
  }

  #begin(call: number, local: Int32Array): Place {
    const key = call >= this.#calls.length ? "done" : `${call} ${local.join()}`;
    let place = this.#starts.get(key);
    if (place === undefined) {
      const start: Start = { call, local };
      place = call >= this.#calls.length
        ? this.#place(start, null, 0, { kind: DONE, index: -1, a: 0, b: 0 })
        : this.#run(start, null, 0);
      this.#starts.set(key, place);
    }
    return place;
  }

  /** The place that comes after `parent`, by a run from the beginning of the call. */
  #run(start: Start, parent: Place | null, result: number): Place {
    const known = placesTo(parent);
    const results = known.slice(1).map((place) => place.result);
    if (parent !== null) results.push(result);
    this.#self.local.set(start.local);
    const outcome = this.#call(start, known, results);
    if (this.#caught) {
      const text = "it catches what it is stopped by, and goes on: let through what an operation " +
        "throws";
      return this.#failed(start, parent, result, new SpecError(text));
    }
    if (this.#diverged) {
      const text =
        "it does not do the same when it is run again with the same answers: it must depend " +
        "on nothing but them";
      return this.#failed(start, parent, result, new SpecError(text));
    }
    if (this.#asked !== null) {
      if (known.length < this.#most) return this.#place(start, parent, result, this.#asked);
      const text = `it has made ${this.#most} operations in one call, and goes on: bound its ` +
        "loops, or give a larger maxOperations";
      return this.#failed(start, parent, result, new SpecError(text));
    }
    if (outcome !== null) return this.#failed(start, parent, result, outcome.thrown);
    if (parent === null) return this.#place(start, null, 0, { kind: PASS, index: -1, a: 0, b: 0 });
    return this.#begin(start.call + 1, this.#self.local.slice());
  }

  /**
   * Whether from a place on it makes more operations in its call than it may if `alone` carries them out.
   * Nothing is kept of them.
   */
  exceeds(place: Place, alone: Alone): boolean {
    const known = placesTo(place.parent);
    const results = known.slice(1).map((place) => place.result);
    if (place.parent !== null) results.push(place.result);
    this.#self.local.set(place.start.local);
    this.#alone = alone;
    this.#left = this.#most - known.length;
    this.#call(place.start, known, results);
    this.#alone = null;
    return this.#left < 0;
  }

  /** Runs a call up to the operation that has no result yet. Answers what it has thrown by itself. */
  #call(
    start: Start,
    known: readonly Place[],
    results: readonly number[],
  ): { thrown: unknown } | null {
    this.runs++;
    this.#known = known;
    this.#results = results;
    this.#at = 0;
    this.#stopped = this.#diverged = this.#caught = false;
    this.#asks = 0;
    this.#asked = null;
    try {
      // INVARIANT: a start is that of a call.
      const returned: unknown = this.#calls[start.call]!(this.#memory, this.#atomics, this.#self);
      const what = notOrdinary(returned);
      if (what !== undefined) {
        this.#asked = null;
        return { thrown: new SpecError(`it returns ${what}: expected an ordinary function`) };
      }
    } catch (error) {
      if (!this.#stopped) return { thrown: explained(error) };
    }
    if (!this.#stopped && this.#at < known.length) this.#diverged = true;
    return null;
  }

  /** The thread asks for an operation: its result, if it has one; else it ends here. */
  #ask(kind: Kind, index: number, a: number, b: number): number {
    if (this.#stopped) return this.#askAgain(kind, a);
    const known = this.#known[this.#at];
    if (known !== undefined) {
      const same = known.kind === kind && known.index === index && known.a === a && known.b === b;
      if (same) {
        // INVARIANT: each that is known has a result.
        return this.#results[this.#at++]!;
      }
      this.#diverged = true;
    } else if (this.#alone !== null) {
      const answer = this.#left-- === 0 ? undefined : this.#alone(kind, index, a, b);
      if (answer !== undefined) return answer;
    } else this.#asked = { kind, index, a, b };
    this.#stopped = true;
    throw STOP;
  }

  /** It was stopped, and goes on: it must have caught what it was stopped by. */
  #askAgain(kind: Kind, a: number): number {
    if (this.#asks++ < MOST_ASKS) throw STOP;
    // A loop that catches whatever is thrown in it would never end: most do if they have what they want.
    this.#caught = true;
    return kind === COMPARE_EXCHANGE ? a : this.#asks % 3;
  }

  #place(
    start: Start,
    parent: Place | null,
    result: number,
    operation: Operation,
    thrown?: unknown,
  ): Place {
    const { kind, index, a, b } = operation;
    const before = parent === null ? 0 : parent.before + 1;
    const id = this.places.length;
    // There are millions: each is one object.
    const place: Place = {
      ...{ kind, index, a, b, start, before, parent, result, id, thrown },
      ...{ answer: 0, then: null, others: null, origin: null, more: null },
    };
    this.touches.enter(place);
    this.places.push(place);
    return place;
  }

  #failed(start: Start, parent: Place | null, result: number, thrown: unknown): Place {
    return this.#place(start, parent, result, { kind: FAILED, index: -1, a: 0, b: 0 }, thrown);
  }

  /** The word of an index as `Atomics` takes it. */
  #indexOf(view: Int32Array, index: number): number {
    if (view !== this.#memory) {
      throw new TypeError("expected the memory that the call was given: there is no other");
    }
    const at = integerOf(index);
    if (!(at >= 0 && at < this.#words)) {
      throw new RangeError(
        `Invalid atomic access index: ${index} (expected one below ${this.#words})`,
      );
    }
    return at;
  }

  #makeAtomics(): Atomics32 {
    const two = (kind: Kind) => (view: Int32Array, index: number, value: number): number =>
      this.#ask(kind, this.#indexOf(view, index), value | 0, 0);
    return {
      load: (view, index) => this.#ask(0, this.#indexOf(view, index), 0, 0),
      store: (view, index, value) => {
        const at = this.#indexOf(view, index);
        const integer = integerOf(value);
        this.#ask(STORE, at, integer | 0, 0);
        return integer;
      },
      add: two(2),
      sub: two(3),
      and: two(4),
      or: two(5),
      xor: two(6),
      exchange: two(7),
      compareExchange: (view, index, expected, value) =>
        this.#ask(COMPARE_EXCHANGE, this.#indexOf(view, index), expected | 0, value | 0),
      wait: (view, index, value, timeout) => {
        const at = this.#indexOf(view, index);
        const expected = value | 0;
        // INVARIANT: what is not given is NaN as well; a BigInt is refused.
        const milliseconds = +timeout!;
        const how = milliseconds === Infinity || Number.isNaN(milliseconds)
          ? FOR_EVER
          : milliseconds > 0
          ? FOR_A_WHILE
          : NOT_AT_ALL;
        // INVARIANT: those are the results of a wait.
        return WAITED[this.#ask(WAIT, at, expected, how)]!;
      },
      notify: (view, index, count) => {
        const at = this.#indexOf(view, index);
        const most = count === undefined ? MANY : Math.min(Math.max(0, integerOf(count)), MANY);
        return this.#ask(NOTIFY, at, most, 0);
      },
      isLockFree: (size) => Atomics.isLockFree(size),
      // Whoever is used to Atomics itself may ask for it; types do not have it.
      ...{
        waitAsync: () => {
          throw new SpecError("waitAsync is not explored: use wait, which stops the thread");
        },
      },
    };
  }

  /** Memory whose plain reads and writes are operations, too. */
  #makeMemory(): Int32Array {
    const words = this.#words;
    const indexOf = (key: string | symbol): number | undefined => {
      const index = typeof key === "string" ? Number(key) : NaN;
      return `${index}` === key && Number.isInteger(index) && index >= 0 && index < words
        ? index
        : undefined;
    };
    const unknown = (key: string | symbol): never => {
      throw new SpecError(
        `the memory has no ${
          typeof key === "symbol" ? key.description : key
        } here: expected an index below ${words}, or length (it is no array: go through it by index)`,
      );
    };
    return new Proxy(new Int32Array(words), {
      get: (_, key) => {
        const index = indexOf(key);
        if (index !== undefined) return this.#ask(READ, index, 0, 0);
        return key === "length" ? words : unknown(key);
      },
      set: (_, key, value) => {
        const index = indexOf(key) ?? unknown(key);
        this.#ask(WRITE, index, value | 0, 0);
        return true;
      },
    });
  }
}

/** A place with all that come before it in its call, in order. */
function placesTo(last: Place | null): Place[] {
  const places: Place[] = [];
  for (let place = last; place !== null; place = place.parent) places.push(place);
  return places.reverse();
}

/** ToIntegerOrInfinity of ECMA-262: what is no number is 0, fractions are cut off, and there is no -0. */
function integerOf(value: number): number {
  return Math.trunc(value) || 0;
}

/** An error, and what is to be done about it if it is a common one. */
function explained(error: unknown): unknown {
  if (!(error instanceof TypeError && error.message.includes("integer typed array"))) return error;
  const text = "the memory is not for Atomics itself: use the operations that the call is given";
  return new SpecError(text, { cause: error });
}

/** What a function returns that goes on when it has returned; undefined if it does not. */
function notOrdinary(returned: unknown): string | undefined {
  if (typeof returned !== "object" || returned === null) return undefined;
  if ("then" in returned && typeof returned.then === "function") {
    // It was stopped, which is nobody's fault.
    Promise.resolve(returned).catch(() => {});
    return "a promise";
  }
  return "next" in returned && typeof returned.next === "function" ? "a generator" : undefined;
}
