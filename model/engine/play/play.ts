/**
 * One run of calls on a real object, each of them compared with what the model says.
 *
 * @module
 */
import { types } from "node:util";
import { same } from "../language/answers.ts";
import type { Difference } from "../language/difference.ts";
import { messageOf, show, SpecError } from "../language/errors.ts";
import type { Plain } from "../language/types.ts";
import type { Step } from "../search/graph.ts";
import type { Machine } from "../search/machine.ts";
import type { Binding, Call, Outcome } from "./binding.ts";
import type { Observer } from "./observe.ts";

/** Where the real code did not do what the model says. */
export interface Mismatch {
  /** What is wrong. */
  readonly kind: "view" | "answer" | "accepted" | "code" | "threw" | "lost" | "claim";
  /** A sentence for people. */
  readonly message: string;
  /** The calls that led there, the last one being the one that went wrong. */
  readonly calls: readonly string[];
  /** What the model expected of the state, and what was seen. */
  readonly differences: readonly Difference[];
}

/** Chooses the next call; undefined when everybody is to go home. */
export type Choose = () => Step | undefined;

/** Everybody is at home at the latest after so many resumptions, or is lost. */
const PATIENCE = 100_000;

/** An initial state: in plain form, frozen, for runs share it; and whether a run has begun well. */
interface Start<T> {
  readonly plain: Plain<T>;
  begun: boolean;
}

/** Plays runs of calls, and stops at the first mismatch. */
export class Player<T, A, R> {
  /** The first mismatch, if there was one. */
  mismatch: Mismatch | undefined;
  /** How many allowed calls were made. */
  replayed = 0;
  /** How many refused calls were made. */
  refused = 0;
  /** Whether the answer of a call was compared with one of the model. */
  answered = false;

  readonly #machine: Machine<T>;
  readonly #binding: Binding<T, A, R>;
  readonly #journal: Int32Array;
  /** The state that the model is in. */
  readonly #state: Int32Array;
  #real: R | undefined;
  /** The initial states in which runs have begun. */
  readonly #starts: Start<T>[] = [];
  #choose: Choose = () => undefined;
  /** Is told when a call has done what it should: the state is then that after it. */
  #arrived: (step: Step) => void = () => {};
  /** The call that is being made. */
  #step: Step | undefined;
  readonly #made: number[] = [];
  /** All calls of this run, those that were refused as they should be too. */
  readonly calls: number[] = [];
  #home = 0;

  readonly #observer: Observer<T, A, R> | undefined;

  constructor(
    machine: Machine<T>,
    binding: Binding<T, A, R>,
    { journal = new Int32Array(2), observer }: {
      readonly journal?: Int32Array | undefined;
      readonly observer?: Observer<T, A, R>;
    } = {},
  ) {
    this.#observer = observer;
    this.#machine = machine;
    this.#binding = binding;
    this.#journal = journal;
    this.#state = new Int32Array(machine.wordCount);
  }

  /** Sets the state that the model is in. */
  at(words: Int32Array, offset: number): void {
    const state = this.#state;
    // INVARIANT: callers pass room for a state at `offset`.
    for (let i = 0; i < state.length; i++) state[i] = words[offset + i]!;
  }

