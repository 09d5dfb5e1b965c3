/**
 * Each wait that the module hands out, and what lets those go on who wait by it.
 *
 * @module
 */
import process from "node:process";
import {
  AioContext,
  all,
  call,
  type Co,
  CoFile,
  CoMutex,
  CoQueue,
  CoReader,
  Coroutine,
  CoRwLock,
  CoSemaphore,
  CoSleep,
  CoWriter,
  EventNotifier,
  race,
  readable,
  scope,
  SharedCoMutex,
  SharedCoQueue,
  SharedCoRwLock,
  sleep,
  type Suspension,
  TaskPool,
  until,
  type VirtualClock,
  type WaitOptions,
  withTimeout,
} from "@cofn/coroutine";

/** Something that hands out waits. */
export interface Giver {
  /** Makes one. */
  wait(options?: WaitOptions): Suspension<unknown>;
  /** What whoever waits does first. */
  before?(): Co;
  /** What it does when it has waited: gives back what it has got. */
  after?(): Co;
  /** What it does when its wait has failed. */
  failed?(): void;
  /** Lets something happen. */
  pump?(): void;
  /** Whether waits take no limits. */
  readonly unlimited?: true;
  end?(): Promise<void>;
}

export type Begin = (clock: VirtualClock) => Giver | Promise<Giver>;

const lock = (
  clock: VirtualClock,
  wait: (options?: WaitOptions) => Suspension<unknown>,
  unlock: () => void,
): Giver => ({
  wait,
  *after() {
    try {
      yield* sleep(1, clock);
    } finally {
      unlock();
    }
  },
});

const pooled = (wait: (pool: TaskPool, options?: WaitOptions) => Suspension<unknown>): Begin =>
(
  clock,
) => {
  const pool = new TaskPool(1);
  return {
    *before() {
      yield* pool.start(sleep, 1, clock);
    },
    wait: (options) => wait(pool, options),
  };
};

const nap = (clock: VirtualClock) => () => sleep(1, clock);

/** A reader of one byte after the other, and as many as one likes. */
function bytes(read: (reader: CoReader, options?: WaitOptions) => Suspension<unknown>): Begin {
  return () => {
    let give = (_: number): void => {};
    let n = 0;
    const reader = new CoReader({
      read(into) {
        return new Promise<number>((resolve) => {
          give = () => {
            into[0] = 10 + n++ % 2 * 60;
            resolve(1);
          };
        });
      },
    });
    return { wait: (options) => read(reader, options), pump: () => give(1) };
  };
}

function sink(write: (writer: CoWriter, options?: WaitOptions) => Suspension<unknown>): Begin {
  return () => {
    let take = (): void => {};
    const writer = new CoWriter({
      write: (some) => new Promise<number>((resolve) => take = () => resolve(some.length)),
    }, { highWater: 1 });
    return {
      *before() {
        writer.lend(new Uint8Array(3));
      },
      wait: (options) => write(writer, options),
      pump: () => take(),
    };
  };
}

