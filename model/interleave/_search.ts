/**
 * The exploration of all interleavings, breadth first.
 *
 * A state is the memory, the place of each thread, and who of those that sleep at a word came first. In
 * a state, each thread that can goes on by one operation. Two operations that touch different words,
 * or only read, lead to the same state in either order; the second order is left out (sleep sets:
 * the mask of a state says which threads need not be tried there). All states are reached all the same.
 *
 * @module
 */
import { messageOf } from "../engine/errors.ts";
import { StateIndex } from "../engine/state_index.ts";
import type { History, Place } from "./_history.ts";
import {
  COMPARE_EXCHANGE,
  DONE,
  FAILED,
  FOR_A_WHILE,
  FOR_EVER,
  isPlain,
  KINDS,
  NOT_EQUAL,
  NOTIFY,
  OK,
  onlyReads,
  PASS,
  perform,
  READ,
  STORE,
  textOf,
  TIMED_OUT,
  WAIT,
  WAITED,
  WRITE,
} from "./_operations.ts";
import type { Plan } from "./_plan.ts";
import type {
  InterleaveReport,
  InterleaveStep,
  InterleaveTrace,
  InterleaveViolation,
} from "./report.ts";

export type { Plan };

/** What else may come of an operation than what it does by itself. */
const PLAINLY = 0;
const LATE = 1;
const EARLY = 2;
const WEAKLY = 3;
const CHOICES = ["", "late", "early", "weakly"] as const;

/** How a search is limited. */
export interface Limits {
  readonly maxStates: number;
  readonly maxSeconds: number;
  readonly reduce: boolean;
}

/** Explores all of it. */
export function explore(plan: Plan, limits: Limits): InterleaveReport {
  return new Search(plan, limits).run();
}

/** Makes a trace again; undefined if a step of it cannot be made. */
export function retrace(plan: Plan, steps: readonly number[]): InterleaveTrace | undefined {
  return new Search(plan, { maxStates: Infinity, maxSeconds: Infinity, reduce: false }).trace(
    steps,
  );
}

/** A step as a number: the thread, and what came of it. */
export const stepOf = (thread: number, choice: number): number => thread | choice << 4;
/** As a token has it: `1` or `1late`. */
export const stepToken = (step: number): string => `${step & 15}${CHOICES[step >> 4]}`;
/** The other way round; undefined if it is none. */
export function stepOfToken(token: string): number | undefined {
  const [, thread, choice = ""] = /^(\d)(late|early|weakly)?$/.exec(token) ?? [];
  if (thread === undefined) return undefined;
  return stepOf(Number(thread), CHOICES.indexOf(choice as typeof CHOICES[number]));
}

class Search {
  readonly #plan: Plan;
  readonly #limits: Limits;
  readonly #histories: readonly History[];
  /** How many threads. */
  readonly #n: number;
  /** Where the places begin in a state; the word after them says who sleeps. */
  readonly #m: number;
  readonly #index: StateIndex;
  /** The state that is expanded, and one that it leads to. */
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  /** Its memory, for claims. */
  readonly #memory: Int32Array;
  readonly #at: (string | null)[];
  /** For each state: where it was reached from, by which step, how deep, and who need not be tried. */
  #parents = new Int32Array(1024);
  #steps = new Uint8Array(1024);
  #depths = new Int32Array(1024);
  #asleep = new Uint8Array(1024);
  /** States to be expanded, and which threads are to be tried there. */
  readonly #queue: number[] = [];
  readonly #todo: number[] = [];
  #operations = 0;
  #reduced = 0;
  readonly #unseen: Set<string>;
  #violation: InterleaveViolation | null = null;

  constructor(plan: Plan, limits: Limits) {
    this.#plan = plan;
    this.#limits = limits;
    this.#histories = plan.histories;
    this.#n = plan.histories.length;
    this.#m = plan.initial.length;
    const words = this.#m + this.#n + 1;
    this.#index = new StateIndex(words);
    this.#from = new Int32Array(words);
    this.#to = new Int32Array(words);
    this.#memory = new Int32Array(this.#m);
    this.#at = Array.from({ length: this.#n }, () => null);
    this.#unseen = new Set(plan.sometimes.map(([sentence]) => sentence));
  }

