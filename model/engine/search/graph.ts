/**
 * All that a model allows, and all that it forbids, in every state that it can reach: for walks that
 * must come by all of it.
 *
 * @module
 */
import { show, SpecError } from "../language/errors.ts";
import { faulty, type Machine } from "./machine.ts";
import { same } from "../language/answers.ts";
import { type Memory, OutOfMemory } from "./memory.ts";
import { StateIndex } from "./state_index.ts";
import type { Watch } from "./watch.ts";

/** A call that is to be made, and what the model says of it. */
export interface Step {
  /** The number of the instance. */
  readonly k: number;
  /** Whether it must be refused. */
  readonly refused: boolean;
  /** What it must answer, or the code with which it must be refused. */
  readonly expected: unknown;
}

/** A step from a state, to the state `target`; one that is refused leads nowhere. */
export interface Edge extends Step {
  readonly target: number;
}

/** The edges of all states, those of each together: packed, for there are millions. */
export class Edges {
  readonly #refused: boolean;
  /** How many there are. */
  size = 0;
  /** Three words for each: the number of the instance, the target, and that of what it must answer. */
  #words = new Int32Array(3 * 1024);
  /** Where the edges of each state begin. */
  #first = new Int32Array(1024);
  #states = 0;
  readonly #memory: Memory;
  /** What they must answer; and the number of each scalar, and of the last object that looks like this. */
  readonly #answers: unknown[] = [];
  readonly #numbers = new Map<unknown, number>();

  /**
   * @param refused Whether they are calls that must be refused.
   * @param memory What they are kept in.
   */
  constructor(refused: boolean, memory: Memory) {
    this.#refused = refused;
    this.#memory = memory;
  }

  /** What is added from now on begins in the next state. */
  nextState(): void {
    if (this.#states + 2 > this.#first.length) this.#first = this.#memory.doubled(this.#first);
    this.#first[this.#states++] = this.size;
    this.#first[this.#states] = this.size;
  }

  /** Adds one, from the state that was begun last. */
  add(k: number, expected: unknown, target: number): void {
    const at = 3 * this.size;
    if (at + 3 > this.#words.length) this.#words = this.#memory.doubled(this.#words);
    this.#words[at] = k;
    this.#words[at + 1] = target;
    this.#words[at + 2] = this.#numberOf(expected);
    this.#first[this.#states] = ++this.size;
  }

  /** How many begin in a state. */
  count(state: number): number {
    // INVARIANT: callers ask for a state that was begun; where the next one begins is known then.
    return this.#first[state + 1]! - this.#first[state]!;
  }

  /** The number of the i-th that begins in a state. */
  number(state: number, i: number): number {
    return this.#first[state]! + i;
  }

  /** The one of that number. */
  at(number: number): Edge {
    const at = 3 * number;
    return {
      k: this.#words[at]!,
      refused: this.#refused,
      expected: this.#answers[this.#words[at + 2]!],
      target: this.#words[at + 1]!,
    };
  }

  /** Where the one of that number leads. */
  target(number: number): number {
    return this.#words[3 * number + 1]!;
  }

  #numberOf(answer: unknown): number {
    const looks = typeof answer === "object" && answer !== null ? `: ${show(answer)}` : answer;
    const known = this.#numbers.get(looks);
    if (known !== undefined && same(this.#answers[known], answer)) return known;
    const number = this.#answers.push(answer) - 1;
    try {
      this.#numbers.set(looks, number);
    } catch (error) {
      throw new OutOfMemory("a map is full", { cause: error });
    }
    return number;
  }
}

/** What a model can do. */
export interface Graph {
  readonly size: number;
  /** The first so many of them are initial states. */
  readonly initial: number;
  /** How many of them are inside `within`; the others are reached, and not gone on from. */
  readonly inside: number;
  /** Whether each state was gone on from; if not, there is nothing to walk on. */
  readonly expanded: boolean;
  /** The states. */
  readonly index: StateIndex;
  readonly steps: Edges;
  readonly refusals: Edges;
  /** The numbers of the edges of a shortest path to a state, the last one first, and where it begins. */
  pathTo(state: number): { readonly path: number[]; readonly start: number };
}

/** Explores a model, in steps of some milliseconds, until it is all known or the watch says that it is enough. */
export function* exploring<T>(
  machine: Machine<T>,
  maxStates: number,
  memory: Memory,
  watch: Watch,
): Generator<void, Graph> {
  const { wordCount, instances } = machine;
  const index = new StateIndex(wordCount, memory);
  const steps = new Edges(false, memory);
  const refusals = new Edges(true, memory);
  /** For each state but the initial ones, that from which it was first reached, and by which edge. */
  let via = new Int32Array(2 * 1024);

  for (const state of machine.initial) {
    if (index.add(state, maxStates) < 0) watch.full();
  }
  const initial = index.size;
  let inside = 0;
  let expanded = 0;
  for (let id = 0; id < index.size; id++) {
    const begin = index.offset(id);
    machine.load(index.chunk(id), begin);
    let where = "within";
    let k = -1;
    try {
      steps.nextState();
      refusals.nextState();
      if (machine.within()) {
        inside++;
        for (k = 0; k < instances.length; k++) {
          if (watch.ends()) break;
          machine.load(index.chunk(id), begin);
          where = "when";
          if (!machine.enabled(k)) {
            where = "refuse";
            const code = machine.refusal(k);
            if (code !== undefined) refusals.add(k, code, id);
            continue;
          }
          where = "do";
          const answer = machine.apply(k);
          const before = index.size;
          const target = index.add(machine.words, maxStates);
          if (target < 0) {
            watch.full();
            continue;
          }
          if (target === before) {
            if (2 * target + 2 > via.length) via = memory.doubled(via);
            via[2 * target] = id;
            via[2 * target + 1] = steps.size;
          }
          steps.add(k, answer, target);
        }
      }
    } catch (error) {
      if (error instanceof OutOfMemory) {
        watch.caught(error);
        break;
      }
      const state = index.chunk(id).subarray(begin, begin + wordCount);
      const label = k < 0 ? where : `${where} of ${instances[k]?.label}`;
      throw faulty(machine, "Cannot conform", label, state, error);
    }
    if (watch.ended) break;
    expanded++;
    if (watch.isDue()) yield;
  }
  if (inside === 0 && !watch.ended) {
    throw new SpecError(
      `Cannot conform to spec ${show(machine.name)}: no initial state is inside within`,
    );
  }
  const pathTo = (state: number): { path: number[]; start: number } => {
    const path: number[] = [];
    let start = state;
    // INVARIANT: every state but the initial ones was reached by an edge.
    for (; start >= initial; start = via[2 * start]!) path.push(via[2 * start + 1]!);
    return { path, start };
  };
  const { size } = index;
  return { size, initial, inside, expanded: expanded === size, index, steps, refusals, pathTo };
}
