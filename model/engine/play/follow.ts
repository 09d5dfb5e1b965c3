/**
 * A list of calls, followed on spec and code together; and shorter lists that fail as well.
 *
 * @module
 */
import { truth } from "../language/answers.ts";
import { show } from "../language/errors.ts";
import type { Step } from "../search/graph.ts";
import { faulty, type Machine } from "../search/machine.ts";
import type { Binding } from "./binding.ts";
import { type Mismatch, Player } from "./play.ts";

/**
 * Makes calls by the numbers of their instances, up to `limit` of them, from initial state `start`.
 * One that the model neither allows nor refuses where it stands is left out. The claims of the spec
 * are tested on the way.
 */
export function followCalls<T, A, R>(
  machine: Machine<T>,
  player: Player<T, A, R>,
  calls: readonly number[],
  { start = 0, limit = Infinity, ends = () => false }: {
    readonly start?: number;
    readonly limit?: number;
    /** Asked before each: whether to end. */
    readonly ends?: () => boolean;
  } = {},
): Mismatch | undefined {
  const follower = new Follower(machine, calls, start, limit, ends);
  follower.walk(player);
  return player.mismatch ?? follower.broken;
}

/** No more than so many attempts at a shorter list. */
const ATTEMPTS = 2000;

/**
 * The mismatch of a list of calls that fails, with as many calls left out as can be; undefined if it does not
 * fail. The calls that it tries are noted in the journal: whoever looks for code that hangs sees that it goes on.
 */
export function shortened<T, A, R>(
  machine: Machine<T>,
  binding: Binding<T, A, R>,
  calls: readonly number[],
  start: number,
  journal?: Int32Array,
): Mismatch | undefined {
  let spoilt = false;
  const attempt = (list: readonly number[]): Mismatch | undefined => {
    const player = new Player(machine, binding, { journal });
    followCalls(machine, player, list, { start });
    // Claims that the model breaks by itself are another matter.
    const { mismatch } = player;
    // Code that fails before any call is made has been left in a bad state by the calls before.
    if (mismatch !== undefined && player.calls.length === 0) spoilt = true;
    return spoilt ? undefined : mismatch;
  };
  let found = attempt(calls);
  let best = calls;
  let attempts = 0;
  for (let chunk = best.length >> 1; chunk >= 1; chunk = chunk === 1 ? 0 : chunk >> 1) {
    for (let at = 0; at < best.length && attempts < ATTEMPTS && !spoilt;) {
      attempts++;
      const fewer = best.toSpliced(at, chunk);
      const still = attempt(fewer);
      if (still === undefined) at += chunk;
      else [best, found] = [fewer, still];
    }
  }
  return found;
}

class Follower<T> {
  /** The claim that did not hold, as a mismatch. */
  broken: Mismatch | undefined;
  readonly #machine: Machine<T>;
  readonly #list: readonly number[];
  readonly #start: number;
  readonly #steps: number;
  readonly #state: Int32Array;
  readonly #after: Int32Array;
  #at = 0;
  #made = 0;
  readonly #calls: string[] = [];

  readonly #ends: () => boolean;

  constructor(
    machine: Machine<T>,
    list: readonly number[],
    start: number,
    steps: number,
    ends: () => boolean,
  ) {
    this.#ends = ends;
    this.#machine = machine;
    this.#list = list;
    this.#steps = steps;
    this.#start = start;
    // INVARIANT: `start` is the number of an initial state.
    this.#state = machine.initial[start]!.slice();
    this.#after = this.#state.slice();
  }

  walk<A, R>(player: Player<T, A, R>): void {
    player.at(this.#state, 0);
    this.#judge();
    player.run(this.#start, () => this.#choose(), (step) => {
      this.#state.set(this.#after);
      player.at(this.#state, 0);
      this.#calls.push(this.#machine.instances[step.k]?.label ?? "?");
      this.#judge();
    });
  }

  /** The next choice that means anything here. */
  #choose(): Step | undefined {
    const machine = this.#machine;
    while (this.broken === undefined && this.#made < this.#steps && !this.#ends()) {
      const k = this.#list[this.#at++];
      if (k === undefined) return undefined;
      const label = machine.instances[k]?.label;
      if (!this.#ask("within", () => machine.within())) return undefined;
      if (this.#ask(`when of ${label}`, () => machine.enabled(k))) {
        const expected = this.#ask(`do of ${label}`, () => machine.apply(k));
        machine.save(this.#after, 0);
        this.#made++;
        return { k, refused: false, expected };
      }
      const expected = this.#ask(`refuse of ${label}`, () => machine.refusal(k));
      if (expected === undefined) continue;
      this.#made++;
      return { k, refused: true, expected };
    }
    return undefined;
  }

  /** What a function of the spec says where the model is. */
  #ask<R>(where: string, question: () => R): R {
    this.#machine.load(this.#state, 0);
    try {
      return question();
    } catch (error) {
      throw faulty(this.#machine, "Cannot follow calls", where, this.#state, error);
    }
  }

  /** Tests the claims where the model is. */
  #judge(): void {
    const machine = this.#machine;
    const calls = this.#calls;
    for (const { sentence, holds } of machine.spec.always) {
      if (this.#ask(show(sentence), () => truth(holds(machine.raw), show(sentence)))) continue;
      const message = `the model breaks its claim "${sentence}"`;
      this.broken = { kind: "claim", message, calls, differences: [] };
      return;
    }
  }
}
