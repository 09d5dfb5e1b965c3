/**
 * Coroutines of several threads on one `SharedCoRwLock`: see `src/shared/shared_co_rw_lock.ts` and
 * `src/shared/_rw_ways.ts`.
 *
 * @module
 */
import type { Co } from "../../../src/core/coroutine.ts";
import { SCHEDULED } from "../../../src/lockfree/words.ts";
import { CoroutineError } from "../../../src/core/errors.ts";
import {
  SharedCoRwLock,
  type SharedCoRwLockHandle,
} from "../../../src/shared/shared_co_rw_lock.ts";
import { VirtualClock } from "../../../src/time/clock.ts";
import { each, type Explored } from "../lockfree/_stage.ts";
import { quitsWhenIdle } from "./mutex.ts";
import { Burial, Commoned, type Here, LOCAL, threadCall } from "./_threads.ts";

/** What a thread does. */
export type RwRound =
  | "read"
  | "write"
  | "upgrade"
  | "downgrade"
  /** Two coroutines of the thread read. */
  | "read two"
  /** The same suspension is used twice. */
  | "write by one"
  | "try to read"
  | "try to write"
  | "read or quit"
  | "write or quit"
  | "upgrade or quit"
  /** Its holder ends, and has not unlocked it. */
  | "abandon";

