/**
 * A rate limiter: so many calls in any one second, and no more. Who comes when there have been as
 * many waits for its turn, or gives up after a while.
 *
 * It is a semaphore whose permits come back by themselves, a second after they were taken.
 *
 *     deno run examples/programs/rate_limiter.ts
 */
import {
  assertNoDeadlock,
  type Clock,
  type Co,
  Coroutine,
  CoroutineError,
  CoSemaphore,
  scope,
  sleep,
  VirtualClock,
} from "@cofn/coroutine";

const SECOND = 1e9; // all times are nanoseconds

/** Lets so many go on in any span of time of a given length: a sliding window. */
export class RateLimiter {
  readonly #permits: CoSemaphore;
  readonly #span: number;
  readonly #clock: Clock;

  /**
   * @param calls How many may go on.
   * @param span In how many nanoseconds.
   * @param clock By which clock.
   */
  constructor(calls: number, span: number, clock: Clock) {
    this.#permits = new CoSemaphore(calls, `${calls} calls in ${span} ns`);
    this.#span = span;
    this.#clock = clock;
  }

  /** How many wait for their turn. */
  get waiters(): number {
    return this.#permits.waiters;
  }

  /**
   * Waits for its turn.
   *
   * @param timeout After how many nanoseconds it gives up, and throws a CoroutineError `timeout`.
   */
  *turn(timeout: number = Infinity): Co {
    yield* this.#permits.acquire(1, { timeout, clock: this.#clock });
    // Whoever gives a permit back need not be the one that took it.
    this.#clock.after(this.#span, () => this.#permits.release());
  }
}

/** A call, and what became of it. */
export interface Call {
  readonly name: string;
  /** When it came, in seconds. */
  readonly came: number;
  /** When it went through, in seconds; null if it gave up. */
  readonly went: number | null;
}

/**
 * Makes calls of different patience.
 *
 * @param limiter Through what.
 * @param clock By which clock.
 * @param plan When each of them comes, and for how long it is ready to wait, in seconds.
 * @param say Is told of each call that has gone through, or has given up.
 * @returns What became of them, in the order in which that happened.
 */
export function* makeCalls(
  limiter: RateLimiter,
  clock: Clock,
  plan: readonly { readonly came: number; readonly patience: number }[],
  say: (line: string) => void,
): Co<Call[]> {
  const calls: Call[] = [];

  function* call(name: string, came: number, patience: number): Co {
    yield* sleep(came * SECOND, clock);
    const now = () => clock.now / SECOND;
    try {
      yield* limiter.turn(patience * SECOND);
      calls.push({ name, came, went: now() });
      say(
        `${now().toFixed(1)} s  ${name} goes through, having waited ${(now() - came).toFixed(1)} s`,
      );
    } catch (error) {
      if (!(error instanceof CoroutineError && error.code === "timeout")) throw error;
      calls.push({ name, came, went: null });
      say(`${now().toFixed(1)} s  ${name} gives up, having waited ${patience.toFixed(1)} s`);
    }
  }

  yield* scope(function* (jobs) {
    plan.forEach(({ came, patience }, i) => jobs.start(call, `call ${i + 1}`, came, patience));
  });
  return calls;
}

if (import.meta.main) {
  const clock = new VirtualClock();
  const limiter = new RateLimiter(3, SECOND, clock);
  // Eight calls, one each tenth of a second; two of them do not want to wait for long.
  const plan = Array.from({ length: 8 }, (_, i) => ({
    came: i / 10,
    patience: i === 4 || i === 6 ? 0.3 : 60,
  }));
  // deno-lint-ignore no-console -- its output
  const co = Coroutine.create(makeCalls, limiter, clock, plan, console.log);
  co.enter();
  clock.advance(60 * SECOND); // a minute that takes no time
  assertNoDeadlock(); // nobody is left who waits in vain
  await co.done;
}
