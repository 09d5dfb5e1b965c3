/**
 * Executable models: write down what a program may do, explore every state of it, and hold it
 * against what is claimed.
 *
 * @example A light switch
 * ```ts
 * import { assertHolds, check, spec } from "@cofn/coroutine/model";
 * import * as Schema from "effect/Schema";
 *
 * const light = spec({
 *   name: "light",
 *   state: Schema.Struct({ on: Schema.Boolean }),
 *   init: [{ on: false }],
 *   actions: { toggle: { for: {}, do: (s) => s.on = !s.on } },
 *   sometimes: { "it shines": (s) => s.on },
 * });
 * assertHolds(check(light));
 * ```
 *
 * @module
 */
export { SpecError } from "./engine/language/errors.ts";
export { fill, type Filled, Int, Seq, Table } from "./engine/language/schemas.ts";
export { spec } from "./engine/language/spec.ts";
export type {
  Action,
  AnySpec,
  Choice,
  Claims,
  Definition,
  Held,
  IsUnion,
  ModelSchema,
  ParamsOf,
  Plain,
  Refused,
  SchemaOf,
  SeqOf,
  SeqView,
  Settable,
  Spec,
  StateOf,
  TableOf,
  TableView,
  Unheld,
  View,
} from "./engine/language/types.ts";
export { check, type CheckOptions } from "./engine/search/check.ts";
export type { Difference } from "./engine/language/difference.ts";
export type { Progress } from "./engine/search/explore.ts";
export type { Limit } from "./engine/search/watch.ts";
export type {
  ActionCoverage,
  Holds,
  Incomplete,
  Report,
  ReportFacts,
  TracedViolation,
  Violated,
  Violation,
  Witness,
} from "./engine/search/report.ts";
export { replay, type Trace, type TraceStep } from "./engine/search/trace.ts";
export {
  assertConforms,
  conform,
  conforming,
  type ConformOptions,
  type ConformReport,
  conformText,
} from "./engine/play/conform.ts";
export type { Binding, Call, Outcome } from "./engine/play/binding.ts";
export type { Mismatch } from "./engine/play/play.ts";
export { wander, type WanderOptions, type WanderReport } from "./engine/play/wander.ts";
export { interleave } from "./interleave/interleave.ts";
export type {
  Atomics32,
  InterleaveOptions,
  Interleaving,
  Self,
  ThreadCall,
} from "./interleave/types.ts";
export type {
  InterleaveReport,
  InterleaveStep,
  InterleaveTrace,
  InterleaveViolation,
} from "./interleave/report.ts";
export { replayInterleaving } from "./interleave/replay.ts";
export { interleavingText } from "./reporters/interleaving.ts";
export {
  type TraceEvent,
  validate,
  type ValidateOptions,
  type ValidateReport,
} from "./engine/play/validate.ts";
export { assertHolds, assertInterleaves } from "./reporters/assert.ts";
