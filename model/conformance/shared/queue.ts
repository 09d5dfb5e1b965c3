/**
 * Coroutines of several threads that wait in a `SharedCoQueue`: see `src/shared/shared_co_queue.ts`.
 *
 * @module
 */
import { type Co, Coroutine } from "../../../src/core/coroutine.ts";
import { CoroutineError } from "../../../src/core/errors.ts";
import { VirtualClock } from "../../../src/time/clock.ts";
import { SharedCoQueue, type SharedCoQueueHandle } from "../../../src/shared/shared_co_queue.ts";
import { each, type Explored } from "../lockfree/_stage.ts";
import { mutexIn, quitsWhenIdle } from "./mutex.ts";
import { Burial, Commoned, type Here, LOCAL, threadCall } from "./_threads.ts";

/** What a thread does in a round. */
export type QueueRound =
  | "take"
  /** Two coroutines of the thread take. */
  | "take two"
  /** The same suspension is used as often as it takes. */
  | "take by one"
  /** One waits, another one takes, a third one brings; and the first one gives up when it was told, … */
  | "quit when told"
  /** … or before, and has not the mutex again when it would be. */
  | "quit before"
  /** One waits, and lets the next one go on, or gives up. */
  | "quit alone"
  /** The same, but it is cancelled. */
  | "end alone"
  /** Lets the first one go on that waits, if anybody does. */
  | "tell"
  | "bring"
  /** Brings two, and tells all. */
  | "bring two"
  /** Takes from the other queue, which has the same mutex. */
  | "take other"
  /** One takes from each of both, and each is told. */
  | "both"
  /** Two take, and all are told. */
  | "all"
  /** Waits for what is open, and lets the next one go on; its thread dies when it was told, and has not the mutex again. */
  | "pass, die"
  /** When that one waits: another one does, and a third one opens it, and unlocks when that one was buried. */
  | "pass, open"
  | "bring other"
  /** Has the mutex not. */
  | "tell without";

