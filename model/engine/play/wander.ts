/**
 * Random walks over spec and code together, where there are too many states to visit all: long
 * runs of many parties, and the shortest run that still fails.
 *
 * @module
 */
import * as fc from "fast-check";
import { show, SpecError } from "../language/errors.ts";
import { refuseCount, refuseLimits, refuseUnknown } from "../language/options.ts";
import type { Spec } from "../language/types.ts";
import { count } from "../language/words.ts";
import { compile, type Machine } from "../search/machine.ts";
import { Memory } from "../search/memory.ts";
import { type Limit, Watch } from "../search/watch.ts";
import { type Binding, checkBinding } from "./binding.ts";
import { followCalls } from "./follow.ts";
import { Observer } from "./observe.ts";
import { type Mismatch, Player } from "./play.ts";

/** How far to wander. */
export interface WanderOptions<A> {
  /** How many walks; 100 by default. */
  readonly runs?: number;
  /** The longest walk, in calls; 1,000 by default. */
  readonly steps?: number;
  /** How often an action is chosen, as a whole number; 1 for those left out. */
  readonly weights?: { readonly [N in keyof A]?: number };
  /** Where the choices begin: the same seed makes the same walks. */
  readonly seed?: number;
  /** Stop after so many seconds: the walks that were made until then count. */
  readonly maxSeconds?: number;
  /** Asked some times a second; where it answers true, it stops. */
  readonly stop?: () => boolean;
}

/** What {@linkcode wander} found. */
export interface WanderReport {
  /** The spec's name. */
  readonly spec: string;
  /** No mismatch, and no claim broken, in any walk; and all were made. */
  readonly ok: boolean;
  /** What stopped it; null if nothing did. */
  readonly limit: Limit | null;
  /** How many walks were made, while none failed. */
  readonly runs: number;
  /** Calls that the model allows, carried out on the real code. */
  readonly replayed: number;
  /** Calls that the model forbids, carried out on the real code. */
  readonly refused: number;
  /** Repeats these walks. */
  readonly seed: number;
  /** Wall-clock time. */
  readonly seconds: number;
  /** Fields of the state, or parts of them, that the view never showed: they were not compared. */
  readonly unobserved: readonly string[];
  /** Those that it showed in some of the states that were looked at (some hundred), not in all. */
  readonly partly: readonly string[];
  /** How the shortest walk that was found to fail fails; its calls are those of that walk. */
  readonly mismatch: Mismatch | undefined;
}

/** A choice: an action, and which of its instances. */
type Choice = readonly [action: number, instance: number];

/**
 * Makes random walks: calls that the model allows in the state where it is, or forbids, are made on
 * the real code and compared, as `conform` does; the claims of the spec are checked on the way.
 * When a walk fails, shorter ones are sought that still do (by fast-check).
 *
 * @param spec The spec, at a size of which not every state can be visited.
 * @param binding How it meets the code.
 * @param options How far to wander.
 * @returns What was found.
 * @throws {SpecError} If the binding misses an action or names one that the spec has not; if an
 *   option is out of its range; if no call could be made, or the binding shows nothing.
 *
 * @example A counter that sticks at seven
 * ```ts
 * import { Int, spec, wander } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const counter = spec({
 *   name: "counter",
 *   state: Schema.Struct({ n: Int(0, 9) }),
 *   init: [{ n: 0 }],
 *   actions: { up: { for: {}, when: (s) => s.n < 9, do: (s) => void s.n++ } },
 *   ends: (s) => s.n === 9,
 * });
 * const report = wander(counter, {
 *   create: () => ({ n: 0 }),
 *   actions: { up: (real) => void (real.n = Math.min(7, real.n + 1)) },
 *   view: (real, s) => void (s.n = real.n),
 * });
 * if (report.mismatch?.calls.length !== 8) throw new Error("the eighth step must fail");
 * ```
 */
