/**
 * A pool that runs so many tasks at once, and no more.
 *
 * @module
 */
import { noCoroutine } from "../core/_copies.ts";
import { Afresh } from "../core/_afresh.ts";
import { type Co, core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoSemaphore, poolOf } from "../locks/co_semaphore.ts";
import { CoroutineError } from "../core/errors.ts";
import { Tasks } from "./_pool_tasks.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import { makeSureOfStack } from "../core/_stack.ts";
import { Spot } from "../core/_spot.ts";
import { amountOf, givenName, isGenerator, notGenerator, textOf } from "../core/_given.ts";
import { WaitList } from "../core/_wait_list.ts";

const { cancel, cpu, flush, grant, leader, placeOf, DONE, RESUME, SUSPENDED } = core;

let unnamed = 0;

/** The tasks of a pool, for those who look at them. */
export let tasksOf: (pool: TaskPool) => Tasks;

/**
 * Runs tasks in coroutines of their own, so many at once at most (QEMU's `AioTaskPool`). The first
 * failure is kept, and is thrown to those who wait for all of them; those that come after it go on,
 * unless {@linkcode TaskPool.cancel} ends them. Nothing ends them but that, not even the end of the
 * coroutine that started them: for tasks that belong to one, see {@linkcode scope}.
 *
 * **No failure is lost.** It is kept as long as somebody may ask for it: the coroutine that has made the
 * pool, the one that has started the task, or one that waits for all. When these have ended, and nobody
 * has been told, it is told as an error that nobody handles: to whoever enters the task, or by the host.
 *
 * @example
 * ```ts
 * import { Coroutine, sleep, TaskPool, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const out: string[] = [];
 * function* copy(file: string) {
 *   yield* sleep(1e9, clock);
 *   out.push(`${file} at ${clock.now / 1e9}`);
 * }
 * Coroutine.create(function* () {
 *   const pool = new TaskPool(2);
 *   for (const file of ["a", "b", "c"]) yield* pool.start(copy, file);
 *   yield* pool.waitAll();
 *   out.push("done");
 * }).enter();
 * clock.advance(2e9);
 * assertEquals(out, ["a at 1", "b at 1", "c at 2", "done"]);
 * ```
 */
export class TaskPool {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #slots: CoSemaphore;
  readonly #group: Tasks;
  readonly #one: OneEnd;
  readonly #all: AllEnds;

  static {
    tasksOf = (pool) => pool.#group;
  }

