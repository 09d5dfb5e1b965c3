/**
 * Callbacks that ask for each thing that they do: as puppets do, but without coroutines.
 *
 * @module
 */
import { CoroutineError } from "../../../mod.ts";
import type { Call, Outcome } from "../../engine/play/binding.ts";
import { misstatedIn } from "../core/_said.ts";

type Next = (outcome?: Outcome) => Call | undefined;

/** What is done for an action; what it returns is the answer. */
// deno-lint-ignore no-explicit-any -- each has the parameters of its action
export type Act = (stage: any, params: any) => unknown;

/** What a callback throws when it is told to: no Error, as those are slow to make. */
class Planned {}

/** Whoever tells the callbacks what to do. */
export class Callbacks {
  /** The callbacks that run. */
  readonly running: string[] = [];
  readonly #acts: Readonly<Record<string, Act>>;
  #next: Next = () => undefined;

  constructor(acts: Readonly<Record<string, Act>>) {
    this.#acts = acts;
  }

  /** The callback of that name. */
  call(name: string): void {
    this.running.push(name);
    try {
      const { action } = this.#go({ answer: undefined }) ?? {};
      if (action === "throw") throw new Planned();
    } finally {
      this.running.pop();
    }
  }

  /** The code outside all callbacks: does what it is told until there is nothing left. */
  play(next: Next): void {
    this.#next = next;
    this.#go(undefined);
    // Whoever is called after all have gone home is told nothing.
    this.#next = () => undefined;
  }

  /** Does what it is told until it is to end: by which call? */
  #go(outcome: Outcome | undefined): Call | undefined {
    for (let call; (call = this.#next(outcome)) !== undefined;) {
      // Its end is told when control has come back.
      if (call.action === "return" || call.action === "throw") return call;
      outcome = this.#perform(call);
    }
    return undefined;
  }

  #perform({ action, params }: Call): Outcome {
    try {
      return { answer: this.#acts[action]?.(this, params) };
    } catch (error) {
      if (error instanceof CoroutineError) return { threw: misstatedIn(error) ?? error };
      const failed = error instanceof AggregateError ? error.errors : [error];
      return failed.every((one) => one instanceof Planned)
        ? { answer: `${failed.length} failed` }
        : { threw: error };
    }
  }
}
