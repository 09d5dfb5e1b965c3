/**
 * All interleavings of the runtime's shared memory, and how far to explore each.
 *
 * @module
 */
import { sharedDeath, sharedGhost } from "./lockfree/death.ts";
import { sharedLife, sharedStart } from "./lockfree/life.ts";
import { sharedList } from "./lockfree/list.ts";
import { sharedMutex } from "./lockfree/mutex.ts";
import { sharedOrphan } from "./lockfree/orphan.ts";
import { sharedPool } from "./lockfree/pool.ts";
import { GENERATIONS } from "../../src/lockfree/words.ts";
import type { Explored } from "./lockfree/_stage.ts";
import type { Size } from "./sizes.ts";
import { sharedPast, sharedReuse } from "./lockfree/reuse.ts";
import { type Round, sharedRwLock } from "./lockfree/rw_lock.ts";
import { sharedCoMutex } from "./shared/mutex.ts";
import { sharedLives } from "./shared/lives.ts";
import { type QueueRound, sharedCoQueue } from "./shared/queue.ts";
import { type RwRound, sharedCoRwLock } from "./shared/rw_lock.ts";
import { sharedCoHandle } from "./threads/co_handle.ts";
import { sharedSchedule } from "./lockfree/schedule.ts";

/** Threads on shared memory, at one scope. */
export interface Threads {
  /** Its name: `shared_`, and that of the file in src/lockfree that it is about; or that of the file in src/shared. */
  readonly name: string;
  /** Where its file is: in conformance. */
  readonly file: string;
  /** How many of what. */
  readonly scope: string;
  /** In which `--scope` it is. */
  readonly sizes: readonly Size[];
  readonly make: () => Explored;
  /** The claim that is known to be false, until that is mended: it must be, and no other one. */
  readonly knownToFail?: string;
}

/** What is explored, in words, and how it is made; and in which sizes. */
interface One extends Pick<Threads, "scope" | "sizes" | "make" | "knownToFail"> {}

const quick = (scope: string, make: () => Explored): One => ({
  scope,
  sizes: ["quick", "small", "full"],
  make,
});
const small = (scope: string, make: () => Explored): One => ({
  scope,
  sizes: ["small", "full"],
  make,
});
const full = (scope: string, make: () => Explored): One => ({ scope, sizes: ["full"], make });

/** Threads at one scope after the other. */
function family(name: string, file: string, ...scopes: readonly One[]): Threads[] {
  return scopes.map((one) => ({ name, file: `${file}.ts`, ...one }));
}

/** A read-write lock, and what each thread does with it in one round after the other. */
const rwLock = (...threads: readonly (readonly Round[])[]): [string, () => Explored] => [
  threads.map((rounds) => rounds.join(", ")).join(" | "),
  () => sharedRwLock({ threads }),
];

/** A queue of all threads, and what coroutines of each one do with it. */
const coQueue = (...threads: readonly (readonly QueueRound[])[]): [string, () => Explored] => [
  threads.map((rounds) => rounds.join(", ")).join(" | "),
  () => sharedCoQueue({ threads }),
];

/** A read-write lock of all threads, and what a coroutine of each one does with it. */
const coRwLock = (...threads: readonly RwRound[]): [string, () => Explored] => [
  threads.join(" | "),
  () => sharedCoRwLock({ threads }),
];

