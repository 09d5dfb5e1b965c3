/**
 * What a planted bug is.
 *
 * @module
 */

/** One bug planted in the code. */
export interface Mutant {
  /** What is wrong then; `B4` and the like refer to bugs that QEMU has had. */
  readonly name: string;
  readonly file: string;
  /** The line, without its indentation; `nth` where there are several such lines. */
  readonly line: string;
  readonly nth?: number;
  readonly becomes: string;
  /** The spec that must find it. */
  readonly spec:
    | "aio_context"
    | "alarms"
    | "answers"
    | "async_context"
    | "awaited"
    | "bottom_half"
    | "broken_clock"
    | "calls"
    | "chrome_trace"
    | "circles"
    | "context_locks"
    | "coroutine"
    | "co_file"
    | "co_mutex"
    | "co_queue"
    | "co_reader"
    | "co_rw_lock"
    | "co_semaphore"
    | "co_writer"
    | "dump"
    | "dump_rw"
    | "fates"
    | "handlers"
    | "listener"
    | "messages"
    | "misuse"
    | "mutex_turns"
    | "node_sink"
    | "node_stream"
    | "notify"
    | "one_round"
    | "promises"
    | "read_ahead"
    | "readable"
    | "reading"
    | "rw_lock_turns"
    | "shared_co_handle"
    | "shared_co_mutex"
    | "shared_co_queue"
    | "shared_co_rw_lock"
    | "shared_death"
    | "shared_life"
    | "shared_list"
    | "shared_mutex"
    | "shared_pool"
    | "shared_rw_lock"
    | "shared_schedule"
    | "sleep"
    | "scope"
    | "signals"
    | "task_pool"
    | "timer";
  /** The scope at which it dies, as `verify` names it, if that is not the first one of that spec. */
  readonly at?: string;
  /** The code does not come back from a call then: that is how it dies. */
  readonly hangs?: true;
}

/** One bug planted in a spec, and the claim that must notice. */
export interface SpecMutant {
  readonly claim: string;
  readonly file: string;
  readonly line: string;
  readonly nth?: number;
  readonly becomes: string;
  /** The file to check, and its scope. */
  readonly check: readonly string[];
}

/** One weakening of what finds bugs, or a bug in what no spec states; and the test that must notice. */
export interface CheckerMutant {
  /** What it does no longer. */
  readonly weakness: string;
  readonly file: string;
  readonly line: string;
  readonly nth?: number;
  readonly becomes: string;
  /** The file of the test, and the name by which it begins. */
  readonly noticed: readonly [file: string, test: string];
}

/** One of any kind. */
export type AnyMutant = Mutant | SpecMutant | CheckerMutant;

/** The name of its test. */
export function testNameOf(mutant: AnyMutant): string {
  if ("weakness" in mutant) return `a test notices: ${mutant.weakness} (${mutant.file})`;
  return "claim" in mutant
    ? `the model can break its claim: ${mutant.claim} (${mutant.check[0]})`
    : `verify kills the mutant: ${mutant.name}`;
}
