/**
 * The one wait list under every lock: first in, first out. Locks differ only in whom they
 * wake, and when.
 *
 * @module
 */
import { core, type Coroutine } from "./coroutine.ts";
import type { Place } from "./_place.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, nextOf, park, setNext } = core;

type AnyCo = Coroutine<unknown>;

/** Coroutines that wait for the same thing, in the order in which they came: a lock extends it. */
export abstract class WaitList implements Place {
  readonly refusal = "waiting";
  /** Whoever must act before one that waits can go on. */
  abstract readonly holder: AnyCo | null;
  /** The last of a ring, whose link leads to the first; one alone has none. */
  #last: AnyCo | null = null;

  get waitingOn(): string {
    return `${this}`;
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#last === null;
  }

  /** How many wait. */
  get size(): number {
    const last = this.#last;
    if (last === null) return 0;
    let n = 1;
    for (let co = nextOf(last); co !== null && co !== last; co = nextOf(co)) n++;
    return n;
  }

  /** Those who wait, the longest first. */
  *waiting(): Generator<AnyCo, void> {
    const last = this.#last;
    if (last === null) return;
    let co = nextOf(last);
    for (; co !== null && co !== last; co = nextOf(co)) yield co;
    yield last;
  }

  /** Parks the one that runs at the end of the list. */
  park(): void {
    const co = cpu.current;
    park(this);
    //   last -> a -> … -> last   becomes   co -> a -> … -> last -> co, with co the last
    const last = this.#last;
    if (last !== null) {
      setNext(co, nextOf(last) ?? last);
      setNext(last, co);
    }
    this.#last = co;
  }

  /** Takes out the one that has waited longest; null if nobody waits. */
  shift(): AnyCo | null {
    const last = this.#last;
    if (last === null) return null;
    const first = nextOf(last);
    if (first === null) {
      this.#last = null;
      return last;
    }
    const second = nextOf(first);
    setNext(last, second === last ? null : second);
    setNext(first, null);
    return first;
  }

  /** Takes out one that has ended without ever suspending here. */
  forget(co: AnyCo): void {
    const rest = [...this.waiting()].filter((other) => other !== co);
    rest.forEach((other, i) => setNext(other, rest[i + 1] ?? null));
    const last = rest.at(-1) ?? null;
    if (last !== null && rest.length > 1) setNext(last, rest[0] ?? null);
    setNext(co, null);
    this.#last = last;
  }
}
