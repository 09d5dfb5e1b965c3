/**
 * Threads that run coroutines.
 *
 * @module
 */
import { beginAwaiting, endAwaiting } from "../core/_awaited.ts";
import { commonsNow } from "../shared/_commons.ts";
import type { Life } from "../shared/_lives.ts";
import { type CoHandle, schedule } from "./co_handle.ts";
import { core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { CoroutineError } from "../core/errors.ts";
import {
  type Greeting,
  type Port,
  type Reply,
  type Request,
  Transfer,
  unpacked,
  unwrap,
} from "./_messages.ts";
import type { Home } from "../core/_home.ts";
import type { Place } from "../core/_place.ts";
import { cannotRunAgain } from "../core/_refusals.ts";
import { givenName, kindOf, mustBeOptions, mustBeSignal } from "../core/_given.ts";
import { listen, type Listener, unlisten } from "../core/_signals.ts";
import { type HostThread, hostThreads, Inbox, send, type Threads, tooDeep } from "./_threads.ts";
import { bury, watch } from "./_undertaker.ts";

const { cpu, grant, mustPark, park, throwInto, RESUME, SUSPENDED } = core;

let unnamed = 0;

/** What goes with a thread. */
export interface IOThreadOptions {
  /** What errors and `dump()` call it, here and there; numbered by default. */
  readonly name?: string | undefined;
  /** Ends the start when it is aborted: a module may take as long as it likes to load. */
  readonly signal?: AbortSignal | undefined;
}

/** What calling an export of a module comes to, in another thread. */
export type ResultOf<F> = F extends (...args: never[]) => infer R
  ? (R extends Generator<unknown, infer T, unknown> ? T
    : R extends readonly unknown[] | ReadonlySet<unknown> ? R
    : R extends Suspension<infer T> ? T
    : Awaited<R>) extends infer V ? V extends Transferred<infer W> ? W : V
  : never
  : never;

/** Something that is moved into another thread: see {@linkcode transfer}. */
export interface Transferred<T> {
  /** What the other thread gets. */
  readonly value: T;
}

/** The arguments of a function, each of which may be moved: see {@linkcode transfer}. */
export type Sent<A extends readonly unknown[]> = { [K in keyof A]: A[K] | Transferred<A[K]> };

/** The names of those exports of a module that can be called. */
export type CallableOf<M> = {
  [K in keyof M]: M[K] extends (...args: never[]) => unknown ? K : never;
}[keyof M];

/**
 * Moves buffers, ports or streams of a value into another thread instead of copying them: for arguments
 * of {@linkcode IOThread.call}, and for what a function that is called returns.
 *
 * @param value What the other thread gets.
 * @param moved What of it is moved: it is empty here afterwards; in Deno, even if something else that is sent
 * with it cannot be (`DataCloneError`).
 * @returns What stands for it.
 * @throws {TypeError} If `moved` is no list.
 *
 * @example
 * ```ts
 * import { transfer } from "@cofn/coroutine";
 *
 * const bytes = new Uint8Array(4096);
 * const moved = transfer(bytes, [bytes.buffer]);
 * moved.value satisfies Uint8Array;
 * ```
 */
export function transfer<T>(value: T, moved: readonly Transferable[]): Transferred<T> {
  if (!Array.isArray(moved)) {
    throw new TypeError(`Cannot move: expected a list of what is moved, got ${kindOf(moved)}`);
  }
  return new Transfer(value, moved);
}

/** The context of another thread. */
export interface RemoteContext {
  /** What errors call it. */
  readonly name: string;
  /** Lets a coroutine of that thread go on: see {@linkcode schedule}. */
  schedule(handle: CoHandle): void;
  /** Lets the thread look whether there is something to do. */
  notify(): void;
}

/** Where a module is. */
function hrefOf(module: URL | string): string {
  try {
    return new URL(module).href;
  } catch (error) {
    throw new TypeError(
      `Cannot start a thread: expected the URL of a module, got ${
        typeof module === "string" ? JSON.stringify(module) : kindOf(module)
      } (give new URL("./module.ts", import.meta.url))`,
      { cause: error },
    );
  }
}

/** Whoever constructs one has this: nobody elsewhere does. */
const HERE = Symbol();

/**
 * A thread that runs an {@linkcode AioContext} and the coroutines of a module (QEMU's `IOThread`). It
 * sleeps while it has nothing to do, and does not keep the program from ending then. What the module does by
 * a timer of its own, outside any coroutine, does not keep it either; and Deno ends no program with threads
 * that awaits at top level what never comes.
 *
 * The functions that the module exports can be called from here: plain ones, async ones, and coroutine
 * functions, which may wait for anything. Arguments and results are copied, or moved by
 * {@linkcode transfer}.
 *
 * @example
 * ```ts ignore
 * import { Coroutine, IOThread, until } from "@cofn/coroutine";
 *
 * const url = new URL("./disk.ts", import.meta.url); // export function* read(block: number) { … }
 * const disk = await IOThread.spawn<typeof import("./disk.ts")>(url, { name: "disk" });
 * Coroutine.create(function* () {
 *   const bytes = yield* disk.call("read", 7);
 *   console.log(bytes.length);
 *   yield* until(disk.join());
 * }).enter();
 * ```
 */
export class IOThread<M = Readonly<Record<string, (...args: unknown[]) => unknown>>>
  implements AsyncDisposable {
  /** What errors and `dump()` call it. */
  readonly name: string;
  /** Its context, as far as others may use it. */
  readonly context: RemoteContext;
  readonly #thread: HostThread;
  readonly #port: Port;
  readonly #inbox: Inbox<Reply>;
  readonly #life: Life;
  /** Calls that it has not answered yet. */
  readonly #calls = new Map<number, RemoteCall>();
  // EQUIVALENT(0 -> 1): any number will do.
  #ids = 0;
  /** What it has ended with: undefined unless it has crashed. */
  #end: { readonly error: unknown } | null = null;
  /** It has crashed, and nobody has been told. */
  #crash: { readonly error: unknown } | null = null;
  #stopping = false;
  readonly #ended: Promise<void>;

  private constructor(
    name: string,
    parts: Parts,
    here: typeof HERE,
  ) {
    if (here !== HERE) {
      throw new TypeError("Cannot construct a thread: start one by await IOThread.spawn(module)");
    }
    const { thread, port, threads, life, ended } = parts;
    this.name = name;
    this.#thread = thread;
    this.#port = port;
    this.#inbox = new Inbox(threads, port);
    this.#life = life;
    const commons = commonsNow();
    this.context = {
      name,
      schedule(handle) {
        schedule(handle);
      },
      notify() {
        // Whose context this is by now looks in vain at worst.
        commons.notify(life.at);
      },
    };
    const inbox = (): boolean => this.#receive();
    commons.inboxes.add(inbox);
    commons.listen();
    running++;
    this.#ended = ended.then(async (error) => {
      const buried = bury(life);
      this.#receive();
      if (error !== undefined && this.#calls.size === 0) this.#crash = { error };
      commons.inboxes.delete(inbox);
      this.#fail(error);
      // Those who waited for an answer go on.
      commons.look();
      if (--running === 0) commons.keepProgram(false);
      await buried;
    });
    thread.unref();
  }

  /**
   * Starts a thread, which loads a module.
   *
   * @param module Where the module is: `new URL("./disk.ts", import.meta.url)`.
   * @param options What else.
   * @returns The thread, when the module has been loaded.
   * @throws What loading the module has failed with; the reason of the signal.
   * @throws {CoroutineError} `unsupported` where the host has no threads.
   * @throws {TypeError} If `module` is no URL; if the signal is none; if there is an unknown option.
   * @throws {RangeError} If there are 256 threads.
   */
  static async spawn<M = Readonly<Record<string, (...args: unknown[]) => unknown>>>(
    module: URL | string,
    options: IOThreadOptions = {},
  ): Promise<IOThread<M>> {
    mustBeOptions("start a thread", options, ["name", "signal"]);
    const { name: given = `${++unnamed}`, signal } = options;
    const name = givenName("start a thread", given);
    const href = hrefOf(module);
    if (signal !== undefined) mustBeSignal("start a thread", signal);
    signal?.throwIfAborted();
    const threads = hostThreads();
    const commons = commonsNow();
    const { lives } = commons;
    const life = lives.reserve(commons.context);
    const { port1: port, port2 } = new threads.MessageChannel();
    const lifeline = new threads.MessageChannel();
    const { memory: { buffer }, context: parent } = commons;
    // The buffer itself, as Deno takes a tenth of a second and more for a view of it.
    const start = { buffer, context: life.at, parent, name, module: href };
    let thread: HostThread;
    try {
      thread = new threads.Worker(new URL("./_io_thread_main.ts", import.meta.url), {
        workerData: { ...start, port: port2, lifeline: lifeline.port2 },
        transferList: [port2, lifeline.port2],
        name,
      });
    } catch (error) {
      // It may not read its modules.
      port.close();
      lifeline.port1.close();
      lives.leave(life);
      lives.vacate(life, commons.records.discard);
      throw error;
    }
    watch({ ...life, port: lifeline.port1 });
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    let crash: { readonly error: unknown } | undefined;
    // It exits then.
    thread.on("error", (error) => void (crash ??= { error }));
    thread.on("exit", () => end(crash?.error));
    const greeting = new Promise<Greeting>((resolve) => {
      thread.on("message", (message) => resolve(message as Greeting));
    });
    const crashed = ended.then((thrown): Greeting => ({ failed: { thrown } }));
    const { promise: aborted, resolve: abort } = Promise.withResolvers<Greeting>();
    const listener: Listener = { aborted: (thrown) => abort({ failed: { thrown } }) };
    try {
      if (signal !== undefined) listen(signal, listener);
    } catch (error) {
      // One of somebody's own making: the thread is to end all the same.
      abort({ failed: { thrown: error } });
    }
    const greeted = await Promise.race([greeting, crashed, aborted]);
    if (signal !== undefined) unlisten(signal, listener);
    if ("ready" in greeted) {
      commons.keepProgram(true);
      return new IOThread<M>(name, { thread, port, threads, life, ended }, HERE);
    }
    port.close();
    void thread.terminate();
    await ended;
    await bury(life);
    throw unwrap(greeted.failed) ?? new CoroutineError(
      "closed",
      `Cannot start IOThread "${name}": it has ended before its module was loaded`,
    );
  }

  /**
   * Calls an export of the module in its thread, and waits for what it comes to. If the one that waits is
   * cancelled or gives up, so is the call.
   *
   * @param name The export.
   * @param args Its arguments.
   * @returns What `yield*` takes. It is worth what the function returns, or its coroutine.
   * @throws What it has thrown there.
   * @throws {TypeError} If the name is no string.
   * @throws {CoroutineError} `closed` if the thread has ended: what it has crashed with is the `cause`;
   * `yield-to-no-one` where no coroutine runs.
   * @throws What the thread has failed with, if it fails meanwhile.
   * @throws {DOMException} `DataCloneError` if an argument cannot be sent.
   */
  call<K extends CallableOf<M> & string>(
    name: K,
    ...args: M[K] extends (...args: infer A) => unknown ? Sent<A> : never
  ): Suspension<ResultOf<M[K]>> {
    if (typeof name !== "string") {
      throw new TypeError(
        `Cannot call ${this}: expected the name of an export, a string, got ${kindOf(name)}`,
      );
    }
    return {
      [Symbol.iterator]: () =>
        new RemoteCall<ResultOf<M[K]>>(`${this} (${name})`, (call) => {
          if (this.#end !== null) {
            // Whoever calls is told what it has crashed with.
            this.#crash = null;
            throw this.#closed(this.#end.error);
          }
          if (this.#stopping) throw this.#closed();
          const id = ++this.#ids;
          const { sent, moved } = unpacked(args);
          send(this.#port, { id, name, args: sent } satisfies Request, sent, moved);
          if (this.#calls.size === 0) commonsNow().vigil.beginWaiting();
          this.#calls.set(id, call as RemoteCall);
          commonsNow().notify(this.#life.at);
          return (reason) => this.#cancel(id, reason);
        }),
    };
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#end !== null;
  }

  /**
   * Lets the thread end when it has answered the calls that are under way; none is taken any more. What else
   * its coroutines and its module are at ends there and then; shared locks that they hold are abandoned.
   *
   * @returns Settles when it has ended.
   * @throws What it has crashed with, if no call was told, nor anybody who has joined it before it did.
   */
  join(): Promise<void> {
    if (!this.#stopping && !this.ended) {
      this.#stopping = true;
      commonsNow().lives.stop(this.#life);
    }
    return this.#untilEnded().then(() => {
      const crash = this.#crash;
      if (crash === null) return;
      // All who wait for this are told.
      queueMicrotask(() => this.#crash = null);
      throw crash.error;
    });
  }

  /**
   * Ends the thread at once, and those that it has started. Calls that are under way fail with `closed`;
   * shared locks that its coroutines hold are abandoned.
   *
   * Deno ends no thread in the middle of what it computes: such a one goes on until it has done or waits for
   * something, and what it locks is abandoned, too. One that computes for ever does so, and its program never ends.
   *
   * @returns Settles when it has ended; if it computes on, after a second.
   */
  async terminate(): Promise<void> {
    if (!this.ended) {
      this.#stopping = true;
      void this.#thread.terminate();
    }
    await this.#untilEnded();
  }

  /** Joins it: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.join();
  }

  /** `IOThread "name"`. */
  toString(): string {
    return `IOThread "${this.name}"`;
  }

  async #untilEnded(): Promise<void> {
    const { vigil } = commonsNow();
    vigil.beginWaiting();
    await this.#ended;
    vigil.endWaiting();
  }

  #closed(crash?: unknown): CoroutineError {
    if (crash === undefined) {
      return new CoroutineError("closed", `Cannot call ${this}: it has ended`);
    }
    return new CoroutineError("closed", `Cannot call ${this}: it has crashed`, { cause: crash });
  }

  /** Sees to what it has answered. */
  #receive(): boolean {
    let any = false;
    for (let got; (got = this.#inbox.receive()) !== undefined;) {
      any = true;
      const id = "unread" in got ? got.unread : got.message.id;
      const call = this.#calls.get(id ?? NO_CALL);
      if (call === undefined) continue;
      this.#forget(id ?? NO_CALL);
      if ("unread" in got) call.fail(tooDeep(`What ${this} has answered`));
      else if ("error" in got.message) call.fail(unwrap(got.message.error));
      else call.succeed(got.message.value);
    }
    return any;
  }

  #cancel(id: number, reason: unknown): void {
    if (!this.#calls.has(id)) return;
    this.#forget(id);
    send(this.#port, { id, cancel: reason } satisfies Request, [reason]);
    commonsNow().notify(this.#life.at);
  }

  #forget(id: number): void {
    this.#calls.delete(id);
    if (this.#calls.size === 0) commonsNow().vigil.endWaiting();
  }

  /** It has ended, maybe with an error. */
  #fail(error: unknown): void {
    this.#end = { error };
    if (this.#calls.size > 0) commonsNow().vigil.endWaiting();
    for (const call of [...this.#calls.values()]) {
      call.fail(error ?? new CoroutineError("closed", `${this} has ended before it has answered`));
    }
    this.#calls.clear();
    this.#port.close();
  }
}

interface Parts {
  readonly thread: HostThread;
  readonly port: Port;
  readonly threads: Threads;
  readonly life: Life;
  readonly ended: Promise<unknown>;
}

/** One call, as the one that waits for it sees it. */
class RemoteCall<T = unknown> implements Iterator<void, T, unknown>, Place {
  readonly refusal = "already-scheduled";
  readonly scheduledBy = "IOThread";
  readonly waitingOn: string;
  readonly #begin: (call: RemoteCall<T>) => (reason: unknown) => void;
  #cancel: ((reason: unknown) => void) | null = null;
  #co: Coroutine | null = null;
  #home: Home | null = null;
  #value: T | undefined;

  constructor(waitingOn: string, begin: (call: RemoteCall<T>) => (reason: unknown) => void) {
    this.waitingOn = waitingOn;
    this.#begin = begin;
  }

  next(token: unknown): IteratorResult<void, T> {
    if (this.#co !== null) throw cannotRunAgain(this.waitingOn, this.#co);
    if (token === RESUME) return { done: true, value: this.#value as T };
    // First, as it may throw: then nothing has changed.
    mustPark(this);
    this.#cancel = this.#begin(this);
    park(this);
    this.#co = cpu.current;
    this.#home = beginAwaiting(false);
    return SUSPENDED;
  }

  throw(error: unknown): never {
    throw error;
  }

  /** Whoever waited waits no longer: nobody wants the answer. */
  forget(): void {
    if (this.#co !== null) endAwaiting(this.#home, false);
    this.#co = null;
    this.#cancel?.("nobody waits for it any more");
  }

  succeed(value: unknown): void {
    this.#value = value as T;
    this.#goOn((co) => grant(co));
  }

  fail(error: unknown): void {
    this.#goOn((co) => {
      throwInto(co, error);
      grant(co);
    });
  }

  #goOn(how: (co: Coroutine) => void): void {
    const co = this.#co;
    this.#co = null;
    this.#cancel = null;
    if (co === null) return;
    endAwaiting(this.#home, false);
    how(co);
  }
}

/** No call has this number. */
const NO_CALL = 0;

/** How many threads this one has started that have not ended. */
let running = 0;
