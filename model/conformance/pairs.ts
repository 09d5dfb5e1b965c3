/**
 * Every spec with its binding, and the scopes at which they are held against each other.
 *
 * @module
 */
import type { Binding } from "../engine/play/binding.ts";
import type { AnySpec } from "../mod.ts";
import { type Hidden, hiddenBy } from "./hidden.ts";
import { type Size, SIZES } from "./sizes.ts";
import { aioContext, falseClaims as falseContextClaims } from "../specs/contexts/aio_context.ts";
import { bottomHalf, falseClaims as falseHalfClaims } from "../specs/contexts/bottom_half.ts";
import { boundedBuffer, falseClaims as falseBufferClaims } from "../specs/locks/bounded_buffer.ts";
import { coMutex, falseClaims as falseMutexClaims } from "../specs/locks/co_mutex.ts";
import { coQueue, falseClaims as falseQueueClaims } from "../specs/locks/co_queue.ts";
import { coReader, falseClaims as falseReaderClaims } from "../specs/io/co_reader.ts";
import { coroutine, falseClaims as falseLifeClaims } from "../specs/core/coroutine.ts";
import { coRwLock, falseClaims as falseRwLockClaims } from "../specs/locks/co_rw_lock.ts";
import { aioContextBinding } from "./contexts/aio_context.ts";
import { bottomHalfBinding } from "./contexts/bottom_half.ts";
import { boundedBufferBinding } from "./locks/bounded_buffer.ts";
import { coMutexBinding } from "./locks/co_mutex.ts";
import { coReaderBinding } from "./io/co_reader.ts";
import { falseClaims as falseReadableClaims, readable } from "../specs/io/readable.ts";
import { readableBinding } from "./io/readable.ts";
import { falseClaims as falseReadingClaims, reading } from "../specs/io/reading.ts";
import { readingBinding } from "./io/reading.ts";
import { falseClaims as falseMisuseClaims, misuse } from "../specs/together/misuse.ts";
import { misuseBinding } from "./together/misuse.ts";
import { falseClaims as falseSignalClaims, signals } from "../specs/core/signals.ts";
import { signalsBinding } from "./core/signals.ts";
import { falseClaims as falseStreamClaims, nodeStream } from "../specs/io/node_stream.ts";
import { nodeStreamBinding } from "./io/node_stream.ts";
import { falseClaims as falseSinkClaims, nodeSink } from "../specs/io/node_sink.ts";
import { nodeSinkBinding } from "./io/node_sink.ts";
import { answers, falseClaims as falseAnswerClaims } from "../specs/io/answers.ts";
import { answersBinding } from "./io/answers.ts";
import { coWriter, falseClaims as falseWriterClaims } from "../specs/io/co_writer.ts";
import { coWriterBinding } from "./io/co_writer.ts";
import { falseClaims as falseHandlerClaims, handlers } from "../specs/contexts/handlers.ts";
import { handlersBinding } from "./contexts/handlers.ts";
import {
  contextLocks,
  falseClaims as falseContextLockClaims,
} from "../specs/together/context_locks.ts";
import { contextLocksBinding } from "./together/context_locks.ts";
import { falseClaims as falseRoundClaims, oneRound } from "../specs/contexts/one_round.ts";
import { oneRoundBinding } from "./contexts/one_round.ts";
import { coQueueBinding } from "./locks/co_queue.ts";
import { coSemaphore, falseClaims as falseSemaphoreClaims } from "../specs/locks/co_semaphore.ts";
import { falseClaims as falseNotifyClaims, notify } from "../specs/contexts/notify.ts";
import { falseClaims as falseScopeClaims, scope } from "../specs/tasks/scope.ts";
import { falseClaims as falseSleepClaims, sleep } from "../specs/time/sleep.ts";
import { coroutineBinding } from "./core/coroutine.ts";
import { falseClaims as falseTimerClaims, timer } from "../specs/contexts/timer.ts";
import { falseClaims as falsePoolClaims, taskPool } from "../specs/tasks/task_pool.ts";
import { notifyBinding } from "./contexts/notify.ts";
import { scopeBinding } from "./tasks/scope.ts";
import { sleepBinding } from "./time/sleep.ts";
import { timerBinding } from "./contexts/timer.ts";
import { taskPoolBinding } from "./tasks/task_pool.ts";
import { coSemaphoreBinding } from "./locks/co_semaphore.ts";
import { coRwLockBinding } from "./locks/co_rw_lock.ts";
import { dump, falseClaims as falseDumpClaims } from "../specs/together/dump.ts";
import { dumpBinding } from "./together/dump.ts";
import { dumpRw, falseClaims as falseRwDumpClaims } from "../specs/together/dump_rw.ts";
import { dumpRwBinding } from "./together/dump_rw.ts";
import { chromeTrace, falseClaims as falseTraceClaims } from "../specs/together/chrome_trace.ts";
import { chromeTraceBinding } from "./together/chrome_trace.ts";
import { falseClaims as falseFateClaims, fates } from "../specs/core/fates.ts";
import { fatesBinding } from "./core/fates.ts";
import { asyncContext, falseClaims as falseStoreClaims } from "../specs/core/async_context.ts";
import { asyncContextBinding } from "./core/async_context.ts";
import { falseClaims as falseMessageClaims, messages } from "../specs/threads/messages.ts";
import { messagesBinding } from "./threads/messages.ts";
import { calls, falseClaims as falseCallClaims } from "../specs/threads/calls.ts";
import { callsBinding, startThread } from "./threads/calls.ts";

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
  readonly spec: () => AnySpec;
  // deno-lint-ignore no-explicit-any -- each binding has the types of its spec
  readonly binding: () => Binding<any, any, any>;
  /** What must be there before the first replay, such as a thread, and ends with the last one. */
  readonly prepare?: () => Promise<AsyncDisposable>;
  /** The fields of the state that the binding does not show, and by what they are compared all the same. */
  readonly hides: Hidden;
  /** No pair is known to fail. */
  readonly knownToFail?: undefined;
  /** Specs with one claim that is wrong, by that claim. */
  readonly wrong: ReadonlyMap<string, () => AnySpec>;
}

