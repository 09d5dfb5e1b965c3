/**
 * All interleavings of the runtime's shared memory, and how far to explore each.
 *
 * @module
 */
import { sharedDeath, sharedGhost } from "./lockfree/death.ts";
import { sharedLife } from "./lockfree/life.ts";
import { sharedList } from "./lockfree/list.ts";
import { sharedMutex } from "./lockfree/mutex.ts";
import { sharedOrphan } from "./lockfree/orphan.ts";
import { sharedPool } from "./lockfree/pool.ts";
import type { Explored } from "./lockfree/_stage.ts";
import { sharedQueue } from "./lockfree/queue.ts";
import { type Round, sharedRwLock } from "./lockfree/rw_lock.ts";
import { sharedSchedule } from "./lockfree/schedule.ts";

/** Threads on shared memory, at one scope. */
export interface Threads {
  /** Its name: that of a file in conformance, and, with a `_` before it, in src. */
  readonly name: string;
  /** How many of what. */
  readonly scope: string;
  /** In which `--scope` it belongs; `full` has the small ones too. */
  readonly size: "small" | "full";
  readonly make: () => Explored;
}

const threads = (
  name: string,
  size: Threads["size"],
  scope: string,
  make: () => Explored,
): Threads => ({ name, scope, size, make });

const rwLock = (size: Threads["size"], ...threads: readonly (readonly Round[])[]): Threads => ({
  name: "shared_rw_lock",
  scope: threads.map((rounds) => rounds.join(", ")).join(" | "),
  size,
  make: () => sharedRwLock({ threads }),
});

