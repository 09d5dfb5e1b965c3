/**
 * Whether a program with several threads may end: only when nobody here waits for another one, and nothing is under
 * way in the others that could let a coroutine of this one go on.
 *
 * A host ends a program, and Deno a test, when this thread has nothing to wait for; that others have, it does
 * not see. So when something has happened, this thread holds a vigil, by a timer, as long as another one
 * says that it works; and once more when the program is about to end. A thread says so when it begins to
 * sleep, and what its host does meanwhile changes that: so it is asked again at each look.
 *
 * @module
 */
import { after } from "../time/_host.ts";
import { lives } from "../lockfree/life.ts";
import { ASLEEP, notify } from "../lockfree/signal.ts";
import { LIFE, SIGNAL, WORK } from "../lockfree/words.ts";
import type { Ground } from "./_ground.ts";
import { contexts, type Memory } from "./_layout.ts";

/** How often it looks, in milliseconds, when it begins, and when nobody seems to work… */
const SOON_MS = 10;
/** … and at most, while somebody does: twice as long each time. */
const LATE_MS = 100;
/** One that was seen asleep may have been woken by one that was seen asleep after that. */
const IDLE_LOOKS = 3;

/** One thread's. */
export class Vigil {
  readonly #memory: Memory;
  readonly #context: number;
  readonly #ground: Ground;
  /** Whether there are others. */
  #keeps = false;
  #listens = false;
  /** Takes back the next look, if there is one. */
  #cancel: (() => void) | undefined;
  /** It was held because the program was about to end, and nothing has happened here since. */
  #held = false;
  /** How many wait for what other threads do. */
  #waiting = 0;
  #endStay: (() => void) | undefined;

  constructor(memory: Memory, context: number, ground: Ground) {
    this.#memory = memory;
    this.#context = context;
    this.#ground = ground;
  }

  /** One more waits for another thread: until it waits no longer, the program does not end. */
  beginWaiting(): void {
    if (this.#waiting++ === 0) this.#endStay = this.#ground.stayUp();
  }

  /** It waits no longer. */
  endWaiting(): void {
    if (--this.#waiting === 0) this.#endStay?.();
  }

  /** There are others from now on, or none any more. */
  keep(others: boolean): void {
    this.#keeps = others;
    if (others) return this.#listen();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Something has happened here: what was seen of the others is old. */
  goOn(): void {
    this.#held = false;
    this.#begin();
  }

  /** A host that ends programs tells before it does so. */
  #listen(): void {
    if (this.#listens) return;
    this.#listens = true;
    const { process } = globalThis as {
      process?: { on?(event: "beforeExit", listener: () => void): void };
    };
    process?.on?.("beforeExit", () => {
      if (this.#held) return;
      this.#begin();
      this.#held = true;
    });
  }

  #begin(): void {
    if (this.#keeps && this.#cancel === undefined) this.#lookIn(SOON_MS, 0);
  }

  /** @param idle How many looks in a row have found that nobody works. */
  #lookIn(ms: number, idle: number): void {
    this.#askOthers();
    this.#cancel = after(ms, () => {
      if (this.#othersWork()) this.#lookIn(Math.min(2 * ms, LATE_MS), 0);
      else if (idle + 1 < IDLE_LOOKS) this.#lookIn(SOON_MS, idle + 1);
      else this.#cancel = undefined;
    });
  }

  /** Lets them look again, and say anew. */
  #askOthers(): void {
    for (const context of this.#others()) {
      notify(this.#memory, context + SIGNAL, this.#ground.atomics);
    }
  }

  /** Whether any of them works, as far as they have said. */
  #othersWork(): boolean {
    const memory = this.#memory;
    const { atomics } = this.#ground;
    for (const context of this.#others()) {
      if (atomics.load(memory, context + WORK) !== 0) return true;
      if (atomics.load(memory, context + SIGNAL) !== ASLEEP) return true;
    }
    return false;
  }

  /** The contexts of the other threads. */
  #others(): number[] {
    return contexts.filter((context) =>
      context !== this.#context && lives(this.#ground.atomics.load(this.#memory, context + LIFE))
    );
  }
}
