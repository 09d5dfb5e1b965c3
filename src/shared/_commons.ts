/**
 * The memory that the threads of a program share, as one of them sees it: its context there, its records,
 * and what it does when something has come.
 *
 * @module
 */
import { core } from "../core/coroutine.ts";
import { stayUp } from "../time/_host.ts";
import { bury, buryGhosts, type Places, tellAll } from "../lockfree/death.ts";
import {
  begin,
  isTaken,
  kill,
  leave,
  lifeOf,
  lives,
  reserve,
  stop,
  vacate,
} from "../lockfree/life.ts";
import { MUTEX } from "../lockfree/mutex.ts";
import { FRESH, RecordPool } from "../lockfree/pool.ts";
import { orphanOf, takeScheduled, UNCLEAR } from "../lockfree/schedule.ts";
import {
  ASLEEP,
  beginToLook,
  mayRest,
  notify,
  notifySurely,
  rest,
  restAsync,
} from "../lockfree/signal.ts";
import {
  CONTEXT,
  CONTEXT_WORDS,
  DELIVERING,
  generationOf,
  GENERATIONS,
  HEAD,
  IDLE,
  LIFE,
  LOCK,
  NEXT,
  PARENT,
  RECORD,
  SCHEDULED,
  SIGNAL,
  STATE,
  stateOf,
  whatOf,
  WORK,
} from "../lockfree/words.ts";
import { Vigil } from "./_vigil.ts";

const { flushByHost } = core;

// Where things are: 0 is nobody's, as it stands for "none".
export const POOL = 2;
/** How many threads were killed, and may go on. */
const GHOSTS = 4;
/** The first words that no lock has. */
const FRESH_LOCK = 5;
/** How many threads were buried, and mutexes abandoned. */
const GRAVES = 6;
/** The first words that nothing has but locks and queues that are no mutex. */
const FRESH_WORDS = 7;
const CONTEXTS = 16;
const MOST_THREADS = 256;
/** The place of a context is less than 2 ** 15, as a mutex keeps it with something else. */
const LOCKS = CONTEXTS + MOST_THREADS * CONTEXT_WORDS;
const ALL_CONTEXTS = [CONTEXTS, LOCKS] as const;
/** Where contexts are. */
export const contexts: readonly number[] = Array.from(
  { length: MOST_THREADS },
  (_, i) => CONTEXTS + i * CONTEXT_WORDS,
);
/** Behind those for mutexes. */
const WORDS_BEGIN = LOCKS + (1 << 19);
/** Where records begin, which the pool has. */
export const RECORDS = LOCKS + (1 << 20);
const WORDS = 1 << 22;

/** What is before the words of a lock or queue that is no mutex. */
const TAGS = { SharedCoQueue: 0x51554555, SharedCoRwLock: 0x52574c4b } as const;

/** What threads share, beside coroutines. */
export type SharedKind = "SharedCoMutex" | keyof typeof TAGS;

/** The life of a thread: its context, and which one of those that lived there it is. */
export interface Life {
  readonly at: number;
  readonly life: number;
}

/** What a thread does when a record of its own was scheduled. */
export type Receiver = () => void;

/** One thread's view. */
export class Commons {
  readonly memory: Int32Array<SharedArrayBuffer>;
  /** This thread's context. */
  readonly context: number;
  readonly pool: RecordPool;
  /** What becomes of the records of this thread that are scheduled. */
  readonly receivers: Map<number, Receiver> = new Map();
  /** Are called when another thread has died, or a mutex was abandoned. */
  readonly mourners: Set<() => void> = new Set();
  /** Is called with each notification: messages may have come. */
  readonly inboxes: Set<() => boolean> = new Set();
  /** Whether the host will tell when somebody notifies. */
  #armed = false;
  /** Whether the thread looks by itself, and needs no help of the host's. */
  looksItself = false;
  /** The program does not end before others have done what they are at. */
  readonly vigil: Vigil = new Vigil({
    work: () => this.#othersWork(),
    ask: () => this.#askOthers(),
  });
  readonly #places: Places;
  /** How many graves it has seen. */
  #graves = 0;
  #notified: Promise<void> | undefined;
  /** How many wait for what other threads do. */
  #waiting = 0;
  #endStay: (() => void) | undefined;

