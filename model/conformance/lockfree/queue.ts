/**
 * Threads that wait in a queue until there is something, and one that brings it: see
 * `src/lockfree/queue.ts`.
 *
 * @module
 */
import { giveUp } from "../../../src/lockfree/line.ts";
import { lock, unlock } from "../../../src/lockfree/mutex.ts";
import { append, FIRST, letNext, remove } from "../../../src/lockfree/queue.ts";
import { IDLE, STATE, stateOf, WAITING } from "../../../src/lockfree/words.ts";
import type { Atomics32, ThreadCall } from "../../interleave/types.ts";
import { awaitScheduled, each, type Explored, Layout } from "./_stage.ts";

/** What a thread knows: it has the mutex, waits for it, waits in the queue, has given up, or is done. */
const [WANTS, HAS_IT, QUEUED, GONE] = [0, 1, 2, 3];

/** `takers` take so many things each, and the first of them may give up its first; the last thread brings as
 * many. */
export function sharedQueue(
  { takers, rounds, quits }: { takers: number; rounds: number; quits: boolean },
): Explored {
  const layout = new Layout();
  layout.add("none");
  const mutex = layout.add("locked", "coming", "nextUp", "abandoned", "token", "sequence");
  const queue = layout.add("first", "last");
  const threads = takers + 1;
  const contexts = each(threads, (t) => layout.context(t));
  // One to wait for the mutex, and one to wait in the queue.
  const records = each(threads, (t) => layout.record(`m${t}`, contexts[t]!));
  const waits = each(takers, (t) => layout.record(`q${t}`, contexts[t]!));
  const [things, taken, gone, told, heard] = ["things", "taken", "gone", "told", "heard"].map((
    word,
  ) => layout.add(word));
  const discard = (): void => {};
  /** Whoever knows it by its generation is refused from then on. */
  const discardBy = (memory: Int32Array, atomics: Atomics32) => (record: number): void => {
    atomics.store(memory, record + STATE, stateOf(1, IDLE));
  };

  function take(memory: Int32Array, id: number, atomics: Atomics32): number {
    atomics.store(memory, records[id]! + STATE, stateOf(0, WAITING));
    return lock(memory, mutex, records[id]!, discard, atomics) ? HAS_IT! : WANTS!;
  }
  const lockIt: ThreadCall = function lockIt(memory, atomics, { id, local }) {
    if (local[0] !== GONE) local[0] = take(memory, id, atomics);
  };
  const sleep: ThreadCall = function sleep(memory, atomics, { id, local }) {
    if (local[0] !== WANTS) return;
    awaitScheduled(memory, contexts[id]!, atomics);
    local[0] = HAS_IT!;
  };
  /** Takes one if there is one; else waits, and lets go of the mutex. */
  const takeOrWait: ThreadCall = function takeOrWait(memory, atomics, { id, local }) {
    if (local[0] !== HAS_IT) return;
    if (local[1] === 1) {
      remove(memory, queue, waits[id]!, 0, discardBy(memory, atomics), atomics);
      local[0] = GONE!;
    } else if (memory[things!]! > 0) {
      memory[things!]!--;
      memory[taken!]!++;
      local[0] = GONE!;
    } else {
      atomics.store(memory, waits[id]! + STATE, stateOf(0, WAITING));
      append(memory, queue, waits[id]!, atomics);
      local[0] = QUEUED!;
    }
    unlock(memory, mutex, contexts[id]!, discard, atomics);
  };
  const quit: ThreadCall = function quit(memory, atomics, { id, local }) {
    if (local[0] !== QUEUED || !giveUp(memory, waits[id]!, 0, atomics)) return;
    // It has the mutex again before it goes on, and takes itself out then.
    local[0] = WANTS!;
    local[1] = 1;
    atomics.add(memory, gone!, 1);
  };
  const sleepInQueue: ThreadCall = function sleepInQueue(memory, atomics, { id, local }) {
    if (local[0] !== QUEUED) return;
    if (awaitScheduled(memory, contexts[id]!, atomics) !== waits[id]) throw new Error("another's");
    atomics.add(memory, heard!, 1);
    local[0] = WANTS!;
  };
  const bring: ThreadCall = function bring(memory, atomics, { id, local }) {
    if (local[0] !== HAS_IT) return;
    memory[things!]!++;
    if (letNext(memory, queue, discardBy(memory, atomics), atomics)) atomics.add(memory, told!, 1);
    unlock(memory, mutex, contexts[id]!, discard, atomics);
    local[0] = WANTS!;
  };
  const again: ThreadCall = function again(_memory, _atomics, { local }) {
    local[0] = WANTS!;
  };
  const taker = (t: number): ThreadCall[] => [
    ...[lockIt, sleep, takeOrWait],
    ...(quits && t === 0 ? [quit] : []),
    ...[sleepInQueue, lockIt, sleep, takeOrWait],
  ];
  return {
    interleaving: {
      name: "shared_queue",
      memory: layout.words,
      local: 2,
      threads: [
        ...each(takers, (t) => each(rounds, () => [...taker(t), again]).flat()),
        each(takers * rounds, () => [lockIt, sleep, bring]).flat(),
      ],
      sometimes: {
        "one waits in the queue": (memory) => memory[queue + FIRST] !== 0,
        ...(quits ? { "one gives up": (memory) => memory[gone!]! > 0 } : {}),
      },
      finally: {
        "each wake-up comes to one that waits": (memory) => memory[told!] === memory[heard!],
        "nobody is in the queue": (memory) => memory[queue] === 0 && memory[queue + 1] === 0,
        "nobody waits for what is there": (memory) =>
          memory[taken!]! + memory[gone!]! === takers * rounds && memory[things!] === memory[gone!],
      },
    },
    wrong: {
      "who waits finds nothing": (memory) => memory[queue + FIRST] === 0 || memory[things!] === 0,
    },
  };
}
