/**
 * A thread that dies in the middle of scheduling what lives on another one, and one that schedules the
 * same: see `orphanOf` in `src/lockfree/schedule.ts`.
 *
 * @module
 */
import { bury } from "../../../src/lockfree/death.ts";
import { kill as killIt, leave } from "../../../src/lockfree/life.ts";
import {
  orphanOf,
  release,
  schedule,
  takeScheduled,
  UNCLEAR,
} from "../../../src/lockfree/schedule.ts";
import { beginToLook, mayRest, notify, rest } from "../../../src/lockfree/signal.ts";
import {
  CONTEXT_WORDS,
  IDLE,
  NEXT,
  RECORD,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
  whatOf,
} from "../../../src/lockfree/words.ts";
import type { Atomics32, ThreadCall } from "../../interleave/types.ts";
import { Death, each, type Explored, Layout, mortal } from "./_stage.ts";

/**
 * The first thread dies, the second one schedules too, so many times, the third one is that of the coroutine. If
 * the first one goes on, it is buried anywhere, and does not die.
 */
export function sharedOrphan(
  { rounds, goesOn = false }: { rounds: number; goesOn?: boolean },
): Explored {
  const layout = new Layout();
  layout.add("none");
  const contexts = each(3, (t) => layout.context(t));
  const [dying, other, home] = contexts as [number, number, number];
  const record = layout.record("co", home, stateOf(0, IDLE));
  const [dead, graves, ghosts, fate, accepted, done, runs, cut] = [
    ...["dead", "graves", "ghosts", "fate", "accepted", "done", "runs", "cut"],
  ].map((word) => layout.add(word)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const range = [contexts[0]!, contexts[0]! + CONTEXT_WORDS * 3] as const;

  const live: ThreadCall = function live(memory, atomics) {
    try {
      schedule(memory, record, 0, dying, mortal(memory, fate, atomics));
    } catch (error) {
      if (!(error instanceof Death)) throw error;
    }
    atomics.store(memory, dead, 1);
    atomics.notify(memory, dead);
  };
  const scheduleIt: ThreadCall = function scheduleIt(memory, atomics) {
    if (schedule(memory, record, 0, other, atomics) === "scheduled") {
      atomics.add(memory, accepted, 1);
    }
  };
  function tell(memory: Int32Array, atomics: Atomics32): void {
    atomics.add(memory, done, 1);
    notify(memory, home + SIGNAL, atomics);
  }
  /** Those that were scheduled run. */
  function runAll(memory: Int32Array, atomics: Atomics32): void {
    for (let next = takeScheduled(memory, home, atomics); next !== 0;) {
      const one = next;
      next = atomics.load(memory, one + NEXT);
      run(memory, atomics);
    }
  }
  function run(memory: Int32Array, atomics: Atomics32): void {
    release(memory, record, 0, atomics);
    atomics.add(memory, runs, 1);
  }
  /** One look, as `Commons.look` does it; local: how many graves it has seen, and whether that is all. */
  const look: ThreadCall = function look(memory, atomics, { local }) {
    if (local[1] === 1) return;
    beginToLook(memory, home + SIGNAL, atomics);
    const over = atomics.load(memory, done) === (goesOn ? 2 : 1);
    const seen = atomics.load(memory, graves);
    const mourns = seen !== local[0];
    local[0] = seen;
    runAll(memory, atomics);
    if (mourns) {
      const orphan = orphanOf(memory, dying, home, range, atomics);
      if (orphan === UNCLEAR) local[0] = -1;
      else if (orphan !== 0) {
        runAll(memory, atomics);
        if (whatOf(atomics.load(memory, record + STATE)) === SCHEDULED) run(memory, atomics);
      }
    }
    if (over && local[0] === 1) local[1] = 1;
    else if (local[0] !== -1 && mayRest(memory, home + SIGNAL, atomics)) {
      rest(memory, home + SIGNAL, Infinity, atomics);
    }
  };
  /** As long as another one is in the middle, it may look as often as it likes: here it does not. */
  const end: ThreadCall = function end(memory, atomics, { local }) {
    if (local[1] !== 1) atomics.store(memory, cut, 1);
  };
  const liveOn: ThreadCall = function liveOn(memory, atomics) {
    if (schedule(memory, record, 0, dying, atomics) === "scheduled") {
      atomics.add(memory, accepted, 1);
    }
    tell(memory, atomics);
  };
  const kill: ThreadCall = function kill(memory, atomics) {
    atomics.store(memory, fate, 1);
  };
  const buryIt: ThreadCall = function buryIt(memory, atomics) {
    if (!goesOn) atomics.wait(memory, dead, 0);
    const none = [0, 0] as const;
    killIt(memory, dying, 0, ghosts, atomics);
    if (!goesOn) leave(memory, dying, 0, ghosts, atomics);
    bury(memory, dying, graves, {
      ...{ contexts: range, mutexes: none, records: [record, record + RECORD] },
    }, atomics);
  };
  return {
    interleaving: {
      name: "shared_schedule",
      memory: layout.words,
      local: 2,
      threads: [
        goesOn ? liveOn : live,
        [...each(rounds, () => scheduleIt), tell],
        [...each(2 * rounds + 4, () => look), end],
        goesOn ? [buryIt] : [kill, buryIt],
      ],
      finally: {
        "no wake-up is lost, and none comes twice": (memory) =>
          memory[cut] === 1 ||
          memory[runs]! >= memory[accepted]! && memory[runs]! <= memory[accepted]! + 1,
        "nothing is left scheduled": (memory) =>
          memory[cut] === 1 || memory[record + STATE] === stateOf(0, IDLE) && memory[home] === 0,
      },
    },
    wrong: {
      ...(goesOn ? { "it runs once": (memory) => memory[runs]! <= 1 } : {
        "whoever dies has scheduled nothing, or has told": (memory) =>
          memory[dead] === 0 || whatOf(memory[record + STATE]!) === IDLE || memory[home] !== 0,
      }),
    },
  };
}