  run(): InterleaveReport {
    const begin = performance.now();
    const { maxSeconds } = this.#limits;
    let limit: InterleaveReport["limit"] = null;
    this.#start(this.#to);
    this.#reach(-1, 0, 0);
    let next = 0;
    for (let sinceLook = 0; next < this.#queue.length && this.#violation === null; next++) {
      if (++sinceLook >= 1024) {
        sinceLook = 0;
        if ((performance.now() - begin) / 1000 > maxSeconds) {
          limit = "maxSeconds";
          break;
        }
      }
      // INVARIANT: what is queued has both.
      if (!this.#expand(this.#queue[next]!, this.#todo[next]!)) {
        limit = "maxStates";
        break;
      }
    }
    const complete = limit === null && this.#violation === null;
    if (complete) this.#lookForUnseen();
    const violation = this.#violation;
    const size = this.#index.size;
    return {
      name: this.#plan.name,
      threads: this.#n,
      ok: complete && violation === null,
      outcome: violation !== null ? "violated" : complete ? "holds" : "incomplete",
      complete,
      limit,
      states: size,
      operations: this.#operations,
      reduced: this.#reduced,
      runs: this.#histories.reduce((sum, { runs }) => sum + runs, 0),
      depth: size === 0 ? 0 : this.#depths.subarray(0, size).reduce((a, b) => Math.max(a, b)),
      seconds: (performance.now() - begin) / 1000,
      violation,
    };
  }

  /** The trace of some steps from the beginning. */
  trace(steps: readonly number[]): InterleaveTrace | undefined {
    const from = this.#from;
    const to = this.#to;
    this.#start(from);
    const made: InterleaveStep[] = [];
    const nameOf = (index: number): string => this.#plan.names[index] ?? `[${index}]`;
    for (const step of steps) {
      const [t, choice] = [step & 15, step >> 4];
      if (t >= this.#n || !this.#can(t, choice)) return undefined;
      const place = this.#placeOf(from, t);
      const asleep = this.#rank(from, t) > 0;
      to.set(from);
      const after = this.#move(t, choice);
      const changes: Record<string, number> = {};
      for (let i = 0; i < this.#m; i++) {
        // INVARIANT: both are states.
        if (from[i] !== to[i]) changes[nameOf(i)] = to[i]!;
      }
      const label = asleep
        ? `${textOf(place, nameOf)} ends: ${choice === LATE ? "its time is over" : "for no reason"}`
        : `${textOf(place, nameOf)}${this.#answerText(place, t, after)}`;
      made.push({ thread: t, call: this.#histories[t]?.nameAt(place) ?? "", label, changes });
      from.set(to);
    }
    const memory: Record<string, number> = {};
    for (let i = 0; i < this.#m; i++) memory[nameOf(i)] = from[i]!;
    return {
      steps: made,
      memory,
      next: this.#histories.map((history, t) => this.#nextText(history, t, nameOf)),
      token: `${encodeURIComponent(this.#plan.name)}@${steps.map(stepToken).join("/")}`,
    };
  }

  /** What the operation has answered, where that is not plain from it. */
  #answerText(place: Place, t: number, after: Place | null): string {
    if (place.kind === STORE || place.kind === WRITE || place.kind === PASS) return "";
    if (after === null) return place.kind === WAIT ? ": it sleeps" : "";
    let result: number | undefined;
    for (const [key, next] of place.next) if (next === after) result = key;
    void t;
    if (result === undefined) return "";
    return place.kind === WAIT ? ` = "${WAITED[result]}"` : ` = ${result}`;
  }

  #nextText(history: History, t: number, nameOf: (index: number) => string): string {
    const place = this.#placeOf(this.#from, t);
    if (place.kind === DONE) return "has ended";
    const call = history.nameAt(place);
    if (place.kind === FAILED) return `${call}: has failed: ${messageOf(place.thrown)}`;
    const sleeps = this.#rank(this.#from, t) > 0 ? "sleeps in " : "";
    return `${call}: ${sleeps}${textOf(place, nameOf)}`;
  }

  #start(state: Int32Array): void {
    state.fill(0);
    state.set(this.#plan.initial);
    this.#histories.forEach((history, t) => state[this.#m + t] = history.first().id);
  }

  #placeOf(state: Int32Array, t: number): Place {
    // INVARIANT: a state has the numbers of places.
    return this.#histories[t]!.places[state[this.#m + t]!]!;
  }

  /** 0 for whoever is awake; else how many came before it, itself included, who sleep at its word. */
  #rank(state: Int32Array, t: number): number {
    return (state[this.#m + this.#n]! >>> 4 * t) & 15;
  }

  #setRank(t: number, rank: number): void {
    const at = this.#m + this.#n;
    this.#to[at] = (this.#to[at]! & ~(15 << 4 * t)) | rank << 4 * t;
  }

  /** Whether thread `t` can go on so, in the state that is expanded. */
  #can(t: number, choice: number): boolean {
    const place = this.#placeOf(this.#from, t);
    const { kind } = place;
    if (kind >= DONE) return false;
    const asleep = this.#rank(this.#from, t) > 0;
    switch (choice) {
      case PLAINLY:
        return !asleep;
      case LATE:
        return asleep && place.b === FOR_A_WHILE;
      case EARLY:
        return asleep && this.#plan.spurious;
      default:
        return this.#plan.weak && kind === COMPARE_EXCHANGE && this.#from[place.index] === place.a;
    }
  }

