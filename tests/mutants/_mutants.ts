/**
 * Planted bugs: each replaces one line of the source. `deno task verify` must find every one.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

export { contextMutants } from "./_mutants_contexts.ts";
export { contextSpecMutants } from "./_mutants_context_specs.ts";
export { lockMutants } from "./_mutants_locks.ts";
export { streamMutants } from "./_mutants_streams.ts";
export { taskMutants } from "./_mutants_tasks.ts";
export { taskSpecMutants } from "./_mutants_task_specs.ts";
export { waitMutants } from "./_mutants_waits.ts";
export { specMutants } from "./_mutants_specs.ts";

const co = "src/core/coroutine.ts";
const failures = "src/core/_failures.ts";
const fate = "src/core/_fate.ts";
const mutex = "src/locks/co_mutex.ts";
const list = "src/core/_wait_list.ts";
const until = "src/core/until.ts";

/** Bugs in the life cycle, its cancellation and the mutex. */
export const coreMutants: readonly Mutant[] = [
  {
    name: "B4: to wake is to enter at once, nested in the one that wakes",
    file: co,
    line: "if (cpu.current === leader) this.enter();",
    becomes: "if (cpu.current !== undefined) this.enter();",
    spec: "coroutine",
  },
  {
    name: "B5: what is scheduled, woken or waiting can be entered all the same",
    file: co,
    line: "if (this.#place !== null || this.#caller !== null) {",
    becomes: "if (this.#caller !== null) {",
    spec: "coroutine",
  },
  {
    name: "B5: the mark of the woken is not cleared when it runs",
    file: co,
    line: "co.#place = null;",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "B5: waking twice is not refused",
    file: co,
    line: "if (this.#place !== null || this.#caller !== null) {",
    nth: 1,
    becomes: "if (this.#caller !== null) {",
    spec: "coroutine",
  },
  {
    name: "B6: an event that comes before the yield resumes a coroutine that still runs",
    file: co,
    line: "if (co.#caller !== null) co.#place = GRANTED;",
    becomes: "if (co.#caller !== null) step(co, cpu.current);",
    spec: "coroutine",
  },
  {
    name: "B6: an event that comes before the yield is forgotten",
    file: co,
    line: "if (co.#place === GRANTED) wakeLater(co);",
    becomes: "if (co.#place === GRANTED) co.#place = null;",
    spec: "coroutine",
  },
  {
    name: "B2: an ended coroutine is cleared before those it woke were taken over",
    file: co,
    line: "co.#top = null;",
    becomes: "co.#top = null; co.#wakes = null;",
    spec: "coroutine",
  },
  {
    name: "B1: the woken run in the order of a global queue, not before those woken earlier",
    file: co,
    line: "pending = firstWoken;",
    becomes:
      "if (pending === null) pending = firstWoken; else { let p: AnyCo = pending; while (p.#next !== null) p = p.#next; p.#next = firstWoken; last.#next = null; }",
    spec: "coroutine",
  },
  {
    name: "those who were pending are lost when somebody wakes more",
    file: co,
    line: "if (pending !== null || firstWoken !== last) last.#next = pending;",
    becomes: "if (pending !== null || firstWoken !== last) last.#next = null;",
    spec: "coroutine",
  },
  {
    name: "what one coroutine wakes runs last in, first out",
    file: co,
    line: "by.#wakes = co;",
    becomes: "if (last === null) by.#wakes = co;",
    spec: "coroutine",
  },
  {
    name: "the failure of a woken coroutine is lost",
    file: co,
    line: "if (co.#place === FAILED) failed.push(co);",
    becomes: "if (co === first && co.#place === FAILED) failed.push(co);",
    spec: "coroutine",
  },
  {
    name: "failures are told in the wrong order",
    file: co,
    line: "if (co.#place === FAILED) failed.push(co);",
    becomes: "if (co.#place === FAILED) failed.unshift(co);",
    spec: "coroutine",
  },
  {
    name: "only the first of several failures is told",
    file: failures,
    line: "if (failed.length === 1) return errorOf(failed[0]!);",
    becomes: "if (failed.length >= 1) return errorOf(failed[0]!);",
    spec: "coroutine",
  },
  {
    name: "after a nested enter, control is back with the leader",
    file: co,
    line: "cpu.current = from;",
    becomes: "cpu.current = leader;",
    spec: "coroutine",
  },
  {
    name: "a coroutine that has yielded still has a caller",
    file: co,
    line: "co.#caller = null;",
    becomes: "if (co.#top === null) co.#caller = null;",
    spec: "coroutine",
  },
  {
    name: "an ended coroutine can be entered",
    file: co,
    line: "co.#place = failed ? FAILED : ENDED;",
    becomes: "co.#place = failed ? FAILED : null;",
    spec: "coroutine",
  },
  {
    name: "enterIfInactive enters all the same",
    file: co,
    line: "if (!this.entered) this.enter();",
    becomes: "this.enter();",
    spec: "coroutine",
  },
  {
    name: "one that has woken others inside an enter from the leader does not let them run",
    file: co,
    line: "if (this.#wakes !== null || this.#place === FAILED) finish(this, from);",
    becomes: "if (this.#place === FAILED) finish(this, from);",
    spec: "coroutine",
  },
  {
    name: "a rejected promise resumes as if fulfilled",
    file: until,
    line: "throwInto(co, error);",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "whoever waits for a promise can be entered",
    file: until,
    line: "park(this);",
    becomes: "if (cpu === undefined) park(this);",
    spec: "coroutine",
  },
  {
    name: "unlock with waiters frees the lock: the newcomer overtakes them",
    file: mutex,
    line: "const next = this.holder = this.shift();",
    becomes: "const next = this.shift(); this.holder = null;",
    spec: "co_mutex",
  },
  {
    name: "unlock wakes nobody",
    file: mutex,
    line: "if (next !== null) grant(next);",
    becomes: ";",
    spec: "co_mutex",
  },
  {
    name: "who is handed the lock is not counted as holding it",
    file: mutex,
    line: "if (next !== null) pushHold(next, this);",
    becomes: ";",
    spec: "co_mutex",
  },
  {
    name: "unlock leaves the lock among those that are held",
    file: mutex,
    line: "dropHold(co, this);",
    becomes: ";",
    spec: "co_mutex",
  },
  {
    name: "giving back the lock that was taken first forgets the others",
    file: co,
    line: "if (above === null) co.#held = below;",
    becomes: "if (co !== leader) co.#held = below;",
    spec: "co_mutex",
  },
  {
    name: "giving back one of three locks, the second, tears the chain",
    file: co,
    line: "else above.below = below;",
    becomes: "else above.below = null;",
    spec: "co_mutex",
  },
  {
    name: "the last one to come is the first to get the lock",
    file: list,
    line: "this.#last = co;",
    becomes: "if (last === null) this.#last = co;",
    spec: "co_mutex",
  },
  {
    name: "of three who wait, one is lost",
    file: list,
    line: "setNext(last, second === last ? null : second);",
    becomes: "setNext(last, null);",
    spec: "co_mutex",
  },
  {
    name: "locking twice is not refused: the coroutine waits for itself",
    file: mutex,
    line: "return this.holder === cpu.current || this.abandoned;",
    becomes: "return this.abandoned;",
    spec: "co_mutex",
  },
  {
    name: "a lock that its holder has abandoned can be waited for: for ever",
    file: mutex,
    line: "return this.holder === cpu.current || this.abandoned;",
    becomes: "return this.holder === cpu.current;",
    spec: "co_mutex",
  },
  {
    name: "anybody can unlock",
    file: mutex,
    line: 'if (this.holder !== co) this.check("unlock");',
    becomes: 'if (this.holder === null || co === leader) this.check("unlock");',
    spec: "co_mutex",
  },
  {
    name: "tryLock takes what is taken",
    file: mutex,
    line: "if (lock.holder !== null) return lock.busy();",
    becomes: "if (lock.holder !== null) lock.busy();",
    spec: "co_mutex",
  },
  {
    name: "those who wait for an abandoned lock are not told",
    file: mutex,
    line: "for (let co; (co = this.shift()) !== null;) grant(co);",
    becomes: "this.shift();",
    spec: "co_mutex",
  },
  {
    name: "those who wait for an abandoned lock believe that they have got it",
    file: mutex,
    line: "return token === RESUME && this.holder === cpu.current ? this : this.#wait();",
    becomes: "return token === RESUME ? this : this.#wait();",
    spec: "co_mutex",
  },
  {
    name: "a coroutine may end holding locks",
    file: co,
    line: "if (co.#held !== null) {",
    becomes: "if (co === leader) {",
    spec: "co_mutex",
  },
  {
    name: "the cancellation of one that runs is forgotten",
    file: co,
    line: "if (co.#slot >= 0) co.#slot = ~co.#slot;",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "to cancel once more replaces the error of the cancellation",
    file: co,
    line: "if (fate.cancelled !== null) return;",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "a cancellation is delivered at every suspension, not at the next one alone",
    file: co,
    line: "fate.delivered = true;",
    becomes: "co.#slot = ~co.#slot;",
    spec: "coroutine",
  },
  {
    name:
      "B5: whoever is cancelled after it was woken is woken twice, and loses what it was woken for",
    file: co,
    line: "if (co.#caller !== null || (begun && (place === WOKEN || place?.shielded === true))) {",
    becomes: "if (co.#caller !== null || (begun && place?.shielded === true)) {",
    spec: "coroutine",
  },
  {
    name: "one that is cancelled before it has ever run, but was woken, runs all the same",
    file: co,
    line: "} else if (place === WOKEN) throwInto(co, error);",
    becomes: "} else if (place === WOKEN) ;",
    spec: "coroutine",
  },
  {
    name: "one that is cancelled before it has ever run can still be entered",
    file: co,
    line: "end(co, true, error);",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "to have been cancelled is a failure, which the enterer is told",
    file: fate,
    line: "const told = this.owner !== null || this.endsBy(outcome);",
    becomes: "const told = this.owner !== null;",
    spec: "coroutine",
  },
  {
    name: "one that was cancelled and fails in its clean-up fails in silence",
    file: fate,
    line: "const told = this.owner !== null || this.endsBy(outcome);",
    becomes: "const told = this.owner !== null || this.cancelled !== null;",
    spec: "coroutine",
  },
  {
    name: "B6: a cancellation takes away what came before the yield",
    file: co,
    line: "if (place === GRANTED || place?.shielded === true) co.#slot = ~co.#slot;",
    becomes: "if (place?.shielded === true) co.#slot = ~co.#slot;",
    spec: "coroutine",
  },
  {
    name: "a cancellation is forgotten when what the coroutine waits for is there at once",
    file: co,
    line: "if (place === GRANTED || place?.shielded === true) co.#slot = ~co.#slot;",
    becomes: "if (place === GRANTED || place?.shielded === true) co.#place = place;",
    spec: "coroutine",
  },
  {
    name: "one that is cancelled as it suspends is not woken: it waits until somebody enters it",
    file: co,
    line: "co.#place = GRANTED;",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "one that runs is cancelled on the spot, in the middle of what it does",
    file: co,
    line: "if (co.#caller !== null || (begun && (place === WOKEN || place?.shielded === true))) {",
    becomes: "if (begun && (place === WOKEN || place?.shielded === true)) {",
    spec: "coroutine",
  },
  {
    name: "whoever is cancelled from outside any coroutine goes on at the next enter only",
    file: co,
    line: "flush();",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "a cancellation is due at the first suspension only",
    file: co,
    line: "if (co.#slot < 0) seeTo(co);",
    becomes: "if (co.#cohort === null) seeTo(co);",
    spec: "coroutine",
  },
  {
    name: "when another one ends, a cancellation that is due is forgotten",
    file: co,
    line: "last.#slot = last.#slot < 0 ? ~slot : slot;",
    becomes: "last.#slot = slot;",
    spec: "coroutine",
  },
  {
    name: "a suspended one that is cancelled is not woken",
    file: co,
    line: "grant(co);",
    becomes: ";",
    spec: "coroutine",
  },
  {
    name: "B4: to cancel is to enter at once, nested in the one that cancels",
    file: co,
    line: "grant(co);",
    becomes: "step(co, cpu.current);",
    spec: "coroutine",
  },
  {
    name: "those who are cancelled run before those who were woken earlier",
    file: co,
    line: "grant(co);",
    becomes:
      "{ const last = cpu.current.#wakes; wakeLater(co); if (last !== null) cpu.current.#wakes = last; }",
    spec: "coroutine",
  },
  {
    name: "whoever is cancelled keeps its place in the queue: it is handed the lock later",
    file: co,
    line: "co.#place?.forget?.(co);",
    nth: 1,
    becomes: ";",
    spec: "co_mutex",
  },
  {
    name: "a promise that settles late resumes one that was cancelled",
    file: until,
    line: "this.#co = null;",
    becomes: ";",
    spec: "coroutine",
  },
];
