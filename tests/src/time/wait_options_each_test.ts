import { assert, assertEquals } from "@std/assert";
import {
  CoMutex,
  CoQueue,
  Coroutine,
  CoRwLock,
  CoSemaphore,
  type QueueWaitOptions,
  type Suspension,
  TaskPool,
  VirtualClock,
  type WaitOptions,
} from "@cofn/coroutine";
import { countedSignal, outcomeIn, start, startHolder, yieldOnce } from "../_helpers.ts";

/** One kind of wait, with somebody in the way, and how those who wait are let go. */
interface Case {
  readonly wait: (options?: WaitOptions & QueueWaitOptions) => Suspension<unknown>;
  readonly waiters: () => number;
  /** Lets the first one go on. */
  readonly release: () => void;
  /** Gives back what the wait has got. */
  readonly giveBack?: () => void;
}

function startMutex(): Case {
  const m = new CoMutex("m");
  const holder = startHolder(m);
  return {
    wait: (options) => m.lock(options),
    waiters: () => m.waiters,
    release: () => holder.enter(),
    giveBack: () => m.unlock(),
  };
}

function startRwLock(to: "readLock" | "writeLock"): Case {
  const rw = new CoRwLock("rw");
  const holder = start("holder", function* () {
    using _ = yield* rw.writeLock();
    yield;
  });
  return {
    wait: (options) => rw[to](options),
    waiters: () => rw.waiters,
    release: () => holder.enter(),
    giveBack: () => rw.unlock(),
  };
}

function startSemaphore(n: number): Case {
  const sem = new CoSemaphore(n, "sem");
  sem.tryAcquire(n);
  return {
    wait: (options) => sem.acquire(n, options),
    waiters: () => sem.waiters,
    release: () => sem.release(n),
    giveBack: () => sem.release(n),
  };
}

function startQueue(front: boolean): Case {
  const queue = new CoQueue("q");
  return {
    wait: (options) => queue.wait({ front, ...options }),
    waiters: () => queue.waiters,
    release: () => queue.next(),
    giveBack: () => queue.next(),
  };
}

function startQueueWithMutex(): Case {
  const [m, queue] = [new CoMutex("m"), new CoQueue("q")];
  return {
    *wait(options) {
      yield* m.lock();
      try {
        yield* queue.wait(m, options);
      } finally {
        assert(m.holder === Coroutine.self());
        m.unlock();
      }
    },
    waiters: () => queue.waiters,
    release: () => queue.next(),
    giveBack: () => queue.next(),
  };
}

function startPool(wait: "waitOne" | "waitAll" | "waitSlot"): Case {
  const pool = new TaskPool(1, "pool");
  let task: Coroutine | undefined;
  let waiters = 0;
  start("starter", function* () {
    task = yield* pool.start(yieldOnce);
  });
  return {
    *wait(options) {
      waiters++;
      try {
        yield* pool[wait](options);
      } finally {
        waiters--;
      }
    },
    waiters: () => waiters,
    release: () => task?.enter(),
  };
}

const cases: Record<string, () => Case> = {
  "CoMutex.lock": startMutex,
  "CoRwLock.readLock": () => startRwLock("readLock"),
  "CoRwLock.writeLock": () => startRwLock("writeLock"),
  "CoSemaphore.acquire(1)": () => startSemaphore(1),
  "CoSemaphore.acquire(3)": () => startSemaphore(3),
  "CoQueue.wait": () => startQueue(false),
  "CoQueue.wait in front": () => startQueue(true),
  "CoQueue.wait with a mutex": startQueueWithMutex,
  "TaskPool.waitOne": () => startPool("waitOne"),
  "TaskPool.waitAll": () => startPool("waitAll"),
  "TaskPool.waitSlot": () => startPool("waitSlot"),
};

/** Starts one that waits, notes what comes of it, and gives back what it has got. */
function startWaiter(one: Case, log: unknown[], name: string, options?: QueueWaitOptions) {
  return start(name, function* () {
    const outcome = yield* outcomeIn(() => one.wait(options));
    log.push(`${name} ${outcome}`);
    if (outcome === "done") one.giveBack?.();
  });
}