  /**
   * Makes a pool in which no task runs.
   *
   * @param maxBusy How many may run at once: an integer from 1 up.
   * @param name What errors and `dump()` call it; numbered by default.
   * @throws {RangeError} If `maxBusy` is no such number.
   */
  constructor(maxBusy: number, name: string = `${++unnamed}`) {
    this.name = givenName("make a pool", name);
    mustBeTasks("make a pool of", maxBusy, 1);
    this.#slots = new CoSemaphore(maxBusy, `slots of ${this}`);
    this.#group = new Tasks(`${this}`, () => this.#slots.release(), () => this.#ended());
    poolOf(this.#slots).takers = () => this.#group.children;
    this.#one = new OneEnd(this, this.#group);
    this.#all = new AllEnds(this, this.#group);
    this.#group.awaitedBy = () => this.#all.first ?? this.#all.lastTold;
  }

  /**
   * Waits for a slot, after those who have come before, and runs a task in it, at once and until
   * that first suspends (`aio_task_pool_start_task`).
   *
   * @param task Its body: a generator function, or one that returns a wait.
   * @param args What to call it with.
   * @returns What `yield*` takes. It is worth the coroutine that runs it.
   * @throws {TypeError} If `task` is no such function.
   * @throws {CoroutineError} `not-in-coroutine`; `too-deep`: the task has not begun then.
   * @throws What others have failed with that the task woke: it runs all the same.
   */
  start<A extends unknown[], T>(
    task: (...args: A) => Suspension<T>,
    ...args: A
  ): Suspension<Coroutine<T>>;
  /**
   * The same, with limits to the wait for a slot.
   *
   * @param options When to give up: the task does not begin then.
   * @param task Its body.
   * @param args What to call it with.
   * @returns What `yield*` takes. It is worth the coroutine that runs it.
   * @throws {CoroutineError} `timeout`, besides.
   */
  start<A extends unknown[], T>(
    options: WaitOptions,
    task: (...args: A) => Suspension<T>,
    ...args: A
  ): Suspension<Coroutine<T>>;
  start(...given: unknown[]): Suspension<Coroutine<unknown>> {
    const [first] = given;
    const isOptions = given.length > 1 && typeof first === "object" && !isGenerator(first as null);
    const options = isOptions ? given.shift() as WaitOptions : undefined;
    const [task, ...args] = given;
    if (typeof task !== "function") throw notGenerator("start a task", task);
    return new Afresh(() => this.#start(options, task as () => Suspension<unknown>, args as []));
  }

  *#start(
    options: WaitOptions | undefined,
    task: (...args: unknown[]) => Suspension<unknown>,
    args: unknown[],
  ): Co<Coroutine<unknown>> {
    yield* this.#slots.acquire(1, options);
    let child: Coroutine<unknown>;
    try {
      child = this.#group.adopt(task, ...args);
      this.#group.begin(child);
    } catch (error) {
      this.#slots.release();
      throw error;
    }
    try {
      child.enter();
    } catch (error) {
      // It has not even begun: at the end of the stack.
      if (child.status === "created") cancel(child, error);
      throw error;
    }
    return child;
  }

  /**
   * Waits until a slot is free (`aio_task_pool_wait_slot`).
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `not-in-coroutine`; `timeout`.
   */
  waitSlot(options?: WaitOptions): Suspension<void> {
    return new Afresh(() => this.#waitSlot(options));
  }

  *#waitSlot(options: WaitOptions | undefined): Co {
    yield* this.#slots.acquire(1, options);
    this.#slots.release();
  }

  /**
   * Waits until one more task has ended (`aio_task_pool_wait_one`).
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `not-in-coroutine`; `no-tasks` if none runs; `timeout`.
   */
  waitOne(options?: WaitOptions): Suspension<void> {
    return this.#one.wait(options);
  }

  /**
   * Waits until all tasks have ended that run now, and those that they start, themselves or by what they have
   * started (`aio_task_pool_wait_all`). What others start meanwhile does not count: so the wait ends, however
   * many follow.
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws The first failure, of all tasks of this pool so far.
   * @throws {CoroutineError} `not-in-coroutine`; `deadlock` in a task of this pool, which would wait for
   * itself; `timeout`.
   */
  waitAll(options?: WaitOptions): Suspension<void> {
    return this.#all.wait(options);
  }

  /**
   * Cancels the tasks that run now. The pool goes on: others may be started.
   *
   * @param reason Why.
   * @throws {CoroutineError} `too-deep` at the end of the stack: nobody has been cancelled then.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  cancel(reason?: unknown): void {
    makeSureOfStack("cancel the tasks of a pool");
    for (const task of this.#group.children) cancel(task, reason);
    flush();
  }

  /** How many tasks run. */
  get busy(): number {
    return this.#group.running;
  }

  /** How many may run at once. */
  get maxBusy(): number {
    return this.#slots.total;
  }

  /**
   * Lets more tasks run at once, or fewer. Those that run go on; if there are too many, none begins until
   * enough have ended.
   *
   * @param maxBusy How many: an integer from 0 up. With 0, none begins until it is set once more.
   * @throws {RangeError} If it is no such number.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  setMaxBusy(maxBusy: number): void {
    mustBeTasks(`let ${this} run`, maxBusy, 0);
    this.#slots.setTotal(maxBusy);
  }

  /**
   * What tasks have failed with, the first failure first. One that was cancelled has not failed. Whoever
   * asks has been told of them.
   */
  get failures(): readonly unknown[] {
    this.#group.tell();
    return [...this.#group.failures];
  }

  /** `TaskPool "name"`. */
  toString(): string {
    return `TaskPool "${this.name}"`;
  }

  #ended(): void {
    this.#one.tell();
    this.#all.tell();
  }
}

/** Those who wait for tasks to end, and what `yield*` runs for them. */
abstract class Ends extends WaitList implements Wait<void> {
  protected readonly group: Tasks;
  readonly #pool: TaskPool;
  /** Who was the last one to be let go on, until it has. */
  lastTold: Coroutine | null = null;

