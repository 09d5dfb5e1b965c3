/**
 * Every spec with its binding, and the scopes at which they are held against each other.
 *
 * @module
 */
import type { Binding } from "../engine/play/binding.ts";
import type { AnySpec } from "../mod.ts";
import { type Hidden, hiddenBy } from "./hidden.ts";
import { type Size, SIZES } from "./sizes.ts";

/** A spec, the code that it is about, and how far to explore. */
export interface Pair {
  /** The spec's name: that of its file. */
  readonly name: string;
  /** Where its files are, in specs and in conformance: such as `locks/co_mutex.ts`. */
  readonly file: string;
  /** How many of what. */
  readonly scope: string;
  /** In which `--scope` it is. */
  readonly sizes: readonly Size[];
  /** Loads them: what one pair needs, the others do not. */
  readonly load: () => Promise<Held>;
  /** The fields of the state that the binding does not show, and by what they are compared all the same. */
  readonly hides: Hidden;
  /** No pair is known to fail. */
  readonly knownToFail?: undefined;
}

/** A spec and its binding, to be held against each other. */
export interface Held {
  readonly spec: () => AnySpec;
  // deno-lint-ignore no-explicit-any -- each binding has the types of its spec
  readonly binding: () => Binding<any, any, any>;
  /** Specs with one claim that is wrong, by that claim. */
  readonly wrong: ReadonlyMap<string, () => AnySpec>;
  /** What must be there before the first replay, such as a thread, and ends with the last one. */
  readonly prepare: (() => Promise<AsyncDisposable>) | undefined;
}

type Scope = Readonly<Record<string, number | boolean>>;

/** What many scopes may say besides. */
interface Besides {
  readonly cancels?: number;
  readonly timed?: number;
  readonly nested?: boolean;
}

/** What the files of a pair have. */
interface Files<S extends Scope, V> {
  spec(scope: S & { always?: Record<string, (s: V) => boolean> }): AnySpec;
  binding(scope: NoInfer<S>): ReturnType<Held["binding"]>;
  readonly falseClaims: Record<string, (s: V) => boolean>;
  readonly prepare?: () => Promise<AsyncDisposable>;
}

