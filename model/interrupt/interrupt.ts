/**
 * Ctrl-C while a search runs: it is to stop, and to say what it has found. A search holds its thread, so another
 * one listens. Pressed again, or while there is no search, it ends the program at once.
 *
 * @module
 */
import { STATE } from "./state.ts";

/** Listens, from `begin` on, until the program ends. */
export class Interrupt {
  readonly #state: Int32Array;

  private constructor(state: Int32Array) {
    this.#state = state;
  }

  /** Begins to listen. */
  static async begin(): Promise<Interrupt> {
    const state = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(import.meta.resolve("./_listener.ts"), { type: "module" });
    await new Promise<void>((resolve) => {
      worker.onmessage = () => resolve();
      // Where nobody can listen, Ctrl-C ends the program.
      worker.onerror = (event) => {
        event.preventDefault();
        resolve();
      };
      worker.postMessage(state);
    });
    return new Interrupt(state);
  }

  /** Whether it was asked to stop. */
  get stopped(): boolean {
    return Atomics.load(this.#state, 0) === STATE.stopped;
  }

  /** Searches: meanwhile it can be asked to stop. */
  during<R>(search: () => R): R {
    Atomics.compareExchange(this.#state, 0, STATE.idle, STATE.searching);
    try {
      return search();
    } finally {
      Atomics.compareExchange(this.#state, 0, STATE.searching, STATE.idle);
    }
  }
}
