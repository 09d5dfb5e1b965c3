/**
 * Every interleaving of the atomic operations of threads that share memory: the word `interleave`.
 *
 * @module
 */
import { refuseCount, refuseLimits, refuseUnknown } from "../engine/language/options.ts";
import type { InterleaveReport } from "./report.ts";
import { planOf } from "./_plan.ts";
import { explore } from "./_search.ts";
import type { InterleaveOptions, Interleaving } from "./types.ts";

const OPTIONS = [
  "maxStates",
  "maxSeconds",
  "memory",
  "stop",
  "maxOperations",
  "reduce",
  "onProgress",
  "progressSeconds",
];

/**
 * Explores every interleaving of the operations that threads make on shared memory, breadth first: the
 * very code that runs on real threads. Atomic operations, plain reads and writes, sleeping in `wait`,
 * its time-outs, and deadlocks are all in it. Two accesses to a word by two threads, of which at least
 * one is plain and one writes, with nothing to order them, are reported as a data race, by the memory model
 * of ECMAScript: `notify` touches no memory, `wait` and a `compareExchange` that fails read it, and whoever
 * is woken comes after the `notify`.
 *
 * A loop that waits for another thread without sleeping must be bounded, as there is an order in which it
 * goes on for ever: `for (let i = 0; i < 3; i++)`. Claims are asked once for each list of values that they
 * read: they must depend on nothing else.
 *
 * Exploration is exhaustive for the threads that are given: that says nothing of more of them.
 *
 * @example A counter that is not atomic
 * ```ts
 * import { interleave } from "@cofn/coroutine/model";
 *
 * const report = interleave({
 *   memory: { counter: 0 },
 *   threads: [0, 1].map(() => function increment(memory, atomics) {
 *     atomics.store(memory, 0, atomics.load(memory, 0) + 1);
 *   }),
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * });
 * if (report.violation?.name !== "both were counted") throw new Error("one may be lost");
 * if (report.violation.trace?.steps.length !== 4) throw new Error("in four operations");
 * ```
 *
 * @param interleaving What to explore
 * @param options Limits
 * @returns The report; `ok` is true only where everything was explored and nothing is wrong
 * @throws {SpecError} When the interleaving or an option is not what it must be
 */
export function interleave(
  interleaving: Interleaving,
  options: InterleaveOptions = {},
): InterleaveReport {
  refuseUnknown("Cannot interleave", options, OPTIONS);
  refuseLimits("Cannot interleave", options);
  const {
    maxStates = Infinity,
    maxSeconds = Infinity,
    memory = Infinity,
    stop,
    maxOperations = 1000,
    reduce = true,
    onProgress,
    progressSeconds = 2,
  } = options;
  refuseCount("Cannot interleave", "maxOperations", maxOperations, false);
  return explore(planOf(interleaving, maxOperations), {
    ...{ maxStates, maxSeconds, memory, stop, reduce, onProgress, progressSeconds },
  });
}
