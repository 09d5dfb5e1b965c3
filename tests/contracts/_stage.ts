/**
 * Coroutines that do what they are told, one thing at a time, with locks that are local or shared: what comes
 * of it must be the same.
 *
 * @module
 */
import {
  type Co,
  CoMutex,
  CoQueue,
  Coroutine,
  CoroutineError,
  CoRwLock,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  type Suspension,
  VirtualClock,
  type WaitOptions,
} from "@cofn/coroutine";
import { commonsNow } from "../../src/shared/_commons.ts";
import { marksOf } from "./_marks.ts";

/** The locks of one kind. */
export interface Locks {
  readonly mutex: CoMutex | SharedCoMutex;
  readonly rwlock: CoRwLock | SharedCoRwLock;
  readonly queue: {
    wait(options?: WaitOptions): Suspension<void>;
    next(): boolean;
    restartAll(): void;
    readonly empty: boolean;
  };
  /** The mutex was abandoned: where nobody else tells those who wait in the queue, this does. */
  tell?(): void;
}

/** A local queue takes the mutex with each wait, and its `next` asks for none: here it does. */
function localLocks(): Locks {
  const mutex = new CoMutex("m");
  const queue = new CoQueue("q");
  const mustHold = (): void => {
    if (mutex.holder === Coroutine.self()) return;
    throw new CoroutineError(mutex.locked ? "not-holder" : "not-locked", "It does not hold it");
  };
  return {
    mutex,
    rwlock: new CoRwLock("rw"),
    queue: {
      *wait(options) {
        mustHold();
        yield* queue.wait(mutex, options ?? {});
      },
      next() {
        mustHold();
        return queue.next();
      },
      restartAll() {
        mustHold();
        queue.restartAll();
      },
      get empty() {
        return queue.empty;
      },
    },
    tell: () => queue.restartAll(),
  };
}

function sharedLocks(): Locks {
  const mutex = new SharedCoMutex("m");
  return { mutex, rwlock: new SharedCoRwLock("rw"), queue: new SharedCoQueue(mutex, "q") };
}

/** Both kinds. */
export const kinds: Readonly<Record<"local" | "shared", () => Locks>> = {
  local: localLocks,
  shared: sharedLocks,
};

/** What a coroutine is told to do. */
export type Deed = (locks: Locks, options: WaitOptions | undefined) => Co<unknown>;

/** All that one can do with each. */
export const deeds = {
  mutex: {
    *lock({ mutex }, options) {
      return (yield* mutex.lock(options)) === mutex;
    },
    *tryLock({ mutex }) {
      return mutex.tryLock();
    },
    *unlock({ mutex }) {
      mutex.unlock();
    },
  },
  rwlock: {
    *readLock({ rwlock }, options) {
      return (yield* rwlock.readLock(options)) === rwlock;
    },
    *writeLock({ rwlock }, options) {
      return (yield* rwlock.writeLock(options)) === rwlock;
    },
    *tryReadLock({ rwlock }) {
      return rwlock.tryReadLock();
    },
    *tryWriteLock({ rwlock }) {
      return rwlock.tryWriteLock();
    },
    *upgrade({ rwlock }, options) {
      return (yield* rwlock.upgrade(options)) === rwlock;
    },
    *downgrade({ rwlock }) {
      rwlock.downgrade();
    },
    *unlock({ rwlock }) {
      rwlock.unlock();
    },
  },
  queue: {
    *lock({ mutex }, options) {
      return (yield* mutex.lock(options)) === mutex;
    },
    *unlock({ mutex }) {
      mutex.unlock();
    },
    *wait({ queue }, options) {
      yield* queue.wait(options);
    },
    *next({ queue }) {
      return queue.next();
    },
    *restartAll({ queue }) {
      queue.restartAll();
    },
  },
} satisfies Record<string, Record<string, Deed>>;

/** Coroutines, and what has come of what they were told. */
export class Stage {
  readonly clock = new VirtualClock();
  /** What has come of it, for each: in which order they hear of it may differ. */
  readonly log: string[][];
  readonly #locks: Locks;
  readonly #cos: Coroutine<void>[];
  readonly #told: (Deed | "end" | undefined)[] = [];
  readonly #options: (WaitOptions | undefined)[] = [];