/** Each thread does what is said, as one coroutine. If it dies, the first one does so anywhere, and another one buries it. */
export function sharedCoRwLock(
  { threads, generation = 0, dies = false }: {
    threads: readonly RwRound[];
    generation?: number;
    dies?: boolean;
  },
): Explored {
  const commoned = new Commoned();
  const at = commoned.lock("SharedCoRwLock", "word", "coming", "nextUp", "abandoned", "serving");
  const handle: SharedCoRwLockHandle = { kind: "SharedCoRwLock", at, name: "rw" };
  const abandons = threads.includes("abandon");
  if (dies) commoned.mourn();
  const contexts = threads.map((_, t) =>
    commoned.context(t, ...(dies && t === 0 ? ["life" as const] : []))
  );
  const PER_THREAD = 4;
  const records = threads.map((_, t) =>
    each(PER_THREAD, (k) => commoned.record(`r${t}.${k}`, t * PER_THREAD + k, generation))
  );
  const [value, writes, reads, gone, told] = ["value", "writes", "reads", "gone", "told"].map(
    (word) => commoned.add(word),
  ) as [number, number, number, number, number];

  const death = dies ? new Burial(commoned, contexts) : undefined;

  /** As long as one of a thread has it, the thread says so. */
  const mustBeMarked = (here: Here): void => {
    const t = contexts.indexOf(here.commons.context);
    // INVARIANT: the first record that a thread takes is its share.
    const share = records[t]!.at(-1)!;
    if ((here.load(commoned.placeOf(share)) & 3) !== SCHEDULED) throw new Error("it seems free");
  };
  const read = (here: Here): void => {
    mustBeMarked(here);
    // A race with a writer would be reported.
    if (here.read(value) < 0) throw new Error("it is never below 0");
    here.add(reads, 1);
  };
  const write = (here: Here): void => {
    mustBeMarked(here);
    here.write(value, here.read(value) + 1);
    here.add(writes, 1);
  };
  function* trying(here: Here, what: () => Co): Co {
    try {
      yield* what();
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
      here.add(error.code === "abandoned" ? told : gone, 1);
    }
  }
  function* reading(here: Here, lock: SharedCoRwLock): Co {
    using _ = yield* lock.readLock();
    read(here);
  }
  function* writing(here: Here, lock: SharedCoRwLock): Co {
    using _ = yield* lock.writeLock();
    write(here);
  }
  /** One that gives up while it waits. */
  function quitting(
    here: Here,
    body: (limit: { readonly timeout: number; readonly clock: VirtualClock }) => Co,
  ): void {
    const clock = new VirtualClock();
    const co = here.start(() => trying(here, () => body({ timeout: 1, clock })));
    quitsWhenIdle(here, () => clock.advance(1), co);
  }
  const bodies: Record<RwRound, (here: Here, lock: SharedCoRwLock) => void> = {
    "read": (here, lock) => void here.start(() => trying(here, () => reading(here, lock))),
    "write": (here, lock) => void here.start(() => trying(here, () => writing(here, lock))),
    "read two": (here, lock) => {
      for (let i = 0; i < 2; i++) bodies.read(here, lock);
    },
    "write by one": (here, lock) =>
      void here.start(function* () {
        const wait = lock.writeLock();
        for (let i = 0; i < 2; i++) {
          yield* wait;
          write(here);
          lock.unlock();
        }
      }),
    "upgrade": (here, lock) =>
      void here.start(function* () {
        using _ = yield* lock.readLock();
        read(here);
        yield* lock.upgrade();
        write(here);
      }),
    "downgrade": (here, lock) =>
      void here.start(function* () {
        using _ = yield* lock.writeLock();
        write(here);
        lock.downgrade();
        read(here);
      }),
    "try to read": (here, lock) =>
      void here.start(function* () {
        if (!lock.tryReadLock()) here.add(gone, 1);
        else {
          read(here);
          lock.unlock();
        }
      }),
    "try to write": (here, lock) =>
      void here.start(function* () {
        if (!lock.tryWriteLock()) here.add(gone, 1);
        else {
          write(here);
          lock.unlock();
        }
      }),
    "read or quit": (here, lock) =>
      quitting(here, function* (limit) {
        using _ = yield* lock.readLock(limit);
        read(here);
      }),
    "write or quit": (here, lock) =>
      quitting(here, function* (limit) {
        using _ = yield* lock.writeLock(limit);
        write(here);
      }),
    "upgrade or quit": (here, lock) =>
      quitting(here, function* (limit) {
        using _ = yield* lock.readLock();
        try {
          yield* lock.upgrade(limit);
          write(here);
        } finally {
          // INVARIANT: it has the lock in any case: a reader again, or the writer.
          read(here);
        }
      }),
    "abandon": (here, lock) =>
      here.fails(function* () {
        yield* lock.writeLock();
      }),
  };
  const all = (of: RegExp): number => threads.filter((round) => of.test(round)).length;
  const wanted = threads.length + all(/two|by one/) + all(/grade/) - all(/abandon/);
  const quits = all(/quit|try/);
  return {
    interleaving: {
      name: "shared_co_rw_lock",
      memory: commoned.words,
      local: LOCAL,
      threads: [
        ...threads.map((round, t) => {
          const call = threadCall(round, commoned, contexts[t]!, records[t]!, (here) => {
            const lock = SharedCoRwLock.from(handle);
            here.lasts(dies ? Infinity : 1);
            bodies[round](here, lock);
          });
          return t === 0 && death !== undefined ? death.of(call) : call;
        }),
        ...(death?.calls ?? []),
      ],
      sometimes: {
        "a thread sleeps": (memory) =>
          all(/try/) > 0 || contexts.some((at) => memory[commoned.placeOf(at + 1)] === 2),
        ...(quits > 0 ? { "one gives up": (memory) => memory[gone]! > 0 } : {}),
        ...(abandons ? { "one is told": (memory) => memory[told]! > 0 } : {}),
      },
      finally: {
        "each has had it, has given up, or was told": (memory) => {
          const had = memory[reads]! + memory[writes]! + memory[gone]! + memory[told]!;
          return dies ? had >= wanted - 1 : had === wanted;
        },
        "no write is lost": (memory) => dies || memory[value] === memory[writes],
        "it is free, and nobody serves": (memory) =>
          abandons || dies ||
          [0, 1, 2, 4].every((word) => memory[commoned.placeOf(at + word)] === 0),
        "no thread has anything to do with it": (memory) =>
          abandons || dies ||
          records.flat().every((record) => (memory[commoned.placeOf(record)]! & 3) === 0),
      },
    },
    wrong: {
      ...(dies ? { "nobody is told": (memory: Int32Array) => memory[told] === 0 } : {}),
      "nobody has it": (memory) => memory[commoned.placeOf(at)]! >> 16 === 0,
    },
  };
}
