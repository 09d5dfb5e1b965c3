/**
 * Threads that lock one mutex: see `src/lockfree/mutex.ts`.
 *
 * @module
 */
import { giveUp } from "../../../src/lockfree/line.ts";
import { countOf, holderOf, lock, LOCKED, TOKEN, unlock } from "../../../src/lockfree/mutex.ts";
import { GAVE_UP, STATE, stateOf, WAITING, whatOf } from "../../../src/lockfree/words.ts";
import type { ThreadCall } from "../../interleave/types.ts";
import { awaitScheduled, each, type Explored, Layout } from "./_stage.ts";

/** What a thread knows of its wait. */
const [NOT_YET, HAS_IT, GONE] = [0, 1, 2];

/**
 * Thread `t` locks it `rounds[t]` times; the first `quitters` give up if they may.
 */
export function sharedMutex(
  { rounds, quitters = 0 }: { rounds: readonly number[]; quitters?: number },
): Explored {
  const n = rounds.length;
  const layout = new Layout();
  const mutex = layout.add("locked", "coming", "nextUp", "abandoned", "token", "sequence");
  const contexts = each(n, (t) => layout.context(t));
  const records = each(n, (t) => layout.record(`r${t}`, contexts[t]!));
  const [counter, gone] = [layout.add("counter"), layout.add("gone")];

  /** One that gave up is taken out by somebody, who could use it again: it is not looked at any more. */
  const discardBy =
    (memory: Int32Array, atomics: { load(view: Int32Array, at: number): number }) =>
    (record: number): void => {
      if (whatOf(atomics.load(memory, record + STATE)) !== GAVE_UP) {
        throw new Error("it waits still");
      }
    };
  const lockIt: ThreadCall = function lockIt(memory, atomics, { id, local }) {
    const record = records[id]!;
    atomics.store(memory, record + STATE, stateOf(0, WAITING));
    local[0] = lock(memory, mutex, record, discardBy(memory, atomics), atomics) ? HAS_IT : NOT_YET;
  };
  const quit: ThreadCall = function quit(memory, atomics, { id, local }) {
    if (local[0] === NOT_YET && giveUp(memory, records[id]!, 0, atomics)) {
      local[0] = GONE;
      atomics.add(memory, gone, 1);
    }
  };
  const sleep: ThreadCall = function sleep(memory, atomics, { id, local }) {
    if (local[0] !== NOT_YET) return;
    const context = contexts[id]!;
    if (awaitScheduled(memory, context, atomics) !== records[id]) throw new Error("another's");
    local[0] = HAS_IT;
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
  };
  const round = [lockIt, sleep, work, unlockIt];
  const quitting = [lockIt, quit, sleep, work, unlockIt];
  return {
    interleaving: {
      name: "shared_mutex",
      memory: layout.words,
      local: 1,
      threads: each(
        n,
        (t) => each(rounds[t]!, () => t < quitters ? quitting : round).flat(),
      ),
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
