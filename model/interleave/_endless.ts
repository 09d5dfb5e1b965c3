/**
 * Threads that go on for ever, found long before each has made all the operations that it may.
 *
 * A loop without bound that waits for another thread has an order in which that one never comes. Breadth first,
 * all that is less deep comes before it: with three such threads that is more than anybody can wait for. So now
 * and then a thread is let go on by itself, in a state that was reached, while all others stand still. If it makes
 * more operations than a call may, there is an order in which it does: this very one. That is no guess, and
 * nothing is said of a thread that ends, however long it takes.
 *
 * @module
 */
import type { Place } from "./_history.ts";
import { EARLY, LATE, type Machine, PLAINLY, stepOf, WEAKLY } from "./_machine.ts";
import {
  COMPARE_EXCHANGE,
  DONE,
  FOR_A_WHILE,
  FOR_EVER,
  NOT_EQUAL,
  NOTIFY,
  OK,
  perform,
  TIMED_OUT,
  WAIT,
} from "./_operations.ts";

/** From this many operations in a call on. */
const FIRST = 4;
/** Where a call may make more, a way that is too long is too long to be shown. */
const MOST = 10_000;
/** So many operations may be made alone at first; then as many as are explored. */
const LITTLE = 100_000;

/** Looks for them. */
export class Endless {
  readonly #machine: Machine;
  readonly #words: Int32Array;
  readonly #tried = new Set<Place>();
  #made = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#words = new Int32Array(machine.m);
  }

  /**
   * The steps by which a thread goes on from a state until it has made too many operations, if it does so by
   * itself; undefined if not, or if it was not tried there.
   *
   * @param operations How many were explored.
   */
  from(state: Int32Array, t: number, operations: number): readonly number[] | undefined {
    const { plan } = this.#machine;
    const place = this.#machine.placeOf(state, t);
    const { before } = place;
    // When it has made 4, 8, 16, … operations: so what that costs grows with what it makes, and no more.
    if (before < FIRST || (before & (before - 1)) !== 0 || place.kind >= DONE) return undefined;
    if (plan.maxOperations > MOST || this.#made > LITTLE + operations) return undefined;
    if (this.#machine.rank(state, t) > 0 || this.#tried.has(place)) return undefined;
    this.#tried.add(place);
    const steps: number[] = [];
    return this.#exceeds(state, t, place, steps) ? steps : undefined;
  }

  /** Lets it go on alone; where it has a choice, it goes on in the way that helps it least. */
  #exceeds(state: Int32Array, t: number, place: Place, steps: number[]): boolean {
    const machine = this.#machine;
    const { histories, spurious, weak } = machine.plan;
    const words = this.#words;
    words.set(state.subarray(0, machine.m));
    const woken = new Map<number, number>();
    const step = (choice: number): void => void steps.push(stepOf(t, choice));
    // INVARIANT: below the number of threads there is a history.
    return histories[t]!.exceeds(place, (kind, index, a, b) => {
      this.#made++;
      if (kind === COMPARE_EXCHANGE && weak && words[index] === a) {
        step(WEAKLY);
        return ~a;
      }
      if (kind === WAIT && words[index] === a && (b === FOR_A_WHILE || b === FOR_EVER)) {
        if (b === FOR_EVER && !spurious) return undefined;
        step(PLAINLY);
        step(b === FOR_A_WHILE ? LATE : EARLY);
        return b === FOR_A_WHILE ? TIMED_OUT : OK;
      }
      step(PLAINLY);
      if (kind === WAIT) return words[index] === a ? TIMED_OUT : NOT_EQUAL;
      if (kind !== NOTIFY) return perform(words, kind, index, a, b);
      const before = woken.get(index) ?? 0;
      const count = Math.min(a, machine.sleepersAt(state, index) - before);
      woken.set(index, before + count);
      return count;
    });
  }
}
