/**
 * Planted bugs in contexts: their rounds, bottom halves, timers, notifications, and the coroutines that
 * go on in them.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

const co = "src/core/coroutine.ts";
const context = "src/contexts/aio_context.ts";
const loop = "src/contexts/_loop.ts";
const ready = "src/contexts/_ready_list.ts";
const move = "src/contexts/_move.ts";
const half = "src/contexts/bottom_half.ts";
const timer = "src/contexts/timer.ts";
const timers = "src/contexts/_timers.ts";

/** Bugs in contexts. */
export const contextMutants: readonly Mutant[] = [
  {
    name: "B14: whoever is woken goes on in the context of the one that wakes it",
    file: co,
    line:
      "if (cohort !== null && cohort.home !== cpu.home && cohort.home?.receive(this) === true) return;",
    becomes: ";",
    spec: "aio_context",
  },
  {
    name: "whoever is cancelled tidies up in the context of the one that cancels it",
    file: co,
    line: "if (cohort === null || cohort.home === cpu.home || cohort.home?.receive(co) !== true) {",
    becomes: "{",
    spec: "aio_context",
  },
  {
    name: "a wake-up into a context that was closed is lost",
    file: loop,
    line: "if (this.closed) return false;",
    becomes: "if (this.closed) return true;",
    spec: "aio_context",
  },
  {
    name: "B12: a coroutine is thought to be where it ran at first",
    file: co,
    line: "if (co.#cohort!.home !== cpu.home) moveIn(co);",
    becomes: ";",
    spec: "aio_context",
  },
  {
    name: "one that moves and is to be cancelled forgets that",
    file: co,
    line: "if (due) co.#slot = ~co.#slot;",
    becomes: ";",
    spec: "aio_context",
  },
  {
    name: "B5: one that is scheduled can be scheduled once more",
    file: co,
    line: "if (co.#place !== null) return refused(core, verb, co, co.#place);",
    becomes: ";",
    spec: "aio_context",
  },
  {
    name: "one that has entered another one can be scheduled before it has yielded",
    file: co,
    line: "return co.#caller === null || itself ? null : refused(core, verb, co, ENTERED);",
    becomes: "return null;",
    spec: "aio_context",
  },
  {
    name: "those who are scheduled run last in, first out",
    file: loop,
    line: "for (let co; (co = going.shift()) !== null;) {",
    becomes:
      "for (let co; (co = [...going.waiting()].at(-1) ?? null) !== null;) { going.forget(co);",
    spec: "aio_context",
  },
  {
    name: "who is scheduled in a round runs in that round",
    file: loop,
    line: "this.coming = this.going;",
    becomes: "this.coming = going;",
    spec: "aio_context",
  },
  {
    name: "a failure ends the round: the others are not resumed",
    file: loop,
    line: "loop.errors.push(error);",
    becomes: "loop.errors.push(error); break;",
    spec: "aio_context",
  },
  {
    name: "those who have all been cancelled count as progress",
    file: loop,
    line: "return progress;",
    becomes: "return true;",
    spec: "aio_context",
  },
  {
    name: "a cancellation takes away what a scheduled one was woken for",
    file: loop,
    line: "readonly shielded = true;",
    becomes: "readonly shielded = false;",
    spec: "aio_context",
  },
  {
    name: "one that is scheduled, and was never run, stays when it is cancelled",
    file: co,
    line: "if (co.#caller !== null || (begun && (place === WOKEN || place?.shielded === true))) {",
    becomes: "if (co.#caller !== null || (begun && place === WOKEN) || place?.shielded === true) {",
    spec: "aio_context",
  },
  {
    name: "a coroutine may poll",
    file: loop,
    line: "if (cpu.current !== leader) {",
    becomes: "if (false) {",
    spec: "aio_context",
  },
  {
    name: "after a round, the context that was polled stays the current one",
    file: loop,
    line: "cpu.home = home;",
    becomes: ";",
    spec: "aio_context",
  },
  {
    name: "aio_co_enter into another context enters on the spot",
    file: context,
    line: "if (cpu.home !== loop) loop.receive(co);",
    becomes: "if (cpu.home !== loop) co.enter();",
    spec: "aio_context",
  },
  {
    name: "aio_co_enter inside a coroutine enters on the spot",
    file: context,
    line: "else wakeLater(co);",
    becomes: "else co.enter();",
    spec: "aio_context",
  },
  {
    name: "B16: to move where one is takes a round",
    file: move,
    line: "if (cpu.home === loop && !this.always) return DONE;",
    becomes: ";",
    spec: "aio_context",
  },
  {
    name: "to give the others their turn does nothing",
    file: move,
    line: "if (cpu.home === loop && !this.always) return DONE;",
    becomes: "if (cpu.home === loop) return DONE;",
    spec: "aio_context",
  },
  {
    name: "a closed context can be used",
    file: loop,
    line: "if (this.closed) {",
    becomes: "if (false) {",
    spec: "aio_context",
  },
  {
    name: "a context is closed, and those who are scheduled in it are lost",
    file: context,
    line: "if (names.length === 0) return;",
    becomes: "return;",
    spec: "aio_context",
  },
  {
    name: "a context is closed in the middle of its round",
    file: context,
    line: 'if (loop.polling) throw this.#cannotClose("one of its rounds is under way");',
    becomes: ";",
    spec: "bottom_half",
  },
  {
    name: "what is scheduled in a round is called in that round",
    file: ready,
    line: "for (let ready; (ready = this.#first) !== null && ready.round <= round;) {",
    becomes: "for (let ready; (ready = this.#first) !== null;) {",
    spec: "bottom_half",
  },
  {
    name: "a round inside another one leaves what the outer one has taken",
    file: ready,
    line: "for (let ready; (ready = this.#first) !== null && ready.round <= round;) {",
    becomes: "for (let ready; (ready = this.#first) !== null && ready.round === round;) {",
    spec: "bottom_half",
  },
  {
    name: "bottom halves are called last in, first out, as in QEMU",
    file: ready,
    line: "ready.before = last;",
    becomes:
      "if (this.#first !== null) { ready.after = this.#first; this.#first.before = ready; this.#first = ready; this.#urgent++; return; } ready.before = last;",
    spec: "bottom_half",
  },
  {
    name: "B18: a callback cannot schedule itself again",
    file: ready,
    line: "this.#shift(ready);",
    becomes: "this.#shift(ready); ready.list = this;",
    spec: "bottom_half",
  },
  {
    name: "a callback that throws ends the round",
    file: ready,
    line: "errors.push(error);",
    becomes: "errors.push(error); break;",
    spec: "bottom_half",
  },
  {
    name: "what was done when there was time counts as progress",
    file: ready,
    line: "if (ready.run() && !idle) progress = true;",
    becomes: "if (ready.run()) progress = true;",
    spec: "bottom_half",
  },
  {
    name: "what is idle stays idle when it is scheduled",
    file: half,
    line: "if (job.list !== null) bottomHalves.hurry(job);",
    becomes: "if (job.list !== null) ;",
    spec: "bottom_half",
  },
  {
    name: "what was idle once is idle for ever",
    file: half,
    line: "job.idle = false;",
    becomes: ";",
    spec: "bottom_half",
  },
  {
    name: "the middle one of a list takes those behind it along",
    file: ready,
    line: "else before.after = after;",
    becomes: "else before.after = null;",
    spec: "bottom_half",
  },
  {
    name: "the last one that leaves is still thought to be the last",
    file: ready,
    line: "if (after === null) this.#last = before;",
    becomes: "if (after === null) ;",
    spec: "bottom_half",
  },
  {
    name: "what was deleted is called all the same",
    file: half,
    line: "this.cancel();",
    becomes: ";",
    spec: "bottom_half",
  },
  {
    name: "what was deleted can be scheduled",
    file: half,
    line: "if (this.#deleted) {",
    becomes: "if (false) {",
    spec: "bottom_half",
  },
  {
    name: "a poll throws what was thrown in the round around it",
    file: loop,
    line: "const before = errors.length;",
    becomes: "const before = 0;",
    spec: "bottom_half",
  },
  {
    name: "a drained context is closed while something waits for its turn",
    file: context,
    line: "for (let rounds = 0; this.poll() || this.busy;) {",
    becomes: "for (let rounds = 0; this.poll();) {",
    spec: "bottom_half",
  },
  {
    name: "a drained context keeps its bottom halves",
    file: context,
    line: "for (const one of [...loop.live]) one.delete();",
    becomes: ";",
    spec: "bottom_half",
  },
  {
    name: "timers that are due are called once the clock has passed them",
    file: timers,
    line: "for (let first; (first = this.#alarms.first) !== undefined && first.deadline <= now;) {",
    becomes:
      "for (let first; (first = this.#alarms.first) !== undefined && first.deadline < now;) {",
    spec: "timer",
  },
  {
    name: "one timer a round",
    file: timers,
    line: "first.ring();",
    becomes: "first.ring(); break;",
    spec: "timer",
  },
  {
    name: "a timer that was found to be due cannot be cancelled",
    file: timer,
    line: "if (this.#job.list !== null) this.#loop.due.remove(this.#job);",
    becomes: "if (this.#job.list !== null) ;",
    spec: "timer",
  },
  {
    name: "a timer that is set anew rings at the old time, too",
    file: timer,
    line: "else if (alarm !== null) list?.cancel(alarm);",
    becomes: ";",
    spec: "timer",
    hangs: true,
  },
  {
    name: "a timer that is called is still pending",
    file: timer,
    line: "this.#unset();",
    becomes: ";",
    spec: "timer",
  },
  {
    name: "B8: the notification is cleared after the work: one that comes meanwhile is lost",
    file: loop,
    line: "if (!this.due.empty && this.due.round(this.context, errors)) progress = true;",
    becomes:
      "if (!this.due.empty && this.due.round(this.context, errors)) progress = true; this.notified = false;",
    spec: "notify",
  },
  {
    name: "B9: whoever is about to wait does not look whether it was notified",
    file: loop,
    line: "if (this.notified) return done();",
    becomes: ";",
    spec: "notify",
  },
  {
    name: "B10: a notification is only noted, and whoever waits is not told",
    file: loop,
    line: "if (this.#unblock !== null) this.#release();",
    becomes: "if (this.#unblock !== null) ;",
    spec: "notify",
  },
  {
    name: "a notification that nobody waits for is not noted",
    file: loop,
    line: "this.notified = true;",
    becomes: "if (this.#unblock !== null) this.notified = true;",
    spec: "notify",
  },
  {
    name: "B19: what is scheduled while nobody polls is left to whoever polls some day",
    file: loop,
    line: "else this.#drive();",
    becomes: ";",
    spec: "notify",
  },
  {
    name: "what is left after a poll by hand is left",
    file: loop,
    line: "if (this.#depth === 0) this.#drive();",
    becomes: ";",
    spec: "notify",
  },
  {
    name: "the host looks once, and never again",
    file: loop,
    line: "this.#driven = false;",
    becomes: ";",
    spec: "notify",
  },
  {
    name: "a poll that waits is not told that the context was closed",
    file: loop,
    line: "if (this.#unblock !== null) this.#release();",
    nth: 1,
    becomes: ";",
    spec: "notify",
  },
  {
    name: "two polls wait at once: the first one is never told",
    file: loop,
    line: "if (this.#unblock !== null) {",
    becomes: "if (false) {",
    spec: "notify",
  },
];
