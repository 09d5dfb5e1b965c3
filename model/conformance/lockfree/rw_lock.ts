/**
 * Threads that read and write under one lock: see `src/lockfree/rw_lock.ts`.
 *
 * @module
 */
import {
  IDLE,
  LOCK,
  SCHEDULED,
  STATE,
  stateOf,
  WAITING,
  whatOf,
} from "../../../src/lockfree/words.ts";
import {
  accept,
  type As,
  downgrade,
  leave,
  ownersOf,
  READER,
  SERVING,
  take,
  tryTake,
  unlock,
  upgrade,
  waitersOf,
  wanting,
  WORD,
} from "../../../src/lockfree/rw_lock.ts";
import type { Atomics32, Self, ThreadCall } from "../../interleave/types.ts";
import { awaitScheduled, each, type Explored, Layout } from "./_stage.ts";

/** What a thread does in a round; with `or quit`, it gives up if it may. */
export type Round =
  | "read"
  | "write"
  | "try to read"
  | "read or quit"
  | "write or quit"
  | "upgrade"
  | "downgrade"
  | "read with another"
  | "downgrade for another"
  | "hold for another"
  | "quit writing";

/** What a thread knows of its wait. */
const [NOT_YET, HAS_IT, GONE] = [0, 1, 2];

/** Each thread does what its list says. */
export function sharedRwLock({ threads }: { threads: readonly (readonly Round[])[] }): Explored {
  const n = threads.length;
  const all = threads.flat();
  const how = (...which: readonly Round[]): number =>
    all.filter((round) => which.includes(round)).length;
  const accompanied = all.some((round) => round.endsWith("another"));
  const layout = new Layout();
  layout.add("none");
  const lock = layout.add("word", "coming", "nextUp", "abandoned", "serving");
  const contexts = each(n, (t) => layout.context(t));
  // One that has given up may be in the line still: each of its rounds has a record of its own.
  const records = threads.map((list, t) => {
    const quits = list.some((round) => round.endsWith("quit"));
    return each(quits ? list.length : 1, (k) => layout.record(`r${t}.${k}`, contexts[t]!));
  });
  const shares = each(n, (t) => layout.record(`s${t}`, contexts[t]!, stateOf(0, IDLE)));
  const [value, reads, writes, gone] = ["value", "reads", "writes", "gone"].map((word) =>
    layout.add(word)
  ) as [number, number, number, number];

  const reader = threads.findIndex(([first]) => first === "hold for another");
  if (reader >= 0) {
    layout.set("word", READER);
    layout.set(`s${reader}.state`, stateOf(0, SCHEDULED));
  }
  const writer = threads.findIndex(([first]) => first === "quit writing");
  if (writer >= 0) {
    layout.set("word", READER + 1);
    layout.set("coming", records[writer]![0]!);
    layout.set(`r${writer}.0.lock`, wanting(lock, -1));
  }

  /** One that gave up, or has it, could be used again: it is not looked at any more. */
  const discardBy = (memory: Int32Array, atomics: Atomics32) => (record: number): void => {
    if (whatOf(atomics.load(memory, record + STATE)) === WAITING) throw new Error("it waits still");
  };
  /** A record as a wait needs it. */
  const recordOf = ({ id, local }: Self): number => records[id]![local[1]! % records[id]!.length]!;
  const waitBy = (memory: Int32Array, self: Self, as: As, atomics: Atomics32): number => {
    const record = recordOf(self);
    atomics.store(memory, record + LOCK, wanting(lock, as));
    atomics.store(memory, record + STATE, stateOf(0, WAITING));
    return record;
  };
  const begin = (as: As): ThreadCall =>
    named(as > 0 ? "readLock" : "writeLock", (memory, atomics, self) => {
      const { id, local } = self;
      const record = waitBy(memory, self, as, atomics);
      const discard = discardBy(memory, atomics);
      local[0] = take(memory, lock, record, as, shares[id]!, discard, atomics) ? HAS_IT! : NOT_YET!;
    });
  const tryIt: ThreadCall = function tryReadLock(memory, atomics, { id, local }) {
    local[0] = tryTake(memory, lock, 1, shares[id]!, atomics) ? HAS_IT! : GONE!;
    if (local[0] === GONE) atomics.add(memory, gone, 1);
  };
  const quit: ThreadCall = function quit(memory, atomics, self) {
    const { id, local } = self;
    if (local[0] !== NOT_YET) return;
    const discard = discardBy(memory, atomics);
    if (!leave(memory, lock, recordOf(self), 0, shares[id]!, discard, atomics)) return;
    local[0] = GONE!;
    atomics.add(memory, gone, 1);
  };
  const sleep: ThreadCall = function sleep(memory, atomics, self) {
    const { id, local } = self;
    if (local[0] !== NOT_YET) return;
    const record = recordOf(self);
    if (awaitScheduled(memory, contexts[id]!, atomics) !== record) throw new Error("another's");
    accept(memory, record, shares[id]!, discardBy(memory, atomics), atomics);
    local[0] = HAS_IT!;
  };
  const read: ThreadCall = function read(memory, atomics, { local }) {
    if (local[0] !== HAS_IT) return;
    // A race with a writer would be reported.
    if (memory[value]! < 0) throw new Error("it is never below 0");
    atomics.add(memory, reads, 1);
    if (accompanied) atomics.notify(memory, reads);
  };
  /** Waits until another one has read, and holds the lock meanwhile. */
  const awaitAnother: ThreadCall = function awaitAnother(memory, atomics, { local }) {
    if (local[0] !== HAS_IT) return;
    for (let n; (n = atomics.load(memory, reads)) < 2;) atomics.wait(memory, reads, n);
  };
  const write: ThreadCall = function write(memory, atomics, { local }) {
    if (local[0] !== HAS_IT) return;
    memory[value]!++;
    atomics.add(memory, writes, 1);
  };
  const has: ThreadCall = function hasIt(_memory, _atomics, { local }) {
    local[0] = HAS_IT!;
  };
  const becomeWriter: ThreadCall = function upgradeIt(memory, atomics, self) {
    const { id, local } = self;
    const record = waitBy(memory, self, -1, atomics);
    const discard = discardBy(memory, atomics);
    local[0] = upgrade(memory, lock, record, shares[id]!, discard, atomics) ? HAS_IT! : NOT_YET!;
  };
  const becomeReader: ThreadCall = function downgradeIt(memory, atomics) {
    downgrade(memory, lock, discardBy(memory, atomics), atomics);
  };
  const unlockIt: ThreadCall = function unlockIt(memory, atomics, { id, local }) {
    if (local[0] === HAS_IT) {
      unlock(memory, lock, shares[id]!, discardBy(memory, atomics), atomics);
    }
    local[0] = NOT_YET!;
    local[1]!++;
  };
  const rounds: Record<Round, readonly ThreadCall[]> = {
    "read": [begin(1), sleep, read, unlockIt],
    "write": [begin(-1), sleep, write, unlockIt],
    "try to read": [tryIt, read, unlockIt],
    "read or quit": [begin(1), quit, sleep, read, unlockIt],
    "write or quit": [begin(-1), quit, sleep, write, unlockIt],
    "upgrade": [begin(1), sleep, read, becomeWriter, sleep, write, unlockIt],
    "downgrade": [begin(-1), sleep, write, becomeReader, read, unlockIt],
    "read with another": [begin(1), sleep, read, awaitAnother, unlockIt],
    "hold for another": [has, read, awaitAnother, unlockIt],
    "quit writing": [quit, sleep, write, unlockIt],
    "downgrade for another": [
      ...[begin(-1), sleep, write, becomeReader, read, awaitAnother, unlockIt],
    ],
  };
  const quits = all.some((round) => /quit|try/.test(round));
  const wanted = all.length + how("upgrade", "downgrade", "downgrade for another");
  const seldom: Record<string, (memory: Int32Array) => boolean> = {
    "a thread sleeps": (memory) => contexts.some((context) => memory[context + 1] === 2),
    "one leaves word for the one that serves": (memory) => memory[lock + SERVING]! > 1,
  };
  if (how("read", "upgrade", "read with another") > 1) {
    seldom["two read at once"] = (memory) => ownersOf(memory[lock + WORD]!) > 1;
  }
  if (quits) seldom["one gives up"] = (memory) => memory[gone]! > 0;
  return {
    interleaving: {
      name: "shared_rw_lock",
      memory: layout.words,
      local: 2,
      threads: threads.map((list) => list.flatMap((round) => rounds[round])),
      sometimes: seldom,
      finally: {
        "everybody who has not given up has had it": (memory) =>
          memory[reads]! + memory[writes]! + memory[gone]! === wanted,
        "no write is lost": (memory) => memory[value] === memory[writes],
        "it is free, and nobody serves": (memory) =>
          [WORD, 1, 2, SERVING].every((word) => memory[lock + word] === 0),
        "no thread has anything to do with it": (memory) =>
          shares.every((share) => whatOf(memory[share + STATE]!) === IDLE),
      },
    },
    wrong: {
      "one that waits stands in the line": (memory) =>
        waitersOf(memory[lock + WORD]!) === 0 || memory[lock + 1] !== 0 || memory[lock + 2] !== 0,
      "nobody serves while somebody comes": (memory) => memory[lock + SERVING]! < 2,
      "no thread has anything to do with it while it is free": (memory) =>
        memory[lock + WORD] !== 0 ||
        shares.every((share) => whatOf(memory[share + STATE]!) === IDLE),
    },
  };
}

/** A call whose name is in reports. */
function named(name: string, call: ThreadCall): ThreadCall {
  return Object.defineProperty(call, "name", { value: name });
}
