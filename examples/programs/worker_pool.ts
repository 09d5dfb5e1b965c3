/**
 * A pool of workers over a list of jobs. When a job fails, all other workers are cancelled: each
 * cleans up, and when all have, the caller gets the failure. So nothing goes on behind its back.
 * An AbortSignal from outside stops it all in the same way, and its reason reaches the caller.
 *
 *     deno run examples/programs/worker_pool.ts
 */
import {
  assertNoDeadlock,
  type Clock,
  type Co,
  Coroutine,
  CoroutineError,
  scope,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";

/** Something to do. */
export interface Job {
  readonly name: string;
  /** How long it takes. */
  readonly seconds: number;
  /** Whether it fails at its end. */
  readonly fails?: boolean;
}

/**
 * Does all jobs: each worker takes the next one, until none is left.
 *
 * @param jobs What is to be done.
 * @param workers By how many.
 * @param clock By which clock.
 * @param say Is told what happens.
 * @returns The names of the jobs, in the order in which they were done.
 * @throws What a job has failed with.
 */
export function* doAll(
  jobs: readonly Job[],
  workers: number,
  clock: Clock,
  say: (line: string) => void,
): Co<string[]> {
  const todo = [...jobs];
  const done: string[] = [];
  const tell = (what: string) => say(`${clock.now / 1e9} s  ${what}`);

  function* work(): Co {
    for (let job; (job = todo.shift()) !== undefined;) {
      tell(`${job.name} begins`);
      let how = "is broken off";
      try {
        yield* sleep(job.seconds * 1e9, clock);
        how = "fails";
        if (job.fails === true) throw new Error(`${job.name} cannot be done`);
        how = "is done";
        done.push(job.name);
      } finally {
        // Done, failed or cancelled: it cleans up. It does not wait here, as a cancellation might
        // break that off.
        tell(`${job.name} ${how}, and is cleaned up`);
      }
    }
  }

  yield* scope(function* (pool) {
    for (let i = 0; i < workers; i++) pool.start(work);
  });
  return done;
}

/**
 * Does all jobs, and tells how that has ended.
 *
 * @param jobs What is to be done, by two workers.
 * @param clock By which clock: it goes on by a minute.
 * @param say Is told what happens.
 * @param signal Stops it all when it is aborted.
 */
export async function report(
  jobs: readonly Job[],
  clock: VirtualClock,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const co = Coroutine.create(doAll, jobs, 2, clock, say);
  const { done } = co; // asked for beforehand: so a failure goes there, and not to advance()
  try {
    co.enter();
    if (signal !== undefined) co.cancelOn(signal);
    clock.advance(60e9); // a minute that takes no time
    say(`all done: ${(await done).join(", ")}`);
  } catch (error) {
    if (error instanceof CoroutineError && error.code === "cancelled") {
      say(`cancelled: ${error.cause}`);
    } else {
      say(`failed: ${error instanceof Error ? error.message : error}`);
    }
  }
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- its output
  const say = console.log;
  const tea = { name: "tea", seconds: 2 };
  const eggs = { name: "eggs", seconds: 3 };
  const toast = { name: "toast", seconds: 4 };

  say("--- all goes well");
  await report([tea, eggs, toast], new VirtualClock(), say);

  say("--- the eggs fail");
  await report([tea, { ...eggs, fails: true }, toast], new VirtualClock(), say);

  say("--- somebody aborts it");
  const clock = new VirtualClock();
  const controller = new AbortController();
  clock.after(1e9, () => controller.abort("nobody is hungry any more"));
  await report([tea, eggs, toast], clock, say, controller.signal);

  assertNoDeadlock(); // nobody is left who waits in vain
}
