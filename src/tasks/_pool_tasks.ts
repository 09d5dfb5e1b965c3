/**
 * The tasks of a pool: since when they count for those who wait for all, and who may ask for their failures.
 *
 * @module
 */
import { core, type Coroutine } from "../core/coroutine.ts";
import type { Owner } from "../core/_fate.ts";
import { host } from "../core/_report.ts";
import { Group } from "./_group.ts";

const { cpu, fateIfAny, fateOf, leader } = core;

/** The tasks of a pool, and those of their failures of which nobody has been told. */
export class Tasks extends Group {
  /** Who waits for all of them, or was the last one to be told to go on. */
  awaitedBy: () => Coroutine | null = () => null;
  /** Those that run: who has started them, and since when they count. */
  readonly begun = new Map<Coroutine, Begun>();
  // INVARIANT: something runs in each of those that are linked, but maybe the newest.
  #oldest = new Round(0);
  #newest = this.#oldest;
  /** Made when somebody asks who holds what, until another one begins or ends. */
  #inRounds: InRounds | null = null;
  // INVARIANT(task_pool: "a failure is kept by one that may yet ask for it")
  /** Those who may yet ask for failures, and these. */
  readonly kept = new Map<Coroutine, Failure[]>();
  /** Of whose end it is told. */
  readonly #followed = new WeakSet<Coroutine>();

  /** A task is started by the one that runs. */
  begin(task: Coroutine): void {
    const starter = cpu.current;
    const round = this.#roundOf(starter);
    round.running++;
    this.#inRounds = null;
    this.begun.set(task, { starter, round });
  }

  /** What a task starts counts since it does itself; and so does what those start that it has started. */
  #roundOf(starter: Coroutine): Round {
    for (let co: Coroutine | undefined = starter; co !== undefined;) {
      const begun = this.begun.get(co);
      if (begun !== undefined) return begun.round;
      // INVARIANT: one that has ended has no owner: so this does not go through those.
      const owner: Owner | null | undefined = fateIfAny(co)?.owner;
      if (owner instanceof Tasks) co = owner.begun.get(co)?.starter;
      else co = owner instanceof Group ? owner.maker : undefined;
    }
    return this.#newest;
  }

  /** The number of the round in which those are that are started from now on: what runs now is in those before. */
  nextRound(): number {
    const before = this.#newest;
    if (before.running > 0) {
      // EQUIVALENT(1 -> 2): it is compared alone.
      this.#newest = before.next = new Round(before.order + 1);
      this.#newest.before = before;
    }
    return this.#newest.order;
  }

  /** Whether all have ended that are in rounds before one. */
  isOver(order: number): boolean {
    return this.#oldest.order >= order;
  }

  /** Those that run, in the order of their rounds. */
  get inRounds(): readonly Coroutine[] {
    return this.#sorted().tasks;
  }

  /** How many of these are in rounds before one. */
  countBefore(order: number): number {
    const { orders } = this.#sorted();
    let [from, to] = [0, orders.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((orders[middle] ?? Infinity) < order) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  #sorted(): InRounds {
    if (this.#inRounds !== null) return this.#inRounds;
    const all = [...this.begun].sort(([, a], [, b]) => a.round.order - b.round.order);
    return this.#inRounds = {
      tasks: all.map(([task]) => task),
      orders: all.map(([, { round }]) => round.order),
    };
  }

  /** One of a round has ended: when nothing runs in it any more, nobody waits for it. */
  #left(round: Round): void {
    const { before, next } = round;
    if (--round.running > 0 || next === null) return;
    next.before = before;
    if (before === null) this.#oldest = next;
    else before.next = next;
  }

  override ended(task: Coroutine, failed: boolean, outcome: unknown): boolean {
    const failures = this.failures.length;
    const begun = this.begun.get(task);
    const starter = begun?.starter;
    this.begun.delete(task);
    this.#inRounds = null;
    if (begun !== undefined) this.#left(begun.round);
    // Before those who wait for all are told to go on.
    const keeper = failed ? this.#keeper(starter) : null;
    super.ended(task, failed, outcome);
    if (this.failures.length === failures) return true;
    if (keeper === null) return false;
    this.#keep([{ outcome, starter }], keeper);
    return true;
  }

  /** All failures so far are known. */
  tell(): void {
    if (this.kept.size > 0) this.kept.clear();
  }

  /** Who may yet ask for a failure: those who wait for all, or else those who may still do so. */
  #keeper(starter: Coroutine | undefined): Coroutine | null {
    for (const co of [this.awaitedBy(), this.maker, starter]) {
      if (co !== null && co !== undefined && isAlive(co)) return co;
    }
    return null;
  }

  #keep(failures: Failure[], keeper: Coroutine): void {
    const before = this.kept.get(keeper);
    // Those that are many stay where they are: they may go from one keeper to the next, again and again.
    if (before === undefined) this.kept.set(keeper, failures);
    else for (const failure of failures) before.push(failure);
    if (this.#followed.has(keeper)) return;
    this.#followed.add(keeper);
    fateOf(keeper).whenEnded(() => this.#handOn(keeper));
  }

  /** One that might have asked has ended: somebody else may, or nobody handles these failures. */
  #handOn(ended: Coroutine): void {
    const failures = this.kept.get(ended);
    if (failures === undefined) return;
    this.kept.delete(ended);
    const keeper = this.#keeper(undefined);
    if (keeper !== null) return this.#keep(failures, keeper);
    for (const failure of failures) {
      const { starter } = failure;
      // INVARIANT: nobody else may ask.
      if (starter !== undefined && isAlive(starter)) this.#keep([failure], starter);
      else host.report(failure.outcome);
    }
  }
}

/** Whether it may ask for anything. */
function isAlive(co: Coroutine): boolean {
  return co !== leader && fateOf(co).end === "none";
}

/** What is known of a task that runs. */
interface Begun {
  readonly starter: Coroutine;
  readonly round: Round;
}

/** Tasks, and the numbers of their rounds. */
interface InRounds {
  readonly tasks: readonly Coroutine[];
  readonly orders: readonly number[];
}

/** Tasks for which the same wait, where anybody waits for all: those that were started between two such waits. */
class Round {
  readonly order: number;
  /** How many of them run. */
  running = 0;
  before: Round | null = null;
  next: Round | null = null;

  constructor(order: number) {
    this.order = order;
  }
}

/** One of which nobody has been told. */
interface Failure {
  readonly outcome: unknown;
  readonly starter: Coroutine | undefined;
}
