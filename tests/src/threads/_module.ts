/**
 * What the threads of the tests run.
 *
 * @module
 */
import {
  AioContext,
  type Co,
  type CoHandle,
  CoMutex,
  Coroutine,
  CoroutineError,
  DeadlockError,
  dump,
  handleOf,
  IOThread,
  schedule,
  SharedCoMutex,
  type SharedCoMutexHandle,
  SharedCoQueue,
  type SharedCoQueueHandle,
  SharedCoRwLock,
  type SharedCoRwLockHandle,
  sleep,
  transfer,
  until,
} from "../../../mod.ts";
import { LONG_MS } from "../../_long.ts";

export const notCallable = 1;

/** Starts a thread in this thread, in which a coroutine holds a mutex for ever. */
export async function holdInChild(handle: SharedCoMutexHandle, words: Int32Array): Promise<void> {
  const child = await IOThread.spawn<{ hold: typeof hold }>(new URL(import.meta.url));
  const co = Coroutine.create(function* () {
    yield* child.call("hold", handle, words, Infinity);
  });
  co.done.catch(() => {});
  co.enter();
}

/** Starts threads one after the other in this one, and ends them. */
export async function startMany(n: number): Promise<number> {
  for (let i = 0; i < n; i++) await (await IOThread.spawn(new URL(import.meta.url))).join();
  return n;
}

/** A word that says when, or nothing that ever does. */
type LetGo = Int32Array | typeof Infinity;

function* toldTo(letGo: LetGo): Co {
  if (typeof letGo === "number") yield* sleep(letGo);
  else yield* until(whenTold(letGo, 1));
}

/** Takes a mutex, however long that takes. */
export function* take(handle: SharedCoMutexHandle): Co<string> {
  using _ = yield* SharedCoMutex.from(handle).lock();
  return "taken";
}

/** Waits for a mutex for so long. */
export function* takeUntil(handle: SharedCoMutexHandle, giveUp: Int32Array): Co<string> {
  const controller = new AbortController();
  void whenTold(giveUp, 1).then(() => controller.abort(new CoroutineError("timeout", "told to")));
  try {
    using _ = yield* SharedCoMutex.from(handle).lock({ signal: controller.signal });
    return "taken";
  } catch (error) {
    return error instanceof CoroutineError ? error.code : `${error}`;
  }
}

export function add(a: number, b: number): number {
  return a + b;
}

export async function later(ms: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return "later";
}

/** Answers when the first word has come to `n`: others are told then, too. */
export async function whenTold(words: Int32Array, n: number): Promise<void> {
  while (Atomics.load(words, 0) < n) await new Promise((resolve) => setTimeout(resolve, 1));
}

export function* nap(ns: number): Co<string> {
  yield* sleep(ns);
  return AioContext.current.name;
}

/** Sleeps and waits for the host at once. */
export function* both(): Co<number> {
  const begin = performance.now();
  yield* sleep(1e6);
  yield* until(new Promise((resolve) => setTimeout(resolve, 1)));
  yield* sleep(1e6);
  return performance.now() - begin;
}

export function fail(kind: string): void {
  if (kind === "code") throw new CoroutineError("closed", "it is closed");
  if (kind === "type") throw new TypeError("wrong");
  if (kind === "unsendable") throw () => {};
  if (kind === "cause") {
    const cause = Object.assign(new RangeError("inner"), { code: "EINNER" });
    throw new CoroutineError("closed", "outer", { cause });
  }
  if (kind === "several") {
    throw new AggregateError([new CoroutineError("timeout", "one"), new TypeError("two")], "both");
  }
  if (kind === "itself") {
    const error = new Error("itself");
    error.cause = error;
    throw error;
  }
  if (kind === "knot") {
    const errors: Error[] = Array.from({ length: 10 }, (_, i) => new TypeError(`${i}`));
    const knot = new AggregateError(errors, "knot", { cause: errors[0] });
    for (const error of errors) error.cause = knot;
    knot.errors.push(...errors, knot, knot);
    throw knot;
  }
  if (kind === "chain") {
    let error = new Error("0");
    for (let i = 1; i < 100_000; i++) error = new Error(`${i}`, { cause: error });
    throw error;
  }
  if (kind === "suppressed") {
    using _ = {
      [Symbol.dispose]() {
        throw new RangeError("clean-up");
      },
    };
    throw new CoroutineError("closed", "body");
  }
  if (kind === "shared cause") {
    const cause = { reason: "one" };
    throw new AggregateError([1, 2].map((n) => new Error(`${n}`, { cause })), "both");
  }
  if (kind === "one getter") {
    const error = Object.assign(new Error("disk", { cause: "worn" }), {
      code: "EIO",
      at: [1, "x"],
    });
    throw Object.defineProperty(error, "response", {
      enumerable: true,
      get() {
        throw 1;
      },
    });
  }
  if (kind === "no list") throw Object.assign(new AggregateError([], "none"), { errors: 5 });
  if (kind === "locks") throw new CoroutineError("locks-held", "held", { locks: ["a", "b"] });
  if (kind === "deadlock") throw new DeadlockError("Deadlock: a", [], dump());
  if (kind === "getters") {
    throw Object.defineProperty(new CoroutineError("closed", "x"), "stack", {
      get() {
        throw new Error("no");
      },
    });
  }
  throw kind;
}

