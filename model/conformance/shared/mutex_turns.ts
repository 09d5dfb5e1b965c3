/**
 * How the mutex and the queue of `specs/shared/mutex_turns.ts` meet the code of `src/shared/shared_co_mutex.ts` and
 * `src/shared/shared_co_queue.ts`.
 *
 * @module
 */
import { VirtualClock } from "../../../mod.ts";
import { ABANDONED } from "../../../src/lockfree/line.ts";
import { LOCKED, MUTEX } from "../../../src/lockfree/mutex.ts";
import { QUEUE } from "../../../src/lockfree/queue.ts";
import { SharedCoMutex } from "../../../src/shared/shared_co_mutex.ts";
import { SharedCoQueue } from "../../../src/shared/shared_co_queue.ts";
import type { Binding } from "../../engine/play/binding.ts";
import type { Spec } from "../../mod.ts";
import { names } from "../../specs/core/_names.ts";
import type { mutexTurns } from "../../specs/shared/mutex_turns.ts";
import { type Making, Turn } from "./_turns.ts";

/** What gives up at once. */
const NOW = { timeout: 0, clock: new VirtualClock() };

/** The mutex and the queue, as each of the threads knows them. */
class Locks {
  readonly mutex: SharedCoMutex;
  /** The same once more, as a handle may come to a thread several times. */
  readonly same: SharedCoMutex;
  readonly queue: SharedCoQueue;

  constructor({ first, clear }: Making<Locks>) {
    if (first === undefined) {
      this.mutex = new SharedCoMutex("m");
      this.queue = new SharedCoQueue(this.mutex, "q");
      clear(this.mutex.handle.at, MUTEX);
      clear(this.queue.handle.at, QUEUE);
    } else {
      this.queue = SharedCoQueue.from(first.queue.handle);
      this.mutex = this.queue.mutex;
    }
    this.same = SharedCoMutex.from(this.mutex.handle);
  }
}

type Stage = Turn<Locks>;

interface Named {
  readonly who: string;
}

type TurnsSpec = ReturnType<typeof mutexTurns>;

/** The binding at a scope of the spec. */
export function mutexTurnsBinding(
  { coroutines: n = 3, timed = 1, leaves = 1, crowd = 2, queue = true, dies = true }: {
    coroutines?: number;
    timed?: number;
    leaves?: number;
    crowd?: number;
    queue?: boolean;
    dies?: boolean;
  },
): TurnsSpec extends Spec<infer T, infer A> ? Binding<T, A, Stage> : never {
  const all = names(n);
  return {
    create: () =>
      new Turn(
        { coroutines: n, timed, crowd },
        (making) => new Locks(making),
        ({ mutex }) => mutex.unlock(),
      ),
    actions: {
      lock: (stage, { who }: Named) =>
        stage.do(who, function* ({ mutex }, options) {
          return (yield* mutex.lock(options)) === mutex ? "has it" : "has something else";
        }),
      tryLock: (stage, { who }: Named) =>
        stage.do(who, function* ({ same }) {
          return same.tryLock() ? "taken" : "busy";
        }),
      lockNow: (stage, { who }: Named) =>
        stage.now(who, function* ({ mutex }) {
          yield* mutex.lock(NOW);
          return "has it";
        }),
      waitInCrowd: (stage, { who }: Named) =>
        stage.inCrowd(stage.locksOf(who).mutex.handle.at + LOCKED, who, function* ({ mutex }) {
          yield* mutex.lock();
        }),
      unlock: (stage, { who }: Named) =>
        stage.do(who, function* ({ same }) {
          same.unlock();
        }),
      end: (stage, { who }: Named) => stage.end(who),
      ...(leaves > 0
        ? {
          giveUp: (stage: Stage, { who }: Named) => stage.giveUp(who),
          cancel: (stage: Stage, { who }: Named) => stage.cancel(who),
        }
        : {}),
      ...(queue
        ? {
          wait: (stage: Stage, { who }: Named) =>
            stage.do(who, function* ({ queue }, options) {
              yield* queue.wait(options);
              return "was told";
            }),
          next: (stage: Stage, { who }: Named) =>
            stage.do(who, function* ({ queue }) {
              return queue.next() ? "one" : "nobody";
            }),
          restartAll: (stage: Stage, { who }: Named) =>
            stage.do(who, function* ({ queue }) {
              queue.restartAll();
            }),
        }
        : {}),
      look: (stage, { thread }) => stage.look(thread),
      ...(dies ? { die: (stage: Stage) => stage.die() } : {}),
    },
    view(stage, s) {
      stage.view(s, (thread) => {
        const passer = `passer of ${thread}`;
        return s.line.includes(passer) || s.coming.at(thread).includes(passer);
      });
      const { t1, t2 } = stage.threads;
      const { mutex, queue } = t1.locks;
      if (mutex.waiters !== s.line.length) throw new Error(`${mutex.waiters} are in the line`);
      s.abandoned = stage.memory[mutex.handle.at + ABANDONED] === 1;
      s.holder = (mutex.holder ?? t2.locks.mutex.holder)?.name ?? null;
      const isComing = [...s.coming.at("t1"), ...s.coming.at("t2")];
      const isPasser = (one: string): boolean => one.startsWith("passer");
      // Whoever passes on has the record of the one that was told, too.
      const passing = [...s.line, ...isComing].filter(isPasser).length;
      const used = s.line.length + s.queue.length + isComing.length + passing;
      // So has one that was told, until it has the mutex again: whether it was, or has given up, nobody can see.
      const again = all.filter((who) => s.wants.at(who) === "lock again").length;
      // What the dead one had of one that was told is nobody's any more.
      const most = used + again + (stage.dead ? 1 : 0);
      if (stage.used < used || stage.used > most) {
        throw new Error(`${stage.used} records are in use, not ${used}`);
      }
      if (queue.empty !== s.queue.every((who) => !all.includes(who))) {
        throw new Error("empty is wrong");
      }
      for (const [co, thread] of stage.coroutines) {
        const { name } = co;
        if (thread === "t2" && stage.dead) continue;
        if (stage.holds(name) !== (s.holder === name && co.status !== "terminated")) {
          throw new Error(`${name} has it, or has not`);
        }
        const wants = co.waitingOn === `${queue}`
          ? "be told"
          : co.waitingOn === `${mutex}`
          ? "lock"
          : null;
        const again = wants === "lock" && s.wants.at(name) === "lock again";
        s.wants.set(name, again ? "lock again" : wants);
      }
    },
  };
}
