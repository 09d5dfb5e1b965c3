/**
 * A pool that runs so many tasks at once, and no more.
 *
 * @module
 */
import { type Co, core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoSemaphore, poolOf } from "../locks/co_semaphore.ts";
import { CoroutineError } from "../core/errors.ts";
import { Group } from "./_group.ts";
import { limited, type Wait, type WaitOptions } from "../time/_limits.ts";
import { textOf } from "../core/_given.ts";
import { WaitList } from "../core/_wait_list.ts";

const { cancel, cpu, flush, grant, leader, DONE, RESUME, SUSPENDED } = core;

let unnamed = 0;

/**
 * Runs tasks in coroutines of their own, so many at once at most (QEMU's `AioTaskPool`). The first
 * failure is kept, and is thrown to those who wait for all of them; those that come after it go on,
 * unless {@linkcode TaskPool.cancel} ends them. Nothing ends them but that, not even the end of the
 * coroutine that started them: for tasks that belong to one, see {@linkcode scope}.
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
  readonly #group: Group;
  readonly #one: OneEnd;
  readonly #all: AllEnds;

  /**
   * Makes a pool in which no task runs.
   *
   * @param maxBusy How many may run at once: an integer from 1 up.
   * @param name What errors and `dump()` call it; numbered by default.
   * @throws {RangeError} If `maxBusy` is no such number.
   */
  constructor(maxBusy: number, name: string = `${++unnamed}`) {
    this.name = `${name}`;
    if (!(Number.isSafeInteger(maxBusy) && maxBusy >= 1)) {
      throw new RangeError(
        `Cannot make a pool of ${textOf(maxBusy)} tasks: expected an integer from 1 up`,
      );
    }
    this.#slots = new CoSemaphore(maxBusy, `slots of ${this}`);
    this.#group = new Group(`${this}`, () => this.#slots.release(), () => this.#ended());
    poolOf(this.#slots).takers = () => this.#group.children;
    this.#one = new OneEnd(this, this.#group);
    this.#all = new AllEnds(this, this.#group);
  }

  /**
   * Waits for a slot, after those who have come before, and runs a task in it, at once and until
   * that first suspends (`aio_task_pool_start_task`).
   *
   * @param task Its body: a generator function.
   * @param args What to call it with.
   * @returns The coroutine that runs it.
   * @throws {TypeError} If `task` is no generator function.
   * @throws {CoroutineError} `not-in-coroutine`; `too-deep`: the task has not begun then.
   * @throws What others have failed with that the task woke: it runs all the same.
   */
  *start<A extends unknown[], T>(task: (...args: A) => Co<T>, ...args: A): Co<Coroutine<T>> {
    yield* this.#slots.acquire();
    let child: Coroutine<T>;
    try {
      child = this.#group.adopt(task, ...args);
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
  *waitSlot(options?: WaitOptions): Co {
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
   * Waits until no task runs (`aio_task_pool_wait_all`).
   *
   * @param options When to give up.
   * @returns What `yield*` takes.
   * @throws The first failure, of all tasks of this pool so far.
   * @throws {CoroutineError} `not-in-coroutine`; `timeout`.
   */
  waitAll(options?: WaitOptions): Suspension<void> {
    return this.#all.wait(options);
  }

  /**
   * Cancels the tasks that run now. The pool goes on: others may be started.
   *
   * @param reason Why.
   * @throws Outside a coroutine, what those who ran because of it have failed with.
   */
  cancel(reason?: unknown): void {
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

  /** What tasks have failed with, the first failure first. One that was cancelled has not failed. */
  get failures(): readonly unknown[] {
    return [...this.#group.failures];
  }

  /** `TaskPool "name"`. */
  toString(): string {
    return `TaskPool "${this.name}"`;
  }

  #ended(): void {
    this.#one.tell();
    if (this.busy === 0) this.#all.tell();
  }
}

/** Those who wait for tasks to end, and what `yield*` runs for them. */
abstract class Ends extends WaitList implements Wait<void> {
  protected readonly group: Group;
  readonly #pool: TaskPool;

  constructor(pool: TaskPool, group: Group) {
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
        `Cannot wait for ${this}: no coroutine runs here`,
      );
    }
    return options === undefined ? this : limited(this, options);
  }

  /** Lets all go on. */
  tell(): void {
    for (let co; (co = this.shift()) !== null;) grant(co);
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

/** Those who wait for all tasks: each of them holds what they wait for. */
class AllEnds extends Ends {
  get holders(): readonly Coroutine[] {
    return this.group.children;
  }

  next(): IteratorResult<void, void> {
    // When its turn comes, others may have been started.
    if (this.group.running > 0) {
      this.park();
      return SUSPENDED;
    }
    if (this.group.failures.length > 0) throw this.group.failures[0];
    return DONE;
  }
}
