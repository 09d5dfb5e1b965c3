/**
 * A thread that counts under a shared mutex, and tells what it has done.
 *
 * @module
 */
import { type Co, SharedCoMutex, type SharedCoMutexHandle } from "../../../../mod.ts";
import type { TraceEvent } from "../../../../model/mod.ts";

/** Counts so many times; what it has done, in its order. */
export function* countAndTell(
  who: string,
  handle: SharedCoMutexHandle,
  counter: Int32Array,
  times: number,
): Co<TraceEvent[]> {
  const mutex = SharedCoMutex.from(handle);
  const events: TraceEvent[] = [];
  const params = { who };
  for (let i = 0; i < times; i++) {
    yield* mutex.lock();
    const answer = counter[0] ?? 0;
    counter[0] = answer + 1;
    events.push(
      { action: "lock", params },
      { action: "read", params, answer },
      { action: "write", params },
      { action: "unlock", params },
    );
    mutex.unlock();
  }
  return events;
}