/** A spec and its binding at one scope after the other: of each size, the smallest first. */
function family<S extends Scope, V>(
  file: string,
  files: () => Promise<Files<S, V>>,
  scopes: Readonly<Record<Size, readonly (S & Besides)[]>>,
): Pair[] {
  const name = file.replace(/.*\//, "");
  return inSizes<S>(scopes).map(({ text, sizes, one }) => ({
    name,
    hides: hiddenBy(name),
    file: `${file}.ts`,
    scope: text,
    sizes,
    async load() {
      const { spec, binding, falseClaims, prepare } = await files();
      return {
        spec: () => spec(one),
        binding: () => binding(one),
        wrong: new Map(
          Object.entries(falseClaims).map(([claim, holds]) => [
            claim,
            () => spec({ ...one, always: { [claim]: holds } }),
          ]),
        ),
        prepare,
      };
    },
  }));
}

/**
 * Each scope once, with all sizes that it is in: what is told of one size need not be told of larger ones.
 */
function inSizes<S extends Scope>(
  scopes: Readonly<Record<Size, readonly S[]>>,
): { readonly text: string; readonly sizes: readonly Size[]; readonly one: S }[] {
  const told = new Map<string, S>();
  for (const one of SIZES.flatMap((size) => scopes[size])) told.set(textOf(one), one);
  const all = [...told].map(([text, one]) => {
    const least = SIZES.findIndex((size) => scopes[size].some((other) => textOf(other) === text));
    return { text, sizes: SIZES.slice(least), one };
  });
  // In the order in which they are told of small; those of quick alone come first.
  const order = ({ text }: { text: string }) =>
    [...scopes.small, ...scopes.full].findIndex((one) => textOf(one) === text);
  return all.sort((one, other) => order(one) - order(other));
}

/** Such as "4 coroutines, 1 mutex, 2 cancelled": what there is none of is left out. */
function textOf(scope: Scope): string {
  return Object.entries(scope).flatMap(([what, n]) => {
    if (n === 0 || (n === true && what === "nested") || (n === false && what === "promises")) {
      return [];
    }
    if (n === false) return [`not ${what}`];
    if (n === true) return [what];
    if (what === "cancels") return [`${n} cancelled`];
    if (what === "capacity") return [`capacity ${n}`];
    what = what.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return [`${n} ${n === 1 ? what.replace(/(?<=x)es$|s$/, "") : what}`];
  }).join(", ");
}

/** All pairs. */
export const pairs: readonly Pair[] = [
  ...family("core/coroutine", async () => {
    const { falseClaims, coroutine: spec } = await import("../specs/core/coroutine.ts");
    const { coroutineBinding: binding } = await import("./core/coroutine.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3, cancels: 1, traced: true }],
    small: [
      { coroutines: 3, cancels: 3 },
      { coroutines: 3, cancels: 1, traced: true },
      { coroutines: 4 },
    ],
    full: [{ coroutines: 4, cancels: 1 }, { coroutines: 5 }],
  }),
  ...family("core/fates", async () => {
    const { falseClaims, fates: spec } = await import("../specs/core/fates.ts");
    const { fatesBinding: binding } = await import("./core/fates.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, cancels: 1 }],
    small: [{ coroutines: 2, cancels: 1 }],
    full: [{ coroutines: 3, cancels: 1 }],
  }),
  ...family("core/async_context", async () => {
    const { falseClaims, asyncContext: spec } = await import("../specs/core/async_context.ts");
    const { asyncContextBinding: binding } = await import("./core/async_context.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, cancels: 1 }],
    small: [{ coroutines: 2, cancels: 1 }],
    full: [{ coroutines: 3, cancels: 0 }],
  }),
  ...family("together/misuse", async () => {
    const { falseClaims, misuse: spec } = await import("../specs/together/misuse.ts");
    const { misuseBinding: binding } = await import("./together/misuse.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ kinds: 23 }],
    small: [{ kinds: 23 }],
    full: [],
  }),
  ...family("core/signals", async () => {
    const { falseClaims, signals: spec } = await import("../specs/core/signals.ts");
    const { signalsBinding: binding } = await import("./core/signals.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ listeners: 3 }],
    small: [{ listeners: 3 }, { listeners: 4 }],
    full: [],
  }),
  ...family("core/promises", async () => {
    const { falseClaims, promises: spec } = await import("../specs/core/promises.ts");
    const { preparePromises: prepare, promisesBinding: binding } = await import(
      "./core/promises.ts"
    );
    return { spec, binding, falseClaims, prepare };
  }, {
    quick: [{ coroutines: 2, kinds: 3 }],
    small: [{ coroutines: 2, kinds: 3 }],
    full: [{ coroutines: 2, kinds: 4 }, { coroutines: 3, kinds: 3 }],
  }),
  ...family("locks/co_mutex", async () => {
    const { falseClaims, coMutex: spec } = await import("../specs/locks/co_mutex.ts");
    const { coMutexBinding: binding } = await import("./locks/co_mutex.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { coroutines: 2, mutexes: 3 },
      { coroutines: 3, mutexes: 1, cancels: 1, traced: true },
      { coroutines: 3, mutexes: 1, hurried: 1, nested: false },
    ],
    small: [
      { coroutines: 2, mutexes: 3 },
      { coroutines: 3, mutexes: 1, cancels: 1, traced: true },
      { coroutines: 3, mutexes: 1, cancels: 1, timed: 1 },
      { coroutines: 3, mutexes: 1, cancels: 1, hurried: 1 },
      { coroutines: 3, mutexes: 2 },
      { coroutines: 4, mutexes: 1 },
    ],
    full: [
      { coroutines: 3, mutexes: 1, cancels: 3, timed: 2 },
      { coroutines: 3, mutexes: 3 },
      { coroutines: 4, mutexes: 2 },
      { coroutines: 5, mutexes: 1 },
      { coroutines: 4, mutexes: 1, cancels: 1, timed: 1 },
    ],
  }),
  ...family("locks/co_queue", async () => {
    const { falseClaims, coQueue: spec } = await import("../specs/locks/co_queue.ts");
    const { coQueueBinding: binding } = await import("./locks/co_queue.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { coroutines: 3, cancels: 0, timed: 1 },
      { coroutines: 3, hurried: 1, nested: false },
    ],
    small: [
      { coroutines: 3, cancels: 1, timed: 2 },
      { coroutines: 3, cancels: 1, timed: 2, hurried: 1 },
    ],
    full: [
      { coroutines: 4 },
      { coroutines: 4, cancels: 0, timed: 1, nested: false },
      { coroutines: 3, cancels: 3, timed: 3 },
      { coroutines: 4, cancels: 1, timed: 0 },
    ],
  }),
  ...family("io/readable", async () => {
    const { falseClaims, readable: spec } = await import("../specs/io/readable.ts");
    const { readableBinding: binding } = await import("./io/readable.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3 }],
    small: [
      { coroutines: 3, cancels: 1, timed: 1 },
      { coroutines: 4, nested: false },
    ],
    full: [{ coroutines: 3, cancels: 3, timed: 3 }],
  }),
  ...family("io/co_reader", async () => {
    const { falseClaims, coReader: spec } = await import("../specs/io/co_reader.ts");
    const { coReaderBinding: binding } = await import("./io/co_reader.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, bytes: 4, timed: 1 }, { coroutines: 3, bytes: 1, nested: false }],
    small: [
      { coroutines: 2, bytes: 4, timed: 1 },
      { coroutines: 2, bytes: 4, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 1, nested: false },
    ],
    full: [
      { coroutines: 3, bytes: 3, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 4, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 3, cancels: 2, timed: 2 },
    ],
  }),
  ...family("io/reading", async () => {
    const { falseClaims, reading: spec } = await import("../specs/io/reading.ts");
    const { readingBinding: binding } = await import("./io/reading.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ bytes: 5 }, { bytes: 4, wide: true }],
    small: [{ bytes: 5 }, { bytes: 7 }, { bytes: 4, wide: true }],
    full: [],
  }),
  ...family("io/read_ahead", async () => {
    const { falseClaims, readAhead: spec } = await import("../specs/io/read_ahead.ts");
    const { readAheadBinding: binding } = await import("./io/read_ahead.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ bytes: 3 }],
    small: [{ bytes: 3 }, { bytes: 5 }],
    full: [],
  }),
  ...family("io/node_stream", async () => {
    const { falseClaims, nodeStream: spec } = await import("../specs/io/node_stream.ts");
    const { nodeStreamBinding: binding } = await import("./io/node_stream.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ chunks: 1 }],
    small: [{ chunks: 1 }, { chunks: 3 }],
    full: [],
  }),
  ...family("io/node_sink", async () => {
    const { falseClaims, nodeSink: spec } = await import("../specs/io/node_sink.ts");
    const { nodeSinkBinding: binding } = await import("./io/node_sink.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ bytes: 3 }],
    small: [{ bytes: 3 }],
    full: [],
  }),
  ...family("io/answers", async () => {
    const { falseClaims, answers: spec } = await import("../specs/io/answers.ts");
    const { answersBinding: binding } = await import("./io/answers.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ bytes: 3 }],
    small: [{ bytes: 3 }],
    full: [],
  }),
  ...family("io/co_file", async () => {
    const { falseClaims, coFile: spec } = await import("../specs/io/co_file.ts");
    const { coFileBinding: binding } = await import("./io/co_file.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, bytes: 2 }],
    small: [{ coroutines: 2, bytes: 2 }, { coroutines: 2, bytes: 3 }],
    full: [{ coroutines: 3, bytes: 2 }],
  }),
  ...family("io/co_writer", async () => {
    const { falseClaims, coWriter: spec } = await import("../specs/io/co_writer.ts");
    const { coWriterBinding: binding } = await import("./io/co_writer.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, bytes: 2, cancels: 1 }],
    small: [
      { coroutines: 2, bytes: 2, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 2, timed: 1, nested: false },
    ],
    full: [
      { coroutines: 2, bytes: 3, cancels: 1, timed: 1 },
      { coroutines: 2, bytes: 4, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 2, cancels: 1, timed: 1 },
    ],
  }),
  ...family("locks/co_rw_lock", async () => {
    const { falseClaims, coRwLock: spec } = await import("../specs/locks/co_rw_lock.ts");
    const { coRwLockBinding: binding } = await import("./locks/co_rw_lock.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { coroutines: 3, cancels: 0, timed: 1 },
      { coroutines: 3, hurried: 1, nested: false },
    ],
    small: [
      { coroutines: 3, cancels: 1, timed: 2 },
      { coroutines: 3, cancels: 1, timed: 2, hurried: 1 },
      { coroutines: 4 },
    ],
    full: [
      { coroutines: 4, cancels: 1, timed: 1, nested: false },
      { coroutines: 3, cancels: 3, timed: 3 },
      { coroutines: 4, cancels: 1, timed: 1 },
    ],
  }),
  ...family("locks/co_semaphore", async () => {
    const { falseClaims, coSemaphore: spec } = await import("../specs/locks/co_semaphore.ts");
    const { coSemaphoreBinding: binding } = await import("./locks/co_semaphore.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { coroutines: 3, permits: 2, cancels: 1, timed: 1 },
      { coroutines: 3, permits: 2, resized: true, nested: false },
      { coroutines: 3, permits: 2, hurried: 1, nested: false },
    ],
    small: [
      { coroutines: 3, permits: 2, cancels: 1, timed: 2 },
      { coroutines: 3, permits: 2, resized: true, nested: false },
      { coroutines: 4, permits: 2 },
      { coroutines: 3, permits: 2, timed: 1, resized: true },
      { coroutines: 3, permits: 2, cancels: 1, hurried: 1 },
    ],
    full: [
      { coroutines: 4, permits: 2, cancels: 1, timed: 1 },
      { coroutines: 3, permits: 3, cancels: 3, timed: 3 },
      { coroutines: 4, permits: 3, cancels: 1, timed: 1 },
    ],
  }),
  ...family("time/sleep", async () => {
    const { falseClaims, sleep: spec } = await import("../specs/time/sleep.ts");
    const { sleepBinding: binding } = await import("./time/sleep.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3, ticks: 2 }],
    small: [{ coroutines: 3, ticks: 2, cancels: 1 }],
    full: [
      { coroutines: 4, ticks: 1 },
      { coroutines: 3, ticks: 3, cancels: 3 },
      { coroutines: 4, ticks: 2 },
    ],
  }),
  ...family("time/alarms", async () => {
    const { falseClaims, alarms: spec } = await import("../specs/time/alarms.ts");
    const { alarmsBinding: binding } = await import("./time/alarms.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ alarms: 4, times: 3 }, { alarms: 6, times: 2, late: true }],
    small: [
      { alarms: 4, times: 3 },
      { alarms: 6, times: 2, late: true },
      // As few as there must be for one that fills a gap in the heap to be missed where it must rise.
      { alarms: 7, times: 2, late: true },
    ],
    full: [],
  }),
  ...family("tasks/scope", async () => {
    const { falseClaims, scope: spec } = await import("../specs/tasks/scope.ts");
    const { scopeBinding: binding } = await import("./tasks/scope.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3, cancels: 2 }],
    small: [{ coroutines: 3, cancels: 3 }],
    full: [{ coroutines: 4, cancels: 1 }, { coroutines: 4, cancels: 4 }],
  }),
  ...family("tasks/task_pool", async () => {
    const { falseClaims, taskPool: spec } = await import("../specs/tasks/task_pool.ts");
    const { taskPoolBinding: binding } = await import("./tasks/task_pool.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 4, starters: 2, slots: 1, nested: false }],
    small: [{ coroutines: 4, starters: 2, slots: 1 }],
    full: [
      { coroutines: 4, starters: 2, slots: 2 },
      { coroutines: 4, starters: 2, slots: 1, cancels: 1, timed: 1 },
      { coroutines: 4, starters: 2, slots: 2, timed: 1 },
      { coroutines: 4, starters: 2, slots: 1, cancels: 2, timed: 2 },
      { coroutines: 5, starters: 3, slots: 1 },
      { coroutines: 5, starters: 3, slots: 1, hurried: 1, nested: false },
    ],
  }),
  ...family("contexts/aio_context", async () => {
    const { falseClaims, aioContext: spec } = await import("../specs/contexts/aio_context.ts");
    const { aioContextBinding: binding } = await import("./contexts/aio_context.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, cancels: 1 }],
    small: [{ coroutines: 2, cancels: 2 }, { coroutines: 3, nested: false }],
    full: [{ coroutines: 3, cancels: 1 }],
  }),
  ...family("contexts/bottom_half", async () => {
    const { falseClaims, bottomHalf: spec } = await import("../specs/contexts/bottom_half.ts");
    const { bottomHalfBinding: binding } = await import("./contexts/bottom_half.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ bottomHalves: 2, rounds: 2 }],
    small: [{ bottomHalves: 2, rounds: 2 }],
    full: [{ bottomHalves: 3, rounds: 2 }, { bottomHalves: 2, rounds: 3 }],
  }),
  ...family("contexts/broken_clock", async () => {
    const { falseClaims, brokenClock: spec } = await import("../specs/contexts/broken_clock.ts");
    const { brokenClockBinding: binding } = await import("./contexts/broken_clock.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ timers: 2, ticks: 2 }],
    small: [{ timers: 2, ticks: 2 }, { timers: 3, ticks: 2 }],
    full: [{ timers: 3, ticks: 3 }],
  }),
  ...family("contexts/timer", async () => {
    const { falseClaims, timer: spec } = await import("../specs/contexts/timer.ts");
    const { timerBinding: binding } = await import("./contexts/timer.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { timers: 2, ticks: 3, rounds: 2 },
      { timers: 3, ticks: 1, rounds: 1, clocks: 2 },
    ],
    small: [
      { timers: 2, ticks: 3, rounds: 2 },
      { timers: 3, ticks: 1, rounds: 1, clocks: 2 },
      { timers: 3, ticks: 1, rounds: 2 },
    ],
    full: [{ timers: 3, ticks: 1, rounds: 2, clocks: 2 }, { timers: 3, ticks: 2, rounds: 3 }],
  }),
  ...family("contexts/awaited", async () => {
    const { falseClaims, awaited: spec } = await import("../specs/contexts/awaited.ts");
    const { awaitedBinding: binding } = await import("./contexts/awaited.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 1 }],
    small: [{ coroutines: 1 }, { coroutines: 2 }],
    full: [],
  }),
  ...family("contexts/notify", async () => {
    const { falseClaims, notify: spec } = await import("../specs/contexts/notify.ts");
    const { notifyBinding: binding } = await import("./contexts/notify.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ contexts: 1 }],
    small: [{ contexts: 1 }],
    full: [],
  }),
  ...family("together/context_locks", async () => {
    const { falseClaims, contextLocks: spec } = await import("../specs/together/context_locks.ts");
    const { contextLocksBinding: binding } = await import("./together/context_locks.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      {
        coroutines: 2,
        queues: 1,
        cancels: 0,
        timed: 1,
        promises: false,
        closing: true as boolean,
      },
    ],
    small: [
      {
        coroutines: 2,
        queues: 1,
        cancels: 0,
        timed: 1,
        promises: false,
        closing: true as boolean,
      },
      {
        coroutines: 2,
        queues: 0,
        cancels: 1,
        timed: 0,
        promises: true,
        closing: true as boolean,
      },
    ],
    full: [
      {
        coroutines: 2,
        queues: 1,
        cancels: 1,
        timed: 1,
        promises: false,
        closing: true as boolean,
      },
      {
        coroutines: 3,
        queues: 0,
        cancels: 0,
        timed: 0,
        nested: false,
        promises: false,
        closing: false,
      },
      {
        coroutines: 2,
        queues: 1,
        cancels: 2,
        timed: 2,
        promises: true,
        closing: true,
      },
      {
        coroutines: 3,
        queues: 1,
        cancels: 0,
        timed: 1,
        nested: false,
        promises: false,
        closing: false,
      },
    ],
  }),
  ...family("together/dump", async () => {
    const { falseClaims, dump: spec } = await import("../specs/together/dump.ts");
    const { dumpBinding: binding } = await import("./together/dump.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3, mutexes: 2, timed: 1 }],
    small: [{ coroutines: 3, mutexes: 2 }, { coroutines: 3, mutexes: 2, timed: 1 }],
    full: [{ coroutines: 3, mutexes: 3 }, { coroutines: 4, mutexes: 2, timed: 1 }],
  }),
  ...family("together/dump_rw", async () => {
    const { falseClaims, dumpRw: spec } = await import("../specs/together/dump_rw.ts");
    const { dumpRwBinding: binding } = await import("./together/dump_rw.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3, timed: 1 }],
    small: [{ coroutines: 3, timed: 1 }],
    full: [{ coroutines: 4 }],
  }),
  ...family("together/circles", async () => {
    const { falseClaims, circles: spec } = await import("../specs/together/circles.ts");
    const { circlesBinding: binding } = await import("./together/circles.ts");
    return { spec, binding, falseClaims };
  }, {
    // As few as there must be for two who can go on to be taken for a circle.
    quick: [{ coroutines: 5, things: 3 }],
    small: [{ coroutines: 5, things: 3 }],
    full: [],
  }),
  ...family("together/listener", async () => {
    const { falseClaims, listener: spec } = await import("../specs/together/listener.ts");
    const { listenerBinding: binding } = await import("./together/listener.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 3, mutexes: 1, cancels: 1 }],
    small: [{ coroutines: 3, mutexes: 1, cancels: 1, timed: 1 }],
    full: [{ coroutines: 3, mutexes: 2, cancels: 1 }, { coroutines: 4, mutexes: 1, cancels: 1 }],
  }),
  ...family("together/chrome_trace", async () => {
    const { falseClaims, chromeTrace: spec } = await import("../specs/together/chrome_trace.ts");
    const { chromeTraceBinding: binding } = await import("./together/chrome_trace.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 2, cancels: 1, timed: 1 }],
    small: [{ coroutines: 2, cancels: 1, timed: 1 }],
    full: [{ coroutines: 3, cancels: 1, timed: 1 }],
  }),
  ...family("contexts/one_round", async () => {
    const { falseClaims, oneRound: spec } = await import("../specs/contexts/one_round.ts");
    const { oneRoundBinding: binding } = await import("./contexts/one_round.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ rounds: 2, ticks: 1 }],
    small: [{ rounds: 2, ticks: 2 }],
    full: [{ rounds: 3, ticks: 1 }],
  }),
  ...family("contexts/handlers", async () => {
    const { falseClaims, handlers: spec } = await import("../specs/contexts/handlers.ts");
    const { handlersBinding: binding } = await import("./contexts/handlers.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { contexts: 1, events: 1, descriptors: 0, rounds: 2, waiting: true },
      { contexts: 1, events: 0, descriptors: 1, rounds: 2, waiting: true },
    ],
    small: [
      { contexts: 1, events: 2, descriptors: 0, rounds: 2, waiting: true },
      { contexts: 2, events: 1, descriptors: 0, rounds: 2, waiting: true },
      { contexts: 2, events: 0, descriptors: 1, rounds: 1, waiting: false },
    ],
    full: [
      { contexts: 1, events: 1, descriptors: 1, rounds: 2, waiting: false },
      { contexts: 1, events: 0, descriptors: 2, rounds: 1, waiting: false },
      { contexts: 2, events: 0, descriptors: 1, rounds: 2, waiting: true },
      { contexts: 2, events: 1, descriptors: 0, rounds: 3, waiting: true },
      { contexts: 2, events: 2, descriptors: 0, rounds: 1, waiting: true },
    ],
  }),
  ...family("threads/messages", async () => {
    const { falseClaims, messages: spec } = await import("../specs/threads/messages.ts");
    const { messagesBinding: binding } = await import("./threads/messages.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ errors: 3 }],
    small: [{ errors: 3 }],
    full: [{ errors: 4 }],
  }),
  ...family("threads/calls", async () => {
    const { falseClaims, calls: spec } = await import("../specs/threads/calls.ts");
    const { callsBinding: binding, startThread: prepare } = await import("./threads/calls.ts");
    return { spec, binding, falseClaims, prepare };
  }, {
    quick: [{ callers: 2 }],
    small: [{ callers: 2 }, { callers: 4 }],
    full: [],
  }),
  ...family("shared/mutex_turns", async () => {
    const { falseClaims, mutexTurns: spec } = await import("../specs/shared/mutex_turns.ts");
    const { mutexTurnsBinding: binding } = await import("./shared/mutex_turns.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { coroutines: 3, timed: 0, leaves: 0, crowd: 1, queue: true, dies: false as boolean },
      { coroutines: 2, timed: 0, leaves: 1, crowd: 1, queue: true, dies: true },
      { coroutines: 2, timed: 1, leaves: 1, crowd: 1, queue: false as boolean, dies: true },
      { coroutines: 3, timed: 0, leaves: 1, crowd: 1, queue: false, dies: false },
    ],
    small: [
      { coroutines: 2, timed: 1, leaves: 1, crowd: 2, queue: true, dies: true },
      { coroutines: 3, timed: 1, leaves: 1, crowd: 2, queue: false, dies: true },
      { coroutines: 3, timed: 0, leaves: 0, crowd: 1, queue: true, dies: true },
    ],
    full: [{ coroutines: 3, timed: 1, leaves: 1, crowd: 1, queue: true, dies: true }],
  }),
  ...family("shared/rw_lock_turns", async () => {
    const { falseClaims, rwLockTurns: spec } = await import("../specs/shared/rw_lock_turns.ts");
    const { rwLockTurnsBinding: binding } = await import("./shared/rw_lock_turns.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [
      { coroutines: 2, timed: 1, leaves: 1, dies: true as boolean },
      { coroutines: 3, timed: 0, leaves: 0, dies: false },
    ],
    small: [
      { coroutines: 2, timed: 1, leaves: 1, dies: true },
      { coroutines: 3, timed: 1, leaves: 1, dies: true },
    ],
    full: [{ coroutines: 3, timed: 3, leaves: 2, dies: true }],
  }),
  ...family("locks/bounded_buffer", async () => {
    const { falseClaims, boundedBuffer: spec } = await import("../specs/locks/bounded_buffer.ts");
    const { boundedBufferBinding: binding } = await import("./locks/bounded_buffer.ts");
    return { spec, binding, falseClaims };
  }, {
    quick: [{ coroutines: 4, capacity: 1, cancels: 0, timed: 0, nested: false }],
    small: [{ coroutines: 4, capacity: 2 }],
    full: [
      { coroutines: 4, capacity: 2, cancels: 1, timed: 1, nested: false },
      { coroutines: 4, capacity: 1, cancels: 1, timed: 1, nested: false },
    ],
  }),
];