  /** Lets thread `t` go on by one operation, in `#to`: where is it then? Null if it has fallen asleep. */
  #move(t: number, choice: number): Place | null {
    const to = this.#to;
    const place = this.#placeOf(to, t);
    const { kind, index } = place;
    let result: number;
    if (choice === LATE || choice === EARLY) {
      this.#wakeOne(t);
      result = choice === LATE ? TIMED_OUT : OK;
    } else if (choice === WEAKLY) {
      // The value that it answers is the one it expected: so a caller that compares is misled, as it would be.
      result = ~place.a;
    } else if (kind === WAIT) {
      if (to[index] !== place.a) result = NOT_EQUAL;
      else if (place.b === FOR_EVER || place.b === FOR_A_WHILE) {
        this.#setRank(t, 1 + this.#sleepersAt(index));
        return null;
      } else result = TIMED_OUT;
    } else if (kind === NOTIFY) result = this.#notify(index, place.a);
    else result = perform(to, kind, index, place.a, place.b);
    // INVARIANT: below the number of threads there is a history.
    const next = this.#histories[t]!.after(place, result);
    to[this.#m + t] = next.id;
    return next;
  }

  #sleepersAt(index: number): number {
    let n = 0;
    for (let u = 0; u < this.#n; u++) {
      if (this.#rank(this.#to, u) > 0 && this.#placeOf(this.#to, u).index === index) n++;
    }
    return n;
  }

  /** One wakes up: those that came after it move up. */
  #wakeOne(t: number): void {
    const { index } = this.#placeOf(this.#to, t);
    const rank = this.#rank(this.#to, t);
    this.#setRank(t, 0);
    for (let u = 0; u < this.#n; u++) {
      const other = this.#rank(this.#to, u);
      if (other > rank && this.#placeOf(this.#to, u).index === index) this.#setRank(u, other - 1);
    }
  }

  #notify(index: number, count: number): number {
    let woken = 0;
    while (woken < count) {
      let first = -1;
      for (let u = 0; u < this.#n && first < 0; u++) {
        if (this.#rank(this.#to, u) === 1 && this.#placeOf(this.#to, u).index === index) first = u;
      }
      if (first < 0) break;
      const place = this.#placeOf(this.#to, first);
      this.#wakeOne(first);
      // INVARIANT: below the number of threads there is a history.
      this.#to[this.#m + first] = this.#histories[first]!.after(place, OK).id;
      woken++;
    }
    return woken;
  }

