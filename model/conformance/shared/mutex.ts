/**
 * Coroutines of several threads on one `SharedCoMutex`: see `src/shared/shared_co_mutex.ts` and
 * `src/shared/_wait.ts`.
 *
 * @module
 */
import type { Co, Coroutine } from "../../../src/core/coroutine.ts";
import { GENERATIONS } from "../../../src/lockfree/words.ts";
import { CoroutineError } from "../../../src/core/errors.ts";
import { VirtualClock } from "../../../src/time/clock.ts";
import { SharedCoMutex, type SharedCoMutexHandle } from "../../../src/shared/shared_co_mutex.ts";
import { each, type Explored } from "../lockfree/_stage.ts";
import { Burial, Commoned, type Here, LOCAL, threadCall } from "./_threads.ts";

/** The words of a mutex. */
export const MUTEX_WORDS = [
  "locked",
  "coming",
  "nextUp",
  "abandoned",
  "token",
  "sequence",
] as const;

/** Whenever its thread has nothing else to do, a coroutine that waits is given up on, if it has a limit. */
export function quitsWhenIdle(here: Here, quit: () => void, co: Coroutine<unknown>): void {
  here.whenIdle(() => {
    const before = co.waitingOn;
    if (before === undefined) return false;
    quit();
    return co.waitingOn !== before;
  });
}

/** The handle of a mutex that is explored. */
export function mutexIn(commoned: Commoned): SharedCoMutexHandle {
  const at = commoned.lock("SharedCoMutex", ...MUTEX_WORDS);
  return { kind: "SharedCoMutex", at, name: "m" };
}

/** How many times it is wanted in a round, if not once. */
const WANTED: Partial<Record<MutexRound, number>> = {
  "twice": 2,
  "two": 2,
  "quit one": 2,
  "quit two": 3,
  "hold, quit two": 4,
  "abandon": 0,
};

/** How many may give up. */
const QUITS: Partial<Record<MutexRound, number>> = {
  "quit": 1,
  "quit late": 1,
  "cancelled": 1,
  "quit one": 1,
  "quit two": 2,
  "hold, quit two": 2,
};

/** What a thread does in a round. */
export type MutexRound =
  | "lock"
  /** The same suspension is used twice. */
  | "twice"
  /** Two coroutines of the thread want it. */
  | "two"
  /** It gives up at once, or while it waits. */
  | "quit"
  | "quit late"
  /** It is cancelled. */
  | "cancelled"
  /** One gives up while it waits, and another one waits on, which came after it. */
  | "quit one"
  /** Two give up while they wait, and a third one waits on, which came after the first. */
  | "quit two"
  /** One has it, and gives it back when its thread has nothing else to do. */
  | "hold"
  /** Both in one thread. */
  | "hold, quit two"
  /** Its holder ends, and has not unlocked it. */
  | "abandon";

/**
 * Each thread does what its list says; the numbers of generations, and of tokens, begin where it is said. If it
 * dies, the first one does so anywhere, and is buried by another one.
 */