/** All of them. */
export const interleavings: readonly Threads[] = [
  threads(
    "shared_list",
    "small",
    "2 threads push 2 each, 1 takes",
    () => sharedList({ pushers: 2, each: 2 }),
  ),
  threads(
    "shared_list",
    "small",
    "3 threads push, 1 takes",
    () => sharedList({ pushers: 3, each: 1 }),
  ),
  threads(
    "shared_schedule",
    "small",
    "2 threads schedule, 1 runs",
    () => sharedSchedule({ schedulers: 2 }),
  ),
  threads(
    "shared_schedule",
    "small",
    "3 threads schedule, 1 runs",
    () => sharedSchedule({ schedulers: 3 }),
  ),
  threads(
    "shared_schedule",
    "small",
    "1 thread dies anywhere, 1 schedules, 1 runs",
    () => sharedOrphan({ rounds: 1 }),
  ),
  threads(
    "shared_schedule",
    "full",
    "1 thread dies anywhere, 1 schedules twice, 1 runs",
    () => sharedOrphan({ rounds: 2 }),
  ),
  threads(
    "shared_schedule",
    "small",
    "1 goes on when buried, 1 schedules, 1 runs",
    () => sharedOrphan({ rounds: 1, goesOn: true }),
  ),
  threads(
    "shared_life",
    "small",
    "2 threads, one after the other, 1 stops the first",
    () => sharedLife({ ends: "stops" }),
  ),
  threads(
    "shared_life",
    "small",
    "2 threads, one after the other, 1 kills the first",
    () => sharedLife({ ends: "kills" }),
  ),
  threads(
    "shared_pool",
    "small",
    "2 threads, 3 records",
    () => sharedPool({ threads: 2, records: 3 }),
  ),
  threads(
    "shared_pool",
    "small",
    "3 threads, 4 records",
    () => sharedPool({ threads: 3, records: 4 }),
  ),
  threads("shared_mutex", "small", "2 threads, 2 rounds", () => sharedMutex({ rounds: [2, 2] })),
  threads(
    "shared_mutex",
    "small",
    "2 threads, 1 of them gives up, 1 has 3 rounds",
    () => sharedMutex({ rounds: [1, 3], quitters: 1 }),
  ),
  threads("shared_mutex", "small", "3 threads, 1 round", () => sharedMutex({ rounds: [1, 1, 1] })),
  threads(
    "shared_mutex",
    "full",
    "3 threads, 1 of them gives up",
    () => sharedMutex({ rounds: [1, 1, 1], quitters: 1 }),
  ),
  threads("shared_mutex", "full", "2 threads, 4 rounds", () => sharedMutex({ rounds: [4, 4] })),
  threads(
    "shared_mutex",
    "full",
    "3 threads, 1 of them twice",
    () => sharedMutex({ rounds: [2, 1, 1] }),
  ),
  threads(
    "shared_death",
    "small",
    "mutex: 1 thread dies anywhere, 1 locks twice",
    () => sharedDeath({ dies: "mutex", others: ["mutex"], rounds: 2 }),
  ),
  threads(
    "shared_queue",
    "small",
    "1 thread takes twice, 1 brings",
    () => sharedQueue({ takers: 1, rounds: 2, quits: false }),
  ),
  threads(
    "shared_queue",
    "small",
    "1 thread takes or gives up, 1 brings",
    () => sharedQueue({ takers: 1, rounds: 1, quits: true }),
  ),
  rwLock("small", ["read", "write"], ["write", "read"]),
  rwLock("small", ["upgrade"], ["upgrade"]),
  rwLock("small", ["upgrade"], ["downgrade"]),
  rwLock("small", ["downgrade"], ["read", "read"]),
  rwLock("small", ["read or quit", "write"], ["write"]),
  rwLock("small", ["write or quit", "read"], ["read"]),
  rwLock("small", ["try to read"], ["try to read"], ["write"]),
  rwLock("small", ["downgrade for another"], ["read"]),
  rwLock("small", ["hold for another"], ["quit writing"], ["read"]),
  rwLock("full", ["upgrade", "write or quit"], ["downgrade", "read"]),
  threads(
    "shared_death",
    "small",
    "rw lock: 1 writer dies anywhere, 1 reads",
    () => sharedDeath({ dies: "writer", others: ["reader"], rounds: 1 }),
  ),
  threads(
    "shared_death",
    "small",
    "rw lock: 1 reader dies anywhere, 1 writes",
    () => sharedDeath({ dies: "reader", others: ["writer"], rounds: 1 }),
  ),
  threads(
    "shared_death",
    "small",
    "rw lock: 1 dies waiting, 1 unlocks and writes",
    () => sharedDeath({ dies: "writer", others: ["writer"], rounds: 1, waits: true }),
  ),
  threads(
    "shared_death",
    "small",
    "mutex: 1 killed waits, 1 unlocks, 1 waits behind",
    () => sharedGhost({ buried: "before" }),
  ),
  threads(
    "shared_death",
    "small",
    "mutex: 1 buried waiting, 1 unlocks, 1 waits behind",
    () => sharedGhost({ buried: "meanwhile" }),
  ),
  threads(
    "shared_death",
    "small",
    "mutex: 1 goes on when buried, 1 locks",
    () => sharedDeath({ dies: "mutex", goesOn: 1, others: ["mutex"], rounds: 1 }),
  ),
  threads(
    "shared_death",
    "small",
    "rw lock: 1 writer goes on when buried, 1 reads",
    () => sharedDeath({ dies: "writer", goesOn: 1, others: ["reader"], rounds: 1 }),
  ),
  threads(
    "shared_death",
    "small",
    "rw lock: 1 reader goes on when buried, 1 writes",
    () => sharedDeath({ dies: "reader", goesOn: 1, others: ["writer"], rounds: 1 }),
  ),
  threads(
    "shared_death",
    "full",
    "mutex: 1 goes on twice when buried, 1 locks",
    () => sharedDeath({ dies: "mutex", goesOn: 2, others: ["mutex"], rounds: 1 }),
  ),
  threads(
    "shared_death",
    "full",
    "rw lock: 1 writer dies anywhere, 1 writes twice",
    () => sharedDeath({ dies: "writer", others: ["writer"], rounds: 2 }),
  ),
];
