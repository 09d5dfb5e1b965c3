/**
 * Threads that schedule what lives on another one, and that one, which sleeps in between: see
 * `src/lockfree/schedule.ts` and `src/lockfree/signal.ts`.
 *
 * @module
 */
import { release, retire, schedule, takeScheduled } from "../../../src/lockfree/schedule.ts";
import { beginToLook, mayRest, rest } from "../../../src/lockfree/signal.ts";
import {
  DELIVERING,
  IDLE,
  NEXT,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
  whatOf,
} from "../../../src/lockfree/words.ts";
import type { ThreadCall } from "../../interleave/types.ts";
import { each, type Explored, Layout } from "./_stage.ts";

/**
 * `schedulers` threads schedule the same coroutine, once each; its thread lets it run until it has run as
 * often as it was scheduled, and then lets it end. Somebody may come late.
 */
export function sharedSchedule({ schedulers }: { schedulers: number }): Explored {
  const layout = new Layout();
  const [accepted, refused, stale, runs, gone] = each(
    5,
    (i) => layout.add(["accepted", "refused", "stale", "runs", "gone"][i] ?? ""),
  );
  const context = layout.context(0);
  const record = layout.record("co", context, stateOf(0, IDLE));
  // What they have of a context is this one word alone.
  const own = each(schedulers, (i) => layout.add(`delivering${i + 1}`) - DELIVERING);

  const scheduleIt: ThreadCall = function scheduleIt(memory, atomics, { id }) {
    const outcome = schedule(memory, record, 0, own[id]!, atomics);
    const at = outcome === "scheduled" ? accepted : outcome === "terminated" ? stale : refused;
    atomics.add(memory, at!, 1);
  };
  /** One round: those that were scheduled run. It sleeps first if there are none. */
  const round: ThreadCall = function round(memory, atomics) {
    for (;;) {
      beginToLook(memory, context + SIGNAL, atomics);
      let next = takeScheduled(memory, context, atomics);
      if (next === 0) {
        if (mayRest(memory, context + SIGNAL, atomics)) {
          rest(memory, context + SIGNAL, Infinity, atomics);
        }
        continue;
      }
      while (next !== 0) {
        const one = next;
        next = atomics.load(memory, one + NEXT);
        release(memory, one, 0, atomics);
        // From here on it may be scheduled again.
        if (atomics.load(memory, gone!) === 1) throw new Error("it runs after its end");
        atomics.add(memory, runs!, 1);
      }
      return;
    }
  };
  const end: ThreadCall = function end(memory, atomics) {
    if (retire(memory, record, 0, atomics)) atomics.store(memory, gone!, 1);
  };
  return {
    interleaving: {
      name: "shared_schedule",
      memory: layout.words,
      threads: [...each(schedulers, () => scheduleIt), [round, end]],
      always: {
        "it runs at most as often as it was scheduled": (memory, at) =>
          memory[runs!]! <= memory[accepted!]! + at.filter((call) => call === "scheduleIt").length,
      },
      sometimes: {
        "one of two is refused": (memory) => memory[refused!]! > 0,
        "one comes when it has ended": (memory) => memory[stale!]! > 0,
        "it is scheduled once more after it has run": (memory) => memory[accepted!] === 2,
        "it sleeps": (memory) => memory[context + SIGNAL] === 2,
      },
      finally: {
        "each is told what became of it": (memory) =>
          memory[accepted!]! + memory[refused!]! + memory[stale!]! === schedulers,
        "no wake-up is lost: it has run as often as it was scheduled, or is in the list": (
          memory,
        ) => memory[runs!]! + (memory[context] === 0 ? 0 : 1) === memory[accepted!]!,
        "what is scheduled is in the list": (memory) =>
          whatOf(memory[record + STATE]!) !== SCHEDULED || memory[context] === record,
        "one that has ended is in no list": (memory) =>
          memory[gone!] === 0 || memory[context] === 0,
      },
    },
    wrong: {
      "nobody is refused": (memory) => memory[refused!] === 0,
      "whoever is scheduled has not ended": (memory) => memory[gone!] === 0 || memory[stale!] === 0,
    },
  };
}
