/**
 * Threads that others have started, and that end with those: see `src/shared/_lives.ts`.
 *
 * @module
 */
import { ALIVE, isKilled, isTaken } from "../../../src/lockfree/life.ts";
import { GHOSTS } from "../../../src/shared/_layout.ts";
import { Lives } from "../../../src/shared/_lives.ts";
import { each, type Explored } from "../lockfree/_stage.ts";
import { Commoned } from "./_threads.ts";
import type { ThreadCall } from "../../interleave/types.ts";

/** How a life goes on: as of `src/lockfree/life.ts`. */
const GONE = 3;

/**
 * A thread is killed, and with it the two that it has started. One of them is gone: meanwhile another thread
 * starts one, which has its context.
 */
export function sharedLives(): Explored {
  const commoned = new Commoned();
  commoned.mourn();
  const [parent, other, child, living] = each(
    4,
    (t) => commoned.context(t, "life", "work", "delivering", "parent"),
  ) as [number, number, number, number];
  commoned.set("life2", GONE);
  commoned.set("parent2", parent);
  commoned.set("parent3", parent);
  const started = commoned.add("started");
  const livesIn = (memory: Int32Array, atomics: Parameters<ThreadCall>[1]): Lives =>
    new Lives(commoned.whole, commoned.atomics(memory, atomics, (operation) => operation()));

  const kill: ThreadCall = function kill(memory, atomics) {
    livesIn(memory, atomics).kill({ at: parent, life: 0 });
  };
  const start: ThreadCall = function start(memory, atomics) {
    const lives = livesIn(memory, atomics);
    lives.vacate({ at: child, life: 0 }, () => {});
    const { at } = lives.reserve(other);
    if (at === child) atomics.store(memory, started, 1);
  };
  const lifeOf = (memory: Int32Array, context: number): number =>
    memory[commoned.placeOf(context + 2)]!;
  return {
    interleaving: {
      name: "shared_life",
      memory: commoned.words,
      threads: [kill, start],
      sometimes: { "another thread has the context": (memory) => memory[started] === 1 },
      finally: {
        "none is killed but those of the one that is": (memory) =>
          isKilled(lifeOf(memory, parent)) && isKilled(lifeOf(memory, living)) &&
          lifeOf(memory, other) === ALIVE &&
          (memory[started] === 0 ||
            isTaken(lifeOf(memory, child)) && !isKilled(lifeOf(memory, child))),
        "nobody is left who is counted, and does not go on": (memory) =>
          memory[commoned.placeOf(GHOSTS)] === 2,
      },
    },
    wrong: { "nobody has the context": (memory) => memory[started] === 0 },
  };
}
