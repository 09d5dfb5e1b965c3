/**
 * What weakens the bindings: views that hide something of the running code.
 *
 * @module
 */
import type { CheckerMutant } from "./_mutant.ts";

const hidden = "tests/model/conformance/hidden_test.ts";
/** By the spec of which the binding hides it. */
const shownBy = (spec: string) => [hidden, `${spec}: just what is said to be hidden`] as const;

/** Weaknesses of bindings. */
export const bindingMutants: readonly CheckerMutant[] = [
  {
    weakness: "a view hides who has control",
    file: "model/conformance/core/coroutine.ts",
    line: "s.current = Coroutine.self().name;",
    becomes: ";",
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides whether a coroutine has ended",
    file: "model/conformance/core/coroutine.ts",
    line: "s.status.set(name, co.status);",
    becomes: 's.status.set(name, co.status === "terminated" ? s.status.at(name) : co.status);',
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides who has entered whom",
    file: "model/conformance/core/coroutine.ts",
    line: "s.caller.set(name, callerOf(co)?.name ?? null);",
    becomes:
      "if ((callerOf(co) === null) !== (s.caller.at(name) === null)) s.caller.set(name, callerOf(co)?.name ?? null);",
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides who has been woken",
    file: "model/conformance/core/coroutine.ts",
    line: "s.woken.set(name, placeOf(co) === WOKEN);",
    becomes: ";",
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides in which order a coroutine has woken others",
    file: "model/conformance/core/coroutine.ts",
    line: "viewList(s.wakes.at(name), wokenBy(co));",
    becomes:
      "if (s.wakes.at(name).length !== wokenBy(co).length) viewList(s.wakes.at(name), wokenBy(co));",
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides whose alarm is set",
    file: "model/conformance/core/coroutine.ts",
    line: "s.alarm.set(name, theatre.limit(name)?.set ?? false);",
    becomes: ";",
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides whether a cancellation is due or done",
    file: "model/conformance/core/coroutine.ts",
    line: 's.cancel.set(name, cancelled ? fate.delivered ? "done" : "due" : "no");',
    becomes:
      'if (cancelled !== (s.cancel.at(name) !== "no")) s.cancel.set(name, cancelled ? fate.delivered ? "done" : "due" : "no");',
    noticed: shownBy("coroutine"),
  },
  {
    weakness: "a view hides that just those wait who should",
    file: "model/conformance/core/coroutine.ts",
    line: "if (waits !== line.includes(co.name)) throw new Error(`${co.name} waits, or does not`);",
    becomes: "void waits;",
    noticed: [hidden, "a view can tell that somebody waits"],
  },
  {
    weakness: "a view hides in which order lists are",
    file: "model/conformance/core/coroutine.ts",
    line: "if (at >= length || list.at(at++) !== name) same = false;",
    becomes: "if (at++ >= length || !list.includes(name)) same = false;",
    noticed: shownBy("co_mutex"),
  },
  {
    weakness: "a view hides who holds a mutex",
    file: "model/conformance/locks/co_mutex.ts",
    line: "s.holder.set(name, mutex.holder?.name ?? null);",
    becomes: ";",
    noticed: shownBy("co_mutex"),
  },
  {
    weakness: "a view hides who holds a mutex: only whether anybody does",
    file: "model/conformance/locks/co_mutex.ts",
    line: "s.holder.set(name, mutex.holder?.name ?? null);",
    becomes:
      "if ((mutex.holder === undefined) !== (s.holder.at(name) === null)) s.holder.set(name, mutex.holder?.name ?? null);",
    noticed: shownBy("co_mutex"),
  },
  {
    weakness: "a view hides which locks a coroutine holds",
    file: "model/conformance/locks/co_mutex.ts",
    line: "viewList(s.held.at(co.name), locks.length === 0 ? NONE : locks.map(named));",
    becomes: ";",
    noticed: shownBy("co_mutex"),
  },
  {
    weakness: "a view hides who waits for a mutex that nobody waits for",
    file: "model/conformance/locks/co_mutex.ts",
    line: "if (mutex.waiters === 0) s.waiters.at(name).clear();",
    becomes: ";",
    noticed: shownBy("co_mutex"),
  },
  {
    weakness: "a view hides who stands in the queue",
    file: "model/conformance/locks/co_queue.ts",
    line: "viewList(s.queue, place.list.waiting());",
    becomes: ";",
    noticed: shownBy("co_queue"),
  },
  {
    weakness: "a view hides who holds the read-write lock, and how",
    file: "model/conformance/locks/co_rw_lock.ts",
    line: "s.holds.set(name, holds);",
    becomes: ";",
    noticed: shownBy("co_rw_lock"),
  },
  {
    weakness: "a view hides that a lock is abandoned",
    file: "model/conformance/locks/co_rw_lock.ts",
    line: "s.abandoned = counted > holders;",
    becomes: ";",
    noticed: shownBy("co_rw_lock"),
  },
  {
    weakness: "a view hides how many permits there are",
    file: "model/conformance/locks/co_semaphore.ts",
    line: "s.available = poolOf(semaphore).available;",
    becomes: ";",
    noticed: shownBy("co_semaphore"),
  },
  {
    weakness: "a view hides how many items there are",
    file: "model/conformance/locks/bounded_buffer.ts",
    line: "s.items = stage.items;",
    becomes: ";",
    noticed: shownBy("bounded_buffer"),
  },
  {
    weakness: "a view hides how many bytes there are",
    file: "model/conformance/io/co_reader.ts",
    line: "s.buffered = stage.reader.buffered;",
    becomes: ";",
    noticed: shownBy("co_reader"),
  },
  {
    weakness: "a view hides whether a signal is listened to",
    file: "model/conformance/core/signals.ts",
    line: "s.heard = stage.signal.listeners.size > 0;",
    becomes: ";",
    noticed: shownBy("signals"),
  },
  {
    weakness: "a view hides which bytes there are",
    file: "model/conformance/io/reading.ts",
    line: "s.buffer.assign(stage.namesOf(reader.peek(reader.buffered)));",
    becomes: ";",
    noticed: shownBy("reading"),
  },
  {
    weakness: "a view hides what is in a file",
    file: "model/conformance/io/co_file.ts",
    line: "s.content.assign(stage.content);",
    becomes: ";",
    noticed: shownBy("co_file"),
  },
  {
    weakness: "a view hides how much room there is",
    file: "model/conformance/io/read_ahead.ts",
    line: "s.room = buffer.byteLength / UNIT;",
    becomes: ";",
    noticed: shownBy("read_ahead"),
  },
  {
    weakness: "a view hides whether a source is ready",
    file: "model/conformance/io/readable.ts",
    line: "s.ready = stage.event.ready;",
    becomes: ";",
    noticed: shownBy("readable"),
  },
  {
    weakness: "a view hides who sleeps",
    file: "model/conformance/time/sleep.ts",
    line: "s.asleep.set(co.name, asleep);",
    becomes: ";",
    noticed: shownBy("sleep"),
  },
  {
    weakness: "a view hides who waits for its children",
    file: "model/conformance/tasks/scope.ts",
    line: "for (const co of stage.players) s.joins.set(co.name, placeOf(co) instanceof Group);",
    becomes: ";",
    noticed: shownBy("scope"),
  },
  {
    weakness: "a view hides what becomes of coroutines that are not made yet",
    file: "model/conformance/tasks/scope.ts",
    line: "s.alarm.set(name, false);",
    becomes: ";",
    noticed: shownBy("scope"),
  },
  {
    weakness: "a view hides which task has failed",
    file: "model/conformance/tasks/task_pool.ts",
    line: "s.failure = failure === undefined ? null : whoFailed(failure) ?? null;",
    becomes: "if (failure === undefined) s.failure = null;",
    noticed: shownBy("task_pool"),
  },
  {
    weakness: "a view hides where a coroutine has run last",
    file: "model/conformance/contexts/_contexts.ts",
    line: "s.home.set(co.name, (co.context?.name ?? null) as Name | null);",
    becomes: ";",
    noticed: shownBy("aio_context"),
  },
  {
    weakness: "a view hides which bottom halves are deleted",
    file: "model/conformance/contexts/bottom_half.ts",
    line: "s.deleted.set(name, stage.of(name).deleted);",
    becomes: ";",
    noticed: shownBy("bottom_half"),
  },
  {
    weakness: "a view hides when a timer is due",
    file: "model/conformance/contexts/timer.ts",
    line: "s.deadline.set(name, deadline ?? null);",
    becomes:
      "s.deadline.set(name, deadline === undefined ? null : s.deadline.at(name) ?? deadline);",
    noticed: shownBy("timer"),
  },
  {
    weakness: "a view hides whether a context was notified",
    file: "model/conformance/contexts/notify.ts",
    line: "s.notified = stage.loop.notified;",
    becomes: ";",
    noticed: shownBy("notify"),
  },
  {
    weakness: "a view hides whether a thread was told",
    file: "model/conformance/shared/_turns.ts",
    line: "s.told.set(thread, this.memory[commons.context + SIGNAL] === NOTIFIED);",
    becomes: "void SIGNAL, NOTIFIED;",
    noticed: shownBy("rw_lock_turns"),
  },
  {
    weakness: "a view hides whether a shared mutex is abandoned",
    file: "model/conformance/shared/mutex_turns.ts",
    line: "s.abandoned = stage.memory[mutex.handle.at + ABANDONED] === 1;",
    becomes: "void ABANDONED;",
    noticed: shownBy("mutex_turns"),
  },
];
