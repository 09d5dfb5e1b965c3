/**
 * How the calls of `specs/together/misuse.ts` are made: each in a coroutine of its own, and what it gives is waited for.
 *
 * @module
 */
import {
  AioContext,
  all,
  BottomHalf,
  call,
  chromeTrace,
  type Co,
  CoFile,
  CoMutex,
  CoQueue,
  CoReader,
  Coroutine,
  CoroutineError,
  CoRwLock,
  CoSemaphore,
  CoSleep,
  CoWriter,
  EventNotifier,
  handleOf,
  IOThread,
  race,
  readable,
  schedule,
  scope,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  sleep,
  TaskPool,
  Timer,
  trace,
  transfer,
  until,
  VirtualClock,
  withTimeout,
} from "../../../mod.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import type { Call, Kind, misuse } from "../../specs/together/misuse.ts";

/** What is of no kind that TypeScript would let through. */
// deno-lint-ignore no-explicit-any -- that is what this is about
type Any = any;

function* body() {}

/** A value of each kind. */
function valueOf(kind: Kind): unknown {
  switch (kind) {
    case "nothing":
      return undefined;
    case "null":
      return null;
    case "text":
      return "5";
    case "zero":
      return 0;
    case "one":
      return 1;
    case "half":
      return 0.5;
    case "negative":
      return -1;
    case "not a number":
      return NaN;
    case "infinite":
      return Infinity;
    case "bigint":
      return 5n;
    case "symbol":
      return Symbol("given");
    case "object":
      return {};
    case "list":
      return [];
    case "plain function":
      return () => {};
    case "generator function":
      return function* () {};
    case "generator":
      return body();
    case "promise":
      return Promise.resolve();
    case "clock":
      return new VirtualClock();
    case "mutex":
      return new CoMutex("given");
    case "signal":
      return new AbortController().signal;
    case "bytes":
      return new Uint8Array(1);
    case "coroutine":
      return Coroutine.create(body);
    case "source":
      return new EventNotifier("given");
  }
}

/** What is told of a value of each kind, one of these: `…, got null`. */
function wordsOf(kind: Kind): readonly string[] {
  switch (kind) {
    case "nothing":
      return ["undefined"];
    case "text":
      return ["string"];
    case "zero":
    case "one":
    case "half":
    case "negative":
    case "not a number":
    case "infinite":
      return ["number"];
    case "null":
      return ["null", "object"];
    case "bigint":
    case "symbol":
      return [kind];
    case "list":
      return ["an array", "object"];
    case "plain function":
      // It was called, and has returned nothing.
      return ["function", "undefined"];
    case "generator function":
      return ["function", "a generator function, whose body nobody would run"];
    case "generator":
      return ["a generator, already made", "object"];
    case "promise":
      return ["a promise", "object"];
    case "clock":
      return ["an object", "object", "a clock (give it as { clock })"];
    default:
      return ["an object", "object"];
  }
}

/** Whether an error says what was given, as far as it says anything of that. */
function tells(message: string, kind: Kind, given: unknown): boolean {
  const words = wordsOf(kind);
  const got = / got (.*)$/.exec(message)?.[1];
  const [counted] = / (ns|permits|tasks): /.exec(message) ?? [];
  // A number is told itself, where so many of something are asked for, and is not called a number then.
  if (counted !== undefined && typeof given === "number") {
    return got === undefined && message.includes(` ${given}${counted}`);
  }
  if (got !== undefined) return words.some((word) => got.startsWith(word));
  if (counted === undefined) return true;
  const amounts = typeof given === "string" ? [`"${given}"`] : [...words, `${String(given)}`];
  return amounts.some((amount) => message.includes(` ${amount}${counted}`));
}

/** What somebody may call. */
class Stage {
  readonly mutex = new CoMutex("mutex");
  readonly queue = new CoQueue("queue");
  readonly rwlock = new CoRwLock("rwlock");
  readonly semaphore = new CoSemaphore(1, "semaphore");
  readonly pool = new TaskPool(1, "pool");
  readonly nap = new CoSleep();
  readonly clock = new VirtualClock();
  readonly context = new AioContext("context");
  readonly timer: Timer = new Timer(this.context, () => {}, { clock: this.clock });
  readonly source = new EventNotifier("source");
  readonly reader = new CoReader(emptySource());
  readonly writer = new CoWriter(emptySink());
  readonly co: Coroutine = Coroutine.create(body);
  /** Who has the mutex. */
  #holder: Coroutine | undefined;

