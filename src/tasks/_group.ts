/**
 * Coroutines that another one has started and answers for: it goes on when all of them have ended,
 * their failures come to it, and when it is cancelled, so are they.
 *
 * @module
 */
import { beginAwaiting, endAwaiting } from "../core/_awaited.ts";
import { core, Coroutine, type Suspension } from "../core/coroutine.ts";
import type { Owner } from "../core/_fate.ts";
import { regainThenThrow, type Wait } from "../time/_limits.ts";
import type { Home } from "../core/_home.ts";
import type { Place } from "../core/_place.ts";
import { cannotRunAgain } from "../core/_refusals.ts";

const { cancel, cpu, fateOf, grant, park, DONE, SUSPENDED } = core;

type AnyCo = Coroutine<unknown>;

/** What the owner does when one of its children has ended. */
export type OnEnd = (child: AnyCo, failed: boolean, outcome: unknown) => void;

/** The children of one coroutine, the place where it waits for them, and what `yield*` runs there. */
export class Group implements Owner, Place, Wait<void> {
  readonly refusal = "waiting";
  /** What they have failed with, in the order in which they did: those who were cancelled have not. */
  readonly failures: unknown[] = [];
  /** Their names. */
  readonly #failed: string[] = [];
  /** Who has made it. */
  readonly maker: AnyCo = cpu.current;
  readonly #what: string;
  readonly #onEnd: OnEnd;
  readonly #afterEnd: () => void;
  readonly #running = new Set<AnyCo>();
  /** Who waits for them. */
  #parent: AnyCo | null = null;
  #limited = false;
  #awaits = false;
  #home: Home | null = null;
  #adopted = 0;
  /** Why they have all been cancelled. */
  #cancelled: { readonly reason: unknown } | null = null;

  /**
   * @param what What starts them, such as `all`.
   * @param onEnd Is told of each that ends, while it still counts.
   * @param afterEnd Is called when it does not count any more, before the parent is told.
   */
  constructor(what: string, onEnd: OnEnd = () => {}, afterEnd: () => void = () => {}) {
    this.#what = what;
    this.#onEnd = onEnd;
    this.#afterEnd = afterEnd;
  }

  get waitingOn(): string {
    const n = this.#running.size;
    return `${this.#what} (${n} ${n === 1 ? "coroutine" : "coroutines"})`;
  }

  /** Who has not ended. */
  get children(): readonly AnyCo[] {
    return [...this.#running];
  }

  /** Whoever fails has the others cancelled: those do not wait for ever, then. */
  readonly anyEnds = true;

  /** The parent waits for all of them. */
  get holders(): readonly AnyCo[] {
    return this.children;
  }

  /** Whether the wait of the parent ends by itself, sooner or later. */
  get limited(): boolean {
    return this.#limited;
  }

  set limited(limited: boolean) {
    this.#limited = limited;
    this.#count();
  }

  /** How many have not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** Makes a child, which does not run yet. */
  adopt<A extends unknown[], T>(entry: (...args: A) => Suspension<T>, ...args: A): Coroutine<T> {
    const anonymous = typeof entry === "function" && entry.name === "";
    const child = anonymous
      ? Coroutine.named(`${this.#what} ${++this.#adopted}`, entry, ...args)
      : Coroutine.create(entry, ...args);
    fateOf(child).owner = this;
    this.#running.add(child);
    return child;
  }

  /** Lets a new child run when the one that runs now yields or ends; outside, when somebody flushes. */
  run(child: AnyCo): void {
    // It may have been cancelled already.
    if (!this.#running.has(child)) return;
    grant(child);
    if (this.#cancelled !== null) cancel(child, this.#cancelled.reason);
  }

  /** Lets a child live on without its parent: it fails for whoever enters it. */
  release(child: AnyCo): void {
    fateOf(child).owner = null;
    this.#ended(child);
  }

  /** Cancels all of them, those that are started later too. */
  cancel(reason: unknown): void {
    // Those who end by it say so again, each of them; and who is started later is cancelled by `run`.
    if (this.#cancelled !== null) return;
    this.#cancelled = { reason };
    for (const child of this.#running) cancel(child, reason);
  }

  ended(child: AnyCo, failed: boolean, outcome: unknown): boolean {
    if (failed && !fateOf(child).endsBy(outcome)) {
      this.failures.push(outcome);
      this.#failed.push(`"${child.name}"`);
    }
    this.#onEnd(child, failed, outcome);
    this.#ended(child);
    return true;
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Waits until all have ended. */
  next(_token: unknown): IteratorResult<void, void> {
    if (this.#parent !== null) throw cannotRunAgain(this.#what, this.#parent);
    if (this.#running.size === 0) return DONE;
    park(this);
    this.#waits(cpu.current);
    return SUSPENDED;
  }

  /** The parent was cancelled: so are they, and it goes on when they have ended. */
  throw(error: unknown): IteratorResult<void, void> {
    this.cancel(error);
    if (this.#running.size === 0) throw this.errorOr(error);
    return regainThenThrow((token) => this.next(token), error);
  }

  /** The parent does not wait any more. */
  forget(): void {
    this.#waits(null);
  }

  /** What the parent is to fail with: what they have failed with, or else `other`. */
  errorOr(other: unknown): unknown {
    const { failures } = this;
    if (failures.length === 0) return other;
    if (failures.length === 1) return failures[0];
    return new AggregateError(
      failures,
      `${failures.length} coroutines failed: ${this.#failed.join(", ")}`,
    );
  }

  #ended(child: AnyCo): void {
    this.#running.delete(child);
    this.#afterEnd();
    const parent = this.#parent;
    if (this.#running.size > 0 || parent === null) return;
    this.#waits(null);
    grant(parent);
  }

  #waits(parent: AnyCo | null): void {
    this.#parent = parent;
    this.#count();
  }

  /** If its wait ends by itself, the parent counts among those of whom that is so. */
  #count(): void {
    const awaits = this.#limited && this.#parent !== null;
    if (awaits === this.#awaits) return;
    this.#awaits = awaits;
    if (awaits) this.#home = beginAwaiting(false);
    else endAwaiting(this.#home, false);
  }
}