  constructor(locks: Locks, coroutines: number) {
    this.#locks = locks;
    this.log = Array.from({ length: coroutines }, () => []);
    this.#cos = Array.from({ length: coroutines }, (_, i) => {
      const co = Coroutine.named(`c${i}`, () => this.#live(i));
      co.done.catch(() => {});
      co.enter();
      return co;
    });
  }

  /** Tells one that has nothing to do. Answers whether it could be told. */
  tell(i: number, deed: Deed | "end", timeout: number | undefined): boolean {
    const co = this.#cos[i]!;
    if (co.status !== "suspended" || co.waitingOn !== undefined) return false;
    this.#told[i] = deed;
    this.#options[i] = timeout === undefined ? undefined : {
      timeout: timeout === 0 ? 0 : timeout + i,
      clock: this.clock,
    };
    try {
      co.enter();
    } catch (error) {
      // It has ended with a lock.
      if (!(error instanceof CoroutineError)) throw error;
      this.#note(i, error.code);
      if (error.code === "locks-held" && this.#locks.mutex.locked) this.#locks.tell?.();
    }
    this.settle();
    return true;
  }

  cancel(i: number): void {
    this.#cos[i]?.cancel();
    this.settle();
  }

  /** Each gives up at a time of its own: what one leaves to the next arrives before that gives up. */
  advance(): void {
    for (let i = 0; i < 10; i++) {
      this.clock.advance(1);
      this.settle();
    }
  }

  /** What was handed over arrives. */
  settle(): void {
    while (commonsNow().look());
  }

  /** All that can be seen. */
  seen(): unknown {
    const { mutex, rwlock, queue } = this.#locks;
    return {
      coroutines: this.#cos.map((co) => [
        co.status,
        co.waitingOn?.replace("Shared", ""),
        co.locksHeld,
      ]),
      mutex: [mutex.locked, mutex.holder?.name],
      rwlock: [rwlock.locked, rwlock.readers, rwlock.writer?.name],
      queue: queue.empty,
    };
  }

  /** Whether the thread says that it has a read-write lock while, and only while, it does. */
  isMarkedRightly(): boolean {
    const { rwlock } = this.#locks;
    if (rwlock instanceof CoRwLock) return true;
    return marksOf(rwlock.handle.at) === (rwlock.locked ? 1 : 0);
  }

  /** Ends those who are left: none of them may be lost. */
  end(): void {
    for (let round = 0; round < 20; round++) {
      this.#cos.forEach((co, i) => {
        if (co.status !== "suspended") return;
        this.tell(i, deeds.queue.lock, 0);
        this.tell(i, deeds.queue.restartAll, undefined);
        this.tell(i, "end", undefined);
        co.cancel();
        this.settle();
      });
      // Nobody else may be left to let one go on that waits, and was cancelled before that.
      const last = Coroutine.named("last", () => this.#letAllGoOn());
      last.done.catch(() => {});
      last.enter();
      this.settle();
    }
    const left = this.#cos.filter((co) => co.status !== "terminated");
    if (left.length > 0) throw new Error(`Those wait for ever: ${left.join()}`);
  }

  *#letAllGoOn(): Co {
    const { mutex, queue } = this.#locks;
    try {
      using _ = yield* mutex.lock({ timeout: 0 });
      queue.restartAll();
    } catch (error) {
      if (!(error instanceof CoroutineError)) throw error;
    }
  }

  #note(i: number, what: string): void {
    this.log[i]?.push(what);
  }

  *#live(i: number): Co {
    for (;;) {
      try {
        yield;
        const told = this.#told[i];
        if (told === undefined) continue;
        if (told === "end") return;
        this.#note(i, `${yield* told(this.#locks, this.#options[i])}`);
      } catch (error) {
        if (!(error instanceof CoroutineError)) throw error;
        this.#note(i, error.code);
        if (error.code === "cancelled") this.#note(i, `holds ${Coroutine.self().locksHeld}`);
      }
    }
  }
}