  /** Tries the threads of `todo` in a state. False if there is no room for another one. */
  #expand(id: number, todo: number): boolean {
    const { wordCount } = this.#index;
    const from = this.#from;
    from.set(this.#index.words.subarray(id * wordCount, (id + 1) * wordCount));
    const before = this.#asleep[id]!;
    let tried = before & ~todo;
    for (let t = 0; t < this.#n; t++) {
      const bit = 1 << t;
      if ((todo & bit) === 0) continue;
      let moved = false;
      for (let choice = PLAINLY; choice <= WEAKLY; choice++) {
        if (!this.#can(t, choice)) continue;
        moved = true;
        this.#to.set(from);
        this.#move(t, choice);
        this.#operations++;
        const asleep = this.#limits.reduce ? this.#independent(t, tried) : 0;
        if (!this.#reach(id, stepOf(t, choice), asleep)) return false;
        if (this.#violation !== null) return true;
      }
      if (moved) tried |= bit;
    }
    return true;
  }

  /** Which of the threads in a mask do next what does not depend on what thread `t` does next. */
  #independent(t: number, mask: number): number {
    if (mask === 0) return 0;
    const mine = this.#placeOf(this.#from, t);
    let independent = 0;
    for (let u = 0; u < this.#n; u++) {
      if ((mask & 1 << u) === 0 || u === t) continue;
      const other = this.#placeOf(this.#from, u);
      if (
        mine.index !== other.index || mine.index < 0 ||
        (onlyReads(mine.kind) && onlyReads(other.kind))
      ) independent |= 1 << u;
    }
    return independent;
  }

  /** The state in `#to` was reached; `asleep` need not be tried there. False if there is no room for it. */
  #reach(parent: number, step: number, asleep: number): boolean {
    const { size } = this.#index;
    const id = this.#index.add(this.#to, this.#limits.maxStates);
    if (id < 0) return false;
    if (id < size) {
      const known = this.#asleep[id]!;
      const todo = known & ~asleep;
      if (todo === 0) this.#reduced += bits(asleep);
      else {
        this.#asleep[id] = known & asleep;
        this.#queue.push(id);
        this.#todo.push(todo);
      }
      return true;
    }
    if (id >= this.#parents.length) this.#grow();
    this.#parents[id] = parent;
    this.#steps[id] = step;
    this.#depths[id] = parent < 0 ? 0 : this.#depths[parent]! + 1;
    this.#asleep[id] = asleep;
    this.#look(id);
    this.#queue.push(id);
    this.#todo.push((1 << this.#n) - 1 & ~asleep);
    return true;
  }

  #grow(): void {
    const length = 2 * this.#parents.length;
    const larger = <A extends Int32Array | Uint8Array>(array: A, more: A): A => {
      more.set(array);
      return more;
    };
    this.#parents = larger(this.#parents, new Int32Array(length));
    this.#depths = larger(this.#depths, new Int32Array(length));
    this.#steps = larger(this.#steps, new Uint8Array(length));
    this.#asleep = larger(this.#asleep, new Uint8Array(length));
  }

  /** Looks at a new state, in `#to`: failures, races, claims, deadlock. */
  #look(id: number): void {
    const to = this.#to;
    let ended = 0;
    let stuck = 0;
    let plain = false;
    for (let t = 0; t < this.#n; t++) {
      const place = this.#placeOf(to, t);
      if (place.kind === FAILED) {
        const call = this.#histories[t]?.nameAt(place);
        return this.#violated(id, {
          kind: "error",
          name: "error",
          message: `thread ${t} fails in ${call}: ${messageOf(place.thrown)}`,
          thrown: place.thrown,
        });
      }
      if (place.kind === DONE) ended++;
      else if (this.#rank(to, t) > 0 && place.b === FOR_EVER && !this.#plan.spurious) stuck++;
      if (isPlain(place.kind)) plain = true;
    }
    if (plain) this.#lookForRace(id);
    if (this.#violation !== null) return;
    this.#lookAtClaims(id, ended === this.#n);
    if (this.#violation !== null || !this.#plan.deadlock) return;
    if (stuck > 0 && stuck + ended === this.#n) {
      const who = this.#histories.flatMap((_, t) => this.#rank(to, t) > 0 ? [`thread ${t}`] : []);
      this.#violated(id, {
        kind: "deadlock",
        name: "deadlock",
        message: `${who.join(" and ")} sleep${
          who.length === 1 ? "s" : ""
        } for ever: nobody is left who could notify`,
        thrown: undefined,
      });
    }
  }

  #lookForRace(id: number): void {
    for (let t = 0; t < this.#n; t++) {
      const mine = this.#placeOf(this.#to, t);
      for (let u = t + 1; u < this.#n; u++) {
        const other = this.#placeOf(this.#to, u);
        if (mine.index < 0 || mine.index !== other.index) continue;
        if (this.#rank(this.#to, t) > 0 || this.#rank(this.#to, u) > 0) continue;
        if (!isPlain(mine.kind) && !isPlain(other.kind)) continue;
        if (onlyReads(mine.kind) && onlyReads(other.kind)) continue;
        const word = this.#plan.names[mine.index];
        const does = ({ kind }: Place): string =>
          kind === READ
            ? "reads it plainly"
            : kind === WRITE
            ? "writes it plainly"
            : `does ${KINDS[kind]}`;
        return this.#violated(id, {
          kind: "race",
          name: "race",
          message: `data race on ${word}: thread ${t} ${does(mine)} and thread ${u} ${
            does(other)
          }, with nothing to order them`,
          thrown: undefined,
        });
      }
    }
  }

  #lookAtClaims(id: number, ended: boolean): void {
    const { always, sometimes, finally: last } = this.#plan;
    if (always.length > 0 || this.#unseen.size > 0) {
      for (let t = 0; t < this.#n; t++) {
        this.#at[t] = this.#histories[t]?.nameAt(this.#placeOf(this.#to, t)) ?? null;
      }
    }
    for (const [sentence, holds] of always) {
      if (!this.#holds(id, "always", sentence, () => holds(this.#fresh(), this.#at))) return;
    }
    if (this.#unseen.size > 0) {
      for (const [sentence, holds] of sometimes) {
        if (!this.#unseen.has(sentence)) continue;
        try {
          if (holds(this.#fresh(), this.#at)) this.#unseen.delete(sentence);
        } catch (error) {
          return this.#thrown(id, sentence, error);
        }
      }
    }
    if (!ended) return;
    for (const [sentence, holds] of last) {
      if (!this.#holds(id, "finally", sentence, () => holds(this.#fresh()))) return;
    }
  }

  /** The memory, of which a claim may keep what it likes, but not this. */
  #fresh(): Int32Array {
    this.#memory.set(this.#to.subarray(0, this.#m));
    return this.#memory;
  }

  #holds(id: number, kind: "always" | "finally", sentence: string, holds: () => boolean): boolean {
    try {
      if (holds()) return true;
    } catch (error) {
      this.#thrown(id, sentence, error);
      return false;
    }
    const when = kind === "always" ? "" : " when all threads have ended";
    this.#violated(id, {
      kind,
      name: sentence,
      message: `the claim "${sentence}" is false${when}`,
      thrown: undefined,
    });
    return false;
  }

  #thrown(id: number, sentence: string, error: unknown): void {
    this.#violated(id, {
      kind: "error",
      name: sentence,
      message: `the claim "${sentence}" threw ${messageOf(error)}`,
      thrown: error,
    });
  }

  #violated(id: number, violation: Omit<InterleaveViolation, "trace">): void {
    const steps: number[] = [];
    for (let at = id; this.#parents[at]! >= 0; at = this.#parents[at]!) {
      steps.unshift(this.#steps[at]!);
    }
    const trace = retrace(this.#plan, steps) ?? null;
    this.#violation = { ...violation, trace };
  }

  #lookForUnseen(): void {
    const [sentence] = this.#unseen;
    if (sentence === undefined) return;
    this.#violation = {
      kind: "sometimes",
      name: sentence,
      message: `no state shows "${sentence}"`,
      trace: null,
      thrown: undefined,
    };
  }
}

function bits(mask: number): number {
  let n = 0;
  for (let left = mask; left !== 0; left &= left - 1) n++;
  return n;
}
