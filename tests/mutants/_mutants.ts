/**
 * All planted bugs: each replaces one line.
 *
 * @module
 */
import type { CheckerMutant, Mutant, SpecMutant } from "./_mutant.ts";
import { apartMutants } from "./_mutants_apart.ts";
import { bindingMutants } from "./_mutants_bindings.ts";
import { byteMutants, byteSpecMutants } from "./_mutants_bytes.ts";
import { callbackMutants } from "./_mutants_callbacks.ts";
import { contextSpecMutants } from "./_mutants_context_specs.ts";
import { contextMutants } from "./_mutants_contexts.ts";
import { coreMutants } from "./_mutants_core.ts";
import { interleaveMutants } from "./_mutants_interleave.ts";
import { handlerSpecMutants } from "./_mutants_handler_specs.ts";
import { handlerMutants } from "./_mutants_handlers.ts";
import { givenMutants } from "./_mutants_given.ts";
import { lockMutants } from "./_mutants_locks.ts";
import { engineMutants } from "./_mutants_engine.ts";
import { searchMutants } from "./_mutants_search.ts";
import { sharedMutants } from "./_mutants_shared.ts";
import { sharedGlueMutants } from "./_mutants_shared_glue.ts";
import { sharedLockMutants } from "./_mutants_shared_locks.ts";
import { specMutants } from "./_mutants_specs.ts";
import { streamMutants } from "./_mutants_streams.ts";
import { taskSpecMutants } from "./_mutants_task_specs.ts";
import { taskMutants } from "./_mutants_tasks.ts";
import { threadMutants } from "./_mutants_threads.ts";
import { turnsMutants, turnsSpecMutants } from "./_mutants_turns.ts";
import { verifyMutants } from "./_mutants_verify.ts";
import { waitMutants } from "./_mutants_waits.ts";
import { watchMutants } from "./_mutants_watch.ts";

/** Bugs planted in the code: `deno task verify` must find every one. */
export const codeMutants: readonly Mutant[] = [
  ...byteMutants,
  ...coreMutants,
  ...contextMutants,
  ...handlerMutants,
  ...givenMutants,
  ...lockMutants,
  ...sharedMutants,
  ...sharedGlueMutants,
  ...sharedLockMutants,
  ...streamMutants,
  ...taskMutants,
  ...threadMutants,
  ...turnsMutants,
  ...waitMutants,
  ...watchMutants,
];

/** Bugs planted in the specs: each breaks one claim, which must notice. */
export const modelMutants: readonly SpecMutant[] = [
  ...specMutants,
  ...byteSpecMutants,
  ...contextSpecMutants,
  ...handlerSpecMutants,
  ...taskSpecMutants,
  ...turnsSpecMutants,
];

/** What weakens the checkers, and bugs in code that no spec states: a test must notice every one. */
export const checkerMutants: readonly CheckerMutant[] = [
  ...apartMutants,
  ...callbackMutants,
  ...interleaveMutants,
  ...engineMutants,
  ...searchMutants,
  ...bindingMutants,
  ...verifyMutants,
];
