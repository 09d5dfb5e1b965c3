/**
 * Planted bugs in how threads share: the list, the pool, scheduling and notifying.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

const list = "src/lockfree/list.ts";
const signal = "src/lockfree/signal.ts";
const scheduling = "src/lockfree/schedule.ts";
const orphan = "src/lockfree/orphan.ts";
const context = "src/lockfree/context.ts";
const pool = "src/lockfree/pool.ts";
const life = "src/lockfree/life.ts";

/** Bugs in what is shared. */
export const sharedMutants: readonly Mutant[] = [
  {
    name: "whoever pushes does not look whether another one has pushed meanwhile",
    file: list,
    line: "const found = atomics.compareExchange(memory, head, first, record);",
    becomes: "const found = first; atomics.store(memory, head, record);",
    spec: "shared_list",
  },
  {
    name: "the link is written after the record is in the list",
    file: list,
    line: "atomics.store(memory, record + NEXT, first);",
    nth: 0,
    becomes:
      "if (atomics.compareExchange(memory, head, first, record) === first) { atomics.store(memory, record + NEXT, first); return; }",
    spec: "shared_list",
  },
  {
    name: "one that tries again links itself to what was first before",
    file: list,
    line: "first = found;",
    becomes:
      "atomics.store(memory, record + NEXT, first); if (found !== 0) { if (atomics.compareExchange(memory, head, found, record) === found) return; }",
    spec: "shared_list",
  },
  {
    name: "the list is read, and emptied after that",
    file: list,
    line: "return atomics.load(memory, head) === 0 ? 0 : atomics.exchange(memory, head, 0);",
    becomes:
      "const last = atomics.load(memory, head); atomics.store(memory, head, 0); return last;",
    spec: "shared_list",
  },
  {
    name: "the list is not turned around: the last one is first",
    file: list,
    line: "atomics.store(memory, record + NEXT, first);",
    nth: 1,
    becomes: "if (first === 0) return last; atomics.store(memory, record + NEXT, first);",
    spec: "shared_list",
    at: "2 threads push 2 each, 1 takes",
  },
  {
    name: "the list is not emptied",
    file: list,
    line: "return atomics.load(memory, head) === 0 ? 0 : atomics.exchange(memory, head, 0);",
    becomes: "return atomics.load(memory, head);",
    spec: "shared_list",
  },
  {
    name: "B8: whoever sleeps does not look whether somebody has notified meanwhile",
    file: signal,
    line: "return atomics.compareExchange(memory, signal, QUIET, ASLEEP) === QUIET;",
    becomes: "atomics.store(memory, signal, ASLEEP); return true;",
    spec: "shared_schedule",
  },
  {
    name: "whoever notifies wakes nobody",
    file: signal,
    line:
      "if (atomics.exchange(memory, signal, NOTIFIED) === ASLEEP) atomics.notify(memory, signal);",
    becomes: "atomics.exchange(memory, signal, NOTIFIED);",
    spec: "shared_schedule",
  },
  {
    name: "B10: whoever notifies looks whether the thread sleeps before it says that it has",
    file: signal,
    line:
      "if (atomics.exchange(memory, signal, NOTIFIED) === ASLEEP) atomics.notify(memory, signal);",
    becomes:
      "if (atomics.load(memory, signal) === ASLEEP) { atomics.store(memory, signal, NOTIFIED); atomics.notify(memory, signal, 1); }",
    spec: "shared_schedule",
  },
  {
    name: "B8: a notification is forgotten after the thread has looked",
    file: signal,
    line: "return atomics.compareExchange(memory, signal, QUIET, ASLEEP) === QUIET;",
    becomes:
      "atomics.store(memory, signal, QUIET); return atomics.compareExchange(memory, signal, QUIET, ASLEEP) === QUIET;",
    spec: "shared_schedule",
  },
  {
    name: "the thread waits for another value than it has left",
    file: signal,
    line: "atomics.wait(memory, signal, ASLEEP, milliseconds);",
    becomes:
      "if (atomics.load(memory, signal) === ASLEEP) atomics.wait(memory, signal, atomics.load(memory, signal), milliseconds);",
    spec: "shared_schedule",
  },
  {
    name: "notified before it is in the list",
    file: scheduling,
    line: "push(memory, context + HEAD, record, atomics);",
    becomes:
      "notify(memory, context + SIGNAL, atomics); push(memory, context + HEAD, record, atomics); return;",
    spec: "shared_schedule",
  },
  {
    name: "B5: two may schedule at once",
    file: scheduling,
    line: "if (found !== idle) {",
    becomes: "if (generationOf(found) !== generation) {",
    spec: "shared_schedule",
  },
  {
    name: "B5: it is looked at, and marked after that",
    file: scheduling,
    line: "const found = atomics.compareExchange(",
    becomes:
      "const found = atomics.load(memory, record + STATE); if (found === idle) atomics.store(memory, record + STATE, stateOf(generation, SCHEDULED)); void (",
    spec: "shared_schedule",
  },
  {
    name: "one that goes on cannot be scheduled again",
    file: scheduling,
    line: "atomics.store(memory, record + STATE, stateOf(generation, IDLE));",
    becomes: ";",
    spec: "shared_schedule",
  },
  {
    name: "a stale handle is the next one's",
    file: scheduling,
    line: "const next = stateOf(generation + 1, IDLE);",
    becomes: "const next = stateOf(generation, IDLE);",
    spec: "shared_schedule",
  },
  {
    name: "one that is scheduled ends, and stays in the list",
    file: scheduling,
    line: "return atomics.compareExchange(memory, record + STATE, idle, next) === idle;",
    becomes: "atomics.store(memory, record + STATE, next); return idle === idle;",
    spec: "shared_schedule",
  },
  {
    name: "a thread takes what another one has taken from the pool",
    file: pool,
    line: "let record = takeAll(memory, this.#pool + FREE, atomics);",
    becomes:
      "let record = atomics.load(memory, this.#pool + FREE); atomics.store(memory, this.#pool + FREE, 0);",
    spec: "shared_pool",
  },
  {
    name: "two threads take the same fresh records",
    file: pool,
    line: "const begin = atomics.add(memory, this.#pool + FRESH, this.#batch * RECORD);",
    becomes:
      "const begin = atomics.load(memory, this.#pool + FRESH); atomics.store(memory, this.#pool + FRESH, begin + this.#batch * RECORD);",
    spec: "shared_pool",
  },
  {
    name: "what others have given meanwhile is lost",
    file: pool,
    line: "const now = atomics.compareExchange(memory, head, found, first);",
    becomes: "const now = found; atomics.store(memory, head, first);",
    spec: "shared_pool",
  },
  {
    name: "there are more records than there is memory",
    file: pool,
    line: "if (fresh + RECORD <= this.#end) this.#atHand.push(fresh);",
    becomes: "this.#atHand.push(fresh <= this.#end - RECORD ? fresh : this.#end - RECORD);",
    spec: "shared_pool",
  },
  {
    name: "what a thread gives to all it keeps as well",
    file: pool,
    line: "const given = this.#atHand.splice(0, n);",
    becomes: "const given = this.#atHand.slice(0, n);",
    spec: "shared_pool",
  },
  {
    name: "a thread that ends keeps what it has",
    file: pool,
    line: "this.#share(this.#atHand.length);",
    becomes: ";",
    spec: "shared_pool",
  },
  {
    name: "nobody can see what a thread is about to schedule",
    file: scheduling,
    line: "atomics.store(memory, by + DELIVERING, record);",
    becomes: ";",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules, 1 runs",
  },
  {
    name: "what a thread schedules can be seen when it has done so",
    file: scheduling,
    line: "atomics.store(memory, by + DELIVERING, record);",
    becomes:
      "const early = scheduleBy(memory, record, generation, atomics); atomics.store(memory, by + DELIVERING, record); atomics.store(memory, by + DELIVERING, 0); if (by > 0) return early;",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules, 1 runs",
  },
  {
    name:
      "the dead one's wake-up is taken for its own by whoever looks, while another one is about to bring it",
    file: orphan,
    line: 'if (atomics.load(memory, other + DELIVERING) === record) return "unclear";',
    becomes: ";",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules, 1 runs",
  },
  {
    name: "what another one is about to bring is not looked at again",
    file: orphan,
    line: 'return doubt !== "unclear";',
    becomes: "return true;",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules, 1 runs",
  },
  {
    name: "nobody adopts what a dead thread has scheduled",
    file: orphan,
    line: 'if (!isScheduled(memory, record, atomics)) return "none";',
    becomes: 'return "none";',
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules, 1 runs",
  },
  {
    name: "what a living one has just scheduled is taken for left undone by a dead one",
    file: orphan,
    line:
      'if (doubt === "to-adopt" && !goThrough(memory, context, goOn, atomics, record)) goOn(record);',
    becomes:
      'if (doubt === "to-adopt") { goThrough(memory, context, goOn, atomics); if (isScheduled(memory, record, atomics)) goOn(record); }',
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules twice, 1 runs",
  },
  {
    name: "what is in the list by now is adopted all the same",
    file: orphan,
    line:
      'if (doubt === "to-adopt" && !goThrough(memory, context, goOn, atomics, record)) goOn(record);',
    becomes: 'if (doubt === "to-adopt") goOn(record);',
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 schedules, 1 runs",
  },
  {
    name: "what one that was killed is about to bring is adopted: it goes on, and brings it",
    file: orphan,
    line: "if (isGone(atomics.load(memory, other + LIFE))) continue;",
    becomes: "if (!lives(atomics.load(memory, other + LIFE))) continue;",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, 1 that was killed schedules, 1 runs",
  },
  {
    name: "the next one in a context forgets what the dead one had scheduled",
    file: context,
    line: "if (isTaken(word) || isOwed(memory, context, atomics)) return undefined;",
    becomes: "if (isTaken(word)) return undefined;",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, another one has its context, 1 runs",
  },
  {
    name: "nobody has the context of one that has died scheduling, ever",
    file: orphan,
    line: "if (record === 0 || !isScheduled(memory, record, atomics)) return false;",
    becomes: "if (record === 0) return false;",
    spec: "shared_schedule",
    at: "1 thread dies anywhere, another one has its context, 1 runs",
  },
  {
    name: "the next one in a context is taken for a child before it is one",
    file: context,
    line: "atomics.store(memory, context + PARENT, 0);",
    becomes: ";",
    spec: "shared_life",
    at: "1 is killed, another one has the context of its child",
  },
  {
    name: "whoever is killed with its parent is the next one that lives there",
    file: "src/shared/_lives.ts",
    line: "children.push({ at, life: lifeOf(word) });",
    becomes: "children.push({ at, life: lifeOf(this.#atomics.load(memory, at + LIFE)) });",
    spec: "shared_life",
    at: "1 is killed, another one has the context of its child",
  },
  {
    name: "those that one has started live on when it is killed",
    file: "src/shared/_lives.ts",
    line: "return [one, ...children.flatMap((child) => this.kill(child))];",
    becomes: "return [one, ...children];",
    spec: "shared_life",
    at: "1 is killed, another one has the context of its child",
  },
  {
    name: "one that was killed and goes on holds for ever what it has got since",
    file: "src/lockfree/death.ts",
    line: "if (atomics.load(memory, ghosts) === 0) return;",
    becomes: "return;",
    spec: "shared_death",
    at: "mutex: 1 goes on when buried, 1 locks",
  },
  {
    name: "whoever is killed is counted when it was",
    file: life,
    line: "atomics.add(memory, ghosts, 1);",
    becomes: ";",
    spec: "shared_life",
  },
  {
    name: "whoever is killed twice counts twice",
    file: life,
    line: "atomics.sub(memory, ghosts, 1);",
    nth: 0,
    becomes: ";",
    spec: "shared_life",
  },
  {
    name: "whoever was killed lives on",
    file: life,
    line: "export const lives = (word: number): boolean => (word & RUNNING) !== 0;",
    becomes: "export const lives = (word: number): boolean => word !== 0;",
    spec: "shared_death",
    at: "mutex: 1 killed waits, 1 unlocks, 1 waits behind",
  },
  {
    name: "whoever kills late kills the next one that lives there",
    file: life,
    line: "const over = lifeOf(word) !== life || phaseOf(word) === VACANT;",
    becomes: "const over = phaseOf(word) === VACANT;",
    spec: "shared_life",
    at: "2 threads, one after the other, 1 kills the first",
  },
  {
    name: "whoever kills looks, and says so after that",
    file: life,
    line: "if (found === word) return true;",
    becomes:
      "return atomics.store(memory, context + LIFE, wordOf(life, KILLED)) === found || true;",
    spec: "shared_life",
    at: "2 threads, one after the other, 1 kills the first",
  },
  {
    name: "whoever kills does not try again",
    file: life,
    line: "if (found === word) return true;",
    becomes: "return found === word;",
    spec: "shared_life",
  },
  {
    name: "whoever stops late stops the next one that lives there",
    file: life,
    line: "return become(memory, context, life, RUNNING, life, STOPPING, atomics);",
    becomes:
      "const now = lifeOf(atomics.load(memory, context + LIFE)); return become(memory, context, now, RUNNING, now, STOPPING, atomics);",
    spec: "shared_life",
  },
  {
    name: "the next one that lives there has the same number",
    file: life,
    line: "if (!become(memory, context, life, GONE, (life + 1) % LIVES, VACANT, atomics)) return;",
    becomes: "if (!become(memory, context, life, GONE, life, VACANT, atomics)) return;",
    spec: "shared_life",
  },
  {
    name: "one that was killed before it has begun begins",
    file: life,
    line: "return become(memory, context, life, STARTING, life, RUNNING, atomics);",
    becomes: "atomics.store(memory, context + LIFE, wordOf(life, RUNNING)); return true;",
    spec: "shared_life",
    at: "2 threads, one after the other, 1 kills the first",
  },
  {
    name: "whoever wants a context takes it, though another one has it",
    file: life,
    line: "return become(memory, context, life, VACANT, life, STARTING, atomics);",
    becomes: "atomics.store(memory, context + LIFE, wordOf(life, STARTING)); return true;",
    spec: "shared_life",
    at: "2 threads want the same context",
  },
];
