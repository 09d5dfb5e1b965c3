/**
 * Whether the functions of a spec depend on the state and the parameters alone, and guards only
 * look. What a step did once it must do again: traces are replayed, and states are found in the
 * order of the search.
 *
 * @module
 */
import { same } from "../language/answers.ts";
import { show, SpecError } from "../language/errors.ts";
import type { Machine } from "./machine.ts";

/** A guard that changed the state, or a guard or step that did one thing, then another. */
export class ImpureError extends SpecError {
  /** The class's name. */
  override readonly name: string = "ImpureError";
  /** What it was. */
  readonly where: "when" | "do";
  /** The instance. */
  readonly step: number;

  constructor(where: "when" | "do", step: number, message: string) {
    super(message);
    this.where = where;
    this.step = step;
  }

  /** Of the guard of instance `step`, or what else must only look: it has changed the state. */
  static meddling(word: string, label: string, step: number): ImpureError {
    const message = `${word} of ${label} changed the state, expected it only to look`;
    return new ImpureError("when", step, message);
  }
}

/** Makes a function that tries an instance twice, and tells whether the step was made. */
export function rehearsal(machine: Machine): (k: number) => boolean {
  const { words } = machine;
  const start = words.slice();
  const once = words.slice();
  const differs = (kept: Int32Array) => kept.some((word, index) => word !== words[index]);
  return (k) => {
    machine.save(start, 0);
    const label = machine.instances[k]?.label;
    const changed = (where: "when" | "do", first: unknown, second: unknown): ImpureError =>
      new ImpureError(
        where,
        k,
        `${where} of ${label} did one thing, then another: first ${show(first)}, ` +
          `then ${show(second)}; expected it to depend on s and its parameters alone`,
      );
    const enabled = machine.enabled(k);
    if (machine.enabled(k) !== enabled) throw changed("when", enabled, !enabled);
    if (!enabled) return false;
    const answer = machine.apply(k);
    machine.save(once, 0);
    machine.load(start, 0);
    const again = machine.apply(k);
    if (differs(once)) {
      const second = machine.decode();
      machine.load(once, 0);
      throw changed("do", machine.decode(), second);
    }
    if (!same(answer, again)) throw changed("do", answer, again);
    return true;
  };
}
