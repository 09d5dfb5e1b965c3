/**
 * Planted bugs in what no spec states, and the tests that must notice.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const tasks = "src/tasks/_tasks.ts";
const kept = "src/core/async_context.ts";
const until = "src/core/until.ts";
const lost = "tests/src/tasks/lost_test.ts";
const inContext = "tests/contracts/async_context_test.ts";
const untilTest = "tests/src/core/until_test.ts";
const giving = "waits that were given up leave";

/** Bugs in what becomes of results, in the context of users, promises, permits, copies, signals and clocks. */
export const apartMutants: readonly CheckerMutant[] = [
  {
    weakness: "what the winner of a race has returned is told to be lost",
    file: tasks,
    line: 'if (child === winner || end !== "returned") return;',
    becomes: 'if (end !== "returned") return;',
    noticed: [lost, "what a loser of a race"],
  },
  {
    weakness: "what was cancelled is told to be lost, too",
    file: tasks,
    line: 'if (child === winner || end !== "returned") return;',
    becomes: "if (child === winner) return;",
    noticed: [lost, "what has returned when others fail"],
  },
  {
    weakness: "nobody is told of the others when one who is told fails",
    file: tasks,
    line: "thrown ??= { error: failure };",
    becomes: "throw failure;",
    noticed: [lost, "all results are told to lost"],
  },
  {
    weakness: "what one who is told of lost results fails with is dropped",
    file: tasks,
    line: "if (thrown === undefined) return error;",
    becomes: "if (thrown !== error) return error;",
    noticed: [lost, "all results are told to lost"],
  },
  {
    weakness: "losers of a race lose what they have returned",
    file: "src/tasks/all.ts",
    line: "tellLost(children, lost, undefined, winner);",
    becomes: ";",
    noticed: [lost, "what a loser of a race"],
  },
  {
    weakness: "what returns late is lost",
    file: "src/tasks/with_timeout.ts",
    line: "if (timeout !== undefined) lost?.(result);",
    becomes: ";",
    noticed: [lost, "what a function of withTimeout"],
  },
  {
    weakness: "a coroutine goes on in the async context of whoever wakes it",
    file: kept,
    line: "return this.#scope(() => this.#suspended(this.#body.next(value)));",
    becomes: "return this.#suspended(this.#body.next(value));",
    noticed: [inContext, "a coroutine is in its own async context after CoMutex.lock"],
  },
  {
    weakness: "a coroutine cleans up in the async context of whoever cancels it",
    file: kept,
    line: "return this.#scope(() => this.#suspended(this.#body.throw(error)));",
    becomes: "return this.#suspended(this.#body.throw(error));",
    noticed: [inContext, "cancelled or failing, a coroutine cleans up"],
  },
  {
    weakness: "a coroutine forgets the async context that it has entered",
    file: kept,
    line: "if (result.done !== true) this.#scope = this.#snapshot();",
    becomes: ";",
    noticed: [inContext, "a coroutine keeps the async context that it enters"],
  },
  {
    weakness: "whoever gives up waiting for a promise leaves a callback there each time",
    file: until,
    line: "else shells.push(shell);",
    becomes: ";",
    noticed: [untilTest, giving],
  },
  {
    weakness: "each wait asks its promise anew, whoever has given up before",
    file: until,
    line: "const shell = leftOnes > 0 ? takeLeft(promise) : undefined;",
    becomes: "const shell = leftOnes < 0 ? takeLeft(promise) : undefined;",
    noticed: [untilTest, giving],
  },
  {
    weakness: "a thenable is taken for a promise",
    file: until,
    line:
      'return Object.getPrototypeOf(promise) === Promise.prototype && !Object.hasOwn(promise, "then");',
    becomes: "return promise !== null;",
    noticed: [untilTest, "a thenable is asked by each wait"],
  },
  {
    weakness: "a guard that is disposed of twice gives back twice",
    file: "src/locks/co_semaphore.ts",
    line: "this.n = 0;",
    becomes: ";",
    noticed: ["tests/src/locks/co_semaphore_test.ts", "a guard that is disposed of twice"],
  },
  {
    weakness: "what runs within a task starts others that do not count as started by it",
    file: "src/tasks/task_pool.ts",
    line: "co = owner.maker;",
    becomes: "return this.#newest;",
    noticed: ["tests/src/tasks/task_pool_test.ts", "who waits for all waits for what runs within"],
  },
  {
    weakness: "a pool runs as many tasks as in its beginning",
    file: "src/tasks/task_pool.ts",
    line: "this.#slots.setTotal(maxBusy);",
    becomes: ";",
    noticed: ["tests/src/tasks/task_pool_test.ts", "setMaxBusy() lets more tasks begin"],
  },
  {
    weakness: "nothing is known of other copies of the module",
    file: "src/core/_copies.ts",
    line: "const name = copy === mine ? undefined : copy.running();",
    becomes: "const name = copy === mine ? copy.running() : undefined;",
    noticed: ["tests/src/core/copies_test.ts", "whoever waits by one copy"],
  },
  {
    weakness: "a signal that nobody waits for keeps its listener",
    file: "src/core/_signals.ts",
    line: "if (!this.#all.delete(listener) || this.#all.size > 0) return;",
    becomes: "if (!this.#all.delete(listener) || this.#all.size >= 0) return;",
    noticed: ["tests/src/core/signals_test.ts", "however many wait with one signal"],
  },
  {
    weakness: "the time of day is looked at when the first alarm is due, and not before",
    file: "src/time/clock.ts",
    line: "this.#timer = setTimeout(() => this.ring(), Math.min(Math.max(0, ms), this.#longest));",
    becomes: "this.#timer = setTimeout(() => this.ring(), Math.max(0, ms));",
    noticed: ["tests/src/time/sleep_test.ts", "realtime is looked at each second"],
  },
  {
    weakness: "alarms that were set before count as set by one another",
    file: "src/time/clock.ts",
    line: "} else if (first.order >= orders) {",
    becomes: "} else {",
    noticed: ["tests/src/time/sleep_test.ts", "150,000 alarms that were set before"],
  },
  {
    weakness: "an error that nobody else hears is lost",
    file: "src/core/_report.ts",
    line: "throw error;",
    becomes: ";",
    noticed: ["tests/src/core/signals_test.ts", "what one fails with that is told of a signal"],
  },
];
