/**
 * What the functions of a spec may answer: guards and claims true or false, steps a value that is
 * there at once. Anything else would be taken for true, or for a step that does nothing.
 *
 * @module
 */
import { isDeepStrictEqual } from "node:util";
import { isIterator, show, SpecError } from "./errors.ts";

/** The answer of a guard or a claim; throws where that is no boolean. */
export function truth(answer: unknown, what: string): boolean {
  if (typeof answer === "boolean") return answer;
  throw new SpecError(
    `Cannot use what ${what} returned: expected true or false, got ${got(answer)}`,
  );
}

/** What a step answers, in plain form: a view in it looks at a state that goes on. */
export function answerOf(
  answer: unknown,
  what: string,
  around: readonly object[] = [],
): unknown {
  if (typeof answer !== "object" || answer === null || around.includes(answer)) return answer;
  // INVARIANT: only generated views have $plain.
  const view = answer as { $plain?: () => unknown; then?: unknown };
  if (typeof view.$plain === "function") return view.$plain();
  if (typeof view.then === "function" || isIterator(view)) {
    throw new SpecError(
      `Cannot use what ${what} returned: expected a value, got ${got(answer)}: ` +
        `a step is made at once, in one call`,
    );
  }
  const inside = [...around, answer];
  if (Array.isArray(answer)) return answer.map((part) => answerOf(part, what, inside));
  if (Object.getPrototypeOf(answer) !== Object.prototype) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([name, part]) => [name, answerOf(part, what, inside)]),
  );
}

/** Whether two answers are the same value, part by part. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a, b);
}

function got(answer: unknown): string {
  return answer === undefined ? "nothing" : show(answer);
}