export function wander<T, A, R>(
  spec: Spec<T, A>,
  binding: Binding<T, A, R>,
  options: WanderOptions<A> = {},
): WanderReport {
  const started = performance.now();
  const machine = compile(spec);
  checkBinding(machine, binding);
  refuseUnknown("Cannot wander", options, [
    ...["runs", "steps", "weights", "seed", "maxSeconds", "stop"],
  ]);
  const { runs = 100, steps = 1000, weights = {}, seed = Date.now() | 0, maxSeconds, stop } =
    options;
  refuseLimits("Cannot wander", options);
  checkOptions(machine, { runs, steps, weights, seed });
  const watch = new Watch({ maxSeconds, stop, memory: new Memory() });
  let made = 0;
  let replayed = 0;
  let refused = 0;
  let mismatch: Mismatch | undefined;
  const observer = new Observer(machine, binding);
  let answered = false;
  let thrown: { readonly error: unknown } | undefined;
  const walk = (start: number, choices: readonly Choice[]): boolean => {
    // What fails is made shorter in any case: that takes a while, and is worth it.
    const ends = () => mismatch === undefined && watch.ends();
    if (thrown !== undefined || ends()) return true;
    const player = new Player(machine, binding, { observer });
    const calls = choices.map(([first, nth]) => first + nth);
    let found: Mismatch | undefined;
    try {
      found = followCalls(machine, player, calls, { start, limit: steps, ends });
    } catch (error) {
      // The spec or the binding is at fault: that is nothing to look for a shorter walk to.
      thrown = { error };
    }
    if (mismatch === undefined && !watch.ended) made++;
    replayed += player.replayed;
    refused += player.refused;
    answered ||= player.answered;
    if (found !== undefined) mismatch = found;
    return found === undefined;
  };
  const details = fc.check(
    fc.property(
      fc.nat(machine.initial.length - 1),
      fc.array(choice(machine, weights), { minLength: 1, maxLength: 2 * steps, size: "max" }),
      walk,
    ),
    { numRuns: runs, seed },
  );
  if (thrown !== undefined) throw thrown.error;
  const limit = mismatch === undefined && watch.ended ? watch.limit ?? null : null;
  if (mismatch === undefined && limit === null && replayed + refused === 0) {
    throw new SpecError(
      `Cannot wander over spec ${show(machine.name)}: no call could be made in ${
        count(runs, "walk")
      }, so nothing was compared; look at within, at the guards and at the weights`,
    );
  }
  return {
    spec: spec.name,
    ok: !details.failed && limit === null,
    limit,
    runs: limit === null ? details.numRuns : made,
    replayed,
    refused,
    seed,
    seconds: (performance.now() - started) / 1000,
    ...(mismatch === undefined && limit === null
      ? observer.shown(answered)
      : { unobserved: [], partly: [] }),
    mismatch,
  };
}

/** Refuses walks that would go nowhere, and weights of actions that there are not. */
function checkOptions(
  machine: Machine<never> | Machine<unknown>,
  { runs, steps, weights, seed }: {
    readonly seed: number;
    readonly runs: number;
    readonly steps: number;
    readonly weights: Readonly<Record<string, number | undefined>>;
  },
): void {
  refuseCount("Cannot wander", "runs", runs, false);
  refuseCount("Cannot wander", "steps", steps, false);
  if (!Number.isSafeInteger(seed)) {
    throw new SpecError(`Cannot wander: expected seed to be an integer, got ${show(seed)}`);
  }
  const known = machine.actions.map(({ name }) => name);
  for (const [name, weight] of Object.entries(weights)) {
    if (!known.includes(name)) {
      throw new SpecError(
        `Cannot weigh action ${show(name)}: spec ${show(machine.name)} has ${known.join(", ")}`,
      );
    }
    if (weight === undefined || (Number.isSafeInteger(weight) && weight >= 0)) continue;
    throw new SpecError(
      `Cannot weigh action ${show(name)}: expected a whole number, 0 or more, got ${show(weight)}`,
    );
  }
  if (known.some((name) => (weights[name] ?? 1) > 0)) return;
  throw new SpecError(`Cannot wander: expected an action of a weight above 0, got none`);
}

/** Chooses an action by its weight, then one of its instances. */
function choice<T>(
  { actions }: Machine<T>,
  weights: Readonly<Record<string, number | undefined>>,
): fc.Arbitrary<Choice> {
  return fc.oneof(
    ...actions.map(({ name, first, count }) => ({
      weight: weights[name] ?? 1,
      arbitrary: fc.tuple(fc.constant(first), fc.nat(count - 1)),
    })),
  );
}
