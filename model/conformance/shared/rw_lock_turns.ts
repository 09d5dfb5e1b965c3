/**
 * How the lock of `specs/shared/rw_lock_turns.ts` meets the code of `src/shared/shared_co_rw_lock.ts`.
 *
 * @module
 */
import { VirtualClock } from "../../../mod.ts";
import { RW_LOCK, WORD } from "../../../src/lockfree/rw_lock.ts";
import { ABANDONED } from "../../../src/lockfree/line.ts";
import { SCHEDULED, STATE, whatOf } from "../../../src/lockfree/words.ts";
import { SharedCoRwLock } from "../../../src/shared/shared_co_rw_lock.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { threadOf, THREADS } from "../../specs/shared/_turns.ts";
import type { rwLockTurns } from "../../specs/shared/rw_lock_turns.ts";
import { type Making, Turn } from "./_turns.ts";

/** What gives up at once. */
const NOW = { timeout: 0, clock: new VirtualClock() };

/** The lock, as each of the threads knows it, and the record by which a thread says that it has it. */
class Lock {
  readonly lock: SharedCoRwLock;
  /** The same once more, as a handle may come to a thread several times. */
  readonly same: SharedCoRwLock;
  readonly share: number;

  constructor({ first, record, clear }: Making<Lock>) {
    // INVARIANT: the first record that a thread takes is its share.
    this.share = record;
    if (first !== undefined) this.lock = SharedCoRwLock.from(first.lock.handle);
    else {
      this.lock = new SharedCoRwLock("l");
      clear(this.lock.handle.at, RW_LOCK);
    }
    this.same = SharedCoRwLock.from(this.lock.handle);
  }
}

type Stage = Turn<Lock>;

type Mode = "read" | "write";
interface Named {
  readonly who: string;
}
interface InMode extends Named {
  readonly mode: Mode;
}

type TurnsSpec = ReturnType<typeof rwLockTurns>;

/** The binding at a scope of the spec. */
export function rwLockTurnsBinding(
  { coroutines: n = 3, timed = 1, leaves = 1, dies = false }: {
    coroutines?: number;
    timed?: number;
    leaves?: number;
    dies?: boolean;
  },
): TurnsSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  return {
    create: () =>
      new Turn(
        { coroutines: n, timed },
        (making) => new Lock(making),
        ({ lock }) => lock.unlock(),
      ),
    actions: {
      lock: (stage, { who, mode }: InMode) =>
        stage.do(who, function* ({ lock }, options) {
          const worth = yield* mode === "read" ? lock.readLock(options) : lock.writeLock(options);
          return worth === lock ? "has it" : "has something else";
        }),
      tryLock: (stage, { who, mode }: InMode) =>
        stage.do(who, function* ({ lock }) {
          return (mode === "read" ? lock.tryReadLock() : lock.tryWriteLock()) ? "taken" : "busy";
        }),
      lockNow: (stage, { who, mode }: InMode) =>
        stage.now(who, function* ({ lock }) {
          yield* mode === "read" ? lock.readLock(NOW) : lock.writeLock(NOW);
          return "has it";
        }),
      waitInCrowd: (stage, { who }: Named) => {
        const { lock } = stage.locksOf(who);
        return stage.inCrowd(lock.handle.at + WORD, who, function* () {
          yield* stage.holds(who) ? lock.upgrade() : lock.writeLock();
        });
      },
      upgrade: (stage, { who }: Named) =>
        stage.do(who, function* ({ lock }, options) {
          return (yield* lock.upgrade(options)) === lock ? "has it" : "has something else";
        }),
      downgrade: (stage, { who }: Named) =>
        stage.do(who, function* ({ lock }) {
          lock.downgrade();
        }),
      unlock: (stage, { who }: Named) =>
        stage.do(who, function* ({ same }) {
          same.unlock();
        }),
      end: (stage, { who }: Named) => stage.end(who),
      ...(leaves > 0
        ? {
          upgradeNow: (stage: Stage, { who }: Named) =>
            stage.now(who, function* ({ lock }) {
              yield* lock.upgrade(NOW);
              return "has it";
            }),
          giveUp: (stage: Stage, { who }: Named) => stage.giveUp(who),
          cancel: (stage: Stage, { who }: Named) => stage.cancel(who),
        }
        : {}),
      look: (stage, { thread }) => stage.look(thread),
      ...(dies ? { die: (stage: Stage) => stage.die() } : {}),
    },
    view(stage, s) {
      stage.view(s);
      const { lock } = stage.threads.t1.locks;
      if (lock.waiters !== s.line.length) throw new Error(`${lock.waiters} are in the line`);
      const left = s.coming.at("t1").length + s.coming.at("t2").length;
      // Each thread has its share.
      const used = THREADS.length + s.line.length + left;
      if (stage.used !== used) throw new Error(`${stage.used} records are in use, not ${used}`);
      s.abandoned = stage.memory[lock.handle.at + ABANDONED] === 1;
      s.owners = lock.locked ? lock.readers || -1 : 0;
      for (const [co, thread] of stage.coroutines) {
        const { name } = co;
        const { lock } = stage.locksOf(name);
        const holds = lock.writer === co ? "write" : "read";
        // Whoever has ended with it has nothing any more, and it is abandoned.
        if (co.status !== "terminated") s.holds.set(name, stage.holds(name) ? holds : null);
        if (thread === "t2" && stage.dead) continue;
        const wants = WANTS[co.waitingOn as keyof typeof WANTS] ?? null;
        const again = wants === "read" && s.wants.at(name) === "read again";
        s.wants.set(name, again ? "read again" : wants);
      }
      for (const thread of THREADS) {
        if (thread === "t2" && stage.dead) continue;
        const { share } = stage.threads[thread].locks;
        const has = s.holds.some((mode, who) => mode !== null && threadOf(n, who) === thread);
        const says = whatOf(stage.memory[share + STATE]!) === SCHEDULED;
        if (says !== has) throw new Error(`${thread} says wrongly whether it has the lock`);
      }
    },
  };
}

/** What one waits for, as `waitingOn` says it. */
const WANTS = {
  'SharedCoRwLock "l" (to read)': "read",
  'SharedCoRwLock "l" (to write)': "write",
  'SharedCoRwLock "l" (to upgrade)': "upgrade",
} as const;
