/**
 * Threads that lock one mutex: see `src/lockfree/mutex.ts`.
 *
 * @module
 */
import { afterDeath, tellAll } from "../../../src/lockfree/death.ts";
import { giveUp } from "../../../src/lockfree/line.ts";
import { countOf, holderOf, lock, LOCKED, TOKEN, unlock } from "../../../src/lockfree/mutex.ts";
import { goThrough } from "../../../src/lockfree/schedule.ts";
import { beginToLook, mayRest, rest } from "../../../src/lockfree/signal.ts";
import {
  CONTEXT_WORDS,
  GAVE_UP,
  LOCK,
  SIGNAL,
  STATE,
  stateOf,
  WAITING,
  whatOf,
} from "../../../src/lockfree/words.ts";
import type { Self, ThreadCall } from "../../interleave/types.ts";
import { each, type Explored, Layout } from "./_stage.ts";

/** What a thread knows of its wait. */
const [NOT_YET, HAS_IT, GONE] = [0, 1, 2];

/**
 * Thread `t` locks it `rounds[t]` times; the first `quitters` give up if they may. If they mourn, somebody else
 * has died, and all look at their waits: the one that hands the mutex on lives.
 */
export function sharedMutex(
  { rounds, quitters = 0, mourn = false, lastToken = 0 }: {
    rounds: readonly number[];
    quitters?: number;
    mourn?: boolean;
    lastToken?: number;
  },
): Explored {
  const n = rounds.length;
  const layout = new Layout();
  const mutex = layout.add("locked", "coming", "nextUp", "abandoned", "token", "sequence");
  layout.set("sequence", lastToken);
  const contexts = each(n, (t) => layout.context(t));
  // One that knows that it has the mutex may be told late: then each round has a record of its own.
  const records = rounds.map((most, t) =>
    each(mourn ? most : 1, (k) => layout.record(`r${t}.${k}`, contexts[t]!))
  );
  const [counter, gone, graves] = ["counter", "gone", "graves"].map((word) => layout.add(word)) as [
    number,
    number,
    number,
  ];
  const recordOf = ({ id, local }: Self): number => records[id]![mourn ? local[1]! : 0]!;

  /** One that gave up is taken out by somebody, who could use it again: it is not looked at any more. */
  const discardBy =
    (memory: Int32Array, atomics: { load(view: Int32Array, at: number): number }) =>
    (record: number): void => {
      if (whatOf(atomics.load(memory, record + STATE)) !== GAVE_UP) {
        throw new Error("it waits still");
      }
    };
  const lockIt: ThreadCall = function lockIt(memory, atomics, self) {
    const { local } = self;
    const record = recordOf(self);
    atomics.store(memory, record + STATE, stateOf(0, WAITING));
    if (mourn) atomics.store(memory, record + LOCK, mutex);
    local[0] = lock(memory, mutex, record, discardBy(memory, atomics), atomics) ? HAS_IT : NOT_YET;
  };
  const quit: ThreadCall = function quit(memory, atomics, self) {
    const { local } = self;
    if (local[0] === NOT_YET && giveUp(memory, recordOf(self), 0, atomics)) {
      local[0] = GONE;
      atomics.add(memory, gone, 1);
    }
  };
  const sleep: ThreadCall = function sleep(memory, atomics, self) {
    const { id, local } = self;
    const record = recordOf(self);
    const context = contexts[id]!;
    const goOn = (which: number): void => {
      if (which === record) local[0] = HAS_IT;
      else if (!mourn) throw new Error("another's");
    };
    while (local[0] === NOT_YET) {
      beginToLook(memory, context + SIGNAL, atomics);
      if (mourn && atomics.load(memory, graves) > 0) {
        const found = afterDeath(memory, mutex, record, context, atomics);
        if (found === "granted") local[0] = HAS_IT;
        if (found !== "waits") return;
      }
      if (goThrough(memory, context, goOn, atomics)) continue;
      if (mayRest(memory, context + SIGNAL, atomics)) {
        rest(memory, context + SIGNAL, Infinity, atomics);
      }
    }
  };
  const mournAll: ThreadCall = function mournAll(memory, atomics) {
    tellAll(memory, graves, [contexts[0]!, contexts[0]! + n * CONTEXT_WORDS], 0, atomics);
  };
  const work: ThreadCall = function work(memory, atomics, { id, local }) {
    if (local[0] !== HAS_IT) return;
    memory[counter]!++;
    if (holderOf(atomics.load(memory, mutex + LOCKED)) !== contexts[id]) {
      throw new Error("not the holder");
    }
  };
  const unlockIt: ThreadCall = function unlockIt(memory, atomics, { id, local }) {
    if (local[0] === HAS_IT) {
      unlock(memory, mutex, contexts[id]!, discardBy(memory, atomics), atomics);
    }
    local[0] = NOT_YET;
    if (mourn) local[1]!++;
  };
  const round = [lockIt, sleep, work, unlockIt];
  const quitting = [lockIt, quit, sleep, work, unlockIt];
  return {
    interleaving: {
      name: "shared_mutex",
      memory: layout.words,
      local: 2,
      threads: [
        ...each(n, (t) => each(rounds[t]!, () => t < quitters ? quitting : round).flat()),
        ...(mourn ? [[mournAll]] : []),
      ],
      sometimes: {
        "a thread sleeps": (memory) => contexts.some((context) => memory[context + 1] === 2),
        "nobody is found, and a token is left": (memory) => memory[mutex + TOKEN] !== 0,
        ...(quitters > 0 ? { "one gives up": (memory) => memory[gone]! > 0 } : {}),
      },
      finally: {
        "everybody who has not given up has had it": (memory) =>
          memory[counter]! + memory[gone]! === rounds.reduce((a, b) => a + b),
        "it is free": (memory) =>
          memory[mutex + LOCKED] === 0 && memory[mutex + 1] === 0 && memory[mutex + 2] === 0 &&
          memory[mutex + TOKEN] === 0,
      },
    },
    wrong: {
      "whoever is counted has it, or is in the list": (memory) =>
        countOf(memory[mutex + LOCKED]!) <= 1 || memory[mutex + 1] !== 0 || memory[mutex + 2] !== 0,
      "a token is never left": (memory) => memory[mutex + TOKEN] === 0,
    },
  };
}
