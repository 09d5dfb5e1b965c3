/**
 * A thread that dies in the middle of anything, one that buries it, and one that wants its mutex: see
 * `src/_shared_death.ts`.
 *
 * @module
 */
import { afterDeath, bury } from "../../src/_shared_death.ts";
import { takeScheduled } from "../../src/_shared_schedule.ts";
import { beginToLook, mayRest, rest } from "../../src/_shared_signal.ts";
import { ABANDONED, giveUp } from "../../src/_shared_line.ts";
import { lock, MUTEX, unlock } from "../../src/_shared_mutex.ts";
import {
  type AtomicWords,
  CONTEXT_WORDS,
  IDLE,
  LOCK,
  RECORD,
  SIGNAL,
  STATE,
  stateOf,
  WAITING,
} from "../../src/_shared_words.ts";
import type { Atomics32, Self, ThreadCall } from "../interleave/interleave.ts";
import { each, type Explored, Layout } from "./_shared_stage.ts";

/** Is thrown where a thread dies. */
class Death {}

/** Operations of a thread that dies as soon as it is its fate: in the middle of anything. */
function mortal(memory: Int32Array, fate: number, atomics: Atomics32): AtomicWords {
  const count = <A extends unknown[], R>(operation: (...args: A) => R) => (...args: A): R => {
    if (atomics.load(memory, fate) === 1) throw new Death();
    return operation(...args);
  };
  return {
    load: count(atomics.load),
    store: count(atomics.store),
    add: count(atomics.add),
    sub: count(atomics.sub),
    exchange: count(atomics.exchange),
    compareExchange: count(atomics.compareExchange),
    wait: count(atomics.wait),
    notify: count(atomics.notify),
  };
}

type Act = (memory: Int32Array, id: number, atomics: AtomicWords, local: Int32Array) => void;

/** The outcome of a wait. */
const [NOT_YET, HAS_IT, TOLD] = [0, 1, 2];

/** The first thread locks and unlocks, and dies anywhere in between; `others` want the mutex, so many times each. */
export function sharedDeath(
  { others, rounds }: { others: number; rounds: number },
): Explored {
  const layout = new Layout();
  // 0 is the place of no lock.
  layout.add("none");
  const mutex = layout.add("locked", "coming", "nextUp", "abandoned", "token", "sequence");
  const contexts = each(others + 1, (t) => layout.context(t));
  const records = each(
    others + 1,
    (t) => layout.record(`r${t}`, contexts[t]!, stateOf(0, IDLE)),
  );
  const [dead, got, told, graves, fate] = ["dead", "got", "told", "graves", "fate"].map((word) =>
    layout.add(word)
  );
  const places = {
    contexts: [contexts[0]!, contexts[0]! + CONTEXT_WORDS * contexts.length],
    mutexes: [mutex, mutex + MUTEX],
    records: [records[0]!, records[0]! + RECORD * records.length],
  } as const;
  const discard = (): void => {};

  /** A wait begins, as in `SharedCoMutex`. */
  const begin: Act = (memory, id, atomics, local) => {
    local[0] = beginning(memory, records[id]!, atomics);
  };
  function beginning(memory: Int32Array, record: number, atomics: AtomicWords): number {
    if (atomics.load(memory, mutex + ABANDONED) !== 0) return TOLD;
    atomics.store(memory, record + LOCK, mutex);
    atomics.store(memory, record + STATE, stateOf(0, WAITING));
    if (lock(memory, mutex, record, discard, atomics)) return HAS_IT;
    if (atomics.load(memory, mutex + ABANDONED) === 0) return NOT_YET;
    return giveUp(memory, record, atomics) ? TOLD : NOT_YET;
  }
  const wait: Act = (memory, id, atomics, local) => {
    if (local[0] !== NOT_YET) return;
    const context = contexts[id]!;
    for (;;) {
      beginToLook(memory, context + SIGNAL, atomics);
      if (atomics.load(memory, graves!) > 0) {
        const found = afterDeath(memory, mutex, records[id]!, context, atomics);
        if (found !== "waits") {
          local[0] = found === "abandoned" ? TOLD : HAS_IT;
          return;
        }
      }
      if (takeScheduled(memory, context, atomics) !== 0) break;
      if (mayRest(memory, context + SIGNAL, atomics)) {
        rest(memory, context + SIGNAL, Infinity, atomics);
      }
    }
    local[0] = atomics.load(memory, mutex + ABANDONED) === 0 ? HAS_IT : TOLD;
  };
  const end: Act = (memory, id, atomics, local) => {
    if (id > 0) atomics.add(memory, local[0] === HAS_IT ? got! : told!, 1);
    if (local[0] === HAS_IT) unlock(memory, mutex, contexts[id]!, discard, atomics);
  };
  const live: ThreadCall = function live(memory, atomics, { local }) {
    const words = mortal(memory, fate!, atomics);
    try {
      for (const act of [begin, wait, end]) act(memory, 0, words, local);
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
    // Whatever it has, it never gives it back.
    atomics.store(memory, dead!, 1);
    atomics.notify(memory, dead!);
  };
  const kill: ThreadCall = function kill(memory, atomics) {
    atomics.store(memory, fate!, 1);
  };
  const buryIt: ThreadCall = function buryIt(memory, atomics) {
    atomics.wait(memory, dead!, 0);
    bury(memory, contexts[0]!, graves!, places, atomics);
  };
  const wants = ([["lockIt", begin], ["sleep", wait], ["unlockIt", end]] as const).map(
    ([name, act]): ThreadCall =>
      Object.defineProperty(
        (memory: Int32Array, atomics: Atomics32, { id, local }: Self) =>
          act(memory, id, atomics, local),
        "name",
        { value: name },
      ),
  );
  return {
    interleaving: {
      name: "shared_death",
      memory: layout.words,
      local: 1,
      threads: [live, ...each(others, () => each(rounds, () => wants).flat()), [kill, buryIt]],
      finally: {
        "nobody waits for ever: each has had it, or was told": (memory) =>
          memory[got!]! + memory[told!]! === others * rounds,
      },
    },
    wrong: {
      "nobody is told before the dead one is buried": (memory) =>
        memory[told!] === 0 || memory[graves!] === 1,
    },
  };
}
