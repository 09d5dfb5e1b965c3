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
const { beforeOf, cpu, nextOf, park, setBefore, setNext } = core;

type AnyCo = Coroutine<unknown>;

/**
 * Coroutines that wait for the same thing, in the order in which they came: a lock extends it.
 * It is the place of those who wait in it, unless the lock tells them apart by other ones.
 *
 * They are linked both ways through themselves: to leave costs the same wherever one stands, and to
 * wait allocates nothing.
 */
export abstract class WaitList implements Place {
  readonly refusal: CoroutineErrorCode = "waiting";
  readonly list = this;
  #first: AnyCo | null = null;
  #last: AnyCo | null = null;
  /** How many stand behind the first: most lists have one at most, and pay nothing for it. */
  #behind = 0;

  get waitingOn(): string {
    return `${this}`;
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.#first === null;
  }

  /** Who has waited longest; null if nobody waits. */
  get first(): AnyCo | null {
    return this.#first;
  }

  /** How many wait. */
  get size(): number {
    return this.#first === null ? 0 : 1 + this.#behind;
  }

  /** Those who wait, the longest first. */
  *waiting(): Generator<AnyCo, void> {
    for (let co = this.#first; co !== null; co = nextOf(co)) yield co;
  }

  /** Parks the one that runs at the end of the list. */
  park(place: Place = this): void {
    park(place);
    this.append(cpu.current);
  }

  /** Appends one that has its place here already. */
  append(co: AnyCo): void {
    //   a <-> last   becomes   a <-> last <-> co
    const last = this.#last;
    if (last === null) this.#first = co;
    else {
      setNext(last, co);
      setBefore(co, last);
      this.#behind++;
    }
    this.#last = co;
  }

  /** Parks the one that runs before all others. */
  parkFirst(place: Place = this): void {
    park(place);
    this.prepend(cpu.current);
  }

  /** Puts one that has its place here already before all others. */
  prepend(co: AnyCo): void {
    //   first <-> b   becomes   co <-> first <-> b
    const first = this.#first;
    if (first === null) this.#last = co;
    else {
      setNext(co, first);
      setBefore(first, co);
      this.#behind++;
    }
    this.#first = co;
  }

  /** Takes out the one that has waited longest; null if nobody waits. */
  shift(): AnyCo | null {
    const first = this.#first;
    if (first === null) return null;
    //   first <-> b   becomes   b
    const second = nextOf(first);
    this.#first = second;
    if (second === null) this.#last = null;
    else {
      setNext(first, null);
      setBefore(second, null);
      this.#behind--;
    }
    return first;
  }

  /** Takes out one that waits. */
  forget(co: AnyCo): void {
    //   before <-> co <-> after   becomes   before <-> after
    const before = beforeOf(co);
    const after = nextOf(co);
    if (before !== null || after !== null) this.#behind--;
    // INVARIANT: who has no one before it is the first, as it is in this list.
    if (before === null) this.#first = after;
    else setNext(before, after);
    if (after === null) this.#last = before;
    else setBefore(after, before);
    setNext(co, null);
    setBefore(co, null);
  }
}
