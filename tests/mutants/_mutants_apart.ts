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
const byHand = "tests/src/shared/by_hand_test.ts";
const handles = "tests/src/threads/handles_test.ts";
const limits = "src/time/_limits.ts";
const readable = "src/io/readable.ts";
const clocks = "tests/src/time/failing_clocks_test.ts";
const sources = "tests/src/io/failing_sources_test.ts";
const queueWords = "src/lockfree/queue.ts";
const words = "tests/src/shared/shared_queue_words_test.ts";
const anyWaits = "any waits in a shared queue go on";
const givingUp = "tests/src/threads/giving_up_test.ts";
const giving = "waits that were given up leave";

const co = "src/core/coroutine.ts";
const endOfStack = "tests/src/core/end_of_stack_test.ts";

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
    file: "src/core/_given.ts",
    line:
      'return Object.getPrototypeOf(promise) === Promise.prototype && !Object.hasOwn(promise!, "then");',
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
    file: "src/tasks/_pool_tasks.ts",
    line: "else co = owner instanceof Group ? owner.maker : undefined;",
    becomes: "else co = undefined;",
    noticed: ["tests/src/tasks/task_pool_test.ts", "who waits for all waits for what runs within"],
  },
  {
    weakness: "what is started in another pool does not count as started by who has started that",
    file: "src/tasks/_pool_tasks.ts",
    line: "if (owner instanceof Tasks) co = owner.begun.get(co)?.starter;",
    becomes: "if (owner instanceof Tasks) co = owner.maker;",
    noticed: [
      "tests/src/tasks/task_pool_test.ts",
      "who waits for all waits for what tasks of other pools",
    ],
  },
  {
    weakness: "whoever has begun a wait for a shared lock by hand has got it at the next try",
    file: "src/shared/_wait.ts",
    line: "if (token !== RESUME) mustPark(this);",
    becomes: ";",
    noticed: [byHand, "whoever has begun a wait for a shared lock by hand"],
  },
  {
    weakness: "one that is refused a wait in a shared queue stands in it",
    file: "src/shared/shared_co_queue.ts",
    line: "mustPark(this);",
    becomes: ";",
    noticed: [byHand, "one that is refused a wait in a shared queue"],
  },
  {
    weakness: "one that is refused to upgrade reads no more",
    file: "src/shared/_wait.ts",
    line: "mustPark(this);",
    becomes: ";",
    noticed: [byHand, "one that is refused to upgrade"],
  },
  {
    weakness:
      "one that was scheduled by its handle and has ended before its turn is scheduled for ever",
    file: "src/contexts/_loop.ts",
    line: "this.#loop.forgetDelivered(co);",
    becomes: ";",
    noticed: [handles, "a coroutine that ends before its turn"],
  },
  {
    weakness: "one that is scheduled by its handle is lost if its context is closed",
    file: "src/threads/co_handle.ts",
    line: "(loop.closed ? loopOf(AioContext.main) : loop).deliver(co, goesOn);",
    becomes: "loop.deliver(co, goesOn);",
    noticed: [handles, "a coroutine whose context was closed"],
  },
  {
    weakness: "the outside of coroutines has a handle",
    file: "src/threads/co_handle.ts",
    line: "if (co === leader) {",
    becomes: "if (co === undefined) {",
    noticed: [handles, "what is no coroutine, and the leader, has no handle"],
  },
  {
    weakness: "one that has ended keeps those who were above it",
    file: "src/core/_fate.ts",
    line: "this.owner = null;",
    becomes: ";",
    noticed: ["tests/src/core/fate_test.ts", "one that has ended keeps nobody"],
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
  {
    weakness: "an alarm that cannot be cancelled keeps its sleeper from going on",
    file: "src/time/sleep.ts",
    line: "drop(this.#alarm);",
    becomes: "this.#alarm?.cancel();",
    noticed: [clocks, "a sleep ends, is ended early"],
  },
  {
    weakness: "an alarm that cannot be cancelled keeps whoever has a limit from going on",
    file: limits,
    line: "drop(alarm);",
    becomes: "alarm?.cancel();",
    noticed: [clocks, "a wait with a limit succeeds"],
  },
  {
    weakness: "the alarm of a wait that is over is cancelled once more",
    file: limits,
    line: "this.#alarm = null;",
    becomes: ";",
    noticed: [clocks, "a wait with a limit succeeds"],
  },
  {
    weakness: "withTimeout() fails as its alarm cannot be cancelled",
    file: "src/tasks/with_timeout.ts",
    line: "drop(alarm);",
    becomes: "alarm.cancel();",
    noticed: [clocks, "withTimeout() is worth what it is"],
  },
  {
    weakness: "timers are not set as the alarm before cannot be cancelled",
    file: "src/contexts/_timers.ts",
    line: "drop(before);",
    becomes: "before?.cancel();",
    noticed: [clocks, "timers are set anew and cancelled"],
  },
  {
    weakness: "what an alarm throws that cannot be cancelled is lost",
    file: "src/time/clock.ts",
    line: "host.report(error);",
    nth: 1,
    becomes: ";",
    noticed: [clocks, "a sleep ends, is ended early"],
  },
  {
    weakness: "what a clock throws when it has rung is lost",
    file: limits,
    line: "if (this.#co === null) host.report(error);",
    becomes: "if (this.#co === null) ;",
    noticed: [clocks, "a clock that rings at once and then fails"],
  },
  {
    weakness: "what a clock throws when it has rung goes to a sleeper that has slept",
    file: "src/time/sleep.ts",
    line: "if (this.#co === null) host.report(error);",
    becomes: "if (this.#co === null) throw error;",
    noticed: [clocks, "a clock that rings at once and then fails"],
  },
  {
    weakness: "a source that fails when it is left keeps whoever waits from going on",
    file: readable,
    line: "endWatch(this.#unwatch);",
    becomes: "this.#unwatch?.();",
    noticed: [sources, "a wait goes on, gives up and is cancelled"],
  },
  {
    weakness: "a source that fails when it is looked at leaves its wait behind",
    file: readable,
    line: "grant(cpu.current);",
    becomes: "throw error;",
    noticed: [sources, "a source that fails when it is looked at first"],
  },
  {
    weakness: "a source that fails when it is left keeps its handler from being deleted",
    file: "src/contexts/_handler.ts",
    line: "endWatch(unwatch);",
    becomes: "unwatch?.();",
    noticed: [sources, "a handler is replaced and deleted"],
  },
  {
    weakness: "a source that has no text stops those who run, if somebody traces them",
    file: readable,
    line: "return `readable(${textOf(this.#source)})`;",
    becomes: "return `readable(${this.#source})`;",
    noticed: [sources, "a source that has no text"],
  },
  {
    weakness: "a handler whose source has no text is not called, if somebody traces it",
    file: "src/contexts/_handler.ts",
    line: "this.name = textOf(source);",
    becomes: "this.name = `${source}`;",
    noticed: [sources, "a source that has no text"],
  },
  {
    weakness: "a thenable that throws is waited for without end",
    file: "src/io/_bytes.ts",
    line: "fails(error);",
    becomes: ";",
    noticed: [sources, "what reads or writes may answer with a thenable"],
  },
  {
    weakness: "a promise that fails when it is looked at is never let go of",
    file: "src/core/_given.ts",
    line: "return false;",
    becomes: "throw new Error();",
    noticed: [untilTest, "who waits for a promise that fails"],
  },
  {
    weakness: "an error that is frozen is lost as it cannot be told what it came from",
    file: tasks,
    line: "addCause(thrown.error, error);",
    becomes: "if (thrown.error instanceof Error) thrown.error.cause ??= error;",
    noticed: [lost, "what lost throws is thrown as it is"],
  },
  {
    weakness: "who has left a shared queue is taken out when all have",
    file: queueWords,
    line:
      "if (2 * left > atomics.load(memory, queue + LENGTH)) sweep(memory, queue, discard, atomics);",
    becomes:
      "if (left >= atomics.load(memory, queue + LENGTH)) sweep(memory, queue, discard, atomics);",
    noticed: [words, anyWaits],
  },
  {
    weakness: "whoever leaves a shared queue is looked for in all of it",
    file: queueWords,
    line:
      "if (2 * left > atomics.load(memory, queue + LENGTH)) sweep(memory, queue, discard, atomics);",
    becomes: "sweep(memory, queue, discard, atomics);",
    noticed: [words, "who has left a line of thousands"],
  },
  {
    weakness: "who was found in a shared queue counts as having left it for ever",
    file: queueWords,
    line:
      "if (atomics.load(memory, record + LOCK) === NOTHING) count(memory, queue + LEFT, -1, atomics);",
    becomes: ";",
    noticed: [words, anyWaits],
  },
  {
    weakness: "whoever has given up in a shared queue, and not said so, counts as having left",
    file: queueWords,
    line: "atomics.store(memory, record + LOCK, NOTHING);",
    becomes: ";",
    noticed: [words, anyWaits],
  },
  {
    weakness: "who is behind one that has left a shared queue is lost",
    file: queueWords,
    line: "} else before = record;",
    becomes: "}",
    noticed: [words, anyWaits],
  },
  {
    weakness: "those who have given up stay first in a shared queue",
    file: queueWords,
    line: "skim(memory, queue, discard, atomics);",
    becomes: ";",
    noticed: [words, anyWaits],
  },
  {
    weakness: "who gives up as the first one of a shared queue stays there",
    file: queueWords,
    line: "skim(memory, queue, discard, atomics);",
    nth: 1,
    becomes: ";",
    noticed: [words, anyWaits],
  },
  {
    weakness: "a record of another wait is taken out of a shared queue",
    file: queueWords,
    line: "if (atomics.load(memory, record + STATE) !== stateOf(generation, GAVE_UP)) return;",
    becomes: ";",
    noticed: [words, anyWaits],
  },
  {
    weakness: "nobody is taken out of the line who has given up, however many do",
    file: "src/shared/shared_co_mutex.ts",
    line: "if (++this.#left >= this.commons.ground.crowd) this.#tellOfCrowd();",
    becomes: "this.#left++;",
    noticed: [givingUp, "who gives up again and again while one of the same"],
  },
  {
    weakness: "the thread whose coroutine has a mutex is not told that many have given up",
    file: "src/shared/shared_co_mutex.ts",
    line: "else if (context !== 0) this.commons.tellOfCrowd(context);",
    becomes: ";",
    noticed: [givingUp, "who gives up again and again while one of another"],
  },
  {
    weakness: "a timer that cannot be set takes one along that is",
    file: "src/contexts/_timers.ts",
    line: "const before = this.#alarm;",
    becomes: "const before = this.#alarm; drop(before); this.#alarm = null; this.#due = Infinity;",
    noticed: [clocks, "a timer that cannot be set"],
  },
  {
    weakness: "a clock that has failed is asked no more by those who poll",
    file: "src/contexts/_timers.ts",
    line: "if (this.empty) return;",
    becomes: "if (this.empty || this.#failure?.told) return;",
    noticed: [clocks, "one whose clock fails as it is due"],
  },
  {
    weakness: "a clock that has failed is asked no more by the host",
    file: "src/contexts/_timers.ts",
    line: "this.#ringDue();",
    nth: 1,
    becomes: "return;",
    noticed: [clocks, "one whose clock fails as it is due"],
  },
  {
    weakness: "what a clock has failed with is told to nobody when it was asked again",
    file: "src/contexts/_timers.ts",
    line: "this.#ringDue();",
    nth: 1,
    becomes: "this.#ringDue(); if (this.#failure !== null) this.#failure.told = true;",
    noticed: [clocks, "what a clock has failed with is told though nobody polls"],
  },
  {
    weakness: "a clock that has no number is believed",
    file: "src/contexts/_timers.ts",
    line: 'if (typeof now !== "number" || Number.isNaN(now)) {',
    becomes: 'if (typeof now !== "number") {',
    noticed: [clocks, "one whose clock fails as it is due"],
  },
  {
    weakness: "a timer that cannot be set is not set as it was",
    file: "src/contexts/timer.ts",
    line: "const alarm = list.set(at, this.#ring);",
    becomes: "this.cancel(); const alarm = list.set(at, this.#ring);",
    noticed: [clocks, "a timer that is cancelled is"],
  },
  {
    weakness: "a signal that is aborted while somebody begins to listen is not asked again",
    file: "src/core/_signals.ts",
    line: "if (this.#all.has(listener)) this.#hear();",
    becomes: ";",
    noticed: ["tests/src/core/signals_test.ts", "a signal that is aborted while somebody begins"],
  },
  {
    weakness: "a benchmark that is called wrongly ends as one that has measured",
    file: "bench/_arguments.ts",
    line: "Deno.exit(2);",
    becomes: "Deno.exit(0);",
    noticed: ["tests/bench/commands_test.ts", "each benchmark has a help"],
  },
  {
    weakness: "a benchmark of no rounds is made",
    file: "bench/_arguments.ts",
    line: "if (Number.isInteger(n) && n >= 1) return n;",
    becomes: "return n;",
    noticed: ["tests/bench/commands_test.ts", "how many rounds there are"],
  },
  {
    weakness: "limits of a line that are not its own are passed over",
    file: "src/io/co_reader.ts",
    line: "return limited(new ReadLine(this.#inlet, most), options, LINE_WORDS);",
    becomes: "return limited(new ReadLine(this.#inlet, most), { ...options }, LINE_WORDS);",
    noticed: ["tests/src/arguments_test.ts", "options may be of a class"],
  },
  {
    weakness: "who is woken where the stack ends is set aside whenever somebody is entered",
    file: co,
    line: "if (from !== leader) enterNested(this, from);",
    becomes: "if (from !== leader || woken.first !== null) enterNested(this, from);",
    noticed: [endOfStack, "those who are woken at the very end of the stack run, as soon as"],
  },
  {
    weakness: "one for whom the stack has no room to begin is lost",
    file: co,
    line: "if (co.#place === WOKEN && woken.last !== co) {",
    becomes: "if (co.#place === null) {",
    noticed: [endOfStack, "those who are woken at the very end of the stack run, as soon as"],
  },
  {
    weakness: "the others do not run when one has no room",
    file: co,
    line: "stray = error;",
    becomes: "throw error;",
    noticed: [endOfStack, "those who are woken by some who enter others"],
  },
  {
    weakness: "nobody is told of an overflow",
    file: co,
    line: "if (strayed) throw stray;",
    becomes: ";",
    noticed: [endOfStack, "those who are woken at the very end of the stack run, as soon as"],
  },
  {
    weakness: "whom another one has woken where the stack ends is forgotten when that one goes on",
    file: co,
    line: "else last.#next = aside.first;",
    becomes: "else woken.first = aside.first;",
    noticed: [endOfStack, "those who are woken by some who enter others"],
  },
  {
    weakness: "whoever enters another one loses who has failed before",
    file: co,
    line: "failures = aside.failures;",
    becomes: ";",
    noticed: [endOfStack, "whoever enters another one keeps who has failed before"],
  },
  {
    weakness: "whoever enters another one hears of those who have failed before",
    file: co,
    line: "failures = woken.first = woken.last = null;",
    becomes: "woken.first = woken.last = null;",
    noticed: [endOfStack, "whoever enters another one keeps who has failed before"],
  },
  {
    weakness: "one who has failed keeps those who have failed before",
    file: co,
    line: "co.#next = null;",
    becomes: ";",
    noticed: [endOfStack, "whoever enters another one keeps who has failed before"],
  },
  {
    weakness: "one that could not be cancelled where the stack ends never can be",
    file: co,
    line: "if (!fate.delivered) fate.cancelled = null;",
    becomes: ";",
    noticed: [endOfStack, "who waits for a lock and is cancelled at the very end of the stack"],
  },
  {
    weakness: "one that ends in what listens to its own cancellation ends twice",
    file: co,
    line: "if (co.#top === null || fate.delivered) return;",
    becomes: ";",
    noticed: ["tests/src/core/cancel_test.ts", "one that ends in what listens to its own"],
  },
];
