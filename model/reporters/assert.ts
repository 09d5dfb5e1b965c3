/**
 * Throws what reports say, in tests: the words `assertHolds` and `assertInterleaves`.
 *
 * @module
 */
import type { Report } from "../engine/search/report.ts";
import { mustBeReport } from "../engine/language/reports.ts";
import type { InterleaveReport } from "../interleave/report.ts";
import { interleavingText } from "./interleaving.ts";
import { textOf } from "./text.ts";

/**
 * Throws unless a report says that everything was explored and every claim holds. The message has
 * the trace, the token that replays it, and the call that does so.
 *
 * @example In a test
 * ```ts
 * import { assertHolds, check, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const light = spec({
 *   name: "light",
 *   state: Schema.Struct({ on: Schema.Boolean }),
 *   init: [{ on: false }],
 *   actions: { toggle: { for: {}, do: (s) => s.on = !s.on } },
 * });
 * assertHolds(check(light));
 * ```
 *
 * @param report What {@linkcode check} returned
 * @throws {Error} When the report is violated or incomplete
 * @throws {SpecError} When it is no report of `check`
 */
export function assertHolds(report: Report): void {
  mustBeReport("assertHolds", report, ["check"]);
  if (!report.ok) throw new Error(textOf(report));
}

/**
 * Throws unless a report says that everything was explored and nothing is wrong. The message has the
 * trace, and the token that replays it.
 *
 * @example In a test
 * ```ts
 * import { assertInterleaves, interleave } from "@cofn/coroutine/model";
 *
 * assertInterleaves(interleave({
 *   memory: { counter: 0 },
 *   threads: [0, 1].map(() => (memory, atomics) => atomics.add(memory, 0, 1)),
 *   finally: { "both were counted": (memory) => memory[0] === 2 },
 * }));
 * ```
 *
 * @param report What {@linkcode interleave} returned
 * @throws {Error} When the report is violated or incomplete
 * @throws {SpecError} When it is no report of `interleave`
 */
export function assertInterleaves(report: InterleaveReport): void {
  mustBeReport("assertInterleaves", report, ["interleave"]);
  if (!report.ok) throw new Error(interleavingText(report));
}