  /**
   * Makes a new object in the initial state `start`, where the model is, and the calls that `choose`
   * chooses. `arrived` is told of each call that was allowed and has answered as it should: it must
   * then set the state with {@linkcode at}.
   */
  run(start: number, choose: Choose, arrived: (step: Step) => void): void {
    const binding = this.#binding;
    this.#choose = choose;
    this.#arrived = arrived;
    this.#step = undefined;
    const earlier = this.#made.splice(0);
    this.calls.length = 0;
    this.#home = 0;
    const begin = this.#startOf(start);
    const real = this.#real = binding.create(begin.plain);
    mustBeThere(real, "create", "the real thing at once");
    this.#compareView();
    if (this.mismatch !== undefined) {
      // Nothing has been called yet. Where a run has begun well before, something was left behind.
      const message = begin.begun
        ? `what create() makes is not new, for calls on an earlier one have changed it: ` +
          this.mismatch.message
        : `what create() makes does not look like the initial state ${brief(begin.plain)}: ` +
          this.mismatch.message;
      const calls = begin.begun ? this.#labels(earlier) : [];
      return void (this.mismatch = { ...this.mismatch, message, calls });
    }
    begin.begun = true;
    this.#play(real);
    if (this.#step !== undefined) this.#fail("lost", "control did not come back from this call");
  }

  /** Lets the binding make the calls. What the spec or the binding throws comes back to our caller. */
  #play(real: R): void {
    const binding = this.#binding;
    let asked = false;
    let fault: { readonly error: unknown } | undefined;
    let played: unknown;
    const next = (outcome?: Outcome): Call | undefined => {
      asked = true;
      try {
        return this.#next(outcome);
      } catch (error) {
        // It goes through the code under test, which may catch it.
        if (!(error instanceof Endless)) fault = { error };
        throw error;
      }
    };
    try {
      if (binding.play !== undefined) played = binding.play(real, next);
      else loop(binding.actions, real, next);
    } catch (error) {
      if (fault === undefined) {
        this.#fail("threw", `an error left the code under test: ${text(error)}`);
      }
    }
    if (fault !== undefined) throw fault.error;
    mustBeThere(played, "play", "it to call next until that returns undefined, before it returns");
    if (asked) return;
    throw new SpecError(
      "Cannot play: the binding's play returned without asking, " +
        `expected it to call next until that returns undefined, before it returns`,
    );
  }

  /** What is known of the initial state `start`, in which the model is now. */
  #startOf(start: number): Start<T> {
    let known = this.#starts[start];
    if (known === undefined) {
      this.#machine.load(this.#state, 0);
      known = { plain: frozen(this.#machine.decode()), begun: false };
      this.#starts[start] = known;
    }
    return known;
  }

  #next(outcome: Outcome | undefined): Call | undefined {
    if (this.#step !== undefined) this.#judge(this.#step, outcome ?? { answer: undefined });
    const step = this.mismatch === undefined ? this.#choose() : undefined;
    if (step === undefined) {
      if (++this.#home > PATIENCE) {
        throw new Endless("it runs for ever after everybody was sent home");
      }
      return undefined;
    }
    this.#step = step;
    this.calls.push(step.k);
    const count = this.#made.push(step.k);
    this.#journal[0] = this.replayed + this.refused + 1;
    this.#journal[1] = count;
    this.#journal[count + 1] = step.k;
    return this.#machine.instances[step.k];
  }

  /** Compares what came of the call that was made with what the model says. */
  #judge(step: Step, outcome: Outcome): void {
    this.#step = undefined;
    if ("answer" in outcome && types.isPromise(outcome.answer)) {
      // It is no answer, and told so; what it comes to is nobody's any more.
      outcome.answer.catch(() => {});
    }
    const { expected } = step;
    if (step.refused) {
      this.refused++;
      if (!("threw" in outcome)) {
        const message = `the call must be refused as ${show(expected)}, it was accepted` +
          (outcome.answer === undefined ? "" : ` and answered ${show(outcome.answer)}`);
        return this.#fail("accepted", message);
      }
      const code = this.#codeOf(outcome.threw);
      if (code !== expected) {
        const got = code === undefined
          ? `${text(outcome.threw)}, which has no code (give it one, or the binding a codeOf)`
          : show(code);
        return this.#fail("code", `the call must be refused as ${show(expected)}, it threw ${got}`);
      }
      this.#compareView();
      // It has changed nothing: no part of the way to a later mismatch.
      if (this.mismatch === undefined) this.#made.pop();
      return;
    }
    this.replayed++;
    if ("threw" in outcome) {
      return this.#fail("threw", `the call must be accepted, it threw ${text(outcome.threw)}`);
    }
    const { answer } = outcome;
    if (expected !== undefined) this.answered = true;
    if (!same(answer, expected)) {
      const message = `the call must answer ${show(expected)}, it answered ${show(answer)}`;
      return this.#fail("answer", message);
    }
    this.#arrived(step);
    this.#compareView();
  }

