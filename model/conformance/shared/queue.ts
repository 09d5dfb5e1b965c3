/**
 * Coroutines of several threads that wait in a `SharedCoQueue`: see `src/shared/shared_co_queue.ts`.
 *
 * @module
 */
import type { Co } from "../../../src/core/coroutine.ts";
import { CoroutineError } from "../../../src/core/errors.ts";
import { VirtualClock } from "../../../src/time/clock.ts";
import { SharedCoQueue, type SharedCoQueueHandle } from "../../../src/shared/shared_co_queue.ts";
import { each, type Explored } from "../lockfree/_stage.ts";
import { mutexIn, quitsWhenIdle } from "./mutex.ts";
import { Commoned, type Here, LOCAL, threadCall } from "./_threads.ts";

/** What a thread does in a round. */
export type QueueRound =
  | "take"
  /** Two coroutines of the thread take. */
  | "take two"
  /** The same suspension is used as often as it takes. */
  | "take by one"
  /** One waits, and lets the next one go on, or gives up; beside it, another one takes. */
  | "quit beside take"
  /** The same, but it is cancelled. */
  | "end beside take"
  | "bring"
  /** Brings two, and tells all. */
  | "bring two"
  /** Takes from the other queue, which has the same mutex. */
  | "take other"
  | "bring other"
  /** Has the mutex not. */
  | "tell without";

/** Each thread does what its list says. */
export function sharedCoQueue(
  { threads, generation = 0 }: {
    threads: readonly (readonly QueueRound[])[];
    generation?: number;
  },
): Explored {
  const commoned = new Commoned();
  const mutex = mutexIn(commoned);
  const all = threads.flat();
  const queueIn = (name: string): SharedCoQueueHandle => ({
    kind: "SharedCoQueue",
    at: commoned.lock("SharedCoQueue", `${name}.first`, `${name}.last`),
    name,
    mutex,
  });
  const handles = [queueIn("queue")];
  if (all.some((round) => round.endsWith("other"))) handles.push(queueIn("other"));
  const contexts = threads.map((_, t) => commoned.context(t, false));
  const PER_THREAD = 4;
  const records = threads.map((_, t) =>
    each(PER_THREAD, (k) => commoned.record(`r${t}.${k}`, t * PER_THREAD + k, generation))
  );
  const [taken, gone, refused] = ["taken", "gone", "refused"].map((word) => commoned.add(word)) as [
    number,
    number,
    number,
  ];
  const things = handles.map((_, i) => commoned.add(`things${i}`));

  function* take(here: Here, queue: SharedCoQueue, which: number, once: boolean): Co {
    using _ = yield* queue.mutex.lock();
    const wait = queue.wait();
    while (here.read(things[which]!) === 0) yield* once ? wait : queue.wait();
    here.write(things[which]!, here.read(things[which]!) - 1);
    here.add(taken, 1);
  }
  function* bring(here: Here, queue: SharedCoQueue, which: number, n: number): Co {
    using _ = yield* queue.mutex.lock();
    here.write(things[which]!, here.read(things[which]!) + n);
    if (n === 1) queue.next();
    else queue.restartAll();
  }
  function* waitOrQuit(here: Here, queue: SharedCoQueue, wait: () => Co): Co {
    using _ = yield* queue.mutex.lock();
    // INVARIANT: whoever has waited has the mutex again, however that has ended.
    const before = here.read(things[0]!);
    try {
      yield* wait();
      queue.next();
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
    } finally {
      here.write(things[0]!, here.read(things[0]!));
      here.add(gone, 1 + 0 * before);
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
    "quit beside take": (here, [queue]) => {
      const clock = new VirtualClock();
      const co = here.start(() =>
        waitOrQuit(here, queue!, function* () {
          yield* queue!.wait({ timeout: 1, clock });
        })
      );
      bodies.take(here, [queue!]);
      quitsWhenIdle(here, () => clock.advance(1), co);
    },
    "end beside take": (here, [queue]) => {
      const co = here.start(() =>
        waitOrQuit(here, queue!, function* () {
          yield* queue!.wait();
        })
      );
      bodies.take(here, [queue!]);
      quitsWhenIdle(here, () => {
        if (co.waitingOn === `${queue}`) co.cancel();
      }, co);
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
  const wanted = how(/take/) + how(/^take two/);
  const quits = how(/beside/);
  const firstOf = (i: number): number => commoned.placeOf(handles[i]!.at);
  return {
    interleaving: {
      name: "shared_co_queue",
      memory: commoned.words,
      local: LOCAL,
      threads: threads.map((rounds, t) =>
        rounds.map((round) =>
          threadCall(round, commoned, contexts[t]!, records[t]!, (here) => {
            bodies[round](here, handles.map((handle) => SharedCoQueue.from(handle)));
          })
        )
      ),
      sometimes: {
        "one waits in the queue": (memory) => memory[firstOf(0)] !== 0,
      },
      finally: {
        "each has taken, or has given up": (memory) =>
          memory[taken] === wanted && memory[gone] === quits,
        "nothing is left": (memory) => things.every((at) => memory[at] === 0),
        "nobody is in a queue": (memory) =>
          handles.every((_, i) => memory[firstOf(i)] === 0 && memory[firstOf(i) + 1] === 0),
        "nobody tells without the mutex": (memory) => memory[refused] === how(/^tell/),
        "all records are idle, and nobody's": (memory) =>
          records.flat().every((record) =>
            (memory[commoned.placeOf(record)]! & 3) === 0 &&
            memory[commoned.placeOf(record + 2)] === 0
          ),
      },
    },
    wrong: {
      "who waits finds nothing": (memory) => memory[firstOf(0)] === 0 || memory[things[0]!] === 0,
    },
  };
}
