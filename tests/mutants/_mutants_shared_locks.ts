/**
 * Planted bugs in the locks and the queue that threads share, and in what becomes of them when a thread dies.
 *
 * @module
 */
import type { Mutant } from "./_mutant.ts";

const line = "src/lockfree/line.ts";
const mutex = "src/lockfree/mutex.ts";
const rwLock = "src/lockfree/rw_lock.ts";
const death = "src/lockfree/death.ts";
const queue = "src/lockfree/queue.ts";

/** Bugs in what waits. */
export const sharedLockMutants: readonly Mutant[] = [
  {
    name: "whoever comes takes the mutex if it looks free",
    file: mutex,
    line: "const found = atomics.compareExchange(memory, mutex + LOCKED, locked, next);",
    nth: 0,
    becomes:
      "const found = atomics.load(memory, mutex + LOCKED); if (found === locked) atomics.store(memory, mutex + LOCKED, next);",
    spec: "shared_mutex",
  },
  {
    name: "whoever comes looks for the token before it pushes itself",
    file: mutex,
    line: "push(memory, mutex + COMING, record, atomics);",
    becomes:
      "const early = atomics.load(memory, mutex + TOKEN); push(memory, mutex + COMING, record, atomics); if (early === 0) return false;",
    spec: "shared_mutex",
  },
  {
    name: "the unlocker does not look again when it has left the token",
    file: mutex,
    line: "if (atomics.load(memory, mutex + COMING) === 0) return;",
    becomes: "return;",
    spec: "shared_mutex",
  },
  {
    name: "whoever has taken the token does not hand on",
    file: mutex,
    line: "handOn(memory, mutex, context, discard, atomics);",
    becomes: ";",
    spec: "shared_mutex",
  },
  {
    name: "the unlocker does not take its token back: two take from the list",
    file: mutex,
    line: "if (atomics.compareExchange(memory, mutex + TOKEN, token, -context) !== token) return;",
    becomes: "atomics.store(memory, mutex + TOKEN, 0);",
    spec: "shared_mutex",
  },
  {
    name: "the token is taken without a look at whether it is there still",
    file: mutex,
    line:
      "if (token <= 0 || atomics.compareExchange(memory, mutex + TOKEN, token, -context) !== token) {",
    becomes: "if (token > 0) atomics.store(memory, mutex + TOKEN, -context); else {",
    spec: "shared_mutex",
  },
  {
    name: "whoever is handed the mutex is not taken out of the list",
    file: line,
    line: "atomics.store(memory, lock + NEXT_UP, atomics.load(memory, first + NEXT));",
    becomes: "atomics.store(memory, lock + NEXT_UP, first);",
    spec: "shared_mutex",
  },
  {
    name: "those behind the first one are forgotten",
    file: line,
    line: "atomics.store(memory, lock + NEXT_UP, atomics.load(memory, first + NEXT));",
    becomes: "atomics.store(memory, lock + NEXT_UP, 0);",
    spec: "shared_mutex",
  },
  {
    name: "the mutex is handed to one that has given up",
    file: mutex,
    line: "if (handTo(memory, mutex, record, atomics)) return;",
    becomes:
      "if (handTo(memory, mutex, record, atomics) || (atomics.load(memory, record) & 3) === 3) return;",
    spec: "shared_mutex",
  },
  {
    name: "one that has given up counts for ever",
    file: mutex,
    line: "if (leave(memory, mutex, atomics)) return;",
    becomes: ";",
    spec: "shared_mutex",
  },
  {
    name: "whoever gives up does not look whether it was granted meanwhile",
    file: line,
    line: "return become(memory, record, generation, GAVE_UP, atomics);",
    becomes: "atomics.store(memory, record + STATE, stateOf(generation, GAVE_UP)); return true;",
    spec: "shared_mutex",
  },
  {
    name: "who waits is granted the mutex without a look at whether it has given up meanwhile",
    file: line,
    line: "return become(memory, record, generationOf(state), SCHEDULED, atomics);",
    becomes:
      "atomics.store(memory, record + STATE, stateOf(generationOf(state), SCHEDULED)); return true;",
    spec: "shared_mutex",
  },
  {
    name: "the mutex is free, and is in the name of the one that had it",
    file: mutex,
    line: "const next = countOf(locked) === 1 ? 0 : locked - 1;",
    becomes: "const next = locked - 1;",
    spec: "shared_mutex",
  },
  {
    name: "whoever is handed the mutex has it in the name of the one before",
    file: mutex,
    line: "atomics.add(memory, mutex + LOCKED, (context - before) << HOLDER);",
    becomes: ";",
    spec: "shared_mutex",
  },
  {
    name: "whoever is handed the mutex is named after it was told",
    file: mutex,
    line: "const before = holderOf(atomics.load(memory, mutex + LOCKED));",
    becomes:
      "deliver(memory, record, atomics); const before = holderOf(atomics.load(memory, mutex + LOCKED));",
    spec: "shared_mutex",
  },
  {
    name: "the names of two are written over each other",
    file: mutex,
    line: "atomics.add(memory, mutex + LOCKED, (context - before) << HOLDER);",
    becomes:
      "atomics.store(memory, mutex + LOCKED, context << HOLDER | countOf(atomics.load(memory, mutex + LOCKED)));",
    spec: "shared_mutex",
  },
  {
    name: "whoever leaves does not look whether others have come",
    file: mutex,
    line: "if (atomics.compareExchange(memory, mutex + LOCKED, alone, 0) === alone) return;",
    becomes: "if (atomics.exchange(memory, mutex + LOCKED, 0) === alone) return;",
    spec: "shared_mutex",
  },
  {
    name: "the dead one is handed locks still",
    file: death,
    line: "if (giveUp(memory, record, generation, atomics)) continue;",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "what the dead one was handed is held for ever",
    file: death,
    line:
      "if (lock !== 0 && whatOf(atomics.load(memory, record + STATE)) === SCHEDULED) abandon(lock);",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "what the dead one held is held for ever",
    file: death,
    line: "if (holderOf(atomics.load(memory, mutex + LOCKED)) === dead) abandon(mutex);",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "nobody looks at its waits when a thread has died",
    file: death,
    line: "atomics.add(memory, graves, 1);",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "whoever sleeps is not told that a thread has died",
    file: death,
    line: "if (context !== dead) notifySurely(memory, context + SIGNAL, atomics);",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "the dead one had said that it notifies, and had not yet",
    file: death,
    line: "if (context !== dead) notifySurely(memory, context + SIGNAL, atomics);",
    becomes:
      "if (context !== dead && atomics.exchange(memory, context + SIGNAL, 1) === 2) atomics.notify(memory, context + SIGNAL);",
    spec: "shared_death",
  },
  {
    name: "what the dead one has granted last, and not told, is nobody's",
    file: death,
    line: "const granted = whatOf(atomics.load(memory, record + STATE)) === SCHEDULED &&",
    becomes: "const granted = false &&",
    spec: "shared_death",
  },
  {
    name: "nobody knows that the dead one had taken the token",
    file: death,
    line: "if (atomics.load(memory, mutex + TOKEN) === -dead) abandon(mutex);",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "whoever has handed on seems to do so for ever",
    file: mutex,
    line: "atomics.compareExchange(memory, mutex + TOKEN, -context, 0);",
    becomes: ";",
    spec: "shared_mutex",
  },
  {
    name: "whoever has handed on takes the next one's token away",
    file: mutex,
    line: "atomics.compareExchange(memory, mutex + TOKEN, -context, 0);",
    becomes: "atomics.store(memory, mutex + TOKEN, 0);",
    spec: "shared_mutex",
  },
  {
    name: "who waits in the queue is in no list",
    file: queue,
    line: "atomics.store(memory, last === 0 ? queue + FIRST : last + NEXT, record);",
    becomes: ";",
    spec: "shared_queue",
  },
  {
    name: "the queue thinks that one is the last who has gone",
    file: queue,
    line: "if (next === 0) atomics.store(memory, queue + LAST, 0);",
    becomes: ";",
    spec: "shared_queue",
  },
  {
    name: "the one that is let go on stays in the queue",
    file: queue,
    line: "atomics.store(memory, queue + FIRST, next);",
    becomes: ";",
    spec: "shared_queue",
  },
  {
    name: "one that has given up takes the wake-up along",
    file: queue,
    line: "if (goOn(memory, record, atomics)) return true;",
    becomes: "goOn(memory, record, atomics); return true;",
    spec: "shared_queue",
  },
  {
    name: "whoever is let go on is not told",
    file: queue,
    line: "deliver(memory, record, atomics);",
    becomes: ";",
    spec: "shared_queue",
  },
  {
    name: "one that has given up goes on all the same",
    file: line,
    line: "return become(memory, record, generationOf(state), SCHEDULED, atomics);",
    becomes:
      "atomics.store(memory, record + STATE, stateOf(generationOf(state), SCHEDULED)); return true;",
    spec: "shared_queue",
  },
  {
    name: "a reader comes in before a writer that waits, and is counted twice",
    file: rwLock,
    line:
      "const isFree = (word: number, as: As): boolean => waitersOf(word) === 0 && isOpen(word, as);",
    becomes: "const isFree = (word: number, as: As): boolean => isOpen(word, as);",
    spec: "shared_rw_lock",
  },
  {
    name: "a writer comes in while others read",
    file: rwLock,
    line: "as > 0 ? word >= 0 && (word & READERS) !== READERS : ownersOf(word) === 0;",
    becomes: "as > 0 ? word >= 0 && (word & READERS) !== READERS : word >= 0;",
    spec: "shared_rw_lock",
  },
  {
    name: "a reader comes in while another one writes",
    file: rwLock,
    line: "as > 0 ? word >= 0 && (word & READERS) !== READERS : ownersOf(word) === 0;",
    becomes: "as > 0 || ownersOf(word) === 0;",
    spec: "shared_rw_lock",
  },
  {
    name: "the word is changed without a look at whether it has changed meanwhile",
    file: rwLock,
    line: "const found = atomics.compareExchange(memory, lock + WORD, word, becomes);",
    becomes: "const found = word; atomics.store(memory, lock + WORD, becomes);",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever comes to wait does not look whether it could go at once",
    file: rwLock,
    line: "serve(memory, lock, discard, atomics);",
    nth: 0,
    becomes: ";",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever comes looks whether it could go before it stands in the line",
    file: rwLock,
    line: "push(memory, lock + COMING, record, atomics);",
    becomes:
      "serve(memory, lock, discard, atomics); push(memory, lock + COMING, record, atomics); if (memory !== undefined) return unmark(memory, share, atomics);",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever gives the lock back lets nobody in",
    file: rwLock,
    line:
      "if (ownersOf(left) === 0 && waitersOf(left) !== 0) serve(memory, lock, discard, atomics);",
    becomes: ";",
    spec: "shared_rw_lock",
  },
  {
    name: "the last reader goes, and lets no writer in",
    file: rwLock,
    line:
      "if (ownersOf(left) === 0 && waitersOf(left) !== 0) serve(memory, lock, discard, atomics);",
    becomes:
      "if (ownersOf(left) > 0 && waitersOf(left) !== 0) serve(memory, lock, discard, atomics);",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever reads no more to write lets nobody in",
    file: rwLock,
    line: "if (before === READER) return true;",
    becomes:
      "if (before === READER) return true; if (!isCrowded(before)) { push(memory, lock + COMING, record, atomics); unmark(memory, share, atomics); return false; }",
    spec: "shared_rw_lock",
  },
  {
    name: "a reader becomes the writer though others read",
    file: rwLock,
    line: "(word) => word === READER ? WRITER : isCrowded(word) ? word : withoutOwner(word) + 1,",
    becomes:
      "(word) => waitersOf(word) === 0 ? WRITER : isCrowded(word) ? word : withoutOwner(word) + 1,",
    spec: "shared_rw_lock",
  },
  {
    name: "a reader that wants to write reads on while it waits",
    file: rwLock,
    line: "(word) => word === READER ? WRITER : isCrowded(word) ? word : withoutOwner(word) + 1,",
    becomes: "(word) => word === READER ? WRITER : isCrowded(word) ? word : word + 1,",
    spec: "shared_rw_lock",
  },
  {
    name: "the writer becomes a reader, and lets no others read",
    file: rwLock,
    line: "if (waitersOf(before) !== 0) serve(memory, lock, discard, atomics);",
    becomes: ";",
    spec: "shared_rw_lock",
  },
  {
    name: "the writer becomes nobody",
    file: rwLock,
    line: "const before = change(memory, lock, (word) => withoutOwner(word) + READER, atomics);",
    becomes: "const before = change(memory, lock, withoutOwner, atomics);",
    spec: "shared_rw_lock",
  },
  {
    name: "one that gives up keeps those behind it waiting",
    file: rwLock,
    line: "if (left) serve(memory, lock, discard, atomics);",
    becomes: ";",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever finds that another one serves leaves no word",
    file: rwLock,
    line: "if (atomics.add(memory, lock + SERVING, 1) !== 0) return;",
    becomes: "if (atomics.compareExchange(memory, lock + SERVING, 0, 1) !== 0) return;",
    spec: "shared_rw_lock",
  },
  {
    name: "two serve at once",
    file: rwLock,
    line: "if (atomics.add(memory, lock + SERVING, 1) !== 0) return;",
    becomes: "atomics.add(memory, lock + SERVING, 1);",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever serves does not look again when others have asked",
    file: rwLock,
    line: "const found = atomics.compareExchange(memory, lock + SERVING, asked, 0);",
    becomes: "const found = asked; atomics.store(memory, lock + SERVING, 0);",
    spec: "shared_rw_lock",
  },
  {
    name: "whoever serves lets one in at most",
    file: rwLock,
    line: "while (serveFirst(memory, lock, discard, atomics));",
    becomes: "serveFirst(memory, lock, discard, atomics);",
    spec: "shared_rw_lock",
  },
  {
    name: "one that cannot go yet is let in",
    file: rwLock,
    line: "if (!isOpen(atomics.load(memory, lock + WORD), as)) return false;",
    becomes: ";",
    spec: "shared_rw_lock",
  },
  {
    name: "those behind the one that is let in are forgotten",
    file: rwLock,
    line: "shift(memory, lock, first, atomics);",
    becomes: "atomics.store(memory, lock + 2, 0);",
    spec: "shared_rw_lock",
  },
  {
    name: "one that has given up is let in",
    file: rwLock,
    line: "const owner = granted && !over ? withOwner(0, as) : 0;",
    becomes: "const owner = !over ? withOwner(0, as) : 0;",
    spec: "shared_rw_lock",
  },
  {
    name: "one that is let in counts among those who wait",
    file: rwLock,
    line: "atomics.add(memory, lock + WORD, (owner - 1) | 0);",
    becomes: "atomics.add(memory, lock + WORD, owner | 0);",
    spec: "shared_rw_lock",
  },
  {
    name: "one that is let in is told first, and has the lock after that",
    file: rwLock,
    line: "const owner = granted && !over ? withOwner(0, as) : 0;",
    becomes:
      "const owner = granted && !over ? withOwner(0, as) : 0; if (granted) { deliver(memory, first, atomics); atomics.add(memory, lock + WORD, (owner - 1) | 0); return true; }",
    spec: "shared_rw_lock",
  },
  {
    name: "the one that is let in is not told",
    file: rwLock,
    line: "if (granted) deliver(memory, first, atomics);",
    becomes: "if (granted) ;",
    spec: "shared_rw_lock",
  },
  {
    name: "a thread that takes nothing seems to hold the lock",
    file: rwLock,
    line: "unmark(memory, share, atomics);",
    nth: 0,
    becomes: ";",
    spec: "shared_rw_lock",
  },
  {
    name: "what a dying thread takes at once is held for ever",
    file: rwLock,
    line: "if (share !== 0) atomics.add(memory, share + STATE, 1);",
    becomes: ";",
    spec: "shared_death",
  },
  {
    name: "a thread says that it has nothing to do with the lock before it has given it back",
    file: rwLock,
    line: "const left = withoutOwner(change(memory, lock, withoutOwner, atomics));",
    becomes:
      "unmark(memory, share, atomics); const left = withoutOwner(change(memory, lock, withoutOwner, atomics)); mark(memory, share, atomics);",
    spec: "shared_death",
  },
  {
    name: "what was granted is let go before the thread says that it has the lock",
    file: rwLock,
    line: "mark(memory, share, atomics);",
    nth: 2,
    becomes: "discard(record); mark(memory, share, atomics); if (memory !== undefined) return;",
    spec: "shared_death",
  },
  {
    name: "whoever buries does not see who wanted to write",
    file: death,
    line: "const lock = Math.abs(atomics.load(memory, record + LOCK));",
    becomes: "const lock = Math.max(0, atomics.load(memory, record + LOCK));",
    spec: "shared_death",
  },
];