  lock(): void {
    const { mutex } = this;
    this.#holder = Coroutine.create(function* holder() {
      using _ = yield* mutex.lock();
      yield;
    });
    this.#holder.enter();
  }

  unlock(): void {
    this.#holder?.enter();
  }

  /** What a call throws, in a coroutine, before it waits. Answers what it has made. */
  misuse(call: Call, given: unknown): unknown {
    return inCoroutine(() => CALLS[call](this, given));
  }

  /** The same, of what is wrong: the error must say what that is. */
  refuse(call: Call, kind: Kind): void {
    const given = valueOf(kind);
    try {
      this.misuse(call, given);
    } catch (error) {
      if (!(error instanceof Error) || tells(error.message, kind, given)) throw error;
      throw new Error(`it says what is not so of what was given: ${error.message}`);
    }
  }

  /** The same, of what is right. It may still be refused for what there is, such as locks that are not held. */
  use(call: Call, given: unknown): void {
    try {
      const made = this.misuse(call, given);
      if (canBeDisposed(made)) made[Symbol.dispose]();
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
    }
  }

  /** Begins a wait for one queue, and then for another one. */
  beginTwice(): void {
    const other = new CoQueue("other");
    const begin = (): void => {
      for (const queue of [other, this.queue]) queue.wait()[Symbol.iterator]().next();
    };
    try {
      inCoroutine(begin);
    } catch (error) {
      const why = 'coroutine "begin" already waits for CoQueue "other" (begin each wait by yield*)';
      const says = `Cannot wait for CoQueue "queue": ${why}`;
      if (!(error instanceof CoroutineError) || error.message === says) throw error;
      throw new Error(`it says what is not so: ${error.message}`);
    }
  }

  /** What has changed of that of which nothing may. */
  get changed(): string | undefined {
    const { queue, rwlock, semaphore, pool, context, timer, reader, writer, co, clock } = this;
    const now: Readonly<Record<string, boolean>> = {
      "somebody waits in the queue": !queue.empty,
      "the read-write lock is taken": rwlock.locked || rwlock.waiters > 0,
      "permits are taken": semaphore.available !== 1 || semaphore.total !== 1,
      "the pool is busy": pool.busy !== 0 || pool.maxBusy !== 1,
      "the context has something to do": context.busy || context.closed,
      "the timer is set": timer.pending,
      "the reader has ended": reader.ended,
      "something was written": writer.pending !== 0,
      "the coroutine was entered": co.status !== "created",
      "time has passed": clock.now !== 0 || clock.alarms !== 0,
    };
    return Object.keys(now).find((what) => now[what]);
  }
}

/** What is never read, and what takes nothing. */
function emptySource() {
  return { read: () => new Promise<number | null>(() => {}) };
}

function emptySink() {
  return { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) };
}

/** What a function throws in a coroutine, before it waits. Answers what it has made. */
function inCoroutine(make: () => unknown): unknown {
  let made: unknown;
  let error: { readonly thrown: unknown } | undefined;
  const co = Coroutine.named(make.name || "anonymous", function* () {
    try {
      made = make();
      if (isWait(made)) yield* made;
    } catch (thrown) {
      error = { thrown };
    }
  });
  co.enter();
  co.cancel();
  if (error !== undefined) throw error.thrown;
  return made;
}

function* enters(): Co {
  Coroutine.create(enters).enter();
}

function* calls(): Co {
  yield* call(calls);
}

function canBeDisposed(made: unknown): made is Disposable {
  return typeof made === "object" && made !== null && Symbol.dispose in made;
}

function isWait(made: unknown): made is Iterable<void, unknown> {
  return typeof made === "object" && made !== null && Symbol.iterator in made &&
    !ArrayBuffer.isView(made) && !Array.isArray(made);
}

