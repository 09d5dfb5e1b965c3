/**
 * A claim about states, as it is asked in each of them.
 *
 * What a claim answers depends on the words that it reads. They are noted: so it is asked once for each list
 * of values that it has found there, and it is known which words can make it true or false.
 *
 * @module
 */

import { show, SpecError } from "../engine/language/errors.ts";
import type { Machine } from "./_machine.ts";
import type { StateClaim } from "./_plan.ts";
import type { Growth } from "./_touches.ts";

/** What it has come to, for some values: an answer, or what it has thrown. */
interface Answer {
  readonly holds: boolean;
  readonly thrown: unknown;
}

/** The word that it reads next, and what comes then, by its value. */
interface Reading {
  readonly index: number;
  readonly next: Map<number, Reading | Answer>;
}

/** More values than these are not kept: such a claim looks at too much. */
const MOST_READINGS = 20_000;

/** A claim has thrown nothing, and answered neither true nor false. */
export class NoAnswer extends SpecError {}

/** What a claim has answered, which must be true or false. */
export function answerOf(answer: unknown): boolean {
  if (typeof answer === "boolean") return answer;
  throw new NoAnswer(`expected it to answer true or false, got ${show(answer)}`);
}

/** One claim. */
export class Claim {
  readonly sentence: string;
  /** Whether a word has been read, by its index. */
  readonly reads: Uint8Array;
  /** Whether it has looked where the threads are. */
  looksAtThreads = false;
  readonly #growth: Growth;
  readonly #ask: StateClaim;
  #root: Reading | Answer | null = null;
  #readings = 0;

  /** @param words How many the memory has. */
  constructor(sentence: string, ask: StateClaim, words: number, growth: Growth) {
    this.sentence = sentence;
    this.#ask = ask;
    this.#growth = growth;
    this.reads = new Uint8Array(words);
  }

  /** Whether it holds in a state; throws what the claim throws. */
  holds(machine: Machine, state: Int32Array): boolean {
    const { holds, thrown } = this.#lookUp(state) ?? this.#run(machine, state);
    if (thrown !== undefined) throw thrown;
    return holds;
  }

  /** What it has come to before, with the same values. */
  #lookUp(state: Int32Array): Answer | undefined {
    let found: Reading | Answer | null | undefined = this.#root;
    while (found != null && "index" in found) {
      // INVARIANT: the index is that of a word.
      found = found.next.get(state[found.index]!);
    }
    return found ?? undefined;
  }

  #run(machine: Machine, state: Int32Array): Answer {
    const memory = state.slice(0, machine.m);
    const at = machine.plan.histories.map((history, t) =>
      history.nameAt(machine.placeOf(state, t))
    );
    const read: number[] = [];
    const values = memory.slice();
    let whole = this.#readings > MOST_READINGS;
    const noted = new Proxy(values, {
      get: (target, key) => {
        const index = typeof key === "string" ? Number(key) : NaN;
        if (Number.isInteger(index) && index >= 0 && index < target.length) {
          if (!read.includes(index)) read.push(index);
          return target[index];
        }
        if (key === "length") return target.length;
        whole = true;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
      set: (target, key, value) => {
        whole = true;
        return Reflect.set(target, key, value, target);
      },
      ownKeys: (target) => {
        whole = true;
        return Reflect.ownKeys(target);
      },
    });
    let looked = false;
    const places = new Proxy(at, {
      get: (target, key, receiver) => {
        looked = true;
        return Reflect.get(target, key, receiver);
      },
    });
    let answer = this.#answer(noted, places);
    if (answer.thrown !== undefined && !whole) {
      // It may not take what only looks like an Int32Array.
      whole = true;
      answer = this.#answer(state.slice(0, machine.m), places);
    }
    this.#note(whole ? [...this.reads.keys()] : read, looked);
    if (!whole && !looked) this.#keep(memory, read, answer);
    return answer;
  }

  #answer(memory: Int32Array, at: readonly (string | null)[]): Answer {
    try {
      return { holds: answerOf(this.#ask(memory, at)), thrown: undefined };
    } catch (error) {
      return { holds: false, thrown: error ?? new Error(`It has thrown ${error}`) };
    }
  }

  #note(read: readonly number[], looked: boolean): void {
    for (const index of read) {
      if (this.reads[index] === 1) continue;
      this.reads[index] = 1;
      this.#growth.claims = true;
    }
    if (!looked || this.looksAtThreads) return;
    this.looksAtThreads = true;
    this.#growth.claims = true;
  }

  /** The next time, the same values will lead to the same answer. */
  #keep(memory: Int32Array, read: readonly number[], answer: Answer): void {
    let put = (found: Reading | Answer): void => void (this.#root = found);
    let found: Reading | Answer | null | undefined = this.#root;
    for (const index of read) {
      if (found == null) {
        this.#readings++;
        put(found = { index, next: new Map() });
      }
      // Having read the same values before, it reads the same word next.
      if (!("index" in found) || found.index !== index) return;
      const { next }: Reading = found;
      // INVARIANT: the index is that of a word.
      const value: number = memory[index]!;
      found = next.get(value);
      put = (found) => void next.set(value, found);
    }
    if (found == null) put(answer);
  }
}
