/**
 * Which threads must be tried in a state.
 *
 * Two operations on different words, or that only read, lead to the same state in either order: what each of
 * them does is in the table of `_effects.ts`. So it is enough to try a set of threads (a *persistent* one) of
 * which nothing that the others do from here on, ever, touches the words that theirs touch next: whatever the
 * others do first can as well be done after.
 * If one of the steps could be seen by a claim, all threads are tried, as others might be seen before it.
 * No state comes twice on any way, as threads only go on; so nothing is put off for ever.
 *
 * Deadlocks, failures, races, all memories that claims can tell apart, and all ends are found as without
 * this; fewer states are.
 *
 * @module
 */
import { PLAIN, QUEUES, READS, WRITES } from "./_effects.ts";
import type { Place } from "./_history.ts";
import type { Look } from "./_look.ts";
import type { Machine } from "./_machine.ts";
import { DONE, perform } from "./_operations.ts";

/** Chooses the threads. */
export class Persistent {
  readonly #machine: Machine;
  readonly #look: Look;
  readonly #places: Place[] = [];
  #state: Int32Array;

  constructor(machine: Machine, look: Look) {
    this.#machine = machine;
    this.#look = look;
    this.#state = new Int32Array(machine.wordCount);
  }

  /** The threads that can move, as a mask. */
  able(state: Int32Array): number {
    let able = 0;
    for (let t = 0; t < this.#machine.n; t++) if (this.#machine.canMove(state, t)) able |= 1 << t;
    return able;
  }

  /**
   * Those to be tried in a state, as a mask.
   *
   * @param able Those that can move.
   * @param tried Those that were tried there before: if that is enough, it is the answer.
   */
  choose(state: Int32Array, able: number, tried: number): number {
    const { n } = this.#machine;
    this.#state = state;
    if (
      (able & (able - 1)) === 0 ||
      this.#look.asked.some((claim) => claim.looksAtThreads)
    ) {
      return able;
    }
    for (let t = 0; t < n; t++) this.#places[t] = this.#machine.placeOf(state, t);
    let best = able;
    let most = bits(best);
    for (let t = 0; t < n; t++) {
      if ((able & 1 << t) === 0) continue;
      const chosen = this.#closure(t) & able;
      if (chosen === able || this.#isSeen(chosen)) continue;
      if ((chosen & ~tried) === 0) return tried;
      const count = bits(chosen);
      if (count >= most) continue;
      best = chosen;
      most = count;
      if (count === 1 && tried === 0) break;
    }
    return best | tried;
  }

  /** The threads that must be tried if `t` is. */
  #closure(t: number): number {
    const { n } = this.#machine;
    let chosen = 1 << t;
    for (let done = 0; done !== chosen;) {
      const left = chosen & ~done;
      const k = 31 - Math.clz32(left & -left);
      done |= 1 << k;
      for (let j = 0; j < n; j++) {
        if ((chosen & 1 << j) === 0 && this.#isTouched(k, j)) chosen |= 1 << j;
      }
    }
    return chosen;
  }

  /** Whether thread `j` may ever do, before thread `k` goes on, what depends on what that does next. */
  #isTouched(k: number, j: number): boolean {
    const mine = this.#places[k]!;
    const place = this.#places[j]!;
    const { index } = mine;
    if (index < 0 || place.kind >= DONE) return false;
    const { touches } = this.#machine.plan.histories[j]!;
    const effect = this.#machine.effectOf(this.#state, k, mine, true);
    // No race, and the order makes a difference all the same.
    if ((effect & QUEUES) !== 0 && touches.queues(place, index)) return true;
    if ((effect & WRITES) === 0) return (effect & READS) !== 0 && touches.writes(place, index);
    if ((effect & PLAIN) !== 0 || this.#alters(k)) return touches.accesses(place, index);
    // Who loads the word sees nothing of it; a plain read would race with it all the same.
    return touches.writes(place, index) || touches.reads(place, index);
  }

  /** Whether it alters the memory. */
  #alters(k: number): boolean {
    const { kind, index, a, b } = this.#places[k]!;
    if (index < 0) return false;
    const state = this.#state;
    // INVARIANT: the index is that of a word.
    const before = state[index]!;
    perform(state, kind, index, a, b);
    const altered = state[index] !== before;
    state[index] = before;
    return altered;
  }

  /** Whether a claim can tell that one of these has gone on. */
  #isSeen(threads: number): boolean {
    for (let t = 0; t < this.#machine.n; t++) {
      if ((threads & 1 << t) === 0 || !this.#alters(t)) continue;
      const { index } = this.#places[t]!;
      if (this.#look.asked.some((claim) => claim.reads[index] === 1)) return true;
    }
    return false;
  }
}

/** How many threads are in a mask. */
export function bits(mask: number): number {
  let n = 0;
  for (let left = mask; left !== 0; left &= left - 1) n++;
  return n;
}