/** All of them. */
export const interleavings: readonly Threads[] = [
  ...family(
    "shared_list",
    "lockfree/list",
    quick("3 threads push, 1 takes", () => sharedList({ pushers: 3, each: 1 })),
    small("2 threads push 2 each, 1 takes", () => sharedList({ pushers: 2, each: 2 })),
  ),
  ...family(
    "shared_schedule",
    "lockfree/schedule",
    quick("2 threads schedule, 1 runs", () => sharedSchedule({ schedulers: 2 })),
    small("3 threads schedule, 1 runs", () => sharedSchedule({ schedulers: 3 })),
  ),
  ...family(
    "shared_schedule",
    "lockfree/orphan",
    quick("1 thread dies anywhere, 1 schedules, 1 runs", () => sharedOrphan({ rounds: 1 })),
    small(
      "1 goes on when buried, 1 schedules, 1 runs",
      () => sharedOrphan({ rounds: 1, goesOn: true }),
    ),
    small(
      "1 thread dies anywhere, 1 schedules twice, 1 runs",
      () => sharedOrphan({ rounds: 2 }),
    ),
    small(
      "1 thread dies anywhere, 1 that was killed schedules, 1 runs",
      () => sharedOrphan({ rounds: 1, killsOther: true }),
    ),
    small(
      "1 thread dies anywhere, another one has its context, 1 runs",
      () => sharedOrphan({ rounds: 0, movesIn: true }),
    ),
    full(
      "1 thread dies anywhere, another one has its context, 1 schedules, 1 runs",
      () => sharedOrphan({ rounds: 1, movesIn: true }),
    ),
  ),
  ...family(
    "shared_co_handle",
    "threads/co_handle",
    quick("2 threads schedule, 1 looks", () => sharedCoHandle({ schedulers: 2 })),
    small(
      "1 thread schedules, 1 comes late, 1 looks",
      () => sharedCoHandle({ schedulers: 1, late: true }),
    ),
    full(
      "1 thread dies anywhere, 1 schedules, 1 looks",
      () => sharedCoHandle({ schedulers: 1, dies: true }),
    ),
  ),
  ...family(
    "shared_life",
    "lockfree/life",
    quick("2 threads, one after the other, 1 stops the first", () => sharedLife({ ends: "stops" })),
    quick("2 threads want the same context", sharedStart),
    small("2 threads, one after the other, 1 kills the first", () => sharedLife({ ends: "kills" })),
  ),
  ...family(
    "shared_life",
    "shared/lives",
    quick("1 is killed, another one has the context of its child", sharedLives),
  ),
  ...family(
    "shared_pool",
    "lockfree/pool",
    quick("2 threads, 3 records", () => sharedPool({ threads: 2, records: 3 })),
    full("3 threads, 4 records", () => sharedPool({ threads: 3, records: 4 })),
  ),
  ...family(
    "shared_mutex",
    "lockfree/mutex",
    quick(
      "2 threads, 1 of them gives up, 1 has 3 rounds",
      () => sharedMutex({ rounds: [1, 3], quitters: 1 }),
    ),
    quick("2 threads, 2 rounds", () => sharedMutex({ rounds: [2, 2] })),
    full("3 threads, 1 round", () => sharedMutex({ rounds: [1, 1, 1] })),
    small(
      "2 threads, 1 of them twice, another one has died",
      () => sharedMutex({ rounds: [2, 1], mourn: true }),
    ),
    small(
      "2 threads, 2 rounds, tokens come to their end",
      () => sharedMutex({ rounds: [2, 2], lastToken: 2 ** 31 - 3 }),
    ),
    full("3 threads, 1 of them gives up", () => sharedMutex({ rounds: [1, 1, 1], quitters: 1 })),
    full("2 threads, 4 rounds", () => sharedMutex({ rounds: [4, 4] })),
    full("3 threads, 1 of them twice", () => sharedMutex({ rounds: [2, 1, 1] })),
  ),
  ...family(
    "shared_co_mutex",
    "shared/mutex",
    quick("lock | lock", () => sharedCoMutex({ threads: [["lock"], ["lock"]] })),
    small(
      "lock, lock | lock, numbers come to their end",
      () =>
        sharedCoMutex({
          threads: [["lock", "lock"], ["lock"]],
          ...{ generation: GENERATIONS - 1, token: 2 ** 31 - 2 },
        }),
    ),
    small(
      "1 dies anywhere | lock",
      () => sharedCoMutex({ threads: [["lock"], ["lock"]], dies: true }),
    ),
    full(
      "1 dies anywhere | quit one",
      () => sharedCoMutex({ threads: [["lock"], ["quit one"]], dies: true }),
    ),
    full(
      "1 goes on when buried | lock",
      () => sharedCoMutex({ threads: [["lock"], ["lock"]], dies: "goes on" }),
    ),
    small("twice | lock", () => sharedCoMutex({ threads: [["twice"], ["lock"]] })),
    small("two | lock", () => sharedCoMutex({ threads: [["two"], ["lock"]] })),
    quick("quit, lock | lock", () => sharedCoMutex({ threads: [["quit", "lock"], ["lock"]] })),
    quick("quit late | lock", () => sharedCoMutex({ threads: [["quit late"], ["lock"]] })),
    quick("cancelled | lock", () => sharedCoMutex({ threads: [["cancelled"], ["lock"]] })),
    small("abandon | lock", () => sharedCoMutex({ threads: [["abandon"], ["lock"]] })),
    quick("hold | quit late", () => sharedCoMutex({ threads: [["hold"], ["quit late"]] })),
    small("hold | quit one", () => sharedCoMutex({ threads: [["hold"], ["quit one"]] })),
    full(
      "1 dies anywhere, holding | quit one",
      () => sharedCoMutex({ threads: [["hold"], ["quit one"]], dies: true }),
    ),
    full("hold | quit two", () => sharedCoMutex({ threads: [["hold"], ["quit two"]] })),
    quick("hold, quit two", () => sharedCoMutex({ threads: [["hold, quit two"]] })),
  ),
  ...family(
    "shared_co_queue",
    "shared/queue",
    quick(...coQueue(["take"], ["bring"])),
    small(...coQueue(["take by one"], ["tell without", "bring"])),
    full(...coQueue(["take", "take other"], ["bring other", "bring"])),
    quick(...coQueue(["both"])),
    quick(...coQueue(["all"])),
    small(
      "1 was told, and dies | pass, open",
      () => sharedCoQueue({ threads: [["pass, die"], ["pass, open"]], dies: true }),
    ),
    quick(...coQueue(["quit when told"])),
    quick(...coQueue(["quit before"])),
    quick(...coQueue(["quit alone"])),
    small(...coQueue(["quit when told"], ["tell without"])),
    small(...coQueue(["quit before"], ["tell without"])),
    full(...coQueue(["quit alone"], ["tell"])),
    full(...coQueue(["end alone"], ["tell"])),
  ),
  ...family(
    "shared_co_rw_lock",
    "shared/rw_lock",
    quick(...coRwLock("read", "write")),
    full(...coRwLock("read two", "write")),
    full(...coRwLock("upgrade", "upgrade")),
    full(...coRwLock("upgrade", "downgrade")),
    full(...coRwLock("write by one", "read")),
    quick(...coRwLock("try to read", "try to write")),
    quick(...coRwLock("write or quit", "read")),
    full(...coRwLock("upgrade or quit", "write")),
    small(...coRwLock("read two", "try to write")),
    small(...coRwLock("read or quit", "write")),
    quick(...coRwLock("abandon", "read")),
    full(
      "1 dies anywhere, writing | read or quit",
      () => sharedCoRwLock({ threads: ["write", "read or quit"], dies: true }),
    ),
    full(
      "1 dies anywhere, reading | write or quit",
      () => sharedCoRwLock({ threads: ["read", "write or quit"], dies: true }),
    ),
  ),
  ...family(
    "shared_rw_lock",
    "lockfree/rw_lock",
    quick(...rwLock(["downgrade for another"], ["read"])),
    small(...rwLock(["read", "write"], ["write", "read"])),
    small(...rwLock(["upgrade"], ["upgrade"])),
    small(...rwLock(["upgrade"], ["downgrade"])),
    quick(...rwLock(["downgrade"], ["read", "read"])),
    small(...rwLock(["read or quit", "write"], ["write"])),
    quick(...rwLock(["write or quit", "read"], ["read"])),
    small(...rwLock(["try to read"], ["try to read"], ["write"])),
    quick(...rwLock(["hold for another"], ["quit writing"], ["read"])),
    full(...rwLock(["upgrade", "write or quit"], ["downgrade", "read"])),
  ),
  ...family(
    "shared_death",
    "lockfree/death",
    quick(
      "mutex: 1 buried waiting, 1 unlocks, 1 waits behind",
      () => sharedGhost({ buried: "meanwhile" }),
    ),
    small(
      "mutex: 1 thread dies anywhere, 1 locks twice",
      () => sharedDeath({ dies: "mutex", others: ["mutex"], rounds: 2 }),
    ),
    quick(
      "rw lock: 1 writer dies anywhere, 1 reads",
      () => sharedDeath({ dies: "writer", others: ["reader"], rounds: 1 }),
    ),
    small(
      "rw lock: 1 reader dies anywhere, 1 writes",
      () => sharedDeath({ dies: "reader", others: ["writer"], rounds: 1 }),
    ),
    small(
      "rw lock: 1 dies waiting, 1 unlocks and writes",
      () => sharedDeath({ dies: "writer", others: ["writer"], rounds: 1, waits: true }),
    ),
    small(
      "mutex: 1 killed waits, 1 unlocks, 1 waits behind",
      () => sharedGhost({ buried: "before" }),
    ),
    quick("a dead one's record is used by 1 that lives", sharedReuse),
    quick("mutex: 1 dies handing on, 1 has it, and ends", sharedPast),
    quick(
      "mutex: 1 unlocks and ends, 1 locks",
      () => sharedDeath({ dies: "mutex", ends: true, others: ["mutex"], rounds: 1 }),
    ),
    quick(
      "mutex: 1 goes on when buried, 1 locks",
      () => sharedDeath({ dies: "mutex", goesOn: 1, others: ["mutex"], rounds: 1 }),
    ),
    full(
      "rw lock: 1 writer goes on when buried, 1 reads",
      () => sharedDeath({ dies: "writer", goesOn: 1, others: ["reader"], rounds: 1 }),
    ),
    full(
      "rw lock: 1 reader goes on when buried, 1 writes",
      () => sharedDeath({ dies: "reader", goesOn: 1, others: ["writer"], rounds: 1 }),
    ),
    // One that goes on twice (goesOn: 2) leads to more than 220 million states: nobody has seen the end of it.
    full(
      "rw lock: 1 writer dies anywhere, 1 writes twice",
      () => sharedDeath({ dies: "writer", others: ["writer"], rounds: 2 }),
    ),
  ),
];
