/**
 * Coroutines for tests that are none.
 *
 * @module
 */
import { type Co, Coroutine, type Suspension } from "../../../mod.ts";

/** Runs in a coroutine. */
export function run<T>(body: () => Co<T>): Promise<T> {
  const co = Coroutine.create(body);
  const { done } = co;
  co.enter();
  return done;
}

/** Waits in a coroutine. */
export const ask = <T>(wait: () => Suspension<T>): Promise<T> =>
  run(function* () {
    return yield* wait();
  });
