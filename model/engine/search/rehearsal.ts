/**
 * Whether the functions of a spec depend on the state and the parameters alone, and guards only
 * look. What a step did once it must do again: traces are replayed, and states are found in the
 * order of the search.
 *
 * @module
 */
import { same } from "../language/answers.ts";
import { ImpureError, show } from "../language/errors.ts";
import type { Machine } from "./machine.ts";

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