/** Each thread does what its list says. */
export function sharedCoQueue(
  { threads, generation = 0, dies = false }: {
    threads: readonly (readonly QueueRound[])[];
    generation?: number;
    /** The first thread may die, and is buried by another one. */
    dies?: boolean;
  },
): Explored {
  const commoned = new Commoned();
  const mutex = mutexIn(commoned);
  const all = threads.flat();
  const queueIn = (name: string): SharedCoQueueHandle => ({
    kind: "SharedCoQueue",
    at: commoned.lock(
      "SharedCoQueue",
      ...["first", "last", "length", "left"].map((word) => `${name}.${word}`),
    ),
    name,
    mutex,
  });
  const handles = [queueIn("queue")];
  if (all.some((round) => /other$|both/.test(round))) handles.push(queueIn("other"));
  if (dies) commoned.mourn();
  const contexts = threads.map((_, t) =>
    commoned.context(t, ...(dies && t === 0 ? ["life" as const] : []))
  );
  const PER_THREAD = 4;
  const records = threads.map((_, t) =>
    each(PER_THREAD, (k) => commoned.record(`r${t}.${k}`, t * PER_THREAD + k, generation))
  );
  const [taken, gone, refused, open, ready, quiet] = [
    "taken",
    "gone",
    "refused",
    "open",
    "ready",
    "quiet",
  ].map((
    word,
  ) => commoned.add(word)) as [number, number, number, number, number, number];
  const death = dies ? new Burial(commoned, contexts) : undefined;
  const things = handles.map((_, i) => commoned.add(`things${i}`));

  /** However a wait has ended, the mutex is had again. */
  const mustHold = ({ mutex }: SharedCoQueue): void => {
    if (mutex.holder !== Coroutine.self()) throw new Error("it has not the mutex");
  };
  function* take(here: Here, queue: SharedCoQueue, which: number, once: boolean): Co {
    using _ = yield* queue.mutex.lock();
    const wait = queue.wait();
    while (here.read(things[which]!) === 0) {
      yield* once ? wait : queue.wait();
      mustHold(queue);
    }
    here.write(things[which]!, here.read(things[which]!) - 1);
    here.add(taken, 1);
  }
  function* bring(here: Here, queue: SharedCoQueue, which: number, n: number): Co {
    using _ = yield* queue.mutex.lock();
    here.write(things[which]!, here.read(things[which]!) + n);
    if (n === 1) queue.next();
    else queue.restartAll();
  }
  function* pass(here: Here, queue: SharedCoQueue): Co {
    try {
      using _ = yield* queue.mutex.lock();
      while (here.read(open) === 0) yield* queue.wait();
      queue.next();
    } catch (error) {
      // The mutex is abandoned.
      if (!(error instanceof CoroutineError) || !dies) throw error;
    }
    here.add(taken, 1);
  }
  function* opening(here: Here, queue: SharedCoQueue): Co {
    try {
      using _ = yield* queue.mutex.lock();
      here.write(open, 1);
      queue.next();
      yield;
    } catch (error) {
      if (!(error instanceof CoroutineError) || !dies) throw error;
    }
  }
  function* waitOrQuit(here: Here, queue: SharedCoQueue, wait: () => Co): Co {
    using _ = yield* queue.mutex.lock();
    try {
      yield* wait();
      queue.next();
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
    } finally {
      mustHold(queue);
      here.add(gone, 1);
    }
  }
  const bodies: Record<QueueRound, (here: Here, queues: readonly SharedCoQueue[]) => void> = {
    "take": (here, [queue]) => void here.start(() => take(here, queue!, 0, false)),
    "take two": (here, queues) => {
      for (let i = 0; i < 2; i++) bodies.take(here, queues);
    },
    "take by one": (here, [queue]) => void here.start(() => take(here, queue!, 0, true)),
    "take other": (here, [, queue]) => void here.start(() => take(here, queue!, 1, false)),
    "bring": (here, [queue]) => void here.start(() => bring(here, queue!, 0, 1)),
    "bring two": (here, [queue]) => void here.start(() => bring(here, queue!, 0, 2)),
    "bring other": (here, [, queue]) => void here.start(() => bring(here, queue!, 1, 1)),
    "both": (here, queues) => {
      for (const body of ["take", "take other", "bring other", "bring"] as const) {
        bodies[body](here, queues);
      }
    },
    "all": (here, queues) => {
      bodies["take two"](here, queues);
      bodies["bring two"](here, queues);
    },
    "pass, die": (here, [queue]) => {
      const co = here.start(() => pass(here, queue!));
      let told = false;
      here.whenIdle(() => {
        if (told && co.waitingOn === `${queue!.mutex}`) {
          here.wait(quiet);
          here.die();
        }
        if (told || co.waitingOn !== `${queue}`) return false;
        told = true;
        here.signal(ready);
        return true;
      });
    },
    "pass, open": (here, [queue]) => {
      here.wait(ready);
      here.start(() => pass(here, queue!));
      const opener = here.start(() => opening(here, queue!));
      here.whenIdle(() => {
        if (opener.status !== "suspended" || opener.waitingOn !== undefined) return false;
        here.signal(quiet);
        here.wait(death!.buried);
        opener.enter();
        return true;
      });
    },
    "quit when told": (here, [queue]) => {
      const clock = new VirtualClock();
      here.start(() =>
        waitOrQuit(here, queue!, function* () {
          yield* queue!.wait({ timeout: 1, clock });
        })
      );
      bodies.take(here, [queue!]);
      here.start(function* () {
        yield* bring(here, queue!, 0, 1);
        clock.advance(1);
      });
    },
    "quit alone": (here, [queue]) => {
      const clock = new VirtualClock();
      const co = here.start(() =>
        waitOrQuit(here, queue!, function* () {
          yield* queue!.wait({ timeout: 1, clock });
        })
      );
      quitsWhenIdle(here, () => clock.advance(1), co);
    },
    "end alone": (here, [queue]) => {
      const co = here.start(() =>
        waitOrQuit(here, queue!, function* () {
          yield* queue!.wait();
        })
      );
      quitsWhenIdle(here, () => {
        if (co.waitingOn === `${queue}`) co.cancel();
      }, co);
    },
    "tell": (here, [queue]) =>
      void here.start(function* () {
        using _ = yield* queue!.mutex.lock();
        queue!.next();
      }),
    "quit before": (here, [queue]) => {
      const clock = new VirtualClock();
      here.start(() =>
        waitOrQuit(here, queue!, function* () {
          yield* queue!.wait({ timeout: 1, clock });
        })
      );
      bodies.take(here, [queue!]);
      here.start(function* () {
        using _ = yield* queue!.mutex.lock();
        clock.advance(1);
        here.write(things[0]!, here.read(things[0]!) + 1);
        queue!.next();
      });
    },
    "tell without": (here, [queue]) =>
      void here.start(function* () {
        try {
          queue!.next();
        } catch (error) {
          const code = error instanceof CoroutineError ? error.code : "";
          if (code !== "not-holder" && code !== "not-locked") throw error;
          here.add(refused, 1);
        }
      }),
  };
  const how = (of: RegExp): number => all.filter((round) => of.test(round)).length;
  const wanted = how(/take|quit [bw]|pass/) + how(/^take two/) + 2 * how(/both|all/);
  const quits = how(/quit [abw]|end alone/);
  const firstOf = (i: number): number => commoned.placeOf(handles[i]!.at);
  return {
    interleaving: {
      name: "shared_co_queue",
      memory: commoned.words,
      local: LOCAL,
      threads: threads.map((rounds, t) => {
        const calls = rounds.map((round) =>
          threadCall(round, commoned, contexts[t]!, records[t]!, (here) => {
            if (dies) here.lasts(Infinity);
            bodies[round](here, handles.map((handle) => SharedCoQueue.from(handle)));
          })
        );
        if (t > 0 || death === undefined) return calls;
        return [...calls.map((call) => death.of(call, true)), death.bury];
      }),
      finally: {
        "each has taken, or has given up": (memory) =>
          memory[taken]! >= (dies ? wanted - 1 : wanted) && memory[gone] === quits,
        "nothing is left": (memory) => things.every((at) => memory[at] === 0),
        "nobody is in a queue": (memory) =>
          dies || handles.every((_, i) => memory[firstOf(i)] === 0 && memory[firstOf(i) + 1] === 0),
        "nobody tells without the mutex": (memory) => memory[refused] === how(/^tell without/),
        "all records are idle, and nobody's": (memory) =>
          dies || records.flat().every((record) =>
            (memory[commoned.placeOf(record)]! & 3) === 0 &&
            memory[commoned.placeOf(record + 2)] === 0
          ),
      },
    },
    wrong: { "nobody waits in the queue": (memory) => memory[firstOf(0)] === 0 },
  };
}
