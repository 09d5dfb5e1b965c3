/**
 * Planted bugs in what becomes of coroutines when code of the user's is called in the middle of things, and in what
 * threads and circles tell: tests notice them.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const closesItself = "tests/src/contexts/closes_itself_test.ts";

/** Bugs that tests alone notice. */
export const callbackMutants: readonly CheckerMutant[] = [
  {
    weakness: "one may be taken out twice of where it waits, by what it leaves",
    file: "src/core/coroutine.ts",
    line: "co.#place = WOKEN;",
    nth: 1,
    becomes: ";",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "readable (left): one that is cancelled meanwhile goes on once (its time is over",
    ],
  },
  {
    weakness: "one that gives up leaves its clock before its lock",
    file: "src/time/_limits.ts",
    line: "throwInto(co, error);",
    becomes: "this.#disarm(); throwInto(co, error);",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "CoMutex: one that is cancelled meanwhile goes on once (its time is over",
    ],
  },
  {
    weakness: "a sleeper may be taken out twice, by its clock",
    file: "src/time/sleep.ts",
    line: "put(co, WOKEN);",
    becomes: ";",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "a sleeper that is cancelled as its alarm is cancelled",
    ],
  },
  {
    weakness: "a source may take one out twice, as it is left",
    file: "src/io/readable.ts",
    line: "put(co, WOKEN);",
    becomes: ";",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "readable (left): one that is cancelled meanwhile goes on once (it is its turn",
    ],
  },
  {
    weakness: "a source may take one out twice, as it is asked",
    file: "src/io/readable.ts",
    line: "if (co === null) return;",
    becomes: ";",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "readable (asked): one that is cancelled meanwhile goes on once (it is its turn",
    ],
  },
  {
    weakness: "one that was handed a lock may be taken out again by a listener",
    file: "src/locks/co_mutex.ts",
    line: "if (next !== null) put(next, WOKEN);",
    becomes: ";",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "CoMutex: one that is cancelled meanwhile goes on once (it is its turn",
    ],
  },
  {
    weakness: "a listener that cancels whom it is told is cancelled is told for ever",
    file: "src/core/coroutine.ts",
    line: "fate.cancelled = error;",
    becomes: "if (tracing.listener === null) fate.cancelled = error;",
    noticed: ["tests/contracts/callbacks_test.ts", "a listener that cancels whom it is told"],
  },
  {
    weakness: "a cancelOn() that fails drops the one before",
    file: "src/core/coroutine.ts",
    line: "const before = fate.unfollow;",
    becomes: "const before = null; fate.unfollow?.();",
    noticed: ["tests/src/core/cancel_on_test.ts", "a cancelOn() that fails"],
  },
  {
    weakness: "to end a trace ends another one of the same listener",
    file: "src/core/trace.ts",
    line: "if (times === mine) tracing.listener = null;",
    becomes: "tracing.listener = null;",
    noticed: ["tests/src/core/trace_test.ts", "to end a trace"],
  },
  {
    weakness: "a timeline goes on that its writer has ended",
    file: "src/watch/chrome_trace.ts",
    line: "if (this.#ended) return;",
    nth: 1,
    becomes: ";",
    noticed: ["tests/src/watch/chrome_trace_test.ts", "whoever writes may end it"],
  },
  {
    weakness: "a circle that somebody's failure opens is a deadlock",
    file: "src/watch/dump.ts",
    line: "if (![...graph.values()].some(({ any }) => any)) return graph;",
    becomes: "return graph;",
    noticed: ["tests/src/watch/deadlock_test.ts", "who waits for one that waits"],
  },
  {
    weakness: "a circle that nobody opens is no deadlock, as they could fail",
    file: "src/watch/dump.ts",
    line: "left.set(holders, holders.any ? 1 : holders.parts);",
    becomes: "left.set(holders, 1);",
    noticed: [
      "tests/src/watch/deadlock_test.ts",
      "a writer that waits for several readers is stuck",
    ],
  },
  {
    weakness: "whoever waits for what another thread has is stuck",
    file: "src/watch/deadlock.ts",
    line: 'return co.status !== "suspended" || co.woken || co.limited || co.shared ||',
    becomes: 'return co.status !== "suspended" || co.woken || co.limited ||',
    noticed: ["tests/src/shared/not_stuck_test.ts", "whoever waits in a queue"],
  },
  {
    weakness: "a thread is asked to call what has no name",
    file: "src/threads/io_thread.ts",
    line: 'if (typeof name !== "string") {',
    becomes: "if (name === 7) {",
    noticed: ["tests/src/threads/io_thread_test.ts", "errors come back: their codes"],
  },
  {
    weakness: "what is moved must fit on the stack",
    file: "src/threads/_messages.ts",
    line: "for (const one of value.moved) moved.push(one);",
    becomes: "moved.push(...value.moved);",
    noticed: ["tests/src/threads/io_thread_test.ts", "errors come back: their codes"],
  },
  {
    weakness: "one cause of several errors is sent with each",
    file: "src/threads/_messages.ts",
    line: "seen.set(error, wrapped);",
    becomes: "if (error instanceof Error) seen.set(error, wrapped);",
    noticed: ["tests/src/threads/ends_test.ts", "errors come with their causes"],
  },
  {
    weakness: "one getter that fails costs an error all that it has",
    file: "src/threads/_messages.ts",
    line: "return undefined;",
    becomes: "throw 1;",
    noticed: ["tests/src/threads/ends_test.ts", "errors come with their causes"],
  },
  {
    weakness: "what an error lists does not arrive",
    file: "src/threads/_messages.ts",
    line: "if (isPlain(value) || Array.isArray(value) && value.every(isPlain)) own[key] = value;",
    becomes: "if (isPlain(value)) own[key] = value;",
    noticed: ["tests/src/threads/ends_test.ts", "errors come with their causes"],
  },
  {
    weakness: "options of a class are no options of a queue",
    file: "src/locks/co_queue.ts",
    line:
      'return typeof given === "object" && given !== null && !("unlock" in given || "release" in given);',
    becomes:
      'return typeof given === "object" && Object.getPrototypeOf(given) === Object.prototype;',
    noticed: ["tests/src/arguments_test.ts", "options may be of a class"],
  },
  {
    weakness: "whoever waits for bytes whose room was given away waits for ever",
    file: "src/io/co_writer.ts",
    line: "return this.#failed(error);",
    becomes: "return;",
    noticed: ["tests/src/io/streams_test.ts", "whoever gives room away"],
  },
  {
    weakness: "a source that ends its handler as it is asked is handled",
    file: "src/contexts/_handler.ts",
    line: "if (!this.#idle || !this.#source.ready || !this.#idle) return;",
    becomes: "if (!this.#idle || !this.#source.ready) return;",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "a source that ends its handler as it is asked is handled once, or not at all (when it tells",
    ],
  },
  {
    weakness: "a source that ends its handler as its turn has come is handled",
    file: "src/contexts/_handler.ts",
    line: "if (!this.#source.ready || this.#unwatch === null) return false;",
    becomes: "if (!this.#source.ready) return false;",
    noticed: [
      "tests/contracts/callbacks_test.ts",
      "a source that ends its handler as it is asked is handled once, or not at all (when it is",
    ],
  },
  {
    weakness: "a source that comes back as it is read is read twice at once",
    file: "src/io/_inlet.ts",
    line: "this.#pulling = BEGINNING;",
    becomes: ";",
    noticed: ["tests/contracts/callbacks_test.ts", "a source that cancels one who waits as it is"],
  },
  {
    weakness: "a source that lets go of itself as it is read keeps the program from ending",
    file: "src/io/_inlet.ts",
    line: "from.cancel(pulling);",
    becomes: ";",
    noticed: ["tests/contracts/callbacks_test.ts", "a reader that is cancelled as its source is"],
  },
  {
    weakness: "a signal that fails as it is asked ends no wait",
    file: "src/core/_signals.ts",
    line: "return { reason: error };",
    becomes: "return null;",
    noticed: ["tests/src/core/signals_test.ts", "a signal that does not say any more"],
  },
  {
    weakness: "what an object below one without a prototype has is no option",
    file: "src/core/_given.ts",
    line: 'if (Object.hasOwn(shape, "isPrototypeOf")) break;',
    becomes: "if (Object.getPrototypeOf(shape) === null) break;",
    noticed: ["tests/src/arguments_test.ts", "options may be of a class"],
  },
  {
    weakness: "what a timeline's writer runs is written, and so on",
    file: "src/watch/chrome_trace.ts",
    line: "if (this.#telling) return;",
    becomes: ";",
    noticed: ["tests/src/watch/chrome_trace_test.ts", "what coroutines do that its writer runs"],
  },
  {
    weakness: "once a timeline's writer has failed nothing is written",
    file: "src/watch/chrome_trace.ts",
    line: "this.#telling = false;",
    becomes: ";",
    noticed: ["tests/src/watch/chrome_trace_test.ts", "whoever writes may fail"],
  },
  {
    weakness: "a timer is set in a context that its clock has closed",
    file: "src/contexts/timer.ts",
    line: "if (loop.closed) {",
    becomes: "if (false) {",
    noticed: [closesItself, "a clock that closes the context as a timer is set"],
  },
  {
    weakness: "a timer that is refused leaves its alarm",
    file: "src/contexts/timer.ts",
    line: "list.cancel(alarm);",
    becomes: ";",
    noticed: [closesItself, "a clock that closes the context as a timer is set"],
  },
  {
    weakness: "a timer that its clock sets as the alarm before is cancelled is set twice",
    file: "src/contexts/timer.ts",
    line: "const [before, itsList] = [this.#alarm, this.#list];",
    becomes: "this.cancel(); const [before, itsList] = [null, null];",
    noticed: [closesItself, "a timer that its own clock sets once more"],
  },
  {
    weakness: "a handler is set in a context that its source has closed",
    file: "src/contexts/_handler.ts",
    line: 'loop.mustBeOpen("set a handler in");',
    becomes: ";",
    noticed: [closesItself, "a source that closes the context as it is watched"],
  },
  {
    weakness: "a handler that the source of the one before sets is forgotten, and stays",
    file: "src/contexts/_handler.ts",
    line: "const before = loop.handlers.get(key);",
    becomes: "loop.handlers.get(key)?.delete(); const before = null as Handler | null;",
    noticed: [closesItself, "a handler whose source sets another"],
  },
  {
    weakness: "what is deleted as a context is closed may add to it",
    file: "src/contexts/aio_context.ts",
    line: "if (drain) this.runUntilStalled();",
    becomes:
      "if (drain) { this.runUntilStalled(); for (const one of [...loop.live]) one.delete(); }",
    noticed: [closesItself, "what is told that it is deleted as a context is closed"],
  },
  {
    weakness: "an alarm in whose place its clock sets another one stays",
    file: "src/contexts/_timers.ts",
    line: "if (this.#armings !== arming) return drop(rung ? null : alarm);",
    becomes: ";",
    noticed: [closesItself, "a timer that its own clock sets once more"],
  },
  {
    weakness: "what a clock has set before it fails is forgotten",
    file: "src/contexts/_timers.ts",
    line: "if (this.#armings === arming) this.#due = dueBefore;",
    becomes: "this.#due = dueBefore;",
    noticed: [closesItself, "a clock that sets another timer, and then fails"],
  },
  {
    weakness: "a timer that could not be set counts as the next one",
    file: "src/contexts/_timers.ts",
    line: "if (this.#armings === arming) this.#due = dueBefore;",
    becomes: ";",
    noticed: [closesItself, "a clock that fails, and then works"],
  },
  {
    weakness: "an alarm that could not be cancelled rings for the one that is set",
    file: "src/contexts/_timers.ts",
    line: "if (this.#alarm !== alarm) return;",
    becomes: ";",
    noticed: [
      "tests/src/time/failing_clocks_test.ts",
      "timers are set anew and cancelled, though the alarm of their context",
    ],
  },
];
