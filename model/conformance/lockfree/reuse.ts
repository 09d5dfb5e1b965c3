/**
 * What a dead thread has had, and others have by the time that it is buried: a record, a mutex. See
 * `src/lockfree/death.ts` and `src/lockfree/context.ts`.
 *
 * @module
 */
import { moveOut } from "../../../src/lockfree/context.ts";
import { afterDeath, bury } from "../../../src/lockfree/death.ts";
import { kill, leave } from "../../../src/lockfree/life.ts";
import { ABANDONED, grant } from "../../../src/lockfree/line.ts";
import { MUTEX, unlock } from "../../../src/lockfree/mutex.ts";
import { giveBack, prepare } from "../../../src/lockfree/record.ts";
import { deliver } from "../../../src/lockfree/schedule.ts";
import { beginToLook, mayRest, rest } from "../../../src/lockfree/signal.ts";
import { takeScheduled } from "../../../src/lockfree/schedule.ts";
import {
  CONTEXT_WORDS,
  GAVE_UP,
  RECORD,
  SIGNAL,
  stateOf,
  WAITING,
} from "../../../src/lockfree/words.ts";
import type { ThreadCall } from "../../interleave/types.ts";
import { awaitScheduled, Death, each, type Explored, Layout, mortal } from "./_stage.ts";

const MUTEX_WORDS = ["locked", "coming", "nextUp", "abandoned", "token", "sequence"];

/**
 * A thread has given up its wait, and has died. Another one finds the record, gives it back, and waits by it for
 * another lock, which a third one grants it; meanwhile the dead one is buried, and its context vacated.
 */
export function sharedReuse(): Explored {
  const layout = new Layout();
  layout.add("none");
  const lock = layout.add(...MUTEX_WORDS);
  const contexts = each(3, (t) => layout.context(t)) as [number, number, number];
  const [dead, living, burying] = contexts;
  const record = layout.record("r", dead, stateOf(0, GAVE_UP));
  const records = [record, record + RECORD] as const;
  const [ghosts, graves, given, ready, got] = [
    ...["ghosts", "graves", "given", "ready", "got"],
  ].map((word) => layout.add(word)) as [number, number, number, number, number];
  const places = {
    contexts: [dead, dead + 3 * CONTEXT_WORDS],
    mutexes: [lock, lock + MUTEX],
    records,
  } as const;

  const reuse: ThreadCall = function reuse(memory, atomics) {
    if (giveBack(memory, record, atomics)) atomics.add(memory, given, 1);
    prepare(memory, record, living, lock, WAITING, atomics);
    atomics.store(memory, ready, 1);
    atomics.notify(memory, ready);
  };
  const sleep: ThreadCall = function sleep(memory, atomics) {
    awaitScheduled(memory, living, atomics);
    atomics.add(memory, got, 1);
  };
  const grantIt: ThreadCall = function grantIt(memory, atomics) {
    if (atomics.load(memory, ready) === 0) atomics.wait(memory, ready, 0);
    if (!grant(memory, record, atomics)) throw new Error("it waits no longer");
    deliver(memory, record, atomics);
  };
  const buryIt: ThreadCall = function buryIt(memory, atomics) {
    const discard = (): void => void atomics.add(memory, given, 1);
    kill(memory, dead, 0, ghosts, atomics);
    leave(memory, dead, 0, ghosts, atomics);
    bury(memory, dead, graves, places, { context: burying, discard }, atomics);
    moveOut(memory, dead, 0, records, discard, atomics);
  };
  return {
    interleaving: {
      name: "shared_death",
      memory: layout.words,
      threads: [[reuse, sleep], [grantIt], [buryIt]],
      finally: {
        "a record is given back once": (memory) => memory[given] === 1,
        "one that lives has what it was granted": (memory) => memory[got] === 1,
        "what one that lives waits for is not abandoned": (memory) =>
          memory[lock + ABANDONED] === 0,
      },
    },
    wrong: {
      "the record stays the dead one's until that is buried": (memory) =>
        memory[given] === 0 || memory[graves] === 1,
    },
  };
}

