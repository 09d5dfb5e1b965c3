/**
 * Whether a program with several threads may end: only when nothing is under way in the others that could
 * let a coroutine of this one go on.
 *
 * A host ends a program, and Deno a test, when this thread has nothing to wait for; that others have, it does
 * not see. So when something has happened, this thread holds a vigil, by a timer, as long as another one
 * says that it works; and once more when the program is about to end. A thread says so when it begins to
 * sleep, and what its host does meanwhile changes that: so it is asked again at each look.
 *
 * @module
 */
import { after } from "../time/_host.ts";

/** What the vigil looks at. */
export interface Others {
  /** Whether any of them works, as far as they have said. */
  work(): boolean;
  /** Lets them look again, and say anew. */
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
  /** Takes back the next look, if there is one. */
  #cancel: (() => void) | undefined;
  /** It was held because the program was about to end, and nothing has happened here since. */
  #held = false;

  constructor(others: Others) {
    this.#others = others;
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
    this.#others.ask();
    this.#cancel = after(ms, () => {
      if (this.#others.work()) this.#lookIn(Math.min(2 * ms, LATE_MS), 0);
      else if (idle + 1 < IDLE_LOOKS) this.#lookIn(SOON_MS, idle + 1);
      else this.#cancel = undefined;
    });
  }
}
