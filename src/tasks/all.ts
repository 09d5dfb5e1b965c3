/**
 * Several coroutines at once: until all have ended, or until the first one has.
 *
 * @module
 */
import { Afresh } from "../core/_afresh.ts";
import { type Co, core, type Coroutine, type Suspension } from "../core/coroutine.ts";
import { Group } from "./_group.ts";
import { kindOf } from "../core/_given.ts";
import { lostOf, type LostOptions, mustRun, resultOf, tellLost } from "./_tasks.ts";

const { fateOf } = core;

/** What some coroutine functions return, one by one. */
export type Results<T extends readonly (() => Suspension<unknown>)[]> = {
  -readonly [I in keyof T]: T[I] extends () => Suspension<infer R> ? R : never;
};

export type { LostOptions };

/**
 * Runs coroutine functions side by side, each in a coroutine of its own, and goes on when all of
 * them have ended: `const [a, b] = yield* all([readA, readB])`. They begin in their order, when
 * this one suspends to wait for them.
 *
 * If one fails, the others are cancelled, and the failure is thrown when they have ended, too. If
 * this one is cancelled, so are they, and it goes on when they have ended. What some have returned then
 * goes to `lost`.
 *
 * @param tasks The functions: generator functions, or such as return a wait.
 * @param options What becomes of results that nobody gets.
 * @returns What `yield*` takes. It is worth what they return, in the order of the functions.
 * @throws What one has failed with; if several have, an `AggregateError`, the first failure first.
 * @throws {CoroutineError} `not-in-coroutine`; `cancelled` if somebody else has cancelled one.
 * @throws {TypeError} If one is no generator function: none has begun then.
 *
 * @example
 * ```ts
 * import { all, Coroutine, sleep, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * const co = Coroutine.create(function* () {
 *   return yield* all([
 *     function* () {
 *       yield* sleep(2e9, clock);
 *       return "slow";
 *     },
 *     function* () {
 *       return "fast";
 *     },
 *   ]);
 * });
 * co.enter();
 * clock.advance(2e9);
 * assertEquals(await co.done, ["slow", "fast"]);
 * ```
 */
export function all<const T extends readonly (() => Suspension<unknown>)[]>(
  tasks: T,
  options?: LostOptions<Results<T>[number]>,
): Suspension<Results<T>> {
  return new Afresh(() => runAll(tasks, options));
}

function* runAll<const T extends readonly (() => Suspension<unknown>)[]>(
  tasks: T,
  options: LostOptions<Results<T>[number]> | undefined,
): Co<Results<T>> {
  mustRun("all");
  listOf("all", tasks);
  const lost = lostOf("run all", options);
  let firstFailed: Coroutine | undefined;
  const group = new Group("all", (child, failed, outcome) => {
    if (!failed) return;
    firstFailed ??= child;
    group.cancel(outcome);
  });
  const children = tasks.map((task) => group.adopt(task));
  for (const child of children) group.run(child);
  try {
    yield* group;
    if (firstFailed !== undefined) throw group.errorOr(fateOf(firstFailed).outcome);
  } catch (error) {
    throw tellLost(children, lost, error);
  }
  // INVARIANT: the children are in the order of the tasks.
  return children.map(resultOf) as Results<T>;
}

/** The functions that somebody gives. */
function listOf<T extends readonly unknown[]>(verb: string, tasks: T): T {
  if (Array.isArray(tasks)) return tasks;
  throw new TypeError(
    `Cannot run ${verb}: expected an array of generator functions, got ${kindOf(tasks)}`,
  );
}

/**
 * Runs coroutine functions side by side, each in a coroutine of its own, until the first one has
 * ended; the others are cancelled then. Goes on when they have ended, too.
 *
 * If this one is cancelled, so are they, and it goes on when they have ended.
 *
 * **A loser may have taken something**, such as an item of a queue, when it hears that it has lost; or
 * it may return in spite of that. What it returns then goes to `lost`: put it back there, or close it.
 * Without `lost` it is dropped.
 *
 * @param tasks The functions; one at least: generator functions, or such as return a wait.
 * @param options What becomes of results that nobody gets.
 * @returns What `yield*` takes. It is worth what the first one to end has returned.
 * @throws What the first one to end has failed with, or else what others have failed with when they
 * cleaned up; if several have, an `AggregateError`, the first failure first.
 * @throws {CoroutineError} `not-in-coroutine`; `cancelled` if somebody else has cancelled all.
 * @throws {TypeError} If one is no generator function, or there is none: none has begun then.
 *
 * @example
 * ```ts
 * import { Coroutine, race, sleep, VirtualClock } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new VirtualClock();
 * function runner(name: string, ns: number) {
 *   return function* () {
 *     yield* sleep(ns, clock);
 *     return name;
 *   };
 * }
 * const co = Coroutine.create(function* () {
 *   return yield* race([runner("tortoise", 9e9), runner("hare", 1e9)]);
 * });
 * co.enter();
 * clock.advance(1e9);
 * assertEquals(await co.done, "hare");
 * ```
 */
export function race<const T extends readonly (() => Suspension<unknown>)[]>(
  tasks: T,
  options?: LostOptions<Results<T>[number]>,
): Suspension<Results<T>[number]> {
  return new Afresh(() => runRace(tasks, options));
}

function* runRace<const T extends readonly (() => Suspension<unknown>)[]>(
  tasks: T,
  options: LostOptions<Results<T>[number]> | undefined,
): Co<Results<T>[number]> {
  mustRun("race");
  const lost = lostOf("race", options);
  listOf("race", tasks);
  if (tasks.length === 0) {
    throw new TypeError("Cannot race: expected one function at least, as nobody would ever win");
  }
  let winner: Coroutine | undefined;
  const group = new Group("race", (child, _failed, outcome) => {
    if (fateOf(child).endsBy(outcome) || winner !== undefined) return;
    winner = child;
    group.cancel(`${child.name} has won the race`);
  });
  const children = tasks.map((task) => group.adopt(task));
  for (const child of children) group.run(child);
  let result: Results<T>[number];
  try {
    yield* group;
    if (group.failures.length > 0) throw group.errorOr(undefined);
    // INVARIANT: what a child of the tasks has returned is one of their results.
    result = resultOf(winner ?? children[0]!) as Results<T>[number];
  } catch (error) {
    throw tellLost(children, lost, error);
  }
  tellLost(children, lost, undefined, winner);
  return result;
}