/** All that hands out waits, by name. */
export const givers: Readonly<Record<string, Begin>> = {
  "CoMutex.lock": (clock) => {
    const m = new CoMutex();
    return lock(clock, (options) => m.lock(options), () => m.unlock());
  },
  "CoRwLock.readLock": (clock) => {
    const rw = new CoRwLock();
    return lock(clock, (options) => rw.readLock(options), () => rw.unlock());
  },
  "CoRwLock.writeLock": (clock) => {
    const rw = new CoRwLock();
    return lock(clock, (options) => rw.writeLock(options), () => rw.unlock());
  },
  "CoRwLock.upgrade": (clock) => {
    const rw = new CoRwLock();
    return {
      *before() {
        yield* rw.readLock();
      },
      ...lock(clock, (options) => rw.upgrade(options), () => rw.unlock()),
      failed: () => rw.unlock(),
    };
  },
  "CoSemaphore.acquire(1)": (clock) => {
    const sem = new CoSemaphore(1);
    return lock(clock, (options) => sem.acquire(1, options), () => sem.release());
  },
  "CoSemaphore.acquire(2)": (clock) => {
    const sem = new CoSemaphore(3);
    return lock(clock, (options) => sem.acquire(2, options), () => sem.release(2));
  },
  "CoQueue.wait": () => {
    const q = new CoQueue();
    return { wait: (options) => q.wait(options ?? {}), pump: () => q.next() };
  },
  "CoQueue.wait in front": () => {
    const q = new CoQueue();
    return { wait: (options) => q.wait({ ...options, front: true }), pump: () => q.next() };
  },
  "CoQueue.wait with a mutex": () => {
    const [q, m] = [new CoQueue(), new CoMutex()];
    return {
      *before() {
        yield* m.lock();
      },
      wait: (options) => q.wait(m, options),
      *after() {
        m.unlock();
      },
      failed: () => m.unlock(),
      pump: () => q.next(),
    };
  },
  "SharedCoMutex.lock": (clock) => {
    const m = new SharedCoMutex();
    return lock(clock, (options) => m.lock(options), () => m.unlock());
  },
  "SharedCoRwLock.readLock": (clock) => {
    const rw = new SharedCoRwLock();
    return lock(clock, (options) => rw.readLock(options), () => rw.unlock());
  },
  "SharedCoRwLock.writeLock": (clock) => {
    const rw = new SharedCoRwLock();
    return lock(clock, (options) => rw.writeLock(options), () => rw.unlock());
  },
  "SharedCoRwLock.upgrade": (clock) => {
    const rw = new SharedCoRwLock();
    return {
      *before() {
        yield* rw.readLock();
      },
      ...lock(clock, (options) => rw.upgrade(options), () => rw.unlock()),
      failed: () => rw.unlock(),
    };
  },
  "SharedCoQueue.wait": () => {
    const m = new SharedCoMutex();
    const q = new SharedCoQueue(m);
    return {
      *before() {
        yield* m.lock();
      },
      wait: (options) => q.wait(options),
      *after() {
        m.unlock();
      },
      failed: () => m.unlock(),
      pump() {
        Coroutine.create(function* () {
          using _ = yield* m.lock();
          q.next();
        }).enter();
      },
    };
  },
  "sleep": (clock) => ({ wait: () => sleep(2, clock), unlimited: true }),
  "CoSleep.sleep": (clock) => {
    const bed = new CoSleep();
    let pumps = 0;
    return {
      wait: () => bed.sleep(2, clock),
      // Not before the second sleep.
      pump: () => pumps++ % 3 === 0 && bed.wake(),
      unlimited: true,
    };
  },
  "until": () => {
    let settle = (_: number): void => {};
    const promise = new Promise<number>((resolve) => settle = resolve);
    return { wait: () => until(promise), pump: () => settle(5), unlimited: true };
  },
  "call": (clock) => {
    let n = 0;
    function* twice(): Co<number> {
      yield* sleep(1, clock);
      yield* sleep(1, clock);
      return n++;
    }
    return { wait: () => call(twice), unlimited: true };
  },
  "all": (clock) => ({ wait: () => all([nap(clock), nap(clock)]), unlimited: true }),
  "race": (clock) => ({ wait: () => race([nap(clock), () => sleep(9, clock)]), unlimited: true }),
  "scope": (clock) => ({
    wait: () =>
      scope(function* (jobs) {
        jobs.start(nap(clock));
        yield* sleep(2, clock);
        return "main";
      }),
    unlimited: true,
  }),
  "withTimeout in time": (clock) => ({
    wait: () => withTimeout(2, nap(clock), { clock }),
    unlimited: true,
  }),
  "withTimeout too late": (clock) => ({
    wait: () => withTimeout(2, () => sleep(9, clock), { clock }),
    unlimited: true,
  }),
  "TaskPool.start": (clock) => {
    const pool = new TaskPool(1);
    return {
      wait: (options) =>
        options === undefined ? pool.start(sleep, 2, clock) : pool.start(options, sleep, 2, clock),
      *after() {},
    };
  },
  "TaskPool.waitSlot": pooled((pool, options) => pool.waitSlot(options)),
  "TaskPool.waitOne": pooled((pool, options) => pool.waitOne(options)),
  "TaskPool.waitAll": pooled((pool, options) => pool.waitAll(options)),
  "AioContext.reschedule": () => ({ wait: () => AioContext.main.reschedule(), unlimited: true }),
  "AioContext.switchTo": () => {
    const other = new AioContext("other");
    return {
      wait: () => other.switchTo(),
      pump: () => void other.poll(),
      unlimited: true,
      end: () => Promise.resolve(other.close()),
    };
  },
  "readable": () => {
    const event = new EventNotifier("e");
    return {
      wait: (options) => readable(event, options),
      *after() {
        event.testAndClear();
      },
      pump: () => event.set(),
    };
  },
  "CoReader.fill": (clock) => {
    let reader: CoReader;
    const begin = bytes((one, options) => {
      reader = one;
      return one.fill(1, options);
    });
    return {
      ...begin(clock) as Giver,
      *after() {
        reader.skip(1);
      },
    };
  },
  "CoReader.read": bytes((reader, options) => reader.read(1, options)),
  "CoReader.readExactly": bytes((reader, options) => reader.readExactly(2, options)),
  "CoReader.readLine": bytes((reader, options) => reader.readLine(options)),
  "CoWriter.drain": sink((writer, options) => writer.drain(options)),
  "CoWriter.flush": sink((writer, options) => writer.flush(options)),
  "CoWriter.write": sink((writer, options) => writer.write(new Uint8Array(2), options)),
  "CoFile.size": async () => {
    // A host that answers when it is told to: the one of this machine does so when it has time.
    const calls: (() => void)[] = [];
    const file = await openBy({
      open: (_path, _flags, done) => done(null, 3),
      fstat: (_fd, done) => calls.push(() => done(null, { size: 5 })),
      close: (_fd, done) => done(null),
    });
    return {
      wait: () => file.size(),
      pump: () => calls.shift()?.(),
      unlimited: true,
      async end() {
        for (const answer of calls) answer();
        const closing = Coroutine.create(() => file.close());
        closing.enter();
        await closing.done;
      },
    };
  },
};

/** What a file asks of its host here. */
interface Host {
  open(path: string, flags: string, done: (error: null, fd: number) => void): void;
  fstat(fd: number, done: (error: null, stat: { readonly size: number }) => void): void;
  close(fd: number, done: (error: null) => void): void;
}

/** A file whose host is another one than this machine's. */
async function openBy(host: Host): Promise<CoFile> {
  const opening = Coroutine.create(() => CoFile.open("a file"));
  const { getBuiltinModule } = process;
  process.getBuiltinModule = (() => host) as unknown as typeof getBuiltinModule;
  try {
    opening.enter();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
  return await opening.done;
}
