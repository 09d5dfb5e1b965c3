/**
 * The word `replayInterleaving`.
 *
 * @module
 */
import { show, SpecError } from "../engine/language/errors.ts";
import { stepsOfToken } from "./_machine.ts";
import { planOf } from "./_plan.ts";
import type { InterleaveTrace } from "./report.ts";
import { retrace } from "./_retrace.ts";
import type { Interleaving } from "./types.ts";

/** The name, the steps, and how many operations a call may make, where one has made more. */
const TOKEN = /^([^@]*)@([^@]*)(?:@([1-9]\d*))?$/;

/**
 * Makes the trace of an interleaving again from its token.
 *
 * @example
 * ```ts
 * import { interleave, type Interleaving, replayInterleaving } from "@cofn/coroutine/model";
 *
 * const lost: Interleaving = {
 *   memory: { counter: 0 },
 *   threads: [0, 1].map(() => (memory, atomics) =>
 *     atomics.store(memory, 0, atomics.load(memory, 0) + 1)
 *   ),
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * };
 * const token = interleave(lost).violation?.trace?.token ?? "";
 * if (replayInterleaving(lost, token).memory.counter !== 1) throw new Error("one is lost");
 * ```
 *
 * @param interleaving What the token was made for
 * @param token What a report printed
 * @returns The trace
 * @throws {SpecError} When the token is malformed, of another name, or makes a step that cannot be made
 */
export function replayInterleaving(interleaving: Interleaving, token: string): InterleaveTrace {
  const [, name, path, most = Infinity] = TOKEN.exec(`${token}`.trim()) ?? [];
  const plan = planOf(interleaving, Number(most));
  const steps = path === undefined ? undefined : stepsOfToken(path);
  if (steps === undefined) {
    throw new SpecError(`Cannot replay ${show(token)}: expected a token as reports print it`);
  }
  if (name !== encodeURIComponent(plan.name)) {
    throw new SpecError(`Cannot replay ${show(token)}: expected one of ${show(plan.name)}`);
  }
  const trace = retrace(plan, steps);
  if (trace === undefined) {
    throw new SpecError(`Cannot replay ${show(token)}: it makes a step that cannot be made there`);
  }
  return trace;
}
