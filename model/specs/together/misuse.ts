/**
 * What is given to the functions of this module: whatever is of another kind than it must be is refused by an error
 * that says what was expected, and nothing has changed. What is right is taken.
 *
 * What comes of what is right is in the other specs.
 *
 * @module
 */
import * as Schema from "effect/Schema";
import { spec } from "../../mod.ts";

// ------------------------------------------------------------------------------- constants

/** One value of each kind. */
export const KINDS = [
  "nothing",
  "null",
  "text",
  "zero",
  "one",
  "half",
  "negative",
  "not a number",
  "infinite",
  "bigint",
  "symbol",
  "object",
  "list",
  "plain function",
  "generator function",
  "generator",
  "promise",
  "clock",
  "mutex",
  "signal",
  "bytes",
  "coroutine",
  "source",
] as const;
export type Kind = typeof KINDS[number];

/** What is asked for: which kinds are right, and by which error the others are refused. */
interface Domain {
  readonly takes: readonly Kind[];
  readonly error: "TypeError" | "RangeError";
  /** Those that are right as far as this goes, and are not tried: what comes of them is another matter. */
  readonly apart?: readonly Kind[];
}

const NUMBERS: readonly Kind[] = ["zero", "one", "half", "negative", "not a number", "infinite"];
const SPAN: Domain = {
  takes: ["zero", "one", "half", "infinite", "bigint"],
  error: "RangeError",
};
const FROM_0: Domain = { takes: ["zero", "one"], error: "RangeError" };
const FROM_1: Domain = { takes: ["one"], error: "RangeError" };
const BODY: Domain = { takes: ["generator function"], error: "TypeError" };
const CALLBACK: Domain = { takes: ["plain function"], error: "TypeError" };
const OPTIONS: Domain = { takes: ["object"], error: "TypeError" };
const CLOCK: Domain = { takes: ["clock"], error: "TypeError" };
const SIGNAL: Domain = { takes: ["signal"], error: "TypeError" };
const MUTEX: Domain = { takes: ["mutex"], error: "TypeError" };
const BYTES: Domain = { takes: ["bytes"], error: "TypeError" };
const COROUTINE: Domain = { takes: ["coroutine"], error: "TypeError" };
const SOURCE: Domain = { takes: ["source"], error: "TypeError" };
/** The same, where it need not be given. */
const optional = ({ takes, error }: Domain): Domain => ({ takes: ["nothing", ...takes], error });
const also = ({ takes, error }: Domain, ...more: readonly Kind[]): Domain => ({
  takes: [...takes, ...more],
  error,
});
/** A task may be given in place of the options. */
const OPTIONS_OR_BODY: Domain = {
  ...also(OPTIONS, "generator function", "plain function"),
  // It returns no generator.
  apart: ["plain function"],
};
/** Some of these are descriptors. */
const SOURCE_OR_FD: Domain = { ...also(SOURCE, ...NUMBERS), apart: NUMBERS };
const NAME: Domain = { takes: ["nothing", "text"], error: "TypeError" };
const NONE: Domain = { takes: [], error: "TypeError" };

