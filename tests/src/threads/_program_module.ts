/**
 * What the threads of `_program.ts` do on their own account, when the call that began it has ended.
 *
 * @module
 */
import {
  AioContext,
  type Co,
  type CoHandle,
  Coroutine,
  handleOf,
  schedule,
  sleep,
  until,
} from "../../../mod.ts";

export function nothing(): void {}

function begin(body: () => Co): void {
  Coroutine.create(body).enter();
}

/** Schedules somebody later, by a clock. */
export function wakeBySleep(handle: CoHandle, ms: number): void {
  begin(function* () {
    yield* sleep(ms * 1e6);
    schedule(handle);
  });
}

/** The same, by something that the host does. */
export function wakeByHost(handle: CoHandle, ms: number): void {
  begin(function* () {
    yield* until(new Promise((resolve) => setTimeout(resolve, ms)));
    schedule(handle);
  });
}

/** The same, by working all the time. */
export function wakeByWork(handle: CoHandle, ms: number): void {
  AioContext.current.schedule(Coroutine.create(function* () {
    const end = performance.now() + ms;
    while (performance.now() < end);
    schedule(handle);
  }));
}

/** One that waits to be scheduled, and schedules somebody when it has slept. */
export function relay(handle: CoHandle, ms: number): CoHandle {
  const co = Coroutine.create(function* () {
    yield;
    yield* sleep(ms * 1e6);
    schedule(handle);
  });
  co.enter();
  return handleOf(co);
}

/** A timer that coroutines know nothing of begins what wakes somebody, and says so by a word. */
export function wakeByTimer(
  handle: CoHandle,
  begins: number,
  ms: number,
  begun: Int32Array,
): void {
  setTimeout(() => {
    wakeBySleep(handle, ms);
    Atomics.store(begun, 0, 1);
  }, begins);
}
