/**
 * Whether a program with several threads may end: only when nothing is under way in the others that could
 * let a coroutine of this one go on.
 *
 * A host ends a program when this thread has nothing to wait for; that others have, it does not see. So
 * this thread holds a vigil, by a timer, as long as another one says that it works. A thread says so when it
 * begins to sleep, and what its host does meanwhile changes that: so it is asked again at each look.
 *
 * @module
 */

/** What the vigil looks at. */
export interface Others {
  /** Whether any of them works, as far as they have said. */
  work(): boolean;
  /** Lets those that sleep look again, and say anew. */
  ask(): void;
}

/** How often it looks, in milliseconds, when it begins, and when nobody seems to work… */
const SOON_MS = 10;
/** … and at most, while somebody does: twice as long each time. */
const LATE_MS = 100;
/** One that was seen asleep may have been woken by one that was seen asleep after that. */
const IDLE_LOOKS = 3;

/** One thread's. */
export class Vigil {
  readonly #others: Others;
  /** Whether there are any. */
  #keeps = false;
  #listens = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many looks in a row have found that nobody works. */
  #idle = 0;
  /** It was held because the program was about to end, and nothing has happened here since. */
  #farewell = false;

  constructor(others: Others) {
    this.#others = others;
  }

  /** There are others from now on, or none any more. */
  keep(others: boolean): void {
    if (others && !this.#listens) {
      this.#listens = true;
      beforeExit(() => this.#begin(true));
    }
    this.#keeps = others;
    if (others) return this.goOn();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something has just happened that may let others work. */
  goOn(): void {
    this.#idle = 0;
    if (this.#keeps && this.#timer === undefined) this.#begin(false);
  }

  #begin(exit: boolean): void {
    if (!this.#keeps || (exit && this.#farewell)) return;
    this.#farewell = exit;
    this.#idle = 0;
    this.#lookIn(SOON_MS);
  }

  #lookIn(ms: number): void {
    this.#others.ask();
    this.#timer = setTimeout(() => this.#look(ms), ms);
  }

  #look(ms: number): void {
    if (this.#others.work()) {
      this.#idle = 0;
      return this.#lookIn(Math.min(2 * ms, LATE_MS));
    }
    if (++this.#idle < IDLE_LOOKS) return this.#lookIn(SOON_MS);
    this.#timer = undefined;
  }
}

/** The program is about to end, as its host sees it: by then, a vigil may have been over for long. */
function beforeExit(listener: () => void): void {
  const { process } = globalThis as {
    process?: { on?(event: "beforeExit", listener: () => void): void };
  };
  process?.on?.("beforeExit", listener);
}