export function sharedCoMutex(
  { threads, generation = 0, token = 0, dies = false }: {
    threads: readonly (readonly MutexRound[])[];
    generation?: number;
    token?: number;
    /** The first thread dies anywhere, or is killed at any time, and goes on until it finds out. */
    dies?: boolean | "goes on";
  },
): Explored {
  const commoned = new Commoned();
  const handle = mutexIn(commoned);
  commoned.set("sequence", token);
  const abandons = threads.flat().includes("abandon");
  if (abandons || dies !== false) commoned.mourn();
  const contexts = threads.map((_, t) =>
    commoned.context(t, ...(dies !== false && t === 0 ? ["life" as const] : []))
  );
  const PER_THREAD = 3;
  const records = threads.map((_, t) =>
    each(PER_THREAD, (k) => commoned.record(`r${t}.${k}`, t * PER_THREAD + k, generation))
  );
  const [counter, had, gone, told] = ["counter", "had", "gone", "told"].map((word) =>
    commoned.add(word)
  ) as [number, number, number, number];
  const all = threads.flat();
  const wanted = all.reduce(
    (n, round) => n + (WANTED[round] ?? 1),
    0,
  );
  const quits = all.reduce((n, round) => n + (QUITS[round] ?? 0), 0);
  const crowds = threads.flat().some((round) => round.startsWith("hold"));
  if (crowds) commoned.tellsOfCrowds();
  const swept = crowds ? commoned.add("swept") : NaN;
  const placeOf = (word: number): number => commoned.placeOf(handle.at + word);
  const death = dies === false ? undefined : new Burial(commoned, contexts, dies === "goes on");

  const work = (here: Here): void => {
    if (abandons && here.load(placeOf(3)) !== 0) throw new Error("one has it that is abandoned");
    here.write(counter, here.read(counter) + 1);
    here.add(had, 1);
  };
  /** Counts what has become of a wait. */
  function* waiting(here: Here, wait: () => Co): Co {
    try {
      yield* wait();
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
      here.add(error.code === "abandoned" ? told : gone, 1);
    }
  }
  /** One has it; answers what gives it back. */
  const hold = (here: Here, mutex: SharedCoMutex): () => boolean => {
    const co = here.start(function* () {
      using _ = yield* mutex.lock();
      work(here);
      yield;
      const left = here.load(gone);
      if (left === quits && mutex.waiters <= wanted - 1 - left) here.add(swept, 1);
    });
    return () => {
      if (mutex.holder !== co) return false;
      co.enter();
      return true;
    };
  };
  const bodies: Record<MutexRound, (here: Here, mutex: SharedCoMutex) => void> = {
    "lock": (here, mutex) =>
      void here.start(() =>
        waiting(here, function* () {
          using _ = yield* mutex.lock();
          work(here);
        })
      ),
    "twice": (here, mutex) =>
      void here.start(function* () {
        const wait = mutex.lock();
        for (let i = 0; i < 2; i++) {
          yield* wait;
          work(here);
          mutex.unlock();
        }
      }),
    "two": (here, mutex) => {
      for (let i = 0; i < 2; i++) bodies.lock(here, mutex);
    },
    "quit": (here, mutex) =>
      void here.start(() =>
        waiting(here, function* () {
          using _ = yield* mutex.lock({ timeout: 0 });
          work(here);
        })
      ),
    "quit late": (here, mutex) => {
      const clock = new VirtualClock();
      const co = here.start(() =>
        waiting(here, function* () {
          using _ = yield* mutex.lock({ timeout: 1, clock });
          work(here);
        })
      );
      quitsWhenIdle(here, () => clock.advance(1), co);
    },
    "quit one": (here, mutex) => {
      bodies["quit late"](here, mutex);
      bodies.lock(here, mutex);
    },
    "quit two": (here, mutex) => {
      bodies["quit late"](here, mutex);
      bodies.lock(here, mutex);
      bodies["quit late"](here, mutex);
    },
    "hold": (here, mutex) => here.whenIdle(hold(here, mutex)),
    "hold, quit two": (here, mutex) => {
      const giveBack = hold(here, mutex);
      bodies["quit two"](here, mutex);
      here.whenIdle(giveBack);
    },
    "cancelled": (here, mutex) => {
      const co = here.start(() =>
        waiting(here, function* () {
          using _ = yield* mutex.lock();
          work(here);
        })
      );
      quitsWhenIdle(here, () => co.cancel(), co);
    },
    "abandon": (here, mutex) =>
      here.fails(function* () {
        yield* mutex.lock();
      }),
  };
  return {
    interleaving: {
      name: "shared_co_mutex",
      memory: commoned.words,
      local: LOCAL,
      threads: [
        ...threads.map((rounds, t) =>
          rounds.map((round) => {
            const call = threadCall(round, commoned, contexts[t]!, records[t]!, (here) => {
              if (dies !== false) here.lasts(Infinity);
              if (dies === "goes on" && t === 0) {
                const { lives, context } = here.commons;
                here.whenIdle(() => {
                  if (!lives.has(context)) here.die();
                  return false;
                });
              }
              if (generation > 0) {
                here.atEnd((atHand) => {
                  for (const record of atHand) {
                    const used = here.load(commoned.placeOf(record)) >>> 2;
                    if (used >= GENERATIONS) throw new Error("its generations are at their end");
                  }
                });
              }
              bodies[round](here, SharedCoMutex.from(handle));
            });
            return t === 0 && death !== undefined ? death.of(call) : call;
          })
        ),
        ...(death === undefined ? [] : [death.calls]),
      ],
      sometimes: {
        ...(threads.length > 1
          ? {
            "a thread sleeps": (memory: Int32Array) =>
              contexts.some((at) => memory[commoned.placeOf(at + 1)] === 2),
          }
          : {}),
        ...(quits > 0 ? { "one gives up": (memory) => memory[gone]! > 0 } : {}),
        ...(crowds ? { "whoever has given up is taken out": (memory) => memory[swept]! > 0 } : {}),
        ...(abandons ? { "one is told": (memory) => memory[told]! > 0 } : {}),
      },
      finally: {
        "each has had it, has given up, or was told": (memory) =>
          memory[had]! + memory[gone]! + memory[told]! >= (dies === false ? wanted : wanted - 1),
        "no two have it at once": (memory) => dies !== false || memory[counter] === memory[had],
        "it is free": (memory) =>
          abandons || dies !== false || [0, 1, 2, 4].every((word) => memory[placeOf(word)] === 0),
        "all records are idle, and nobody's": (memory) =>
          abandons || dies !== false ||
          records.flat().every((record) =>
            (memory[commoned.placeOf(record)]! & 3) === 0 &&
            memory[commoned.placeOf(record + 2)] === 0
          ),
      },
    },
    wrong: {
      ...(generation > 0
        ? {
          "no generation is the last one": (memory: Int32Array) =>
            records.flat().every((record) => memory[commoned.placeOf(record)]! >>> 2 < GENERATIONS),
        }
        : {}),
      ...(dies !== false ? { "nobody is told": (memory: Int32Array) => memory[told] === 0 } : {}),
      "nobody waits": (memory) => (memory[placeOf(0)]! & 0xffff) < 2,
    },
  };
}
