/**
 * The one wait list under every lock: first in, first out. Locks differ only in whom they
 * wake, and when.
 *
 * @module
 */
import { core, type Coroutine } from "./coroutine.ts";
import type { CoroutineErrorCode } from "./errors.ts";
import type { Place } from "./_place.ts";

// Constants of this file, as its fast paths use them: see coroutine.ts.
const { cpu, nextOf, park, setNext } = core;

type AnyCo = Coroutine<unknown>;

/**
 * Coroutines that wait for the same thing, in the order in which they came: a lock extends it.
 * It is the place of those who wait in it, unless the lock tells them apart by other ones.
 */
export abstract class WaitList implements Place {
  readonly refusal: CoroutineErrorCode = "waiting";
  readonly list = this;
  /** The last of a ring, whose link leads to the first; one alone has none. */
  #last: AnyCo | null = null;

  get waitingOn(): string {
    return `${this}`;
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#last === null;
  }

  /** Who has waited longest; null if nobody waits. */
  get first(): AnyCo | null {
    const last = this.#last;
    return last === null ? null : nextOf(last) ?? last;
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
  park(place: Place = this): void {
    park(place);
    this.append(cpu.current);
  }

  /** Appends one that has its place here already. */
  append(co: AnyCo): void {
    //   last -> a -> … -> last   becomes   co -> a -> … -> last -> co, with co the last
    const last = this.#last;
    if (last !== null) {
      setNext(co, nextOf(last) ?? last);
      setNext(last, co);
    }
    this.#last = co;
  }

  /** Parks the one that runs before all others. */
  parkFirst(place: Place = this): void {
    const last = this.#last;
    this.park(place);
    // As above, but the last one stays the last: so the newcomer, who comes after it, is the first.
    if (last !== null) this.#last = last;
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

  /** Takes out one that waits. */
  forget(co: AnyCo): void {
    const last = this.#last;
    if (last === null) return;
    const after = nextOf(co);
    if (after === null) {
      if (last === co) this.#last = null;
      return;
    }
    //   before -> co -> after   becomes   before -> after, which may be the same one
    let before = last;
    // INVARIANT: the links are a ring, and co is in it.
    while (nextOf(before) !== co) before = nextOf(before)!;
    setNext(before, before === after ? null : after);
    setNext(co, null);
    if (last === co) this.#last = before;
  }
}
