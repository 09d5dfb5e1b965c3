/**
 * What a binding shows of the state: what it does not is not compared.
 *
 * @module
 */
import { show, SpecError } from "./errors.ts";
import type { Machine } from "./machine.ts";
import type { Binding } from "./play.ts";

/** Of so many states it is tried out what a binding shows. */
export const MANY = 500;

/**
 * The fields that vary among `states` and that the view of a new object leaves as they were,
 * whatever that was. A binding that shows none of those that vary is refused: nothing would have
 * been compared.
 */
export function unobservedFields<T, A, R>(
  machine: Machine<T>,
  binding: Binding<T, A, R>,
  states: readonly Int32Array[],
): readonly string[] {
  const [first] = states;
  if (first === undefined) return [];
  machine.load(first, 0);
  const real = binding.create(machine.decode());
  const varying = new Set<string>();
  const unseen = new Set<string>();
  const seenOver = (state: Int32Array): Int32Array => {
    machine.load(state, 0);
    binding.view(real, machine.view);
    return machine.words.slice();
  };
  const note = (fields: Set<string>, before: Int32Array, after: Int32Array): void => {
    for (const { path } of machine.differences(before, after)) {
      fields.add(path.replace(/[[.].*/, ""));
    }
  };
  for (const state of states) {
    note(varying, first, state);
    note(unseen, seenOver(first), seenOver(state));
  }
  if (unseen.size > 0 && unseen.size === varying.size) {
    throw new SpecError(
      `Cannot conform to spec ${show(machine.name)}: the binding's view shows none of ${
        [...varying].join(", ")
      }: write into s what can be seen of the real thing`,
    );
  }
  return [...unseen].sort();
}
