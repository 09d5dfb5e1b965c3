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

/**
 * Whether two answers are the same value, part by part: the one notion of it that the checkers have.
 * `0` and `-0` are the same, as no state can tell them apart; `NaN` is itself; a member that is
 * `undefined` is not one that is missing; objects of different classes differ.
 */
export function same(a: unknown, b: unknown): boolean {
  return alike(a, b, []);
}

/** Pairs of objects that are being compared already: where one comes again, it is taken for alike. */
type Around = readonly (readonly [object, object])[];

function alike(a: unknown, b: unknown, around: Around): boolean {
  if (a === b || (a !== a && b !== b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (around.some(([x, y]) => x === a && y === b)) return true;
  const inside: Around = [...around, [a, b]];
  if (a instanceof Map && b instanceof Map) {
    const [some, rest] = parted([...a], ([key]) => key);
    return a.size === b.size &&
      some.every(([key, value]) => b.has(key) && alike(value, b.get(key), inside)) &&
      alikeInSomeOrder(rest, parted([...b], ([key]) => key)[1], inside);
  }
  if (a instanceof Set && b instanceof Set) {
    const [some, rest] = parted([...a], (part) => part);
    return a.size === b.size && some.every((part) => b.has(part)) &&
      alikeInSomeOrder(rest, parted([...b], (part) => part)[1], inside);
  }
  // How dates, errors and the like are compared, the host knows.
  if (!PARTS.has(Object.prototype.toString.call(a))) return isDeepStrictEqual(a, b);
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  const names = namesOf(a);
  return names.length === namesOf(b).length &&
    names.every((name) =>
      shows(b, name) && alike(Reflect.get(a, name), Reflect.get(b, name), inside)
    );
}

/** Those whose keys are found at once, and those whose keys are objects, which are compared one by one. */
function parted<T>(all: readonly T[], keyOf: (one: T) => unknown): [some: T[], rest: T[]] {
  const isFound = (one: T): boolean => Object(keyOf(one)) !== keyOf(one);
  return [all.filter(isFound), all.filter((one) => !isFound(one))];
}

function alikeInSomeOrder(a: readonly unknown[], b: unknown[], around: Around): boolean {
  return a.every((part) => {
    const at = b.findIndex((other) => alike(part, other, around));
    if (at >= 0) b.splice(at, 1);
    return at >= 0;
  });
}

/** What `Object.prototype.toString` says of what is no more than its parts. */
const PARTS: ReadonlySet<string> = new Set(
  ["Object", "Array", "Float32Array", "Float64Array"].map((kind) => `[object ${kind}]`),
);

function namesOf(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((name) => shows(value, name));
}

function shows(value: object, name: PropertyKey): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}

function got(answer: unknown): string {
  return answer === undefined ? "nothing" : show(answer);
}
