/**
 * The memory that the threads of a program share, as one of them has it: it looks there for what has come when it
 * is told.
 *
 * @module
 */
import { core } from "../core/coroutine.ts";
import { begin } from "../lockfree/life.ts";
import { beginToLook, mayRest, notify, notifySurely, rest, restAsync } from "../lockfree/signal.ts";
import { type AtomicWords, SIGNAL } from "../lockfree/words.ts";
import { type Ground, hostGround } from "./_ground.ts";
import { CROWDS, freshMemory, GRAVES, type Memory } from "./_layout.ts";
import { Lives } from "./_lives.ts";
import { Records } from "./_records.ts";
import { Vigil } from "./_vigil.ts";

const { flushByHost } = core;

/** The inside of a lock that a thread knows. */
export interface Known {
  toString(): string;
  /** Takes those out of its line that have given up, if this thread is to. Other locks need not be told. */
  sweep?(): void;
}

/** One thread's view. */
export class Commons {
  readonly memory: Memory;
  readonly ground: Ground;
  readonly atomics: AtomicWords;
  readonly lives: Lives;
  /** This thread's context. */
  readonly context: number;
  readonly records: Records;
  readonly vigil: Vigil;
  /** Are called when another thread has died, or a mutex was abandoned. */
  readonly mourners: Set<() => void> = new Set();
  /** Is called with each notification: messages may have come. */
  readonly inboxes: Set<() => boolean> = new Set();
  /** The inside of the locks that this thread knows, by where they are. */
  readonly locks: Map<number, Known> = new Map();
  /** Whether the thread looks by itself, and needs no help of the host's. */
  readonly looksItself: boolean;
  /** Whether the host will tell when somebody notifies. */
  #armed = false;
  /** How many graves it has seen, … */
  #graves = 0;
  /** … and how many times somebody was told that many have given up. */
  #crowds = 0;
  #notified: Promise<void> | undefined;

  /**
   * @param memory That of the threads that there are; by default, of a program with one.
   * @param context What the one that has started this thread has reserved for it.
   * @param ground What it stands on; by default, its host.
   */
  constructor(memory: Memory = freshMemory(), context?: number, ground: Ground = hostGround()) {
    const { atomics } = ground;
    this.memory = memory;
    this.ground = ground;
    this.atomics = atomics;
    this.lives = new Lives(memory, atomics);
    this.looksItself = context !== undefined;
    this.context = context ?? this.lives.reserve(0).at;
    // If it was killed meanwhile, it finds that when it has loaded its module.
    begin(memory, this.context, atomics);
    this.records = new Records(memory, this.context, ground);
    this.vigil = new Vigil(memory, this.context, ground);
  }

  /** This thread has started others, or all of those have ended. */
  keepProgram(others: boolean): void {
    // One that has been started itself says what it does, and its parent keeps the vigil.
    if (!this.looksItself) this.vigil.keep(others);
  }

  /** Tells another thread. */
  notify(context: number): void {
    notify(this.memory, context + SIGNAL, this.atomics);
  }

  /** Tells the thread of a context that many have given up for what it holds. */
  tellOfCrowd(context: number): void {
    this.atomics.add(this.memory, CROWDS, 1);
    this.notify(context);
  }

  /** Sees to all that has come. Answers whether there was anything. */
  look(): boolean {
    const { memory } = this;
    beginToLook(memory, this.context + SIGNAL, this.atomics);
    let found = false;
    const graves = this.atomics.load(memory, GRAVES);
    const mourns = graves !== this.#graves;
    // Others have its locks by now: this thread is being killed, and has not come to its end yet.
    if (mourns && !this.lives.has(this.context)) return false;
    if (mourns) {
      this.#graves = graves;
      for (const mourner of [...this.mourners]) mourner();
      found = true;
    }
    const crowds = this.atomics.load(memory, CROWDS);
    if (crowds !== this.#crowds) {
      this.#crowds = crowds;
      for (const lock of this.locks.values()) lock.sweep?.();
    }
    for (const inbox of [...this.inboxes]) if (inbox()) found = true;
    if (this.records.takeScheduled()) found = true;
    if (mourns && !this.records.adopt()) {
      // So it does not rest before it has looked again.
      this.#graves = -1;
      this.#notifyItself();
    }
    try {
      flushByHost();
    } catch (error) {
      this.ground.report(error);
    }
    if (found) this.vigil.goOn();
    // Whoever notifies from now on finds the thread awake: so the one that waits for it must not wait on.
    if (this.#armed && this.#notified !== undefined) this.#notifyItself();
    return found;
  }

  /** Whoever waits to be notified looks again. */
  #notifyItself(): void {
    notifySurely(this.memory, this.context + SIGNAL, this.atomics);
  }

  /** The thread has nothing to do: may it sleep? */
  mayRest(): boolean {
    return mayRest(this.memory, this.context + SIGNAL, this.atomics);
  }

  /** Stops the thread until somebody notifies, for so many milliseconds at most. */
  rest(milliseconds: number): void {
    rest(this.memory, this.context + SIGNAL, milliseconds, this.atomics);
  }

  /** Lets the host call {@linkcode Commons.look} when somebody has notified, from now on. */
  listen(): void {
    if (this.#armed || this.looksItself) return;
    this.#armed = true;
    void this.#listen();
  }

  async #listen(): Promise<void> {
    for (;;) {
      try {
        while (!this.mayRest()) this.look();
        await this.notified();
        this.look();
      } catch (error) {
        // Whatever one thing that has come fails with, it is looked at what comes next.
        this.ground.report(error);
      }
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
}

let commons: Commons | undefined;

/** This thread's. */
export function commonsNow(): Commons {
  return commons ??= new Commons();
}

/** This thread is one of those that share that memory, and looks by itself. */
export function joinCommons(memory: Memory, context: number, ground?: Ground): Commons {
  return commons = new Commons(memory, context, ground);
}

/** What this thread has joined is not its own any more. */
export function leaveCommons(): void {
  commons = undefined;
}