type Scope = Readonly<Record<string, number | boolean>>;

/** What many scopes may say besides. */
interface Besides {
  readonly cancels?: number;
  readonly timed?: number;
  readonly nested?: boolean;
}

/** A spec and its binding at one scope after the other: of each size, the smallest first. */
function family<S extends Scope, V>(
  file: string,
  spec: (scope: S & { always?: Record<string, (s: V) => boolean> }) => AnySpec,
  binding: (scope: NoInfer<S>) => ReturnType<Pair["binding"]>,
  falseClaims: Record<string, (s: V) => boolean>,
  scopes: Readonly<Record<Size, readonly (S & Besides)[]>>,
): Pair[] {
  return inSizes<S>(scopes).map(({ text, sizes, one }) => ({
    name: file.replace(/.*\//, ""),
    hides: hiddenBy(file.replace(/.*\//, "")),
    file: `${file}.ts`,
    scope: text,
    sizes,
    spec: () => spec(one),
    binding: () => binding(one),
    wrong: new Map(
      Object.entries(falseClaims).map(([claim, holds]) => [
        claim,
        () => spec({ ...one, always: { [claim]: holds } }),
      ]),
    ),
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
  ...family("core/coroutine", coroutine, coroutineBinding, falseLifeClaims, {
    quick: [{ coroutines: 3, cancels: 1 }, { coroutines: 3, cancels: 1, traced: true }],
    small: [
      { coroutines: 3, cancels: 3 },
      { coroutines: 3, cancels: 1, traced: true },
      { coroutines: 4 },
    ],
    full: [{ coroutines: 4, cancels: 1 }, { coroutines: 5 }],
  }),
  ...family("core/fates", fates, fatesBinding, falseFateClaims, {
    quick: [{ coroutines: 2, cancels: 1 }],
    small: [{ coroutines: 2, cancels: 1 }],
    full: [{ coroutines: 3, cancels: 1 }],
  }),
  ...family("core/async_context", asyncContext, asyncContextBinding, falseStoreClaims, {
    quick: [{ coroutines: 2, cancels: 1 }],
    small: [{ coroutines: 2, cancels: 1 }],
    full: [{ coroutines: 3, cancels: 0 }],
  }),
  ...family("together/misuse", misuse, misuseBinding, falseMisuseClaims, {
    quick: [{ kinds: 23 }],
    small: [{ kinds: 23 }],
    full: [],
  }),
  ...family("core/signals", signals, signalsBinding, falseSignalClaims, {
    quick: [{ listeners: 3 }],
    small: [{ listeners: 3 }, { listeners: 4 }],
    full: [],
  }),
  ...family("locks/co_mutex", coMutex, coMutexBinding, falseMutexClaims, {
    quick: [
      { coroutines: 2, mutexes: 3 },
      { coroutines: 3, mutexes: 2 },
      { coroutines: 3, mutexes: 1, cancels: 1, traced: true },
    ],
    small: [
      { coroutines: 2, mutexes: 3 },
      { coroutines: 3, mutexes: 1, cancels: 1, traced: true },
      { coroutines: 3, mutexes: 1, cancels: 3, timed: 2 },
      { coroutines: 3, mutexes: 2 },
      { coroutines: 4, mutexes: 1 },
    ],
    full: [
      { coroutines: 3, mutexes: 3 },
      { coroutines: 4, mutexes: 2 },
      { coroutines: 5, mutexes: 1 },
      { coroutines: 4, mutexes: 1, cancels: 1, timed: 1 },
    ],
  }),
  ...family("locks/co_queue", coQueue, coQueueBinding, falseQueueClaims, {
    quick: [{ coroutines: 3, cancels: 0, timed: 1 }],
    small: [
      { coroutines: 3, cancels: 1, timed: 2 },
      { coroutines: 4 },
    ],
    full: [
      { coroutines: 4, cancels: 0, timed: 1, nested: false },
      { coroutines: 3, cancels: 3, timed: 3 },
      { coroutines: 4, cancels: 1, timed: 0 },
    ],
  }),
  ...family("io/readable", readable, readableBinding, falseReadableClaims, {
    quick: [{ coroutines: 4, nested: false }],
    small: [
      { coroutines: 3, cancels: 1, timed: 1 },
      { coroutines: 4, nested: false },
    ],
    full: [{ coroutines: 3, cancels: 3, timed: 3 }],
  }),
  ...family("io/co_reader", coReader, coReaderBinding, falseReaderClaims, {
    quick: [{ coroutines: 2, bytes: 4, cancels: 1, timed: 1 }],
    small: [{ coroutines: 2, bytes: 4, cancels: 1, timed: 1 }],
    full: [
      { coroutines: 3, bytes: 3, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 4, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 3, cancels: 2, timed: 2 },
    ],
  }),
  ...family("io/reading", reading, readingBinding, falseReadingClaims, {
    quick: [{ bytes: 5 }],
    small: [{ bytes: 5 }, { bytes: 7 }],
    full: [],
  }),
  ...family("io/node_stream", nodeStream, nodeStreamBinding, falseStreamClaims, {
    quick: [{ chunks: 1 }],
    small: [{ chunks: 1 }, { chunks: 3 }],
    full: [],
  }),
  ...family("io/node_sink", nodeSink, nodeSinkBinding, falseSinkClaims, {
    quick: [{ bytes: 3 }],
    small: [{ bytes: 3 }],
    full: [],
  }),
  ...family("io/answers", answers, answersBinding, falseAnswerClaims, {
    quick: [{ bytes: 3 }],
    small: [{ bytes: 3 }],
    full: [],
  }),
  ...family("io/co_writer", coWriter, coWriterBinding, falseWriterClaims, {
    quick: [{ coroutines: 2, bytes: 2, cancels: 1, timed: 1 }],
    small: [
      { coroutines: 2, bytes: 3, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 2, timed: 1, nested: false },
    ],
    full: [
      { coroutines: 2, bytes: 4, cancels: 1, timed: 1 },
      { coroutines: 3, bytes: 2, cancels: 1, timed: 1 },
    ],
  }),
  ...family("locks/co_rw_lock", coRwLock, coRwLockBinding, falseRwLockClaims, {
    quick: [{ coroutines: 3, cancels: 0, timed: 1 }],
    small: [
      { coroutines: 3, cancels: 1, timed: 2 },
      { coroutines: 4 },
    ],
    full: [
      { coroutines: 4, cancels: 1, timed: 1, nested: false },
      { coroutines: 3, cancels: 3, timed: 3 },
      { coroutines: 4, cancels: 1, timed: 1 },
    ],
  }),
  ...family("locks/co_semaphore", coSemaphore, coSemaphoreBinding, falseSemaphoreClaims, {
    quick: [{ coroutines: 3, permits: 2, cancels: 1, timed: 2 }],
    small: [
      { coroutines: 3, permits: 2, cancels: 1, timed: 2 },
      { coroutines: 4, permits: 2 },
      { coroutines: 3, permits: 2, timed: 1, resized: true },
    ],
    full: [
      { coroutines: 4, permits: 2, cancels: 1, timed: 1 },
      { coroutines: 3, permits: 3, cancels: 3, timed: 3 },
      { coroutines: 4, permits: 3, cancels: 1, timed: 1 },
    ],
  }),
  ...family("time/sleep", sleep, sleepBinding, falseSleepClaims, {
    quick: [{ coroutines: 3, ticks: 2 }],
    small: [
      { coroutines: 3, ticks: 2, cancels: 1 },
      { coroutines: 4, ticks: 1 },
    ],
    full: [
      { coroutines: 3, ticks: 3, cancels: 3 },
      { coroutines: 4, ticks: 2 },
    ],
  }),
  ...family("tasks/scope", scope, scopeBinding, falseScopeClaims, {
    quick: [{ coroutines: 3, cancels: 3 }],
    small: [{ coroutines: 3, cancels: 3 }],
    full: [{ coroutines: 4, cancels: 1 }, { coroutines: 4, cancels: 4 }],
  }),
  ...family("tasks/task_pool", taskPool, taskPoolBinding, falsePoolClaims, {
    quick: [{ coroutines: 4, starters: 2, slots: 1 }],
    small: [{ coroutines: 4, starters: 2, slots: 1 }],
    full: [
      { coroutines: 4, starters: 2, slots: 2 },
      { coroutines: 4, starters: 2, slots: 1, cancels: 1, timed: 1 },
      { coroutines: 4, starters: 2, slots: 2, timed: 1 },
      { coroutines: 4, starters: 2, slots: 1, cancels: 2, timed: 2 },
      { coroutines: 5, starters: 3, slots: 1 },
    ],
  }),
  ...family("contexts/aio_context", aioContext, aioContextBinding, falseContextClaims, {
    quick: [{ coroutines: 2, cancels: 2 }],
    small: [{ coroutines: 2, cancels: 2 }, { coroutines: 3, nested: false }],
    full: [{ coroutines: 3, cancels: 1 }],
  }),
  ...family("contexts/bottom_half", bottomHalf, bottomHalfBinding, falseHalfClaims, {
    quick: [{ bottomHalves: 2, rounds: 2 }],
    small: [{ bottomHalves: 2, rounds: 2 }],
    full: [{ bottomHalves: 3, rounds: 2 }, { bottomHalves: 2, rounds: 3 }],
  }),
  ...family("contexts/timer", timer, timerBinding, falseTimerClaims, {
    quick: [
      { timers: 2, ticks: 3, rounds: 2 },
      { timers: 3, ticks: 1, rounds: 1, clocks: 2 },
    ],
    small: [
      { timers: 2, ticks: 3, rounds: 2 },
      { timers: 3, ticks: 1, rounds: 1, clocks: 2 },
      { timers: 3, ticks: 1, rounds: 2 },
      { timers: 3, ticks: 1, rounds: 2, clocks: 2 },
    ],
    full: [{ timers: 3, ticks: 2, rounds: 3 }],
  }),
  ...family("contexts/notify", notify, notifyBinding, falseNotifyClaims, {
    quick: [{ contexts: 1 }],
    small: [{ contexts: 1 }],
    full: [],
  }),
  ...family(
    "together/context_locks",
    contextLocks,
    contextLocksBinding,
    falseContextLockClaims,
    {
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
          cancels: 1,
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
    },
  ),
  ...family("together/dump", dump, dumpBinding, falseDumpClaims, {
    quick: [{ coroutines: 3, mutexes: 2 }, { coroutines: 3, mutexes: 2, timed: 1 }],
    small: [{ coroutines: 3, mutexes: 2 }, { coroutines: 3, mutexes: 2, timed: 1 }],
    full: [{ coroutines: 3, mutexes: 3 }, { coroutines: 4, mutexes: 2, timed: 1 }],
  }),
  ...family("together/dump_rw", dumpRw, dumpRwBinding, falseRwDumpClaims, {
    quick: [{ coroutines: 3, timed: 1 }],
    small: [{ coroutines: 3, timed: 1 }],
    full: [{ coroutines: 4 }],
  }),
  ...family("together/chrome_trace", chromeTrace, chromeTraceBinding, falseTraceClaims, {
    quick: [{ coroutines: 2, cancels: 1, timed: 1 }],
    small: [{ coroutines: 2, cancels: 1, timed: 1 }],
    full: [{ coroutines: 3, cancels: 1, timed: 1 }],
  }),
  ...family("contexts/one_round", oneRound, oneRoundBinding, falseRoundClaims, {
    quick: [{ rounds: 2, ticks: 1 }],
    small: [{ rounds: 2, ticks: 2 }],
    full: [{ rounds: 3, ticks: 1 }],
  }),
  ...family("contexts/handlers", handlers, handlersBinding, falseHandlerClaims, {
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
  ...family("threads/messages", messages, messagesBinding, falseMessageClaims, {
    quick: [{ errors: 3 }],
    small: [{ errors: 3 }],
    full: [{ errors: 4 }],
  }),
  ...family("threads/calls", calls, callsBinding, falseCallClaims, {
    quick: [{ callers: 2 }],
    small: [{ callers: 2 }, { callers: 4 }],
    full: [],
  }).map((pair) => ({ ...pair, prepare: startThread })),
  ...family("locks/bounded_buffer", boundedBuffer, boundedBufferBinding, falseBufferClaims, {
    quick: [{ coroutines: 4, capacity: 1, cancels: 0, timed: 0, nested: false }],
    small: [{ coroutines: 4, capacity: 2 }],
    full: [
      { coroutines: 4, capacity: 2, cancels: 1, timed: 1, nested: false },
      { coroutines: 4, capacity: 1, cancels: 1, timed: 1, nested: false },
    ],
  }),
];