/** What is called, with what, as the others tell it. */
export const CALLS = {
  "Coroutine.create(body)": BODY,
  "Coroutine.named(name, body)": BODY,
  "Coroutine.named(name)": { takes: ["text"], error: "TypeError" },
  "new CoMutex(name)": NAME,
  "new CoQueue(name)": NAME,
  "new CoRwLock(name)": NAME,
  "new CoSemaphore(1, name)": NAME,
  "new TaskPool(1, name)": NAME,
  "new AioContext(name)": NAME,
  "new EventNotifier(name)": NAME,
  "new VirtualClock(0, name)": NAME,
  "new SharedCoMutex(name)": NAME,
  "new CoReader(from, { name })": NAME,
  "new CoWriter(to, { name })": NAME,
  "new Coroutine(body)": NONE,
  "new Coroutine(body, name)": NONE,
  "new CoFile(path)": NONE,
  "new IOThread(name)": NONE,
  "chromeTrace(write)": CALLBACK,
  "co.cancelOn(signal)": SIGNAL,
  "call(body)": BODY,
  "until(promise)": { takes: ["promise"], error: "TypeError" },
  "trace(listener)": also(CALLBACK, "null", "generator function"),
  "all(tasks)": also(NONE, "list"),
  "all([task])": BODY,
  "all([], options)": optional(OPTIONS),
  "race(tasks)": NONE,
  "race([task])": BODY,
  "race([body], options)": optional(OPTIONS),
  "race([body], { lost })": optional(CALLBACK),
  "all([], { lost })": optional(CALLBACK),
  "scope(body)": BODY,
  "scope((s) => s.start(body))": BODY,
  "withTimeout(ns, body)": SPAN,
  "withTimeout(1, body)": BODY,
  "withTimeout(1, body, options)": also(optional(OPTIONS), "clock"),
  "withTimeout(1, body, { late })": optional(CALLBACK),
  "withTimeout(1, body, { lost })": optional(CALLBACK),
  "withTimeout(1, body, { clock })": optional(CLOCK),
  "sleep(ns)": SPAN,
  "sleep(1, clock)": optional(CLOCK),
  // For ever, by default.
  "nap.sleep(ns)": optional(SPAN),
  "nap.sleep(1, clock)": optional(CLOCK),
  "mutex.lock(options)": optional(OPTIONS),
  "mutex.lock({ timeout })": optional(SPAN),
  "mutex.lock({ signal })": optional(SIGNAL),
  "mutex.lock({ clock })": optional(CLOCK),
  "rwlock.readLock(options)": optional(OPTIONS),
  "rwlock.writeLock(options)": optional(OPTIONS),
  "queue.wait(undefined, options)": optional(OPTIONS),
  "queue.wait(mutex)": also(optional(MUTEX), "object"),
  "queue.wait(mutex, {})": optional(MUTEX),
  "queue.enterNext(mutex)": optional(MUTEX),
  "queue.enterAll(mutex)": optional(MUTEX),
  "new CoSemaphore(total)": FROM_0,
  "semaphore.setTotal(total)": FROM_0,
  "semaphore.acquire(n)": optional(FROM_1),
  "semaphore.acquire(1, options)": optional(OPTIONS),
  "semaphore.tryAcquire(n)": optional(FROM_1),
  "semaphore.release(n)": optional(FROM_1),
  "new TaskPool(size)": FROM_1,
  "pool.setMaxBusy(size)": FROM_0,
  "pool.start(task)": BODY,
  "pool.start(options, task)": OPTIONS_OR_BODY,
  "pool.waitSlot(options)": optional(OPTIONS),
  "pool.waitOne(options)": optional(OPTIONS),
  "pool.waitAll(options)": optional(OPTIONS),
  "new AioContext().enter(co)": COROUTINE,
  "context.schedule(co)": COROUTINE,
  "context.oneShot(callback)": CALLBACK,
  "context.setHandler(source)": SOURCE_OR_FD,
  "context.setHandler(source, callback)": also(CALLBACK, "null"),
  "context.close(options)": optional(OPTIONS),
  "new BottomHalf(context)": NONE,
  "new BottomHalf(context, callback)": CALLBACK,
  "new BottomHalf(context, callback, name)": NAME,
  "new Timer(context)": NONE,
  "new Timer(context, callback, { name })": NAME,
  "new Timer(context, callback)": CALLBACK,
  "new Timer(context, callback, options)": optional(OPTIONS),
  "new Timer(context, callback, { clock })": optional(CLOCK),
  "timer.set(ns)": SPAN,
  "timer.after(ns)": SPAN,
  "new VirtualClock(ns)": optional(SPAN),
  "clock.after(ns)": SPAN,
  // For ever, it would never end.
  "clock.advance(ns)": { takes: ["zero", "one", "half", "bigint"], error: "RangeError" },
  "readable(source)": SOURCE_OR_FD,
  "new CoReader(from)": NONE,
  "new CoReader(from, options)": optional(OPTIONS),
  "new CoReader(from, { size })": optional(FROM_1),
  "readable(source, options)": optional(OPTIONS),
  "reader.fill(n)": FROM_0,
  "reader.fill(1, options)": optional(OPTIONS),
  "reader.readExactly(1, options)": optional(OPTIONS),
  "reader.read(1, options)": optional(OPTIONS),
  "reader.peek(n)": { takes: ["zero"], error: "RangeError" },
  "reader.skip(n)": { takes: ["zero"], error: "RangeError" },
  "reader.readExactly(n)": FROM_0,
  "reader.read(most)": also(optional(FROM_1), "infinite"),
  "reader.readLine(options)": optional(OPTIONS),
  "reader.readLine({ most })": also(optional(FROM_1), "infinite"),
  "new CoWriter(to)": NONE,
  "new CoWriter(to, options)": optional(OPTIONS),
  "new CoWriter(to, { highWater })": {
    takes: ["nothing", "zero", "one", "half", "infinite"],
    error: "RangeError",
  },
  "writer.write(bytes)": BYTES,
  "writer.write(bytes, options)": optional(OPTIONS),
  "writer.drain(options)": optional(OPTIONS),
  "writer.flush(options)": optional(OPTIONS),
  "writer.close(options)": optional(OPTIONS),
  "writer.lend(bytes)": BYTES,
  "writer.reserve(n)": FROM_0,
  "CoFile.open(path, options)": optional(OPTIONS),
  "handleOf(co)": COROUTINE,
  "schedule(handle)": NONE,
  "transfer(value, moved)": also(NONE, "list"),
  "new SharedCoQueue(mutex)": NONE,
  "SharedCoMutex.from(handle)": NONE,
  "SharedCoRwLock.from(handle)": NONE,
  "SharedCoQueue.from(handle)": NONE,
} as const satisfies Readonly<Record<string, Domain>>;
export type Call = keyof typeof CALLS;

