/**
 * A thread that dies in the middle of scheduling what lives on another one, and one that schedules the
 * same: see `src/lockfree/orphan.ts`.
 *
 * @module
 */
import { bury } from "../../../src/lockfree/death.ts";
import { moveIn, moveOut } from "../../../src/lockfree/context.ts";
import { begin, kill as killIt, leave } from "../../../src/lockfree/life.ts";
import { adopt } from "../../../src/lockfree/orphan.ts";
import { goThrough, release, schedule } from "../../../src/lockfree/schedule.ts";
import { beginToLook, mayRest, notify, rest } from "../../../src/lockfree/signal.ts";
import {
  CONTEXT_WORDS,
  DELIVERING,
  IDLE,
  RECORD,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
  whatOf,
} from "../../../src/lockfree/words.ts";
import type { Atomics32, ThreadCall } from "../../interleave/types.ts";
import { Death, each, type Explored, Layout, mortal } from "./_stage.ts";

/** What sharedOrphan explores. */
interface Orphaned {
  /** How often the second thread schedules. */
  readonly rounds: number;
  /** The first one does not die: it is buried anywhere, and goes on. */
  readonly goesOn?: boolean;
  /** The second one is killed first, and goes on. */
  readonly killsOther?: boolean;
  /** When the first one is gone, a new thread has its context, and schedules. */
  readonly movesIn?: boolean;
}

/** The first thread dies, the second one schedules too, so many times, the third one is that of the coroutine. */
export function sharedOrphan(
  { rounds, goesOn = false, killsOther = false, movesIn = false }: Orphaned,
): Explored {
  const layout = new Layout();
  layout.add("none");
  const contexts = each(3, (t) => layout.context(t));
  const [dying, other, home] = contexts as [number, number, number];
  const record = layout.record("co", home, stateOf(0, IDLE));
  const [dead, graves, ghosts, fate, accepted, done, runs, cut, moved] = [
    ...["dead", "graves", "ghosts", "fate", "accepted", "done", "runs", "cut", "moved"],
  ].map((word) => layout.add(word)) as [
    number,
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
  const runIn = (memory: Int32Array, atomics: Atomics32) => (which: number): void => {
    if (which !== record) throw new Error("another one's");
    release(memory, record, 0, atomics);
    atomics.add(memory, runs, 1);
  };
  /** One look, as `Commons.look` does it; local: how many graves it has seen, and whether that is all. */
  const look: ThreadCall = function look(memory, atomics, { local }) {
    if (local[1] === 1) return;
    beginToLook(memory, home + SIGNAL, atomics);
    const over = atomics.load(memory, done) === tellers;
    const seen = atomics.load(memory, graves);
    const mourns = seen !== local[0];
    local[0] = seen;
    const run = runIn(memory, atomics);
    goThrough(memory, home, run, atomics);
    if (mourns && !adopt(memory, dying, home, range, run, atomics)) local[0] = -1;
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
    if (killsOther) killIt(memory, other, 0, ghosts, atomics);
    killIt(memory, dying, 0, ghosts, atomics);
    if (!goesOn) leave(memory, dying, 0, ghosts, atomics);
    bury(
      memory,
      dying,
      graves,
      {
        ...{ contexts: range, mutexes: none, records: [record, record + RECORD] },
      },
      { context: dying, discard: noDiscard },
      atomics,
    );
  };
  /** Another thread has the context, if it may be had soon enough. */
  const moveInto: ThreadCall = function moveInto(memory, atomics) {
    const none = [0, 0] as const;
    moveOut(memory, dying, 0, none, noDiscard, atomics);
    const names = atomics.load(memory, dying + DELIVERING) !== 0;
    // Once the record was not scheduled, the dead one has scheduled nothing that is left.
    const settled = rounds === 0 &&
      whatOf(atomics.load(memory, record + STATE)) !== SCHEDULED;
    const got = moveIn(memory, dying, 0, atomics) !== undefined;
    if (settled && !got) throw new Error("it may be had");
    if (got) {
      begin(memory, dying, atomics);
      atomics.store(memory, moved, names ? 2 : 1);
      if (schedule(memory, record, 0, dying, atomics) === "scheduled") {
        atomics.add(memory, accepted, 1);
      }
    }
    tell(memory, atomics);
  };
  const tellers = 1 + (goesOn ? 1 : 0) + (movesIn ? 1 : 0);
  const noDiscard = (): void => {
    throw new Error("there is nothing to discard");
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
        [...(goesOn ? [] : [kill]), buryIt, ...(movesIn ? [moveInto] : [])],
      ],
      ...(movesIn
        ? {
          sometimes: {
            "another thread has the context of the dead one": (memory) => memory[moved] === 1,
            "that has begun to schedule": (memory) => memory[moved] === 2,
            "nobody may have it yet": (memory) => memory[done] === 2 && memory[moved] === 0,
          },
        }
        : {}),
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
