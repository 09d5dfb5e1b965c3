/**
 * Planted bugs in what threads share, for the specs of threads that take turns: in the code, and in these specs.
 *
 * @module
 */
import type { Mutant, SpecMutant } from "./_mutant.ts";

const waiting = "src/shared/_wait.ts";
const mutex = "src/shared/shared_co_mutex.ts";
const queue = "src/shared/shared_co_queue.ts";
const rwWays = "src/shared/_rw_ways.ts";
const commons = "src/shared/_commons.ts";
const death = "src/lockfree/death.ts";
const rwDies = "2 coroutines, 1 timed, 1 leave, dies";
const queueDies = "2 coroutines, 1 leave, 1 crowd, queue, dies";
const mutexDies = "2 coroutines, 1 timed, 1 leave, 1 crowd, not queue, dies";
const mutexLeaves = "3 coroutines, 1 leave, 1 crowd, not queue, not dies";

/** Bugs in the code. */
export const turnsMutants: readonly Mutant[] = [
  {
    name: "a shared mutex that is abandoned, and free, is taken",
    file: mutex,
    line: "if (this.abandoned) return false;",
    becomes: ";",
    spec: "mutex_turns",
    at: queueDies,
  },
  {
    name:
      "a thread that dies when one of it was told in a queue leaves the mutex to the others, who are not told",
    file: death,
    line: "if (granted && lock !== 0 && lock !== PAST) abandon(memory, Math.abs(lock), atomics);",
    becomes: "if (granted && lock < 0) abandon(memory, Math.abs(lock), atomics);",
    spec: "mutex_turns",
    at: queueDies,
  },
  {
    name: "a shared lock takes a reader for its writer",
    file: rwWays,
    line: "for (const [co, part] of this.#parts) if (part.as < 0) return co;",
    becomes: "for (const [co] of this.#parts) return co;",
    spec: "rw_lock_turns",
  },
  {
    name: "a writer of a shared lock that becomes a reader tells nobody",
    file: rwWays,
    line: "downgrade(memory, this.at, discard, this.atomics);",
    becomes: "void memory, discard;",
    spec: "rw_lock_turns",
  },
  {
    name: "a reader of a shared lock that tries to read again reads twice",
    file: rwWays,
    line: "if (this.as > 0 && lock.asOf(cpu.current) !== 0 || lock.abandoned) return false;",
    becomes: "if (lock.abandoned) return false;",
    spec: "rw_lock_turns",
  },
  {
    name: "a shared lock that is abandoned is tried to be had",
    file: rwWays,
    line: "if (cpu.current === leader || lock.abandoned) this.check();",
    becomes: "if (cpu.current === leader) this.check();",
    spec: "rw_lock_turns",
  },
  {
    name: "one that waits to read a shared lock says that it waits to write",
    file: rwWays,
    line: 'return `${this.lock} (to ${this.as > 0 ? "read" : "write"})`;',
    becomes: "return `${this.lock} (to write)`;",
    spec: "rw_lock_turns",
  },
  {
    name: "a reader of a shared lock that ends without unlocking it abandons nothing",
    file: rwWays,
    line: "this.#lock.abandon();",
    becomes: ";",
    spec: "rw_lock_turns",
  },
  {
    name: "those behind one whose thread died wait for a shared lock that they could read",
    file: rwWays,
    line: "moveUp(memory, lock.at, lock.share, discard, lock.atomics);",
    becomes: "void memory, discard;",
    spec: "rw_lock_turns",
    at: rwDies,
  },
  {
    name: "one that gives up to upgrade a shared lock at once does not read again",
    file: rwWays,
    line: "override readonly standsInLine = true;",
    becomes: "override readonly standsInLine = false;",
    spec: "rw_lock_turns",
    at: rwDies,
  },
  {
    name: "one that is refused a wait as too many wait keeps its record",
    file: waiting,
    line: "this.#way.commons.records.discard(record);",
    becomes: ";",
    spec: "rw_lock_turns",
  },
  {
    name: "what one was granted that has given up is given back twice where a thread died",
    file: waiting,
    line: "if (this.#accepted && !this.#known) this.#way.release();",
    becomes: "if (this.#accepted) this.#way.release();",
    spec: "mutex_turns",
    at: mutexDies,
  },
  {
    name: "one that gives up at once stands in the line of a shared lock",
    file: waiting,
    line: "if (way.standsInLine) return undefined;",
    becomes: "if (way.commons !== undefined) return undefined;",
    spec: "mutex_turns",
  },
  {
    name: "a program ends, though one waits for what threads share",
    file: waiting,
    line: "commons.vigil.beginWaiting();",
    becomes: ";",
    spec: "mutex_turns",
  },
  {
    name: "a thread that was killed looks on",
    file: commons,
    line: "if (mourns && !this.lives.has(this.context)) return false;",
    becomes: ";",
    spec: "rw_lock_turns",
    at: rwDies,
  },
  {
    name: "whoever locks a shared mutex that another coroutine of its thread has is let in",
    file: mutex,
    line: "} else if (countOf(locked) > 1 || holderOf(locked) === context) return false;",
    becomes: "} else if (countOf(locked) > 1 || holderOf(locked) === context) return true;",
    spec: "mutex_turns",
  },
  {
    name: "those who have given up are taken out of the line of a shared mutex too late",
    file: mutex,
    line: "if (context === this.#context) this.sweep();",
    becomes: "if (context === this.#context) void 0;",
    spec: "mutex_turns",
    at: mutexLeaves,
  },
  {
    name: "the thread that has a shared mutex is not told that many have given up",
    file: mutex,
    line: "else if (context !== 0) this.commons.tellOfCrowd(context);",
    becomes: ";",
    spec: "mutex_turns",
    at: mutexDies,
  },
  {
    name: "a mutex that nobody has is somebody else's for whoever unlocks it",
    file: mutex,
    line: 'if (this.count === 0) throw this.#refused("unlock", "not-locked", "nobody holds it");',
    becomes: ";",
    spec: "mutex_turns",
  },
  {
    name: "a mutex whose handle comes once more is another one",
    file: mutex,
    line: "const lock = known ?? new SharedLock(commons, at, this);",
    becomes: "const lock = new SharedLock(commons, at, this);",
    spec: "mutex_turns",
  },
  {
    name: "a thread that mourns says that it has found nothing",
    file: commons,
    line: "found = true;",
    becomes: ";",
    spec: "rw_lock_turns",
    at: rwDies,
  },
  {
    name: "whoever waits in a shared queue need not hold the mutex",
    file: queue,
    line: 'this.#mustHold("wait in");',
    becomes: ";",
    spec: "mutex_turns",
  },
  {
    name:
      "one that was told in a shared queue, and gives up where the mutex is abandoned, ends the program",
    file: queue,
    line: "if (!isAbandoned(queue.mutex)) throw error;",
    becomes: "throw error;",
    spec: "mutex_turns",
    at: queueDies,
  },
  {
    name: "those who wait in a shared queue are not told that its mutex is abandoned",
    file: queue,
    line: "commons.mourners.add(this.#mourn);",
    becomes: ";",
    spec: "mutex_turns",
  },
  {
    name: "whoever was told in a shared queue keeps its record where the mutex is abandoned",
    file: queue,
    line: "if (this.#came) discard(this.#record);",
    becomes: "if (this.#came && hasMutex) discard(this.#record);",
    spec: "mutex_turns",
  },
  {
    name: "a thread that dies waits on for what it has waited for",
    file: death,
    line: "if (giveUp(memory, record, generation, atomics)) return;",
    becomes: ";",
    spec: "mutex_turns",
    at: mutexDies,
  },
];