/**
 * A thread unlocks, and dies anywhere in between. The one that waits has the mutex, gives it back, and ends in peace:
 * then it is buried, too.
 */
export function sharedPast(): Explored {
  const layout = new Layout();
  layout.add("none");
  const mutex = layout.add(...MUTEX_WORDS);
  const contexts = each(3, (t) => layout.context(t)) as [number, number, number];
  const [dying, waiting, burying] = contexts;
  const record = layout.record("r", waiting);
  layout.set("locked", dying << 16 | 2);
  layout.set("coming", record);
  layout.set("r.lock", mutex);
  const [ghosts, graves, fate, dead, had] = [
    ...["ghosts", "graves", "fate", "dead", "had"],
  ].map((word) => layout.add(word)) as [number, number, number, number, number];
  const places = {
    contexts: [dying, dying + 3 * CONTEXT_WORDS],
    mutexes: [mutex, mutex + MUTEX],
    records: [record, record + RECORD],
  } as const;
  const discard = (): void => {};
  const by = { context: burying, discard };

  const die: ThreadCall = function unlockIt(memory, atomics) {
    try {
      unlock(memory, mutex, dying, discard, mortal(memory, fate, atomics));
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
    atomics.store(memory, dead, 1);
    atomics.notify(memory, dead);
  };
  const dieNow: ThreadCall = function dieNow(memory, atomics) {
    atomics.store(memory, fate, 1);
  };
  const buryIt: ThreadCall = function buryIt(memory, atomics) {
    atomics.wait(memory, dead, 0);
    kill(memory, dying, 0, ghosts, atomics);
    bury(memory, dying, graves, places, by, atomics);
  };
  const sleep: ThreadCall = function sleep(memory, atomics, { local }) {
    for (;;) {
      beginToLook(memory, waiting + SIGNAL, atomics);
      const mourns = atomics.load(memory, graves) > 0;
      const found = mourns ? afterDeath(memory, mutex, record, waiting, atomics) : "waits";
      if (found === "abandoned") return;
      if (found === "granted") break;
      if (takeScheduled(memory, waiting, atomics) !== 0) {
        giveBack(memory, record, atomics);
        break;
      }
      if (mayRest(memory, waiting + SIGNAL, atomics)) {
        rest(memory, waiting + SIGNAL, Infinity, atomics);
      }
    }
    if (atomics.load(memory, mutex + ABANDONED) === 0) local[0] = 1;
  };
  const unlockIt: ThreadCall = function unlockIt(memory, atomics, { local }) {
    if (local[0] === 1) unlock(memory, mutex, waiting, discard, atomics);
  };
  const buryNext: ThreadCall = function buryNext(memory, atomics, { local }) {
    // If the first one was seen to hold it still, it was abandoned all the same.
    if (local[0] !== 1 || atomics.load(memory, mutex + ABANDONED) === 1) return;
    kill(memory, waiting, 0, ghosts, atomics);
    bury(memory, waiting, graves, places, by, atomics);
    atomics.store(memory, had, 1);
  };
  return {
    interleaving: {
      name: "shared_death",
      memory: layout.words,
      local: 1,
      threads: [[die], [sleep, unlockIt, buryNext], [dieNow, buryIt]],
      sometimes: {
        "it was granted by one that has died, and not told": (memory) =>
          memory[had] === 1 && memory[waiting] === 0 && memory[dead] === 1 &&
          memory[record] === stateOf(0, 1),
      },
      finally: {
        "what was given back is not abandoned when the thread ends": (memory) =>
          memory[had] === 0 || memory[mutex + ABANDONED] === 0,
      },
    },
    wrong: { "whoever waits has it": (memory) => memory[mutex + ABANDONED] === 0 },
  };
}
