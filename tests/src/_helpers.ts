/**
 * What the tests of the runtime share.
 *
 * @module
 */
import {
  type AioContext,
  BottomHalf,
  type Co,
  type CoMutex,
  Coroutine,
  CoroutineError,
  type Suspension,
} from "@cofn/coroutine";
import { core } from "../../src/core/coroutine.ts";

const { callerOf, locksOf, placeOf, wokenBy } = core;

/** The code of the misuse that `f` is, or "none". */
export function codeOf(f: () => unknown): string {
  const { error } = outcomeOf(f);
  if (error === undefined) return "none";
  if (error instanceof CoroutineError) return error.code;
  throw error;
}

/** What `f` throws; undefined is told apart from nothing by `threw`. */
export function outcomeOf(f: () => unknown): { threw: boolean; error: unknown } {
  try {
    f();
  } catch (error) {
    return { threw: true, error };
  }
  return { threw: false, error: undefined };
}

/** The error that `f` must throw. */
export function errorOf(f: () => unknown): unknown {
  const { threw, error } = outcomeOf(f);
  if (!threw) throw new Error("Expected a throw, got none");
  return error;
}

/** The CoroutineError that `f` must throw. */
export function misuseOf(f: () => unknown): CoroutineError {
  const error = errorOf(f);
  if (error instanceof CoroutineError) return error;
  throw error;
}

/** All that can be seen of coroutines and mutexes, to compare before and after. */
export function picture(cos: Iterable<Coroutine>, mutexes: Iterable<CoMutex> = []): unknown {
  return {
    self: Coroutine.self().name,
    coroutines: [...cos].map((co) => ({
      name: co.name,
      status: co.status,
      entered: co.entered,
      caller: callerOf(co)?.name,
      refusal: placeOf(co)?.refusal,
      waitingOn: co.waitingOn,
      scheduledBy: co.scheduledBy,
      locks: locksOf(co).map(String),
      woken: wokenBy(co).map(({ name }) => name),
      queue: queueOf(co),
    })),
    mutexes: [...mutexes].map((m) => [m.name, m.locked, m.holder?.name, m.waiters]),
  };
}

function queueOf(co: Coroutine): string[] {
  const list = placeOf(co)?.list;
  return list === undefined ? [] : [...list.waiting()].map(({ name }) => name);
}

/** Makes and enters a coroutine. */
export function start<T>(name: string, body: () => Suspension<T>): Coroutine<T> {
  const co = Coroutine.named(name, body);
  co.enter();
  return co;
}

/** A coroutine that locks `mutex`, suspends while it holds it, and unlocks when it is entered again. */
export function startHolder(mutex: CoMutex, name = "holder"): Coroutine<void> {
  return start(name, function* () {
    yield* mutex.lock();
    yield;
    mutex.unlock();
  });
}

/** What the host is told of while `f` runs and for a turn afterwards, as nobody else wants it. */
export async function uncaughtIn(f: () => unknown): Promise<unknown[]> {
  const told: unknown[] = [];
  const rejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    told.push(event.reason);
  };
  const error = (event: ErrorEvent) => {
    event.preventDefault();
    told.push(event.error);
  };
  addEventListener("unhandledrejection", rejection);
  addEventListener("error", error);
  try {
    await f();
  } finally {
    // Where `f` fails, too: what the host is told of then would hide why it has failed.
    await turn();
    removeEventListener("unhandledrejection", rejection);
    removeEventListener("error", error);
  }
  return told;
}

/** Lets the host run all that is due. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Calls `act` once at each of the last `n` places on the stack that have any room at all, from its end on; with
 * `shift`, at places that lie so many words beside those.
 */
export function atEndOfStack(n: number, act: () => void, shift: number = 0): void {
  let left = n;
  const deep = (): void => {
    try {
      deep();
    } catch {
      // The end.
    }
    if (left === 0) return;
    try {
      act();
      left--;
    } catch {
      // No room.
    }
  };
  ((..._words: readonly undefined[]) => deep())(...new Array<undefined>(shift));
}

/** One that notes when it has the lock, and gives it back when it is entered again. */
export function startNoting(name: string, m: CoMutex, log: string[]): Coroutine<void> {
  return start(name, function* () {
    yield* m.lock();
    log.push(`+${name}`);
    yield;
    log.push(`-${name}`);
    m.unlock();
    log.push(`${name}-unlocked`);
  });
}

/** What a body throws, as its code, or else as it is. */
export function codeIn(error: unknown): unknown {
  return error instanceof CoroutineError ? error.code : error;
}

/** What `yield*` of a wait comes to: "done", or the code of what it throws, or that itself. */
export function* outcomeIn(wait: () => Suspension<unknown>): Co<unknown> {
  try {
    yield* wait();
    return "done";
  } catch (error) {
    return codeIn(error);
  }
}

/** A signal that knows who listens to it. */
export function countedSignal(): {
  readonly signal: AbortSignal;
  readonly listeners: ReadonlySet<unknown>;
  abort(reason?: unknown): void;
} {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: EventListener, options?: unknown) => {
    listeners.add(listener);
    add(type, listener, options as AddEventListenerOptions);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listeners.delete(listener);
    remove(type, listener);
  };
  return { signal, listeners, abort: (reason) => controller.abort(reason) };
}

/** Waits by `wait`, notes what comes of it, and tidies up. */
export function startLogging(
  name: string,
  log: unknown[],
  wait: () => Suspension<unknown>,
): Coroutine<void> {
  return start(name, function* () {
    try {
      yield* wait();
      log.push(`${name} goes on`);
    } catch (error) {
      log.push(`${name}: ${codeIn(error)}`);
      throw error;
    } finally {
      log.push(`${name} tidies up`);
    }
  });
}

/** Suspends once. */
export function* yieldOnce(): Co {
  yield;
}

/** Makes bottom halves that note their calls, and then do what they are told. */
export function noting(context: AioContext, log: string[]) {
  return (name: string, then: () => void = () => {}): BottomHalf =>
    new BottomHalf(context, () => {
      log.push(name);
      then();
    }, name);
}

/** Lets the host have enough turns for whatever it drives. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}