const rw = "model/specs/shared/rw_lock_turns.ts";
const mu = "model/specs/shared/mutex_turns.ts";
const checkRw = [rw, "--set", "dies=true"];
const checkMutex = [mu, "--set", "crowd=1", "--set", "timed=0", "--set", "coroutines=2"];

/** For each claim, a spec that breaks it. */
export const turnsSpecMutants: readonly SpecMutant[] = [
  {
    claim: "a writer is alone",
    file: rw,
    line:
      'const isOpen = (s: State, mode: Mode): boolean => mode === "read" ? s.owners >= 0 : s.owners === 0;',
    becomes:
      'const isOpen = (s: State, mode: Mode): boolean => mode === "read" ? s.owners >= 0 : s.owners <= 0;',
    check: checkRw,
  },
  {
    claim: "the writer is counted",
    file: rw,
    line: 's.owners = mode === "read" ? s.owners + 1 : -1;',
    becomes: 's.owners = mode === "read" ? s.owners + 1 : s.owners;',
    check: checkRw,
  },
  {
    claim: "each reader is counted",
    file: rw,
    line: "s.owners = 1;",
    becomes: "s.owners = 0;",
    check: checkRw,
  },
  {
    claim: "nobody reads while a writer is counted",
    file: rw,
    line: "if (s.line.length > 0 || !isOpen(s, mode)) return false;",
    becomes: "if (s.line.length > 0) return false;",
    check: checkRw,
  },
  {
    claim: "whoever waits stands somewhere, or is to go on",
    file: rw,
    line: "s.line.push(who);",
    becomes: ";",
    check: checkRw,
  },
  {
    claim: "a thread for which something has come was told",
    file: rw,
    line: "s.told.set(thread, true);",
    becomes: ";",
    check: checkRw,
  },
  {
    claim: "a thread that is to mourn was told",
    file: rw,
    line: 's.told.set("t1", true);',
    becomes: ";",
    check: checkRw,
  },
  {
    claim: "nobody waits for what is free, unless a thread died",
    file: rw,
    line: "if (s.owners === 0) serve(s, n);",
    becomes: ";",
    check: checkRw,
  },
  {
    claim: "nobody is left in the line of a lock that a holder has abandoned",
    file: rw,
    line: "if (!s.abandoned && !isOpen(s, mode)) return;",
    becomes: "if (!isOpen(s, mode)) return;",
    check: checkRw,
  },
  {
    claim: "a lock is abandoned if one that has ended has it",
    file: rw,
    line: "s.abandoned = true;",
    becomes: ";",
    check: checkRw,
  },
  {
    claim: "nobody waits for a mutex that is free",
    file: mu,
    line: "if (first !== GONE) return deliver(s, home(n, first), first);",
    becomes: "if (first !== GONE) return void s.line.unshift(first);",
    check: checkMutex,
  },
  {
    claim: "a mutex is handed to one at a time",
    file: mu,
    line: "if (first !== GONE) return deliver(s, home(n, first), first);",
    becomes: "if (first !== GONE) deliver(s, home(n, first), first);",
    check: [mu, "--set", "crowd=1", "--set", "timed=0", "--set", "leaves=0"],
  },
  {
    claim: "nobody is left in the line of a mutex that a holder has abandoned",
    file: mu,
    line: "for (const who of takeAll(s.line)) if (who !== GONE) deliver(s, home(n, who), who);",
    becomes: ";",
    check: checkMutex,
  },
  {
    claim: "a mutex is abandoned if one that has ended has it",
    file: mu,
    line: "s.abandoned = true;",
    becomes: ";",
    check: checkMutex,
  },
];
