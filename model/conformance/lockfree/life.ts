/**
 * Threads that have a context one after the other, and those that stop and kill them, sometimes too late: see
 * `src/lockfree/life.ts`.
 *
 * @module
 */
import { moveIn, moveOut } from "../../../src/lockfree/context.ts";
import {
  begin,
  isKilled,
  isStopping,
  kill,
  leave,
  lifeOf,
  lives,
  stop,
} from "../../../src/lockfree/life.ts";
import { LIFE, PARENT } from "../../../src/lockfree/words.ts";
import type { Atomics32, ThreadCall } from "../../interleave/types.ts";
import { each, type Explored, Layout } from "./_stage.ts";

const NO_RECORDS = [0, 0] as const;
const discard = (): void => {};

/** How far a thread has come: it may be gone without having begun. */
const [RESERVED, GONE, STILLBORN] = [1, 2, 3] as const;

/**
 * Two threads have the context, one after the other, if it is vacant soon enough. Both are buried when they are
 * gone, and another thread stops or kills the first one, at any moment.
 */
export function sharedLife({ ends }: { ends: "stops" | "kills" }): Explored {
  const layout = new Layout();
  const context = layout.context(0);
  layout.set("life0", 0);
  /** Who is in the context: the number of its life, and 1 more. */
  const [inhabitant, refused, ghosts] = ["inhabitant", "refused", "ghosts"].map((word) =>
    layout.add(word)
  );
  const phases = each(2, (life) => layout.add(`thread${life}`));
  const phaseOf = (life: number): number => phases[life]!;

  /** A thread is started, if it gets the context. */
  const start = (life: number): ThreadCall =>
    function start(memory, atomics) {
      if (life > 0) awaitPhase(memory, atomics, life - 1, GONE);
      const got = moveIn(memory, context, 0, atomics);
      if (got === undefined) {
        // It may be vacant a moment later: nobody waits for that here.
        atomics.add(memory, refused!, 1);
        to(memory, atomics, life, GONE);
        return;
      }
      if (got !== life) throw new Error("two threads have the same life");
      to(memory, atomics, life, RESERVED);
    };
  function to(memory: Int32Array, atomics: Atomics32, life: number, phase: number): void {
    atomics.store(memory, phaseOf(life), phase);
    atomics.notify(memory, phaseOf(life));
  }
  function awaitPhase(memory: Int32Array, atomics: Atomics32, life: number, phase: number): void {
    for (let now; (now = atomics.load(memory, phaseOf(life))) < phase;) {
      atomics.wait(memory, phaseOf(life), now);
    }
  }
  /** What a thread does, which may be killed at any moment, and goes on. */
  const live = (life: number): ThreadCall =>
    function live(memory, atomics) {
      awaitPhase(memory, atomics, life, RESERVED);
      if (atomics.load(memory, phaseOf(life)) !== RESERVED) return;
      const begins = begin(memory, context, atomics);
      if (begins) {
        const before = atomics.exchange(memory, inhabitant!, life + 1);
        if (before !== 0) throw new Error("two threads have the context");
        const word = atomics.load(memory, context + LIFE);
        if (lifeOf(word) !== life) throw new Error("another thread has its context");
        if (ends === "stops" && life === 0 && !lives(word)) throw new Error("nobody has killed it");
        if (life > 0 && (!lives(word) || isStopping(word))) throw new Error("it was not meant");
        const after = atomics.exchange(memory, inhabitant!, 0);
        if (after !== life + 1) throw new Error("another thread has come into the context");
      }
      to(memory, atomics, life, begins ? GONE : STILLBORN);
    };
  /** When a thread is gone, others may have its place. */
  const bury = (life: number): ThreadCall =>
    function bury(memory, atomics) {
      awaitPhase(memory, atomics, life, GONE);
      if (!kill(memory, context, life, ghosts!, atomics)) return;
      leave(memory, context, life, ghosts!, atomics);
      moveOut(memory, context, life, NO_RECORDS, discard, atomics);
    };
  const endFirst: ThreadCall = function endFirst(memory, atomics) {
    awaitPhase(memory, atomics, 0, RESERVED);
    if (ends === "stops") stop(memory, context, 0, atomics);
    else kill(memory, context, 0, ghosts!, atomics);
  };
  const both = [0, 1];
  return {
    interleaving: {
      name: "shared_life",
      memory: layout.words,
      always: {
        "who was killed and may go on is counted": (memory) =>
          !isKilled(memory[context + LIFE]!) || memory[ghosts!]! > 0,
      },
      threads: [
        both.map(start),
        ...both.map((life) => [live(life)]),
        both.map(bury),
        [endFirst],
      ],
      finally: {
        "the context is vacant, and each life has had its number": (memory) =>
          memory[context + LIFE] === (2 - memory[refused!]!) << 3,
        "nobody is left who was killed and may go on": (memory) => memory[ghosts!] === 0,
      },
    },
    wrong: {
      ...(ends === "kills"
        ? {
          "whoever has a context begins": (memory) => memory[phases[0]!] !== STILLBORN,
        }
        : { "nobody is asked to stop": (memory) => !isStopping(memory[context + LIFE]!) }),
      "a context is never found taken": (memory) => memory[refused!] === 0,
    },
  };
}

/** Two threads want the same context for others that they start. */
export function sharedStart(): Explored {
  const layout = new Layout();
  layout.add("none");
  const context = layout.context(0);
  layout.set("life0", 0);
  const parents = each(2, (t) => layout.context(t + 1));
  const got = layout.add("got");
  const start: ThreadCall = function start(memory, atomics, { id }) {
    if (moveIn(memory, context, parents[id]!, atomics) === undefined) return;
    if (atomics.exchange(memory, got, parents[id]!) !== 0) throw new Error("two have it");
  };
  return {
    interleaving: {
      name: "shared_life",
      memory: layout.words,
      threads: [start, start],
      finally: {
        "one of them has it, and is the parent": (memory) =>
          memory[got] !== 0 && memory[context + PARENT] === memory[got],
      },
    },
    wrong: { "the first one has it": (memory) => memory[got] !== parents[1] },
  };
}
