/**
 * The operations that are measured, and what everybody who takes part provides for one.
 *
 * @module
 */

/** Does an operation `n` times. */
export type Batch = (n: number) => void | Promise<void>;

/** One that takes part: for each operation that it has, what makes a batch of it ready. */
export interface Who {
  readonly ops: { readonly [O in Op]?: () => Batch | Promise<Batch> };
  /** Suspends one task for each element and keeps it there: what is measured is their heap. */
  readonly suspend?: (slots: unknown[]) => void | Promise<void>;
}

/**
 * | operation | one of it is |
 * |---|---|
 * | `create` | an empty task made, run and ended |
 * | `createInline` | the same of a function that is written where it is used, and so made each time |
 * | `resume` | one resume and one suspension of a task that only suspends |
 * | `call1`, `call8`, `call64` | the same, under as many nested calls |
 * | `lock` | a free lock taken and given back, in a task that goes on |
 * | `lockUsing` | the same with a guard, by `using` |
 * | `tryLock` | the same without a wait |
 * | `handoff2`, `handoff100` | a lock handed over, where as many tasks contend and each always has to wait |
 * | `wakeChain` | a task that runs, wakes the next one and waits, in a ring |
 * | `queueWait` | a wait in a queue, and the call that lets the one go on that waits there |
 * | `condvar` | an item handed to a task that waits for it in a queue, with a mutex |
 * | `readLock`, `writeLock` | a free read-write lock taken and given back, in a task that goes on |
 * | `rwHandoff` | a read-write lock handed over, where two writers contend and each always has to wait |
 * | `semaphore` | a permit that is there taken and given back, in a task that goes on |
 * | `sleepVirtual` | a sleep by a clock that only the program sets, and its end; 100 tasks sleep at once |
 * | `bottomHalf` | a callback put off until the next round of a context, and that round |
 * | `schedule` | a task scheduled in a context, and the round that resumes it |
 * | `timerVirtual` | a timer of a context, set, due by a clock that only the program sets, and called; 100 are set at once |
 * | `readableSocket` | a byte sent over a Unix socket to a task that waits until it can be read, and one sent back |
 * | `cancel` | a task made, run until it waits, cancelled there, cleaned up and ended |
 */
export const OPS = [
  "create",
  "createInline",
  "resume",
  "call1",
  "call8",
  "call64",
  "lock",
  "lockUsing",
  "tryLock",
  "handoff2",
  "handoff100",
  "wakeChain",
  "queueWait",
  "condvar",
  "readLock",
  "writeLock",
  "rwHandoff",
  "semaphore",
  "sleepVirtual",
  "bottomHalf",
  "schedule",
  "timerVirtual",
  "readableSocket",
  "cancel",
] as const;
export type Op = typeof OPS[number];

/** The heap of a suspended task: measured in bytes, not as a ratio. */
export const BYTES = "bytesPerCoroutine";

/**
 * The fewest in a batch. Those who cannot keep their tasks from one batch to the next make
 * them in each, and that must not show.
 */
export const LEAST: { readonly [O in Op]?: number } = {
  handoff100: 10_000,
  wakeChain: 10_000,
  // They sleep 100 at a time: what a batch is short of a multiple of that must not show.
  sleepVirtual: 10_000,
  timerVirtual: 10_000,
};

/** Tasks in the ring of `wakeChain`. */
export const RING = 100;

/** Tasks that sleep at once in `sleepVirtual`, and timers that are set at once in `timerVirtual`. */
export const SLEEPERS = 100;