const CALLS: Readonly<Record<Call, (stage: Stage, x: Any) => unknown>> = {
  "Coroutine.create(body)": (_, x) => Coroutine.create(x),
  "Coroutine.named(name, body)": (_, x) => Coroutine.named("given", x),
  "Coroutine.named(name)": (_, x) => Coroutine.named(x, body),
  "new CoMutex(name)": (_, x) => new CoMutex(x),
  "new CoQueue(name)": (_, x) => new CoQueue(x),
  "new CoRwLock(name)": (_, x) => new CoRwLock(x),
  "new CoSemaphore(1, name)": (_, x) => new CoSemaphore(1, x),
  "new TaskPool(1, name)": (_, x) => new TaskPool(1, x),
  "new AioContext(name)": (_, x) => new AioContext(x),
  "new EventNotifier(name)": (_, x) => new EventNotifier(x),
  "new VirtualClock(0, name)": (_, x) => new VirtualClock(0, x),
  "new SharedCoMutex(name)": (_, x) => new SharedCoMutex(x),
  "new CoReader(from, { name })": (_, name) => new CoReader(emptySource(), { name }),
  "new CoWriter(to, { name })": (_, name) => new CoWriter(emptySink(), { name }),
  "new Coroutine(body)": (_, x) => new (Coroutine as Any)(x),
  "new Coroutine(body, name)": (_, x) => new (Coroutine as Any)(x, "given"),
  "new CoFile(path)": (_, x) => new (CoFile as Any)(x),
  "new IOThread(name)": (_, x) => new (IOThread as Any)(x),
  "chromeTrace(write)": (_, x) => chromeTrace(x),
  "co.cancelOn(signal)": ({ co }, x) => co.cancelOn(x),
  "call(body)": (_, x) => call(x),
  "until(promise)": (_, x) => until(x),
  "trace(listener)": (_, x) => trace(x),
  "all(tasks)": (_, x) => all(x),
  "all([task])": (_, x) => all([x]),
  "all([], options)": (_, x) => all([], x),
  "race(tasks)": (_, x) => race(x),
  "race([task])": (_, x) => race([x]),
  "race([body], options)": (_, x) => race([body], x),
  "race([body], { lost })": (_, lost) => race([body], { lost }),
  "all([], { lost })": (_, lost) => all([], { lost }),
  "scope(body)": (_, x) => scope(x),
  "scope((s) => s.start(body))": (_, x) =>
    scope(function* (s) {
      s.start(x);
    }),
  "withTimeout(ns, body)": (_, x) => withTimeout(x, body),
  "withTimeout(1, body)": (_, x) => withTimeout(1, x),
  "withTimeout(1, body, options)": (_, x) => withTimeout(1, body, x),
  "withTimeout(1, body, { late })": (_, late) => withTimeout(1, body, { late }),
  "withTimeout(1, body, { lost })": (_, lost) => withTimeout(1, body, { lost }),
  "withTimeout(1, body, { clock })": (_, clock) => withTimeout(1, body, { clock }),
  "sleep(ns)": (_, x) => sleep(x),
  "sleep(1, clock)": (_, x) => sleep(1, x),
  "nap.sleep(ns)": ({ nap }, x) => nap.sleep(x),
  "nap.sleep(1, clock)": ({ nap }, x) => nap.sleep(1, x),
  "mutex.lock(options)": ({ mutex }, x) => mutex.lock(x),
  "mutex.lock({ timeout })": ({ mutex }, timeout) => mutex.lock({ timeout }),
  "mutex.lock({ signal })": ({ mutex }, signal) => mutex.lock({ signal }),
  "mutex.lock({ clock })": ({ mutex }, clock) => mutex.lock({ clock }),
  "rwlock.readLock(options)": ({ rwlock }, x) => rwlock.readLock(x),
  "rwlock.writeLock(options)": ({ rwlock }, x) => rwlock.writeLock(x),
  "queue.wait(undefined, options)": ({ queue }, x) => queue.wait(undefined, x),
  "queue.wait(mutex)": ({ queue }, x) => queue.wait(x),
  "queue.wait(mutex, {})": ({ queue }, x) => queue.wait(x, {}),
  "queue.enterNext(mutex)": ({ queue }, x) => queue.enterNext(x),
  "queue.enterAll(mutex)": ({ queue }, x) => queue.enterAll(x),
  "new CoSemaphore(total)": (_, x) => new CoSemaphore(x),
  "semaphore.setTotal(total)": ({ semaphore }, x) => semaphore.setTotal(x),
  "semaphore.acquire(n)": ({ semaphore }, x) => semaphore.acquire(x),
  "semaphore.acquire(1, options)": ({ semaphore }, x) => semaphore.acquire(1, x),
  "semaphore.tryAcquire(n)": ({ semaphore }, x) => semaphore.tryAcquire(x),
  "semaphore.release(n)": ({ semaphore }, x) => semaphore.release(x),
  "new TaskPool(size)": (_, x) => new TaskPool(x),
  "pool.setMaxBusy(size)": ({ pool }, x) => pool.setMaxBusy(x),
  "pool.start(task)": ({ pool }, x) => pool.start(x),
  "pool.start(options, task)": ({ pool }, x) => pool.start(x, body),
  "pool.waitSlot(options)": ({ pool }, x) => pool.waitSlot(x),
  "pool.waitOne(options)": ({ pool }, x) => pool.waitOne(x),
  "pool.waitAll(options)": ({ pool }, x) => pool.waitAll(x),
  "new AioContext().enter(co)": (_, x) => new AioContext("other").enter(x),
  "context.schedule(co)": ({ context }, x) => context.schedule(x),
  "context.oneShot(callback)": ({ context }, x) => context.oneShot(x),
  "context.setHandler(source)": ({ context }, x) => context.setHandler(x, () => {}),
  "context.setHandler(source, callback)": ({ context, source }, x) => context.setHandler(source, x),
  "context.close(options)": ({ context }, x) => context.close(x),
  "new BottomHalf(context)": (_, x) => new BottomHalf(x, () => {}),
  "new BottomHalf(context, callback, name)": ({ context }, x) =>
    new BottomHalf(context, () => {}, x),
  "new Timer(context, callback, { name })": ({ context }, name) =>
    new Timer(context, () => {}, { name }),
  "new Timer(context)": (_, x) => new Timer(x, () => {}),
  "new BottomHalf(context, callback)": ({ context }, x) => new BottomHalf(context, x),
  "new Timer(context, callback)": ({ context }, x) => new Timer(context, x),
  "new Timer(context, callback, options)": ({ context }, x) => new Timer(context, () => {}, x),
  "new Timer(context, callback, { clock })": ({ context }, clock) =>
    new Timer(context, () => {}, { clock }),
  "timer.set(ns)": ({ timer }, x) => timer.set(x),
  "timer.after(ns)": ({ timer }, x) => timer.after(x),
  "new VirtualClock(ns)": (_, x) => new VirtualClock(x),
  "clock.after(ns)": ({ clock }, x) => clock.after(x, () => {}),
  "clock.advance(ns)": ({ clock }, x) => clock.advance(x),
  "readable(source)": (_, x) => readable(x),
  "new CoReader(from)": (_, x) => new CoReader(x),
  "new CoReader(from, options)": (_, x) => new CoReader(emptySource(), x),
  "new CoReader(from, { size })": (_, size) => new CoReader(emptySource(), { size }),
  "readable(source, options)": ({ source }, x) => readable(source, x),
  "reader.fill(1, options)": ({ reader }, x) => reader.fill(1, x),
  "reader.readExactly(1, options)": ({ reader }, x) => reader.readExactly(1, x),
  "reader.read(1, options)": ({ reader }, x) => reader.read(1, x),
  "reader.fill(n)": ({ reader }, x) => reader.fill(x),
  "reader.peek(n)": ({ reader }, x) => reader.peek(x),
  "reader.skip(n)": ({ reader }, x) => reader.skip(x),
  "reader.readExactly(n)": ({ reader }, x) => reader.readExactly(x),
  "reader.read(most)": ({ reader }, x) => reader.read(x),
  "reader.readLine(options)": ({ reader }, x) => reader.readLine(x),
  "reader.readLine({ most })": ({ reader }, most) => reader.readLine({ most }),
  "new CoWriter(to)": (_, x) => new CoWriter(x),
  "new CoWriter(to, options)": (_, x) => new CoWriter(emptySink(), x),
  "new CoWriter(to, { highWater })": (_, highWater) => new CoWriter(emptySink(), { highWater }),
  "writer.write(bytes, options)": ({ writer }, x) => writer.write(new Uint8Array(1), x),
  "writer.drain(options)": ({ writer }, x) => writer.drain(x),
  "writer.flush(options)": ({ writer }, x) => writer.flush(x),
  "writer.close(options)": ({ writer }, x) => writer.close(x),
  "writer.write(bytes)": ({ writer }, x) => writer.write(x),
  "writer.lend(bytes)": ({ writer }, x) => writer.lend(x),
  "writer.reserve(n)": ({ writer }, x) => writer.reserve(x),
  "CoFile.open(path, options)": (_, x) => CoFile.open("no such directory/file", x),
  "handleOf(co)": (_, x) => handleOf(x),
  "schedule(handle)": (_, x) => schedule(x),
  "transfer(value, moved)": (_, x) => transfer(0, x),
  "new SharedCoQueue(mutex)": (_, x) => new SharedCoQueue(x),
  "SharedCoMutex.from(handle)": (_, x) => SharedCoMutex.from(x),
  "SharedCoRwLock.from(handle)": (_, x) => SharedCoRwLock.from(x),
  "SharedCoQueue.from(handle)": (_, x) => SharedCoQueue.from(x),
};

interface Given {
  readonly call: Call;
  readonly given: Kind;
}

type MisuseSpec = ReturnType<typeof misuse>;

/** The binding. */
export function misuseBinding(): MisuseSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage>
  : never {
  return {
    create: () => new Stage(),
    actions: {
      lock: (stage) => stage.lock(),
      unlock: (stage) => stage.unlock(),
      misuse: (stage, { call, given }: Given) => stage.refuse(call, given),
      beginTwice: (stage) => stage.beginTwice(),
      nest: (_, { by }) => Coroutine.create(by === "enter" ? enters : calls).enter(),
      use: (_, { call, given }: Given) => new Stage().use(call, valueOf(given)),
    },
    view(stage, s) {
      s.locked = stage.mutex.locked;
      const { changed } = stage;
      if (changed !== undefined) throw new Error(changed);
    },
    codeOf(error) {
      if (error instanceof CoroutineError) return error.code;
      // The host's own do not say what was expected.
      return error instanceof Error && /^Cannot [^:]+: ./.test(error.message)
        ? error.name
        : undefined;
    },
  };
}