// ------------------------------------------------------------------------------------ state

interface State {
  /** Whether the mutex is locked that all of them know. */
  locked: boolean;
}

const never = (): boolean => false;
const Nesting = Schema.Literals(["enter", "call"]);

// ----------------------------------------------------------------------------------- claims

/** Claims that are wrong, to see that the model can fail. */
export const falseClaims = {
  "nobody locks": (s: State) => !s.locked,
};

// ------------------------------------------------------------------------------------- spec

/**
 * Each call, with a value of each kind that is wrong there, and of each that is right.
 *
 * @param scope Of how many kinds; which claims.
 */
export function misuse(
  { kinds = KINDS.length, always = {} }: {
    kinds?: number;
    always?: Record<string, (s: State) => boolean>;
  } = {},
) {
  type Given = { readonly call: Call; readonly given: Kind };
  return spec({
    name: "misuse",
    state: Schema.Struct({ locked: Schema.Boolean }),
    init: [{ locked: false }],
    actions: {
      lock: {
        for: {},
        when: (s) => !s.locked,
        do: (s) => {
          s.locked = true;
        },
      },
      unlock: {
        for: {},
        when: (s) => s.locked,
        do: (s) => {
          s.locked = false;
        },
      },
      misuse: {
        for: {
          call: Schema.Literals(Object.keys(CALLS) as Call[]),
          given: Schema.Literals(KINDS.slice(0, kinds)),
        },
        when: (_: State, __: Given) => false,
        do: () => {},
        refuse: (_: State, { call, given }: Given) => {
          const { takes, error }: Domain = CALLS[call];
          return takes.includes(given) ? undefined : error;
        },
      },
      // A second wait, where the first one was begun without yield*.
      beginTwice: { for: {}, when: never, do: () => {}, refuse: () => "waiting" },
      // Coroutines that enter one another, or functions that call one another, without an end.
      nest: {
        for: { by: Nesting },
        when: never,
        do: () => {},
        refuse: () => "too-deep",
      },
      // Of things that nobody else knows.
      use: {
        for: {
          call: Schema.Literals(Object.keys(CALLS) as Call[]),
          given: Schema.Literals(KINDS.slice(0, kinds)),
        },
        when: (_: State, { call, given }: Given) => {
          const { takes, apart = [] }: Domain = CALLS[call];
          return takes.includes(given) && !apart.includes(given);
        },
        do: () => {},
      },
    },
    always,
    ends: () => true,
  });
}
