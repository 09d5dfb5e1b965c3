/**
 * What a spec and the code that does the same have in common: a binding of the one to the other.
 *
 * @module
 */
import { show, SpecError } from "../language/errors.ts";
import { refuseUnknown } from "../language/options.ts";
import type { Plain, View } from "../language/types.ts";
import type { Machine } from "../search/machine.ts";

/** What came of a call on the real code. */
export type Outcome = { readonly answer: unknown } | { readonly threw: unknown };

/** A call to make on the real code: an action of the spec with its parameters. */
export interface Call {
  /** The action's name. */
  readonly action: string;
  /** Its parameters. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Both, for people: `lock(m=m1)`. */
  readonly label: string;
}

/**
 * How a spec meets the code: what each action is, and how the model's state can be seen there.
 */
export interface Binding<T, A, R> {
  /**
   * Makes the real thing, new each time, in the state in which the spec begins: it is given that
   * (frozen), for specs that have several.
   */
  create(initial: Plain<T>): R;
  /** Carries each action out. What it returns must equal what the model's `do` returns; what it throws is a refusal. */
  readonly actions: { readonly [N in keyof A]: (real: R, params: A[N]) => unknown };
  /**
   * Writes what can be seen of the real thing into `s`, which holds the state that the model
   * expects. What it leaves alone is not compared (and reported as not observed).
   */
  view(real: R, s: View<T>): void;
  /** The error code of what a refused call threw: its `code`, by default. */
  codeOf?(error: unknown): string | undefined;
  /**
   * Makes the calls, for code that must be called from inside itself (a coroutine calls from its
   * body). Ask `next` for each call, passing what came of the one before; when it returns
   * undefined, let everybody go home. By default, a loop over `actions`.
   */
  play?(real: R, next: (outcome?: Outcome) => Call | undefined): void;
}

/** Refuses what is no binding, misses an action, or names one that the spec has not. */
export function checkBinding(machine: Machine<never> | Machine<unknown>, binding: unknown): void {
  const given = Object(binding) as Readonly<Record<string, unknown>>;
  for (const name of ["create", "view"]) {
    if (typeof given[name] === "function") continue;
    throw new SpecError(
      `Cannot bind spec ${show(machine.name)}: expected a function ${name}, got ${
        show(given[name])
      }`,
    );
  }
  refuseUnknown(`Cannot bind spec ${show(machine.name)}`, given, [
    "create",
    "actions",
    "view",
    "codeOf",
    "play",
  ]);
  const { actions } = given;
  if (typeof actions !== "object" || actions === null) {
    throw new SpecError(
      `Cannot bind spec ${show(machine.name)}: expected an object of actions, got ${show(actions)}`,
    );
  }
  const noFunction = Object.entries(actions).find(([, act]) => typeof act !== "function");
  if (noFunction !== undefined) {
    throw new SpecError(
      `Cannot bind action ${show(noFunction[0])}: expected a function, got ${show(noFunction[1])}`,
    );
  }
  const known = machine.actions.map(({ name }) => name);
  for (const name of Object.keys(actions)) {
    if (!known.includes(name)) {
      throw new SpecError(
        `Cannot bind action ${show(name)}: spec ${show(machine.name)} has ${known.join(", ")}`,
      );
    }
  }
  for (const name of known) {
    if (!Object.hasOwn(actions, name)) {
      throw new SpecError(
        `Cannot conform to spec ${show(machine.name)}: the binding has no action ${show(name)}`,
      );
    }
  }
}
