/**
 * Threads on shared memory as a machine: its states, and its steps.
 *
 * A state is the memory, the place of each thread, and who of those that sleep at a word came first. A step
 * is one operation of one thread.
 *
 * Of a thread that waits to do a `compareExchange`, a state says in addition whether it could have done that
 * before the last store to its word: see `_effects.ts`.
 *
 * @module
 */
import { effectOf } from "./_effects.ts";
import type { Place } from "./_history.ts";
import {
  COMPARE_EXCHANGE,
  DONE,
  FOR_A_WHILE,
  FOR_EVER,
  NOT_EQUAL,
  NOTIFY,
  OK,
  perform,
  STORE,
  TIMED_OUT,
  WAIT,
} from "./_operations.ts";
import type { Plan } from "./_plan.ts";

/** What else may come of an operation than what it does by itself. */
export const PLAINLY = 0;
export const LATE = 1;
export const EARLY = 2;
export const WEAKLY = 3;
const CHOICES = ["", "late", "early", "weakly"] as const;

/** A step as a number: the thread, and what came of it. */
export const stepOf = (thread: number, choice: number): number => thread | choice << 4;
/** The thread of a step. */
export const threadOf = (step: number): number => step & 15;
/** What came of it. */
export const choiceOf = (step: number): number => step >> 4;
/** As a token has it: `1` or `1late`. */
const stepToken = (step: number): string => `${threadOf(step)}${CHOICES[choiceOf(step)]}`;
/** Steps, as a token has them: `0/1/1late/0x40`, where the last one is forty steps. */
export function stepsToken(steps: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < steps.length;) {
    let end = i + 1;
    while (steps[end] === steps[i]) end++;
    // INVARIANT: below the length there is one.
    const token = stepToken(steps[i]!);
    if (end - i > SAME) parts.push(`${token}x${end - i}`);
    else for (let n = i; n < end; n++) parts.push(token);
    i = end;
  }
  return parts.join("/");
}

/** So many steps that are the same are named one by one. */
const SAME = 3;
/** A token of more steps than that was never printed. */
const MOST_STEPS = 10_000_000;

/** The other way round; undefined if it is none. */
export function stepsOfToken(token: string): readonly number[] | undefined {
  const steps: number[] = [];
  for (const part of token === "" ? [] : token.split("/")) {
    const [, thread, choice = "", times = 1] = /^(\d)(late|early|weakly)?(?:x(\d+))?$/.exec(part) ??
      [];
    if (thread === undefined || steps.length + Number(times) > MOST_STEPS) return undefined;
    const step = stepOf(Number(thread), CHOICES.indexOf(choice as typeof CHOICES[number]));
    for (let n = 0; n < Number(times); n++) steps.push(step);
  }
  return steps;
}

/** Stands for a rank: who has it is awake, and was overtaken by a store. No rank is as high. */
const OVERTAKEN = 15;

/** How threads move. */
export class Machine {
  readonly plan: Plan;
  /** How many threads. */
  readonly n: number;
  /** How many words of memory, which come first in a state. */
  readonly m: number;
  /** How many words a state has: after the memory the places, and a word that says who sleeps. */
  readonly wordCount: number;

  /** By word that nobody was known to touch plainly: whether a store has overtaken somebody there. */
  readonly overlooked: Uint8Array;