export function unsendable(): () => void {
  return () => {};
}

/** What fails as soon as anybody looks what it is. */
export function* trap(): Co<unknown> {
  return new Proxy({}, {
    getPrototypeOf() {
      throw new RangeError("trap");
    },
  });
}

/** More buffers to be moved than there is room for on the stack. */
export function* moveMany(): Co<unknown> {
  const buffers = Array.from({ length: 200_000 }, () => new ArrayBuffer(1));
  return transfer(buffers.length, buffers);
}

/** Holds a mutex until the other thread says so. */
export function* holdFor(handle: SharedCoMutexHandle, words: Int32Array): Co {
  using _ = yield* SharedCoMutex.from(handle).lock();
  Atomics.store(words, 0, 1);
  while (Atomics.load(words, 1) === 0) yield* sleep(1e6);
}

export function* forEver(words: Int32Array): Co {
  Atomics.add(words, 0, 1);
  try {
    yield* sleep(Infinity);
  } finally {
    Atomics.add(words, 1, 1);
  }
}

/** Says when it was cancelled, and goes on for ever all the same. */
export function* heedless(words: Int32Array): Co {
  try {
    yield* forEver(words);
  } catch {
    yield* sleep(Infinity);
  }
}

export function firstOf(bytes: Uint8Array): number {
  return bytes[0] ?? -1;
}

export function filled(n: number, value: number): ReturnType<typeof transfer<Uint8Array>> {
  const bytes = new Uint8Array(n).fill(value);
  return transfer(bytes, [bytes.buffer]);
}

/** Counts under a lock, plainly. */
export function* count(handle: SharedCoMutexHandle, words: Int32Array, n: number): Co {
  const mutex = SharedCoMutex.from(handle);
  for (let i = 0; i < n; i++) {
    using _ = yield* mutex.lock();
    words[0]!++;
  }
}

/** Locks, tells, and keeps it for so long. */
export function* hold(handle: SharedCoMutexHandle, words: Int32Array, letGo: LetGo): Co {
  const mutex = SharedCoMutex.from(handle);
  using _ = yield* mutex.lock();
  Atomics.add(words, 0, 1);
  yield* toldTo(letGo);
}

/** Holds a lock, to read or to write, for so long; tells when it has it. */
export function* holdRw(
  handle: SharedCoRwLockHandle,
  how: "readLock" | "writeLock",
  words: Int32Array,
  letGo: LetGo,
): Co {
  const lock = SharedCoRwLock.from(handle);
  Atomics.add(words, 1, 1);
  using _ = yield* lock[how]();
  Atomics.add(words, 0, 1);
  yield* toldTo(letGo);
}

/** A coroutine that others schedule: each time it runs, it counts. */
export function counter(words: Int32Array): CoHandle {
  const co = Coroutine.named("counter", function* () {
    for (;;) {
      yield;
      if (Atomics.add(words, 0, 1) < 0) return;
    }
  });
  co.enter();
  return handleOf(co);
}

/** Schedules another one each time that it is scheduled. */
export function ponger(other: CoHandle): CoHandle {
  const co = Coroutine.named("ponger", function* () {
    for (;;) {
      yield;
      schedule(other);
    }
  });
  co.enter();
  return handleOf(co);
}

export function crash(): void {
  setTimeout(() => {
    throw new RangeError("crashed");
  });
}

export function spin(words: Int32Array): void {
  Atomics.store(words, 0, 1);
  while (Atomics.load(words, 1) === 0);
}

export function endOf(handle: CoHandle): string {
  try {
    schedule(handle);
    return "scheduled";
  } catch (error) {
    return error instanceof CoroutineError ? error.code : `${error}`;
  }
}

/** Takes so many things that others bring: words are how many there are, and how many were taken. */
export function* takeMany(handle: SharedCoQueueHandle, words: Int32Array, n: number): Co<number> {
  const queue = SharedCoQueue.from(handle);
  for (let i = 0; i < n; i++) {
    using _ = yield* queue.mutex.lock();
    while (words[0] === 0) yield* queue.wait();
    words[0]!--;
    words[1]!++;
  }
  return n;
}

/** Waits for the host and for its context in turn. */
export function* inTurn(n: number): Co<number> {
  for (let i = 0; i < n; i++) {
    yield* until(new Promise((resolve) => setTimeout(resolve, 1)));
    yield* AioContext.current.reschedule();
  }
  return n;
}

const naps: number[] = [];

