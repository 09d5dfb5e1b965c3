/**
 * QEMU's coroutine runtime for Deno, in TypeScript: coroutines that are entered, yield and wake
 * one another, and the locks that they wait for. Every claim that the documentation makes
 * about them is stated in a model, which is explored exhaustively and played against this
 * very code; see `@cofn/coroutine/model`.
 *
 * A coroutine function is a generator function, and `yield` gives control back to whoever
 * entered the coroutine.
 *
 * @example Two coroutines share a lock
 * ```ts
 * import { CoMutex, Coroutine } from "@cofn/coroutine";
 * import { assertEquals } from "@std/assert";
 *
 * const disk = new CoMutex("disk");
 * const log: string[] = [];
 * function* job(name: string) {
 *   using _ = yield* disk.lock();
 *   log.push(`${name} has the disk`);
 *   yield;
 * }
 * const jobs = ["a", "b"].map((name) => Coroutine.create(job, name));
 * for (const co of jobs) co.enter();
 * jobs[0]?.enter();
 * assertEquals(log, ["a has the disk", "b has the disk"]);
 * ```
 *
 * @module
 */
export { all, type LostOptions, race, type Results } from "./src/tasks/all.ts";
export { keepAsyncContext } from "./src/core/async_context.ts";
export { AioContext } from "./src/contexts/aio_context.ts";
export { BottomHalf } from "./src/contexts/bottom_half.ts";
export { call } from "./src/core/call.ts";
export { chromeTrace } from "./src/watch/chrome_trace.ts";
export { type Alarm, type Clock, monotonic, realtime, VirtualClock } from "./src/time/clock.ts";
export { CoFile, type FileOptions } from "./src/io/co_file.ts";
export { CoMutex } from "./src/locks/co_mutex.ts";
export { CoReader, type LineOptions, type ReaderOptions } from "./src/io/co_reader.ts";
export { CoWriter, type WriterOptions } from "./src/io/co_writer.ts";
export type { ReadableBytes, WritableBytes } from "./src/io/_bytes.ts";
export { CoQueue, type QueueWaitOptions } from "./src/locks/co_queue.ts";
export { type Co, Coroutine, type CoroutineStatus, type Suspension } from "./src/core/coroutine.ts";
export { CoRwLock } from "./src/locks/co_rw_lock.ts";
export { CoSemaphore } from "./src/locks/co_semaphore.ts";
export { assertNoDeadlock, DeadlockError } from "./src/watch/deadlock.ts";
export { type CoroutineInfo, type Dump, dump } from "./src/watch/dump.ts";
export { EventNotifier } from "./src/contexts/event_notifier.ts";
export {
  CoroutineError,
  type CoroutineErrorCode,
  type CoroutineErrorDetails,
} from "./src/core/errors.ts";
export type { WaitOptions } from "./src/time/_limits.ts";
export { readable } from "./src/io/readable.ts";
export { type Scope, scope } from "./src/tasks/scope.ts";
export { CoSleep, sleep } from "./src/time/sleep.ts";
export type { Source } from "./src/contexts/_source.ts";
export { TaskPool } from "./src/tasks/task_pool.ts";
export { type TimeoutOptions, withTimeout } from "./src/tasks/with_timeout.ts";
export { Timer, type TimerOptions } from "./src/contexts/timer.ts";
export { trace, type TraceEvent, type TraceListener } from "./src/core/trace.ts";
export { until } from "./src/core/until.ts";
export { type CoHandle, handleOf, schedule } from "./src/threads/co_handle.ts";
export {
  type CallableOf,
  IOThread,
  type IOThreadOptions,
  type RemoteContext,
  type ResultOf,
  type Sent,
  transfer,
  type Transferred,
} from "./src/threads/io_thread.ts";
export { SharedCoQueue, type SharedCoQueueHandle } from "./src/shared/shared_co_queue.ts";
export { SharedCoMutex, type SharedCoMutexHandle } from "./src/shared/shared_co_mutex.ts";
export { SharedCoRwLock, type SharedCoRwLockHandle } from "./src/shared/shared_co_rw_lock.ts";