  /** What the operation of the last move has answered. */
  answered = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.n = plan.histories.length;
    this.m = plan.initial.length;
    this.wordCount = this.m + this.n + 1;
    this.overlooked = new Uint8Array(this.m);
  }

  /** Makes `state` the one in which all begins. */
  begin(state: Int32Array): void {
    state.fill(0);
    state.set(this.plan.initial);
    this.plan.histories.forEach((history, t) => state[this.m + t] = history.first().id);
  }

  /** Where a thread is. */
  placeOf(state: Int32Array, t: number): Place {
    // INVARIANT: a state has the numbers of places.
    return this.plan.histories[t]!.places[state[this.m + t]!]!;
  }

  /** 0 for whoever is awake; else how many came before it, itself included, who sleep at its word. */
  rank(state: Int32Array, t: number): number {
    const rank = this.#rankOf(state, t);
    return rank === OVERTAKEN ? 0 : rank;
  }

  /**
   * Whether a thread could have done the `compareExchange` that comes next, and would have written, just
   * before a store that has come instead. Had it, all would be as it is, and nobody would have heard of it.
   */
  isOvertaken(state: Int32Array, t: number): boolean {
    return this.#rankOf(state, t) === OVERTAKEN;
  }

  /**
   * What the operation that comes next in a thread does to its word.
   *
   * @param early Or has done, if it was overtaken by a store.
   */
  effectOf(state: Int32Array, t: number, place: Place, early: boolean): number {
    const rank = this.#rankOf(state, t);
    const overtaken = rank === OVERTAKEN;
    // INVARIANT: whoever asks has looked: the index is that of a word.
    return effectOf(place, state[place.index]!, rank > 0 && !overtaken, overtaken && early);
  }

  #rankOf(state: Int32Array, t: number): number {
    return (state[this.m + this.n]! >>> 4 * t) & 15;
  }

  #setRank(state: Int32Array, t: number, rank: number): void {
    const at = this.m + this.n;
    state[at] = (state[at]! & ~(15 << 4 * t)) | rank << 4 * t;
  }

  /** Whether thread `t` can go on so. */
  can(state: Int32Array, t: number, choice: number): boolean {
    const place = this.placeOf(state, t);
    const { kind } = place;
    if (kind >= DONE) return false;
    const asleep = this.rank(state, t) > 0;
    switch (choice) {
      case PLAINLY:
        return !asleep;
      case LATE:
        return asleep && place.b === FOR_A_WHILE;
      case EARLY:
        return asleep && this.plan.spurious;
      default:
        return this.plan.weak && kind === COMPARE_EXCHANGE && state[place.index] === place.a;
    }
  }

  /** Whether thread `t` can go on in any way. */
  canMove(state: Int32Array, t: number): boolean {
    const place = this.placeOf(state, t);
    if (place.kind >= DONE) return false;
    return this.rank(state, t) === 0 || place.b === FOR_A_WHILE || this.plan.spurious;
  }

  /** Lets thread `t` go on by one operation: where is it then? Null if it has fallen asleep. */
  move(state: Int32Array, t: number, choice: number): Place | null {
    const place = this.placeOf(state, t);
    const { kind, index } = place;
    let result: number;
    if (this.isOvertaken(state, t)) this.#setRank(state, t, 0);
    else if (kind === STORE) this.#overtake(state, index);
    if (choice === LATE || choice === EARLY) {
      this.#wakeOne(state, t);
      result = choice === LATE ? TIMED_OUT : OK;
    } else if (choice === WEAKLY) {
      // The value that it answers is the one it expected: so a caller that compares is misled, as it would be.
      result = ~place.a;
    } else if (kind === WAIT) {
      if (state[index] !== place.a) result = NOT_EQUAL;
      else if (place.b === FOR_EVER || place.b === FOR_A_WHILE) {
        this.#setRank(state, t, 1 + this.sleepersAt(state, index));
        return null;
      } else result = TIMED_OUT;
    } else if (kind === NOTIFY) result = this.#notify(state, index, place.a);
    else result = perform(state, kind, index, place.a, place.b);
    this.answered = result;
    // INVARIANT: below the number of threads there is a history.
    const next = this.plan.histories[t]!.after(place, result);
    state[this.m + t] = next.id;
    return next;
  }

  /** How many sleep at a word. */
  sleepersAt(state: Int32Array, index: number): number {
    let n = 0;
    for (let u = 0; u < this.n; u++) {
      if (this.rank(state, u) > 0 && this.placeOf(state, u).index === index) n++;
    }
    return n;
  }

  /** A word is about to be stored to: it tells nobody what was there. */
  #overtake(state: Int32Array, index: number): void {
    for (let t = 0; t < this.n; t++) {
      const place = this.placeOf(state, t);
      if (place.kind !== COMPARE_EXCHANGE || place.index !== index || place.a !== state[index]) {
        continue;
      }
      // It matters to whoever touches the word plainly alone: without one there are fewer states.
      if (this.plan.growth.plain[index] === 1) this.#setRank(state, t, OVERTAKEN);
      else this.overlooked[index] = 1;
    }
  }

  /** Whether somebody was overtaken at a word of which it is known only now that somebody touches it plainly. */
  get hasOverlooked(): boolean {
    return this.overlooked.some((was, index) => was === 1 && this.plan.growth.plain[index] === 1);
  }

  /** One wakes up: those that came after it move up. */
  #wakeOne(state: Int32Array, t: number): void {
    const { index } = this.placeOf(state, t);
    const rank = this.rank(state, t);
    this.#setRank(state, t, 0);
    for (let u = 0; u < this.n; u++) {
      const other = this.rank(state, u);
      if (other > rank && this.placeOf(state, u).index === index) {
        this.#setRank(state, u, other - 1);
      }
    }
  }

  #notify(state: Int32Array, index: number, count: number): number {
    let woken = 0;
    while (woken < count) {
      let first = -1;
      for (let u = 0; u < this.n && first < 0; u++) {
        if (this.rank(state, u) === 1 && this.placeOf(state, u).index === index) first = u;
      }
      if (first < 0) break;
      const place = this.placeOf(state, first);
      this.#wakeOne(state, first);
      // INVARIANT: below the number of threads there is a history.
      state[this.m + first] = this.plan.histories[first]!.after(place, OK).id;
      woken++;
    }
    return woken;
  }
}
