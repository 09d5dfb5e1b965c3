/**
 * The one wait list under every lock: first in, first out. Locks differ only in whom they
 * wake, and when.
 *
 * @module
 */
import { type Coroutine, current, nextOf, park, setNext } from "./coroutine.ts";
import type { Place } from "./_place.ts";

type AnyCo = Coroutine<unknown>;

/** What coroutines can wait for in a list. */
interface Lockable {
  readonly holder: AnyCo | null;
  toString(): string;
}

/** Coroutines that wait for the same thing, in the order in which they came. */
export class WaitList implements Place {
  readonly refusal = "waiting";
  /** What is waited for. */
  readonly owner: Lockable;
  /** The last of a ring: its link leads to the first. */
  #last: AnyCo | null = null;

  constructor(owner: Lockable) {
    this.owner = owner;
  }

  get waitingOn(): string {
    return `${this.owner}`;
  }

  get heldBy(): AnyCo | null {
    return this.owner.holder;
  }

  /** How many wait. */
  get size(): number {
    let n = 0;
    for (const _ of this) n++;
    return n;
  }

  /** Those who wait, the longest first. */
  *[Symbol.iterator](): Generator<AnyCo, void> {
    const last = this.#last;
    for (let co = last; co !== null;) {
      co = nextOf(co);
      // INVARIANT: the ring of a list that is not empty is closed.
      yield co!;
      if (co === last) return;
    }
  }

  /** Parks the one that runs at the end of the list. */
  park(): void {
    park(this);
    //   last -> a -> … -> last   becomes   co -> a -> … -> last -> co, with co the last
    const co = current;
    const last = this.#last;
    if (last === null) setNext(co, co);
    else {
      setNext(co, nextOf(last));
      setNext(last, co);
    }
    this.#last = co;
  }

  /** Takes out the one that has waited longest; null if nobody waits. */
  shift(): AnyCo | null {
    const last = this.#last;
    if (last === null) return null;
    // INVARIANT: the ring of a list that is not empty is closed.
    const first = nextOf(last)!;
    if (first === last) this.#last = null;
    else setNext(last, nextOf(first));
    setNext(first, null);
    return first;
  }

  /** Takes out one that has ended without ever suspending here. */
  forget(co: AnyCo): void {
    const all = [...this];
    this.#last = null;
    for (const other of all) setNext(other, null);
    for (const other of all) {
      if (other === co) continue;
      if (this.#last === null) setNext(other, other);
      else {
        setNext(other, nextOf(this.#last));
        setNext(this.#last, other);
      }
      this.#last = other;
    }
  }
}
