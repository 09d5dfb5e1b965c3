/**
 * Planted bugs: each replaces one line of the source. `deno task verify` must find every one.
 *
 * @module
 */

/** One planted bug. */
export interface Mutant {
  /** What is wrong then; `B4` and the like refer to bugs that QEMU has had. */
  readonly name: string;
  readonly file: string;
  /** The line, without its indentation; `nth` where there are several such lines. */
  readonly line: string;
  readonly nth?: number;
  readonly becomes: string;
  /** The spec that must find it. */
  readonly spec: "coroutine" | "co_mutex";
}

const co = "src/coroutine.ts";
const mutex = "src/co_mutex.ts";
const list = "src/_wait_list.ts";
const until = "src/until.ts";

/** Bugs in the runtime. */
export const mutants: readonly Mutant[] = [
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
    file: co,
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
    line: "return token === RESUME && this.holder === cpu.current ? this.#taken : this.#wait();",
    becomes: "return token === RESUME ? this.#taken : this.#wait();",
    spec: "co_mutex",
  },
  {
    name: "a coroutine may end holding locks",
    file: co,
    line: "if (co.#held !== null) {",
    becomes: "if (co === leader) {",
    spec: "co_mutex",
  },
];

/** One bug planted in a spec, and the claim that must notice. */
export interface SpecMutant {
  readonly claim: string;
  readonly file: string;
  readonly line: string;
  readonly nth?: number;
  readonly becomes: string;
  /** The file to check, and its scope. */
  readonly check: readonly string[];
}

const life = "model/specs/_lifecycle.ts";
const locks = "model/specs/co_mutex.ts";
const checkLife = ["model/specs/coroutine.ts", "--set", "coroutines=3"];
const checkLocks = [locks, "--set", "coroutines=3", "--set", "mutexes=1"];

/** For each claim, a model that breaks it. */
export const specMutants: readonly SpecMutant[] = [
  {
    claim: "at most one runs",
    file: life,
    line: 'if (by !== LEADER) s.status.set(by, "normal");',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "no recursive entry: each has one enterer, and all who are entered stand in one chain",
    file: life,
    line: 'if (entered(s, who)) return "recursive-entry";',
    becomes: 'if (s.status.at(who) === "running") return "recursive-entry";',
    check: checkLife,
  },
  {
    claim: "whoever is entered gives control back to its enterer, which waits for it",
    file: life,
    line: 'if (by !== LEADER) s.status.set(by, "normal");',
    becomes: 'if (by !== LEADER) s.status.set(by, "suspended");',
    check: checkLife,
  },
  {
    claim: "a coroutine is woken once, and is then in one list",
    file: life,
    line: 'if (s.woken.at(who)) return "already-woken";',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "no double scheduling: whoever is woken is not entered and has not ended",
    file: life,
    line: "s.woken.set(who, false);",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "nothing woken is lost: each list belongs to somebody who will empty it",
    file: life,
    line: "while (wakes.length > 0) pending.unshift(wakes.pop());",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "no error is lost: a failure waits for somebody who is to be told",
    file: life,
    line: "failed.clear();",
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "who has ended never runs again",
    file: life,
    line: 'if (s.status.at(who) === "terminated") return "terminated";',
    becomes: ";",
    check: checkLife,
  },
  {
    claim: "whoever waits for a promise is suspended, and nobody else has it",
    file: "model/specs/coroutine.ts",
    line: 'barred: (s, who) => s.scheduled.at(who) ? "already-scheduled" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkLife,
  },
  {
    claim: "mutual exclusion: a lock has one holder, who knows it, and no other one does",
    file: locks,
    line: "held.removeAt(held.indexOf(m));",
    becomes: ";",
    check: checkLocks,
  },
  {
    claim: "locksHeld is zero at termination",
    file: locks,
    line: "held.clear();",
    becomes: ";",
    check: checkLocks,
  },
  {
    claim: "a waiter never waits for a free lock",
    file: locks,
    line: "if (waiters.length === 0) s.holder.set(m, null);",
    becomes: "if (waiters.length >= 0) s.holder.set(m, null);",
    check: checkLocks,
  },
  {
    claim: "hand-off is first in, first out: each stands behind those alone who came before it",
    file: locks,
    line: "s.waiters.at(m).push(s.current);",
    becomes: "s.waiters.at(m).unshift(s.current);",
    check: checkLocks,
  },
  {
    claim: "nobody waits for an abandoned lock",
    file: locks,
    line: "s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m),",
    becomes: "s.current !== LEADER && s.holder.at(m) !== s.current,",
    check: checkLocks,
  },
  {
    claim: "a holder never waits for its own lock",
    file: locks,
    line: "s.current !== LEADER && s.holder.at(m) !== s.current && !abandoned(s, m),",
    becomes: "s.current !== LEADER && !abandoned(s, m),",
    check: checkLocks,
  },
  {
    claim: "a coroutine is in at most one list",
    file: locks,
    line: 'barred: (s, who) => queues(s, who) > 0 ? "waiting" : undefined,',
    becomes: "barred: () => undefined,",
    check: checkLocks,
  },
  {
    claim: "whoever waits is suspended, and no enter or wake can reach it",
    file: locks,
    line: "return suspend(s, leave);",
    becomes: "return undefined;",
    check: checkLocks,
  },
];
