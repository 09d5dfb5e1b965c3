/**
 * The event loop that coroutines live in.
 *
 * @module
 */
import { nanoseconds } from "../time/clock.ts";
import { core, Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import { fdSource } from "./_fd.ts";
import { Handler } from "./_handler.ts";
import { Loop } from "./_loop.ts";
import { Move } from "./_move.ts";
import { Callback } from "./_callback.ts";
import {
  givenName,
  kindOf,
  mustBeCallback,
  mustBeOptions,
  mustBeSignal,
  nameOf,
} from "../core/_given.ts";
import { listen, unlisten } from "../core/_signals.ts";
import type { Source } from "./_source.ts";

const { cpu, leader, refusalOf, wakeLater } = core;

/** The inside of a context. */
export let loopOf: (context: AioContext) => Loop;

let unnamed = 0;

/** More polls in a row than anybody needs. */
const MOST_AT_ONCE = 100_000;

/**
 * An event loop (QEMU's `AioContext`): bottom halves, sources of I/O, timers, and coroutines that it
 * resumes. There may be several; the one whose round is under way is {@linkcode AioContext.current}.
 *
 * It is driven by the host's own event loop as soon as there is something to do, or by whoever calls
 * one of the polls. One round does, in this order, the bottom halves, the sources that are ready, and
 * the timers that are due; each as they came. What comes meanwhile waits for the next round. (QEMU
 * runs bottom halves last in, first out, and promises nothing.)
 *
 * @example
 * ```ts
 * import { AioContext, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const disk = new AioContext("disk");
 * const co = Coroutine.create(function* () {
 *   yield* disk.switchTo();
 *   return AioContext.current.name;
 * });
 * co.enter();
 * assertEquals(co.scheduledBy, "AioContext.schedule");
 * assertEquals(disk.poll(), true);
 * assertEquals(await co.done, "disk");
 * ```
 */
export class AioContext implements Disposable, AsyncDisposable {
  /** What errors and `dump()` call it. */
  readonly name: string;
  readonly #loop: Loop = new Loop(this);
  readonly #reschedule: Move = new Move(this.#loop, true);
  readonly #switchTo: Move = new Move(this.#loop, false);

  static {
    loopOf = (context) => {
      if (typeof context === "object" && context !== null && #loop in context) return context.#loop;
      throw new TypeError(
        `Cannot use it as a context: expected an AioContext, got ${kindOf(context)}`,
      );
    };
  }

  /** The context of the host's events, and of all code that no other one runs. */
  static readonly main: AioContext = new AioContext("main");

  static {
    cpu.home = AioContext.main.#loop;
  }

  /** The one whose round is under way: {@linkcode AioContext.main} outside all (`qemu_get_current_aio_context`). */
  static get current(): AioContext {
    return (cpu.home ?? AioContext.main.#loop).context;
  }

  /**
   * Makes a context that has nothing to do.
   *
   * @param name What errors and `dump()` call it; numbered by default.
   */
  constructor(name: string = `${++unnamed}`) {
    this.name = givenName("make a context", name);
  }

  /**
   * Lets a coroutine run in this context, in its next round, in the order in which they were scheduled
   * (`aio_co_schedule`). One that runs may schedule itself before it yields.
   *
   * @param co The coroutine: one that nobody else will resume.
   * @throws {CoroutineError} `already-scheduled` (`scheduledBy` says by whom), `already-woken`,
   * `waiting`, `recursive-entry`, `terminated`; `closed`. Nothing has changed then.
   */
  schedule(co: Coroutine<unknown>): void {
    this.#loop.schedule(coroutineOf("schedule", co));
  }

  /**
   * Lets a coroutine run in this context, as soon as that can be (`aio_co_enter`): if this is the
   * current one, at once outside any coroutine, and inside when the one that runs yields or ends; if
   * it is not, by {@linkcode AioContext.schedule}.
   *
   * @param co The coroutine.
   * @throws {CoroutineError} As {@linkcode Coroutine.wake}; `closed`.
   * @throws What `enter` throws, where it enters at once.
   */
  enter(co: Coroutine<unknown>): void {
    const loop = this.#loop;
    coroutineOf("enter", co);
    loop.mustBeOpen("enter a coroutine in");
    const error = refusalOf("wake", co);
    if (error !== null) throw error;
    if (cpu.home !== loop) loop.receive(co);
    else if (cpu.current === leader) co.enter();
    else wakeLater(co);
  }

  /**
   * Gives all others their turn: suspends, and goes on in this context, in its next round.
   *
   * @returns What `yield*` takes.
   * @throws {CoroutineError} `yield-to-no-one` where no coroutine runs; `closed`.
   */
  reschedule(): Suspension<void> {
    return this.#reschedule;
  }

  /**
   * Goes on in this context; in the one that runs already, at once (`aio_co_reschedule_self`).
   *
   * @returns What `yield*` takes.
   * @throws {CoroutineError} As {@linkcode AioContext.reschedule}.
   */
  switchTo(): Suspension<void> {
    return this.#switchTo;
  }

  /**
   * Calls `callback` once, in the next round (`aio_bh_schedule_oneshot`).
   *
   * @param callback What to do.
   * @param name What errors call it; the name of the function by default.
   * @throws {CoroutineError} `closed`.
   * @throws {TypeError} If it is no function, or one that makes a generator (`function*`).
   */
  oneShot(callback: () => void, name: string = nameOf(callback)): void {
    mustBeCallback("schedule once", callback);
    this.#loop.mustBeOpen("schedule in");
    this.#loop.bottomHalves.add(new Callback("BottomHalf", callback, `${name}`));
    this.#loop.notify();
  }

  /**
   * Calls `handler` in each round in which `source` is ready (`aio_set_fd_handler`), in place of the
   * handler that it had.
   *
   * @param source Such as an {@linkcode EventNotifier} or a {@linkcode CoReader}; or the number of a file
   * descriptor, as for {@linkcode readable}.
   * @param handler What to call; null for nothing. It may set any handler, its own too.
   * @throws {CoroutineError} `closed`; `unsupported`, for a descriptor, on other hosts.
   * @throws {RangeError} If the number is none of a descriptor.
   * @throws {TypeError} If `source` is no source, or `handler` no function, or one that makes a generator.
   */
  setHandler(source: Source | number, handler: (() => void) | null): void {
    const watched = typeof source === "number" ? fdSource(source) : source;
    if (typeof watched?.watch !== "function") {
      throw new TypeError(`Cannot set a handler: expected a source, got ${kindOf(watched)}`);
    }
    if (handler !== null) mustBeCallback("set a handler", handler);
    const loop = this.#loop;
    if (handler === null) return loop.handlers.get(source)?.delete();
    loop.mustBeOpen("set a handler in");
    new Handler(loop, source, watched, handler);
  }

  /**
   * Does one round (`aio_poll`).
   *
   * @param blocking Whether to wait, without keeping the host from its own work, until there is
   * something to do.
   * @returns Whether there was progress: anything was done that is not idle. A blocking poll answers
   * false only if it was notified and found nothing, or the context was closed.
   * @throws {CoroutineError} `in-coroutine`; `context-busy` if another poll waits; `closed`.
   * @throws What callbacks and coroutines have thrown, when the round is over: one error as it is,
   * several as an `AggregateError`.
   */
  poll(blocking?: false): boolean;
  /** The same, as a promise. */
  poll(blocking: true): Promise<boolean>;
  /** One of both. */
  poll(blocking: boolean): boolean | Promise<boolean>;
  poll(blocking: boolean = false): boolean | Promise<boolean> {
    this.#loop.mustPoll();
    return blocking ? this.#pollWaiting() : this.#loop.poll();
  }

  async #pollWaiting(): Promise<boolean> {
    const loop = this.#loop;
    await new Promise<void>((resolve) => loop.block(resolve));
    return loop.afterBlock();
  }

  /**
   * Does one round, and before it stops this **thread** until there is something to do: nothing else of
   * the program runs meanwhile but alarms that are due (such as those of coroutines that sleep), and the
   * host's I/O does not come in. For threads that do nothing else.
   *
   * @param ns For how long at most, in nanoseconds; by default, for as long as it takes.
   * @returns Whether there was progress.
   * @throws {CoroutineError} As {@linkcode AioContext.poll}; `deadlock` if nothing can ever end the wait.
   * @throws {RangeError} If `ns` is negative or no number.
   * @throws {TypeError} Where the host lets no thread stop, as a browser its main one.
   * @throws What callbacks and coroutines have thrown.
   */
  pollSync(ns: number | bigint = Infinity): boolean {
    const loop = this.#loop;
    loop.mustPoll();
    loop.stop(nanoseconds("wait for", ns));
    return loop.poll();
  }

  /**
   * Does rounds for as long as there is progress, or something to do that is not idle.
   *
   * @returns Whether there was any.
   * @throws What {@linkcode AioContext.poll} throws: the rounds end there.
   * @throws {RangeError} If there is progress without end.
   */
  runUntilStalled(): boolean {
    let progress = false;
    for (let rounds = 0; this.poll() || this.busy;) {
      progress = true;
      if (++rounds >= MOST_AT_ONCE) {
        throw new RangeError(
          `Cannot run ${this} until it stalls: ${MOST_AT_ONCE.toLocaleString("en")} rounds have ` +
            "made progress (does a bottom half schedule itself each time?)",
        );
      }
    }
    return progress;
  }

  /**
   * Does rounds until nothing can ever give it something to do: nothing is scheduled in it, it has no
   * handler, no timer is set, and of the coroutines that ran in it last none sleeps or waits for I/O or
   * a promise. The host has its turn in between.
   *
   * @param options With `signal`, ends earlier: when that is aborted.
   * @throws {CoroutineError} As {@linkcode AioContext.poll}.
   * @throws {TypeError} If the signal is none; if there is an unknown option.
   * @throws What {@linkcode AioContext.poll} throws: the rounds end there.
   */
  async run(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const loop = this.#loop;
    mustBeOptions(`run ${this}`, options, ["signal"]);
    const { signal } = options;
    loop.mustPoll();
    if (signal !== undefined) mustBeSignal(`run ${this}`, signal);
    const listener = { aborted: () => loop.notify() };
    if (signal?.aborted === false) listen(signal, listener);
    try {
      while (!loop.closed && !loop.finished && signal?.aborted !== true) {
        if (await this.poll(true)) await new Promise<void>((resolve) => loop.host(resolve));
      }
    } finally {
      if (signal !== undefined) unlisten(signal, listener);
    }
  }

  /** Whether there is something to do that is not idle. */
  get busy(): boolean {
    return this.#loop.busy;
  }

  /** Lets a poll that waits look again (`aio_notify`). */
  notify(): void {
    this.#loop.notify();
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#loop.closed;
  }

  /**
   * Ends it. Coroutines that are suspended and ran here last go on elsewhere, when somebody wakes them.
   *
   * @param options With `drain`, first does rounds until there is no progress, and then deletes what is
   * left.
   * @throws {CoroutineError} `context-busy` if coroutines are scheduled in it, timers are set, or bottom
   * halves and handlers have not been deleted, whose names it gives; in the middle of a round; for
   * {@linkcode AioContext.main}. Nothing has changed then.
   * @throws {TypeError} If there is an unknown option.
   * @throws With `drain`, what {@linkcode AioContext.runUntilStalled} throws.
   */
  close(options: { readonly drain?: boolean } = {}): void {
    const loop = this.#loop;
    mustBeOptions(`close ${this}`, options, ["drain"]);
    const { drain = false } = options;
    if (loop.closed) return;
    if (this === AioContext.main) throw this.#cannotClose("the host's events belong to it");
    if (loop.polling) throw this.#cannotClose("one of its rounds is under way");
    if (drain) this.runUntilStalled();
    else this.#mustBeIdle();
    loop.close();
    // Sources and clocks of somebody's own making are told then: they can add nothing any more.
    for (const one of loop.live) one.delete();
  }

  /** Closes it, as far as it is not closed: what `using` calls. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Drains and closes it: what `await using` calls. It does not wait for coroutines that sleep or wait
   * for I/O: `await` {@linkcode AioContext.run} before, if they are to end here.
   */
  [Symbol.asyncDispose](): Promise<void> {
    // What it throws is a rejection.
    return new Promise((resolve) => resolve(this.close({ drain: true })));
  }

  /** `AioContext "name"`. */
  toString(): string {
    return `AioContext "${this.name}"`;
  }

  #mustBeIdle(): void {
    const loop = this.#loop;
    const { coming } = loop;
    const names = [
      ...coming.map(({ name }) => `coroutine "${name}"`),
      ...[...loop.live].map(String),
      ...loop.bottomHalves.names(),
    ];
    if (names.length === 0) return;
    throw this.#cannotClose(
      `it still has ${
        [...new Set(names)].join(", ")
      } (poll it, delete them, or close it with { drain: true })`,
      coming[0],
    );
  }

  #cannotClose(reason: string, coroutine?: Coroutine): CoroutineError {
    return new CoroutineError("context-busy", `Cannot close ${this}: ${reason}`, { coroutine });
  }
}

function coroutineOf(verb: string, co: Coroutine<unknown>): Coroutine<unknown> {
  if (co instanceof Coroutine) return co;
  throw new TypeError(`Cannot ${verb}: expected a coroutine, got ${kindOf(co)}`);
}