  /**
   * @param memory That of the threads that there are; by default, of a program with one.
   * @param context What the one that has started this thread has reserved for it.
   */
  constructor(memory: Int32Array<SharedArrayBuffer> = fresh(), context?: number) {
    this.memory = memory;
    this.context = context ?? this.reserveContext().at;
    // If it was killed meanwhile, it finds that when it has loaded its module.
    begin(memory, this.context, Atomics);
    this.pool = new RecordPool(memory, POOL, WORDS);
    this.#places = {
      contexts: ALL_CONTEXTS,
      get mutexes() {
        return [LOCKS, Atomics.load(memory, FRESH_LOCK)] as const;
      },
      get records() {
        return [RECORDS, Math.min(Atomics.load(memory, POOL + FRESH), WORDS)] as const;
      },
    };
  }

  /** A context for a thread. */
  reserveContext(): Life {
    const { memory } = this;
    for (const at of contexts) {
      const life = reserve(memory, at, Atomics);
      if (life === undefined) continue;
      for (const word of [HEAD, SIGNAL, WORK, DELIVERING]) Atomics.store(memory, at + word, 0);
      Atomics.store(memory, at + PARENT, this.context ?? 0);
      return { at, life };
    }
    throw new RangeError(`Cannot start another thread: there are ${MOST_THREADS} of them`);
  }

  /** The next words that nobody has, below an end; nothing is changed if there are none. */
  #reserve(fresh: number, words: number, end: number): number | undefined {
    for (let at = Atomics.load(this.memory, fresh); at + words <= end;) {
      const found = Atomics.compareExchange(this.memory, fresh, at, at + words);
      if (found === at) return at;
      at = found;
    }
    return undefined;
  }

  /** A thread that was buried does nothing any more, for certain: others may have what was its own. */
  vacate({ at: context, life }: Life): void {
    const { memory } = this;
    for (let record = RECORDS; record < Atomics.load(memory, POOL + FRESH); record += RECORD) {
      if (Atomics.load(memory, record + CONTEXT) !== context) continue;
      if (whatOf(Atomics.load(memory, record + STATE)) === IDLE) this.discard(record);
    }
    vacate(memory, context, life, Atomics);
  }

  #childrenOf(parent: number): number[] {
    const { memory } = this;
    return contexts.filter((context) =>
      Atomics.load(memory, context + PARENT) === parent &&
      isTaken(Atomics.load(memory, context + LIFE))
    );
  }

  /** Words for a lock or a queue. Those of mutexes are one behind the other; others have a tag each. */
  allocate(kind: SharedKind, words: number): number {
    const at = kind === "SharedCoMutex"
      ? this.#reserve(FRESH_LOCK, words, WORDS_BEGIN)
      : this.#reserve(FRESH_WORDS, words + 1, RECORDS);
    if (at === undefined) {
      throw new RangeError(`Cannot make another ${kind}: there is no memory left for it`);
    }
    if (kind === "SharedCoMutex") return at;
    Atomics.store(this.memory, at, TAGS[kind]);
    return at + 1;
  }

  /** Whether there is one: handles come from anywhere. */
  has(kind: SharedKind, at: number): boolean {
    if (!Number.isSafeInteger(at)) return false;
    if (kind === "SharedCoMutex") {
      return at >= LOCKS && at < Atomics.load(this.memory, FRESH_LOCK) &&
        (at - LOCKS) % MUTEX === 0;
    }
    return at > WORDS_BEGIN && at < Atomics.load(this.memory, FRESH_WORDS) &&
      Atomics.load(this.memory, at - 1) === TAGS[kind];
  }

  /** Whether there is a record there of that generation, or was: handles come from anywhere. */
  hasRecord(at: number, generation: number): boolean {
    return Number.isSafeInteger(at) && at >= RECORDS && (at - RECORDS) % RECORD === 0 &&
      at < Math.min(Atomics.load(this.memory, POOL + FRESH), WORDS) &&
      Number.isSafeInteger(generation) && generation >= 0 && generation < GENERATIONS;
  }

  /** A record of this thread, in a state; `receive` is called when it is scheduled. */
  record(what: number, lock: number, receive: Receiver): number {
    const { memory } = this;
    const record = this.pool.take();
    if (record === 0) throw new RangeError("Cannot share: there is no memory left for it");
    Atomics.store(memory, record + CONTEXT, this.context);
    Atomics.store(memory, record + LOCK, lock);
    Atomics.store(memory, record + STATE, stateOf(this.generationAt(record), what));
    this.receivers.set(record, receive);
    return record;
  }

  /** The generation of a record. */
  generationAt(record: number): number {
    return generationOf(Atomics.load(this.memory, record + STATE));
  }

  /** Nobody needs a record any more: whoever still knows it by its generation is refused. */
  readonly discard = (record: number): void => {
    this.receivers.delete(record);
    // Should this thread die, that is none of its records.
    Atomics.store(this.memory, record + CONTEXT, 0);
    const next = (this.generationAt(record) + 1) % GENERATIONS;
    Atomics.store(this.memory, record + STATE, stateOf(next, IDLE));
    this.pool.give(record);
  };

  /** Asks another thread to end when it has done what it has begun. */
  stop({ at, life }: Life): void {
    if (stop(this.memory, at, life, Atomics)) this.notify(at);
  }

  /**
   * Another thread is to end now, wherever it is, and so are those that it has started: nobody hands anything to
   * them any more, and they end when they find out. Answers which they are; none if it is no more.
   */
  kill(one: Life): readonly Life[] {
    const { memory } = this;
    if (!kill(memory, one.at, one.life, GHOSTS, Atomics)) return [];
    this.notify(one.at);
    const children = this.#childrenOf(one.at).map((at) => ({
      at,
      life: lifeOf(Atomics.load(memory, at + LIFE)),
    }));
    return [one, ...children.flatMap((child) => this.kill(child))];
  }

  /** A thread is gone, for certain. Answers those that it has started. */
  leave(one: Life): readonly Life[] {
    const [, ...children] = this.kill(one);
    leave(this.memory, one.at, one.life, GHOSTS, Atomics);
    return children;
  }

  /** Settles when a thread that was killed does nothing any more, for certain. */
  async gone({ at, life }: Life): Promise<void> {
    const { memory } = this;
    for (let word; lifeOf(word = Atomics.load(memory, at + LIFE)) === life;) {
      await Atomics.waitAsync(memory, at + LIFE, word).value;
    }
  }

  /** Another thread is dead, or is to be: its locks are abandoned, and those of the ones that it has started. */
  bury(one: Life): void {
    for (const { at } of this.kill(one)) bury(this.memory, at, GRAVES, this.#places, Atomics);
  }

  /** Some thread that was buried may have gone on, and have the lock for which somebody here waits. */
  buryGhosts(): void {
    buryGhosts(this.memory, GHOSTS, GRAVES, this.#places, Atomics);
  }

  /** A mutex was abandoned: whoever waits in a queue with it, in any thread, is let go by nobody. */
  tellAll(): void {
    tellAll(this.memory, GRAVES, ALL_CONTEXTS, 0, Atomics);
  }

  /** Whether this thread was not killed. */
  get lives(): boolean {
    return lives(Atomics.load(this.memory, this.context + LIFE));
  }

  /** Tells another thread. */
  notify(context: number): void {
    notify(this.memory, context + SIGNAL, Atomics);
  }

  /** Sees to all that has come. Answers whether there was anything. */
  look(): boolean {
    const { memory } = this;
    beginToLook(memory, this.context + SIGNAL, Atomics);
    let found = false;
    const graves = Atomics.load(memory, GRAVES);
    const mourns = graves !== this.#graves;
    // Others have its locks by now: this thread is being killed, and has not come to its end yet.
    if (mourns && !this.lives) return false;
    if (mourns) {
      this.#graves = graves;
      for (const mourner of [...this.mourners]) mourner();
      found = true;
    }
    for (const inbox of [...this.inboxes]) if (inbox()) found = true;
    if (this.#takeScheduled()) found = true;
    if (mourns) this.#adopt();
    try {
      flushByHost();
    } catch (error) {
      report(error);
    }
    if (found) this.vigil.goOn();
    // Whoever notifies from now on finds the thread awake: so the one that waits for it must not wait on.
    if (this.#armed && this.#notified !== undefined) this.notifyItself();
    return found;
  }

  /** Whoever waits to be notified looks again. */
  notifyItself(): void {
    notifySurely(this.memory, this.context + SIGNAL, Atomics);
  }

  /** Those that were scheduled here go on. Answers whether there were any. */
  #takeScheduled(): boolean {
    const { memory } = this;
    const first = takeScheduled(memory, this.context, Atomics);
    for (let next = first; next !== 0;) {
      const record = next;
      // INVARIANT: read before the record is let go, as it may be in another list then.
      next = Atomics.load(memory, record + NEXT);
      this.#goOn(record);
    }
    return first !== 0;
  }

  #goOn(record: number): void {
    try {
      this.receivers.get(record)?.();
    } catch (error) {
      report(error);
    }
  }

  /** What a dead thread has scheduled here, and not told, goes on all the same. */
  #adopt(): void {
    const { memory } = this;
    for (const dead of contexts) {
      const orphan = orphanOf(memory, dead, this.context, ALL_CONTEXTS, Atomics);
      if (orphan === UNCLEAR) {
        // So it does not rest before it has looked again.
        this.#graves = -1;
        this.notifyItself();
      } else if (orphan !== 0) {
        this.#takeScheduled();
        if (whatOf(Atomics.load(memory, orphan + STATE)) === SCHEDULED) this.#goOn(orphan);
      }
    }
  }

  /** The thread has nothing to do: may it sleep? */
  mayRest(): boolean {
    return mayRest(this.memory, this.context + SIGNAL, Atomics);
  }

  /** Stops the thread until somebody notifies, for so many milliseconds at most. */
  rest(milliseconds: number): void {
    rest(this.memory, this.context + SIGNAL, milliseconds, Atomics);
  }

  /** Lets the host call {@linkcode Commons.look} when somebody has notified, from now on. */
  listen(): void {
    if (this.#armed || this.looksItself) return;
    this.#armed = true;
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for (;;) {
      while (!this.mayRest()) this.look();
      await this.notified();
      this.look();
    }
  }

  /** Settles when somebody notifies the thread, which may rest. */
  notified(): Promise<void> {
    // There is one at most, as they cannot be taken back.
    return this.#notified ??= (async () => {
      await restAsync(this.memory, this.context + SIGNAL).value;
      this.#notified = undefined;
    })();
  }

  /** The contexts of other threads. */
  #others(): number[] {
    return contexts.filter((context) =>
      context !== this.context && lives(Atomics.load(this.memory, context + LIFE))
    );
  }

  #othersWork(): boolean {
    const { memory } = this;
    for (const context of this.#others()) {
      if (Atomics.load(memory, context + WORK) !== 0) return true;
      if (Atomics.load(memory, context + SIGNAL) !== ASLEEP) return true;
    }
    return false;
  }

  #askOthers(): void {
    for (const context of this.#others()) this.notify(context);
  }

  /** This thread has started others, or all of those have ended. */
  keepProgram(others: boolean): void {
    // One that has been started itself says what it does, and its parent keeps the vigil.
    if (!this.looksItself) this.vigil.keep(others);
  }

  /** One more waits for another thread: until it waits no longer, the program does not end. */
  beginWaiting(): void {
    if (this.#waiting++ === 0) this.#endStay = stayUp();
  }

  /** It waits no longer. */
  endWaiting(): void {
    if (--this.#waiting === 0) this.#endStay?.();
  }
}

/** An error of a coroutine is the host's to report, and ends nothing here. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function fresh(): Int32Array<SharedArrayBuffer> {
  const memory = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  memory[FRESH_LOCK] = LOCKS;
  memory[FRESH_WORDS] = WORDS_BEGIN;
  memory[POOL + FRESH] = RECORDS;
  return memory;
}

let commons: Commons | undefined;

/** This thread's. */
export function commonsNow(): Commons {
  return commons ??= new Commons();
}

/** This thread is one of those that share that memory. */
export function joinCommons(memory: Int32Array<SharedArrayBuffer>, context: number): Commons {
  commons = new Commons(memory, context);
  commons.looksItself = true;
  return commons;
}