for (const [name, begin] of Object.entries(cases)) {
  Deno.test(`${name} with a timeout gives up in time and not before, and loses nobody a turn`, () => {
    for (const timeout of [7, 7n]) {
      const [one, clock, log] = [begin(), new VirtualClock(), []];
      startWaiter(one, log, "before");
      startWaiter(one, log, "late", { timeout, clock });
      startWaiter(one, log, "behind");
      clock.advance(6);
      assertEquals([one.waiters(), clock.alarms, log], [3, 1, []]);
      clock.advance(1);
      assertEquals([one.waiters(), clock.alarms, log], [2, 0, ["late timeout"]]);
      one.release();
      assertEquals(log.slice(1).sort(), ["before done", "behind done"]);
      assertEquals(one.waiters(), 0);
    }
  });

  Deno.test(`${name} with a signal gives up when it is aborted, with its reason`, () => {
    const [one, clock, log, counted] = [begin(), new VirtualClock(), [], countedSignal()];
    startWaiter(one, log, "late", { signal: counted.signal, timeout: 5, clock });
    startWaiter(one, log, "behind");
    assertEquals([counted.listeners.size, clock.alarms], [1, 1]);
    counted.abort("why");
    assertEquals([log, one.waiters()], [["late why"], 1]);
    assertEquals([counted.listeners.size, clock.alarms], [0, 0]);
    one.release();
    assertEquals(log, ["late why", "behind done"]);
  });

  Deno.test(`${name} that succeeds or is cancelled leaves no alarm and no listener behind`, () => {
    for (const cancelled of [false, true]) {
      const [one, clock, log, counted] = [begin(), new VirtualClock(), [], countedSignal()];
      const co = startWaiter(one, log, "waiter", { signal: counted.signal, timeout: 5, clock });
      if (cancelled) co.cancel();
      else one.release();
      assertEquals(log, [cancelled ? "waiter cancelled" : "waiter done"]);
      assertEquals([counted.listeners.size, clock.alarms, one.waiters()], [0, 0, 0]);
      counted.abort();
      clock.advance(10);
      assertEquals(log.length, 1);
    }
  });

  Deno.test(`${name} has one outcome if the time-out and the turn come at the same instant`, () => {
    for (const first of ["turn", "timeout", "both", "signal"]) {
      const [one, clock, log, counted] = [begin(), new VirtualClock(), [], countedSignal()];
      const release = () => one.release();
      const options = { timeout: 5, clock, signal: counted.signal };
      if (first === "turn") clock.after(5, release);
      startWaiter(one, log, "waiter", options);
      startWaiter(one, log, "behind", name.startsWith("CoQueue") ? { front: false } : {});
      if (first === "timeout" || first === "both") clock.after(5, release);
      if (first === "both") {
        start("advances", function* () {
          clock.advance(5);
          counted.abort("why");
        });
      } else if (first === "signal") {
        start("aborts", function* () {
          release();
          counted.abort("why");
          clock.advance(5);
        });
      } else clock.advance(5);
      const won = first === "turn" || first === "signal";
      if (won && one.waiters() > 0) one.release();
      assertEquals(log.sort(), ["behind done", won ? "waiter done" : "waiter timeout"]);
      assertEquals([counted.listeners.size, clock.alarms, one.waiters()], [0, 0, 0]);
    }
  });

  Deno.test(`${name} gives up at once with a timeout of 0 or a signal that is aborted already`, () => {
    const [one, clock, log] = [begin(), new VirtualClock(), []];
    startWaiter(one, log, "behind");
    startWaiter(one, log, "zero", { timeout: 0, clock });
    startWaiter(one, log, "zero by the host's clock", { timeout: 0 });
    startWaiter(one, log, "aborted", { signal: AbortSignal.abort("why"), clock });
    assertEquals(log, ["zero timeout", "zero by the host's clock timeout", "aborted why"]);
    assertEquals([one.waiters(), clock.alarms], [1, 0]);
    one.release();
    assertEquals(log.slice(3), ["behind done"]);
  });

  Deno.test(`${name} without limits worth the name waits for as long as it takes`, () => {
    const [one, clock, log] = [begin(), new VirtualClock(), []];
    for (const options of [{}, { timeout: Infinity }, { timeout: undefined, signal: undefined }]) {
      startWaiter(one, log, "waiter", { ...options, clock });
    }
    clock.advance(1e15);
    assertEquals([one.waiters(), log], [3, []]);
    one.release();
    if (one.waiters() > 0) one.release();
    assertEquals(log, Array(3).fill("waiter done"));
  });
}