/** Notes from now on for how many milliseconds at most this thread stops itself, each time. */
export function noteNaps(): void {
  const { wait } = Atomics;
  Atomics.wait = ((...args: Parameters<typeof wait>) => {
    naps.push(args[3] ?? Infinity);
    return wait(...args);
  }) as typeof wait;
}

export function napsNoted(): readonly number[] {
  return naps;
}

/** Starts a thread, and leaves it with nothing to do. */
export function* startIdle(): Co<void> {
  const child = yield* until(IOThread.spawn<{ add: typeof add }>(new URL(import.meta.url)));
  yield* child.call("add", 1, 2);
}

/** Makes coroutines that others may schedule, and that never end. */
export function nameMany(n: number): void {
  for (let i = 0; i < n; i++) {
    const co = Coroutine.create(function* () {
      yield;
    });
    co.enter();
    handleOf(co);
  }
}

/** Begins something that is no part of the call, and would take for ever. */
export function leaveBehind(what: string, mutex: SharedCoMutexHandle): void {
  if (what === "timer") setInterval(() => {}, 1000);
  const body: Record<string, () => Co<unknown>> = {
    *yield() {
      yield;
    },
    sleep: () => nap(1e15),
    *host() {
      yield* until(new Promise((resolve) => setTimeout(resolve, 1e8)));
    },
    lock: () => take(mutex),
    *holding() {
      using _ = yield* SharedCoMutex.from(mutex).lock();
      yield* sleep(1e15);
    },
    *child() {
      const child = yield* until(IOThread.spawn<{ nap: typeof nap }>(new URL(import.meta.url)));
      yield* child.call("nap", 1e15);
    },
  };
  const run = body[what];
  if (run === undefined) return;
  const co = Coroutine.create(run);
  co.done.catch(() => {});
  co.enter();
}

/** Counts for ever, by a timer. */
export function countOn(words: Int32Array): void {
  setInterval(() => Atomics.add(words, 0, 1), 1);
}

/** The same in a thread that it starts. */
export function* countInChild(words: Int32Array): Co<void> {
  const child = yield* until(IOThread.spawn<{ countOn: typeof countOn }>(new URL(import.meta.url)));
  yield* child.call("countOn", words);
}

/** Words of {@linkcode computeOn}: what it is at, and how far it may go. */
export const [AT, UNTIL] = [0, 1] as const;

/** Computes, locks both, and computes again: for so long as the words let it. */
export function* computeOn(
  words: Int32Array,
  mutex: SharedCoMutexHandle,
  rwlock: SharedCoRwLockHandle,
): Co<void> {
  const compute = (at: number): void => {
    Atomics.store(words, AT, at);
    // If the test has failed, nobody lets it go.
    const last = Date.now() + LONG_MS;
    while (Atomics.load(words, UNTIL) < at && Date.now() < last);
  };
  compute(1);
  using _m = yield* SharedCoMutex.from(mutex).lock();
  using _w = yield* SharedCoRwLock.from(rwlock).writeLock();
  compute(2);
}

let parent: IOThread<{ startOne: typeof startOne }> | undefined;

/** Starts a thread that can start another one. */
export async function startParent(): Promise<void> {
  parent = await IOThread.spawn<{ startOne: typeof startOne }>(new URL(import.meta.url));
}

/** Starts a thread, and does not wait for that. */
export function startOne(words: Int32Array): void {
  IOThread.spawn(new URL(import.meta.url)).catch(() => {});
  Atomics.store(words, 0, 1);
}

/** Computes until a while after the other thread has started one. */
export function computeWhileStarting(words: Int32Array): void {
  const co = Coroutine.create(function* () {
    yield* parent!.call("startOne", words);
  });
  co.done.catch(() => {});
  co.enter();
  while (Atomics.load(words, 0) === 0);
  const last = Date.now() + 300;
  while (Date.now() < last);
}

/** An object in an object in …, so many times: there are depths that can be written, but not read. */
export function nested(depth: number): unknown {
  let made: unknown = depth;
  for (let i = 0; i < depth; i++) made = { made };
  return made;
}

/** How deep what it is given is. */
export function depthOf(given: unknown): number {
  let depth = 0;
  for (let at = given; typeof at === "object"; at = (at as { made: unknown }).made) depth++;
  return depth;
}

export function countOnce(words: Int32Array): void {
  Atomics.add(words, 0, 1);
}

const shelf = new CoMutex("shelf");
/** What has become of the one that waits for it. */
let found: unknown;

/** Has it until it is cancelled; another one waits for it, and fails as soon as it has it. */
export function* holdsShelf(words: Int32Array): Co {
  using _ = yield* shelf.lock();
  const waiter = Coroutine.create(function* () {
    using _ = yield* shelf.lock();
    throw new RangeError("of the waiter");
  });
  waiter.done.catch((error) => found = error);
  waiter.enter();
  Atomics.store(words, 0, 1);
  yield* sleep(Infinity);
}

export function whatWasFound(): string {
  return `${found}`;
}