  #codeOf(error: unknown): string | undefined {
    const { codeOf } = this.#binding;
    if (codeOf !== undefined) {
      let code: unknown;
      try {
        code = codeOf(error);
      } catch (thrown) {
        throw new SpecError(
          `Cannot tell the code of ${text(error)}: codeOf threw ${text(thrown)}`,
        );
      }
      if (code === undefined || typeof code === "string") return code;
      mustBeThere(code, "codeOf", "a code or undefined");
      throw new SpecError(
        `Cannot tell the code of ${text(error)}: codeOf returned ${
          show(code)
        }, expected a code or undefined`,
      );
    }
    if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
    return typeof error.code === "string" ? error.code : undefined;
  }

  /** The state that the model is in against what is seen of the real one. */
  #compareView(): void {
    const { words, view } = this.#machine;
    this.#machine.load(this.#state, 0);
    let viewed: unknown;
    try {
      // INVARIANT: set by run().
      viewed = this.#binding.view(this.#real as R, view);
      this.#machine.mustBeSound();
    } catch (error) {
      return this.#fail("view", `what is seen is no state of the model: ${text(error)}`);
    }
    mustBeThere(viewed, "view", "it to be done at once");
    for (let i = 0; i < words.length; i++) {
      if (words[i] !== this.#state[i]) {
        const message = "the state is not the one that the model expects";
        return this.#fail("view", message, words.slice());
      }
    }
    // INVARIANT: set by run().
    this.#observer?.note(this.#real as R, this.#state);
  }

  #labels(steps: readonly number[]): readonly string[] {
    return steps.map((k) => this.#machine.instances[k]?.label ?? "?");
  }

  #fail(kind: Mismatch["kind"], message: string, seen?: Int32Array): void {
    if (this.mismatch !== undefined) return;
    this.mismatch = {
      kind,
      message,
      calls: this.#labels(this.#made),
      differences: seen === undefined ? [] : this.#machine.differences(this.#state, seen),
    };
    this.#step = undefined;
  }
}

/** Calls from outside, one after the other. */
function loop<A, R>(
  actions: { readonly [N in keyof A]: (real: R, params: A[N]) => unknown },
  real: R,
  next: (outcome?: Outcome) => Call | undefined,
): void {
  for (let call = next(); call !== undefined;) {
    let outcome: Outcome;
    try {
      // INVARIANT: checkActions has seen that there is one for every action of the spec.
      const act = actions[call.action as keyof A];
      outcome = { answer: act(real, call.params as A[keyof A]) };
    } catch (error) {
      outcome = { threw: error };
    }
    call = next(outcome);
  }
}

/**
 * Refuses a promise, or the iterator of a function that is a generator: what a function of the binding should
 * have done has not been done when it returns.
 */
function mustBeThere(returned: unknown, name: string, expected: string): void {
  const promise = types.isPromise(returned);
  // The real thing may well be a generator.
  if (!promise && (name === "create" || !types.isGeneratorObject(returned))) return;
  // What it comes to is nobody's any more.
  if (promise) returned.catch(() => {});
  throw new SpecError(
    `Cannot ${name}: the binding's ${name} returned ${
      promise ? "a promise" : "an iterator"
    }, expected ${expected}`,
  );
}

/** Thrown into code that goes on without end. */
class Endless extends Error {}

/** The value, that nobody can change any more. */
function frozen<V>(value: V): V {
  if (typeof value === "object" && value !== null) {
    Object.values(Object.freeze(value)).forEach(frozen);
  }
  return value;
}

/** A value, as far as it can be taken in at a glance. */
function brief(value: unknown): string {
  const text = show(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

function text(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${messageOf(error)}` : show(error);
}