  constructor(pool: TaskPool, group: Tasks) {
    super();
    this.#pool = pool;
    this.group = group;
  }

  abstract next(token: unknown): IteratorResult<void, void>;

  [Symbol.iterator](): this {
    return this;
  }

  throw(error: unknown): never {
    throw error;
  }

  wait(options: WaitOptions | undefined): Suspension<void> {
    if (cpu.current === leader) {
      throw new CoroutineError(
        "not-in-coroutine",
        `Cannot wait for ${this}: ${noCoroutine()}`,
      );
    }
    return options === undefined ? this : limited(this, options);
  }

  /** Lets all go on. */
  tell(): void {
    for (let co; (co = this.shift()) !== null;) {
      this.lastTold = co;
      grant(co);
    }
  }

  override toString(): string {
    return textOf(this.#pool);
  }
}

/** Those who wait for one task. */
class OneEnd extends Ends {
  next(token: unknown): IteratorResult<void, void> {
    if (token === RESUME) return DONE;
    if (this.group.running === 0) {
      throw new CoroutineError("no-tasks", `Cannot wait for one task of ${this}: none runs`);
    }
    this.park();
    return SUSPENDED;
  }
}

/** Where one waits for the tasks of all rounds before one: each of them holds what it waits for. */
class All extends Spot {
  readonly order: number;
  readonly #group: Tasks;

  constructor(list: AllEnds, group: Tasks, order: number) {
    super(list);
    this.#group = group;
    this.order = order;
  }

  override get holders(): readonly Coroutine[] {
    return this.#group.inRounds;
  }

  get holdersUpTo(): number {
    return this.#group.countBefore(this.order);
  }
}

/** Those who wait for all tasks that ran when they came. */
class AllEnds extends Ends {
  /** Where the last one waits that has come: who waits for the same tasks waits there, too. */
  #latest: All | null = null;

  next(token: unknown): IteratorResult<void, void> {
    const { group } = this;
    if (this.lastTold === cpu.current) this.lastTold = null;
    if (token !== RESUME && group.running > 0) {
      if (group.begun.has(cpu.current)) throw waitsForItself(this);
      const order = group.nextRound();
      if (this.#latest?.order !== order) this.#latest = new All(this, group, order);
      this.park(this.#latest);
      return SUSPENDED;
    }
    group.tell();
    if (group.failures.length > 0) throw group.failures[0];
    return DONE;
  }

  /** Lets those go on whose tasks have all ended. */
  override tell(): void {
    for (let first; (first = this.first) !== null;) {
      const place = placeOf(first);
      // INVARIANT: those who came later wait for as many, or more.
      if (place instanceof All && !this.group.isOver(place.order)) return;
      this.shift();
      this.lastTold = first;
      grant(first);
    }
  }
}

function waitsForItself(all: AllEnds): CoroutineError {
  return new CoroutineError(
    "deadlock",
    `Cannot wait for all tasks of ${all}: coroutine "${cpu.current.name}" is one of them`,
  );
}

function mustBeTasks(verb: string, n: number, least: 0 | 1): void {
  if (Number.isSafeInteger(n) && n >= least) return;
  throw new RangeError(`Cannot ${verb} ${amountOf(n)} tasks: expected an integer from ${least} up`);
}
